"""Tables baked to arrays mean exactly what the language says."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios_for_tests import PHOTO, incident, made, people
from teledesign.scenario.baking import BakedChances, bake_chances, bake_sizes, cumulative
from teledesign.scenario.contexts import TooWide
from teledesign.scenario.incidents import Incident
from teledesign.scenario.names import Kind, Name, Names
from teledesign.scenario.plan import AGAIN_CODE, END_CODE, Plan
from teledesign.scenario.quantities import Range
from teledesign.scenario.schedule import chosen, settled, strength
from teledesign.scenario.tables import ChanceTable, SizeTable

VISIBLE = {
    "who": Name("who", Kind.DRAW, "visit", ("ann", "bob"), 0),
    "sort": Name("sort", Kind.DRAW, "visit", ("red", "green", "blue"), 1),
    "length": Name("length", Kind.NUMBER, "visit", (), 2),
}


def chances(table: Any, incidents: dict[str, Any] | None = None, **more: Any) -> BakedChances:
    held = {name: Incident.model_validate(incident(**told)) for name, told in (incidents or {}).items()}
    return bake_chances(ChanceTable.model_validate(table), VISIBLE, "here", held, **more)


def row(baked: BakedChances, **values: str) -> list[float]:
    codes = {
        name: values_.index(values.get(name, values_[0]))
        for name, values_ in zip(baked.names, baked.values, strict=True)
    }
    return baked.chances[baked.context.code_of(codes)].tolist()


def test_a_plain_row_needs_no_name() -> None:
    baked = chances({"a": 0.3, "b": "rest"})
    assert baked.names == ()
    assert baked.chances.tolist() == [[0.3, 0.7]]
    assert baked.code({}, 3).tolist() == [0, 0, 0]


def test_given_else_nested_tables_and_missing_rows() -> None:
    baked = chances({"given": "sort", "red": "a", "green": {"given": "who", "ann": {"a": 0.1, "b": 0.9}}})
    assert baked.names == ("sort", "who")
    assert row(baked, sort="red", who="bob") == [1, 0]
    assert row(baked, sort="green", who="ann") == [0.1, 0.9]
    assert np.isnan(row(baked, sort="green", who="bob")).all()
    assert np.isnan(row(baked, sort="blue")).all()
    assert baked.is_missing.tolist() == [False, False, False, True, True, True]
    caught = chances({"given": "sort", "red": "a", "else": "b"})
    assert row(caught, sort="blue") == [0, 1]


def test_the_code_counts_names_like_digits() -> None:
    baked = chances({"given": "sort", "red": "a", "else": {"given": "who", "ann": "a", "bob": "b"}})
    columns = {"sort": np.array([0, 2, 1], dtype=np.uint8), "who": np.array([1, 1, 0], dtype=np.uint8)}
    assert baked.code(columns, 3).tolist() == [1, 5, 2]
    assert baked.context.values_at(5) == {"sort": "blue", "who": "bob"}


def test_the_three_verbs_of_slices() -> None:
    table = {"a": 0.2, "b": 0.3, "c": 0.5}
    where = {"who": "bob"}
    times = chances({**table, "slices": [{"where": where, "times": {"a": 2}}]})
    assert row(times, who="ann") == pytest.approx([0.2, 0.3, 0.5])
    assert row(times, who="bob") == pytest.approx([0.4, 0.6 * 0.3 / 0.8, 0.6 * 0.5 / 0.8])
    odds = chances({**table, "slices": [{"where": where, "odds_times": {"a": 2}}]})
    assert row(odds, who="bob") == pytest.approx([0.4 / 1.2, 0.3 / 1.2, 0.5 / 1.2])
    replaced = chances({**table, "slices": [{"where": where, "set": {"c": 1}}]})
    assert row(replaced, who="bob") == [0, 0, 1]


def test_the_order_in_the_file_never_matters() -> None:
    slices = [
        {"where": {"who": "bob"}, "times": {"a": 1.5}},
        {"where": {"sort": "red"}, "set": {"a": 0.4, "b": 0.4, "c": 0.2}},
        {"where": {"sort": ["red", "blue"]}, "odds_times": {"b": 3}},
        {"where": {"sort": "red"}, "times": {"a": 0.5}},
    ]
    table = {"a": 0.2, "b": 0.3, "c": 0.5}
    one = chances({**table, "slices": slices})
    other = chances({**table, "slices": slices[::-1]})
    for who in ("ann", "bob"):
        for sort in ("red", "green", "blue"):
            assert row(one, who=who, sort=sort) == pytest.approx(row(other, who=who, sort=sort), abs=1e-15)
    odds = np.array([0.4, 1.2, 0.2]) / 1.8
    a = odds[0] * 0.75
    assert row(one, who="bob", sort="red") == pytest.approx([a, *(odds[1:] * (1 - a) / odds[1:].sum())])


def test_multipliers_of_one_choice_are_applied_once_together() -> None:
    baked = chances(
        {
            "a": 0.5,
            "b": 0.5,
            "slices": [{"where": {"who": "bob"}, "times": {"a": 4}}, {"where": {"sort": "red"}, "times": {"a": 0.25}}],
        }
    )
    assert row(baked, who="bob", sort="red") == [0.5, 0.5]
    (bad, *more) = baked.unmakeable
    assert bad.total == 2
    assert bad.stage == "slices"
    assert {item.context["sort"] for item in (bad, *more)} == {"green", "blue"}


def test_incidents_come_second_and_their_set_means_what_it_says() -> None:
    baked = chances(
        {"a": 0.2, "b": 0.8, "slices": [{"where": {"who": "bob"}, "times": {"a": 1.05}}]},
        {"bug": {"effects": [{"changes": "here", "set": {"a": 1}}]}},
    )
    assert baked.names == ("who", "incident.bug")
    assert row(baked, who="bob") == pytest.approx([0.21, 0.79])
    assert row(baked, **{"who": "bob", "incident.bug": "yes"}) == [1, 0]
    assert baked.unmakeable == ()


def test_an_incident_hits_only_where_its_conditions_and_its_effects_hold() -> None:
    baked = chances(
        {"a": 0.2, "b": 0.8},
        {
            "bug": {
                "where": {"who": "bob"},
                "effects": [
                    {"changes": "here", "where": {"sort": "red"}, "times": {"a": 2}},
                    {"changes": "there", "set": "b"},
                ],
            }
        },
    )
    assert row(baked, **{"who": "bob", "sort": "red", "incident.bug": "yes"}) == pytest.approx([0.4, 0.6])
    assert row(baked, **{"who": "ann", "sort": "red", "incident.bug": "yes"}) == [0.2, 0.8]
    assert row(baked, **{"who": "bob", "sort": "blue", "incident.bug": "yes"}) == [0.2, 0.8]


def test_a_row_is_a_row_even_where_multipliers_leave_none() -> None:
    baked = chances({"a": 1.0, "slices": [{"where": {"who": "bob"}, "times": {"a": 0.5}}]})
    assert [item.total for item in baked.unmakeable] == [0.5]
    assert row(baked, who="bob") == [1.0]
    gone = chances({"a": 1.0, "slices": [{"where": {"who": "bob"}, "times": {"a": 0}}]})
    assert row(gone, who="bob") == [1.0]


def test_a_forced_choice_beats_everything() -> None:
    baked = chances(
        {"given": "sort", "red": {"a": 0.5, "b": 0.5}},
        {"bug": {"effects": [{"changes": "here", "set": {"a": 1}}]}},
        choices=("a", "b", "silence"),
        forced=({"who": ("bob",)}, "silence"),
    )
    assert row(baked, **{"who": "bob", "sort": "blue", "incident.bug": "yes"}) == [0, 0, 1]


def test_names_that_are_unknown_or_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="here is given ghost, which has no values known there"):
        chances({"given": "ghost", "x": "a"})
    with pytest.raises(ValueError, match="here is given length"):
        chances({"given": "length", "x": "a"})


def test_a_table_that_depends_on_too_much_is_refused_before_it_fills_the_memory() -> None:
    wide = {f"x{i}": Name(f"x{i}", Kind.DRAW, "visit", tuple(f"v{j}" for j in range(10)), i) for i in range(8)}
    slices = [{"where": {name: "v1"}, "times": {"a": 0.9}} for name in wide]
    table = ChanceTable.model_validate({"a": 0.5, "b": 0.5, "slices": slices})
    message = "here depends on 100,000,000 combinations of values, more than 131,072. Let fewer names decide"
    with pytest.raises(TooWide, match=message) as told:
        bake_chances(table, wide, "here")
    assert told.value.address == "here"


def test_choices_by_whole_numbers_lose_nothing() -> None:
    baked = chances(
        {"given": "sort", "red": {"a": 0.25, "b": 0, "c": 0.75}, "green": "b", "blue": {"a": 0.1, "b": 0.9}}
    )
    assert baked.thresholds[0].tolist() == [2**30, 2**30, 2**32]
    ends = np.array([0, 2**30 - 1, 2**30, 2**32 - 1], dtype=np.uint64)
    assert baked.choose(np.zeros(4, dtype=np.int64), ends).tolist() == [0, 0, 2, 2]
    assert baked.choose(np.ones(4, dtype=np.int64), ends).tolist() == [1, 1, 1, 1]
    assert baked.choose(np.full(4, 2), ends).tolist() == [0, 1, 1, 1]


rows = st.lists(st.floats(0, 1), min_size=2, max_size=5).filter(lambda row: sum(row) > 0.01)


@given(
    rows,
    st.lists(
        st.tuples(st.sampled_from(["set", "times", "odds_times"]), st.integers(0, 4), st.floats(0, 3)), max_size=4
    ),
)
@settings(max_examples=60, deadline=None)
def test_rows_stay_chances_whatever_slices_say(weights: list[float], verbs: list[tuple[str, int, float]]) -> None:
    names = [f"c{i}" for i in range(len(weights))]
    total = sum(weights)
    base = {name: weight / total for name, weight in zip(names, weights, strict=True)}
    slices = []
    for verb, place, factor in verbs:
        choice = names[place % len(names)]
        change = {choice: 1} if verb == "set" else {choice: factor}
        slices.append({"where": {"who": "bob", "sort": ["red", "green", "blue"][place % 3]}, verb: change})
    baked = chances({**base, "slices": slices})
    assert np.all(baked.chances >= 0)
    assert baked.chances.sum(axis=1) == pytest.approx(np.ones(baked.context.size), abs=1e-9)
    assert np.all(baked.thresholds[:, -1] == 2**32)
    assert np.all(np.diff(baked.thresholds.astype(np.int64), axis=1) >= 0)
    drawn = np.diff(np.concatenate([np.zeros((baked.context.size, 1)), baked.thresholds / 2**32], axis=1), axis=1)
    assert np.max(np.abs(drawn - baked.chances)) < 1e-9
    assert np.all(drawn[baked.chances == 0] == 0)


def test_odds_that_leave_no_choice_are_told() -> None:
    baked = chances(
        {
            "a": 0,
            "b": 1,
            "slices": [{"where": {"sort": "red"}, "set": {"a": 1}}, {"where": {"sort": "red"}, "odds_times": {"a": 0}}],
        }
    )
    assert [(one.stage, one.context["sort"], one.total) for one in baked.unmakeable] == [("slices", "red", 0.0)]
    assert row(baked, sort="red") == [1, 0]
    assert row(baked, sort="green") == [0, 1]


def test_cumulative_gives_the_last_possible_choice_what_rounding_leaves() -> None:
    assert cumulative(np.array([[0.1] * 10 + [0.0]]))[0, 8:].tolist() == [3865470566, 2**32, 2**32]


# Sizes


def sizes(table: Any, incidents: dict[str, Any] | None = None) -> Any:
    held = {name: Incident.model_validate(incident(**told)) for name, told in (incidents or {}).items()}
    return bake_sizes(SizeTable.model_validate(table), VISIBLE, "here", held)


def means(baked: Any) -> list[float]:
    return [baked.leaves[place].mean() if place >= 0 else float("nan") for place in baked.leaf]


def test_sizes_are_set_multiplied_and_shifted() -> None:
    baked = sizes(
        {
            "given": "who",
            "ann": {"from": 0, "to": 10},
            "bob": 4,
            "slices": [
                {"where": {"sort": "red"}, "times": 2},
                {"where": {"sort": "red"}, "plus": 3},
                {"where": {"sort": "green"}, "set": {"from": 1, "to": 3}},
            ],
        }
    )
    assert means(baked) == pytest.approx([13, 2, 5, 11, 2, 4])


def test_an_incident_multiplies_what_slices_left() -> None:
    baked = sizes(
        {"from": 0, "to": 10, "slices": [{"where": {"who": "bob"}, "plus": 1}]},
        {"slow": {"effects": [{"changes": "here", "times": 2}, {"changes": "here", "plus": 0.5}]}},
    )
    assert means(baked) == pytest.approx([5, 10.5, 6, 12.5])


def test_counts_multiply_their_mean_and_keep_their_bounds() -> None:
    baked = sizes(
        {"mean": 0.08, "dispersion": 0.6, "min": 0, "max": 20},
        {"sideways": {"effects": [{"changes": "here", "times": 13}]}},
    )
    assert means(baked) == pytest.approx([0.08, 1.04], rel=1e-3)
    assert all(leaf.table()[-1] <= 20 for leaf in baked.leaves)
    drawn = baked.draw(np.ones(3, dtype=np.int64), np.array([0, 29000, 30000], dtype=np.uint16))
    assert drawn.tolist() == [0, 0, 1]  # P(0) = (1 + 0.6 * 1.04)^(-1 / 0.6) = 0.446


def test_stated_bounds_hold_after_a_shift() -> None:
    baked = sizes(
        {"mean": 0.1, "sd": 0.1, "min": 0, "max": 1},
        {"masks": {"effects": [{"changes": "here", "plus": -0.08}]}},
    )
    assert baked.leaves[1].table()[0] == 0


def test_a_size_may_name_a_number() -> None:
    baked = sizes({"given": "who", "ann": "length", "bob": "3 s", "slices": [{"where": {"sort": "red"}, "times": 2}]})
    assert baked.numbers == ("length",)
    code = baked.code({"who": np.array([0, 0, 1], dtype=np.uint8), "sort": np.array([0, 1, 0], dtype=np.uint8)}, 3)
    drawn = baked.draw(code, np.zeros(3, dtype=np.uint16), {"length": np.array([7.0, 8.0, 9.0])})
    assert drawn.tolist() == [14, 8, 6]


# Incidents in time


def test_strength_rises_over_the_ramp_and_fades_after_the_end() -> None:
    drift = Incident.model_validate(
        incident(begins="day 3", lasts="4 d", ramp="2 d", fade="1 d", reaches=0.5, effects=[{"volume": 2}])
    )
    days = np.array([1.9, 2, 3, 4, 5.9, 6.5, 7.1]) * 86400
    assert strength(drift, days) == pytest.approx([0, 0, 0.25, 0.5, 0.5, 0.25, 0])
    at_once = Incident.model_validate(incident(begins="day 3 12:00", lasts="8 h", effects=[{"volume": 2}]))
    hours = np.array([59.9, 60, 67.9, 68]) * 3600
    assert strength(at_once, hours).tolist() == [0, 1, 1, 0]


def test_ranges_are_settled_by_their_paths() -> None:
    told = Incident.model_validate(
        incident(
            begins={"from": "day 3", "to": "day 5"},
            reaches={"from": 0.2, "to": 0.6},
            effects=[{"changes": "here", "times": {"wrong": {"from": 2, "to": 4}}}],
        )
    )
    asked: list[str] = []

    def point(path: str) -> float:
        asked.append(path)
        return {"begins": 0.3, "reaches": 1.0}.get(path, 0.0)

    fixed = settled(told, point)
    assert asked == ["begins", "reaches", "effects.0.times.wrong"]
    assert fixed.begins == 2.6 * 86400
    assert fixed.reaches == 0.6
    assert fixed.effects[0].times == {"wrong": 2.0}
    assert settled(told).effects[0].times == {"wrong": 3.0}
    assert isinstance(told.reaches, Range)
    with pytest.raises(ValueError, match="Settle it first"):
        strength(told, np.zeros(1))


# The plan


def test_a_plan_has_numbers_for_names_and_travels_to_workers() -> None:
    plan = pickle.loads(pickle.dumps(Plan.of(made(**PHOTO))))
    face = plan.by_name["face"]
    steps = [step.name for step in face.steps]
    suggested = face.steps[steps.index("suggested")]
    assert [steps[target] for target in suggested.targets] == ["confirmed", "ignored", "rejected", "renamed"]
    assert plan.by_name["tag"].steps[2].targets[-1] == END_CODE
    assert face.outcome.choices == ("right", "wrong", "none")
    assert face.experience == (0, 0, 1)
    start = face.steps[steps.index("rightly_tagged")].starts[0]
    assert plan.episodes[start.episode].name == "tag"
    assert start.holding == {"name": 0, "made_by": 0}
    assert [plan.episodes[number].name for number in plan.by_name["tag"].line] == ["upload", "photo", "face", "tag"]
    assert plan.by_name["tag"].actor == "friend"
    reported = plan.by_name["tag"].steps[5]
    assert (reported.name, reported.leaving) == ("reported", 0.05)
    assert plan.weekday(1) == 0
    assert plan.is_weekend(np.array([0.0, 5 * 86400.0, 6.9 * 86400])).tolist() == [0, 1, 1]


def test_again_has_a_code_of_its_own() -> None:
    plan = Plan.of(
        made(
            {
                "visit": {
                    "kind": "session",
                    "steps": {"open": {"starts": {"ask": {"one_after_another": "yes", "at_most": 9}}, "next": "end"}},
                },
                "ask": {"steps": {"put": {"next": {"again": 0.5, "end": "rest"}}}},
            }
        )
    )
    assert plan.by_name["ask"].steps[0].targets == (AGAIN_CODE, END_CODE)


def test_a_rollout_moves_only_as_many_users_as_it_must() -> None:
    rollout = Plan.of(made(**PHOTO)).attributes[-2].rollout
    assert rollout is not None
    days = np.array([7.9, 8, 9, 10, 14, 22, 40]) * 86400 - 86400
    assert rollout.chances(days)[:, 1] == pytest.approx([0, 0.05, 0.125, 0.2, 0.5 + 0.3 / 9, 0.8, 0.8])
    numbers = np.array([0.04, 0.3, 0.79, 0.81])
    before, after = (rollout.version(np.full(4, day * 86400.0), numbers) for day in (7.0, 21.0))
    assert before.tolist() == [1, 0, 0, 0]
    assert after.tolist() == [1, 1, 1, 0]


def test_an_incident_may_change_the_shares_of_an_attribute() -> None:
    held = people(attributes={"region": {"north": 0.5, "south": 0.5}})
    told = {"move": incident(effects=[{"changes": "people.region", "times": {"south": 1.2}}])}
    scenario = made(people=held, incidents=told)
    (region,) = Plan.of(scenario, ["move"]).attributes
    assert region.changes_in_time
    assert region.chances is not None
    assert region.chances.chances.tolist() == [[0.5, 0.5], [0.4, 0.6]]
    assert not Plan.of(scenario).attributes[0].changes_in_time


def test_incidents_run_in_the_order_of_the_file() -> None:
    told = {name: incident(effects=[{"volume": 2}]) for name in ("late", "early")}
    scenario = made(incidents=told)
    assert list(chosen(scenario, ["early", "late"])) == ["late", "early"]
    assert [item.name for item in Plan.of(scenario, ["early", "late"]).incidents] == ["late", "early"]


def test_a_well_read_scenario_has_names_for_everything() -> None:
    assert Names.of(made(**PHOTO)).by_name.keys() >= {"photos", "outcome", "holdback"}

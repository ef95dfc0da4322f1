"""The algebra against sums done by hand, against a slow simulation, and against the margins of the real topics."""

import math
import random
import time
from typing import Any

import numpy as np
import pytest

from scenarios_for_tests import CODE, PHOTO, incident, made, people, visit
from teledesign.expectation import Expectation
from teledesign.expectation.chains import Endless, series, solve
from teledesign.expectation.circumstances import Circumstances
from teledesign.reading import read_scenario
from teledesign.resources import packaged_course
from teledesign.scenario.contexts import TooWide
from teledesign.scenario.metrics import Counted
from teledesign.scenario.plan import AGAIN_CODE, Plan
from teledesign.scenario.schedule import bit_name

DAY = 86400.0


def counted(raw: Any) -> Counted:
    return Counted.model_validate(raw)


# Chains


def test_a_loop_is_visited_as_often_as_a_geometric_series_says() -> None:
    chain = solve([{0: 0.75, 1: 0.25}, {-1: 1.0}])
    assert chain.visits == (4.0, 1.0)
    assert chain.ends == {-1: 1.0}


def test_steps_back_and_forth() -> None:
    # 0 -> 1 (1); 1 -> 0 (0.5), 2 (0.25), again (0.25); 2 -> 1 (0.4), end (0.6)
    chain = solve([{1: 1.0}, {0: 0.5, 2: 0.25, -2: 0.25}, {1: 0.4, -1: 0.6}])
    ones = 1 / (1 - 0.5 - 0.25 * 0.4)
    assert chain.visits == pytest.approx((1 + 0.5 * ones, ones, 0.25 * ones))
    assert chain.ends == pytest.approx({-2: 0.25 * ones, -1: 0.15 * ones})


def test_walks_that_survive_each_visit() -> None:
    chain = solve([{0: 0.5, -1: 0.5}], [0.9])
    assert chain.ends == pytest.approx({-1: 0.45 / (1 - 0.45)})


def test_an_endless_chain_is_refused() -> None:
    with pytest.raises(Endless):
        solve([{1: 1.0}, {0: 1.0}])


def test_a_series_is_cut_at_its_bound() -> None:
    assert series(0.5, 3) == 1.75
    assert series(1.0, 7) == 7
    assert series(0.0, 7) == 1


# Episodes


def test_steps_events_and_beats() -> None:
    expectation = Expectation(
        made(
            {
                "visit": visit(
                    {
                        "play": {
                            "emits": ["started", "logged"],
                            "takes": {"from": "0 s", "to": "2 min"},
                            "beats": {"beat": "30 s"},
                            "next": {"play": 0.5, "end": "rest"},
                        }
                    }
                )
            }
        )
    )
    assert expectation.step_visits() == pytest.approx({"visit.play": 2.0})
    # floor(D / 30 s) of D uniform on 0 to 120 s is 0, 1, 2 or 3, alike likely
    assert expectation.events_per_user_day() == pytest.approx({"started": 2.0, "logged": 2.0, "beat": 3.0}, rel=1e-4)


def test_beats_of_a_step_that_lasts_as_long_as_a_number_drawn() -> None:
    steps = {"play": {"takes": "length", "beats": {"beat": "30 s"}, "next": "end"}}
    draws = {"length": {"from": "60 s", "to": "120 s"}}
    expectation = Expectation(made({"visit": visit(steps, draws=draws)}))
    assert expectation.events_per_user_day()["beat"] == pytest.approx(2.5, rel=1e-4)


def test_children_side_by_side_alongside_and_later() -> None:
    journey = {
        "visit": visit(
            {
                "open": {
                    "starts": {
                        "photo": {"count": "photos"},
                        "note": {"alongside": "yes"},
                        "mail": {"after": "2 d"},
                        "pair": {"count": 2},
                    },
                    "next": "end",
                }
            },
            draws={
                "big": {"yes": 0.25, "no": 0.75},
                "photos": {"given": "big", "yes": {"mean": 8, "dispersion": 0.5}, "no": {"mean": 4, "dispersion": 0.5}},
            },
        ),
        "photo": {"steps": {"seen": {"emits": "seen", "next": "end"}}},
        "note": {"steps": {"put": {"emits": "noted", "next": "end"}}},
        "mail": {"steps": {"sent": {"emits": "mailed", "next": "end"}}},
        "pair": {"steps": {"done": {"emits": "paired", "next": "end"}}},
    }
    expectation = Expectation(made(journey))
    rates = expectation.events_per_user_day()
    assert rates == pytest.approx({"seen": 5.0, "noted": 1.0, "mailed": 1.0, "paired": 2.0}, rel=1e-4)
    assert expectation.slices("seen", "big") == pytest.approx({"yes": 2.0, "no": 3.0}, rel=1e-4)


@pytest.mark.parametrize("most", [3, 400])
def test_one_after_another_with_its_bound(most: int) -> None:
    journey = {
        "visit": visit(
            {
                "open": {"starts": {"ask": {"one_after_another": "yes", "at_most": most}}, "next": "closed"},
                "closed": {"next": "end"},
            }
        ),
        "ask": {
            "draws": {"hard": {"yes": 0.4, "no": 0.6}},
            "steps": {
                "put": {
                    "emits": "asked",
                    "next": {
                        "given": "hard",
                        "yes": {"again": 0.9, "end": "rest"},
                        "no": {"again": 0.5, "end": "rest"},
                    },
                }
            },
        },
    }
    a = 0.4 * 0.9 + 0.6 * 0.5
    expectation = Expectation(made(journey))
    assert expectation.events_per_user_day()["asked"] == pytest.approx((1 - a**most) / (1 - a))
    assert expectation.step_visits()["visit.closed"] == pytest.approx(1.0)


def test_the_other_persons_attributes_decide_where_they_act() -> None:
    journey = {
        "visit": visit(
            {
                "open": {
                    "starts": {"tag": {"after": "1 d", "by": "friend", "holding": {"name": "wrong"}}},
                    "next": "end",
                }
            },
            person="friend",
        ),
        "tag": {
            "receives": {"name": ["right", "wrong"]},
            "steps": {
                "noticed": {
                    "next": {
                        "given": "mutes",
                        "yes": "end",
                        "no": {"given": "name", "right": "end", "wrong": "removed"},
                    }
                },
                "removed": {"emits": "tag_removed", "next": "end"},
            },
        },
    }
    held = people(attributes={"mutes": {"yes": 0.2, "no": 0.8}, "kind": {"a": 0.5, "b": 0.5}})
    expectation = Expectation(made(journey, people=held))
    assert expectation.events_per_user_day()["tag_removed"] == pytest.approx(0.8)
    assert expectation.slices("tag_removed", "mutes") == pytest.approx({"yes": 0.0, "no": 0.8})
    assert expectation.slices("tag_removed", "owner.mutes") == pytest.approx({"yes": 0.16, "no": 0.64})
    both = expectation.slices("tag_removed", "mutes", where={"owner.mutes": ("no",), "owner.kind": ("a",)})
    assert both == pytest.approx({"yes": 0.0, "no": 0.32})


def test_holdback_users_get_their_own_outcome() -> None:
    model = {
        "for_each": "visit",
        "outcome": {"right": 0.8, "wrong": 0.2},
        "looks_like": {"right": "named", "wrong": "named", "none": "unnamed"},
        "holdback_gets": "none",
    }
    scenario = made(model=model, people=people(holdback=0.1))
    expectation = Expectation(scenario)
    assert expectation.outcome_shares() == {"all": pytest.approx({"right": 0.72, "wrong": 0.18, "none": 0.1})}
    assert expectation.slices("opened", "variant") == pytest.approx({"on": 0.9, "holdback": 0.1})
    assert expectation.slices("opened", "experience") == pytest.approx({"named": 0.9, "unnamed": 0.1})


def test_a_missing_row_that_can_be_reached_is_named() -> None:
    steps = {"open": {"next": {"given": "kind", "a": "end"}}}
    expectation = Expectation(made({"visit": visit(steps, draws={"kind": {"a": 0.5, "b": 0.5}})}))
    with pytest.raises(ValueError, match=r"visit\.open\.next has no row for a value that can reach it"):
        expectation.step_visits()


def test_too_many_combinations_are_refused() -> None:
    draws = {f"x{i}": {f"v{j}": 0.1 for j in range(10)} for i in range(6)}
    steps: dict[str, Any] = {f"s{i}": {"next": {"given": f"x{i}", "v0": "end", "else": f"s{i + 1}"}} for i in range(6)}
    steps["s6"] = {"next": "end"}
    with pytest.raises(TooWide, match=r"visit depends on .* Let fewer names decide"):
        Expectation(made({"visit": visit(steps, draws=draws)})).step_visits()


# Days


def test_weekdays_weekends_and_active_users() -> None:
    activity = {
        "sessions_per_user_day": {"mean": 0.7, "dispersion": 0.5},
        "hours": [1] * 24,
        "weekdays": {"mon": 2, "sat": 0, "sun": 0},
    }
    steps = {
        "open": {"next": {"given": "weekend", "yes": "end", "no": {"more": 0.5, "end": "rest"}}},
        "more": {"emits": "m", "next": "end"},
    }
    expectation = Expectation(made({"visit": visit(steps)}, people=people(activity=activity)))
    monday = 0.7 * 7 * 2 / 6
    assert expectation.sessions_per_user_day(1) == pytest.approx(monday)
    assert expectation.sessions_per_user_day(6) == 0
    assert expectation.sessions_per_user_day() == pytest.approx(0.7)
    assert expectation.active_share(1) == pytest.approx(1 - (1 + 0.5 * monday) ** -2)
    assert expectation.events_per_user_day()["m"] == pytest.approx(0.35)
    per_active = expectation.events_per_active_user_day(1)["m"]
    assert per_active == pytest.approx(0.5 * monday / (1 - (1 + 0.5 * monday) ** -2))
    assert Expectation(made()).active_share(1) == pytest.approx(1 - math.exp(-1))


def test_rollouts_take_their_share_of_the_day() -> None:
    held = people(attributes={"version": {"rollout": {"v1": "everyone", "v2": {"day 3": 0.1, "day 5": 0.5}}}})
    expectation = Expectation(made(people=held))
    assert expectation.slices("opened", "version", 2) == pytest.approx({"v1": 1.0, "v2": 0.0})
    assert expectation.slices("opened", "version", 3) == pytest.approx({"v1": 0.8, "v2": 0.2})
    assert expectation.slices("opened", "version", 9) == pytest.approx({"v1": 0.5, "v2": 0.5})


def test_tenure_comes_from_growth_alone() -> None:
    held = people(growth_per_month=0.3, attributes={"tenure": {"since_joining": {"new": "0 d", "settled": "7 d"}}})
    scenario = made(people=held)
    new = Expectation(scenario).slices("opened", "tenure", 20)["new"]
    assert new == pytest.approx(1 - 1.3 ** (-7 / 30), rel=1e-3)
    first = Expectation(scenario).slices("opened", "tenure", 1)["new"]
    assert first == pytest.approx(1 - 1.3 ** (-0.5 / 30), rel=1e-2)
    still = Expectation(made(people={**held, "growth_per_month": 0.0})).slices("opened", "tenure", 20)
    assert still == {"new": 0.0, "settled": 1.0}


def test_growth_leaving_and_unrecorded_users_in_the_totals_of_a_log() -> None:
    steps = {
        "open": {"emits": "opened", "next": {"bad": 0.1, "end": "rest"}},
        "bad": {"emits": "served", "next": "end"},
    }
    held = people(
        growth_per_month=0.2,
        leaving={"each_day": 0.01, "right_after": {"visit.bad": 0.2}},
        attributes={"telemetry": {"recorded": 0.9, "declined": 0.1}},
        unrecorded={"telemetry": "declined"},
    )
    scenario = made({"visit": visit(steps)}, people=held, events={"served": {"recorded_by": "server"}})
    expectation = Expectation(scenario)
    hazard = 0.01 + 0.1 * 0.2
    growth = math.log(1.2) / 30
    # N' = growth e^(growth t) - hazard N, N(0) = 1
    there = [
        (growth * math.exp(growth * t) + hazard * math.exp(-hazard * t)) / (growth + hazard)
        for t in np.arange(28) + 0.5
    ]
    assert expectation.present() == pytest.approx(there, rel=2e-4)
    rows = expectation.log_rows(users=1000, days=28)
    assert rows["served"] == pytest.approx(100 * sum(there), rel=2e-4)
    assert rows["opened"] == pytest.approx(900 * sum(there), rel=2e-4)
    assert expectation.log_rows(1000, 28, recorded=False)["opened"] == pytest.approx(1000 * sum(there), rel=2e-4)


def test_what_other_persons_write_is_rarer_by_those_who_left() -> None:
    """One row of the owner's and one of a friend's per session; 5 % leave each day, nobody comes."""
    steps = {"open": {"emits": "opened", "starts": {"tag": {"after": "1 h", "by": "friend"}}, "next": "end"}}
    journey = {
        "visit": visit(steps, person="friend"),
        "tag": {"steps": {"seen": {"emits": "noticed", "next": "end"}}},
    }
    scenario = made(journey, people=people(leaving={"each_day": 0.05}))
    rows = Expectation(scenario).log_rows(1000, 28)
    there = [math.exp(-0.05 * (day + 0.5)) for day in range(28)]
    assert rows["opened"] == pytest.approx(1000 * sum(there), rel=2e-4)
    assert rows["noticed"] == pytest.approx(1000 * sum(part * part for part in there), rel=2e-4)


# What is counted


def test_ratios_over_truth_events_sums_and_distinct_values() -> None:
    journey = {
        "visit": visit({"open": {"starts": {"ask": {"count": 3}}, "next": "end"}}),
        "ask": {
            "kind": "interaction",
            "draws": {"size": {"mean": 4, "dispersion": 0}, "hue": {"red": 0.3, "blue": 0.7}},
            "steps": {
                "shown": {"emits": "shown", "next": {"taken": 0.4, "end": "rest"}},
                "taken": {
                    "emits": {"took": {"how": {"given": "hue", "red": "part", "blue": "full"}, "n": 2}},
                    "next": {"taken": 0.5, "end": "rest"},
                },
            },
        },
    }
    events = {
        "shown": {"fields": {"size": {"copy": "size"}, "hue": {"copy": "hue"}, "fixed": {"always": 7}}},
        "took": {
            "fields": {
                "ask": {"id": "ask"},
                "visit": {"id": "visit"},
                "how": {"given_by": "step"},
                "n": {"given_by": "step"},
                "luck": {"draw": {"good": 0.25, "bad": 0.75}},
                "weight": {"draw": {"from": 0, "to": 2}},
            }
        },
    }
    expectation = Expectation(made(journey, events=events))

    def ratio(of: Any, per: Any = "shown") -> float:
        return expectation.ratio(counted(of), counted(per))

    assert ratio("took") == pytest.approx(0.8)
    assert ratio({"unique": "took.ask"}) == pytest.approx(0.4)
    assert ratio({"unique": "took.visit"}, "sessions") == pytest.approx(1 - 0.6**3)
    assert ratio({"took": {"how": "part"}}, "took") == pytest.approx(0.3)
    assert ratio({"took": {"luck": "good"}}, "took") == pytest.approx(0.25)
    assert ratio({"took": {"n": 2}}, "took") == pytest.approx(1.0)
    assert ratio({"sum": "took.n"}) == pytest.approx(1.6)
    assert ratio({"sum": "took.weight"}) == pytest.approx(0.8, rel=1e-4)
    assert ratio({"sum": "shown.size", "where": {"hue": "red"}}) == pytest.approx(1.2, rel=1e-4)
    assert ratio({"shown": {"size": 0}}) == pytest.approx(math.exp(-4), rel=2e-3)
    assert ratio({"shown": {"fixed": 7}}) == 1
    assert ratio("ask.taken", "ask.shown") == pytest.approx(0.8)
    assert ratio({"ask.shown": {"hue": ["red", "blue"]}}, "user_days") == pytest.approx(3)
    assert ratio("shown", "events") == pytest.approx(1 / 1.8)
    assert ratio("shown", "active_user_days") == pytest.approx(3 / (1 - math.exp(-1)))
    assert math.isnan(ratio("shown", {"ask.shown": {"hue": "nothing"}}))
    assert expectation.slices("took", "how") == pytest.approx({"part": 0.72, "full": 1.68})
    with pytest.raises(ValueError, match="seq_gaps is no event, so the algebra cannot tell how often it is"):
        ratio("seq_gaps")
    with pytest.raises(ValueError, match="took is counted by ghost, which is neither a field of it nor known in ask"):
        ratio({"took": {"ghost": "x"}})


def test_distinct_values_in_a_sequence_and_among_a_drawn_number_of_children() -> None:
    journey = {
        "visit": visit({"open": {"starts": {"ask": {"one_after_another": "yes", "at_most": 5}}, "next": "end"}}),
        "ask": {
            "steps": {
                "put": {
                    "starts": {"hit": {"count": {"mean": 1.5, "dispersion": 0}}},
                    "next": {"again": 0.5, "end": "rest"},
                }
            }
        },
        "hit": {"steps": {"made": {"next": {"seen": 0.3, "end": "rest"}}, "seen": {"emits": "hit", "next": "end"}}},
    }
    expectation = Expectation(
        made(journey, events={"hit": {"fields": {"ask": {"id": "ask"}, "visit": {"id": "visit"}}}})
    )
    miss = math.exp(-1.5 * 0.3)
    asks = expectation.ratio(counted({"unique": "hit.ask"}), counted("ask.put"))
    assert asks == pytest.approx(1 - miss, rel=1e-4)
    visits = expectation.ratio(counted({"unique": "hit.visit"}), counted("sessions"))
    half = 0.5 * miss
    missed = sum(half**k * half for k in range(5)) + half**5
    assert visits == pytest.approx(1 - missed, rel=1e-4)


def test_recorded_ratios_are_those_of_users_who_are_recorded() -> None:
    steps = {"open": {"emits": ["opened", "served"], "next": "end"}}
    held = people(attributes={"telemetry": {"recorded": 0.8, "declined": 0.2}}, unrecorded={"telemetry": "declined"})
    scenario = made({"visit": visit(steps)}, people=held, events={"served": {"recorded_by": "server"}})
    expectation = Expectation(scenario)
    assert expectation.ratio(counted("opened"), counted("served"), recorded=True) == pytest.approx(0.8)
    assert expectation.ratio(counted("opened"), counted("user_days"), recorded=True) == pytest.approx(1.0)
    assert expectation.ratio(counted("opened"), counted("served")) == pytest.approx(1.0)


def test_the_weather_takes_and_doubles_rows() -> None:
    held = people(attributes={"network": {"wifi": 0.7, "mobile": 0.3}})
    delivery = {"loss": {"given": "network", "wifi": 0.1, "mobile": 0.2}, "duplicates": {"chance": 0.05}}
    expectation = Expectation(made(people=held, delivery=delivery))
    assert expectation.events_per_user_day(delivered=True)["opened"] == pytest.approx((1 - 0.13) * 1.05)
    assert expectation.events_per_user_day(recorded=True)["opened"] == pytest.approx(1.0)


def test_bytes_of_what_could_be_collected() -> None:
    events = {"opened": {"bytes": 250}, "survey": {"bytes": 900, "per_user_day": 0.002}}
    weights = Expectation(made(events=events)).bytes_per_user_day()
    assert weights["opened"].bytes_per_user_day == pytest.approx(250)
    assert weights["opened"].emitted
    assert weights["survey"].bytes_per_user_day == pytest.approx(1.8)
    assert not weights["survey"].emitted


# Incidents


def struck(effects: list[dict[str, Any]], journey: dict[str, Any] | None = None, **more: Any) -> Expectation:
    """An expectation with one incident of these effects running."""
    held = people(attributes={"platform": {"ios": 0.4, "android": 0.6}})
    keys = {key: more.pop(key) for key in ("events",) if key in more}
    told = {"bug": incident(effects=effects, **more)}
    return Expectation(made(journey, people=held, incidents=told, **keys), ["bug"])


ASKING = {
    "visit": visit({"open": {"starts": {"ask": {"count": 4}}, "next": "end"}}),
    "ask": {
        "kind": "interaction",
        "steps": {"put": {"next": {"taken": 0.3, "end": "rest"}}, "taken": {"emits": "took", "next": "end"}},
    },
}


def test_an_incident_hits_a_growing_share_of_whom_it_picks() -> None:
    effects = [{"changes": "ask.put.next", "times": {"taken": 2}}]
    whole = struck(effects, ASKING, where={"platform": "ios"})
    assert whole.events_per_user_day()["took"] == pytest.approx(1.2 * (0.6 + 0.4 * 2))
    drift = struck(effects, ASKING, begins="day 3", ramp="4 d", chosen_by="ask", reaches=0.5)
    assert drift.events_per_user_day(2)["took"] == pytest.approx(1.2)
    assert drift.events_per_user_day(3)["took"] == pytest.approx(1.2 * (1 + 0.5 * 0.125))
    assert drift.events_per_user_day(20)["took"] == pytest.approx(1.2 * 1.5)
    by_session = struck(effects, ASKING, chosen_by="session", reaches=0.5)
    assert by_session.events_per_user_day()["took"] == pytest.approx(1.8)
    visits = counted({"unique": "took.visit"})
    told = {"took": {"fields": {"visit": {"id": "visit"}}}}
    sessions = struck(effects, ASKING, chosen_by="session", reaches=0.5, events=told)
    each = struck(effects, ASKING, chosen_by="ask", reaches=0.5, events=told)
    assert sessions.ratio(visits, counted("sessions")) == pytest.approx(1 - 0.5 * (0.7**4 + 0.4**4))
    assert each.ratio(visits, counted("sessions")) == pytest.approx(1 - 0.55**4)


def test_a_part_of_a_day_counts_as_its_share_of_the_days_sessions() -> None:
    brief = struck([{"changes": "ask.put.next", "times": {"taken": 2}}], ASKING, begins="day 2 06:00", lasts="6 h")
    assert brief.events_per_user_day(2)["took"] == pytest.approx(1.2 * 1.25)


def test_volume_multiplies_sessions_of_those_hit() -> None:
    sale = struck([{"volume": 3}], where={"platform": "ios"}, reaches=0.5)
    assert sale.sessions_per_user_day() == pytest.approx(0.4 * 0.5 * 3 + 0.8)
    assert sale.active_share() == pytest.approx(0.2 * (1 - math.exp(-3)) + 0.8 * (1 - math.exp(-1)))


def test_extra_users_come_on_top_and_only_they_are_hit() -> None:
    robots = {
        "called": "robots",
        "simulate": 5,
        "sessions_per_user_day": 6,
        "hours": "flat",
        "holding": {"platform": "ios"},
    }
    expectation = struck([{"changes": "ask.put.next", "set": {"taken": 1}}], ASKING, brings=robots)
    people_and_robots = 1 + 0.05
    took = expectation.events_per_user_day()["took"] * people_and_robots
    assert took == pytest.approx(1.2 + 0.05 * 6 * 4)
    by_platform = expectation.slices("took", "platform")
    assert by_platform["ios"] * people_and_robots == pytest.approx(0.4 * 1.2 + 1.2)


@pytest.mark.parametrize(
    ("effect", "left"),
    [
        ({"stops": "opened"}, 0.6),
        ({"stops": "all"}, 0.6),
        ({"stops": "other"}, 1.0),
        ({"stops": "opened", "chance": 0.25}, 0.9),
        ({"stops": "opened", "when": {"how": "voice"}}, 0.72),
        ({"repeats": "opened", "same_id": "yes", "chance": 0.5, "when": {"how": "voice"}}, 1.14),
        ({"repeats": "opened", "same_id": "yes", "when": {"missing": "yes"}}, 1.0),
        ({"repeats": "opened", "same_id": "no"}, 1.4),
        ({"samples": ["opened"], "keep": 0.1, "by": "event", "says_so": "no"}, 0.64),
        ({"loses": 0.2}, 0.92),
        ({"duplicates": 0.08, "same_id": "yes"}, 1.032),
        ({"sends": "opened", "at": "visit.open", "chance": 0.5}, 1.2),
    ],
)
def test_recording_effects_change_rows_and_never_the_truth(effect: dict[str, Any], left: float) -> None:
    opened = {"fields": {"how": {"draw": {"voice": 0.7, "hand": 0.3}}}}
    expectation = struck([effect], where={"platform": "ios"}, events={"other": {}, "opened": opened})
    assert expectation.events_per_user_day(recorded=True)["opened"] == pytest.approx(left)
    assert expectation.events_per_user_day()["opened"] == pytest.approx(1.0)
    assert expectation.step_visits()["visit.open"] == pytest.approx(1.0)


def test_an_incident_may_change_a_users_attribute() -> None:
    expectation = struck([{"changes": "people.platform", "times": {"ios": 1.5}}], reaches=0.5)
    assert expectation.slices("opened", "platform") == pytest.approx({"ios": 0.5, "android": 0.5})


# The margins of the real topics (first week, no incident), worked out and simulated beforehand


def test_the_margins_of_the_photo_topic() -> None:
    expectation = Expectation(made(**PHOTO))

    def ratio(of: Any, per: Any) -> float:
        return expectation.ratio(counted(of), counted(per))

    faces = {"face.looked_up": {"enrolled": "yes", "holdback": "no"}}
    assert ratio("photo.examined", "user_days") == pytest.approx(2.400, abs=0.0005)
    assert ratio({"face.looked_up": {"outcome": "right", "holdback": "no"}}, faces) == pytest.approx(0.780, abs=0.0005)
    wrong = {"face.looked_up": {"outcome": "wrong", "enrolled": "yes", "holdback": "no"}}
    assert ratio(wrong, faces) == pytest.approx(0.0505, abs=0.00005)
    removed = {"made_by": "suggestion"}
    errors = {**removed, "name": "wrong"}
    assert ratio({"tag.removed": errors}, {"tag.removed": removed}) == pytest.approx(0.403, abs=0.0005)
    opted_in = [{"tag.removed": {**part, "enrolled": "yes"}} for part in (errors, removed)]
    assert ratio(*opted_in) == pytest.approx(0.200, abs=0.0005)
    active = expectation.events_per_active_user_day()
    assert active["faces_detected"] == pytest.approx(32.7, abs=0.05)
    assert active["suggestion_shown"] == pytest.approx(20.9, abs=0.05)
    assert active["suggestion_confirmed"] == pytest.approx(11.4, abs=0.05)
    assert expectation.present(42)[-1] / 1.02 ** (41.5 / 30) == pytest.approx(1 - 0.086, abs=0.004)


def test_the_margins_of_the_code_topic() -> None:
    expectation = Expectation(made(**CODE))

    def ratio(of: Any, per: Any) -> float:
        return expectation.ratio(counted(of), counted(per))

    assert ratio("request.taken", "request.shown") == pytest.approx(0.2688, abs=0.00005)
    accepted = {"unique": "completion_accepted.suggestion"}
    assert ratio(accepted, "completion_shown") == pytest.approx(0.2688, abs=0.00005)
    assert ratio("request.taken", "active_user_days") == pytest.approx(30.4, abs=0.05)
    assert ratio("request.shown", "active_user_days") == pytest.approx(113.0, abs=0.05)
    assert ratio("request.asked", "active_user_days") == pytest.approx(329, abs=0.5)
    assert ratio("request.shown", {"request.asked": {"holdback": "no"}}) == pytest.approx(0.350, abs=0.0005)
    for age, kept in ((30, 0.853), (600, 0.724)):
        survived = [{"survival": {"age_s": age, "retained": "yes"}}, {"survival": {"age_s": age}}]
        assert ratio(*survived) == pytest.approx(kept, abs=0.0005)


def test_a_form_may_set_a_number() -> None:
    expectation = Expectation(made(**PHOTO)).extreme("face.suggested.next.right.confirmed", 0.70, "ignored")
    confirmed = expectation.ratio(
        counted({"face.confirmed": {"outcome": "right"}}), counted({"face.suggested": {"outcome": "right"}})
    )
    assert confirmed == pytest.approx(0.70)


@pytest.mark.parametrize(
    "topic", sorted(path.parent.name for path in packaged_course().glob("scenarios/*/scenario.yaml"))
)
def test_every_shipped_topic_adds_up_to_its_anchors(topic: str) -> None:
    scenario = read_scenario(packaged_course() / "scenarios" / topic / "scenario.yaml").value
    assert scenario is not None
    begun = time.process_time()
    anchors = Expectation(scenario).anchors()
    assert time.process_time() - begun < 3
    assert anchors
    assert {name: result.computed for name, result in anchors.items() if not result.ok} == {}


# A slow simulation that shares no code with the algebra beyond the plan


def played(plan: Plan, sessions: int, day: int, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Mean and standard error of step visits per session, by walking sessions one draw at a time."""
    chance = random.Random(seed)
    moment = np.array([(day - 1) * DAY + chance.random() * DAY for _ in range(sessions)])
    total = sum(len(episode.steps) for episode in plan.episodes)
    first = np.cumsum([0] + [len(episode.steps) for episode in plan.episodes])
    counts = np.zeros((sessions, total))

    def pick(row: Any) -> int:
        return chance.choices(range(len(row)), weights=row)[0]

    def codes(table: Any, known: dict[str, Any], episode: str) -> int:
        return int(table.context.code_of({name: see(name, known, episode) for name in table.names}))

    def see(name: str, known: dict[str, Any], episode: str) -> int:
        if name.startswith("incident."):
            incident_name = name.removeprefix("incident.")
            item = next(item for item in plan.incidents if item.name == incident_name)
            chooser = plan.names.chooser(episode, item.chosen_by)
            key = f"{name}@{chooser}"
            numbers = known["numbers"] if chooser in known["own"] else known
            known.setdefault(key, numbers.setdefault(key, chance.random()))
            return int(known[key] < float(item.strength(np.array([known["moment"]]))[0]))
        variable = plan.names.variable(episode, name)
        return int(known[variable])

    def person(name: str, known: dict[str, Any]) -> None:
        known[f"{name}.holdback"] = int(chance.random() < plan.holdback)
        for attribute in plan.attributes:
            if attribute.chances is not None:
                row = attribute.chances.chances[
                    attribute.chances.context.code_of(
                        {other: known[f"{name}.{other}"] for other in attribute.chances.names}
                    )
                ]
            else:
                assert attribute.rollout is not None
                row = attribute.rollout.chances(np.array([known["moment"]]))[0]
            known[f"{name}.{attribute.name}"] = pick(row)

    def begin(number: int, known: dict[str, Any], at: int) -> bool:
        """Play one instance; whether it ended in `again`."""
        episode = plan.episodes[number]
        known = {**known, "numbers": {}, "own": {episode.name, episode.person}}
        if episode.person:
            person(episode.person, known)
        for draw in episode.draws:
            if draw.chances is not None:
                known[draw.name] = pick(draw.chances.chances[codes(draw.chances, known, episode.name)])
            else:
                leaf = draw.sizes.leaves[draw.sizes.leaf[codes(draw.sizes, known, episode.name)]]
                known[draw.name] = float(leaf.table()[chance.randrange(65536)])
        if episode.outcome is not None:
            known["outcome"] = pick(episode.outcome.chances[codes(episode.outcome, known, episode.name)])
        step = 0
        while step >= 0:
            counts[at, first[number] + step] += 1
            here = episode.steps[step]
            for start in here.starts:
                more = {**known, **start.holding}
                if start.at_most:
                    for _ in range(start.at_most):
                        if not begin(start.episode, more, at):
                            break
                elif start.count is not None:
                    leaf = start.count.leaves[start.count.leaf[codes(start.count, known, episode.name)]]
                    many = known[leaf.number] if leaf.number else leaf.table()[chance.randrange(65536)]
                    for _ in range(round(many)):
                        begin(start.episode, more, at)
                else:
                    begin(start.episode, more, at)
            step = here.targets[pick(here.next.chances[codes(here.next, known, episode.name)])]
        return step == AGAIN_CODE

    for at in range(sessions):
        known: dict[str, Any] = {
            "moment": float(moment[at]),
            "weekend": plan.weekday(day) >= 5,
            "numbers": {},
            "own": set(),
        }
        person("owner", known)
        begin(0, known, at)
    return counts.mean(axis=0), counts.std(axis=0) / math.sqrt(sessions)


WRONG_NAMES = incident(
    chosen_by="face",
    reaches=0.4,
    where={"orientation": "rotated"},
    effects=[{"changes": "model.outcome", "times": {"wrong": 4}}],
)
BIG_BUTTON = incident(
    where={"app_version": "v5.2"},
    effects=[
        {"changes": "face.suggested.next", "times": {"confirmed": 1.2}},
        {"changes": "tag.waiting.next", "times": {"removed": 1.5}},
    ],
)


@pytest.mark.parametrize(
    ("told", "day", "running", "sessions"),
    [
        (PHOTO, 16, (), 100),
        (PHOTO, 16, ("wrong_names", "big_button"), 100),
        (CODE, 17, (), 100),
    ],
    ids=["photo", "photo with two incidents", "code"],
)
def test_a_slow_simulation_agrees(told: dict[str, Any], day: int, running: tuple[str, ...], sessions: int) -> None:
    """At most one time in about 100,000 would chance alone bring a step 5 standard errors off (25 steps)."""
    scenario = made(**told, incidents={"wrong_names": WRONG_NAMES, "big_button": BIG_BUTTON} if told is PHOTO else {})
    expectation = Expectation(scenario, running)
    mean, error = played(expectation.plan, sessions, day, seed=20250303)
    visits = np.array(list(expectation.step_visits(day).values())) / expectation.sessions_per_user_day(day)
    seen = error > 0
    z = (mean[seen] - visits[seen]) / error[seen]
    assert np.max(np.abs(z)) < 5
    assert np.sqrt(np.mean(z**2)) < 2.2
    assert mean[~seen] == pytest.approx(visits[~seen], abs=0.05)


def test_a_day_knows_who_is_hit() -> None:
    scenario = made(incidents={"bug": incident(begins="day 2", reaches=0.5, ramp="2 d", effects=[{"volume": 2}])})
    plan = Plan.of(scenario, ["bug"])
    assert [Circumstances(plan, day).bit_chance("bug") for day in (1, 2, 3, 4)] == pytest.approx([0, 0.125, 0.375, 0.5])
    assert bit_name("bug") == "incident.bug"

"""The algebra against sums done by hand and against the margins of the real topics."""

import math
import time
from typing import Any

import numpy as np
import pytest

from scenarios_for_tests import CODE, PHOTO, counted, made, people, visit
from teledesign.expectation import Expectation
from teledesign.expectation.chains import Endless, series, solve
from teledesign.reading import read_scenario
from teledesign.resources import packaged_course
from teledesign.scenario.contexts import TooWide

DAY = 86400.0


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

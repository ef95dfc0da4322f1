"""What the algebra counts: ratios, sums, distinct values, what is recorded and delivered, bytes."""

import math
from typing import Any

import pytest

from scenarios_for_tests import counted, made, people, visit
from teledesign.expectation import Expectation


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

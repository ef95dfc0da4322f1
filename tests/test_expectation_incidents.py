"""What incidents do to expectations: whom they hit, what they change of the world, what of the rows."""

import math
from typing import Any

import pytest

from scenarios_for_tests import counted, incident, made, people, visit
from teledesign.expectation import Expectation
from teledesign.expectation.circumstances import Circumstances
from teledesign.scenario.plan import Plan
from teledesign.scenario.schedule import bit_name


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


def test_a_day_knows_who_is_hit() -> None:
    scenario = made(incidents={"bug": incident(begins="day 2", reaches=0.5, ramp="2 d", effects=[{"volume": 2}])})
    plan = Plan.of(scenario, ["bug"])
    hit = Circumstances(plan, (1, 2, 3, 4)).bit_chances("bug")
    assert hit.tolist() == pytest.approx([0, 0.125, 0.375, 0.5])
    assert bit_name("bug") == "incident.bug"

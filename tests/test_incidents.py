"""Incidents played: twins on the same luck differ where, when and by how much the scenario says, and nowhere else.

The topics' incidents are compared in small panels; with `TELEDESIGN_TWINS=all`, all of them in larger ones (minutes).
A figure may be five of its standard errors from the algebra, which happens by chance once in two million.
"""

import datetime as dt
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import test_content_code_completion
import test_content_photo_tagging
import test_content_playlists
import test_content_shoe_brand
from scenarios_for_tests import incident, made, people, visit
from teledesign.findings import Refusal
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.drawing import drawable
from teledesign.scenario.incidents import Incident
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.schedule import hit_between, settled, strength
from teledesign.simulation import Seed, practice_seed, simulate
from teledesign.simulation.playing import journeys
from teledesign.simulation.playing.scheduled import scheduled
from teledesign.simulation.truth.incidents import schedule_of
from topic_content import Topic
from twins import Twin, days_of, differing, moved, users_in_scope, with_middle

TOPICS = {
    topic.name: topic
    for topic in (
        test_content_shoe_brand.TOPIC,
        test_content_photo_tagging.TOPIC,
        test_content_playlists.TOPIC,
        test_content_code_completion.TOPIC,
    )
}
EVERY = os.environ.get("TELEDESIGN_TWINS") == "all"
PANEL = (
    {"shoe-brand": 1500, "photo-tagging": 800, "playlists": 150, "code-completion": 60}
    if EVERY
    else {"shoe-brand": 400, "photo-tagging": 100}
)
COMPARED = {
    "shoe-brand": ("sideways", "correction_unsent", "scraper", "sale_week", "quiet_sampling", "collector_down"),
    "photo-tagging": ("merged_people", "sent_twice"),
}
CASES = [(topic, name) for topic in PANEL for name in (TOPICS[topic].scenario.incidents if EVERY else COMPARED[topic])]
ERRORS, SLACK = 5.0, 0.02
"""Standard errors, and how far the mean of a few days may be from the algebra of all of them."""


@pytest.fixture(scope="module", params=PANEL)
def usual(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twin:
    topic = TOPICS[request.param]
    return Twin.of(topic.scenario, PANEL[topic.name], {}, tmp_path_factory.mktemp("usual"))


def test_an_incident_moves_what_it_says_and_nothing_else(usual: Twin, tmp_path: Path) -> None:
    topic = TOPICS[usual.scenario.scenario]
    wrong: dict[str, list[str]] = {}
    for name in (name for of, name in CASES if of == topic.name):
        running = with_middle(usual.scenario, name, usual.users)
        struck = Twin.of(usual.scenario, usual.users, running, tmp_path / name)
        found = [*misplaced(usual, struck, name), *missized(topic, usual, struck, name)]
        if found:
            wrong[name] = found
    assert wrong == {}


def misplaced(usual: Twin, struck: Twin, name: str) -> Iterator[str]:
    """What differs before the onset, or for people whom the incident cannot hit."""
    rows = differing(usual, struck)
    begins = struck.incidents[name].begins
    assert isinstance(begins, float)
    if not len(rows):
        yield "nothing differs"
    early = rows[rows["received_at"] < usual.start + pd.Timedelta(seconds=begins)]
    if len(early):
        yield f"{len(early)} rows differ before the onset"
    scope = users_in_scope(struck, name)
    if scope is not None:
        truth = pd.concat([usual.truth, struck.truth]).drop_duplicates("interaction_id").set_index("interaction_id")
        owner = rows["interaction_id"].map(truth["user_id"]).astype(object).fillna(rows["user_id"])
        outside = ~rows["user_id"].isin(scope) & ~owner.isin(scope)
        if outside.any():
            yield f"{outside.sum()} rows differ outside the scope"


def missized(topic: Topic, usual: Twin, struck: Twin, name: str) -> Iterator[str]:
    """Metrics that move by another size than the algebra has it, or another way than the file says."""
    told = struck.incidents[name]
    days = days_of(told, usual.scenario.product.clock.days)
    for kind, signal in (("signal", told.signal), ("decoy", told.decoy_signal)):
        if signal is None or f"{name}.{kind}" in topic.beyond_algebra:
            continue
        if usual.scenario.metrics[signal.metric].of is None:
            continue
        found = moved(usual, struck, signal, days)
        if found.seen == found.expected == -math.inf:
            continue
        if not abs(found.seen - found.expected) <= ERRORS * found.error + SLACK:
            yield f"{kind} of {found}"
        sure = abs(found.expected) > ERRORS * found.error
        if sure and signal.moves != "not" and (found.seen > 0) != (signal.moves == "up"):
            yield f"{kind} moves the other way: {found}"


# Who is hit, and when


@pytest.mark.parametrize(
    "shape",
    [
        {"lasts": "for good"},
        {"lasts": "6 h"},
        {"lasts": "5 d", "ramp": "2 d"},
        {"lasts": "5 d", "ramp": "2 d", "fade": "3 d"},
        {"lasts": "1 d", "ramp": "3 d", "fade": "4 d"},
        {"lasts": "1 d", "ramp": "3 d", "reaches": 0.4},
    ],
)
def test_a_chooser_is_hit_while_the_strength_is_above_its_number(shape: dict[str, Any]) -> None:
    found = Incident.model_validate(incident(begins="day 3 06:00", effects=[{"volume": 2}], **shape))
    numbers = (np.arange(997) + 0.5) / 997
    on, off = hit_between(found, numbers)
    for moment in np.arange(0, 14 * DAY_S, 5 * 3600.0) + 17.0:
        hit = (moment >= on) & (moment < off)
        above = strength(found, np.array([moment])) > numbers
        assert (hit == above).all()


QUESTIONS = {
    "visit": visit(
        {"open": {"starts": {"ask": {"one_after_another": "yes", "at_most": 40}}, "next": "end"}},
        draws={"mood": {"good": 0.5, "bad": 0.5}},
    ),
    "ask": {
        "kind": "interaction",
        "draws": {"hard": {"yes": 0.4, "no": 0.6}},
        "steps": {
            "put": {
                "emits": "asked",
                "takes": {"median": "20 min", "p95": "3 h"},
                "next": {"given": "hard", "yes": {"again": 0.7, "end": "rest"}, "no": {"again": 0.9, "end": "rest"}},
            }
        },
    },
}


@pytest.mark.parametrize("chosen_by", ["user", "session", "ask"])
def test_a_sequence_played_many_at_once_meets_incidents_as_one_by_one(
    chosen_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = [
        {"changes": "ask.hard", "set": {"yes": 0.9, "no": "rest"}},
        {"changes": "ask.put.next", "where": {"hard": "yes"}, "times": {"again": 1.25}},
        {"changes": "ask.put.takes", "times": 3},
    ]
    story = incident(begins="day 4", lasts="3 d", ramp="4 d", fade="2 d", chosen_by=chosen_by, effects=effects)
    scenario = made(QUESTIONS, people=people(simulate=150), incidents={"harder": story})
    usual = simulate(scenario, out=tmp_path / "usual", days=12)
    at_once = simulate(scenario, out=tmp_path / "once", days=12, incidents=["harder"])
    monkeypatch.setattr(journeys, "MOST_AT_ONCE", 1)
    one_by_one = simulate(scenario, out=tmp_path / "one", days=12, incidents=["harder"])
    assert at_once.rows > 5000
    assert at_once.digest == one_by_one.digest != usual.digest
    assert at_once.agrees


def test_what_did_not_happen_is_written_with_the_fields_that_are_known(tmp_path: Path) -> None:
    """`sends` at a step: its own draws and copies are there, what another step would have handed over is empty."""
    steps = {
        "ask": {"emits": "asked", "takes": "2 s", "next": {"shown": 0.3, "dropped": "rest"}},
        "shown": {"emits": {"seen": {"how": "big", "size": 7}}, "next": "end"},
        "dropped": {"next": "end"},
    }
    fields = {
        "mood": {"copy": "mood"},
        "dice": {"draw": {"one": 0.5, "two": 0.5}},
        "how": {"given_by": "step"},
        "size": {"given_by": "step"},
        "since_ask": {"elapsed_since": "ask", "unit": "ms"},
        "since_shown": {"elapsed_since": "shown", "unit": "ms"},
    }
    effect = {"sends": "seen", "at": "visit.dropped", "chance": 0.4}
    scenario = made(
        {"visit": visit(steps, draws={"mood": {"good": 0.5, "bad": 0.5}})},
        events={"seen": {"fields": fields}},
        people=people(simulate=300),
        incidents={"unseen": incident(begins="day 8", where={"mood": "bad"}, family="client", effects=[effect])},
    )
    assert simulate(scenario, out=tmp_path / "log", days=14, incidents=["unseen"], delivery=Delivery()).agrees
    rows = pd.read_parquet(sorted((tmp_path / "log").rglob("*.parquet")))
    seen = rows[rows["event"] == "seen"]
    lies = seen[seen["how"].isna()]
    assert set(lies["mood"]) == {"bad"}
    assert lies["ts"].min() >= pd.Timestamp("2025-03-10")
    asked = rows[(rows["event"] == "asked") & (rows["ts"] >= pd.Timestamp("2025-03-10"))]
    expected = len(asked) * 0.5 * 0.7 * 0.4
    assert abs(len(lies) - expected) < 5 * math.sqrt(expected)
    assert lies["since_shown"].isna().all()
    assert lies["size"].isna().all()
    assert (lies["since_ask"] == 2000).all()
    assert set(lies["dice"]) == {"one", "two"}
    assert set(seen.loc[seen["how"].notna(), "size"]) == {7}


def test_sessions_grow_or_shrink_with_the_volume_from_the_minute_on(tmp_path: Path) -> None:
    """Twice as many, then half: whoever comes without the incident comes at the same moment with it, or not at all."""
    rows = {}
    for name, factor in (("usual", 1), ("more", 2.5), ("fewer", 0.4)):
        story = incident(begins="day 3 10:37", lasts="30 h", effects=[{"volume": factor}])
        scenario = made(people=people(simulate=1500), incidents={"crowd": story})
        out = tmp_path / name
        assert simulate(scenario, out=out, days=6, incidents=["crowd"], delivery=Delivery()).agrees
        rows[name] = pd.read_parquet(sorted(out.rglob("*.parquet"))).set_index("event_id")["ts"]
    begins = pd.Timestamp("2025-03-05 10:37")
    ends = begins + pd.Timedelta(hours=30)
    within = {name: moments[(moments >= begins) & (moments < ends)] for name, moments in rows.items()}
    assert set(rows["fewer"].index) < set(rows["usual"].index) < set(rows["more"].index)
    for name, factor in (("more", 2.5), ("fewer", 0.4)):
        changed = rows[name].index.symmetric_difference(rows["usual"].index)
        both = pd.concat([rows[name], rows["usual"]])
        assert both[changed].between(begins, ends, inclusive="left").all()
        expected = 1500 * 1.25 * factor
        assert abs(len(within[name]) - expected) < 5 * math.sqrt(expected)


# Which incidents run


def drawn_for(scenario: Scenario, seed: Seed, days: int = 42) -> dict[str, Incident]:
    return scheduled(scenario, ["drawn"], seed, scenario.people.simulate, days)


def test_an_incident_is_drawn_from_the_seed_alone() -> None:
    scenario = TOPICS["shoe-brand"].scenario
    practice = drawn_for(scenario, practice_seed(scenario.scenario))
    assert drawn_for(scenario, practice_seed(scenario.scenario)) == practice
    ((name, found),) = practice.items()
    assert settled(found) == found
    assert found.model_copy(update={"begins": scenario.incidents[name].begins}) != scenario.incidents[name]
    seeds = [Seed.of_number(number) for number in range(400)]
    counts: dict[str, int] = {}
    for seed in seeds:
        (name,) = drawn_for(scenario, seed)
        counts[name] = counts.get(name, 0) + 1
    # Eleven equally likely ones, 400 times: chi-square with 10 degrees of freedom, above 38 once in 26,000.
    assert set(counts) == set(scenario.incidents) - {"sale_week"}
    assert sum((count - 400 / 11) ** 2 / (400 / 11) for count in counts.values()) < 38


def test_what_is_no_fault_is_never_drawn_and_moves_no_other_draw() -> None:
    """That a season is no fault moves only those logs for which the lot would have fallen on it; by name it runs."""
    scenario = TOPICS["shoe-brand"].scenario
    sale = scenario.incidents["sale_week"]
    faulty = {**scenario.incidents, "sale_week": sale.model_copy(update={"fault": "yes"})}
    before = scenario.model_copy(update={"incidents": faulty})
    moved = 0
    for seed in map(Seed.of_number, range(200)):
        was, found = drawn_for(before, seed), drawn_for(scenario, seed)
        assert "sale_week" not in found
        moved += was != found
        assert was == found or list(was) == ["sale_week"]
    assert 4 < moved < 40
    assert "sale_week" in scheduled(scenario, ["sale_week"], Seed.of_number(1), 100, 42)
    only = scenario.model_copy(update={"incidents": {"sale_week": sale}})
    assert drawn_for(only, Seed.of_number(1)) == {}


def test_a_short_log_has_incidents_that_have_the_days_they_need() -> None:
    scenario = TOPICS["shoe-brand"].scenario
    assert set(drawable(scenario, 14)) < set(drawable(scenario, 42)) == set(scenario.incidents) - {"sale_week"}
    for number in range(50):
        ((name, found),) = drawn_for(scenario, Seed.of_number(number), 14).items()
        assert isinstance(found.begins, float)
        assert found.begins + (scenario.incidents[name].needs_days or 1) * DAY_S <= 14 * DAY_S
    assert drawn_for(scenario, Seed.of_number(1), 2) == {}


def test_what_has_a_season_is_drawn_in_its_months_alone() -> None:
    scenario = TOPICS["photo-tagging"].scenario
    drawn = {}
    for start in (dt.date(2026, 1, 5), dt.date(2026, 5, 4)):
        clock = scenario.product.clock.model_copy(update={"start": start})
        held = scenario.model_copy(update={"product": scenario.product.model_copy(update={"clock": clock})})
        drawn[start.month] = {name for seed in range(150) for name in drawn_for(held, Seed.of_number(seed), 28)}
        assert drawn[start.month] == set(drawable(held, 28))
    seasonal = {name for name, held in scenario.incidents.items() if held.season and 5 not in held.season}
    assert len(seasonal) >= 2
    assert drawn[5].isdisjoint(seasonal)
    assert seasonal & drawn[1]


def test_extra_users_come_in_proportion_to_the_panel() -> None:
    scenario = TOPICS["shoe-brand"].scenario
    counts = []
    for users in (100, 4 * scenario.people.simulate):
        brings = scheduled(scenario, ["scraper"], Seed.of_number(1), users, 42)["scraper"].brings
        assert brings is not None
        counts.append(brings.simulate)
    usual = scenario.incidents["scraper"].brings
    assert usual is not None
    assert counts == [1, 4 * usual.simulate]


def test_what_cannot_run_is_said(tmp_path: Path) -> None:
    scenario = TOPICS["shoe-brand"].scenario
    said = {}
    for wanted in (["sideway"], ["a_meteorite"], ["none", "drawn"], ["new_line"]):
        with pytest.raises(Refusal) as refused:
            simulate(scenario, out=tmp_path / "log", users=50, days=5, incidents=wanted)
        said[wanted[0]] = str(refused.value)
    assert said.pop("new_line").startswith("the incident new_line begins on day ")
    names = ", ".join(scenario.incidents)
    assert said == {
        "sideway": "there is no incident 'sideway'. Did you mean sideways?",
        "a_meteorite": f"there is no incident 'a_meteorite'. Choose from {names}, drawn, none",
        "none": "--incident none stands beside others. Leave it out, or leave out the others",
    }


def test_the_truth_tells_the_schedule_and_the_log_does_not(tmp_path: Path) -> None:
    import json

    scenario = TOPICS["shoe-brand"].scenario
    folder, truth = tmp_path / "log", tmp_path / "truth"
    simulate(scenario, out=folder, truth=truth, users=60, days=28, incidents=["sideways", "sent_twice"], seed=3)
    running = scheduled(scenario, ["sideways", "sent_twice"], Seed.of_number(3), 60, 28)
    given_away = schedule_of(running, scenario)
    told = (truth / "truth.json").read_text("utf-8")
    assert len(given_away) == 5
    assert [line for line in given_away if line not in told] == []
    public = b"".join(path.read_bytes() for path in folder.rglob("*.json"))
    assert [line for line in (*given_away, "sideways", "sent_twice") if line.encode() in public] == []
    first, second = json.loads(told)["incidents"]
    assert (first["incident"], first["signal"]["metric"]) == ("sideways", "no_shoe_found")
    assert second["effects"][0].keys() == {"duplicates", "same_id"}

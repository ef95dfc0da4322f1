"""What ran in a log, as its instructor reads it: a sentence for every verb, from whatever a scenario says."""

from typing import Any

import pytest

from scenarios_for_tests import incident, made, people, visit
from teledesign.cli.incidents import incidents_in_words
from teledesign.cli.truth import _moved
from teledesign.results.times import said_lapse
from teledesign.scenario import Scenario
from teledesign.scenario.drawing import settled_by
from teledesign.scenario.plan import Plan
from teledesign.simulation.truth.incidents import incidents_told

JOURNEY = {
    "visit": visit(
        {
            "open": {
                "emits": ["opened", "seen"],
                "takes": {"median": "2 s", "p95": "9 s"},
                "next": {"open": 0.1, "shut": 0.2, "end": "rest"},
            },
            "shut": {"next": "end"},
        },
        person="friend",
        draws={"size": {"big": 0.5, "small": 0.5}, "noise": {"from": 1, "to": 2}},
    )
}
TITLES = {"opens": "How often it is opened"}


def scenario(**told: Any) -> Scenario:
    return made(
        JOURNEY,
        people=people(attributes={"platform": {"ios": 0.5, "android": 0.5}}),
        events={"opened": {"fields": {"size": {"copy": "size"}, "wait_ms": {"always": 3}}}},
        metrics={"opens": {"role": "proxy", "of": "opened", "per": "user_days"}},
        incidents={"storm": incident(**told)},
    )


def words(days: int = 28, **told: Any) -> list[str]:
    held = scenario(**told)
    plan = Plan.of(held, settled_by(held, ["storm"], days, lambda _: 0.5))
    return list(incidents_in_words(incidents_told(plan, held), days, TITLES))


EFFECTS = {
    "visit.open.next is 30 % shut, 70 % end": {"changes": "visit.open.next", "set": {"shut": 0.3, "end": "rest"}},
    "visit.open.next is always shut": {"changes": "visit.open.next", "set": "shut"},
    "in visit.open.next shut is 1.5 times as likely and open is 0.5 times as likely": {
        "changes": "visit.open.next",
        "times": {"shut": 1.5, "open": 0.5},
    },
    "in visit.size the odds of big are multiplied by 3 and those of small by 0.25": {
        "changes": "visit.size",
        "odds_times": {"big": {"from": 2, "to": 4}, "small": 0.25},
    },
    "visit.open.takes grows by 150 ms": {"changes": "visit.open.takes", "plus": "150 ms"},
    "visit.noise shrinks by 0.3": {"changes": "visit.noise", "plus": -0.3},
    "visit.noise is multiplied by 12.35, where platform is ios": {
        "changes": "visit.noise",
        "times": 12.345678,
        "where": {"platform": "ios"},
    },
    "visit.open.takes is between 90 s and 5 min": {
        "changes": "visit.open.takes",
        "set": {"from": "90 s", "to": "5 min"},
    },
    "visit.noise has mean 88,000, standard deviation 2, at least 1": {
        "changes": "visit.noise",
        "set": {"mean": 88000, "sd": 2, "min": 1},
    },
    "visit.person is one of the same 1.5 % of users each time": {"changes": "visit.person", "among": 0.015},
    "there are 2.5 times as many sessions": {"volume": 2.5},
    "no row is recorded": {"stops": "all"},
    "no row of opened or seen is recorded": {"stops": ["opened", "seen"]},
    "25 % of the rows of opened and seen where size is big or small are not recorded": {
        "stops": ["opened", "seen"],
        "chance": 0.25,
        "when": {"size": ["big", "small"]},
    },
    "seen is recorded at visit.shut, where it did not happen": {"sends": "seen", "at": "visit.shut"},
    "seen is recorded at visit.shut, where it did not happen, 1 % of the time": {
        "sends": "seen",
        "at": "visit.shut",
        "chance": 0.01,
    },
    "the rows of seen are written twice, the second with an id of its own": {"repeats": "seen"},
    "50 % of all rows are written twice, the second with the same id": {
        "repeats": "all",
        "same_id": "yes",
        "chance": 0.5,
    },
    "in all rows, platform is empty": {"blanks": "platform"},
    "in 50 % of the rows of opened where size is big, size says small": {
        "writes": "opened.size",
        "value": "small",
        "chance": 0.5,
        "when": {"size": "big"},
    },
    "in the rows of opened, size says large in place of big": {"renames": "opened.size", "was": "big", "now": "large"},
    "in the rows of opened, wait_ms is multiplied by 0.001": {"rescales": "opened.wait_ms", "times": 0.001},
    "10 % of the rows of seen are kept, users as a whole; sample_rate says so": {
        "samples": "seen",
        "keep": 0.1,
        "by": "user",
        "says_so": "yes",
    },
    "90 % of what comes from clients in that time is lost": {"loses": 0.9, "judged_by": "arrival"},
    "12.3 % of what clients send comes twice, the second with the same id": {"duplicates": 0.12345},
    "what clients send is delayed: median 8 h, 95th percentile 30 h": {"delays": {"median": "8 h", "p95": "30 h"}},
    "what clients send is delayed: 2 h where platform is ios, else 10 min": {
        "delays": {"given": "platform", "ios": "2 h", "else": "10 min"}
    },
    "device clocks are 9 h behind": {"shifts_clock": "-9 h"},
}


@pytest.mark.parametrize("sentence", EFFECTS)
def test_every_effect_is_a_sentence(sentence: str) -> None:
    assert f"  What it does: {sentence}." in words(effects=[EFFECTS[sentence]])


def test_the_same_effect_twice_is_told_once() -> None:
    told = words(effects=[{"repeats": "seen"}, {"repeats": "seen"}])
    assert [line for line in told if "What it does" in line] == [
        "  What it does: the rows of seen are written twice, the second with an id of its own, and so once more."
    ]


WINDOWS: dict[str, dict[str, Any]] = {
    "From Mon 3 Mar 2025 00:00 (day 1) for good. It strikes everybody.": {},
    "From Tue 11 Mar 2025 12:30 (day 9) until Fri 14 Mar 2025 12:30 (day 12), growing to full strength over the first "
    "2 d, dying down over the last 12 h. It strikes where size is big and platform is ios or android.": {
        "begins": "day 9 12:30",
        "lasts": "60 h",
        "ramp": "2 d",
        "fade": "12 h",
        "where": {"size": "big", "platform": ["ios", "android"]},
    },
    "From Thu 27 Mar 2025 00:00 (day 25) until Tue 1 Apr 2025 00:00 (day 30, after the log ends). It strikes each "
    "visit with a chance of 20 % where platform is ios.": {
        "begins": "day 25",
        "lasts": "5 d",
        "chosen_by": "visit",
        "reaches": 0.2,
        "where": {"platform": "ios"},
    },
    "From Mon 3 Mar 2025 00:00 (day 1) for good. It brings robots (20 in the panel) and strikes nobody else.": {
        "brings": {"called": "robots", "simulate": 20, "sessions_per_user_day": 3}
    },
}


@pytest.mark.parametrize("sentence", WINDOWS)
def test_when_and_whom_it_strikes(sentence: str) -> None:
    assert words(effects=[{"volume": 2}], **WINDOWS[sentence])[1] == f"  {sentence}"


def test_where_it_shows_is_told_with_the_metric() -> None:
    told = words(
        effects=[{"volume": 2}],
        signal={"metric": "opens", "moves": "up", "where": {"platform": "ios"}},
        decoy_signal={"metric": "opens", "moves": "not"},
    )
    assert told[-4:] == [
        "  First shows: there",
        '    Look at "How often it is opened", which goes up where platform is ios.',
        "  Mistaken for: that",
        '    Look at "How often it is opened", which does not move.',
    ]
    assert told[0] == "Something (storm)"
    assert words(effects=[{"volume": 2}], fault="no")[0] == "Something (storm), which is no fault"
    assert list(incidents_in_words([], 28, {})) == ["No incident ran."]


def test_spans_and_moves_in_words() -> None:
    assert [said_lapse(s) for s in (0.0004, 0.2573, 0.9999, 1, 119.6, 120, 5400, 86_400, 200_000, 0)] == [
        *("0.4 ms", "257 ms", "1 s", "1 s", "120 s", "2 min", "90 min", "24 h", "2.31 d", "0 s"),
    ]
    assert [_moved(by) for by in (0.004, -0.26, 0.5, -6.37, 1.0)] == [
        *("as usual", "26 % worse", "50 % better", "7.4 times as bad as usual", "2.0 times as good as usual"),
    ]

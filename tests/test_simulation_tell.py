"""A session told as a story is the session of the log, with the truth beside it."""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from scenarios_for_tests import PHOTO, made, people
from teledesign.cli import run
from teledesign.findings import Refusal
from teledesign.simulation import simulate, tell

JOURNEY = {
    "visit": {
        "kind": "session",
        "person": "friend",
        "draws": {"mood": {"good": 0.5, "bad": 0.5}, "photos": {"mean": 9, "dispersion": 0.2, "min": 5, "max": 20}},
        "steps": {
            "open": {
                "says": "The user opens it.",
                "emits": "opened",
                "takes": "40 s",
                "starts": {"photo": {"count": "photos"}, "tag": {"after": "30 h", "by": "friend"}},
                "next": "end",
            }
        },
    },
    "photo": {
        "kind": "interaction",
        "draws": {"wait": {"median": "2 s", "p95": "9 s"}},
        "steps": {
            "shown": {
                "takes": "wait",
                "beats": {"tick": "1 s"},
                "next": {"given": "outcome", "bad": "hurt", "else": "end"},
            },
            "hurt": {"emits": "complained", "next": "end"},
        },
    },
    "tag": {"steps": {"noticed": {"emits": "noticed", "next": "end"}}},
}
MODEL = {"for_each": "photo", "outcome": {"fine": 0.7, "bad": 0.3}, "looks_like": {"fine": "answer", "bad": "answer"}}
HELD = people(
    simulate=60,
    attributes={"region": {"north": 0.5, "south": 0.5}, "telemetry": {"recorded": 0.8, "declined": 0.2}},
    unrecorded={"telemetry": "declined"},
)
SCENARIO = made(
    JOURNEY,
    model=MODEL,
    people=HELD,
    events={"opened": {"fields": {"n": {"copy": "photos"}, "mood": {"copy": "mood"}}}},
)


@pytest.mark.parametrize("session", range(1, 13))
def test_what_is_told_as_logged_is_what_the_log_holds(session: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "told"
    if not folder.exists():
        simulate(SCENARIO, out=folder)
    log = pd.read_parquet(folder / "events.parquet")
    story = tell(SCENARIO, session=session, everything=True)
    first = story.lines[0]
    user, begun = first.text.split(" ")[0], pd.to_datetime(first.at, format="%a %d %b %Y %H:%M:%S")
    own = log[(log["user_id"] == user) & (log["ts"].dt.floor("s") == begun) & (log["event"] == "opened")]
    in_session = log[log["session_id"].isin(own["session_id"])]
    end = next((place for place, line in enumerate(story.lines) if not line.text), len(story.lines))
    told: Counter[str] = Counter()
    for line in story.lines[:end]:
        if line.kind == "logged":
            name, _, more = line.text.partition("  ")
            told[name] += 1 + (int(more.split("and ")[-1].split(" ")[0]) if "more like it" in more else 0)
    assert told == Counter(in_session["event"])
    if "declined" in first.text:
        assert not told
        assert any("(not recorded: telemetry declined)" in line.text for line in story.lines if line.kind == "unlogged")
    else:
        assert f"photos {int(own['n'].iloc[0])}" in story.lines[1].text


def test_a_story_reads_like_one() -> None:
    story = tell(SCENARIO, session=1)
    texts = [line.text for line in story.lines]
    assert story.title == "x, session 1"
    assert re.fullmatch(r"u[0-9a-f]{8} \(region (north|south), telemetry \w+\) begins a session: visit", texts[0])
    assert "open: The user opens it." in texts
    assert any(text.startswith("hidden: ") and "outcome " in text for text in texts)
    assert any(text.endswith(" begins a session: tag, which came of visit") for text in texts)
    assert any(re.fullmatch(r"… photo: \d+ more, in which no more happens than in these", text) for text in texts)
    assert tell(SCENARIO, session=1) == story
    assert tell(SCENARIO, session=1, seed=4) != story


def test_delayed_episodes_of_others_are_told_with_their_day() -> None:
    story = tell(made(**PHOTO), session=1)
    later = [line for line in story.lines if line.kind == "who" and "begins a session: tag" in line.text]
    assert later
    assert all(line.text.startswith("friend u") for line in later)
    causes = {line.text.partition(", which came of ")[2] for line in later}
    labels = {line.text for line in story.lines if line.kind == "who"}
    for cause in causes:
        face, _, photo = cause.partition(" in ")
        assert {face, photo} <= labels
    assert len(causes) > 1


def test_stories_of_nothing_are_refused() -> None:
    with pytest.raises(Refusal, match="--session 0 is out of range"):
        tell(SCENARIO, session=0)
    quiet = people(activity={"sessions_per_user_day": {"mean": 1e-9}, "hours": [1] * 24})
    with pytest.raises(Refusal, match="nobody has a session"):
        tell(made(people=quiet), session=1)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["tell", "photo-tagging", "--session", "2"]) == 0
    told = capsys.readouterr().out
    assert "Lindenbild Albums, session 2" in told
    assert "log  upload_batch" in told
    assert "hidden: " in told
    assert "Everything else is truth. No incident runs here, and no row is lost on its way.\n" in told
    assert told.endswith("With --all every episode is told.\n")
    assert run(["tell", "photo-tagging", "--session", "2", "--all"]) == 0
    assert "With --all" not in capsys.readouterr().out

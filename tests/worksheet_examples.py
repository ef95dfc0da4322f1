"""A scenario and a teaching file small enough to read, and handouts of topics, for tests of handouts."""

from functools import cache
from typing import Any

from teledesign.course_file import CourseFile
from teledesign.form import CourseSecret
from teledesign.prices import PriceSheet
from teledesign.reading import read_design, read_prices, read_scenario, read_teaching
from teledesign.resources import packaged_course
from teledesign.roster import RosterGroup, deal
from teledesign.scenario import Scenario
from teledesign.teaching import Teaching
from teledesign.worksheets import DOCUMENTS, Handouts, Order, Press, TopicSource, make

TOPICS = ("shoe-brand", "photo-tagging", "playlists", "code-completion")
HOSTILE = '#panic("x") "; #read("/etc/passwd") {{ 7*7 }} <script>alert(1)</script> $x$ = H \\ *b* \\input{x} ../ =cmd()'
CRITERION = {"points": 3, "weak": "Says one word.", "adequate": "Says some.", "excellent": "Says it all."}
TITLES = {"capture": "What to capture", "use": "How to use it", "cost": "What it costs", "risks": "What can go wrong"}


def small_scenario(**changes: Any) -> Scenario:
    """The scenario, with whole sections replaced."""
    return Scenario.model_validate({**_scenario(), **changes})


def _scenario() -> dict[str, Any]:
    return {
        "format": 1,
        "scenario": "ask-a-plant",
        "title": "Naming plants from photos",
        "product": {
            "name": "Ask a plant",
            "firm": "Kleeblatt (invented)",
            "summary": "Names a plant from a photo.",
            "goal": "People learn the right name.",
            "intelligence": "Compares the photo with pictures of known plants.",
            "users_see": "One name, and a button for another.",
            "brief": "Kleeblatt names plants. People take it at its word.\n\nA new model comes next month.",
            "clock": {"start": "2026-03-02", "days": 14, "time_zone": "Europe/Berlin"},
        },
        "people": {
            "called": "walkers",
            "simulate": 100,
            "production": {"low": 20_000, "mode": 50_000, "high": 90_000},
            "activity": {"sessions_per_user_day": {"mean": 0.5}, "hours": [1] * 24},
        },
        "model": {
            "for_each": "ask",
            "outcome": {"right": 0.8, "wrong": 0.2},
            "looks_like": {"right": "named", "wrong": "named"},
        },
        "journey": {
            "visit": {
                "kind": "session",
                "steps": {
                    "open": {"emits": "opened", "starts": {"ask": {"count": 2}}, "takes": "1 min", "next": "end"}
                },
            },
            "ask": {
                "kind": "interaction",
                "steps": {
                    "shown": {
                        "emits": "name_shown",
                        "takes": "5 s",
                        "next": {
                            "given": "outcome",
                            "right": {"taken": 0.5, "left": "rest"},
                            "wrong": {"taken": 0.1, "left": "rest"},
                        },
                    },
                    "taken": {"emits": "name_taken", "next": "end"},
                    "left": {"next": "end"},
                },
            },
        },
        "events": {
            "opened": _event(300, "Somebody opened the app."),
            "name_shown": _event(420, "A name was shown."),
            "name_taken": _event(350, "The name was kept."),
        },
        "metrics": {"taken_rate": {"role": "proxy", "of": "name_taken", "per": "name_shown"}},
        "questions": {
            name: {
                "title": title,
                "prompt": f"{title}, and why?",
                "hints": ["Think of those who say nothing."],
                "criteria": {
                    f"{name}_one": {"title": "One", **CRITERION},
                    f"{name}_two": {"title": "Two", **CRITERION},
                },
            }
            for name, title in TITLES.items()
        },
        "plans": [
            {
                "minutes": 45,
                "phases": [
                    {"title": "Read", "minutes": 5, "what": "Read the brief."},
                    {"title": "Answer", "minutes": 28, "what": "Four questions."},
                    {"title": "Debrief", "minutes": 12, "what": "Compare."},
                ],
            }
        ],
        "forms": {
            "askers": {
                "title": "Walkers in production",
                "sets": "people.production.mode",
                "from": 30_000,
                "to": 80_000,
                "step": 5_000,
                "unit": "walkers",
            },
            "taken": {
                "title": "Right names kept",
                "sets": "ask.shown.next.right.taken",
                "from": 0.4,
                "to": 0.6,
                "step": 0.02,
            },
        },
    }


def _event(size: int, says: str) -> dict[str, Any]:
    return {
        "bytes": size,
        "feedback": "implicit",
        "privacy": "P1",
        "says": says,
        "misleads": "It may have been an accident.",
    }


def small_teaching(**changes: Any) -> Teaching:
    """The teaching file of that scenario."""
    answers = {
        name: {
            "weak": [f"Weak words on {name} nobody else says."],
            "adequate": [f"Adequate words on {name} nobody else says."],
            "excellent": [f"Excellent words on {name} nobody else says."],
        }
        for name in TITLES
    }
    look_fors = {
        f"{name}_{place}": {
            "look_for": [f"The look-for about {name} {place} that only markers see."],
            "beware": [f"The trap about {name} {place} that only markers see."],
        }
        for name in TITLES
        for place in ("one", "two")
    }
    return Teaching.model_validate(
        {
            "format": 1,
            "scenario": "ask-a-plant",
            "answers": answers,
            "look_fors": look_fors,
            "misconceptions": [
                {"says": "More data is always better data.", "answer": "Ask which decision it would change."}
            ],
            "discussion": ["Which wrong names leave no trace in the log at all?"],
            "notes": ["Let every group say one thing that it cannot see."],
            **changes,
        }
    )


@cache
def prices() -> PriceSheet:
    sheet = read_prices(packaged_course() / "scenarios" / "prices" / "teaching.yaml").value
    assert sheet is not None
    return sheet


@cache
def topic_source(name: str) -> TopicSource:
    """The small topic, or one that ships."""
    if name == "small":
        return TopicSource(small_scenario(), small_teaching(), prices())
    folder = packaged_course() / "scenarios" / name
    scenario = read_scenario(folder / "scenario.yaml")
    assert scenario.value is not None, scenario.findings
    teaching = read_teaching(folder / "teaching.yaml", scenario.value)
    assert teaching.value is not None, teaching.findings
    designs = {path.stem: read_design(path, scenario.value).or_refuse() for path in sorted(folder.glob("designs/*"))}
    return TopicSource(scenario.value, teaching.value, prices(), scenario.places, teaching.places, designs)


def made_for(
    course: CourseFile,
    topics: list[TopicSource],
    groups: list[str],
    secret: CourseSecret,
    press: Press,
    formats: tuple[str, ...] = ("pdf",),
    jobs: int = 1,
) -> Handouts:
    """Handouts of every topic for every group, held in memory."""
    every = tuple(RosterGroup(name) for name in groups)
    dealt = deal(every, [topic.scenario.scenario for topic in topics], every_topic=True)
    return make(course, topics, Order(dealt, secret, formats=formats, jobs=jobs), press)


def file_of(handouts: Handouts, document: str, kind: str = "pdf") -> bytes:
    (path,) = (h.path for h in handouts.made if (h.document, h.format) == (document, kind) and h.group in ("1", ""))
    return (handouts.student if DOCUMENTS[document].for_students else handouts.instructor)[path]

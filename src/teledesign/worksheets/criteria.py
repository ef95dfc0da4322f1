"""How sheets that are the same for every topic are marked: criteria, levels, points, and what to look for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from teledesign.prose import Prose
from teledesign.scenario.questions import Criterion

__all__ = ["CANVAS", "SCORE", "Marked", "points_of"]


@dataclass(frozen=True)
class Marked:
    """One criterion: what students read, and what only markers do."""

    criterion: Criterion
    look_for: tuple[Prose, ...]
    beware: tuple[Prose, ...]


def _marked(title: str, levels: Sequence[str], look_for: Sequence[str], beware: Sequence[str]) -> Marked:
    weak, adequate, excellent = levels
    criterion = Criterion.model_validate(
        {"title": title, "points": 3, "weak": weak, "adequate": adequate, "excellent": excellent}
    )
    return Marked(criterion, tuple(map(Prose.plain, look_for)), tuple(map(Prose.plain, beware)))


CANVAS: tuple[Marked, ...] = (
    _marked(
        "Signals and their reasons",
        (
            "Signals without a reason, or reasons that fit any signal.",
            "Each signal has a question that it helps to answer.",
            "Each signal earns its place by a decision, and one was left out with a reason.",
        ),
        (
            "A reason names a decision somebody would take differently.",
            "At least one signal for harm that users do not report.",
        ),
        ("“To analyse later” as a reason.",),
    ),
    _marked(
        "Sampling and bytes",
        (
            "Shares or bytes are missing, or no unit stands with them.",
            "Each row has a share and bytes, and the sum of a day is right.",
            "Shares follow from how rare and how heavy a signal is, and the sum is set against the budget.",
        ),
        (
            "Rare and explicit signals are kept whole, heavy and frequent ones are sampled.",
            "The share is of users, so that journeys stay together.",
        ),
        ("One share for everything.", "Bytes of a row taken for bytes of a day."),
    ),
    _marked(
        "Privacy and retention",
        (
            "Classes or days are missing, or the same for every row.",
            "Every row has a class, and the higher the class the shorter it is kept.",
            "Sensitive rows are replaced, shortened or counted on the device, with what is lost by that.",
        ),
        ("A class P2 or P3 with its own number of days.", "Somebody who is not the user is thought of."),
        ("“Anonymous” for rows that carry a user id.",),
    ),
    _marked(
        "Readers and monitors",
        (
            "Nobody is named, or “the team” reads everything.",
            "Each monitor has a metric, a threshold and a reader.",
            "Thresholds fit the noise of the rate, readers can act, and one monitor watches the telemetry itself.",
        ),
        (
            "A threshold with its window, and what the reader does when it is crossed.",
            "A row that nobody reads is struck out.",
        ),
        ("A dashboard called a monitor.",),
    ),
)
"""The design canvas."""

SCORE: tuple[Marked, ...] = (
    _marked(
        "Honest marks",
        (
            "Ticks without a word of what shows them.",
            "Every half and whole point has something that shows it.",
            "What shows it could be checked by somebody else, and doubtful tests are given no point.",
        ),
        ("A named metric, row, run or document for each tick.",),
        ("“We would do that” counted as done.",),
    ),
    _marked(
        "The sum",
        (
            "Points are missing or added up wrongly.",
            "Sums of the sections and the smallest of them are right.",
            "Says which section holds the score down, and what the next half point would take.",
        ),
        ("The score is the smallest of the four sums, never their mean.",),
        ("The sum of all sections taken for the score.",),
    ),
    _marked(
        "What telemetry can do",
        (
            "Telemetry is not mentioned, or said to solve every test.",
            "Names tests that a log can show, with the signal that shows them.",
            "Also names tests that no log can show, and who would have to do those.",
        ),
        ("Monitoring tests lean on the log, data and infrastructure tests mostly do not.",),
        ("A dashboard as proof that a pipeline was tested.",),
    ),
)
"""The ML Test Score sheet."""


def points_of(rubric: Sequence[Marked]) -> int:
    """The points of all its criteria."""
    return sum(one.criterion.points for one in rubric)

"""The ML Test Score: 28 tests of a machine-learning system, how they are counted, and what the score says.

After Eric Breck and others, "The ML test score: a rubric for ML production readiness and technical debt reduction",
IEEE Big Data 2017.  The wording is ours.  The page that computes the score and every sheet of paper read these tables.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "ANSWERS",
    "BANDS",
    "COLUMNS",
    "FINAL",
    "SECTIONS",
    "SUM",
    "Answer",
    "AnswerName",
    "Band",
    "Score",
    "ScoreSection",
    "ScoreTest",
    "band_of",
    "filled_table",
    "read_answers",
    "score",
    "written_answers",
]

AnswerName = Literal["none", "manual", "automated"]


@dataclass(frozen=True)
class Answer:
    """How far one test is done, and the points it earns."""

    name: AnswerName
    points: float
    title: str
    says: str

    @property
    def earns(self) -> str:
        """Its points as one writes them."""
        return f"{self.points:g}"


@dataclass(frozen=True)
class ScoreTest:
    """One of the 28 tests."""

    name: str
    """Section and number, such as `data-1`."""
    title: str
    says: str
    telemetry: str = ""
    """What telemetry has to do with it; empty where it has nothing to do with it."""


@dataclass(frozen=True)
class ScoreSection:
    """Seven tests of one kind."""

    name: str
    title: str
    asks: str
    tests: tuple[ScoreTest, ...]

    @property
    def most(self) -> float:
        """The most that its tests can earn."""
        return float(len(self.tests))


@dataclass(frozen=True)
class Band:
    """What a final score says: more than `above`, and no more than `up_to`."""

    above: float
    up_to: float
    title: str
    says: str

    @property
    def top(self) -> str:
        """Its upper bound as a script reads it: `5`, `Infinity`."""
        return "Infinity" if math.isinf(self.up_to) else f"{self.up_to:g}"

    @property
    def range(self) -> str:
        """The band's points as one writes them: `0`, `(0, 1]`, `over 5`."""
        if self.above < 0:
            return f"{self.up_to:g}"
        return f"over {self.above:g}" if math.isinf(self.up_to) else f"({self.above:g}, {self.up_to:g}]"


@dataclass(frozen=True)
class Score:
    """The sum of each section, and the smallest of them, which is the score."""

    sums: Mapping[str, float]
    final: float
    band: Band


ANSWERS = (
    Answer("none", 0.0, "No", "Not done, or done by hand without results that others have seen."),
    Answer("manual", 0.5, "By hand", "Done by hand; the results are written down and handed around."),
    Answer("automated", 1.0, "Automated", "A system does it by itself, again and again."),
)
"""From least to most; an answer's place here is its digit in `written_answers`."""

BANDS = (
    Band(-math.inf, 0, "A research project", "Nothing stands between a mistake and the users. Fine for a prototype."),
    Band(0, 1, "Serious holes are likely", "Something is tested. Look for what would hurt most, and test that next."),
    Band(1, 2, "A first pass", "The basics of production are there. More work on tests would pay."),
    Band(2, 3, "Reasonably tested", "Most things are watched; part of it still hangs on people remembering to do it."),
    Band(3, 5, "Strong", "Tests and monitoring run by themselves. Good enough for what a firm depends on."),
    Band(5, math.inf, "Exceptional", "Tests and monitoring of a kind that few systems have."),
)
"""Half-open on the left: a score of exactly 1 belongs to (0, 1], not to (1, 2]."""

SECTIONS = (
    ScoreSection(
        "data",
        "Data",
        "Is what goes in what we think it is?",
        (
            ScoreTest(
                "data-1",
                "What to expect of each feature stands in a schema",
                "Ranges, allowed values and shares of missing values are written down, and data is held against them.",
            ),
            ScoreTest(
                "data-2",
                "Every feature is worth having",
                "For each feature somebody has seen that the model gets worse without it.",
            ),
            ScoreTest(
                "data-3",
                "No feature costs more than it gives",
                "Waiting time, memory, upkeep and dependence on others are weighed against the gain.",
            ),
            ScoreTest(
                "data-4",
                "Features keep the rules of the house",
                "Forbidden sources, retired fields or protected attributes cannot slip in: a program looks.",
            ),
            ScoreTest(
                "data-5",
                "Privacy is guarded all along the pipeline",
                "From collection to training, access is limited, and consent and deletion travel with the data.",
                "The log is part of the pipeline: privacy classes, retention, and nobody in it who declined.",
            ),
            ScoreTest(
                "data-6",
                "A new feature gets to production quickly",
                "The time from an idea to users is known, and short enough to answer to a change in the world.",
            ),
            ScoreTest(
                "data-7",
                "The code that makes features is tested",
                "Unit tests as for any other code; a fault here spoils training and serving without a crash.",
            ),
        ),
    ),
    ScoreSection(
        "model",
        "Model",
        "Is it the right model, and does it do what was promised?",
        (
            ScoreTest(
                "model-1",
                "The model's specification is reviewed and checked in",
                "What was trained, by whom and with which code can be found, and a second pair of eyes saw it.",
            ),
            ScoreTest(
                "model-2",
                "Offline and online metrics move together",
                "Models made better or worse on purpose have shown that a gain offline is a gain for users.",
                "The online half of the comparison, for each model version.",
            ),
            ScoreTest(
                "model-3",
                "Every setting of the training is tuned",
                "Learning rates, sizes and the like were searched, not inherited from an example.",
            ),
            ScoreTest(
                "model-4",
                "What an old model costs is known",
                "Somebody has measured how quality falls with the model's age, so the pace of retraining has a reason.",
                "Outcomes by age of the model that served them.",
            ),
            ScoreTest(
                "model-5",
                "A simpler model is not better",
                "A plain baseline is kept and beaten, often enough that the extra complexity stays justified.",
            ),
            ScoreTest(
                "model-6",
                "Quality is good enough on every slice that matters",
                "No group, device or region hides behind the average.",
                "Fields to slice by, and enough rows in the small slices.",
            ),
            ScoreTest(
                "model-7",
                "The model was tested for inclusion",
                "Who is served worse, and who is left out? Somebody has looked for it.",
                "Outcomes by group; where the group may not be logged, a consented audit.",
            ),
        ),
    ),
    ScoreSection(
        "infrastructure",
        "Infrastructure",
        "Can we build it, ship it and take it back?",
        (
            ScoreTest(
                "infrastructure-1",
                "Training can be repeated",
                "The same data and code give the same model, or one close enough to compare.",
            ),
            ScoreTest(
                "infrastructure-2",
                "The code of the model has unit tests",
                "Shapes, losses and a few steps of training are tried in seconds, before hours are spent.",
            ),
            ScoreTest(
                "infrastructure-3",
                "The pipeline is tested from end to end",
                "Data in, features, training, check and serving run together, on little data, at every change.",
            ),
            ScoreTest(
                "infrastructure-4",
                "A model's quality is checked before it serves",
                "Both against a floor and against the model it replaces, so that slow decay is seen too.",
            ),
            ScoreTest(
                "infrastructure-5",
                "One prediction can be looked into",
                "For one input, a person can follow every step from features to answer.",
                "An id that joins a complaint to its prediction, its inputs and its model version.",
            ),
            ScoreTest(
                "infrastructure-6",
                "New models serve a few users first",
                "A canary sees real traffic before everybody does.",
                "Version and variant in every row, and rates per version within the hour.",
            ),
            ScoreTest(
                "infrastructure-7",
                "Serving can go back to the former model",
                "The way back is practised, quick, and does not wait for the person who built it.",
                "Rows that show when the old version is back, for everybody.",
            ),
        ),
    ),
    ScoreSection(
        "monitoring",
        "Monitoring",
        "Would we know if it stopped being good?",
        (
            ScoreTest(
                "monitoring-1",
                "Changes in what we depend on are announced",
                "Other teams' data and services change; somebody is told before, and reads it.",
                "App, schema and model versions, so that a step in a chart meets a date.",
            ),
            ScoreTest(
                "monitoring-2",
                "Live inputs keep what was expected of them",
                "The schema of the training data is held against what comes in, with an alarm that people trust.",
                "Inputs summarised by day: ranges, shares, missing values.",
            ),
            ScoreTest(
                "monitoring-3",
                "Training and serving see the same features",
                "The same input gives the same feature on both sides, by comparison of logged examples.",
                "Features logged as they were served, for a sample.",
            ),
            ScoreTest(
                "monitoring-4",
                "Models are not too old",
                "The age of what is serving is watched, and so is the age of the data it reads.",
                "The model version in every row, and when it was trained.",
            ),
            ScoreTest(
                "monitoring-5",
                "Numbers stay finite and sensible",
                "Infinities, not-a-numbers and layers that died are noticed, in training and in serving.",
                "Counts of answers that are missing or out of range.",
            ),
            ScoreTest(
                "monitoring-6",
                "Speed and use of resources have not become worse",
                "Latency, throughput and memory are compared by version of model, code and data.",
                "Latency as users feel it, with its slow tail.",
            ),
            ScoreTest(
                "monitoring-7",
                "Predictions are as good as they were",
                "Quality on live traffic is followed: by labels where they arrive, by proxies and audits where not.",
                "This is what most of a telemetry design is for.",
            ),
        ),
    ),
)

COLUMNS = ("section", "number", "test", "answer", "points", "evidence")
"""The columns of `filled_table`."""
SUM = "Sum of the section"
FINAL = "Score: the smallest sum"

_POINTS = {answer.name: answer.points for answer in ANSWERS}
_NAMES = tuple(test.name for section in SECTIONS for test in section.tests)


def score(answers: Mapping[str, AnswerName]) -> Score:
    """The score of a system: each section's points added up, and the smallest sum (Breck and others, 2017).

    A test that is not answered earns nothing.  Raises KeyError for a test that there is not.
    """
    if unknown := set(answers) - set(_NAMES):
        raise KeyError(f"there is no test {min(unknown)!r}")
    sums = {
        section.name: sum(_POINTS[answers.get(test.name, "none")] for test in section.tests) for section in SECTIONS
    }
    final = min(sums.values())
    return Score(sums, final, band_of(final))


def band_of(points: float) -> Band:
    """The band that a final score lies in.  Raises ValueError below 0."""
    if not points >= 0:
        raise ValueError(f"a score is 0 or more, not {points:g}")
    return next(band for band in BANDS if band.above < points <= band.up_to)


def written_answers(answers: Mapping[str, AnswerName]) -> str:
    """All answers as the page's address holds them: a digit a test, a hyphen between sections."""
    digits = {answer.name: str(place) for place, answer in enumerate(ANSWERS)}
    return "-".join("".join(digits[answers.get(test.name, "none")] for test in section.tests) for section in SECTIONS)


def read_answers(text: str) -> dict[str, AnswerName]:
    """The answers that `written_answers` wrote.  Raises ValueError for any other text."""
    parts = text.split("-")
    if [len(part) for part in parts] != [len(section.tests) for section in SECTIONS] or set(text) - set("012-"):
        raise ValueError(f"{text!r} holds no answers: four times seven digits 0, 1 or 2, with hyphens between")
    return {name: ANSWERS[int(digit)].name for name, digit in zip(_NAMES, "".join(parts), strict=True)}


def filled_table(
    answers: Mapping[str, AnswerName], evidence: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], ...]:
    """The filled table as the page exports it, without its head: 28 tests, each section's sum, the score.

    Texts of `evidence` stand as they were written; whoever prints them escapes them.
    """
    titles = {answer.name: answer for answer in ANSWERS}
    rows: list[tuple[str, ...]] = []
    for section in SECTIONS:
        for number, test in enumerate(section.tests, 1):
            answer = titles[answers.get(test.name, "none")]
            said = (evidence or {}).get(test.name, "")
            rows.append((section.title, str(number), test.title, answer.title, answer.earns, said))
    found = score(answers)
    for section in SECTIONS:
        rows.append((section.title, "", SUM, "", f"{found.sums[section.name]:g}", ""))
    rows.append(("All", "", FINAL, found.band.title, f"{found.final:g}", ""))
    return tuple(rows)

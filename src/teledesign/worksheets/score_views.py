"""What the ML Test Score sheet and its key show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from teledesign.course_file import CourseFile
from teledesign.form import Form
from teledesign.ml_test_score import ANSWERS, BANDS, SECTIONS, AnswerName, score
from teledesign.scenario import Scenario
from teledesign.worksheets.criteria import SCORE, points_of
from teledesign.worksheets.views import (
    CriterionView,
    GridPart,
    GridView,
    Heading,
    criterion_view,
    grid_view,
    heading,
)

__all__ = ["ScoreKeyView", "ScoreView", "score_grid_view", "score_key_view", "score_view"]


@dataclass(frozen=True)
class TestView:
    """One of the 28 tests."""

    number: int
    title: str
    says: str


@dataclass(frozen=True)
class SectionView:
    """Seven tests of one kind."""

    title: str
    asks: str
    tests: tuple[TestView, ...]


@dataclass(frozen=True)
class ScoreView:
    """The ML Test Score sheet."""

    paper: str
    heading: Heading
    product: str
    answers: tuple[tuple[str, str, str], ...]
    sections: tuple[SectionView, ...]
    bands: tuple[tuple[str, str], ...]
    points: int


@dataclass(frozen=True)
class ShownView:
    """A test that telemetry has to do with, and what this topic's log holds for it."""

    section: str
    number: int
    title: str
    telemetry: str
    here: str


@dataclass(frozen=True)
class ScoreKeyView:
    """The key to the ML Test Score sheet."""

    paper: str
    heading: Heading
    shown: tuple[ShownView, ...]
    sums: tuple[tuple[str, str], ...]
    final: str
    band: str
    lowest: str
    criteria: tuple[CriterionView, ...]


def score_view(course: CourseFile, scenario: Scenario, form: Form, names: str | None = None) -> ScoreView:
    """The ML Test Score sheet of one group."""
    points = points_of(SCORE)
    return ScoreView(
        paper=course.paper,
        heading=heading(course, scenario, form, f"ML Test Score · {points} points", names=names),
        product=scenario.product.name,
        answers=tuple((answer.title, answer.earns, answer.says) for answer in ANSWERS),
        sections=tuple(
            SectionView(
                section.title,
                section.asks,
                tuple(TestView(number, test.title, test.says) for number, test in enumerate(section.tests, 1)),
            )
            for section in SECTIONS
        ),
        bands=tuple((band.range, band.title) for band in BANDS),
        points=points,
    )


def score_grid_view(course: CourseFile, scenario: Scenario, form: Form, mark: str) -> GridView:
    """What one group's ML Test Score sheet is marked on."""
    part = GridPart("ML Test Score", points_of(SCORE), tuple(criterion_view(one.criterion) for one in SCORE))
    return grid_view(course, scenario, form, "Marking grid of the ML Test Score", mark, (part,))


def score_key_view(course: CourseFile, scenario: Scenario, mark: str) -> ScoreKeyView:
    """The key to a topic's ML Test Score sheet: what a log can show, and the score if it did all of that."""
    automated: dict[str, AnswerName] = {
        test.name: "automated" for section in SECTIONS for test in section.tests if test.telemetry
    }
    counted = score(automated)
    lowest = [section.title for section in SECTIONS if counted.sums[section.name] == counted.final]
    return ScoreKeyView(
        paper=course.paper,
        heading=heading(course, scenario, None, "Key to the ML Test Score", mark),
        shown=tuple(
            ShownView(section.title, number, test.title, test.telemetry, _here(scenario, test.name))
            for section in SECTIONS
            for number, test in enumerate(section.tests, 1)
            if test.telemetry
        ),
        sums=tuple((section.title, f"{counted.sums[section.name]:g}") for section in SECTIONS),
        final=f"{counted.final:g}",
        band=counted.band.title,
        lowest=" and ".join(lowest),
        criteria=tuple(criterion_view(one.criterion, one.look_for, one.beware) for one in SCORE),
    )


def _here(scenario: Scenario, test: str) -> str:
    found = HERE.get(test)
    return found(scenario) if found else ""


def _listed(names: list[str], most: int = 5) -> str:
    shown = [name.replace("_", " ") for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def _metrics(scenario: Scenario, *roles: str) -> str:
    return _listed([name for name, metric in scenario.metrics.items() if metric.role in roles])


def _classes(scenario: Scenario) -> str:
    sensitive = [name for name, event in scenario.events.items() if event.privacy in ("P2", "P3")]
    return f"Rows of class P2 or P3: {_listed(sensitive)}." if sensitive else "No row here is above class P1."


def _offline(scenario: Scenario) -> str:
    offline = {result.metric for version in scenario.model.versions.values() for result in version.offline}
    told = f"Offline: {_listed(sorted(offline), 3)}. " if offline else ""
    return f"{told}Online: {_metrics(scenario, 'proxy')}."


def _slices(scenario: Scenario) -> str:
    return f"Slices: {_listed(sorted({name for metric in scenario.metrics.values() for name in metric.by}))}."


def _health(scenario: Scenario) -> str:
    return f"Health of the log: {_metrics(scenario, 'health') or 'no metric yet'}."


def _outcomes(scenario: Scenario) -> str:
    return f"Stand-ins: {_metrics(scenario, 'proxy')}. Guards: {_metrics(scenario, 'guardrail') or 'none yet'}."


def _versions(scenario: Scenario) -> str:
    versions = _listed(list(scenario.model.versions))
    return f"Versions: {versions}." if versions else "The model version in every row."


HERE: Mapping[str, Callable[[Scenario], str]] = {
    "data-5": _classes,
    "model-2": _offline,
    "model-4": _versions,
    "model-6": _slices,
    "model-7": _slices,
    "infrastructure-6": _versions,
    "infrastructure-7": _versions,
    "monitoring-1": _versions,
    "monitoring-2": _health,
    "monitoring-4": _versions,
    "monitoring-7": _outcomes,
}
"""Test -> what of it this topic's log holds."""

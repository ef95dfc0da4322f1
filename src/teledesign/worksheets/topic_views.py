"""What a topic has once, whatever its groups: the instructor's guide and the rubric that students get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from teledesign.course_file import CourseFile
from teledesign.ml_test_score import SECTIONS
from teledesign.prose import Prose
from teledesign.scenario import Scenario
from teledesign.scenario.questions import QUESTION_IDS, Plan
from teledesign.teaching import Teaching
from teledesign.worksheets.criteria import CANVAS, SCORE, Marked, points_of
from teledesign.worksheets.views import GridPart, Heading, criterion_view, heading

__all__ = ["GuideView", "RubricView", "guide_view", "rubric_view"]

READ = {"original": "read in the original", "second hand": "read second hand", "memory": "from memory, not verified"}


@dataclass(frozen=True)
class PhaseLine:
    """One part of a class: when it begins, how long it takes, what happens."""

    begins: str
    minutes: int
    title: str
    what: Prose


@dataclass(frozen=True)
class PlanView:
    """A class of so many minutes."""

    minutes: int
    phases: tuple[PhaseLine, ...]


@dataclass(frozen=True)
class PromptView:
    """One question: what to ask of a group that is stuck, and what to listen for."""

    number: int
    title: str
    prompts: tuple[Prose, ...]
    listen: tuple[Prose, ...]
    beware: tuple[Prose, ...]


@dataclass(frozen=True)
class FigureView:
    """A real figure with where and how it was read."""

    says: Prose
    source: str


@dataclass(frozen=True)
class GuideView:
    """The instructor's guide to a topic."""

    paper: str
    heading: Heading
    brief: Prose
    plans: tuple[PlanView, ...]
    prompts: tuple[PromptView, ...]
    misconceptions: tuple[tuple[Prose, Prose], ...]
    figures: tuple[FigureView, ...]
    law: tuple[FigureView, ...]
    debrief: tuple[Prose, ...]
    notes: tuple[Prose, ...]


@dataclass(frozen=True)
class RubricView:
    """How work on a topic is marked, as students may read it beforehand."""

    paper: str
    heading: Heading
    parts: tuple[GridPart, ...]
    tests: int


def guide_view(course: CourseFile, scenario: Scenario, teaching: Teaching, mark: str) -> GuideView:
    """The instructor's guide: from how to open the class to what to say at its end."""
    return GuideView(
        paper=course.paper,
        heading=heading(course, scenario, None, "Instructor guide", mark),
        brief=scenario.product.brief or scenario.product.summary,
        plans=tuple(_plan(plan) for plan in sorted(scenario.plans, key=lambda plan: plan.minutes)),
        prompts=tuple(_prompts(scenario, teaching)),
        misconceptions=tuple((one.says, one.answer) for one in teaching.misconceptions),
        figures=tuple(
            FigureView(figure.says, f"{figure.status}; {_source(scenario, figure.published)}")
            for figure in scenario.figures
        ),
        law=tuple(
            FigureView(law.says, f"{law.place}, as of {law.as_of.isoformat()}; {_source(scenario, law.published)}")
            for law in scenario.law
        ),
        debrief=teaching.discussion,
        notes=teaching.notes,
    )


def rubric_view(course: CourseFile, scenario: Scenario) -> RubricView:
    """The rubric that students get: criteria, levels and points, nothing of what markers look for."""
    parts = [
        GridPart(question.title, question.points, tuple(criterion_view(one) for one in question.criteria.values()))
        for name in QUESTION_IDS
        if (question := scenario.questions[name])
    ]
    parts += [_sheet("Design canvas", CANVAS), _sheet("ML Test Score", SCORE)]
    return RubricView(
        paper=course.paper,
        heading=heading(course, scenario, None, "How your work is marked"),
        parts=tuple(parts),
        tests=sum(len(section.tests) for section in SECTIONS),
    )


def _sheet(title: str, rubric: tuple[Marked, ...]) -> GridPart:
    return GridPart(title, points_of(rubric), tuple(criterion_view(one.criterion) for one in rubric))


def _plan(plan: Plan) -> PlanView:
    lines, begins = [], 0
    for phase in plan.phases:
        lines.append(PhaseLine(f"{begins // 60}:{begins % 60:02}", phase.minutes, phase.title, phase.what))
        begins += phase.minutes
    return PlanView(plan.minutes, tuple(lines))


def _prompts(scenario: Scenario, teaching: Teaching) -> Iterator[PromptView]:
    for number, name in enumerate(QUESTION_IDS, 1):
        question = scenario.questions[name]
        found = [teaching.look_fors[one] for one in question.criteria if one in teaching.look_fors]
        yield PromptView(
            number,
            question.title,
            question.hints,
            tuple(text for one in found for text in one.look_for),
            tuple(text for one in found for text in one.beware),
        )


def _source(scenario: Scenario, name: str | None) -> str:
    source = scenario.sources.get(name) if name else None
    if source is None:
        return name or "no source"
    date = f", {source.date}" if source.date else ""
    where = f", {source.where}" if source.where else ""
    return f"{source.title}{date}{where}, {READ[source.read]}"

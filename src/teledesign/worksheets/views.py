"""What each handout shows, as frozen values: Python prepares a view, a template prints it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from teledesign.course_file import CourseFile
from teledesign.form import Form
from teledesign.prose import Prose
from teledesign.scenario import Scenario
from teledesign.scenario.questions import LEVELS, QUESTION_IDS, Criterion, Plan
from teledesign.teaching import Teaching
from teledesign.worksheets.wording import said_points

__all__ = [
    "ClassKeyView",
    "ClassView",
    "GridPart",
    "GridView",
    "Heading",
    "class_grid_view",
    "class_key_view",
    "class_view",
    "criterion_view",
    "grid_view",
]

CLASS_MINUTES = 45
COST = "cost."


@dataclass(frozen=True)
class Heading:
    """What stands at the head and foot of every page of a handout."""

    title: str
    subtitle: str
    course: str
    author: str
    topic: str
    group: str | None = None
    form: str | None = None
    settings: str | None = None
    standing: str | None = None
    names: str | None = None
    language: str = "en"
    instructor: bool = False
    mark: str | None = None


@dataclass(frozen=True)
class NumberView:
    """One of the group's own numbers."""

    title: str
    shown: str
    unit: str | None


@dataclass(frozen=True)
class PhaseView:
    """One part of the class."""

    title: str
    minutes: int


@dataclass(frozen=True)
class QuestionView:
    """One question as a student reads it."""

    name: str
    number: int
    title: str
    prompt: Prose
    hints: tuple[Prose, ...]
    points: int
    lines: int


@dataclass(frozen=True)
class ClassView:
    """The class worksheet: brief, facts, time plan and four questions."""

    paper: str
    heading: Heading
    brief: Prose
    intelligence: Prose
    users_see: Prose
    goal: Prose
    numbers: tuple[NumberView, ...]
    plan: tuple[PhaseView, ...]
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True)
class LevelView:
    """One level of a criterion and the points it earns."""

    name: str
    points: str
    says: Prose | None


@dataclass(frozen=True)
class CriterionView:
    """One row of the rubric, with what a marker looks for."""

    title: str
    levels: tuple[LevelView, ...]
    look_for: tuple[Prose, ...]
    beware: tuple[Prose, ...]


@dataclass(frozen=True)
class QuestionKey:
    """One question with its model answers and rubric."""

    number: int
    title: str
    prompt: Prose
    points: int
    weak: tuple[Prose, ...]
    adequate: tuple[Prose, ...]
    excellent: tuple[Prose, ...]
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True)
class ClassKeyView:
    """The key to the class worksheet, the same for all groups of a topic."""

    paper: str
    heading: Heading
    questions: tuple[QuestionKey, ...]
    points: int


@dataclass(frozen=True)
class GridPart:
    """Some criteria under one title."""

    title: str
    points: int
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True)
class GridView:
    """One group's marking grid: its numbers, and levels by criteria to tick."""

    paper: str
    heading: Heading
    numbers: tuple[NumberView, ...]
    parts: tuple[GridPart, ...]
    points: int


def class_view(course: CourseFile, scenario: Scenario, form: Form, names: str | None = None) -> ClassView:
    """The class worksheet of one group; of the form it reads the numbers only."""
    plan = class_plan(scenario)
    minutes = f"{plan.minutes} minutes · " if plan else ""
    points = sum(question.points for question in scenario.questions.values())
    product = scenario.product
    return ClassView(
        paper=course.paper,
        heading=heading(course, scenario, form, f"Class worksheet · {minutes}{points} points", names=names),
        brief=product.brief or product.summary,
        intelligence=product.intelligence,
        users_see=product.users_see,
        goal=product.goal,
        numbers=numbers_of(form, cost=False),
        plan=tuple(PhaseView(phase.title, phase.minutes) for phase in plan.phases) if plan else (),
        questions=tuple(
            QuestionView(name, number, question.title, question.prompt, question.hints, question.points, question.lines)
            for number, name in enumerate(QUESTION_IDS, 1)
            if (question := scenario.questions[name])
        ),
    )


def class_key_view(course: CourseFile, scenario: Scenario, teaching: Teaching, mark: str) -> ClassKeyView:
    """The key to a topic's class worksheet; `mark` is planted in it so that a leaked copy is found."""
    questions = []
    for number, name in enumerate(QUESTION_IDS, 1):
        question, answers = scenario.questions[name], teaching.answers[name]
        questions.append(
            QuestionKey(
                number,
                question.title,
                question.prompt,
                question.points,
                answers.weak,
                answers.adequate,
                answers.excellent,
                tuple(_criterion(title, criterion, teaching) for title, criterion in question.criteria.items()),
            )
        )
    return ClassKeyView(
        paper=course.paper,
        heading=heading(course, scenario, None, "Key to the class worksheet", mark),
        questions=tuple(questions),
        points=sum(question.points for question in questions),
    )


def class_grid_view(course: CourseFile, scenario: Scenario, form: Form, mark: str) -> GridView:
    """What one group's class worksheet is marked on."""
    parts = tuple(
        GridPart(
            f"{number}. {question.title}",
            question.points,
            tuple(criterion_view(criterion) for criterion in question.criteria.values()),
        )
        for number, name in enumerate(QUESTION_IDS, 1)
        if (question := scenario.questions[name])
    )
    return grid_view(course, scenario, form, "Marking grid of the class worksheet", mark, parts)


def grid_view(
    course: CourseFile, scenario: Scenario, form: Form, subtitle: str, mark: str, parts: tuple[GridPart, ...]
) -> GridView:
    """A marking grid of one group."""
    return GridView(
        paper=course.paper,
        heading=heading(course, scenario, form, subtitle, mark),
        numbers=numbers_of(form, cost=False),
        parts=parts,
        points=sum(part.points for part in parts),
    )


def heading(
    course: CourseFile,
    scenario: Scenario,
    form: Form | None,
    subtitle: str,
    mark: str | None = None,
    names: str | None = None,
) -> Heading:
    """Head and foot of a group's document, or without a form of a topic's; with a mark, of an instructor's copy."""
    common = Heading(
        title=scenario.title,
        subtitle=subtitle,
        course=course.title,
        author=course.institution or course.title,
        topic=scenario.title,
        instructor=mark is not None,
        mark=mark,
    )
    if form is None:
        return common
    return replace(
        common,
        group=form.group,
        form=form.form,
        settings=form.settings,
        standing=f"graded, course {form.course}" if form.graded else "practice numbers",
        names=names,
    )


def numbers_of(form: Form, *, cost: bool) -> tuple[NumberView, ...]:
    """The group's numbers of the product, or those of the cost sheet."""
    return tuple(
        NumberView(number.title, number.shown, number.unit)
        for number in form.numbers
        if number.sets.startswith(COST) == cost
    )


def class_plan(scenario: Scenario) -> Plan | None:
    """The plan for a class of 45 minutes, else the shortest."""
    exact = [plan for plan in scenario.plans if plan.minutes == CLASS_MINUTES]
    return exact[0] if exact else min(scenario.plans, key=lambda plan: plan.minutes, default=None)


def criterion_view(
    criterion: Criterion, look_for: tuple[Prose, ...] = (), beware: tuple[Prose, ...] = ()
) -> CriterionView:
    """A row of a rubric; students get it without what to look for."""
    said: dict[str, Prose | None] = {
        "missing": None,
        "weak": criterion.weak,
        "adequate": criterion.adequate,
        "excellent": criterion.excellent,
    }
    top = len(LEVELS) - 1
    levels = tuple(
        LevelView(level, said_points(criterion.points * place / top), said[level]) for place, level in enumerate(LEVELS)
    )
    return CriterionView(criterion.title, levels, look_for, beware)


def _criterion(name: str, criterion: Criterion, teaching: Teaching) -> CriterionView:
    found = teaching.look_fors.get(name)
    return criterion_view(criterion, found.look_for if found else (), found.beware if found else ())

"""A topic in class and after it: the projector page with its time plans, and what to take home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from teledesign.rendering import Printed, prose_html_inline
from teledesign.scenario import Scenario
from teledesign.scenario.questions import QUESTION_IDS, Phase, Plan, Question, QuestionId
from teledesign.starting import design_lines

__all__ = ["DESIGN_ID", "READING", "HomePage", "ProjectorPage", "design_file", "home_page", "projector_page"]

DESIGN_ID = "ours"
"""The id of the design that students start from."""
READING: dict[QuestionId, tuple[str, ...]] = {
    "capture": ("lecture/telemetry", "lecture/five-questions"),
    "use": ("lecture/five-questions", "lecture/monitoring", "lecture/alerting"),
    "cost": ("lecture/telemetry", "lecture/monitoring"),
    "risks": ("lecture/offline-online", "lecture/deployment", "lecture/test-score"),
}
"""Question -> the pages of the lecture that go on from it, by their address without ending."""


@dataclass(frozen=True)
class PhaseView:
    """One part of a class on the wall; `prompt` and `hints` are the question's, where it asks one."""

    title: str
    minutes: int
    begins: int
    ends: int
    what: Printed
    number: int | None
    prompt: Printed | None
    hints: Sequence[Printed]


@dataclass(frozen=True)
class PlanView:
    """A time plan."""

    minutes: int
    phases: Sequence[PhaseView]


@dataclass(frozen=True)
class ProjectorPage:
    """Everything the projector shows."""

    plans: Sequence[PlanView]


@dataclass(frozen=True)
class Measure:
    """What excellent work on a criterion does."""

    title: str
    excellent: Printed


@dataclass(frozen=True)
class Reflection:
    """A question to come back to, and how good work looks."""

    id: QuestionId
    number: int
    title: str
    anchor: str
    points: int
    measures: Sequence[Measure]


@dataclass(frozen=True)
class HomePage:
    """Everything the page of what to take home prints."""

    reflections: Sequence[Reflection]
    points: int
    incidents: int
    design: str
    design_file: str


def projector_page(scenario: Scenario) -> ProjectorPage:
    """The page's view; nothing in it is an answer."""
    return ProjectorPage(tuple(PlanView(plan.minutes, tuple(_phases(scenario, plan))) for plan in scenario.plans))


def _phases(scenario: Scenario, plan: Plan) -> Iterator[PhaseView]:
    begins = 0
    for phase in plan.phases:
        asked = _asked(scenario, phase)
        question = scenario.questions[asked] if asked else None
        yield PhaseView(
            title=phase.title,
            minutes=phase.minutes,
            begins=begins,
            ends=begins + phase.minutes,
            what=prose_html_inline(phase.what),
            number=QUESTION_IDS.index(asked) + 1 if asked else None,
            prompt=prose_html_inline(question.prompt) if question else None,
            hints=tuple(prose_html_inline(hint) for hint in question.hints) if question else (),
        )
        begins += phase.minutes


def _asked(scenario: Scenario, phase: Phase) -> QuestionId | None:
    """The question that a phase works on: the one whose title it bears."""
    return next((name for name in QUESTION_IDS if scenario.questions[name].title == phase.title), None)


def home_page(scenario: Scenario) -> HomePage:
    """The page's view, from the public questions and their public rubric."""
    return HomePage(
        reflections=tuple(
            _reflection(number, name, scenario.questions[name]) for number, name in enumerate(QUESTION_IDS, start=1)
        ),
        points=sum(question.points for question in scenario.questions.values()),
        incidents=len(scenario.incidents),
        design=DESIGN_ID,
        design_file=f"{scenario.scenario}-{DESIGN_ID}.yaml",
    )


def _reflection(number: int, name: QuestionId, question: Question) -> Reflection:
    return Reflection(
        id=name,
        number=number,
        title=question.title,
        anchor=f"question-{name}",
        points=question.points,
        measures=tuple(
            Measure(criterion.title, prose_html_inline(criterion.excellent)) for criterion in question.criteria.values()
        ),
    )


def design_file(scenario: Scenario) -> str:
    """The design that students start from, as `teledesign new design` writes it."""
    return "\n".join(design_lines(scenario, DESIGN_ID)) + "\n"

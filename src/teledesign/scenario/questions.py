"""What students are asked, how it is marked, how long it takes, and the facts around it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Strict, model_validator

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Number, Text, told
from teledesign.scenario.metrics import Counted
from teledesign.scenario.product import IsoDate
from teledesign.scenario.quantities import Count

__all__ = [
    "LEVELS",
    "QUESTION_IDS",
    "Anchor",
    "Criterion",
    "Figure",
    "FormParameter",
    "Law",
    "Phase",
    "Plan",
    "Question",
    "QuestionId",
    "Risk",
    "Source",
]

QuestionId = Literal["capture", "use", "cost", "risks"]
QUESTION_IDS: tuple[QuestionId, ...] = ("capture", "use", "cost", "risks")
LEVELS = ("missing", "weak", "adequate", "excellent")
"""The rubric's levels, worth 0, 1, 2 and 3 of a criterion's three thirds."""


class Criterion(Frozen):
    """One row of the rubric: public, without answers or look-fors."""

    title: Text = told("What is judged.")
    points: Annotated[int, Strict()] = told("Points at the highest level.", ge=1, le=100)
    weak: Prose = told("What weak work does.")
    adequate: Prose = told("What adequate work does.")
    excellent: Prose = told("What excellent work does.")


class Question(Frozen):
    """One of the four questions."""

    title: Text = told("A heading of a few words.")
    prompt: Prose = told("The question itself.")
    hints: tuple[Prose, ...] = told("Short prompts printed under it.", ())
    lines: Annotated[int, Strict()] = told("Answer lines on paper.", 8, ge=4, le=30)
    criteria: dict[Name, Criterion] = told("Rubric rows; their points sum to the question's.")

    @property
    def points(self) -> int:
        """The points of all criteria."""
        return sum(criterion.points for criterion in self.criteria.values())


class Phase(Frozen):
    """One part of a class."""

    title: Text = told("What it is called.")
    minutes: Annotated[int, Strict()] = told("How long.", ge=1, le=240)
    what: Prose = told("What happens in it.")


class Plan(Frozen):
    """A time plan; its phases add up to its length."""

    minutes: Annotated[int, Strict()] = told("The length of the class.", ge=10, le=480)
    phases: tuple[Phase, ...] = told("Its parts, in order.", min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum(phase.minutes for phase in self.phases)
        if total != self.minutes:
            raise ValueError(f"the phases add up to {total} minutes, not {self.minutes}. Correct one of them")
        return self


class Risk(Frozen):
    """A challenge or risk of collecting telemetry about this product."""

    title: Text = told("A few words.")
    says: Prose = told("What can go wrong and for whom.")


class Law(Frozen):
    """A dated legal fact; no advice."""

    place: Text = told("Where it holds.")
    says: Prose = told("What the law or ruling says, in our words.")
    as_of: IsoDate = told("When this was read; older than twelve months is a warning.")
    published: Text | None = told("The source it was read in.", None)


class Figure(Frozen):
    """A real-world figure worth knowing."""

    says: Prose = told("The figure in a sentence.")
    published: Text = told("The source it was read in.")
    status: Literal["verified", "second hand", "unverified"] = told("Whether the original was read.")


class FormParameter(Frozen):
    """A number that differs from group to group: it sets a path of the scenario or a lever of the cost sheet."""

    title: Text = told("What it is called on paper.")
    sets: Text = told("Dotted path in this file, or cost.NAME for a lever of the estimate, such as cost.sampling.")
    low: Count = told("Lowest value.", alias="from")
    high: Count = told("Highest value.", alias="to")
    step: Count = told("Values are whole steps above the lowest.", gt=0)
    unit: Text | None = told("The unit printed after it.", None)
    takes_from: Name | None = told("The neighbour in the row that gives way.", None)
    moves_anchor: Literal["yes"] | None = told("The range may leave an anchor's tolerance.", None)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("from is larger than to. Swap them")
        return self


class Anchor(Frozen):
    """A margin the tables must add up to, checked by algebra without simulating."""

    of: Counted = told("The numerator, over truth.")
    per: Counted = told("The denominator: a step, user_days, active_user_days or sessions.")
    value: Number = told("What the ratio is.", alias="is")
    within: Number = told("Tolerance, absolute.", gt=0)
    published: Text | None = told("The source; otherwise it is assumed.", None)
    note: Prose | None = told("What the source really says.", None)


class Source(Frozen):
    """Where a published number was read."""

    title: Text = told("Author and title, or what it is.")
    read: Literal["original", "second hand", "memory"] = told("How it was read.")
    where: Text | None = told("Where to find it: an address without a tracking tail, or a repository.", None)
    date: Text | None = told("Its date.", None)

"""The teaching file: model answers, look-fors, misconceptions, notes.  For instructors only."""

from __future__ import annotations

from typing import Any, Literal

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name
from teledesign.scenario.base import told as _told
from teledesign.scenario.scenario import ScenarioId

__all__ = ["Answers", "LookFors", "Misconception", "Teaching"]


def told(description: str, default: Any = ..., **more: Any) -> Any:
    """A field for instructors."""
    return _told(description, default, audience="instructor", **more)


class Answers(Frozen):
    """Model answers to one question at three levels, each a list of points made."""

    weak: tuple[Prose, ...] = told("What a weak answer says.", min_length=1)
    adequate: tuple[Prose, ...] = told("What an adequate answer says.", min_length=1)
    excellent: tuple[Prose, ...] = told("What an excellent answer adds.", min_length=1)


class LookFors(Frozen):
    """What a marker looks for under one criterion of the rubric."""

    look_for: tuple[Prose, ...] = told("Signs of good work.", min_length=1)
    beware: tuple[Prose, ...] = told("Signs that it only looks good.", ())


class Misconception(Frozen):
    """Something students believe, and what to say."""

    says: Prose = told("What a student says.")
    answer: Prose = told("What to say or ask.")


class Teaching(Frozen):
    """Everything an instructor knows about a topic that students must not see."""

    format: Literal[1] = told("The version of this language.")
    scenario: ScenarioId = told("The scenario it belongs to.")
    answers: dict[Literal["capture", "use", "cost", "risks"], Answers] = told("Model answers per question.")
    look_fors: dict[Name, LookFors] = told("Look-fors per criterion of the rubric.")
    misconceptions: tuple[Misconception, ...] = told("What students get wrong.", ())
    discussion: tuple[Prose, ...] = told("Prompts for the debrief.", ())
    notes: tuple[Prose, ...] = told("Notes for running the class.", ())
    lecture: dict[Name, Prose] = told("Answers to the exercises of the lecture pages.", {})

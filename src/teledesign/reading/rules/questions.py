"""Questions, facts with dates, and teaching files that agree with their scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from teledesign.reading.rules.facts import Facts, Path, Said, remedy
from teledesign.scenario import Scenario
from teledesign.scenario.questions import QUESTION_IDS

if TYPE_CHECKING:
    from teledesign.teaching import Teaching

OLD_DAYS = 365


def criteria_once(facts: Facts) -> Iterator[Said]:
    """A criterion's name is its own: look-fors are written per criterion."""
    first: dict[str, str] = {}
    for question, held in facts.scenario.questions.items():
        if not held.criteria:
            message = "this question has no criteria, so it cannot be marked. Add one"
            yield ("questions", question, "criteria"), message
        for criterion in held.criteria:
            other = first.setdefault(criterion, question)
            if other != question:
                path = ("questions", question, "criteria", criterion)
                yield path, f"the question {other} has a criterion {criterion} too. Use another name"


def plans_once(facts: Facts) -> Iterator[Said]:
    """One time plan per length."""
    seen: set[int] = set()
    for index, plan in enumerate(facts.scenario.plans):
        if plan.minutes in seen:
            yield ("plans", index), f"there is a plan of {plan.minutes} minutes already. Keep one"
        seen.add(plan.minutes)


def old_law(facts: Facts) -> Iterator[Said]:
    """Legal facts read more than twelve months before the course's date."""
    for index, law in enumerate(facts.scenario.law):
        if facts.course_date is not None and facts.course_date - law.as_of > dt.timedelta(days=OLD_DAYS):
            when = f"this was read on {law.as_of}, more than twelve months before the course's date {facts.course_date}"
            yield ("law", index, "as_of"), f"{when}. Read it again"


def answers_complete(teaching: Teaching, scenario: Scenario) -> Iterator[Said]:
    """Model answers for all four questions."""
    for question in QUESTION_IDS:
        if question not in teaching.answers:
            yield ("answers",), f"the question {question} has no model answers. Add weak, adequate and excellent ones"


def same_scenario(teaching: Teaching, scenario: Scenario) -> Iterator[Said]:
    """A teaching file belongs to the scenario beside it."""
    if teaching.scenario != scenario.scenario:
        message = f"the scenario beside this file is {scenario.scenario}. Name that one, or move the file"
        yield ("scenario",), message


def look_fors_complete(teaching: Teaching, scenario: Scenario) -> Iterator[Said]:
    """Look-fors name criteria of the scenario, and none is left out."""
    criteria = [name for question in scenario.questions.values() for name in question.criteria]
    for name in teaching.look_fors:
        if name not in criteria:
            yield ("look_fors", name), f"the scenario has no criterion {name}. {remedy(name, criteria)}"
    missing = [name for name in criteria if name not in teaching.look_fors]
    for name in missing:
        path: Path = ("look_fors",)
        yield path, f"the criterion {name} has no look-fors. Add what a marker looks for"

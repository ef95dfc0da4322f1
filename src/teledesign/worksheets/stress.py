"""A stress test of a topic's forms: many are drawn, and answers that make a poor exercise are told.

After R/exams' `stresstest_exercise` (package exams, 2.4): draw often, look at the range of the answers and at how often
they are the same.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from teledesign.form import CourseSecret, Exercise, Form
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.worksheets.basis import cost_basis
from teledesign.worksheets.forms import draw_form

__all__ = ["AnswerRange", "Poor", "Stress", "stress"]

LEAST_AMOUNT = 0.05
"""A smaller amount a month is no exercise in cost."""
LARGEST, SMALLEST = 1e12, 1e-6
OFTEN = 0.5
"""The share of forms with one and the same answer from which it is told."""
ERRORS = ("out of range", "absurd")


@dataclass(frozen=True)
class AnswerRange:
    """One number of the forms, or one answer: its least, usual and greatest value, and how many differ."""

    name: str
    title: str
    unit: str
    least: float
    usual: float
    greatest: float
    distinct: int
    commonest: float
    """The share of forms that have the commonest value."""


@dataclass(frozen=True)
class Poor:
    """Something that makes a poor exercise: what, of which kind, in how many forms, and one of them to look at."""

    kind: str
    name: str
    says: str
    forms: int
    form: str
    group: str

    @property
    def is_error(self) -> bool:
        """Whether such a form must not be handed out."""
        return self.kind in ERRORS


@dataclass(frozen=True)
class Stress:
    """What came of drawing a topic's forms."""

    scenario: str
    draws: int
    answers: tuple[AnswerRange, ...]
    poor: tuple[Poor, ...]

    @property
    def is_well(self) -> bool:
        """Whether every form may be handed out."""
        return not any(one.is_error for one in self.poor)


def stress(scenario: Scenario, prices: PriceSheet, secret: CourseSecret, draws: int) -> Stress:
    """Draw the forms of groups 1 to `draws` and look at their numbers and answers."""
    basis = cost_basis(scenario, prices)
    forms = [draw_form(scenario, str(number + 1), secret, basis=basis) for number in range(draws)]
    found = (*out_of_range(scenario, forms), *_absurd(forms), *_ambiguous(forms), *_equal(scenario, forms))
    ranges = (*_number_ranges(scenario, forms), *_answer_ranges(forms))
    same = (
        Poor("equal", one.name, f"{one.commonest:.0%} of the forms have the same answer", draws, "", "")
        for one in ranges
        if one.commonest > OFTEN and one.name not in scenario.forms and draws > 1
    )
    return Stress(scenario.scenario, draws, ranges, (*_counted(found), *same))


Found = tuple[str, str, str, Form]
"""Kind, name, what it says, and the form it is in."""


def _counted(found: Iterable[Found]) -> Iterator[Poor]:
    """Each thing once, with the number of forms and the first of them."""
    forms: dict[tuple[str, str, str], list[Form]] = defaultdict(list)
    for kind, name, says, form in found:
        forms[kind, name, says].append(form)
    for (kind, name, says), held in forms.items():
        yield Poor(kind, name, says, len(held), held[0].form, held[0].group)


def exercises(form: Form) -> Iterator[tuple[str, Exercise]]:
    """Every numeric question of a form, with a name of its own."""
    if form.cost is None:
        return
    for step in (*form.cost.steps, *form.cost.content):
        yield step.name, step
    for rate, row in zip(form.cost.rates, form.cost.table, strict=True):
        for cell in row:
            yield f"{cell.name} at {rate:.0%}", cell


def out_of_range(scenario: Scenario, forms: Sequence[Form]) -> Iterator[Found]:
    """Numbers outside what the scenario allows, and shares that are none."""
    for form in forms:
        for number in form.numbers:
            parameter = scenario.forms[number.name]
            if not parameter.low <= number.value <= parameter.high:
                says = f"{number.shown} is not between {parameter.low:g} and {parameter.high:g}"
                yield "out of range", number.name, says, form
        for name, exercise in exercises(form):
            share = exercise.answer if exercise.unit == "share" else None
            if share is not None and not 0 <= share <= 1:
                yield "out of range", name, "a share is not between 0 and 1", form


def _absurd(forms: Sequence[Form]) -> Iterator[Found]:
    for form in forms:
        currency = form.cost.currency if form.cost else ""
        for name, exercise in exercises(form):
            answer = exercise.answer
            if answer is None or not math.isfinite(answer) or answer < 0:
                yield "absurd", name, "the answer is negative or no number", form
            elif exercise.unit == currency and answer < LEAST_AMOUNT and " at " not in name:
                yield "absurd", name, f"the amount is below {LEAST_AMOUNT} {currency} a month", form
            elif exercise.unit != currency and not SMALLEST <= answer <= LARGEST:
                yield "absurd", name, "the answer is too small or too large to write down", form


def _ambiguous(forms: Sequence[Form]) -> Iterator[Found]:
    """Wrong ways that give a right answer: a slip that other forms tell from the answer and this one does not."""
    told: dict[str, set[str]] = defaultdict(set)
    for form in forms:
        for name, exercise in exercises(form):
            told[name] |= {slip.says for slip in exercise.slips}
    for form in forms:
        for name, exercise in exercises(form):
            for says in sorted(told[name] - {slip.says for slip in exercise.slips}):
                yield "ambiguous", name, f"who {says} is right as well", form
        if form.cost is None:
            continue
        for row in form.cost.table:
            rare, tolerance = row[-1].answer or 0.0, row[-1].tolerance or 0.0
            if abs(rare - form.cost.enough) <= tolerance * form.cost.enough:
                yield "ambiguous", "rare", "a rate leaves so nearly enough rows that rounding decides", form


def _equal(scenario: Scenario, forms: Sequence[Form]) -> Iterator[Found]:
    """Forms that have all numbers in common with an earlier one."""
    seen: dict[str, Form] = {}
    for form in forms if scenario.forms else ():
        first = seen.setdefault(form.settings, form)
        if first is not form:
            yield "equal", "form", "has the same numbers as another", form


def _number_ranges(scenario: Scenario, forms: Sequence[Form]) -> Iterator[AnswerRange]:
    for place, (name, parameter) in enumerate(scenario.forms.items()):
        yield _range(name, parameter.title, parameter.unit or "", [form.numbers[place].value for form in forms])


def _answer_ranges(forms: Sequence[Form]) -> Iterator[AnswerRange]:
    values: dict[str, list[float]] = defaultdict(list)
    first: dict[str, Exercise] = {}
    for form in forms:
        for name, exercise in exercises(form):
            first.setdefault(name, exercise)
            values[name].append(exercise.answer if exercise.answer is not None else math.nan)
    for name, held in values.items():
        yield _range(name, first[name].asks, first[name].unit, held)


def _range(name: str, title: str, unit: str, values: Sequence[float]) -> AnswerRange:
    shown = Counter(f"{value:.4g}" for value in values)
    commonest = shown.most_common(1)[0][1] / len(values)
    return AnswerRange(name, title, unit, min(values), median(values), max(values), len(shown), commonest)

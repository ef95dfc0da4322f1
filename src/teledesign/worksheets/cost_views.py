"""What the cost sheet and its key show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.course_file import CourseFile
from teledesign.form import CostSheet, Exercise, Form
from teledesign.formulas import EQUALS, FormulaError, Notation, equation, figure, number, row, said
from teledesign.scenario import Scenario
from teledesign.worksheets.basis import GIB, GROUPS_OWN
from teledesign.worksheets.views import Heading, NumberView, heading
from teledesign.worksheets.wording import digits, said_share

__all__ = ["CostKeyView", "CostView", "cost_key_view", "cost_view"]

LOST_POINTS = 3
UNBILLED_POINTS = 2


@dataclass(frozen=True)
class PriceView:
    """A price as printed, with the number of the question that it answers, if one does."""

    title: str
    says: str
    question: int | None


@dataclass(frozen=True)
class StepView:
    """One thing to work out."""

    number: int
    asks: str
    how: str
    unit: str


@dataclass(frozen=True)
class AnswerView:
    """One thing worked out, as the key shows it: `math` is what `worked` says, and `then` what comes after it."""

    number: int
    asks: str
    worked: str
    math: Notation | None
    then: str
    shown: str
    unit: str
    slips: tuple[tuple[str, str], ...]
    carries: tuple[int, ...]
    """The numbers of earlier answers that this one may be worked out from."""


@dataclass(frozen=True)
class CostView:
    """The cost sheet: numbers, prices, guided steps, three rates side by side, what is lost."""

    paper: str
    heading: Heading
    own: tuple[NumberView, ...]
    given: tuple[NumberView, ...]
    prices: tuple[PriceView, ...]
    sheet: str
    as_of: str
    currency: str
    steps: tuple[StepView, ...]
    content: tuple[StepView, ...]
    table_number: int
    rates: tuple[str, ...]
    rare: str
    enough: str
    lost_number: int
    lost_points: int
    unbilled_number: int
    unbilled_points: int


@dataclass(frozen=True)
class RateView:
    """One row of the comparison in the key."""

    rate: str
    rows: str
    gb: str
    amount: str
    rare: str


@dataclass(frozen=True)
class CostKeyView:
    """The key to the cost sheet."""

    paper: str
    heading: Heading
    own: tuple[NumberView, ...]
    currency: str
    answers: tuple[AnswerView, ...]
    content: tuple[AnswerView, ...]
    table_number: int
    table: tuple[RateView, ...]
    tolerance: str
    rare: str
    enough: str
    enough_at: tuple[str, ...]
    too_few_at: tuple[str, ...]
    lost_number: int
    lost_points: int
    unbilled_number: int
    unbilled_points: int
    points: int
    command: str


def cost_view(course: CourseFile, scenario: Scenario, form: Form, names: str | None = None) -> CostView:
    """The cost sheet of one group; of the form it reads no answer."""
    cost = _cost(form)
    numbers = _Numbers(cost)
    asked = {step.price: number for number, step in enumerate(cost.steps, 1) if step.price}
    return CostView(
        paper=course.paper,
        heading=heading(course, scenario, form, f"Cost sheet · {numbers.points} points", names=names),
        own=_given(cost, own=True),
        given=_given(cost, own=False),
        prices=tuple(PriceView(price.title, price.says, asked.get(price.name)) for price in cost.prices),
        sheet=cost.sheet,
        as_of=cost.as_of,
        currency=cost.currency,
        steps=tuple(_step(number, step) for number, step in enumerate(cost.steps, 1)),
        content=tuple(_step(number, step) for number, step in enumerate(cost.content, numbers.content)),
        table_number=numbers.table,
        rates=tuple(said_share(rate) for rate in cost.rates),
        rare=cost.rare,
        enough=digits(cost.enough),
        lost_number=numbers.lost,
        lost_points=LOST_POINTS,
        unbilled_number=numbers.unbilled,
        unbilled_points=UNBILLED_POINTS,
    )


def cost_key_view(course: CourseFile, scenario: Scenario, form: Form, mark: str) -> CostKeyView:
    """The key to one group's cost sheet."""
    cost = _cost(form)
    numbers = _Numbers(cost)
    rare = [(said_share(rate), row[3].answer or 0.0) for rate, row in zip(cost.rates, cost.table, strict=True)]
    settings = " ".join(f"--set {name}={digits(value).replace(',', '')}" for name, value in _plain(cost).items())
    return CostKeyView(
        paper=course.paper,
        heading=heading(course, scenario, form, "Key to the cost sheet", mark),
        own=_given(cost, own=True),
        currency=cost.currency,
        answers=tuple(_answer(number, step, cost) for number, step in enumerate(cost.steps, 1)),
        content=tuple(_answer(number, step, cost) for number, step in enumerate(cost.content, numbers.content)),
        table_number=numbers.table,
        table=tuple(
            RateView(said_share(rate), *(cell.shown or "" for cell in row))
            for rate, row in zip(cost.rates, cost.table, strict=True)
        ),
        tolerance=said_share(cost.steps[0].tolerance or 0.0),
        rare=cost.rare,
        enough=digits(cost.enough),
        enough_at=tuple(rate for rate, count in rare if count >= cost.enough),
        too_few_at=tuple(rate for rate, count in rare if count < cost.enough),
        lost_number=numbers.lost,
        lost_points=LOST_POINTS,
        unbilled_number=numbers.unbilled,
        unbilled_points=UNBILLED_POINTS,
        points=numbers.points,
        command=f"teledesign cost {scenario.scenario} {settings}",
    )


@dataclass(frozen=True)
class _Numbers:
    """The numbers of the questions: steps, content, table, what is lost, what is not billed."""

    cost: CostSheet

    @property
    def content(self) -> int:
        return len(self.cost.steps) + 1

    @property
    def table(self) -> int:
        return self.content + len(self.cost.content)

    @property
    def lost(self) -> int:
        return self.table + 1

    @property
    def unbilled(self) -> int:
        return self.table + 2

    @property
    def points(self) -> int:
        """One for each step and each row of the table, and those of the two open questions."""
        return self.table - 1 + len(self.cost.rates) + LOST_POINTS + UNBILLED_POINTS


def _cost(form: Form) -> CostSheet:
    assert form.cost is not None, "a form without a cost sheet has no such handout"
    return form.cost


def _given(cost: CostSheet, *, own: bool) -> tuple[NumberView, ...]:
    return tuple(NumberView(one.title, one.shown, one.unit) for one in cost.given if (one.name in GROUPS_OWN) == own)


def _step(number: int, step: Exercise) -> StepView:
    return StepView(number, step.asks, step.how, step.unit)


def _answer(place: int, step: Exercise, cost: CostSheet) -> AnswerView:
    slips = tuple((slip.says, slip.shown) for slip in step.slips)
    numbers = {one.name: place for place, one in enumerate((*cost.steps, *cost.content), 1)}
    carries = tuple(sorted(numbers[name] for name in _carried(step) if numbers.get(name, place) < place))
    worked, _, then = (step.worked or "").partition("; ")
    math = _math(step, cost, worked)
    return AnswerView(
        place,
        step.asks,
        worked if math else step.worked or "",
        math,
        then if math else "",
        step.shown or "",
        step.unit,
        slips,
        carries,
    )


def _math(step: Exercise, cost: CostSheet, worked: str) -> Notation | None:
    """The working in mathematics; None where a form that was changed by hand has a formula that is none."""
    shown = {one.name: number(one.value) for one in cost.given} | {"gib": number(GIB)}
    shown |= {one.name: figure(one.shown) for one in cost.steps if one.shown}
    try:
        found = equation(step.formula, shown)
    except FormulaError:
        return None
    digits, _, unit = worked.partition(" = ")[2].partition(" ")
    return row(found, EQUALS, figure(digits), said(f" {unit}")) if digits else found


CARRIES: Mapping[str, tuple[str, ...]] = {
    "rows_kept": ("rows_all",),
    "gib_kept": ("gb_kept",),
    "content_times": ("content_gb", "gb_kept"),
}
"""Step -> earlier steps that it may be worked out from."""
MONTH_OF: Mapping[str, str] = {
    "users * rows * sampling * days": "rows_kept",
    "users * bytes * sampling * days": "gb_kept",
}
"""How the quantity of a billed amount begins -> the step that asks for it."""


def _carried(step: Exercise) -> Iterator[str]:
    """The names of earlier steps that an answer may be worked out from."""
    yield from CARRIES.get(step.name, ())
    if step.price is not None:
        yield from (name for begins, name in MONTH_OF.items() if step.formula.startswith(begins))
    if step.name == "total":
        yield from step.formula.split(" + ")


def _plain(cost: CostSheet) -> dict[str, float]:
    """Settings in the order of the sheet, then those that leave content out."""
    own = {name: cost.settings[name] for name in GROUPS_OWN if name in cost.settings}
    return own | {name: value for name, value in cost.settings.items() if name not in own}

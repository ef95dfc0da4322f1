"""Price sheets: dated prices with their unit, kind, rounding and source, and what a quantity costs by them.

A row's price is a formula over its own numbers (`Billing`), put together from the table `KINDS`; numbers,
page script and TeX come from that one text.  A price that nobody has seen is `unknown`, and then so is the
amount: never 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from teledesign.findings import nearest
from teledesign.formulas import Formula
from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Number, Text, told
from teledesign.scenario.product import IsoDate
from teledesign.scenario.quantities import Count
from teledesign.scenario.scenario import ScenarioId
from teledesign.units import (
    CURRENCIES,
    NUMBER,
    UNITS,
    Measure,
    Unit,
    UnitError,
    factor_between,
    with_unit,
)

__all__ = [
    "KINDS",
    "STATUSES",
    "Billing",
    "Currency",
    "PriceKind",
    "PriceRow",
    "PriceSheet",
    "Rounding",
    "Tier",
]

Status = Literal["quoted", "documented", "infracost", "secondary", "memory", "derived", "unseen", "teaching"]
STATUSES: Mapping[str, str] = {
    "quoted": "read at the vendor's",
    "documented": "read in the vendor's documentation",
    "infracost": "read in the tests of a cost tool that asks the vendor's price list",
    "secondary": "read elsewhere",
    "memory": "remembered",
    "derived": "worked out from another price",
    "unseen": "not seen by anybody here",
    "teaching": "invented for teaching",
}
"""How sure a price is, in words; surest first."""
assert set(STATUSES) == set(get_args(Status))

Currency = Literal["USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "INR"]
assert set(CURRENCIES) == set(get_args(Currency))


def _price(value: object) -> float | None:
    if value is None or value == "unknown":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is no price. Write a number of 0 or more, or unknown")
    return float(value)


Price = Annotated[
    float | None,
    BeforeValidator(_price),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"const": "unknown"}]}),
]
"""A price; None where it is unknown."""


class Tier(Frozen):
    """A stretch of quantity with its price."""

    up_to: Count | None = told(
        "The quantity up to which it holds, in the row's unit; left out in the last.", None, gt=0
    )
    price: Price = told("The price per unit, or unknown.")


class Rounding(Frozen):
    """How a vendor rounds what is billed: each record, request or stay by itself, or the month's total."""

    of: Literal["record", "request", "stay", "total"] = told(
        "What is rounded: the bytes of each record or of each request, how long each thing stays, or the month's total."
    )
    up_to: Measure | None = told("Rounded up to whole multiples of this.", None)
    down_to: Measure | None = told("Rounded down to whole multiples of this.", None)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.up_to is None) == (self.down_to is None):
            raise ValueError("rounding goes one way. Write up_to or down_to")
        if not self.step.number:
            raise ValueError("nothing can be rounded to multiples of 0. Write a larger step")
        if self.of in ("record", "request") and self.step.unit.exponents != UNITS["byte"].exponents:
            raise ValueError(f"a {self.of} is rounded in bytes, not {self.step.unit}. Write a size such as 1 kB")
        if self.of == "stay" and self.step.unit.exponents != UNITS["second"].exponents:
            raise ValueError(f"a stay is rounded in time, not {self.step.unit}. Write a time such as 1 h")
        return self

    @property
    def step(self) -> Measure:
        """The multiple."""
        step = self.up_to or self.down_to
        assert step is not None
        return step

    @property
    def function(self) -> str:
        """The primitive that does it."""
        return "ceil_to" if self.up_to else "floor_to"


@dataclass(frozen=True)
class PriceKind:
    """A way of pricing: the keys it needs, and its formula over `{q}`, the billed quantity."""

    needs: tuple[str, ...]
    formula: str
    says: str
    """How a quantity is billed."""
    may: tuple[str, ...] = ("included",)
    quantity: str = "q"


KINDS: Mapping[str, PriceKind] = {
    "per_unit": PriceKind(("price",), "{q} * price", "Every unit has the same price."),
    "graduated": PriceKind(
        ("tiers",), "graduated({q}, {tiers})", "Each part of a quantity has the price of the tier it lies in."
    ),
    "volume": PriceKind(("tiers",), "volume({q}, {tiers})", "All of it has the price of the tier it reaches."),
    "package": PriceKind(("price", "size"), "package({q}, size, price)", "Whole packages, a begun one included."),
    "flat": PriceKind(
        ("base", "price", "included"),
        "flat_included({q}, base, included, price)",
        "A base price a month with an included quantity, and a price for what goes beyond.",
        (),
    ),
    "minimum": PriceKind(
        ("price", "least"), "minimum({q} * price, least)", "A price per unit, never less than a least amount."
    ),
    "commit": PriceKind(
        ("price", "commit", "overage"),
        "price * commit + over({q}, commit) * price * overage",
        "A quantity that is paid for, used or not, and a dearer price beyond it.",
    ),
    "max_of": PriceKind(
        ("price", "each"),
        "{q} * price",
        "The larger of two measures of the same thing.",
        quantity="max_of(q, other / each)",
    ),
}
"""Price kind -> what it needs and how it bills."""

KindOfPrice = Literal["per_unit", "graduated", "volume", "package", "flat", "minimum", "commit", "max_of"]
assert set(KINDS) == set(get_args(KindOfPrice))

_OWN = ("price", "tiers", "size", "base", "included", "least", "commit", "overage", "each")
_NUMBERS = ("price", "size", "base", "included", "least", "commit", "overage")


@dataclass(frozen=True)
class Billing:
    """What a month's quantity `q` costs: a formula, the numbers put in, and their units."""

    formula: Formula
    numbers: Mapping[str, float]
    units: Mapping[str, Unit]

    free: bool = True
    """Whether what is included is a free allowance, which a reader may leave out."""

    def given(self, quantity: Any, other: Any = 0.0, free: Any = 1.0) -> dict[str, Any]:
        """The names of the formula with their values, `free` being the share of the free allowance that is taken."""
        given = {"q": quantity, **self.numbers}
        if "other" in self.formula.names:
            given["other"] = other
        if self.free and "included" in given:
            given["included"] = given["included"] * free
        return given

    def amount(self, quantity: float, other: float = 0.0, free: float = 1.0) -> float:
        """The unrounded amount for a quantity in the row's unit."""
        return float(self.formula.evaluate(self.given(quantity, other, free)))


class PriceRow(Frozen):
    """One price: what it is for, in which unit, how it is counted, and where it was read."""

    title: Text = told("What is paid for.")
    vendor: Text | None = told("Whose price it is.", None)
    unit: Unit = told("What one price buys, such as GB-month or million event.")
    kind: KindOfPrice = told("How it is counted.")
    price: Price = told("The price of one unit, or of one package; unknown where nobody has seen it.", None)
    tiers: tuple[Tier, ...] = told("Stretches of quantity, smallest first; the last has no up_to.", ())
    size: Count | None = told("The size of a package, in the row's unit.", None, gt=0)
    base: Number | None = told("The base price of a month.", None, ge=0)
    included: Count | None = told("The quantity a month includes without charge, in the row's unit.", None, ge=0)
    least: Number | None = told("The least that is charged for a month.", None, ge=0)
    commit: Count | None = told("The quantity a month that is paid for, used or not, in the row's unit.", None, ge=0)
    overage: Number | None = told("What the price is multiplied by beyond that quantity.", None, ge=0)
    each: Measure | None = told("How much of the other measure one unit covers, such as 1000 sample/min.", None)
    smallest: Measure | None = told("Each record, request, object or query is billed as at least this size.", None)
    chunk: Measure | None = told("Each record or request counts once for every piece of this size begun.", None)
    least_days: Number | None = told("What is deleted earlier is billed as if it had stayed this long.", None, gt=0)
    rounding: Rounding | None = told("How what is billed is rounded.", None)
    region: Text | None = told("Where the price holds.", None)
    as_of: IsoDate | None = told("When it was read; the sheet's date where left out.", None)
    source: Text = told("Where it was read.")
    status: Status = told("How sure it is: " + "; ".join(f"{name}: {says}" for name, says in STATUSES.items()) + ".")
    note: Prose | None = told("What a reader should know.", None)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        kind = KINDS[self.kind]
        missing = [name for name in kind.needs if not self._given(name)]
        if missing:
            raise ValueError(f"a price of kind {self.kind} needs {' and '.join(missing)}. Add what is missing")
        idle = [name for name in _OWN if self._given(name) and name not in (*kind.needs, *kind.may)]
        if idle:
            raise ValueError(f"a price of kind {self.kind} has no {idle[0]}. Take it out, or choose another kind")
        self._check_tiers()
        if self.rounding and self.rounding.of == "total":
            self._check_fits(self.rounding.step.unit, "the rounding step")
        for what, size in (("smallest size", self.smallest), ("chunk", self.chunk)):
            if size is not None and size.unit.exponents != UNITS["byte"].exponents:
                raise ValueError(f"a {what} is in bytes, not {size.unit}. Write a size such as 10 MB")
        if self.chunk is not None and not self.chunk.number:
            raise ValueError("nothing comes in pieces of 0 bytes. Write a larger chunk")
        if self.each is not None and not self.each.number:
            raise ValueError("a unit that covers 0 of the other measure is worth nothing. Write a larger measure")
        if self.status == "unseen" and self.known:
            raise ValueError("a price that nobody has seen is unknown. Write unknown, or say where it was read")
        return self

    def _given(self, name: str) -> bool:
        return name in self.model_fields_set and (getattr(self, name) not in (None, ()) or name == "price")

    def _check_fits(self, unit: Unit, what: str) -> None:
        try:
            factor_between(unit, self.unit)
        except UnitError:
            raise UnitError(f"{what} is in {unit}, which does not fit {self.unit}. Use a unit that fits") from None

    def _check_tiers(self) -> None:
        bounds = [tier.up_to for tier in self.tiers]
        if not bounds:
            return
        if bounds[-1] is not None:
            raise ValueError("the last tier has an up_to, so that larger quantities have no price. Leave it out")
        held = [bound for bound in bounds[:-1] if bound is not None]
        if len(held) < len(bounds) - 1:
            raise ValueError("only the last tier goes without up_to. Say where the others end")
        if held != sorted(set(held)):
            raise ValueError("the tiers are out of order. Sort them by up_to, smallest first")

    @property
    def known(self) -> bool:
        """Whether every price in it is known."""
        if self.tiers:
            return all(tier.price is not None for tier in self.tiers)
        return self.price is not None

    @property
    def monthly(self) -> Unit:
        """The unit of a month's quantity."""
        return (self.unit / UNITS["month"]).called(str(self.unit))

    def billing(self, currency: str) -> Billing | None:
        """The formula of its amounts with its numbers; None where a price is unknown."""
        if not self.known:
            return None
        numbers = self._numbers()
        formula = Formula.parse(self.formula_text, ("q", "other", *numbers))
        return Billing(formula, numbers, self._units(currency), self.kind != "flat")

    @cached_property
    def formula_text(self) -> str:
        """What a month's quantity `q` costs, as a formula over the row's numbers."""
        tiers = [f"price_{at}, up_to_{at}" for at in range(1, len(self.tiers))]
        held = ", ".join([*tiers, f"price_{len(self.tiers)}"])
        return KINDS[self.kind].formula.format(q=self.billable_text, tiers=held)

    @property
    def used_text(self) -> str:
        """What counts as used of a month's quantity `q`, as a formula."""
        quantity = KINDS[self.kind].quantity
        if self.rounding and self.rounding.of == "total":
            quantity = f"{self.rounding.function}({quantity}, step)"
        return quantity

    @property
    def billable_text(self) -> str:
        """What of it is paid for: the rest after what is free."""
        free = self.included is not None and self.kind != "flat"
        return f"over({self.used_text}, included)" if free else self.used_text

    def _numbers(self) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None:
                numbers[name] = value
        for at, tier in enumerate(self.tiers, 1):
            assert tier.price is not None
            numbers[f"price_{at}"] = tier.price
            if tier.up_to is not None:
                numbers[f"up_to_{at}"] = tier.up_to
        if self.rounding and self.rounding.of == "total":
            numbers["step"] = self.rounding.step.in_unit(self.unit)
        if self.each is not None:
            numbers["each"] = self.each.number
        return numbers

    def _units(self, currency: str) -> dict[str, Unit]:
        money = UNITS[currency] / UNITS["month"]
        quantity = self.unit / UNITS["month"]
        price = money if self.kind == "package" else UNITS[currency] / self.unit
        units = {"q": quantity, "price": price, "size": quantity, "included": quantity, "step": quantity}
        units |= {"base": money, "least": money, "commit": quantity, "overage": NUMBER}
        if self.each is not None:
            units |= {"other": self.each.unit, "each": self.each.unit / quantity}
        for at in range(1, len(self.tiers) + 1):
            units |= {f"price_{at}": price, f"up_to_{at}": quantity}
        return units

    def told(self, currency: str) -> str:
        """The price in words: `0.60 USD per million event, the first 1 free`."""
        parts = [self._told_prices(currency)]
        if self.included is not None and self.kind != "flat":
            parts.append(f"{_shown(self.included)} free a month")
        if self.rounding:
            way = "up" if self.rounding.up_to else "down"
            what = "the month" if self.rounding.of == "total" else f"each {self.rounding.of}"
            parts.append(f"{what} rounded {way} to {self.rounding.step}")
        if self.smallest is not None:
            parts.append(f"each billed as at least {self.smallest}")
        if self.chunk is not None:
            parts.append(f"counted once for every {self.chunk} begun")
        if self.least_days is not None:
            parts.append(f"at least {_shown(self.least_days)} days")
        return ", ".join(parts)

    def _told_prices(self, currency: str) -> str:
        if not self.known:
            return f"unknown, per {self.unit}"
        if self.tiers:
            steps = [
                f"{_money(tier.price)} up to {_shown(tier.up_to)}" if tier.up_to else f"then {_money(tier.price)}"
                for tier in self.tiers
            ]
            every = " for all of it" if self.kind == "volume" else ""
            return f"{', '.join(steps)} {currency} per {self.unit}{every}"
        if self.kind == "package":
            size = "" if self.size == 1 else f"{_shown(self.size)} "
            return f"{_money(self.price)} {currency} per {size}{self.unit} begun"
        if self.kind == "flat":
            included = with_unit(_shown(self.included), str(self.unit))
            beyond = f"then {_money(self.price)} per {self.unit}"
            return f"{_money(self.base)} {currency} with {included} included, {beyond}"
        if self.kind == "commit":
            commit = with_unit(_shown(self.commit), str(self.unit))
            beyond = f"{_shown(self.overage)} times that beyond it"
            return f"{_money(self.price)} {currency} per {self.unit} for {commit}, used or not, and {beyond}"
        if self.kind == "max_of":
            return f"{_money(self.price)} {currency} per {self.unit}, or per {self.each} if that is more"
        least = f", at least {_money(self.least)} {currency} a month" if self.kind == "minimum" else ""
        return f"{_money(self.price)} {currency} per {self.unit}{least}"


def _money(value: float | None) -> str:
    """A price with two decimals at least: `0.40`, `0.0004`."""
    if value is None:
        return "unknown"
    shown = f"{value:,.10f}".rstrip("0")
    return shown + "0" * max(0, 2 - len(shown.partition(".")[2]))


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.10g}"


class PriceSheet(Frozen):
    """A dated list of prices in one currency."""

    format: Literal[1] = told("The version of this language.")
    prices: ScenarioId = told("The sheet's name: the name of its file without .yaml.")
    title: Text = told("What the sheet is called.")
    currency: Currency = told("The currency of all its prices.")
    as_of: IsoDate = told("The date the prices stand for.")
    note: Prose | None = told("What kind of prices they are: list prices, discounts, taxes.", None)
    free_tier: Prose | None = told("What is free, and for whom.", None)
    month_hours: Number = told("How long a month is, in hours: 720 is 30 days.", 720.0, ge=672, le=744)
    rows: dict[Name, PriceRow] = told("The prices.", min_length=1)
    serves: dict[Name, Name] = told(
        "Line item -> the row that it is paid by; an item with a row of its own name needs no entry.", {}
    )
    covered: dict[Name, Text] = told("Line item that nobody bills here -> the price that covers it, in words.", {})

    @model_validator(mode="after")
    def _serving(self) -> Self:
        for item, name in self.serves.items():
            if name not in self.rows:
                close = nearest(name, self.rows)
                remedy = f"Did you mean {close}?" if close else f"It has {', '.join(self.rows)}"
                raise ValueError(f"{item} is served by {name}, which this sheet has no row of. {remedy}")
            if item in self.covered:
                raise ValueError(f"{item} is served by {name} and covered as well. Take one of them out")
        return self

    @property
    def days_per_month(self) -> float:
        """How long a month is, in days."""
        return self.month_hours / 24

    def row_name(self, item: str) -> str | None:
        """The name of the row that a line item is paid by; None where there is none."""
        if item in self.covered:
            return None
        name = self.serves.get(item, item)
        return name if name in self.rows else None

    def row_of(self, item: str) -> PriceRow | None:
        """The row that a line item is paid by; None where there is none."""
        name = self.row_name(item)
        return None if name is None else self.rows[name]

    def beside(self, other: PriceSheet) -> PriceSheet:
        """This sheet, and of another what this one does not price.  Raises ValueError for another currency."""
        if other.currency != self.currency:
            raise ValueError(f"{self.prices} is in {self.currency} and {other.prices} in {other.currency}")
        names = {name: f"{other.prices.replace('-', '_')}_{name}" if name in self.rows else name for name in other.rows}
        here = {*self.rows, *self.serves, *self.covered}
        rows = {
            names[name]: row.model_copy(update={"as_of": row.as_of or other.as_of}) for name, row in other.rows.items()
        }
        serves = {item: names[name] for item, name in other.serves.items() if item not in here}
        serves |= {name: names[name] for name in other.rows if name not in here and names[name] != name}
        covered = {item: says for item, says in other.covered.items() if item not in here}
        # What the other has under a row's own name must not pay for an item that this sheet already sees to.
        return self.model_copy(
            update={
                "title": f"{self.title}, and {other.title}",
                "rows": {**self.rows, **rows},
                "serves": {**self.serves, **serves},
                "covered": {**self.covered, **covered},
            }
        )

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
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, WithJsonSchema, model_validator

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
    parse_measure,
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
    "Quantities",
    "Rounding",
    "Tier",
]

STATUSES = ("quoted", "secondary", "memory", "teaching")
"""How sure a price is: read at the vendor's, read elsewhere, remembered, or invented for teaching."""

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
    """How a vendor rounds what is billed: each record by itself, or the month's total."""

    of: Literal["record", "total"] = told("What is rounded.")
    up_to: Measure | None = told("Rounded up to whole multiples of this.", None)
    down_to: Measure | None = told("Rounded down to whole multiples of this.", None)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.up_to is None) == (self.down_to is None):
            raise ValueError("rounding goes one way. Write up_to or down_to")
        if not self.step.number:
            raise ValueError("nothing can be rounded to multiples of 0. Write a larger step")
        if self.of == "record" and self.step.unit.exponents != UNITS["byte"].exponents:
            raise ValueError(f"a record is rounded in bytes, not {self.step.unit}. Write a size such as 1 kB")
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
    may: tuple[str, ...] = ("included",)


KINDS: Mapping[str, PriceKind] = {
    "per_unit": PriceKind(("price",), "{q} * price"),
    "graduated": PriceKind(("tiers",), "graduated({q}, {tiers})"),
    "volume": PriceKind(("tiers",), "volume({q}, {tiers})"),
    "package": PriceKind(("price", "size"), "package({q}, size, price)"),
    "flat": PriceKind(("base", "price", "included"), "flat_included({q}, base, included, price)", ()),
    "minimum": PriceKind(("price", "least"), "minimum({q} * price, least)"),
}
"""Price kind -> what it needs and how it bills: each part of a quantity at its tier's price (graduated), all of it
at the price of the tier it reaches (volume), whole packages, a base price with an included quantity, or never
less than a least amount."""

_OWN = ("price", "tiers", "size", "base", "included", "least")


@dataclass(frozen=True)
class Billing:
    """What a month's quantity `q` costs: a formula, the numbers put in, and their units."""

    formula: Formula
    numbers: Mapping[str, float]
    units: Mapping[str, Unit]

    def amount(self, quantity: float) -> float:
        """The unrounded amount for a quantity in the row's unit."""
        return float(self.formula.evaluate({"q": quantity, **self.numbers}))


class PriceRow(Frozen):
    """One price: what it is for, in which unit, how it is counted, and where it was read."""

    title: Text = told("What is paid for.")
    vendor: Text | None = told("Whose price it is.", None)
    unit: Unit = told("What one price buys, such as GB-month or million event.")
    kind: Literal["per_unit", "graduated", "volume", "package", "flat", "minimum"] = told("How it is counted.")
    price: Price = told("The price of one unit, or of one package; unknown where nobody has seen it.", None)
    tiers: tuple[Tier, ...] = told("Stretches of quantity, smallest first; the last has no up_to.", ())
    size: Count | None = told("The size of a package, in the row's unit.", None, gt=0)
    base: Number | None = told("The base price of a month.", None, ge=0)
    included: Count | None = told("The quantity a month includes without charge, in the row's unit.", None, ge=0)
    least: Number | None = told("The least that is charged for a month.", None, ge=0)
    smallest: Measure | None = told("Each record, object or query is billed as at least this size.", None)
    rounding: Rounding | None = told("How what is billed is rounded.", None)
    region: Text | None = told("Where the price holds.", None)
    as_of: IsoDate | None = told("When it was read; the sheet's date where left out.", None)
    source: Text = told("Where it was read.")
    status: Literal["quoted", "secondary", "memory", "teaching"] = told(
        "quoted: read at the vendor's; secondary: read elsewhere; memory: remembered; teaching: invented."
    )
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
        if self.smallest is not None and self.smallest.unit.exponents != UNITS["byte"].exponents:
            raise ValueError(f"a smallest size is in bytes, not {self.smallest.unit}. Write a size such as 10 MB")
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
        return Billing(Formula.parse(self.formula_text, ("q", *numbers)), numbers, self._units(currency))

    @cached_property
    def formula_text(self) -> str:
        """What a month's quantity `q` costs, as a formula over the row's numbers."""
        quantity = "q"
        if self.rounding and self.rounding.of == "total":
            quantity = f"{self.rounding.function}({quantity}, step)"
        if self.included is not None and self.kind != "flat":
            quantity = f"over({quantity}, included)"
        tiers = [f"price_{at}, up_to_{at}" for at in range(1, len(self.tiers))]
        return KINDS[self.kind].formula.format(q=quantity, tiers=", ".join([*tiers, f"price_{len(self.tiers)}"]))

    def _numbers(self) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for name in ("price", "size", "base", "included", "least"):
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
        return numbers

    def _units(self, currency: str) -> dict[str, Unit]:
        money = UNITS[currency] / UNITS["month"]
        quantity = self.unit / UNITS["month"]
        price = money if self.kind == "package" else UNITS[currency] / self.unit
        units = {"q": quantity, "price": price, "size": quantity, "included": quantity, "step": quantity}
        units |= {"base": money, "least": money}
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
            what = "each record" if self.rounding.of == "record" else "the month"
            parts.append(f"{what} rounded {way} to {self.rounding.step}")
        if self.smallest is not None:
            parts.append(f"each billed as at least {self.smallest}")
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

    @property
    def days_per_month(self) -> float:
        """How long a month is, in days."""
        return self.month_hours / 24


def _quantity(value: object) -> Measure:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Measure):
        raise ValueError(f"{value!r:.100} is no quantity. Write 1200, or with a unit 250 million event")
    if isinstance(value, int | float):
        if not 0 <= value < math.inf:
            raise ValueError(f"a quantity of {value} cannot be billed. Write a number of 0 or more")
        return Measure(float(value), NUMBER)
    return parse_measure(value)


Quantity = Annotated[
    Measure,
    BeforeValidator(_quantity),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
]


class Quantities(Frozen):
    """A month's quantities to be billed on a price sheet."""

    format: Literal[1] = told("The version of this language.")
    title: Text | None = told("What is billed.", None)
    quantities: dict[Name, Quantity] = told(
        "Row of the sheet -> quantity of a month: a number in the row's unit, or a measure such as 250 million event.",
        min_length=1,
    )

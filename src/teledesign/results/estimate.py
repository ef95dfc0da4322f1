"""Estimates: what a design costs a month, row by row, with the formula, the numbers and the source of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Bill", "BillRow", "Effect", "Estimate", "EstimateRow", "Input", "Payer", "PriceUsed", "Total", "Worked"]

Payer = Literal["firm", "user", "none"]
Role = Literal["lever", "assumption", "fact"]


@dataclass(frozen=True)
class Input:
    """A number that goes in.

    A lever is the design's to choose, an assumption may be doubted (both can be set, within their bounds), a fact
    follows from scenario, design and sheet and cannot be set.
    """

    name: str
    title: str
    value: float
    unit: str
    role: Role
    low: float
    high: float
    default: float
    says: str = ""
    doubt: tuple[float, float] | None = None
    """How low and how high it may really be, where that is uncertain."""

    @property
    def settable(self) -> bool:
        """Whether `--set` may change it."""
        return self.role != "fact"


@dataclass(frozen=True)
class Worked:
    """A formula worked out: its text, the same with the numbers put in, as TeX, and what came of it."""

    name: str
    title: str
    formula: str
    numbers: str
    tex: str
    value: float
    unit: str


@dataclass(frozen=True)
class PriceUsed:
    """The price behind a row: what it says, how it bills a quantity `q`, where it was read and when."""

    name: str
    title: str
    told: str
    unit: str
    formula: str
    numbers: str
    tex: str
    source: str
    status: str
    as_of: dt.date
    region: str | None = None


@dataclass(frozen=True)
class EstimateRow:
    """One line item: a month's quantity, its price, and the amount, rounded to the cent; None where it is unknown.

    `covered` says which price pays for it where the vendor does not bill it by itself; then the amount is 0.
    """

    item: str
    title: str
    payer: Payer
    quantity: Worked
    price: PriceUsed | None
    amount: float | None
    levers: tuple[str, ...]
    why_unknown: str = ""
    says: str = ""
    covered: str = ""


@dataclass(frozen=True)
class Effect:
    """Something that is paid in another coin than money: a quantity, and what it means."""

    quantity: Worked
    says: str


@dataclass(frozen=True)
class Total:
    """The sum of the known rounded rows of one payer; `at_least` where a row is unknown."""

    amount: float
    at_least: bool

    def shown(self, currency: str) -> str:
        """`1,234.50 USD`, or `at least 1,234.50 USD`."""
        return f"{'at least ' if self.at_least else ''}{self.amount:,.2f} {currency}"


@dataclass(frozen=True)
class Estimate:
    """What one design costs in a month at full volume, once all retention is filled."""

    scenario: str
    design: str
    design_title: str
    sheet: str
    sheet_title: str
    as_of: dt.date
    currency: str
    inputs: tuple[Input, ...]
    worked: tuple[Worked, ...]
    rows: tuple[EstimateRow, ...]
    totals: Mapping[Payer, Total]
    user_per_month: float | None
    budget: float | None = None
    effects: tuple[Effect, ...] = ()

    @property
    def total(self) -> Total:
        """What the firm pays."""
        return self.totals["firm"]

    @property
    def settings(self) -> dict[str, float]:
        """Every lever and assumption with its value."""
        return {one.name: one.value for one in self.inputs if one.settable}

    def input(self, name: str) -> Input:
        """The input of that name.  Raises KeyError."""
        return {one.name: one for one in self.inputs}[name]

    def row(self, item: str) -> EstimateRow:
        """The row of that line item.  Raises KeyError."""
        return {row.item: row for row in self.rows}[item]

    def effect(self, name: str) -> float:
        """The value of something that is paid in another coin.  Raises KeyError."""
        return {one.quantity.name: one.quantity.value for one in self.effects}[name]

    def value(self, name: str) -> float:
        """The value of an input or of a worked quantity.  Raises KeyError."""
        given = {one.name: one.value for one in self.inputs}
        return given[name] if name in given else {one.name: one.value for one in self.worked}[name]

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return _plain_object(asdict(self))


@dataclass(frozen=True)
class BillRow:
    """One price applied to a plain quantity: what was used, what of it was free, what is paid for."""

    price: PriceUsed
    quantity: float
    amount: float | None
    free: float = 0.0
    billable: float = 0.0


@dataclass(frozen=True)
class Bill:
    """A month's quantities billed on a sheet."""

    title: str
    sheet: str
    sheet_title: str
    as_of: dt.date
    currency: str
    month: str
    free_tier: bool
    rows: tuple[BillRow, ...]
    total: Total

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return _plain_object(asdict(self))


def _plain_object(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(item) for key, item in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain_object(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value

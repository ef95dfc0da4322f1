"""Forecasts: ranges of an estimate, its months, what swings it, and settings that fit a budget."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from teledesign.results.estimate import Payer, Total

__all__ = ["Band", "Change", "Comparison", "Month", "Ranges", "RowBand", "Solution", "Swing", "Uncertain", "finite"]


@dataclass(frozen=True)
class Band:
    """The tenth, the half and the nine tenths of what may come."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class RowBand:
    """A line item's band; None where its price is unknown."""

    item: str
    title: str
    payer: Payer
    band: Band | None


@dataclass(frozen=True)
class Uncertain:
    """An input that is drawn: low, likeliest and high."""

    name: str
    title: str
    unit: str
    low: float
    mode: float
    high: float


@dataclass(frozen=True)
class Swing:
    """What the firm's total is with one input at its low and at its high end, all others at their likeliest."""

    uncertain: Uncertain
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How much it moves the total."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Month:
    """One month of a forecast: users, the firm's and the users' total, line items."""

    number: int
    users: float
    totals: Mapping[Payer, Band]
    rows: tuple[RowBand, ...]


@dataclass(frozen=True)
class Ranges:
    """An estimate under doubt: bands by line item, totals, swings (largest first), and months if asked for."""

    scenario: str
    design: str
    design_title: str
    sheet_title: str
    as_of: dt.date
    currency: str
    runs: int
    seed: int
    uncertain: tuple[Uncertain, ...]
    rows: tuple[RowBand, ...]
    totals: Mapping[Payer, Band]
    at_least: Mapping[Payer, bool]
    swings: tuple[Swing, ...]
    months: tuple[Month, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class Solution:
    """The setting of one lever at which a budget is kept.

    `value` is None where none fits; then `total` is the least that it can cost.  `binding` is the line item that
    grows first beyond it, `steps` to the next total that breaks the budget.
    """

    lever: str
    title: str
    unit: str
    budget: float
    currency: str
    value: float | None
    total: Total
    slack: float
    binding: str
    binding_title: str
    binding_grows: float
    whole: bool = False
    """Whether even the freest setting fits."""

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """One lever's part of a difference: what the total is after it, and by line item what it changed."""

    lever: str
    title: str
    before: str
    after: str
    difference: float
    rows: Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """Two estimates side by side; the changes, one after the other, add up to the difference."""

    first: str
    second: str
    currency: str
    totals: tuple[Total, Total]
    rows: tuple[tuple[str, str, float | None, float | None], ...]
    changes: tuple[Change, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return asdict(self)


def finite(value: Any) -> Any:
    """Plain data in which what is infinite is None."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""What a design would see: days to a change, the smallest change, the rarest event, how charts would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from teledesign.results.forecast import finite

__all__ = ["AtRate", "Chart", "Detectability", "Seen"]


@dataclass(frozen=True)
class Seen:
    """A metric over some users: rows a day, its share, and what they show; infinite is never.

    `worth_per_day` are rows of as many users that would show as much: fewer, where whole users are kept or not.
    """

    title: str
    rows_per_day: float
    worth_per_day: float
    share: float
    changed: float
    rows_needed: float
    days: float
    smallest_in_a_week: float
    rarest_in_a_month: float


@dataclass(frozen=True)
class Chart:
    """A chart of the daily share: values between false alarms, and days until it tells the change."""

    method: str
    limit: float
    false_alarm_days: float
    days: float
    days_in_slice: float | None


@dataclass(frozen=True)
class AtRate:
    """Cost against days at one sampling rate; the targeted cost collects the slice's users only."""

    sampling: float
    cost: float
    days: float
    days_in_slice: float | None
    targeted_cost: float | None


@dataclass(frozen=True)
class Detectability:
    """What a design shows of one change of one metric, at production volume."""

    scenario: str
    design: str
    design_title: str
    metric: str
    metric_title: str
    change: float
    confidence: float
    power: float
    currency: str
    at_least: bool
    overall: Seen
    slice: Seen | None
    charts: tuple[Chart, ...]
    rates: tuple[AtRate, ...]
    where: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`; what never happens is null."""
        plain: dict[str, Any] = finite(asdict(self))
        return plain

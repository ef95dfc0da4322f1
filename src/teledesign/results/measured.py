"""Metrics of a log by day and slice: what really was beside what the log shows, and where the two part."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from statistics import median
from typing import Any

from teledesign.scenario.metrics import Metric

__all__ = [
    "COLUMNS",
    "EVERYTHING",
    "LOG",
    "SURE",
    "TRUTH",
    "Measured",
    "Parting",
    "as_csv",
    "of_truth",
    "partings",
    "ratio",
]

TRUTH, LOG = "truth", "log"
"""The two sides: what really was, and what a log shows."""
EVERYTHING = "all"
"""What a metric that is not sliced is sliced by, and the one value it has."""
COLUMNS = ("side", "metric", "role", "better", "by", "is", "day", "date", "of", "per", "value")
SURE = 4.5
"""Standard errors beyond which two metrics are said to part; by chance one comparison in 150,000 does, and a log allows
for about a thousand."""
MEDIAN_CHI2 = 0.4549
"""The median of a squared standard normal number."""
ADDS_UP = 0.1
"""How far days together may be from the whole, as a share of it, for a count to be one that grows with the rows."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Measured:
    """One metric in one slice on one side: how much was counted above and below the line, in all and on each day.

    What counts different values is more or less in all than its days together.
    """

    side: str
    metric: str
    by: str
    value: str
    whole: Pair
    days: tuple[Pair, ...]


def of_truth(told: Mapping[str, Any]) -> tuple[Measured, ...]:
    """What `truth.json` tells of metrics (metric -> its slices, with what was counted on each day)."""
    return tuple(
        Measured(
            TRUTH,
            name,
            one["by"],
            one["is"],
            (sum(one["of"]), sum(one["per"])),
            (*zip(one["of"], one["per"], strict=True),),
        )
        for name, held in told.items()
        for one in held["slices"]
    )


def as_csv(measured: Iterable[Measured], metrics: Mapping[str, Metric], start: dt.date) -> bytes:
    """A table of `COLUMNS`, one row per metric, slice and day; the rows without a day are of the whole log."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for held in measured:
        metric = metrics[held.metric]
        told = (held.side, held.metric, metric.role, metric.better or "", held.by, held.value)
        writer.writerow([*told, "", "", *_numbers(held.whole)])
        for day, pair in enumerate(held.days):
            writer.writerow([*told, day + 1, (start + dt.timedelta(days=day)).isoformat(), *_numbers(pair)])
    return text.getvalue().encode()


def _numbers(pair: Pair) -> tuple[str, str, str]:
    value = ratio(pair)
    return _plain(pair[0]), _plain(pair[1]), "" if value is None else f"{value:.6g}"


def _plain(number: float) -> str:
    return f"{number:.0f}" if number == int(number) else f"{number:.6g}"


def ratio(pair: Pair) -> float | None:
    """What the metric comes to; None where there is nothing below the line."""
    return pair[0] / pair[1] if pair[1] else None


# Where what the log shows and what really was part


@dataclass(frozen=True)
class Parting:
    """Days or a slice in which a metric of the log moved otherwise than one of truth, against the whole log."""

    where: str
    shown: str
    shown_better: float
    """By which share of its value over the whole log it was better there; negative for worse."""
    true: str
    true_better: float
    errors: float
    """Their difference in standard errors."""


def partings(
    measured: Sequence[Measured], metrics: Mapping[str, Metric], spans: Mapping[str, tuple[int, int]]
) -> tuple[Parting, ...]:
    """Where they part most: in one of the `spans` (what it is called -> its first and last day), in a slice, on a day;
    one each at most, and none that chance explains."""
    shown, true = (_judged(measured, metrics, *side) for side in ((LOG, ("proxy", "guardrail")), (TRUTH, ("outcome",))))
    kinds: tuple[Callable[[_Judged], dict[str, Pair]], ...] = (lambda held: _spans(held, spans), _slices, _days)
    most = (max(_each(shown, true, cells), key=lambda found: found.errors, default=None) for cells in kinds)
    return tuple(found for found in most if found is not None and found.errors >= SURE)


@dataclass(frozen=True)
class _Judged:
    """A metric of which one way is good, in all and in its slices."""

    name: str
    sign: int
    whole: Measured
    slices: tuple[Measured, ...]

    def better(self, pair: Pair) -> tuple[float, float]:
        """How much better than over the whole log, as a share of that; and the variance of this share."""
        moved, variance = self._counted(pair)
        return moved, variance * self._dispersion

    def _counted(self, pair: Pair) -> tuple[float, float]:
        usual = self.whole.whole[0] / self.whole.whole[1]
        return self.sign * (pair[0] / pair[1] / usual - 1.0), 1.0 / (pair[1] * min(usual, 1.0))

    @cached_property
    def _dispersion(self) -> float:
        """How much more days vary than counts of what is independent: by their median, which a few days do not move."""
        moves = [self._counted(pair) for pair in self.whole.days if pair[1]]
        middle = median(moved for moved, _ in moves)
        return max(1.0, median((moved - middle) ** 2 / variance for moved, variance in moves) / MEDIAN_CHI2)


def _judged(
    measured: Sequence[Measured], metrics: Mapping[str, Metric], side: str, roles: Sequence[str]
) -> list[_Judged]:
    found = []
    own = [held for held in measured if held.side == side and metrics[held.metric].role in roles]
    for whole in (
        held
        for held in own
        if held.by == EVERYTHING and min(held.whole) > 0 and any(per for _, per in held.days) and _adds_up(held)
    ):
        better = metrics[whole.metric].better
        if better is not None:
            slices = tuple(held for held in own if held.metric == whole.metric and held.by != EVERYTHING)
            found.append(_Judged(whole.metric, 1 if better == "higher" else -1, whole, slices))
    return found


def _adds_up(held: Measured) -> bool:
    """Whether what is counted is about as much in all as on its days together.

    Different values that come again every day (tracks, say) are not: of fewer rows there are more for each of them, so
    that any span, slice or day would look as if something had moved.
    """
    together = _added(held.days)
    return all(
        abs(whole - days) <= ADDS_UP * max(whole, days) for whole, days in zip(held.whole, together, strict=True)
    )


def _each(
    shown: Sequence[_Judged], true: Sequence[_Judged], cells: Callable[[_Judged], dict[str, Pair]]
) -> Iterator[Parting]:
    """Every pair of metrics in every place that both have."""
    for one, other in product(shown, true):
        there = cells(other)
        for where, pair in cells(one).items():
            if where in there and pair[1] and there[where][1]:
                (here, chance), (really, more) = one.better(pair), other.better(there[where])
                yield Parting(where, one.name, here, other.name, really, abs(here - really) / math.sqrt(chance + more))


def _spans(judged: _Judged, spans: Mapping[str, tuple[int, int]]) -> dict[str, Pair]:
    return {where: _added(judged.whole.days[first - 1 : last]) for where, (first, last) in spans.items()}


def _slices(judged: _Judged) -> dict[str, Pair]:
    return {f"for {one.by} {one.value}": one.whole for one in judged.slices}


def _days(judged: _Judged) -> dict[str, Pair]:
    return {f"on day {day}": pair for day, pair in enumerate(judged.whole.days, start=1)}


def _added(days: Iterable[Pair]) -> Pair:
    parts = tuple(days)
    return sum(of for of, _ in parts), sum(per for _, per in parts)

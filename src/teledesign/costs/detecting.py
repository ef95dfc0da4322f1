"""Detectability beside cost: how long a change of a metric would take to show, at production volume.

Rows of a metric are those of its denominator that the design keeps; shares are the algebra's, of the first week.
Where whole users are kept or not, their rows resemble each other and are worth fewer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.costs.model import CostModel
from teledesign.costs.ranges import at_least, priced
from teledesign.costs.settings import check_settings
from teledesign.costs.traffic import session_share
from teledesign.design import values_of
from teledesign.detection import (
    CONFIDENCE,
    POWER,
    days_needed,
    rarest_seen,
    rows_needed,
    run_length,
    shift_of,
    smallest_change,
    worth,
)
from teledesign.expectation import Expectation
from teledesign.findings import Refusal, nearest
from teledesign.results.detecting import AtRate, Chart, Detectability, Seen
from teledesign.scenario.metrics import PER_BUILT_IN, Counted, Metric

__all__ = [
    "CHARTS",
    "RATES",
    "Kept",
    "Watched",
    "detectability",
    "kept_of",
    "metric_of",
    "rows_each_of",
    "targeting_share",
    "watched",
]

CHARTS: tuple[tuple[str, float], ...] = (("shewhart", 3.0), ("cusum", 5.0), ("ewma", 2.962))
"""Charts of the daily share with their usual limits: about one false alarm a year (Shewhart), less with the others."""
RATES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
WEEK, MONTH = 7.0, 30.0
Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Watched:
    """A metric over some users: its share, and the rows of its denominator per day and user whose client records."""

    share: float
    rows: float


@dataclass(frozen=True)
class Kept:
    """What the design keeps of a metric's rows: the shares that its events have of their own, and whether of users."""

    own: tuple[float | None, ...]
    by_user: bool

    def share(self, sampling: float) -> float:
        """The share kept at a sampling rate, which events without a share of their own follow."""
        return min((sampling if keep is None else keep for keep in self.own), default=sampling)


def detectability(
    model: CostModel,
    expected: Expectation,
    metric: str,
    change: float,
    *,
    where: Where | None = None,
    settings: Mapping[str, float] | None = None,
    confidence: float = CONFIDENCE,
    power: float = POWER,
) -> Detectability:
    """What the model's design shows of a change of a metric for the worse, overall and in a slice.

    Raises Refusal for a metric that is no share of rows, or that the design cannot compute, and for slices unknown.
    """
    settings = settings or {}
    check_settings(model.settings, settings, model.facts)
    found = metric_of(model, metric)
    _check_shares(change, confidence, power)
    _check_slice(model, where or {})
    whole = watched(expected, found, metric, {})
    part = watched(expected, found, metric, where) if where else None
    sign = 1 if found.better == "lower" else -1
    kept = kept_of(model, found, metric)
    values = {one.name: one.value for one in model.inputs} | dict(settings)
    reached = values["users"] * values["targeting"] * model.gathered.traffic.heard
    rows_each = rows_each_of(model, whole)

    def seen(title: str, one: Watched, sampling: float) -> Seen:
        share = kept.share(sampling)
        rows = float(reached * one.rows * share)
        worth_a_day = worth(rows, rows_each, values["likeness"], share) if kept.by_user else rows
        changed = _changed(one.share, sign * change, title)
        needed = rows_needed(one.share, changed, confidence, power)
        smallest = smallest_change(one.share, worth_a_day * WEEK, sign, confidence, power)
        days = days_needed(needed, worth_a_day)
        rarest = rarest_seen(rows * MONTH, confidence)
        return Seen(title, rows, worth_a_day, one.share, changed, needed, days, smallest, rarest)

    sampling = float(settings.get("sampling", model.gathered.design.sampling.keep))
    overall = seen("All", whole, sampling)
    slice_title = ", ".join(f"{name} {' or '.join(values)}" for name, values in (where or {}).items())
    sliced = seen(slice_title, part, sampling) if part else None
    aimed = targeting_share(model, expected, where)
    rates = []
    for rate in sorted({*RATES, sampling}, reverse=True):
        at = {**settings, "sampling": rate}
        narrowed = None
        if aimed is not None:
            narrowed = float(priced(model, {**at, "targeting": values["targeting"] * aimed}).totals["firm"])
        cost = float(priced(model, at).totals["firm"])
        there = seen(slice_title, part, rate).days if part else None
        rates.append(AtRate(rate, cost, seen("All", whole, rate).days, there, narrowed))
    return Detectability(
        scenario=model.gathered.scenario.scenario,
        design=model.gathered.design.design,
        design_title=model.gathered.design.title,
        metric=metric,
        metric_title=found.title or metric.replace("_", " "),
        change=sign * change,
        confidence=confidence,
        power=power,
        currency=model.sheet.currency,
        at_least=at_least(model)["firm"],
        overall=overall,
        slice=sliced,
        charts=tuple(_charts(overall, sliced, change)),
        rates=tuple(rates),
        where=dict(where or {}),
    )


def watched(expected: Expectation, metric: Metric, name: str, where: Where) -> Watched:
    """The share that a metric is among some users, and its rows per day and recording user.  Raises Refusal."""
    assert metric.of is not None
    assert metric.per is not None
    of, per = (_sliced(counted, where) for counted in (metric.of, metric.per))
    try:
        found, rows, user_days = expected.counts((of, per, Counted(name="user_days")), recorded=True)
    except (KeyError, ValueError) as mistake:
        known = ", ".join(metric.by) or "nothing"
        said = str(mistake).strip("'\"")
        raise Refusal(f"{name} cannot be sliced that way ({said}). It is meant to be sliced by {known}") from None
    if not rows > 0 or not user_days > 0:
        raise Refusal(f"nobody has {name} there: the slice is empty. Choose another value")
    share = found / rows
    if not 0 <= share <= 1:
        raise Refusal(f"{name} comes to {share:.4g} and is no share of rows. Choose a metric from 0 to 1")
    return Watched(share, rows / user_days)


def _sliced(counted: Counted, where: Where) -> Counted:
    if not where:
        return counted
    return counted.model_copy(update={"where": {**counted.where, **where}})


def metric_of(model: CostModel, name: str) -> Metric:
    """A metric of the scenario that is a share of rows.  Raises Refusal."""
    metrics = model.gathered.scenario.metrics
    usable = [key for key, one in metrics.items() if one.role != "outcome" and one.of and one.of.name and one.per]
    if name not in metrics:
        close = nearest(name, usable)
        remedy = f"Did you mean {close}?" if close else f"There are {', '.join(usable)}"
        raise Refusal(f"the scenario has no metric {name!r}. {remedy}")
    if metrics[name].role == "outcome":
        raise Refusal(f"{name} is truth, which no telemetry sees. Choose one of {', '.join(usable)}")
    if name not in usable:
        raise Refusal(f"{name} is no share of rows. Choose one of {', '.join(usable)}")
    return metrics[name]


def _check_slice(model: CostModel, where: Where) -> None:
    """Refuse names and values that nobody has.  Raises Refusal."""
    scenario = model.gathered.scenario
    for name, values in where.items():
        known = values_of(scenario, name)
        if not known:
            names = [
                *scenario.people.attributes,
                *(n for one in scenario.journey.values() for n in one.draws),
                "variant",
            ]
            close = nearest(name, names)
            sliceable = ", ".join(dict.fromkeys(one for one in names if values_of(scenario, one)))
            remedy = f"Did you mean {close}?" if close and values_of(scenario, close) else f"There are {sliceable}"
            raise Refusal(f"there is nothing called {name} to slice by. {remedy}")
        for value in values:
            if value not in known:
                close = nearest(value, known)
                remedy = f"Did you mean {close}?" if close else f"There are {', '.join(known)}"
                raise Refusal(f"{name} has no value {value}. {remedy}")


def _check_shares(change: float, confidence: float, power: float) -> None:
    if not 0 < change < 1:
        raise Refusal(f"a change of {change:g} cannot be looked for. Write --drop with a number between 0 and 1")
    for name, value in (("confidence", confidence), ("power", power)):
        if not 0.5 <= value < 1:
            raise Refusal(f"a {name} of {value:g} makes no test. Write a number from 0.5 and below 1")


def _changed(share: float, change: float, title: str) -> float:
    changed = share + change
    if not 0 <= changed <= 1:
        way = "fall" if change < 0 else "rise"
        raise Refusal(f"{title}: the metric is {share:.4g} and cannot {way} by {abs(change):g}. Write a smaller --drop")
    return changed


def rows_each_of(model: CostModel, whole: Watched) -> float:
    """Rows of a metric that one user has on a day with a session."""
    traffic = model.gathered.traffic
    active = traffic.active / traffic.heard if traffic.heard > 0 else 0.0
    return whole.rows / active if active > 0 else 0.0


def kept_of(model: CostModel, metric: Metric, name: str) -> Kept:
    """What the design keeps of a metric's rows.  Raises Refusal where it collects none."""
    collected = model.gathered.collected
    parts = [part.target for part in (metric.of, metric.per) if part is not None]
    events = [part for part in parts if part not in PER_BUILT_IN]
    missing = [event for event in events if event not in collected]
    if missing:
        raise Refusal(f"the design does not collect {missing[0]}, which {name} needs. Collect it, or choose another")
    by = model.gathered.design.sampling.by
    return Kept(
        tuple(collected[event].keep for event in events),
        any((collected[event].by or by) == "user" for event in events),
    )


def targeting_share(model: CostModel, expected: Expectation, where: Where | None) -> float | None:
    """The share of users that a slice is, where it can be targeted: by what is known of a user beforehand."""
    if not where or not set(where) <= set(model.gathered.scenario.people.attributes):
        return None
    return session_share(expected, dict(where))


def _charts(overall: Seen, part: Seen | None, change: float) -> Iterator[Chart]:
    for method, limit in CHARTS:
        found = [
            run_length(method, limit, _to_four(shift_of(change, one.worth_per_day, one.share))) if one else None
            for one in (overall, part)
        ]
        assert found[0] is not None
        yield Chart(method, limit, run_length(method, limit), found[0], found[1])


def _to_four(shift: float) -> float:
    """Four decimals, rounded as any language can."""
    return math.floor(shift * 1e4 + 0.5) / 1e4

"""What would be lost: which metrics, slices and incidents go dark when a signal is dropped, sampled or kept shorter.

Everything is worked out from the scenario: what a metric is counted from, where its slices are written, what each kind
of incident does to its signal by algebra (ranges at their middle, at full strength), and how many rows that takes at
production volume.  Which incident a log holds is drawn and stands nowhere here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from teledesign.costs import estimate, traffic_of
from teledesign.design import Collected, Design, collect_everything
from teledesign.detection import days_needed, rows_needed
from teledesign.expectation import Expectation
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.scenario.incidents import Incident, Signal
from teledesign.scenario.metrics import OF_BUILT_IN, PER_BUILT_IN, Counted, Metric
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.schedule import settled

__all__ = ["KEPT_DAYS", "RATES", "Change", "Dropped", "IncidentLoss", "Losses", "Needs", "losses_of"]

RATES = (1.0, 0.1, 0.01, 0.001, 0.0001)
"""Shares of users whose rows are kept, at which days are told."""
KEPT_DAYS = (1, 3, 7, 14, 30, 90)
"""Days that rows stay ready, at which losses are told."""
BUILT_IN = (*PER_BUILT_IN, *OF_BUILT_IN)
STILL = 1e-6
"""A change below this part of the value is none that the algebra can tell (time limits and clocks are beyond it)."""


@dataclass(frozen=True)
class Needs:
    """What must be collected: all these events, and for each slice one of the events that carry it."""

    events: tuple[str, ...]
    slices: Mapping[str, tuple[str, ...]]

    def missing(self, collected: Iterable[str]) -> tuple[str, ...]:
        """The events and slices that are not there."""
        there = set(collected)
        events = [event for event in self.events if event not in there]
        return (*events, *(name for name, carriers in self.slices.items() if not there.intersection(carriers)))


@dataclass(frozen=True)
class Change:
    """What an incident does to its signal: the value on an ordinary day and at full strength, and rows in production.

    `rows_needed` and `rows_a_day` are None where the value is no share of rows, so that counting rows says nothing.
    """

    before: float
    after: float
    rows_needed: float | None
    rows_a_day: float | None

    def days_at(self, rate: float) -> float | None:
        """Whole days of rows until the change shows; infinite for never."""
        if self.rows_needed is None or self.rows_a_day is None:
            return None
        return days_needed(self.rows_needed, self.rows_a_day * rate)


@dataclass(frozen=True)
class IncidentLoss:
    """One kind of incident: what its signal and its decoy need, and how its signal moves.

    `change` is None where the algebra cannot tell it: quantiles, time limits, clocks, sequence numbers.
    """

    name: str
    incident: Incident
    signal: Needs | None
    decoy: Needs | None
    change: Change | None

    @property
    def lasts_days(self) -> float:
        """How long it lasts at the middle of its range; infinite for good."""
        lasts = settled(self.incident).lasts
        return float(lasts) / DAY_S if isinstance(lasts, float) else math.inf

    def dark_without(self, collected: Sequence[str]) -> tuple[str, ...]:
        """What its signal misses in a design that collects these events; empty where it would show."""
        return self.signal.missing(collected) if self.signal else ()

    def only_misleads(self, collected: Sequence[str]) -> bool:
        """Whether such a design sees what misleads, and not the signal."""
        return bool(self.dark_without(collected)) and self.decoy is not None and not self.decoy.missing(collected)


@dataclass(frozen=True)
class Dropped:
    """One signal left out of a design that collects everything.

    `saved` is what the firm saves a month, None without a price sheet; `slices` are those that no other event carries.
    """

    event: str
    share_of_bytes: float
    saved: float | None
    metrics: tuple[str, ...]
    slices: tuple[str, ...]
    incidents: tuple[str, ...]
    misleading: tuple[str, ...]
    """The incidents among `incidents` of which only what misleads is left."""


@dataclass(frozen=True)
class Losses:
    """A scenario as seen by what a design might leave out."""

    scenario: Scenario
    metrics: Mapping[str, Needs]
    """What each metric that telemetry can compute needs."""
    incidents: Mapping[str, IncidentLoss]
    dropped: tuple[Dropped, ...]
    currency: str

    @property
    def joined(self) -> tuple[str, ...]:
        """Metrics that match two rows, so that sampling rows one by one keeps the square of the share."""
        return tuple(name for name in self.metrics if _joins(self.scenario.metrics[name]))

    def too_short(self, days: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The metrics and the incidents that need rows for longer than that."""
        metrics = tuple(name for name in self.metrics if (self.scenario.metrics[name].within or 0.0) > days * DAY_S)
        return metrics, tuple(name for name, loss in self.incidents.items() if (loss.incident.needs_days or 0) > days)


def losses_of(scenario: Scenario, sheet: PriceSheet | None) -> Losses:
    """Everything that the page says; without a price sheet nothing is said of money."""
    return _Working(scenario, sheet).losses()


@dataclass(frozen=True)
class _Working:
    """The scenario with its algebra, while losses are worked out."""

    scenario: Scenario
    sheet: PriceSheet | None

    @cached_property
    def usual(self) -> Expectation:
        """The algebra without incidents."""
        return Expectation(self.scenario)

    @cached_property
    def everything(self) -> Design:
        """The design of which something is left out."""
        return collect_everything(self.scenario)

    def losses(self) -> Losses:
        metrics = {
            name: self.needs(metric) for name, metric in self.scenario.metrics.items() if metric.role != "outcome"
        }
        incidents = {name: self.incident(name) for name in self.scenario.incidents}
        dropped = tuple(self.drops(metrics, incidents))
        return Losses(self.scenario, metrics, incidents, dropped, self.sheet.currency if self.sheet else "")

    # What is needed

    def needs(self, metric: Metric, where: Iterable[str] = ()) -> Needs:
        """The events of a metric, and who carries the names of a slice of it."""
        named = [counted.target for counted in (metric.of, metric.per) if counted is not None]
        named += [metric.field.partition(".")[0]] if metric.field else []
        events = tuple(dict.fromkeys(name for name in named if name not in BUILT_IN))
        return Needs(events, {name: self.carriers(name) for name in where if name not in ENVELOPE})

    def carriers(self, name: str) -> tuple[str, ...]:
        """The events that write a name down, under it or copied into another field."""
        return tuple(
            event
            for event, one in self.scenario.events.items()
            if any(field == name or described.copied == name for field, described in one.fields.items())
        )

    def of_signal(self, signal: Signal | None) -> Needs | None:
        """What a signal needs; None without one, and for truth, which no design sees."""
        if signal is None or self.scenario.metrics[signal.metric].role == "outcome":
            return None
        return self.needs(self.scenario.metrics[signal.metric], signal.where)

    # Incidents

    def incident(self, name: str) -> IncidentLoss:
        incident = self.scenario.incidents[name]
        return IncidentLoss(
            name,
            incident,
            self.of_signal(incident.signal),
            self.of_signal(incident.decoy_signal),
            self.change(name, incident.signal) if incident.signal else None,
        )

    def change(self, name: str, signal: Signal) -> Change | None:
        """The signal on a day of full strength, with and without the incident.  None where the algebra is at an end."""
        metric = self.scenario.metrics[signal.metric]
        if metric.role == "outcome" or metric.of is None or metric.per is None:
            return None
        of, per = sliced(metric.of, signal), sliced(metric.per, signal)
        fixed = settled(self.scenario.incidents[name])
        day = day_of_full_strength(fixed, self.scenario.product.clock.days)
        try:
            found, rows, user_days = self.usual.counts((of, per, Counted(name="user_days")), day, recorded=True)
            before, rows = found / rows, rows / user_days
            after = Expectation(self.scenario, {name: fixed}).ratio(of, per, day, recorded=True)
        except (KeyError, ValueError, ZeroDivisionError):
            return None
        if not (math.isfinite(before) and math.isfinite(after)) or abs(after - before) <= STILL * abs(before):
            return None
        if not (rows > 0 and 0 <= before <= 1 and 0 <= after <= 1):
            return Change(before, after, None, None)
        users = self.scenario.people.production.mode * self.traffic_heard
        return Change(before, after, rows_needed(before, after), users * rows)

    @cached_property
    def traffic_heard(self) -> float:
        """The share of sessions whose clients record."""
        return traffic_of(self.usual).heard

    # Dropping

    def drops(self, metrics: Mapping[str, Needs], incidents: Mapping[str, IncidentLoss]) -> Iterator[Dropped]:
        """Each signal left out in turn."""
        weights = self.usual.bytes_per_user_day(recorded=True)
        total = math.fsum(weight.bytes_per_user_day for weight in weights.values())
        traffic = traffic_of(self.usual)
        sliceable = {name for metric in self.scenario.metrics.values() for name in metric.by if name not in ENVELOPE}
        before = self.cost(self.everything, traffic)
        for event in self.scenario.events:
            left = [other for other in self.scenario.events if other != event]
            dark = tuple(name for name, needs in metrics.items() if needs.missing(left))
            after = self.cost(self.without(event, dark), traffic)
            yield Dropped(
                event=event,
                share_of_bytes=weights[event].bytes_per_user_day / total if total else 0.0,
                saved=None if before is None or after is None else before - after,
                metrics=dark,
                slices=tuple(sorted(name for name in sliceable if self.carriers(name) == (event,))),
                incidents=tuple(name for name, loss in incidents.items() if loss.dark_without(left)),
                misleading=tuple(name for name, loss in incidents.items() if loss.only_misleads(left)),
            )

    def cost(self, design: Design, traffic: object) -> float | None:
        """What a design costs the firm a month."""
        from teledesign.costs import Traffic

        if self.sheet is None:
            return None
        assert isinstance(traffic, Traffic)
        return estimate(self.scenario, design, self.sheet, expected=traffic).total.amount

    def without(self, event: str, dark: Sequence[str]) -> Design:
        """Everything but one event, what travels beside it, and the series of the metrics that go with it."""
        payloads = {
            name: share
            for name, share in self.everything.payloads.items()
            if self.scenario.payloads[name].beside != event
        }
        return self.everything.model_copy(
            update={
                "collects": {name: Collected() for name in self.scenario.events if name != event},
                "payloads": payloads,
                "series": {name: one for name, one in self.everything.series.items() if name not in dark},
            }
        )


def sliced(counted: Counted, signal: Signal) -> Counted:
    """What is counted, among a signal's slice; built-in denominators have none."""
    if counted.target in BUILT_IN:
        return counted
    return counted.model_copy(update={"where": {**counted.where, **signal.where}})


def day_of_full_strength(incident: Incident, days: int) -> int:
    """A day on which a settled incident is at its strongest: its middle, or the last of the log if it does not end."""
    assert isinstance(incident.begins, float)
    assert isinstance(incident.lasts, float)
    if math.isinf(incident.lasts):
        return days
    middle = incident.begins + max(incident.ramp, incident.lasts / 2)
    return min(days, int(middle // DAY_S) + 1)


def _joins(metric: Metric) -> bool:
    if metric.of is None or metric.per is None:
        return False
    events = {counted.target for counted in (metric.of, metric.per)} - set(BUILT_IN)
    return len(events) == 2

"""A topic's page of what would be lost: signals to switch off, and what goes dark with them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from teledesign.outputs.brief import FAMILIES
from teledesign.outputs.losing import KEPT_DAYS, RATES, Change, Dropped, IncidentLoss, Losses, Needs, losses_of
from teledesign.outputs.wording import said_number, said_several, said_share, said_span
from teledesign.prices import PriceSheet
from teledesign.rendering import Printed, prose_html, prose_html_inline
from teledesign.scenario import Scenario
from teledesign.scenario.incidents import Signal
from teledesign.scenario.metrics import Metric

__all__ = ["LosePage", "lose_page"]

MOVES = {"up": "rises", "down": "falls", "not": "does not move"}
ROLES = {
    "proxy": "Proxies, which stand in for what one really wants to know",
    "guardrail": "Guardrails, which must not get worse",
    "health": "Health of product and telemetry",
    "outcome": "Outcomes, which only truth can answer: no design sees them",
}
BEYOND = "not by counting rows"
"""Said where a signal is no share of rows, or where no algebra tells it."""


@dataclass(frozen=True)
class SignalView:
    """A signal that can be switched off: what it costs and what goes dark with it."""

    event: str
    says: Printed
    bytes_share: str
    saved: str
    metrics: Sequence[str]
    slices: Sequence[str]
    incidents: Sequence[str]
    misleading: Sequence[str]
    dark: str
    """How much goes dark with it, in a few words; empty where nothing does."""


@dataclass(frozen=True)
class IncidentView:
    """A kind of incident; `needs`, `any`, `rows`, `daily` and `days` are for the page's script."""

    name: str
    title: str
    family: str
    says: Printed | None
    shows_first: Printed
    signal: str
    needed: str
    before: str
    after: str
    decoy: Printed
    decoy_signal: str
    brings: str
    log_days: int
    log_needs: str
    lasts: str
    at: Sequence[str]
    needs: str
    any: str
    decoy_needs: str
    decoy_any: str
    rows: str
    daily: str
    lasting: str


@dataclass(frozen=True)
class MetricView:
    """A metric that a team may watch."""

    name: str
    title: str
    says: Printed | None
    better: str
    needed: str
    window: str
    by: str
    needs: str
    window_days: str


@dataclass(frozen=True)
class MetricGroup:
    """The metrics of one role."""

    title: str
    seen: bool
    metrics: Sequence[MetricView]


@dataclass(frozen=True)
class Kept:
    """So many days of rows: what needs more."""

    days: str
    metrics: Sequence[str]
    incidents: Sequence[str]


@dataclass(frozen=True)
class Choice:
    """A value one may choose: as the script reads it, and in words."""

    value: str
    title: str


@dataclass(frozen=True)
class LosePage:
    """Everything the page prints before its script runs."""

    called: str
    production: str
    signals: Sequence[SignalView]
    incidents: Sequence[IncidentView]
    metrics: Sequence[MetricGroup]
    watched: int
    kept: Sequence[Kept]
    rates: Sequence[Choice]
    days: Sequence[Choice]
    joined: Sequence[str]
    currency: str
    most: SignalView
    """The signal that costs most."""


def lose_page(scenario: Scenario, sheet: PriceSheet | None) -> LosePage:
    """The page's view."""
    losses = losses_of(scenario, sheet)
    titles = {name: incident.title for name, incident in scenario.incidents.items()}
    signals = tuple(_signal(scenario, dropped, titles, losses.currency) for dropped in losses.dropped)
    dearest = max(losses.dropped, key=lambda one: (one.saved or 0.0, one.share_of_bytes))
    return LosePage(
        called=scenario.people.called,
        production=said_number(scenario.people.production.mode),
        signals=signals,
        incidents=tuple(_incident(scenario, loss) for loss in losses.incidents.values()),
        metrics=tuple(_metrics(losses)),
        watched=len(losses.metrics),
        kept=tuple(_kept(losses, days, titles) for days in KEPT_DAYS),
        rates=tuple(Choice(_number(rate), said_rate(rate)) for rate in RATES),
        days=tuple(Choice(str(days), said_span(days * 86400.0)) for days in reversed(KEPT_DAYS)),
        joined=tuple(losses.joined),
        currency=losses.currency,
        most=next(one for one in signals if one.event == dearest.event),
    )


def said_rate(rate: float) -> str:
    """A share of users in words: `all`, `1 in 100`."""
    return "all" if rate == 1 else f"1 in {said_number(round(1 / rate))}"


def _signal(scenario: Scenario, dropped: Dropped, titles: Mapping[str, str], currency: str) -> SignalView:
    return SignalView(
        event=dropped.event,
        says=prose_html_inline(scenario.events[dropped.event].says),
        bytes_share=said_part(dropped.share_of_bytes),
        saved=f"{dropped.saved:,.0f} {currency}" if dropped.saved is not None else "",
        metrics=dropped.metrics,
        slices=[name.replace("_", " ") for name in dropped.slices],
        incidents=[titles[name] for name in dropped.incidents],
        misleading=[titles[name] for name in dropped.misleading],
        dark=said_dark(dropped),
    )


def said_dark(dropped: Dropped) -> str:
    """`two metrics and one incident go dark`; empty where nothing does."""
    counted = ((len(dropped.metrics), "metric"), (len(dropped.slices), "slice"), (len(dropped.incidents), "incident"))
    parts = [said_several(count, what) for count, what in counted if count]
    if not parts:
        return ""
    together = sum(count for count, _ in counted)
    *others, last = parts
    return f"{', '.join(others)}{' and ' if others else ''}{last} {'goes' if together == 1 else 'go'} dark"


def said_part(share: float) -> str:
    """A share in percent, as coarse as it matters: `54 %`, `0.2 %`, `less than 0.1 %`."""
    if share < 0.001:
        return "less than 0.1 %"
    return said_share(round(share, 2) if share >= 0.1 else round(share, 3))


def _incident(scenario: Scenario, loss: IncidentLoss) -> IncidentView:
    incident, change = loss.incident, loss.change
    lasting = loss.lasts_days
    return IncidentView(
        name=loss.name,
        title=incident.title,
        family=FAMILIES[incident.family],
        says=prose_html(incident.says) if incident.says else None,
        shows_first=prose_html_inline(incident.shows_first),
        signal=said_signal(incident.signal),
        needed=said_needs(loss.signal),
        before=said_value(change, change.before) if change else "",
        after=said_value(change, change.after) if change else "",
        decoy=prose_html_inline(incident.decoy),
        decoy_signal=said_signal(incident.decoy_signal),
        brings=incident.brings.called if incident.brings else "",
        log_days=incident.needs_days or 0,
        log_needs=said_span((incident.needs_days or 0) * 86400.0) if incident.needs_days else "",
        lasts="for good" if math.isinf(lasting) else said_span(round(lasting * 86400.0, 3)),
        at=[_days(change, rate, lasting) for rate in RATES],
        needs=_words(loss.signal.events if loss.signal else ()),
        any=_carried(loss.signal),
        decoy_needs=_words(loss.decoy.events if loss.decoy else ()),
        decoy_any=_carried(loss.decoy),
        rows=_number(change.rows_needed if change else None),
        daily=_number(change.rows_a_day if change else None),
        lasting=_number(lasting),
    )


def said_signal(signal: Signal | None) -> str:
    """`no shoe found rises where format is jpeg`; empty without one."""
    if signal is None:
        return ""
    said = f"{signal.metric.replace('_', ' ')} {MOVES[signal.moves]}"
    parts = [
        f"{name.replace('_', ' ')} is {' or '.join(str(value) for value in values)}"
        for name, values in signal.where.items()
    ]
    return f"{said} where {' and '.join(parts)}" if parts else said


def said_needs(needs: Needs | None) -> str:
    """The events behind a signal in words; of a slice, those that carry it where they are few."""
    if needs is None:
        return ""
    return ", ".join(needs.events) or "rows of any event"


def said_value(change: Change, value: float) -> str:
    """A share in percent, any other ratio as a number."""
    if change.rows_a_day is not None:
        return said_share(round(value, 3))
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _days(change: Change | None, rate: float, lasting: float) -> str:
    found = change.days_at(rate) if change else None
    if found is None:
        return BEYOND
    if found > max(1.0, lasting):
        return "over before it shows" if math.isfinite(found) else "never"
    return said_span(found * 86400.0)


def _metrics(losses: Losses) -> Iterator[MetricGroup]:
    for role, title in ROLES.items():
        views = tuple(
            _metric(name, metric, losses.metrics.get(name))
            for name, metric in losses.scenario.metrics.items()
            if metric.role == role
        )
        if views:
            yield MetricGroup(title, role != "outcome", views)


def _metric(name: str, metric: Metric, needs: Needs | None) -> MetricView:
    window = metric.within or 0.0
    return MetricView(
        name=name,
        title=metric.title or name.replace("_", " ").capitalize(),
        says=prose_html_inline(metric.says) if metric.says else None,
        better={"higher": "Higher is better", "lower": "Lower is better", None: ""}[metric.better],
        needed=said_needs(needs),
        window=said_span(window) if window else "",
        by=", ".join(one.replace("_", " ") for one in metric.by),
        needs=_words(needs.events if needs else ()),
        window_days=_number(window / 86400.0),
    )


def _kept(losses: Losses, days: int, titles: Mapping[str, str]) -> Kept:
    metrics, incidents = losses.too_short(days)
    return Kept(said_span(days * 86400.0), metrics, [titles[name] for name in incidents])


def _words(names: Iterable[str]) -> str:
    return " ".join(names)


def _carried(needs: Needs | None) -> str:
    """Slices with the events that carry them, for the script: `format:a,b;department:a`."""
    return ";".join(f"{name}:{','.join(events)}" for name, events in (needs.slices if needs else {}).items())


def _number(value: float | None) -> str:
    """A number as scripts read it; empty for none and for what is without end."""
    return f"{value:.15g}" if value is not None and math.isfinite(value) else ""

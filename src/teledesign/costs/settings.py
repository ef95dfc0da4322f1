"""Levers and assumptions: what of an estimate can be set, with its bounds and where its value comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from teledesign.costs.collected import Gathered
from teledesign.findings import Finding, Refusal, nearest
from teledesign.formulas import plain_number
from teledesign.prices import PriceSheet
from teledesign.units import UNITS

__all__ = ["Setting", "check_settings", "settings_of"]

MOBILE_SHARE = 0.3
REQUEST_BYTES = 600.0
COLD_SIZE = 0.12
"""Assumed where nothing says otherwise: three users in ten pay for their data; a request's headers weigh 600 bytes;
rows packed in columns take 12 % of their JSON (published figures run from 5 to 15 %)."""


@dataclass(frozen=True)
class Setting:
    """A number that can be set."""

    name: str
    title: str
    unit: str
    role: Literal["lever", "assumption"]
    default: float
    low: float
    high: float
    says: str = ""


def settings_of(gathered: Gathered, sheet: PriceSheet) -> tuple[Setting, ...]:
    """The levers of a design, then the assumptions behind its estimate."""
    return (*_levers(gathered), *_assumptions(gathered, sheet), *_looking(gathered))


def _levers(gathered: Gathered) -> Iterable[Setting]:
    design = gathered.design
    yield _lever(
        "sampling", "Share of rows kept", "1", design.sampling.keep, 0, 1, "Of events without a share of their own."
    )
    yield _lever(
        "targeting", "Share of users whose telemetry is wanted", "1", design.targeting.share * gathered.matching, 0, 1
    )
    yield _lever("hot_days", "Days ready for queries", "day", design.retention.hot_days, 0, 3650)
    yield _lever("cold_days", "Days in the cheap store", "day", design.retention.cold_days, 0, 36500)
    yield _lever("batch", "Rows in one request, at most", "event/request", design.transport.batch, 1, 100_000)
    packed = 0.0 if design.transport.compression == "none" else 1.0
    yield _lever("compression", "Share of requests that are compressed", "1", packed, 0, 1)
    for name in gathered.shape.payloads:
        share = design.payloads.get(name, 0.0)
        beside = gathered.scenario.payloads[name].beside
        yield _lever(f"payload_{name}", f"Share of {beside} rows with a {name.replace('_', ' ')}", "1", share, 0, 1)


def _lever(name: str, title: str, unit: str, value: float, low: float, high: float, says: str = "") -> Setting:
    return Setting(name, title, unit, "lever", float(value), float(low), float(high), says)


def _assumed(name: str, title: str, unit: str, value: float, low: float, high: float, says: str = "") -> Setting:
    return Setting(name, title, unit, "assumption", float(value), float(low), float(high), says)


def _assumptions(gathered: Gathered, sheet: PriceSheet) -> Iterable[Setting]:
    scenario, design = gathered.scenario, gathered.design
    users = scenario.people.production.mode
    yield _assumed("users", f"{scenario.people.called.capitalize()} in production", "user", users, 1, 1e10)
    yield _assumed("days", "Days in a month", "day/month", sheet.days_per_month, 28, 31)
    mobile = gathered.traffic.mobile
    share = 0.0 if design.transport.wifi_only == "yes" else MOBILE_SHARE if mobile is None else mobile
    yield _assumed("mobile_share", "Share of bytes sent over a data plan", "1", share, 0, 1)
    yield _assumed("request_overhead", "Bytes of headers a request", "byte/request", REQUEST_BYTES, 0, 100_000)
    yield _assumed("hot_size", "Bytes kept hot per byte of a row", "1", 1.0, 0.001, 10)
    yield _assumed("cold_size", "Bytes kept cold per byte of a row", "1", COLD_SIZE, 0.001, 10)
    yield _assumed("exports", "Share of what is collected that is copied out", "1", design.exports, 0, 1)
    row = sheet.row_of("query")
    smallest = None if row is None else row.smallest
    floor = 0.0 if smallest is None else smallest.in_unit(UNITS["byte"])
    yield _assumed("smallest_query", "Bytes billed for a query at least", "byte", floor, 0, 1e12)
    yield _assumed(
        "free_tier", "Share of free allowances left for this", "1", 1.0, 0, 1, "0 where others of the firm use them up."
    )


def _looking(gathered: Gathered) -> Iterable[Setting]:
    design = gathered.design
    count = sum(series.count for series in design.series.values())
    numbers = sum(series.count / series.every for series in design.series.values())
    every = round(count / numbers, 9) if count else 60.0
    yield _assumed("series", "Metric series", "series", count, 0, 1e12)
    yield _assumed("series_every", "Time between two numbers of a series", "s", every, 0.001, 1e7)
    yield _assumed("included_every", "Time between two numbers that a series' price includes", "s", 60.0, 1, 86400)
    labels = design.labels
    yield _assumed("labels", "Interactions labelled a month", "item/month", labels.per_month if labels else 0.0, 0, 1e9)
    minutes = labels.minutes_each if labels else 1.0
    yield _assumed("label_minutes", "Work on one judgement", "work_minute/item", minutes, 0.001, 1000)
    yield _assumed("labellers", "People who judge each", "1", labels.labellers if labels else 1, 1, 100)
    for at, query in enumerate(design.queries, 1):
        yield _assumed(f"runs_{at}", f"Runs a day: {query.title}", "1/day", query.runs_per_day, 0, 1e7)
        yield _assumed(f"window_{at}", f"Days it looks back: {query.title}", "day", query.window_days, 0.001, 36500)
        yield _assumed(f"columns_{at}", f"Share of bytes it reads: {query.title}", "1", query.columns, 0, 1)


def check_settings(settings: Iterable[Setting], given: Mapping[str, float], facts: Iterable[str] = ()) -> None:
    """Refuse names that cannot be set and values out of bounds, all at once; nothing is clamped.  Raises Refusal."""
    known = {setting.name: setting for setting in settings}
    fixed = set(facts)
    findings = []
    for name, value in given.items():
        setting = known.get(name)
        if setting is None:
            findings.append(Finding("unknown-setting", _no_setting(name, known, fixed), name))
        elif not setting.low <= value <= setting.high:
            low, high = plain_number(setting.low), plain_number(setting.high)
            message = f"{value:g} is outside what is possible. Write a number from {low} to {high}"
            findings.append(Finding("setting-out-of-range", message, name))
    if findings:
        raise Refusal("the estimate cannot be made with these settings. Correct them", findings)


def _no_setting(name: str, known: Mapping[str, Setting], fixed: set[str]) -> str:
    if name in fixed:
        return f"{name} follows from the scenario and the design and cannot be set. Change them instead"
    close = nearest(name, known)
    remedy = f"Did you mean {close}?" if close else f"These can be set: {', '.join(known)}"
    return f"there is no such lever. {remedy}"

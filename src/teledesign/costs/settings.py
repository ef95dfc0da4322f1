"""Levers and assumptions: what of an estimate can be set, with its bounds and where its value comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from teledesign.costs.collected import DAY_S, Gathered, printed
from teledesign.design import Monitor, combinations
from teledesign.detection import false_alarm_spacing
from teledesign.findings import Finding, Refusal, nearest
from teledesign.formulas import plain_number
from teledesign.levers import LEVERS, Lever, payload_lever
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.units import UNITS

__all__ = ["Setting", "check_settings", "settings_of"]

MOBILE_SHARE = 0.3
REQUEST_BYTES = 600.0
LIKENESS = 0.05
"""Assumed where nothing says otherwise: three users in ten pay for their data; a request's headers weigh 600 bytes;
rows of one user resemble each other a little (an intraclass correlation, for which nothing was read)."""

COLUMNS_DOUBT = (0.05, 0.15)
"""Share of rows' JSON that is left when they are packed in columns, as published for logs of many kinds."""


@dataclass(frozen=True)
class Assumed:
    """An assumption that is the same for every design: its value, its bounds, and how far it may be off."""

    name: str
    title: str
    unit: str
    value: float
    low: float
    high: float
    doubt: tuple[float, float] | None = None
    says: str = ""


MACHINES: tuple[Assumed, ...] = (
    Assumed("readers", "Readers of the stream", "1", 1, 0, 100),
    Assumed("peak", "Busiest moment against the average", "1", 3, 1, 1000, (2, 6)),
    Assumed("job_runs", "Runs of the jobs a day", "run/day", 24, 0, 100_000),
    Assumed("job_start", "Processor time of one run, whatever it reads", "core hour/run", 0.05, 0, 1000, (0.02, 0.2)),
    Assumed("job_work", "Processor time for a GB", "core hour/GB", 0.01, 0, 1000, (0.005, 0.05)),
    Assumed("object_every", "Time between two files of the store", "s", 300, 1, 86400),
    Assumed("object_partitions", "Files written at a time", "request", 4, 1, 100_000),
    Assumed(
        "zone_share", "Share of bytes that goes to another zone", "1", 0.67, 0, 10, (0.33, 1), "Two zones of three."
    ),
)
WORK: tuple[Assumed, ...] = (
    Assumed("true_alarms", "Alarms with something behind them, a month", "item/month", 0, 0, 1e6),
    Assumed("alarm_minutes", "Work on one alarm", "work_minute/item", 30, 0, 10_000, (10, 60)),
    Assumed(
        "asking",
        "Share of users who ask in a month what is known of them, or want it gone",
        "item/(user month)",
        1e-5,
        0,
        1,
        (2e-6, 2e-5),
    ),
    Assumed(
        "request_minutes",
        "Work on one such request",
        "work_minute/item",
        0.25,
        0,
        100_000,
        (0.1, 1),
        "A program answers nearly all; by hand, firms speak of days.",
    ),
    Assumed("rewrites", "Searches through all that is kept, a month", "1/month", 1, 0, 1000),
    Assumed("scan_share", "Share of bytes searched for personal content", "1", 0.01, 0, 1),
)
DEVICE: tuple[Assumed, ...] = (
    Assumed("wake_energy", "Energy to wake a mobile radio", "J/request", 0.31, 0, 1000),
    Assumed(
        "tail_energy", "Energy until it sleeps again", "J/request", 12.3, 0, 1000, (4, 14), "LTE of 2012; remembered."
    ),
    Assumed("piggyback", "Share of sends while the radio is awake anyway", "1", 0, 0, 1, (0, 0.8)),
    Assumed("byte_energy", "Energy to send a byte", "J/byte", 3.5e-6, 0, 1),
    Assumed("battery", "Energy in a full battery", "J", 54_000, 1, 1e9, (36_000, 72_000)),
    Assumed("work_each", "Processor time on the device for one row", "s/event", 0.0001, 0, 10),
)
"""Assumed for every design.  The radio's figures are remembered from a study of LTE of 2012 (MobiSys)."""


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
    doubt: tuple[float, float] | None = None
    """How low and how high it may really be, where that is uncertain; its value is the likeliest."""


def settings_of(gathered: Gathered, sheet: PriceSheet) -> tuple[Setting, ...]:
    """The levers of a design, then the assumptions behind its estimate."""
    return (*_levers(gathered), *_assumptions(gathered, sheet), *_looking(gathered), *_around(gathered))


def _levers(gathered: Gathered) -> Iterable[Setting]:
    design = gathered.design
    values = {
        "sampling": design.sampling.keep,
        "targeting": design.targeting.share * gathered.matching,
        "hot_days": design.retention.hot_days,
        "cold_days": design.retention.cold_days,
        "batch": design.transport.batch,
        "compression": 0.0 if design.transport.compression == "none" else 1.0,
        "bare": 0.0,
    }
    yield from (_lever(lever, values[name]) for name, lever in LEVERS.items())
    for name in gathered.shape.payloads:
        lever = payload_lever(name, gathered.scenario.payloads[name].beside)
        yield _lever(lever, design.payloads.get(name, 0.0))


def _lever(lever: Lever, value: float) -> Setting:
    bounds = float(lever.low), float(lever.high)
    return Setting(lever.name, lever.title, lever.unit, "lever", float(value), *bounds, lever.says)


def _assumed(
    name: str,
    title: str,
    unit: str,
    value: float,
    low: float,
    high: float,
    says: str = "",
    doubt: tuple[float, float] | None = None,
) -> Setting:
    return Setting(
        name, title, unit, "assumption", float(value), float(low), float(high), says, _around_it(value, doubt)
    )


def _around_it(value: float, doubt: tuple[float, float] | None) -> tuple[float, float] | None:
    """A range that holds the value itself; a design that says otherwise widens it."""
    return None if doubt is None else (min(float(doubt[0]), float(value)), max(float(doubt[1]), float(value)))


def _assumptions(gathered: Gathered, sheet: PriceSheet) -> Iterable[Setting]:
    scenario, design = gathered.scenario, gathered.design
    people = scenario.people.production
    title = f"{scenario.people.called.capitalize()} in production"
    yield _assumed("users", title, "user", people.mode, 1, 1e10, doubt=(people.low, people.high))
    growth = scenario.people.growth_per_month
    yield _assumed("growth", "Growth of users a month", "1", growth, -0.9, 10, "Moves the months of a forecast only.")
    yield _assumed("likeness", "Likeness of one user's rows", "1", LIKENESS, 0, 1, "Moves detection only; 0 is none.")
    yield _assumed("days", "Days in a month", "day/month", sheet.days_per_month, 28, 31)
    mobile = gathered.traffic.mobile
    share = 0.0 if design.transport.wifi_only == "yes" else MOBILE_SHARE if mobile is None else mobile
    yield _assumed("mobile_share", "Share of bytes sent over a data plan", "1", share, 0, 1, "", _near(share))
    headers = (300.0, 1200.0)
    yield _assumed(
        "request_overhead", "Bytes of headers a request", "byte/request", REQUEST_BYTES, 0, 100_000, "", headers
    )
    copies = design.retention.copies
    kept = "Indexes and copies counted."
    yield _assumed(
        "hot_size", "Bytes kept hot per byte of a row", "1", copies, 0.001, 100, kept, (0.8 * copies, 1.3 * copies)
    )
    cold = (COLUMNS_DOUBT[0] * copies, COLUMNS_DOUBT[1] * copies)
    columns = scenario.packing.columns * copies
    yield _assumed("cold_size", "Bytes kept cold per byte of a row", "1", columns, 0.001, 100, kept, cold)
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
    half, twice = (minutes / 2, minutes * 2)
    yield _assumed(
        "label_minutes", "Work on one judgement", "work_minute/item", minutes, 0.001, 1000, "", (half, twice)
    )
    yield _assumed("label_rework", "Share judged once more", "1", labels.rework if labels else 0.0, 0, 1)
    yield _assumed("labellers", "People who judge each", "1", labels.labellers if labels else 1, 1, 100)
    for at, query in enumerate(design.queries, 1):
        yield _assumed(f"runs_{at}", f"Runs a day: {query.title}", "1/day", query.runs_per_day, 0, 1e7)
        yield _assumed(f"window_{at}", f"Days it looks back: {query.title}", "day", query.window_days, 0.001, 36500)
        yield _assumed(f"columns_{at}", f"Share of bytes it reads: {query.title}", "1", query.columns, 0, 1)
        yield _assumed(f"partitions_{at}", f"Share of rows it reads: {query.title}", "1", query.partitions, 0, 1)


def _around(gathered: Gathered) -> Iterable[Setting]:
    """What the design says of people's work around the data, and what is assumed of machines, work and devices."""
    design, care = gathered.design, gathered.design.care
    boards = care.boards if care.boards is not None else 1.0 if design.queries or design.series else 0.0
    yield _assumed("boards", "Dashboards", "board", boards, 0, 1e6)
    yield _assumed("seats", "People who look at them", "seat", boards if care.seats is None else care.seats, 0, 1e6)
    streams = [streams_of(gathered.scenario, monitor) for monitor in design.monitors.values()]
    yield _assumed("alarms", "Metrics and slices watched", "alarm", sum(streams), 0, 1e9)
    yield _assumed("false_alarms", "False alarms a month", "item/month", printed(_false_alarms(gathered)), 0, 1e9)
    yield _assumed("reviews", "Reports read by a person a month", "item/month", care.reviews_per_month, 0, 1e9)
    yield _assumed("review_minutes", "Work on one report", "work_minute/item", care.review_minutes, 0, 10_000)
    yield _assumed("audits", "Audits a month", "item/month", care.audits_per_year / 12, 0, 1000)
    yield _assumed("audit_hours", "Work on one audit", "work_hour/item", care.audit_hours, 0, 10_000)
    yield _assumed(
        "event_hours", "Work on one kind of event a month", "work_hour/(item month)", care.hours_per_event, 0, 744
    )
    yield _assumed("changes", "Changes of what is collected a month", "item/month", care.changes_per_month, 0, 1000)
    yield _assumed("change_hours", "Work on one change", "work_hour/item", care.change_hours, 0, 10_000)
    personal = any(gathered.scenario.events[name].privacy != "P0" for name in gathered.collected)
    says = "0 where rows carry no id of a person."
    yield _assumed("identified", "Share of users whose rows carry an id", "1", 1.0 if personal else 0.0, 0, 1, says)
    for one in (*MACHINES, *WORK, *DEVICE):
        yield _assumed(one.name, one.title, one.unit, one.value, one.low, one.high, one.says, one.doubt)


def streams_of(scenario: Scenario, monitor: Monitor) -> float:
    """How many numbers a monitor watches: one for each combination of its slices."""
    return float(combinations(scenario, monitor.by))


def _false_alarms(gathered: Gathered) -> float:
    """Alarms a month when nothing is wrong: checks of every stream over the run length of its chart.

    A threshold is a wish and no chart; how often chance crosses it depends on the metric, and none are counted.
    """
    total = 0.0
    for monitor in gathered.design.monitors.values():
        length = false_alarm_spacing(monitor.method, monitor.threshold)
        if length is not None:
            total += streams_of(gathered.scenario, monitor) * 30.0 * DAY_S / monitor.window / length
    return total


def _near(share: float) -> tuple[float, float]:
    return max(0.0, round(share - 0.15, 9)), min(1.0, round(share + 0.15, 9))


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
            said = repr(float(value)).removesuffix(".0")
            message = f"{said} is outside what is possible. Write a number from {low} to {high}"
            findings.append(Finding("setting-out-of-range", message, name))
    if findings:
        raise Refusal("the estimate cannot be made with these settings. Correct them", findings)


def _no_setting(name: str, known: Mapping[str, Setting], fixed: set[str]) -> str:
    if name in fixed:
        return f"{name} follows from the scenario and the design and cannot be set. Change them instead"
    close = nearest(name, known)
    remedy = f"Did you mean {close}?" if close else f"These can be set: {', '.join(known)}"
    return f"there is no such lever. {remedy}"

"""Telemetry designs: what a student hands in, and whether it speaks of its scenario.

A design says which events are collected and how many of their rows, from whom, with which content, how they
travel, how long they are kept, and who looks at what.  Naming a scenario where a design is wanted means
`collect_everything` of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Strict, model_validator

from teledesign.findings import Finding, nearest
from teledesign.prose import Prose
from teledesign.scenario import Scenario
from teledesign.scenario.base import Frozen, Name, Number, Text, Where, as_list, told, unsaid
from teledesign.scenario.events import ENVELOPE
from teledesign.scenario.quantities import Duration, Fraction
from teledesign.scenario.scenario import ScenarioId

__all__ = [
    "COMPRESSIONS",
    "EVERYTHING",
    "METHODS",
    "Care",
    "Collected",
    "Design",
    "Labels",
    "Monitor",
    "Query",
    "Retention",
    "Sampling",
    "Series",
    "Summary",
    "Targeting",
    "Transport",
    "check_design",
    "collect_everything",
]

EVERYTHING = "everything"
"""What `collects` says of every event, and the id of the design that stands in where none is named."""
COMPRESSIONS = ("none", "gzip", "zstd")
METHODS = ("threshold", "shewhart", "cusum", "ewma")
SampledBy = Literal["user", "session", "event"]
DAY_S = 86400.0


class Sampling(Frozen):
    """Which share of rows is kept, and what the dice are thrown for: users whole, sessions whole, or each row."""

    keep: Fraction = told("The share kept.", 1.0)
    by: SampledBy = told("What is kept or not: all rows of a user, of a session, or each row by itself.", "user")


class Collected(Frozen):
    """One event of the design.  Written as `sampled`, `whole`, or with its own settings."""

    keep: Fraction | None = told("A share of its own, in place of the design's sampling.", None)
    by: SampledBy | None = told("What its own share is of; the design's sampling says it where left out.", None)
    fields: tuple[Name, ...] | None = told("Only these of the event's own fields are sent.", None)
    without: tuple[Name, ...] = told("These of the event's own fields are not sent.", ())

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        short: dict[str, dict[str, object]] = {"sampled": {}, "whole": {"keep": 1.0}}
        if isinstance(raw, str):
            if raw not in short:
                raise ValueError(f"{raw!r:.60} is no way to collect an event. Write sampled, whole or {{keep: 0.1}}")
            return short[raw]
        return raw

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.fields is not None and self.without:
            raise ValueError("fields are listed in one way. Write fields or without")
        if self.by is not None and self.keep is None:
            raise ValueError("by speaks of a share of its own. Add keep, or take by out")
        return self

    def keeps(self, field: str) -> bool:
        """Whether a field of the event is sent."""
        return field not in self.without if self.fields is None else field in self.fields

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        names: dict[str, object] = {"type": "array", "items": {"type": "string"}}
        kinds: dict[str, dict[str, object]] = {
            "keep": {"type": "number", "minimum": 0, "maximum": 1},
            "by": {"enum": ["user", "session", "event"]},
            "fields": names,
            "without": names,
        }
        keys = {name: {"description": cls.model_fields[name].description, **kind} for name, kind in kinds.items()}
        return {
            "description": "How one event is collected: sampled as the design says, whole, or with its own settings.",
            "anyOf": [
                {"enum": ["sampled", "whole"]},
                {"type": "object", "properties": keys, "additionalProperties": False},
            ],
        }


def _everything(value: object) -> object:
    if isinstance(value, str) and value != EVERYTHING:
        raise ValueError(f"{value!r:.60} is no list of events. Write everything, or each event's name and how")
    return value


Events = Annotated[
    Literal["everything"] | dict[Name, Collected],
    BeforeValidator(_everything),
]


class Targeting(Frozen):
    """Whose telemetry is wanted at all: a share of the users, or of those who match."""

    share: Fraction = told("Share of users, or of the users that match.", 1.0)
    where: Where = told("Attributes of the user: {platform: android}.", {})


class Summary(Frozen):
    """Rows counted up on the device: one row a window in place of every row."""

    of: tuple[Name, ...] = told("The events that are counted up.", min_length=1)
    window: Literal["session", "day"] = told("One row per session, or per day on which there was a session.")
    bytes: Annotated[int, Strict()] = told("Bytes of a summary row with its envelope.", 300, ge=1, le=1_000_000)
    says: Prose | None = told("What the summary holds.", None)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        return {**raw, "of": as_list(raw["of"])} if isinstance(raw, dict) and "of" in raw else raw


class Retention(Frozen):
    """How long rows are kept: ready for queries, and then in the cheap store."""

    hot_days: Number = told("Days ready for queries.", 90.0, ge=0, le=3650)
    cold_days: Number = told("Days in the cheap store after that.", 0.0, ge=0, le=36500)
    copies: Number = told("How often each row is stored, backups counted.", 1.0, ge=1, le=20)


class Transport(Frozen):
    """How rows travel from the device."""

    batch: Number = told("Rows in one request, at most.", 1.0, ge=1, le=100_000)
    flush: Duration = told("The longest that a row waits on the device.", DAY_S, gt=0)
    compression: Literal["none", "gzip", "zstd"] = told("How a request is compressed.", "none")
    wifi_only: Literal["yes", "no"] = told("Whether rows wait for a connection that costs the user nothing.", "no")


class Series(Frozen):
    """Metrics kept as time series, one number at a time."""

    count: Number = told("How many series: the metric times each combination of its labels.", ge=0, le=1_000_000_000)
    every: Duration = told("Time between two numbers of a series.", 60.0, gt=0)
    says: Prose | None = told("What they show.", None)


class Query(Frozen):
    """A question asked of the rows again and again."""

    title: Text = told("What is asked.")
    runs_per_day: Number = told("How often a day.", ge=0, le=10_000_000)
    window_days: Number = told("How many days it looks back.", gt=0, le=36500)
    columns: Fraction = told("The share of each row's bytes that is read; 1 where rows are stored whole.", 1.0)
    partitions: Fraction = told("The share of the rows of those days that is read; 1 where none can be skipped.", 1.0)


class Labels(Frozen):
    """Interactions that people look at and judge."""

    per_month: Number = told("How many a month.", ge=0, le=1_000_000_000)
    minutes_each: Number = told("Minutes of work for one judgement.", gt=0, le=1000)
    labellers: Annotated[int, Strict()] = told("How many people judge each.", 1, ge=1, le=100)
    rework: Fraction = told("The share that is judged once more.", 0.0)


class Care(Frozen):
    """The work around the data that nobody sees in a log: looking, reviewing, auditing, keeping it going."""

    boards: Number | None = told("Dashboards; one where there are queries or series and nothing is said.", None, ge=0)
    seats: Number | None = told("People who look at them; one for each board where nothing is said.", None, ge=0)
    reviews_per_month: Number = told("Reports of users that a person reads, a month.", 0.0, ge=0, le=1_000_000_000)
    review_minutes: Number = told("Minutes of work on one report.", 3.0, gt=0, le=10_000)
    audits_per_year: Number = told("Looks at who has seen what, and at keys, a year.", 0.0, ge=0, le=366)
    audit_hours: Number = told("Hours of work on one of them.", 8.0, gt=0, le=10_000)
    hours_per_event: Number = told("Hours a month to keep one kind of event in order.", 0.0, ge=0, le=744)
    changes_per_month: Number = told("Changes of what is collected, a month.", 0.0, ge=0, le=1000)
    change_hours: Number = told("Hours of work on one change.", 8.0, gt=0, le=10_000)


class Monitor(Frozen):
    """A metric that is watched."""

    metric: Name = told("The metric.")
    by: tuple[Name, ...] = told("What it is sliced by.", ())
    method: Literal["threshold", "shewhart", "cusum", "ewma"] = told("How a change is told from noise.")
    threshold: Number = told("A value of the metric (threshold), or a number of standard deviations (the others).")
    window: Duration = told("The time one value covers.", DAY_S, gt=0)
    read_by: Text = told("Who reads it and acts.")


class Design(Frozen):
    """A telemetry design, whole."""

    format: Literal[1] = told("The version of this language.")
    design: ScenarioId = told("The design's id: the name of its file without .yaml.")
    scenario: ScenarioId = told("The scenario it is made for.")
    title: Text = told("The idea in a few words.")
    says: Prose | None = told("Why it is made this way.", None)
    collects: Events = told("The events collected: everything, or event -> sampled, whole or settings of its own.")
    sampling: Sampling = told("The share of rows kept of every event that has no share of its own.", unsaid(Sampling))
    targeting: Targeting = told("Whose telemetry is wanted.", unsaid(Targeting))
    payloads: dict[Name, Fraction] = told("Payload -> the share of its event's rows that carry it.", {})
    summaries: dict[Name, Summary] = told("Events counted up on the device.", {})
    transport: Transport = told("How rows travel.", unsaid(Transport))
    retention: Retention = told("How long rows are kept.", unsaid(Retention))
    exports: Fraction = told("The share of what is collected that is copied out of the cloud.", 0.0)
    series: dict[Name, Series] = told("Metrics kept as time series.", {})
    queries: tuple[Query, ...] = told("Questions asked again and again.", (), max_length=12)
    labels: Labels | None = told("What people judge.", None)
    care: Care = told("The work around the data.", unsaid(Care))
    monitors: dict[Name, Monitor] = told("What is watched.", {})
    budget_usd_per_month: Number | None = told("What it may cost the firm.", None, ge=0)
    silence: tuple[Text, ...] = told("Rules whose findings are known and accepted.", ())

    def collected(self, scenario: Scenario) -> dict[str, Collected]:
        """Event -> how its rows are collected, in the scenario's order.

        `everything` leaves out what is counted up on the device; to have rows beside a summary, name the event.
        """
        if isinstance(self.collects, str):
            counted_up = {name for summary in self.summaries.values() for name in summary.of}
            return {name: Collected() for name in scenario.events if name not in counted_up}
        return {name: self.collects[name] for name in scenario.events if name in self.collects}


def collect_everything(scenario: Scenario) -> Design:
    """The design that keeps every row of every event and weighs nothing up: where the argument starts.

    Every row is sent alone and uncompressed and kept ready for a year; each metric is a series for every
    combination of its slices and all that is known of a user; payloads travel with the share that their
    scenario calls usual; somebody reads reports, audits access and keeps each kind of event in order.
    """
    known = [name for name in scenario.people.attributes if name not in scenario.people.unrecorded]
    series = {
        name: Series(count=float(combinations(scenario, dict.fromkeys([*known, *metric.by]))), every="60 s")
        for name, metric in scenario.metrics.items()
        if metric.role != "outcome"
    }
    return Design(
        format=1,
        design=EVERYTHING,
        scenario=scenario.scenario,
        title="Collect everything",
        collects="everything",
        payloads={name: payload.usual_share for name, payload in scenario.payloads.items()},
        retention=Retention(hot_days=365.0),
        exports=0.1,
        series=series,
        queries=(Query(title="A dashboard over the last week, each hour", runs_per_day=24.0, window_days=7.0),),
        labels=Labels(per_month=1000.0, minutes_each=1.0),
        care=Care(
            reviews_per_month=100.0,
            audits_per_year=4.0,
            hours_per_event=0.25,
        ),
    )


def combinations(scenario: Scenario, names: Iterable[str]) -> int:
    """How many combinations of values the named attributes and draws have; one that is not listed counts once."""
    total = 1
    for name in names:
        total *= max(1, len(values_of(scenario, name)))
    return total


def values_of(scenario: Scenario, name: str) -> tuple[str, ...]:
    """The values of a user attribute or of a draw of any episode, in order; empty where they are no list."""
    attribute = scenario.people.attributes.get(name)
    if attribute is not None:
        return attribute.values
    for episode in scenario.journey.values():
        if name in episode.draws:
            return episode.draws[name].values
    return ("on", "holdback") if name == "variant" else ()


# --- Whether a design speaks of its scenario ---


def check_design(design: Design, scenario: Scenario) -> list[Finding]:
    """What a design says that its scenario does not know, by dotted path."""
    if design.scenario != scenario.scenario:
        message = f"this design is for {design.scenario}, not {scenario.scenario}. Use it with its own scenario"
        return [Finding("other-scenario", message, "scenario")]
    return [
        *_named(design, scenario),
        *_events(design, scenario),
        *_content(design, scenario),
        *_people(design, scenario),
        *_watching(design, scenario),
    ]


def _unknown(rule: str, what: str, name: str, known: Iterable[str], path: str) -> Finding:
    names = list(known)
    close = nearest(name, names)
    remedy = f"Did you mean {close}?" if close else f"There are {', '.join(names)}" if names else "Take it out"
    return Finding(rule, f"the scenario has no {what} {name}. {remedy}", path)


def _named(design: Design, scenario: Scenario) -> Iterator[Finding]:
    """A log's manifest tells its design by id, and this one's is taken."""
    if design.design == EVERYTHING and design != collect_everything(scenario):
        message = f"{EVERYTHING} is what a scenario's own design is called, which leaves nothing out. Choose another id"
        yield Finding("wrong-value", message, "design")


def _events(design: Design, scenario: Scenario) -> Iterator[Finding]:
    collects = {} if isinstance(design.collects, str) else design.collects
    for name, collected in collects.items():
        event = scenario.events.get(name)
        if event is None:
            yield _unknown("unknown-event", "event", name, scenario.events, f"collects.{name}")
            continue
        for key, fields in (("fields", collected.fields or ()), ("without", collected.without)):
            for at, field in enumerate(fields):
                if field not in event.fields:
                    what = f"field of {name} called"
                    yield _unknown("unknown-field", what, field, event.fields, f"collects.{name}.{key}.{at}")


def _content(design: Design, scenario: Scenario) -> Iterator[Finding]:
    collected = design.collected(scenario)
    for name in design.payloads:
        payload = scenario.payloads.get(name)
        if payload is None:
            yield _unknown("unknown-payload", "payload", name, scenario.payloads, f"payloads.{name}")
        elif payload.beside not in collected and design.payloads[name]:
            message = f"{name} travels beside {payload.beside}, which is not collected. Collect it, or leave {name} out"
            yield Finding("payload-without-event", message, f"payloads.{name}")
    for name, summary in design.summaries.items():
        for at, event in enumerate(summary.of):
            if event not in scenario.events:
                yield _unknown("unknown-event", "event", event, scenario.events, f"summaries.{name}.of.{at}")


def _people(design: Design, scenario: Scenario) -> Iterator[Finding]:
    attributes = scenario.people.attributes
    for name, values in design.targeting.where.items():
        attribute = attributes.get(name)
        if attribute is None:
            yield _unknown("unknown-attribute", "user attribute", name, attributes, f"targeting.where.{name}")
            continue
        for value in values:
            if str(value) not in attribute.values:
                what = f"value of {name} called"
                yield _unknown("unknown-value", what, str(value), attribute.values, f"targeting.where.{name}")


def _watching(design: Design, scenario: Scenario) -> Iterator[Finding]:
    for name, monitor in design.monitors.items():
        metric = scenario.metrics.get(monitor.metric)
        telemetry = {key: one for key, one in scenario.metrics.items() if one.role != "outcome"}
        if metric is None:
            yield _unknown("unknown-metric", "metric", monitor.metric, telemetry, f"monitors.{name}.metric")
            continue
        if metric.role == "outcome":
            message = f"{monitor.metric} is truth, which no telemetry sees. Watch one of {', '.join(telemetry)}"
            yield Finding("monitor-on-truth", message, f"monitors.{name}.metric")
        for at, slice_name in enumerate(monitor.by):
            if slice_name not in (*metric.by, *ENVELOPE):
                what = f"slice of {monitor.metric} called"
                yield _unknown("unknown-slice", what, slice_name, metric.by, f"monitors.{name}.by.{at}")

"""A topic's page of its events: every field with type, unit and origin, what a row weighs and tells, and a row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from teledesign.expectation import Expectation
from teledesign.outputs.log_page import ENVELOPE_SAYS, PRIVACY
from teledesign.outputs.log_reading import LogRows, said_cell
from teledesign.outputs.wording import said_bytes, said_count, said_number, said_share
from teledesign.rendering import Printed, html_text, prose_html_inline
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE, Event, EventField
from teledesign.simulation.rows.columns import Column, Type
from teledesign.simulation.rows.layout import Layout

__all__ = ["EventsPage", "anchor_of", "events_page"]

FEEDBACK = {
    "implicit": "what people do anyway",
    "explicit": "meant to tell",
}
RECORDED_BY = {"client": "the device", "server": "the server"}
MOST_VALUES = 24
"""A field with more values than this is said to have many."""


@dataclass(frozen=True)
class FieldView:
    """One field: the kind of its values, their unit and where they come from."""

    name: str
    kind: str
    values: Sequence[str]
    unit: str
    origin: str
    means: Printed | None


@dataclass(frozen=True)
class EventView:
    """One event, whole."""

    name: str
    anchor: str
    says: Printed
    misleads: Printed
    bytes: str
    per_user_day: str
    privacy: str
    privacy_says: str
    feedback: str
    feedback_says: str
    recorded_by: str
    simulated: bool
    fields: Sequence[FieldView]
    units: bool
    """Whether a field has a unit, and below, whether one says what it means: else there is no such column."""
    meanings: bool
    example: Printed
    """A row of the log as JSON on lines, of the envelope and the event's own fields; empty where there is none."""


@dataclass(frozen=True)
class PayloadView:
    """Content that may travel beside an event."""

    name: str
    beside: str
    anchor: str
    size: str
    privacy: str
    says: Printed
    misleads: Printed
    usual: str


@dataclass(frozen=True)
class EventsPage:
    """Everything the page prints."""

    called: str
    events: Sequence[EventView]
    payloads: Sequence[PayloadView]
    envelope: Sequence[FieldView]
    classes: Mapping[str, str]


def events_page(scenario: Scenario, log: Path | None) -> EventsPage:
    """The page's view; rows to look at come from the log, where there is one."""
    layout = Layout.of(scenario)
    columns = {event.name: event.columns for event in layout.events}
    rates = Expectation(scenario).bytes_per_user_day(recorded=True)
    rows = LogRows(log, scenario) if log is not None else None
    return EventsPage(
        called=scenario.people.called,
        events=tuple(
            _event(name, event, columns[name], rates[name].rows_per_user_day, rows)
            for name, event in scenario.events.items()
        ),
        payloads=tuple(
            PayloadView(
                name=name,
                beside=payload.beside,
                anchor=anchor_of(payload.beside),
                size=said_bytes(payload.bytes),
                privacy=payload.privacy,
                says=prose_html_inline(payload.says),
                misleads=prose_html_inline(payload.misleads),
                usual=said_share(payload.usual_share) if payload.usual_share else "",
            )
            for name, payload in scenario.payloads.items()
        ),
        envelope=tuple(
            FieldView(column.name, said_kind(column), _listed(column), "", "", Printed(ENVELOPE_SAYS[column.name]))
            for column in layout.envelope
        ),
        classes=PRIVACY,
    )


def _event(
    name: str, event: Event, columns: Mapping[str, Column], per_user_day: float, rows: LogRows | None
) -> EventView:
    fields = tuple(_field(one, field, columns.get(one)) for one, field in event.fields.items())
    return EventView(
        name=name,
        anchor=anchor_of(name),
        says=prose_html_inline(event.says),
        misleads=prose_html_inline(event.misleads),
        bytes=said_count(event.bytes),
        per_user_day=said_number(float(f"{per_user_day:.3g}")),
        privacy=event.privacy,
        privacy_says=PRIVACY[event.privacy],
        feedback=event.feedback,
        feedback_says=FEEDBACK[event.feedback],
        recorded_by=RECORDED_BY[event.recorded_by],
        simulated=event.per_user_day is None,
        fields=fields,
        units=any(field.unit for field in fields),
        meanings=any(field.means is not None for field in fields),
        example=_example(rows, name, tuple(event.fields)) if rows is not None else Printed(),
    )


def anchor_of(event: str) -> str:
    """Where an event stands on its page."""
    return f"event-{event.replace('_', '-')}"


def _field(name: str, field: EventField, column: Column | None) -> FieldView:
    return FieldView(
        name=name,
        kind=said_kind(column) if column else "not simulated",
        values=_listed(column) if column else (),
        unit=field.unit or "",
        origin=said_origin(field),
        means=prose_html_inline(field.means) if field.means is not None else None,
    )


def said_kind(column: Column) -> str:
    """The kind of a column's values in words."""
    if column.type is Type.NUMBER:
        places = "decimal" if column.decimals == 1 else "decimals"
        return f"number, {column.decimals} {places}" if column.decimals else "whole number"
    if column.type is Type.TEXT:
        return "one of" if _listed(column) else "text"
    return {Type.TIME: "moment", Type.USER: "a user's pseudonym", Type.ID: "id"}[column.type]


def _listed(column: Column) -> tuple[str, ...]:
    """The values a text column has, where they are few; what only an incident writes is not among them."""
    return column.declared if column.type is Type.TEXT and len(column.declared) <= MOST_VALUES else ()


def said_origin(field: EventField) -> str:
    """Where a field's value comes from, in words."""
    named = {
        "the {}": field.copied,
        "time since {}": field.elapsed_since,
        "id of the {}": field.id,
        "user id of the {}": field.person,
    }
    for words, name in named.items():
        if name is not None:
            return words.format(name.replace("_", " "))
    if field.always is not None:
        return "always the same"
    return "set by the step that writes the row" if field.given_by is not None else "drawn for each row"


def _example(rows: LogRows, event: str, fields: Sequence[str]) -> Printed:
    """The event's first row to arrive, as JSON on lines."""
    columns = [name for name in (*ENVELOPE, *fields) if name in rows.columns]
    quoted = ", ".join(f'"{name}"' for name in columns)
    found = rows.ask(f"SELECT {quoted} FROM rows WHERE event = ? ORDER BY received_at, event_id, seq LIMIT 1", [event])
    if not found:
        return Printed()
    row = {name: said_cell(value) for name, value in zip(columns, found[0], strict=True)}
    return html_text(json.dumps(row, ensure_ascii=False, indent=1))

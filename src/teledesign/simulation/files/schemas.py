"""The JSON Schema of a log's rows: one definition per event, the envelope and the event's own fields."""

from __future__ import annotations

from typing import Any

from teledesign.scenario import Scenario
from teledesign.simulation.rows.columns import Column, Type
from teledesign.simulation.rows.layout import EventLayout, Layout

__all__ = ["row_schema"]

TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}$"
MEANINGS = {
    "event_id": "One per row; a row that arrives twice keeps it.",
    "event": "What happened.",
    "ts": "When, by the clock of the device: local time of the product's time zone.",
    "received_at": "When the row arrived, by the clock of the server: the same time zone. The log is in this order.",
    "user_id": "Who acted.",
    "session_id": "The session it belongs to.",
    "interaction_id": "The prediction, or the thing to be predicted, it belongs to; null where there is none.",
    "seq": "Counts the rows of a session from 0, those of the client and of the server apart: a gap is a lost row.",
    "platform": "What the user's client runs on.",
    "app_version": "The version of the client.",
    "model_version": "The version of the model the user is served by.",
    "variant": "The experiment arm: on, or holdback for those who never get the model's answer.",
    "sample_rate": "The share of such rows that is kept: weigh a row by one over it.",
}


def row_schema(scenario: Scenario, layout: Layout) -> dict[str, Any]:
    """A schema that every row of the log satisfies."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Rows of the event log of {scenario.scenario}",
        "oneOf": [{"$ref": f"#/$defs/{event.name}"} for event in layout.events if event.has_rows],
        "$defs": {event.name: _of_event(scenario, layout, event) for event in layout.events if event.has_rows},
    }


def _of_event(scenario: Scenario, layout: Layout, event: EventLayout) -> dict[str, Any]:
    described = scenario.events.get(event.name)
    envelope = {column.name: {**_type(column), "description": MEANINGS[column.name]} for column in layout.envelope}
    envelope["event"] = {"const": event.name, "description": MEANINGS["event"]}
    fields: dict[str, Any] = {}
    for name, column in event.columns.items():
        field = event.fields.get(name)
        if described is None or field is None:
            fields[name] = {**_type(column), "description": "How many there were."}
            continue
        says = [
            text
            for text in (str(field.means) if field.means else "", f"Unit: {field.unit}." if field.unit else "")
            if text
        ]
        fields[name] = {**_type(column), **({"description": " ".join(says)} if says else {})}
    return {
        "type": "object",
        "description": event.says,
        "properties": {**envelope, **fields},
        "required": [*envelope, *fields],
        "additionalProperties": False,
    }


def _type(column: Column) -> dict[str, Any]:
    match column.type:
        case Type.TIME:
            return {"type": "string", "pattern": TIME}
        case Type.TEXT:
            return {"enum": [*column.declared, *([] if column.values else [None])]}
        case Type.NUMBER:
            return {"type": "number" if column.decimals else "integer"}
        case Type.USER:
            return {"type": "string", "pattern": f"^{column.prefix}[0-9a-f]{{8}}$"}
    kind: Any = ["string", "null"] if column.name == "interaction_id" else "string"
    return {"type": kind, "pattern": f"^{column.prefix}[0-9a-f]{{16}}$"}

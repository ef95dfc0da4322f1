"""The JSON Schema of a log's rows: one definition per event, the envelope and the event's own fields."""

from __future__ import annotations

from typing import Any

from teledesign.scenario import Scenario
from teledesign.scenario.events import EventField
from teledesign.simulation.rows.columns import Column, Type
from teledesign.simulation.rows.layout import EventLayout, Layout

__all__ = ["MEANINGS", "meaning", "row_schema"]

TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}$"
MEANINGS = {
    "event_id": "One per row; a row that arrives twice keeps it.",
    "event": "What happened.",
    "ts": "When, by the clock of the device: local time of the product's time zone.",
    "received_at": "When the row arrived, by the clock of the server: the same time zone. The log is in this order.",
    "user_id": "Who acted.",
    "session_id": "The session it belongs to.",
    "interaction_id": "The prediction, or the thing to be predicted, it belongs to; null where there is none.",
    "seq": "Counts the rows of a session from 0, those of client and server apart: where one is missing, a row is.",
    "platform": "What the user's client runs on.",
    "app_version": "The version of the client.",
    "model_version": "The version of the model the user is served by.",
    "variant": "The experiment arm: on, or holdback for those who never get the model's answer.",
    "sample_rate": "The share of such rows that is kept: weigh a row by one over it.",
}

COPIED = {
    "experience": "The kind of answer, as far as a system can see it.",
    "position": "Its place among those that began together, from 0.",
    "score": "What the model gave its own answer as a score.",
    "latency": "How long the model took to answer.",
}
"""What every prediction has, by the name it is copied from."""
COUNTED_UP = "How many of them there were in the window that a row counts up."


def meaning(scenario: Scenario, field: EventField | None) -> str:
    """What a field says: in the scenario's words, else where it comes from; nothing of what speaks for itself."""
    if field is None:
        return COUNTED_UP
    if field.means:
        return str(field.means)
    if field.elapsed_since is not None:
        since = "its beginning" if field.elapsed_since == "begin" else f"the step {field.elapsed_since}"
        return f"Time since {since}."
    if field.id is not None:
        return f"Which {_words(field.id)} it belongs to: rows of the same one have the same id."
    if field.person is not None:
        return f"The user id of the {_words(field.person)}."
    return "" if field.copied is None else _copied(scenario, field.copied)


def _copied(scenario: Scenario, name: str) -> str:
    if name in COPIED:
        return COPIED[name]
    if name in scenario.people.attributes:
        return "Of the user."
    holders = [episode for episode, held in scenario.journey.items() if name in held.draws or name in held.receives]
    return f"Of the {_words(holders[0])}." if holders else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def row_schema(scenario: Scenario, layout: Layout) -> dict[str, Any]:
    """A schema that every row of the log satisfies."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Rows of the event log of {scenario.scenario}",
        "oneOf": [{"$ref": f"#/$defs/{event.name}"} for event in layout.events if event.has_rows],
        "$defs": {event.name: _of_event(scenario, layout, event) for event in layout.events if event.has_rows},
    }


def _of_event(scenario: Scenario, layout: Layout, event: EventLayout) -> dict[str, Any]:
    envelope = {column.name: {**_type(column), "description": MEANINGS[column.name]} for column in layout.envelope}
    envelope["event"] = {"const": event.name, "description": MEANINGS["event"]}
    fields: dict[str, Any] = {}
    for name, column in event.columns.items():
        field = event.fields.get(name)
        unit = f"Unit: {field.unit}." if field is not None and field.unit else ""
        says = [text for text in (meaning(scenario, field), unit) if text]
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

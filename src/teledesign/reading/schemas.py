"""The JSON Schemas of all kinds of file, for editors: completion, descriptions, first mistakes while typing.

They are made from the models.  Where the models read a short form (a table, a list written as one name),
the form as written stands in `WRITTEN`.  The reader knows more than a schema can say; a schema never
refuses what the reader takes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from teledesign.reading.files import KINDS

__all__ = ["FOLDER", "json_schema", "schema_files", "schema_name"]

FOLDER = "scenarios/schemas"
"""Where a course keeps its schemas, so that the first line of a file can name its own by a relative path."""

Schema = dict[str, Any]

_CHANCE: Schema = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"const": "rest"}]}
_TEXT: Schema = {"type": "string"}
_QUANTITY: Schema = {"type": ["number", "string"]}
_NAMES: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


_CHANCE_ROW: Schema = {
    "description": "Chances of all choices, one of them may be rest; or one choice alone for chance 1.",
    "anyOf": [_TEXT, {"type": "object", "minProperties": 1, "additionalProperties": _CHANCE}],
}
_CHANCE_TABLE: Schema = {
    "description": "A row of chances (one may be rest), one choice alone, or given: NAME with one row per value.",
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "given": {"type": "string", "description": "The name whose value picks the row."},
                "else": {"description": "The row for all other values.", **_ref("ChanceTable")},
                "slices": {"description": "Changes for those who match.", **_list_of("ChanceSlice")},
                "published": {"type": "string", "description": "The source these numbers were read in."},
            },
            "additionalProperties": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _ref("ChanceTable")]},
        },
    ],
}
_SIZE_KEYS: Schema = {
    "median": {"description": "Half are smaller.", **_QUANTITY},
    "p95": {"description": "19 in 20 are smaller.", **_QUANTITY},
    "mean": {"description": "The mean; for counts, the mean after the bounds.", **_QUANTITY},
    "sd": {"description": "The standard deviation before truncation.", **_QUANTITY},
    "dispersion": {"description": "Over-dispersion of a count.", "type": "number"},
    "from": {"description": "Lower end of a uniform size.", **_QUANTITY},
    "to": {"description": "Upper end of a uniform size.", **_QUANTITY},
    "min": {"description": "Nothing is smaller.", **_QUANTITY},
    "max": {"description": "Nothing is larger.", **_QUANTITY},
    "published": {"description": "The source these numbers were read in.", "type": "string"},
}
_SHAPE: Schema = {"anyOf": [{"required": ["median", "p95"]}, {"required": ["mean"]}, {"required": ["from", "to"]}]}
_SIZE: Schema = {
    "description": "A quantity, a number's name, median and p95, mean and sd, mean and dispersion, or from and to.",
    "anyOf": [_QUANTITY, {"type": "object", "properties": _SIZE_KEYS, "additionalProperties": False, **_SHAPE}],
}
_SLICES: Schema = {"slices": {"description": "Changes for those who match.", **_list_of("SizeSlice")}}
_SIZE_TABLE: Schema = {
    "description": "A quantity, the name of a number, a distribution, or given: NAME with one row per value.",
    "anyOf": [
        _QUANTITY,
        {"type": "object", "properties": {**_SIZE_KEYS, **_SLICES}, "additionalProperties": False, **_SHAPE},
        {
            "type": "object",
            "required": ["given"],
            "properties": {
                "given": {"type": "string", "description": "The name whose value picks the row."},
                "else": {"description": "The row for all other values.", **_ref("SizeTable")},
                "published": {"type": "string", "description": "The source these numbers were read in."},
                **_SLICES,
            },
            "additionalProperties": _ref("SizeTable"),
        },
    ],
}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_NUMBER_TABLE: Schema = {
    "description": "One chance, or given: NAME with one chance per value.",
    "anyOf": [
        _SHARE,
        {
            "type": "object",
            "required": ["given"],
            "properties": {
                "given": {"description": "The name whose value picks the number.", **_TEXT},
                "else": {"description": "The number for all other values.", **_SHARE},
            },
            "additionalProperties": _SHARE,
        },
    ],
}
_DRAW: Schema = {"anyOf": [_ref("SizeTable"), _ref("ChanceTable")]}
_HANDED: Schema = {
    "type": "object",
    "additionalProperties": {"anyOf": [{"type": ["string", "number"]}, _ref("ChanceTable")]},
}
_EMITS: Schema = {
    "anyOf": [
        _TEXT,
        {"type": "array", "items": _TEXT},
        {"type": "object", "minProperties": 1, "additionalProperties": _HANDED},
    ]
}


def _counted(where: Schema) -> Schema:
    def of_a_field(key: str, says: str) -> Schema:
        return {
            "type": "object",
            "required": [key],
            "properties": {
                key: {"type": "string", "description": says},
                "where": {"description": "Only those matching.", **where},
            },
            "additionalProperties": False,
        }

    return {
        "description": "An event, episode.step, {name: {conditions}}, {sum: event.field} or {unique: event.field}.",
        "anyOf": [
            _TEXT,
            of_a_field("sum", "event.field to add up."),
            of_a_field("unique", "event.field to count distinct values of."),
            {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": where},
        ],
    }


WRITTEN: Mapping[str, Schema] = {
    "ChanceRow": _CHANCE_ROW,
    "ChanceTable": _CHANCE_TABLE,
    "Size": _SIZE,
    "SizeTable": _SIZE_TABLE,
    "NumberTable": _NUMBER_TABLE,
    "Draw": {"description": "Something drawn once: a choice or a number.", **_DRAW},
    "FieldDraw": {"description": "Drawn for this row: a choice or a number.", **_DRAW},
}
"""Model -> its schema as a file says it."""

WRITTEN_FIELDS: Mapping[tuple[str, str], Schema] = {
    ("Step", "emits"): _EMITS,
    ("Effect", "stops"): _NAMES,
    ("Effect", "repeats"): _NAMES,
    ("Effect", "samples"): _NAMES,
    ("Summary", "of"): _NAMES,
}
"""(model, field) -> the schema of what may stand there."""


def schema_name(kind: str) -> str:
    """The file name of a kind's schema."""
    return f"{kind}.schema.json"


def json_schema(kind: str) -> Schema:
    """The schema of one kind of file."""
    schema = KINDS[kind].model.model_json_schema()
    definitions: Schema = schema.get("$defs", {})
    if "ChanceTable" in definitions:
        definitions |= _of_scenarios(definitions)
    for (name, field), written in WRITTEN_FIELDS.items():
        if name in definitions:
            held = definitions[name]["properties"][field]
            definitions[name]["properties"][field] = {"description": held.get("description", ""), **written}
    definitions.pop("Emission", None)
    note = "Generated by `teledesign schema --write`. Do not edit."
    return {"$comment": note, **_plain(schema)}


def _of_scenarios(definitions: Schema) -> Schema:
    from teledesign.scenario.base import Where
    from teledesign.scenario.people import Rollout
    from teledesign.scenario.tables import ChanceSlice, SizeSlice

    where = TypeAdapter(Where).json_schema()
    slices = {model.__name__: model.model_json_schema() for model in (ChanceSlice, SizeSlice)}
    for found in slices.values():
        found.pop("$defs", None)
    joining: Schema = {"type": "object", "minProperties": 1, "additionalProperties": _TEXT}
    attribute = {
        "description": "Chances of its values, a rollout of versions, or values by the time since joining.",
        "anyOf": [
            _only("rollout", _said_in("rollout", Rollout.model_json_schema())),
            _only("since_joining", _said_in("since_joining", joining)),
            _ref("ChanceTable"),
        ],
    }
    return {**slices, **WRITTEN, "Counted": _counted(where), "Attribute": attribute}


def _said_in(field: str, schema: Schema) -> Schema:
    """The schema of a field of an attribute with the sentence the field has."""
    from teledesign.scenario.people import Attribute

    return {**schema, "description": Attribute.model_fields[field].description}


def _only(key: str, schema: Schema) -> Schema:
    return {"type": "object", "required": [key], "properties": {key: schema}, "additionalProperties": False}


def _plain(value: Any) -> Any:
    """The schema without what only models need: null for keys left out, titles, bounds in pydantic's words."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _plain(item) for key, item in value.items() if not _is_noise(key, item)}
    if "anyOf" in found:
        members = [item for item in found["anyOf"] if item != {"type": "null"}]
        if len(members) == 1 and len(found["anyOf"]) > 1:
            found = {**members[0], **{key: item for key, item in found.items() if key != "anyOf"}}
        else:
            found["anyOf"] = members
    if "patternProperties" in found and "additionalProperties" not in found:
        found["additionalProperties"] = False
    return found


def _is_noise(key: str, item: object) -> bool:
    if key == "title":
        return isinstance(item, str)
    return (key == "default" and item in (None, [], {})) or key in ("ge", "gt", "le", "lt")


def schema_files() -> dict[str, str]:
    """The text of every schema by its path in a course."""
    return {
        f"{FOLDER}/{schema_name(kind)}": json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"
        for kind in KINDS
    }

"""The fields of a kind of file in words, from its JSON Schema: each key, what may stand there, what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from teledesign.prose import Inline, Prose
from teledesign.reading.schemas import json_schema
from teledesign.rendering import Printed, html_text, prose_html_inline

__all__ = ["FieldView", "PartView", "file_parts", "said"]

Schema = Mapping[str, Any]

COUNT = "number such as 2 million"
FORMS = {
    r"^\d{4}-\d{2}-\d{2}$": "date such as 2025-03-03",
    r"^[+-]?\d+(?:\.\d+)? (ms|s|min|h|d)$": "duration such as 20 min",
    r"^[+-]?\d+(?:\.\d+)? (thousand|million|billion)$": COUNT,
    r"^day ([1-9]\d{0,3})(?: ([01]\d|2[0-3]):([0-5]\d))?$": "moment such as day 5 or day 5 18:00",
    r"^([0-9][0-9,]*(?:\.[0-9]+)?) (.+)$": "measure such as 10 MB",
    r"^[a-z][a-z0-9_]*$": "name",
    r"^[a-z][a-z0-9_.]*$": "value",
    r"^[a-z][a-z0-9-]*$": "id",
    r"^[a-z0-9][a-z0-9/_-]*\.md$": "page such as about.md",
    r"^[0-9a-f]{8}$": "8 hexadecimal digits",
}
"""Pattern of a text -> what it is in words."""
PLAIN = {"string": "text", "number": "number", "integer": "whole number", "object": "mapping", "array": "list"}
_ONE: Schema = {"type": ["string", "number"]}
CONDITIONS: Schema = {"anyOf": [_ONE, {"items": _ONE, "type": "array"}]}
"""What stands for each name of a `where`."""
NEVER_LEFT_OUT, MAY_BE_LEFT_OUT = "needed", "may be left out"


@dataclass(frozen=True)
class FieldView:
    """One key: what may stand there, whether it must, and what it means."""

    name: str
    kind: Printed
    need: str
    says: Printed
    instructor: bool


@dataclass(frozen=True)
class PartView:
    """A part of a file: a mapping with keys, or something that is written in one of several ways."""

    title: str
    says: Printed
    written: Printed | None
    """The ways in which it is written, where there is more than one."""
    fields: tuple[FieldView, ...]


@cache
def file_parts(kind: str) -> tuple[PartView, ...]:
    """A kind of file as its parts, the whole first, each part before those it holds."""
    schema = json_schema(kind)
    held: Mapping[str, Schema] = schema.get("$defs", {})
    order = list(dict.fromkeys(_named(schema, held, ())))
    return (_part("The whole file", schema), *(_part(title_of(name), held[name]) for name in order))


def title_of(name: str) -> str:
    """`EventField` -> `Event field`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def said(text: str) -> Printed:
    """A sentence of the code for a page; what stands between backticks is code."""
    runs = enumerate(" ".join(text.split()).split("`"))
    parts = tuple(Inline("code" if at % 2 else "text", part) for at, part in runs if part)
    return prose_html_inline(Prose(text, (parts,)))


def _named(node: object, held: Mapping[str, Schema], above: tuple[str, ...]) -> Iterator[str]:
    """The named parts below a node in the order in which a reader comes upon them."""
    if isinstance(node, list):
        for item in node:
            yield from _named(item, held, above)
    if not isinstance(node, Mapping):
        return
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name and name not in above:
        yield name
        yield from _named(held[name], held, (*above, name))
    for key, value in node.items():
        if key not in ("$defs", "default"):
            yield from _named(value, held, above)


def _part(title: str, node: Schema) -> PartView:
    ways = [way for way in node.get("anyOf", ()) if isinstance(way, Mapping)]
    written = Printed(_ways(ways)) if ways else None
    fields: dict[str, FieldView] = {}
    for part in (node, *ways):
        needed = part.get("required", ()) if part is node else ()
        for name, field in part.get("properties", {}).items():
            fields.setdefault(name, _field(name, field, name in needed))
    return PartView(title, said(node.get("description", "")), written, tuple(fields.values()))


def _field(name: str, node: Schema, needed: bool) -> FieldView:
    need = NEVER_LEFT_OUT if needed else MAY_BE_LEFT_OUT
    default = node.get("default")
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        shown = f"{default:,g}" if isinstance(default, float) else str(default)
        need = f"{shown} if left out"
    text = said(node.get("description", ""))
    return FieldView(name, Printed(_words(node)), need, text, node.get("audience") == "instructor")


def _words(node: Schema) -> str:
    """What may stand there, as HTML with links to other parts."""
    if "$ref" in node:
        title = title_of(str(node["$ref"]).rpartition("/")[2])
        return f'<a href="#{title.lower().replace(" ", "-")}">{html_text(title.lower())}</a>'
    if "const" in node:
        return _code(node["const"])
    if "enum" in node:
        return "one of " + ", ".join(map(_code, node["enum"])) if len(node["enum"]) > 1 else _code(node["enum"][0])
    if "anyOf" in node:
        return _ways(node["anyOf"])
    kind = node.get("type", "object" if "properties" in node else "string")
    if isinstance(kind, list):
        return " or ".join(PLAIN[one] for one in sorted(kind))
    if kind == "array":
        return f"list, each {_words(node['items'])}" if "items" in node else PLAIN[kind]
    if kind == "object":
        return _mapping(node)
    if kind == "string":
        return FORMS.get(str(node.get("pattern")), PLAIN[kind])
    return PLAIN[kind] + _bounds(node)


def _ways(nodes: Sequence[Schema]) -> str:
    """Each way once; a number that may also be written with a word is one way."""
    ways = list(dict.fromkeys(map(_words, nodes)))
    if COUNT in ways and PLAIN["number"] in ways:
        ways.remove(PLAIN["number"])
    return " or ".join(ways)


def _mapping(node: Schema) -> str:
    if keys := node.get("properties"):
        return "mapping of " + ", ".join(map(_code, keys))
    inner: Schema | None = next(iter(node.get("patternProperties", {}).values()), None)
    more = node.get("additionalProperties")
    inner = inner if inner is not None else more if isinstance(more, Mapping) else None
    if inner == CONDITIONS:
        return "conditions such as <code>{platform: ios}</code>"
    return f"names, each with {_words(inner)}" if inner else PLAIN["object"]


def _bounds(node: Schema) -> str:
    if "minimum" in node and "maximum" in node:
        return f" ({node['minimum']:,} to {node['maximum']:,})"
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    found = [f"{says} {node[key]:,}" for key, says in words.items() if isinstance(node.get(key), int | float)]
    return f" ({', '.join(found)})" if found else ""


def _code(value: object) -> str:
    return f"<code>{html_text(str(value))}</code>"

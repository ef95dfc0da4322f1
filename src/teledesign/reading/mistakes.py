"""What pydantic found wrong, as findings at their places and in our words.

A location of pydantic is not a path of the file: tables and unions add parts that no file holds.
Those are skipped when the place is looked up; of the errors of a union's members only the ones of
the member that was meant are told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from teledesign.findings import Finding, nearest
from teledesign.reading.nodes import Document, Path, dotted
from teledesign.reading.shapes import keys_of, models_at
from teledesign.scenario.base import shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["WORDING", "findings_of"]

Loc = tuple[str | int, ...]


def findings_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Finding]:
    """The findings for one file that does not fit its model."""
    details = error.errors(include_url=False)
    told = [_finding(detail, model, document) for detail in _meant(details, document.data)]
    return [finding for path, finding in told if not _already_told(path, document)]


def path_of(loc: Loc, data: object) -> tuple[Path, bool]:
    """The path of the file a location means, and whether its last part is in the file."""
    path: list[str | int] = []
    found = True
    for part in loc:
        found = False
        if isinstance(data, dict) and isinstance(part, str) and part in data:
            path.append(part)
            data, found = data[part], True
        elif isinstance(data, dict) and isinstance(part, int) and part < len(data):
            path.append(list(data)[part])
            data, found = data[list(data)[part]], True
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path.append(part)
            data, found = data[part], True
    return tuple(path), found


def _already_told(path: Path, document: Document) -> bool:
    return any(path[:length] in document.doubtful for length in range(len(path) + 1))


def _meant(details: list[ErrorDetails], data: object) -> list[ErrorDetails]:
    """The errors without those of union members that were not meant.

    Members share a location up to the member's name, which is no part of the file.  The one meant is the one
    that got furthest: a member that refused the value's type altogether says less than one that read it.
    """
    kept: list[ErrorDetails] = []
    groups: dict[Path, dict[str | int, list[ErrorDetails]]] = {}
    for detail in details:
        missing = detail["type"] == "missing"
        branch = _branch(detail["loc"][:-1] if missing else detail["loc"], data)
        if branch is None:
            kept.append(detail)
        else:
            at, member = branch
            groups.setdefault(at, {}).setdefault(member, []).append(detail)
    for members in groups.values():
        meant: list[ErrorDetails] = max(members.values(), key=_progress)
        kept += meant
    return kept


def _branch(loc: Loc, data: object) -> tuple[Path, str | int] | None:
    """Where a location leaves the file for the first time, and by which name."""
    for length in range(1, len(loc) + 1):
        path, found = path_of(loc[:length], data)
        if not found:
            part = loc[length - 1]
            return ((*path, "|"), part) if isinstance(part, str) else None
    return None


def _progress(details: Sequence[ErrorDetails]) -> tuple[bool, int]:
    refused = all(detail["type"].endswith("_type") or detail["type"] == "literal_error" for detail in details)
    return not refused, max(len(detail["loc"]) for detail in details)


def _finding(detail: ErrorDetails, model: type[BaseModel], document: Document) -> tuple[Path, Finding]:
    path, _ = path_of(detail["loc"], document.data)
    rule, say = WORDING.get(detail["type"], ("wrong-value", _as_it_is))
    if detail["type"] == "missing":
        path = (*path, str(detail["loc"][-1]))
        place = document.place(path[:-1])
    elif detail["type"] == "extra_forbidden":
        place = document.place(path)
    else:
        place = document.values.get(path) or document.place(path)
    mistake = detail.get("ctx", {}).get("error")
    rule = getattr(mistake, "rule", rule)
    return path, Finding(rule, say(detail, model, document, path), dotted(path), place)


Say = Callable[["ErrorDetails", type[BaseModel], Document, Path], str]


def _missing(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    key = str(detail["loc"][-1])
    for owner in models_at(model, detail["loc"][:-1]):
        field = keys_of(owner).get(key)
        if field is not None and field.description:
            return f"this key is missing. Add it: {field.description[0].lower()}{field.description[1:].rstrip('.')}"
    return "this key is missing. Add it"


def _unknown(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    key = str(detail["loc"][-1])
    keys = [name for owner in models_at(model, detail["loc"][:-1]) for name in keys_of(owner)]
    siblings = _at(document.data, path[:-1])
    close = nearest(key, keys)
    if close and not (isinstance(siblings, dict) and close in siblings):
        return f"there is no key {key:.60} here. Did you mean {close}?"
    if path in document.in_braces and " " in key:
        return (
            f"there is no key {key:.60} here. A comma in braces begins a new key: "
            f"write text in block style, or use one of {', '.join(keys)}"
        )
    return f"there is no key {key:.60} here. Use one of {', '.join(keys)}" if keys else f"take the key {key:.60} out"


def _at(data: object, path: Path) -> object:
    for part in path:
        data = data[part]  # type: ignore[index]
    return data


def _type(wanted: str) -> Say:
    def say(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
        return f"{shown(detail['input'])} stands where {wanted} is needed. Write {wanted}"

    return say


def _text(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    value = detail["input"]
    if isinstance(value, bool):
        return f"{shown(value)} is read as true or false where a text is needed. Write yes or no, or put it in quotes"
    if isinstance(value, int | float):
        return f"{shown(value)} is read as a number where a text is needed. Put it in quotes, or begin it with a letter"
    return f"{shown(value)} stands where a text is needed. Write a text"


def _number(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    return f"{shown(detail['input'])} is not a number. Write a plain number, without quotes or a unit"


def _whole(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    return f"{shown(detail['input'])} is not a whole number. Write one, without quotes or a unit"


def _literal(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    expected = str(detail["ctx"]["expected"]).replace("'", "")
    choices = expected.replace(" or ", ", ").split(", ")
    close = nearest(str(detail["input"]), choices)
    remedy = f"Did you mean {close}?" if close else f"Write {expected}"
    if detail["input"] == 1 and isinstance(detail["input"], bool):
        remedy = f"Write {expected}"
    return f"{shown(detail['input'])} is not possible here. {remedy}"


def _pattern(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    value, pattern = detail["input"], str(detail["ctx"]["pattern"])
    return f"{shown(value)} is {PATTERNS.get(pattern, f'not of the form {pattern}. Correct it')}"


PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "no name. Use lower-case letters, digits and _, and begin with a letter",
    r"^[a-z][a-z0-9_.]*$": "no name of a value. Use lower-case letters, digits, _ and dots, and begin with a letter",
    r"^[a-z][a-z0-9-]*$": "no id. Use lower-case letters, digits and hyphens, and begin with a letter",
    r"^[a-z0-9][a-z0-9/_-]*\.md$": "no page of site/. Write a path such as students/start.md",
    r"^[0-9a-f]{8}$": "no fingerprint. Write the 8 characters 0-9 and a-f that the secret's fingerprint has",
}
"""A pattern of the language -> what is wrong with a text that does not fit it, and the remedy."""


def _bound(words: str, key: str) -> Say:
    def say(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
        bound = detail["ctx"][key]
        bound = int(bound) if isinstance(bound, float) and bound.is_integer() else bound
        return f"{shown(detail['input'])} is outside what is possible. Write a number {words} {bound}"

    return say


def _short(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    least = detail["ctx"]["min_length"]
    return f"there are {detail['ctx']['actual_length']} here. Write at least {least}"


def _short_text(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    return "this text is empty. Write it, or take the key out"


def _long_text(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    most = detail["ctx"]["max_length"]
    return f"this text has {len(str(detail['input']))} characters; {most} are the most. Shorten it"


def _long(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    return f"there are {detail['ctx']['actual_length']} here; {detail['ctx']['max_length']} are the most. Take some out"


def _said_by_us(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    return _brief(str(detail["ctx"]["error"]).replace(repr(detail["input"]), shown(detail["input"])))


def _brief(text: str) -> str:
    """The text, cut in the middle where it repeats a very long value."""
    return text if len(text) <= 400 else f"{text[:150]}… {text[-200:]}"


def _as_it_is(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> str:
    return f"{shown(detail['input'])} does not fit here ({detail['msg']}). Correct it"


WORDING: dict[str, tuple[str, Say]] = {
    "missing": ("missing-key", _missing),
    "extra_forbidden": ("unknown-key", _unknown),
    "string_type": ("wrong-type", _text),
    "float_type": ("wrong-type", _number),
    "float_parsing": ("wrong-type", _number),
    "finite_number": ("wrong-type", _number),
    "int_type": ("wrong-type", _whole),
    "int_from_float": ("wrong-type", _whole),
    "int_parsing": ("wrong-type", _whole),
    "bool_type": ("wrong-type", _type("true or false")),
    "dict_type": ("wrong-type", _type("a mapping of key: value lines")),
    "mapping_type": ("wrong-type", _type("a mapping of key: value lines")),
    "model_type": ("wrong-type", _type("a mapping of key: value lines")),
    "model_attributes_type": ("wrong-type", _type("a mapping of key: value lines")),
    "tuple_type": ("wrong-type", _type("a list")),
    "list_type": ("wrong-type", _type("a list")),
    "none_required": ("wrong-type", _type("nothing")),
    "literal_error": ("unknown-choice", _literal),
    "string_pattern_mismatch": ("bad-name", _pattern),
    "greater_than": ("out-of-range", _bound("above", "gt")),
    "greater_than_equal": ("out-of-range", _bound("of at least", "ge")),
    "less_than": ("out-of-range", _bound("below", "lt")),
    "less_than_equal": ("out-of-range", _bound("of at most", "le")),
    "too_short": ("out-of-range", _short),
    "too_long": ("out-of-range", _long),
    "string_too_short": ("out-of-range", _short_text),
    "string_too_long": ("out-of-range", _long_text),
    "value_error": ("wrong-value", _said_by_us),
}
"""pydantic's error type -> (rule id, what to say)."""

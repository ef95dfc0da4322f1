"""What every part of the scenario language shares: frozen models, field descriptions, names."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, WithJsonSchema

__all__ = [
    "RESERVED",
    "Frozen",
    "Mistake",
    "Name",
    "Number",
    "Text",
    "Value",
    "Where",
    "YesNo",
    "as_list",
    "shown",
    "told",
    "unsaid",
]

M = TypeVar("M", bound=BaseModel)
Audience = Literal["student", "instructor"]

RESERVED = frozenset(
    [
        "given",
        "else",
        "slices",
        "published",
        "rest",
        "end",
        "again",
        "median",
        "p95",
        "mean",
        "sd",
        "min",
        "max",
        "dispersion",
        "from",
        "to",
    ]
)
"""Words of the table form; they cannot be names of values or choices."""


class Mistake(ValueError):
    """A mistake with a rule id of its own, raised while a value is validated."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class Frozen(BaseModel):
    """A part of a file: unknown keys are mistakes, nothing changes after reading.

    Validators are built when the whole file's are, not once more for each part: a tenth of a command's start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True, defer_build=True)


def told(description: str, default: Any = ..., *, audience: Audience = "student", **more: Any) -> Any:
    """A field with its sentence and its audience; both go into the schema and the reference pages."""
    return Field(default, description=description, json_schema_extra={"audience": audience}, **more)


def unsaid(model: type[M]) -> M:
    """A part that a file leaves out, all its fields as they are unless said; its validators are not built for that."""
    return model.model_construct()


def as_list(value: object) -> object:
    """One name where a list of names may stand."""
    return [value] if isinstance(value, str) else value


Name = Annotated[str, Strict(), StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name of ours: an episode, step, event, field, attribute, metric, incident."""
_VALUE = re.compile(r"^[a-z][a-z0-9_.]*$")
Value = Annotated[str, Strict(), StringConstraints(pattern=_VALUE.pattern)]
"""A value of an attribute or draw; it may hold dots (`v5.2`)."""
Text = Annotated[str, Strict(), StringConstraints(min_length=1)]
"""A short text on one line, printed as it stands."""
Number = Annotated[float, Strict()]
"""A number; text that looks like one is a mistake."""
YesNo = Literal["yes", "no"]


def _listed_values(value: object) -> object:
    if isinstance(value, dict):
        return {key: item if isinstance(item, list | tuple) else [item] for key, item in value.items()}
    return value


_WHERE_VALUE: dict[str, Any] = {"type": ["string", "number"]}
Where = Annotated[
    dict[Annotated[str, Strict()], tuple[Annotated[str, Strict()] | Number, ...]],
    BeforeValidator(_listed_values),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_WHERE_VALUE, {"type": "array", "items": _WHERE_VALUE}]},
        }
    ),
]
"""Conditions that must all hold: name -> the values that match (`{platform: ios, region: [north, south]}`)."""


def shown(value: object) -> str:
    """A value as a person would point at it, cut where it is long."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"

"""Quantities as scenarios write them: numbers, counts in words, durations, moments and spans."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import core_schema

__all__ = [
    "Amount",
    "Count",
    "DrawnMoment",
    "Duration",
    "Fraction",
    "Moment",
    "Quantity",
    "Range",
    "Span",
    "parse_count",
    "parse_duration",
    "parse_moment",
    "parse_quantity",
]

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
DAY_S = 86400.0
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_WITH_UNIT = re.compile(rf"^({_NUMBER}) ([a-z]+)$")
_MOMENT = re.compile(r"^day ([1-9]\d{0,3})(?: ([01]\d|2[0-3]):([0-5]\d))?$")


def parse_duration(value: object) -> float:
    """Seconds from `250 ms`, `40 s`, `4 min`, `9 h` or `3 d`.  Raises ValueError with the remedy."""
    match = _WITH_UNIT.match(value) if isinstance(value, str) else None
    if match is None or match[2] not in SECONDS:
        raise ValueError(f"{value!r} is not a duration. Write a number, a space and one of ms, s, min, h, d")
    return float(match[1]) * SECONDS[match[2]]


def parse_count(value: object) -> float:
    """A number from `12`, `12 thousand`, `35 million` or `1 billion`.  Raises ValueError with the remedy."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(float(value))
    match = _WITH_UNIT.match(value) if isinstance(value, str) else None
    if match is None or match[2] not in WORDS:
        raise ValueError(f"{value!r} is not a number. Write 12, or 12 thousand, 35 million, 1 billion")
    return float(match[1]) * WORDS[match[2]]


def parse_moment(value: object) -> float:
    """Seconds after the start of day 1 from `day 15` or `day 15 09:30`.  Raises ValueError."""
    match = _MOMENT.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a moment. Write day 15 or day 15 09:30; day 1 is the first")
    return (int(match[1]) - 1) * DAY_S + int(match[2] or 0) * 3600.0 + int(match[3] or 0) * 60.0


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number. Write a number")
    return value


def _parse_span(value: object) -> float:
    if value == "for good":
        return math.inf
    return parse_duration(value)


def _parse_fraction(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is not a share. Write a number from 0 to 1")
    return float(value)


_DURATION_SCHEMA: dict[str, Any] = {"type": "string", "pattern": rf"^{_NUMBER} (ms|s|min|h|d)$"}
_COUNT_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": rf"^{_NUMBER} (thousand|million|billion)$"}]
}

Duration = Annotated[float, BeforeValidator(parse_duration), WithJsonSchema(_DURATION_SCHEMA)]
"""A duration in seconds."""
Count = Annotated[float, BeforeValidator(parse_count), WithJsonSchema(_COUNT_SCHEMA)]
"""A plain number, large ones in words."""
Moment = Annotated[float, BeforeValidator(parse_moment), WithJsonSchema({"type": "string", "pattern": _MOMENT.pattern})]
"""A moment of the scenario's clock, in seconds after the start of day 1."""
Span = Annotated[
    float,
    Field(allow_inf_nan=True),
    BeforeValidator(_parse_span),
    WithJsonSchema({"anyOf": [{"const": "for good"}, _DURATION_SCHEMA]}),
]
"""How long something lasts, in seconds; infinite for `for good`."""
Fraction = Annotated[
    float, BeforeValidator(_parse_fraction), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
"""A share or chance from 0 to 1."""


@dataclass(frozen=True)
class Quantity:
    """A number that may carry time: durations are held in seconds and `is_time` is true."""

    value: float
    is_time: bool = False

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(parse_quantity)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [*_COUNT_SCHEMA["anyOf"], _DURATION_SCHEMA]}


def parse_quantity(value: object) -> Quantity:
    """A duration or a plain number.  Raises ValueError naming both forms."""
    if isinstance(value, Quantity):
        return value
    for parse, is_time in ((parse_count, False), (parse_duration, True)):
        try:
            return Quantity(parse(value), is_time)
        except ValueError:
            continue
    raise ValueError(f"{value!r} is not a quantity. Write a number such as 30, or a duration such as 40 s")


@dataclass(frozen=True)
class Range:
    """A number drawn between two bounds when an incident is scheduled (`{from: 2, to: 4}`)."""

    low: float
    high: float


def _ranged(parse: Any) -> Any:
    def validate(value: object) -> float | Range:
        if isinstance(value, Range):
            return value
        if isinstance(value, dict):
            if set(value) != {"from", "to"}:
                raise ValueError("a range is written {from: …, to: …}")
            low, high = parse(value["from"]), parse(value["to"])
            if low > high:
                raise ValueError(f"the range runs backwards. Swap from ({value['from']}) and to ({value['to']})")
            return Range(low, high)
        return float(parse(value))

    return validate


def _range_schema(single: dict[str, Any]) -> dict[str, Any]:
    pair = {
        "type": "object",
        "properties": {"from": single, "to": single},
        "required": ["from", "to"],
        "additionalProperties": False,
    }
    return {"anyOf": [single, pair]}


Amount = Annotated[
    float | Range,
    BeforeValidator(_ranged(lambda v: parse_quantity(v).value)),
    WithJsonSchema(_range_schema({"anyOf": [*_COUNT_SCHEMA["anyOf"], _DURATION_SCHEMA]})),
]
"""A size of an incident: one number or duration (in seconds), or a range to draw it from."""
DrawnMoment = Annotated[
    float | Range,
    BeforeValidator(_ranged(parse_moment)),
    WithJsonSchema(_range_schema({"type": "string", "pattern": _MOMENT.pattern})),
]
"""A moment, or a range of moments to draw it from; seconds after the start of day 1."""

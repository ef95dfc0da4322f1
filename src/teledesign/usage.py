"""What a month used: the quantities that a price sheet bills, given plainly, and the month that they are of."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from teledesign.scenario.base import Frozen, Name, Text, YesNo, told
from teledesign.scenario.quantities import parse_duration
from teledesign.units import NUMBER, Measure, parse_measure

__all__ = ["Amount", "Moment", "Month", "Quantities", "parse_month"]


def _quantity(value: object) -> Measure:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Measure):
        raise ValueError(f"{value!r:.100} is no quantity. Write 1200, or with a unit 250 million event")
    if isinstance(value, int | float):
        if not 0 <= value < math.inf:
            raise ValueError(f"a quantity of {value} cannot be billed. Write a number of 0 or more")
        return Measure(float(value), NUMBER)
    return parse_measure(value)


Quantity = Annotated[
    Measure,
    BeforeValidator(_quantity),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
]


@dataclass(frozen=True)
class Moment:
    """A moment of the month billed: on the calendar, or so many seconds after the month began."""

    at: dt.datetime | None = None
    after_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.after_s / 3600:g} h" if self.at is None else str(self.at)


def _moment(value: object) -> Moment:
    if isinstance(value, Moment):
        return value
    if isinstance(value, dt.date):
        return Moment(value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day))
    try:
        if isinstance(value, str) and value[:4].isdigit() and value[4:5] == "-":
            return Moment(dt.datetime.fromisoformat(value).replace(tzinfo=None))
        seconds = parse_duration(value)
    except ValueError:
        seconds = -1.0
    if seconds < 0:
        raise ValueError(
            f"{value!r:.60} is no moment. Write 2026-03-15, 2026-03-15 09:00, or 14 d from the month's start"
        )
    return Moment(after_s=seconds)


WhenUsed = Annotated[Moment, BeforeValidator(_moment), WithJsonSchema({"type": "string"})]


class Amount(Frozen):
    """So much of something, perhaps for a part of the month."""

    amount: Quantity = told("How much: a number in the row's unit, or a measure such as 250 million event or 500 GB.")
    size: Measure | None = told("The size of each of them, such as 1.2 kB.", None)
    other: Measure | None = told("The other measure of a price that takes the larger of two.", None)
    start: WhenUsed | None = told("Since when; the start of the month where left out.", None, alias="from")
    to: WhenUsed | None = told("Until when, that moment not included; the end of the month where left out.", None)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        return raw if isinstance(raw, dict | Amount) else {"amount": raw}


def _amounts(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


_TEXT_SCHEMA: dict[str, Any] = {"type": "string"}
_QUANTITY_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "number", "minimum": 0}, _TEXT_SCHEMA]}
_AMOUNT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"amount": _QUANTITY_SCHEMA, **dict.fromkeys(("size", "other", "from", "to"), _TEXT_SCHEMA)},
    "required": ["amount"],
    "additionalProperties": False,
}
_ONE_SCHEMA: dict[str, Any] = {"anyOf": [*_QUANTITY_SCHEMA["anyOf"], _AMOUNT_SCHEMA]}
Amounts = Annotated[
    tuple[Amount, ...],
    BeforeValidator(_amounts),
    WithJsonSchema({"anyOf": [*_ONE_SCHEMA["anyOf"], {"type": "array", "items": _ONE_SCHEMA, "minItems": 1}]}),
]
"""One amount, or several that add up."""
_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
LEAST_HOURS, MOST_HOURS = 672.0, 744.0


@dataclass(frozen=True)
class Month:
    """The month billed: how long it is and, where it is one of the calendar, when it begins."""

    hours: float
    begins: dt.datetime | None = None

    def __str__(self) -> str:
        return f"{self.hours:g} hours" if self.begins is None else f"{self.begins:%Y-%m}"


def parse_month(value: object) -> Month:
    """A month from `2026-02`, or from its length.  Raises ValueError with the remedy."""
    if isinstance(value, Month):
        return value
    match = _MONTH.match(value) if isinstance(value, str) else None
    if match:
        begins = dt.datetime(int(match[1]), int(match[2]), 1)
        return Month(calendar.monthrange(begins.year, begins.month)[1] * 24.0, begins)
    hours = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if isinstance(value, str):
        try:
            hours = parse_duration(value) / 3600
        except ValueError:
            hours = math.nan
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise ValueError(f"{value!r:.60} is no month. Write 2026-02, or its length: 720 h, 730 h or 744 h")
    return Month(float(hours))


WhichMonth = Annotated[
    Month, BeforeValidator(parse_month), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})
]


class Quantities(Frozen):
    """A month's quantities to be billed on a price sheet."""

    format: Literal[1] = told("The version of this language.")
    title: Text | None = told("What is billed.", None)
    month: WhichMonth | None = told("2026-02, or a length such as 730 h; the sheet's where left out.", None)
    free_tier: YesNo = told("Whether free allowances are taken off.", "yes")
    quantities: dict[Name, Amounts] = told(
        "Row of the sheet -> quantity of a month: a number in the row's unit, a measure such as 250 million event, "
        "or amount with from and to, one or several.",
        min_length=1,
    )

"""What the product is and the clock its log runs on."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator, Strict, WithJsonSchema

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Text, told

__all__ = ["Clock", "IsoDate", "Product"]


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not a date. Write it as 2025-03-03")


IsoDate = Annotated[
    dt.date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
"""A calendar date, written 2025-03-03."""


class Clock(Frozen):
    """The calendar of the log: day 1, how many days, and the local time of hours and weekdays."""

    start: IsoDate = told("The date of day 1.")
    days: Annotated[int, Strict()] = told("How many days the log covers.", ge=1, le=3650)
    time_zone: Text = told("The IANA time zone of clock hours; summer-time jumps are not simulated.")


class Product(Frozen):
    """The product as a student reads about it."""

    name: Text = told("The product's name.")
    firm: Text = told("The invented firm behind it.")
    summary: Prose = told("One sentence: what the product does.")
    goal: Prose = told("What the firm and the users really want.")
    intelligence: Prose = told("What the model does.")
    users_see: Prose = told("What a user sees of it and can do about it.")
    brief: Prose | None = told("The situation of the exercise, two or three short paragraphs.", None)
    clock: Clock = told("The calendar of the log.")

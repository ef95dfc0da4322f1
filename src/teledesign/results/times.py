"""Days, moments and spans of time, as sentences about a log say them: in English on any machine."""

from __future__ import annotations

import datetime as dt

__all__ = ["said_day", "said_lapse", "said_moment"]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNITS = (("d", 86_400.0), ("h", 3600.0), ("min", 60.0))


def said_day(day: dt.date) -> str:
    """`Tue 25 Nov`."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def said_moment(moment: dt.datetime) -> str:
    """`Tue 25 Nov 2025 01:27`."""
    return f"{said_day(moment.date())} {moment.year} {moment:%H:%M}"


def said_lapse(seconds: float) -> str:
    """A span of time to three digits, in the largest unit that it holds twice: `36 h`, `90 s`, `250 ms`."""
    for unit, length in UNITS:
        if abs(seconds) >= 2 * length:
            return f"{_three(seconds / length)} {unit}"
    if seconds and abs(seconds) < 0.9995:
        return f"{_three(1000 * seconds)} ms"
    return f"{_three(seconds)} s"


def _three(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}"

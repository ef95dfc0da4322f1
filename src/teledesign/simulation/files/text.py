"""Text of many values at once: one row of ASCII bytes per value, zero bytes where there is nothing to print.

Rows of events are put together from such pieces by `writers`; the zero bytes fall out at the end.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["Bytes2D", "decimal_text", "table_of", "time_text"]

Bytes2D = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
DAY_MS = 86_400_000
LARGEST_TABLE = 1 << 17
_MINUS, _POINT, _ZERO = ord("-"), ord("."), ord("0")


def table_of(texts: list[str]) -> Bytes2D:
    """One row per text, padded with zero bytes."""
    encoded = [text.encode("ascii") for text in texts]
    width = max((len(text) for text in encoded), default=0)
    joined = b"".join(text.ljust(width, b"\0") for text in encoded)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(encoded), width)


def time_text(at: Integers, start: dt.date, separator: str) -> Bytes2D:
    """`2025-03-03T08:15:42.123` of milliseconds after the start of day 1."""
    days = at // DAY_MS
    within = at - days * DAY_MS
    first = int(days.min(initial=0))
    last = int(days.max(initial=0))
    dates = _dates(start, first, last, separator)
    minutes = within // 60_000
    found = np.empty((len(at), 23), dtype=np.uint8)
    found[:, :11] = dates[days - first]
    found[:, 11:17] = _minutes()[minutes]
    found[:, 17:] = _seconds()[within - minutes * 60_000]
    return found


@lru_cache(maxsize=256)
def _dates(start: dt.date, first: int, last: int, separator: str) -> Bytes2D:
    return table_of([f"{start + dt.timedelta(days=day)}{separator}" for day in range(first, last + 1)])


@lru_cache(maxsize=1)
def _minutes() -> Bytes2D:
    return table_of([f"{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60)])


@lru_cache(maxsize=1)
def _seconds() -> Bytes2D:
    return table_of([f"{ms // 1000:02d}.{ms % 1000:03d}" for ms in range(60_000)])


def decimal_text(numbers: Integers, decimals: int) -> Bytes2D:
    """Whole multiples of 10**-decimals, shortest form: `12`, `-0.5`, `3.25`."""
    if not len(numbers):
        return np.zeros((0, 1), dtype=np.uint8)
    low, high = int(numbers.min()), int(numbers.max())
    if high - low < min(LARGEST_TABLE, 4 * len(numbers) + 64):
        return _written(np.arange(low, high + 1), decimals)[numbers - low]
    return _written(numbers, decimals)


def _written(numbers: Integers, decimals: int) -> Bytes2D:
    left = np.abs(numbers)
    width = max(len(str(int(left.max()))), decimals + 1)
    point = 1 if decimals else 0
    found = np.zeros((len(numbers), 1 + width + point), dtype=np.uint8)
    digits = found[:, 1:]
    trailing = np.ones(len(numbers), dtype=bool)
    for place in range(width):
        column = width + point - 1 - place - (point if place >= decimals else 0)
        left, digit = np.divmod(left, 10)
        text = (digit + _ZERO).astype(np.uint8)
        if place < decimals:
            trailing &= digit == 0
            text[trailing] = 0
        elif place > decimals:
            text[(left == 0) & (digit == 0)] = 0
        digits[:, column] = text
        if point and place == decimals - 1:
            digits[:, width - decimals] = np.where(trailing, 0, _POINT)
    found[numbers < 0, 0] = _MINUS
    return found

"""Orders of many rows by one sort of packed integers: faster than stable sorts, and the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.simulation.luck.draws import Ids

__all__ = ["by_moment", "by_moment_and", "ordered_by"]

Integers = npt.NDArray[np.int64]
Columns = npt.NDArray[Any]


def by_moment(moments: Integers) -> Integers:
    """A stable order by whole numbers."""
    return _ordered(moments)[0]


def by_moment_and(
    moments: Integers, tie: Callable[[Integers], Ids], last: Callable[[Integers], tuple[npt.NDArray[np.generic], ...]]
) -> Integers:
    """An order by moment, then by `tie`, then by what `last` gives (the most important column last).

    Both are asked about some rows: those of which several have the same moment.
    """
    order, sorted_moments = _ordered(moments)
    where, groups = _level(sorted_moments)
    if len(where):
        rows = order[where]
        order[where] = rows[_by_tie(groups, tie(rows), lambda some: last(rows[some]))]
    return order


def _by_tie(groups: Integers, tie: Ids, last: Callable[[Integers], tuple[npt.NDArray[np.generic], ...]]) -> Integers:
    """An order of rows in ascending groups by `tie` within each, then by what `last` gives.

    Leading bits of `tie` fill what group and row leave of 64 bits; rows that are still level are ordered on their own.
    """
    packed, index_bits = _packed(groups, tie)
    if packed is None:
        raise ValueError("a slice of time holds too many rows to be ordered at once")
    packed.sort(kind="stable")
    order = _rows(packed, index_bits)
    packed >>= np.uint64(index_bits)
    where, _ = _level(packed)
    if len(where):
        rows = order[where]
        order[where] = rows[np.lexsort((*last(rows), tie[rows], groups[rows]))]
    return order


def _level(values: npt.NDArray[np.generic]) -> tuple[Integers, Integers]:
    """The places in a sorted column whose value others have too, and the number of that value among all such."""
    same = values[1:] == values[:-1]
    if not same.any():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    level = np.zeros(len(values), dtype=bool)
    level[1:] = same
    level[:-1] |= same
    where = np.flatnonzero(level)
    begins = np.ones(len(where), dtype=bool)
    begins[1:] = values[where[1:]] != values[where[:-1]]
    return where, np.cumsum(begins)


def ordered_by(keys: npt.NDArray[np.integer[Any]], order: Integers | None = None) -> Integers:
    """A stable order by whole numbers >= 0, sixteen bits at a time (NumPy sorts those by counting)."""
    if order is None:
        order = np.arange(len(keys))
    left = keys.astype(np.uint64)
    bits = int(left.max(initial=np.uint64(0))).bit_length()
    for shift in range(0, max(bits, 1), 16):
        part = (left >> np.uint64(shift)).astype(np.uint16)[order]
        order = order[np.argsort(part, kind="stable")]
    return order


def _ordered(moments: Integers) -> tuple[Integers, npt.NDArray[np.generic]]:
    """A stable order by whole numbers; and the numbers in that order, or others that are equal where they are."""
    packed, index_bits = _packed(moments, None)
    if packed is None:
        order = np.argsort(moments, kind="stable")
        return order, moments[order]
    packed.sort(kind="stable")
    return _rows(packed, index_bits), packed >> np.uint64(index_bits)


def _packed(moments: Integers, tie: Ids | None) -> tuple[Ids | None, int]:
    """(moment, leading bits of the tie, row) in 64 bits, None if they do not fit; and how many bits are the row's."""
    count = len(moments)
    index_bits = max(1, (count - 1).bit_length())
    first = int(moments.min()) if count else 0
    time_bits = max(1, (int(moments.max(initial=first)) - first).bit_length())
    tie_bits = 64 - index_bits - time_bits
    if tie_bits < 0:
        return None, index_bits
    packed = (moments - first).astype(np.uint64)
    packed <<= np.uint64(64 - time_bits)
    if tie is not None and tie_bits:
        packed |= (tie >> np.uint64(64 - tie_bits)) << np.uint64(index_bits)
    packed |= np.arange(count, dtype=np.uint64)
    return packed, index_bits


def _rows(packed: Ids, index_bits: int) -> Integers:
    return (packed & np.uint64((1 << index_bits) - 1)).view(np.int64)

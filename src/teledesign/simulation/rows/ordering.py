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
    packed, index_bits = _packed(moments, None)
    if packed is None:
        return np.argsort(moments, kind="stable")
    packed.sort(kind="stable")
    return _rows(packed, index_bits)


def by_moment_and(
    moments: Integers, tie: Ids, last: Callable[[Integers], tuple[npt.NDArray[np.generic], ...]]
) -> Integers:
    """An order by moment, then by `tie`, then by what `last` gives for some rows (the most important column last).

    Leading bits of `tie` fill what moment and row leave of 64 bits; rows that are still level are ordered on their own.
    """
    packed, index_bits = _packed(moments, tie)
    if packed is None:
        raise ValueError("a slice of time holds too many rows to be ordered at once")
    packed.sort(kind="stable")
    order = _rows(packed, index_bits)
    packed >>= np.uint64(index_bits)
    level = np.flatnonzero(packed[1:] == packed[:-1])
    if len(level):
        tied = np.zeros(len(order), dtype=bool)
        tied[level] = tied[level + 1] = True
        where = np.flatnonzero(tied)
        rows = order[where]
        order[where] = rows[np.lexsort((*last(rows), tie[rows], moments[rows]))]
    return order


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

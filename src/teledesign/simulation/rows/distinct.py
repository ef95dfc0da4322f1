"""Which numbers are equal, without sorting them: a hash table of columns, filled for all rows at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from teledesign.simulation.luck.draws import GOLDEN, Ids

__all__ = ["distinct", "standing_for"]

Integers = npt.NDArray[np.int64]
_NEXT_FACTOR = 0xD1342543DE82EF95


def standing_for(keys: Ids) -> Integers:
    """For each row the one row that stands for all with its key.

    All rows write their number into the slot of their key.  Who finds a row of the same key there is done, together
    with all rows of that key; the few whose slot another key took try again with other slots.
    """
    count = len(keys)
    shift = np.uint64(64 - max(8, (count - 1).bit_length()))
    slots = np.empty(1 << (64 - int(shift)), dtype=np.int32)
    found = np.empty(count, dtype=np.int64)
    rows, left, factor = np.arange(count, dtype=np.int32), keys, int(GOLDEN)
    while len(rows):
        slot = ((left * np.uint64(factor)) >> shift).view(np.int64)
        slots[slot] = rows
        there = slots.take(slot)
        found[rows] = there
        open_rows = np.flatnonzero(keys.take(there) != left)
        rows, left = rows[open_rows], left[open_rows]
        factor = factor * _NEXT_FACTOR & 0xFFFF_FFFF_FFFF_FFFF
    return found


def distinct(keys: Ids) -> tuple[Integers, npt.NDArray[np.int32]]:
    """Rows in order that stand for one key each; and for each row the number of its key among them."""
    standing = standing_for(keys)
    number = np.zeros(len(keys), dtype=np.int32)
    number[standing] = 1
    rows = np.flatnonzero(number)
    number[rows] = np.arange(len(rows), dtype=np.int32)
    return rows, number.take(standing)

"""Rows of a slice of arrival time, event by event, on their way from the runs of all blocks into the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.simulation.luck.draws import hashed
from teledesign.simulation.rows.layout import EventLayout
from teledesign.simulation.rows.records import Records, taken

__all__ = ["Rows", "in_order_of_arrival"]

Integers = npt.NDArray[np.int64]
INDEX_LIMIT = 1 << 32


@dataclass(frozen=True)
class Rows:
    """Rows of one event: records, and the place of each in the part.

    `printed` holds columns made ready for printing, so that several formats share them.
    """

    layout: EventLayout
    records: Records
    place: Integers
    printed: dict[str, npt.NDArray[Any]] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.records)

    def between(self, first: int, last: int) -> Rows:
        """The rows whose place is from `first` up to, not including, `last`; places count from `first`."""
        low, high = np.searchsorted(self.place, (first, last))
        return Rows(
            self.layout,
            self.records[low:high],
            self.place[low:high] - first,
            {name: values[low:high] for name, values in self.printed.items()},
        )


def in_order_of_arrival(parts: list[tuple[EventLayout, Records]]) -> list[Rows]:
    """Give every row its place: by arrival, then (telling nothing) by scrambled session, `seq` and key."""
    parts = [part for part in parts if len(part[1])]
    if not parts:
        return []
    received = np.concatenate([records["received"] for _, records in parts])
    session = np.concatenate([hashed(records["session"]["id"], np.uint64(0)) for _, records in parts])
    order = _order(received, session, parts)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    found = []
    start = 0
    for layout, records in parts:
        own = place[start : start + len(records)]
        start += len(records)
        by_place = np.argsort(own)
        found.append(Rows(layout, taken(records, by_place), own[by_place]))
    return found


def _order(received: Integers, session: npt.NDArray[np.uint64], parts: list[tuple[EventLayout, Records]]) -> Integers:
    """Sort by (arrival, some bits of the session) in one integer sort, then mend the rows that are still tied."""
    count = len(received)
    index_bits = max(1, (count - 1).bit_length())
    first = int(received.min())
    time_bits = max(1, (int(received.max()) - first).bit_length())
    tie_bits = 64 - index_bits - time_bits
    if tie_bits < 0:
        raise ValueError("a slice of time holds too many rows to be ordered at once")
    packed = (received - first).astype(np.uint64) << np.uint64(64 - time_bits)
    if tie_bits:
        packed |= (session >> np.uint64(64 - tie_bits)) << np.uint64(index_bits)
    packed |= np.arange(count, dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << index_bits) - 1)).astype(np.int64)
    packed >>= np.uint64(index_bits)
    same = packed[1:] == packed[:-1]
    if same.any():
        tied = np.zeros(count, dtype=bool)
        tied[1:] |= same
        tied[:-1] |= same
        where = np.flatnonzero(tied)
        rows = order[where]
        seq = np.concatenate([records["seq"] for _, records in parts])[rows]
        key = np.concatenate([records["key"] for _, records in parts])[rows]
        order[where] = rows[np.lexsort((key, seq, session[rows], received[rows]))]
    return order

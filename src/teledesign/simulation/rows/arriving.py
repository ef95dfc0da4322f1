"""Rows of a slice of arrival time, event by event, on their way from the runs of all blocks into the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.simulation.luck.draws import hashed
from teledesign.simulation.rows.layout import EventLayout
from teledesign.simulation.rows.ordering import by_moment_and
from teledesign.simulation.rows.records import Records, taken

__all__ = ["Arrived", "Rows", "in_order_of_arrival"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Arrived:
    """Records of one event in no order, and which of them are in the log."""

    layout: EventLayout
    records: Records
    rows: Integers

    def __len__(self) -> int:
        return len(self.rows)


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


def in_order_of_arrival(parts: Sequence[Arrived], size: int) -> Iterator[list[Rows]]:
    """Rows by arrival, then (telling nothing) by scrambled session, `seq` and key: `size` of them at a time."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return

    def column(name: str) -> npt.NDArray[Any]:
        return np.concatenate([part.records[name][part.rows] for part in parts])

    def last(rows: Integers) -> tuple[npt.NDArray[Any], ...]:
        return column("key")[rows], column("seq")[rows]

    session = np.concatenate([hashed(part.records["session"]["id"][part.rows], np.uint64(0)) for part in parts])
    order = by_moment_and(column("received"), session, last)
    del session
    kind = np.repeat(np.arange(len(parts), dtype=np.uint16), [len(part) for part in parts])
    rows = np.concatenate([part.rows for part in parts])
    for first in range(0, len(order), size):
        some = order[first : first + size]
        kinds, here = kind[some], rows[some]
        places = [np.flatnonzero(kinds == number) for number in range(len(parts))]
        yield [
            Rows(part.layout, taken(part.records, here[place]), place)
            for part, place in zip(parts, places, strict=True)
            if len(place)
        ]

"""The rows of one event in a block while they are on their way into a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from teledesign.simulation.rows.layout import EventLayout
from teledesign.simulation.rows.records import Records, joined

__all__ = ["Recorded"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Recorded:
    """Records in no order yet, and for each its session's number and its order in it."""

    layout: EventLayout
    records: Records
    session: Integers
    order: Integers

    def __len__(self) -> int:
        return len(self.records)

    def taken(self, rows: Integers) -> Recorded:
        """Some of the rows, or some of them more than once, in this order."""
        return Recorded(self.layout, self.records.taken(rows), self.session[rows], self.order[rows])

    def where(self, keep: npt.NDArray[np.bool_]) -> Recorded:
        """The rows to keep: this very object, where that is all of them."""
        return self if keep.all() else self.taken(np.flatnonzero(keep))

    def with_more(self, other: Recorded) -> Recorded:
        """These rows, then those of another part of the same event."""
        return Recorded(
            self.layout,
            joined([self.records, other.records], self.layout.kinds),
            np.concatenate([self.session, other.session]),
            np.concatenate([self.order, other.order]),
        )

"""Rows as columns side by side: each column lies in one piece, so what asks for one column touches nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.simulation.rows.kinds import Kinds

__all__ = ["Records", "in_long_parts", "joined"]

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Records:
    """So many rows of some columns; `records[name]` is a column itself, `records[name] = values` fills it."""

    columns: dict[str, Values]
    rows: int

    @classmethod
    def empty(cls, kinds: Kinds, rows: int) -> Records:
        """Rows that are not filled in yet."""
        return cls({name: np.empty(rows, dtype=kind) for name, kind in kinds.items()}, rows)

    @classmethod
    def zeros(cls, kinds: Kinds, rows: int) -> Records:
        """Rows of nothing but zeros."""
        return cls({name: np.zeros(rows, dtype=kind) for name, kind in kinds.items()}, rows)

    def __len__(self) -> int:
        return self.rows

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> Values:
        return self.columns[name]

    def __setitem__(self, name: str, values: object) -> None:
        self.columns[name][:] = values

    @property
    def kinds(self) -> Kinds:
        """How each column is held."""
        return {name: values.dtype.str for name, values in self.columns.items()}

    def taken(self, rows: npt.NDArray[np.int64]) -> Records:
        """These rows, in this order."""
        return Records({name: values.take(rows) for name, values in self.columns.items()}, len(rows))

    def where(self, keep: npt.NDArray[np.bool_]) -> Records:
        """The rows to keep: this very object, where that is all of them."""
        return self if keep.all() else self.taken(np.flatnonzero(keep))

    def between(self, first: int, last: int) -> Records:
        """The rows from `first` up to, not including, `last`: columns are shared, not copied."""
        return Records({name: values[first:last] for name, values in self.columns.items()}, last - first)

    def only(self, names: Iterable[str]) -> Records:
        """Some of the columns, shared."""
        return Records({name: self.columns[name] for name in names}, self.rows)


def in_long_parts(parts: Iterable[Records], size: int = 1 << 16) -> Iterator[Records]:
    """Rows in parts of at least `size`, but for the last of each set of columns; those with the same ones together."""
    held: dict[tuple[str, ...], list[Records]] = {}
    for records in parts:
        alike = held.setdefault(tuple(records.columns), [])
        alike.append(records)
        if sum(map(len, alike)) >= size:
            yield joined(alike, records.kinds)
            alike.clear()
    yield from (joined(alike, alike[0].kinds) for alike in held.values() if alike)


def joined(parts: Sequence[Records], kinds: Kinds) -> Records:
    """Rows one part after another."""
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: np.concatenate([part[name] for part in parts]) if parts else np.empty(0, dtype=kind)
        for name, kind in kinds.items()
    }
    return Records(columns, sum(len(part) for part in parts))

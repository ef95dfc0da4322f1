"""Contexts: one combination of values of the names a table uses, counted like digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from teledesign.findings import Refusal
from teledesign.scenario.names import YES_NO, Name
from teledesign.scenario.quantities import Range
from teledesign.scenario.schedule import Hit, bit_name
from teledesign.scenario.tables import Row, Slice, Table

__all__ = [
    "Codes",
    "Conditions",
    "Context",
    "Mask",
    "TooWide",
    "amount",
    "context_of",
    "names_of",
    "names_of_hits",
    "rows_of",
    "slices_of",
]

Codes = NDArray[np.integer]
Mask = NDArray[np.bool_]
Conditions = Mapping[str, Sequence[str | float]]

MOST_CONTEXTS = 2**17
"""Combinations of values one table may depend on."""


class TooWide(ValueError, Refusal):
    """Something depends on more combinations of values than can be worked out; `address` is its dotted name."""

    def __init__(self, address: str, size: int, most: int) -> None:
        what = address or "a table"
        message = f"{what} depends on {size:,} combinations of values, more than {most:,}. Let fewer names decide"
        Refusal.__init__(self, message)
        self.address = address


@dataclass(frozen=True)
class Context:
    """The names a table uses and their values; a context's code counts them like digits, the last name fastest."""

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @cached_property
    def size(self) -> int:
        """How many contexts there are."""
        return prod(self._sizes)

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.values)

    def code(self, columns: Mapping[str, Codes], rows: int) -> NDArray[np.int64]:
        """The context of each row, from one column of value codes per name (`rows` is their length)."""
        found = np.zeros(rows, dtype=np.int64)
        for name, values in zip(self.names, self.values, strict=True):
            found = found * len(values) + columns[name]
        return found

    def code_of(self, codes: Mapping[str, int]) -> int:
        """The context of one combination of value codes."""
        found = 0
        for name, values in zip(self.names, self.values, strict=True):
            found = found * len(values) + codes[name]
        return found

    def values_at(self, context: int) -> dict[str, str]:
        """Name -> value of a context, for messages."""
        found: dict[str, str] = {}
        for name, values in zip(reversed(self.names), reversed(self.values), strict=True):
            context, digit = divmod(context, len(values))
            found[name] = values[digit]
        return dict(reversed(found.items()))

    def digits(self, name: str) -> NDArray[np.int64]:
        """The value code of one name in every context."""
        return _digits(self._sizes, self.names.index(name))

    def matching(self, where: Conditions) -> Mask:
        """The contexts in which all conditions hold."""
        found = np.ones(self.size, dtype=bool)
        for name, wanted in where.items():
            values = self.values[self.names.index(name)]
            found &= np.array([value in wanted for value in values], dtype=bool)[self.digits(name)]
        return found


@lru_cache(maxsize=256)
def _digits(sizes: tuple[int, ...], place: int) -> NDArray[np.int64]:
    """One digit of every number whose digits have these bases, read-only: tables beside each other ask for the same."""
    found = np.arange(prod(sizes)) // prod(sizes[place + 1 :]) % sizes[place]
    found.setflags(write=False)
    return found


def _branches(table: Table[Row, Slice], mask: Mask, context: Context) -> Iterator[tuple[Mask, Table[Row, Slice]]]:
    """The rows of a table with the contexts each is for."""
    if table.given is None:
        return
    left = mask.copy()
    for value, sub in table.rows.items():
        part = mask & context.matching({table.given: (value,)})
        left &= ~part
        yield part, sub
    if table.otherwise is not None:
        yield left, table.otherwise


def rows_of(table: Table[Row, Any], mask: Mask, context: Context) -> Iterator[tuple[Mask, Row]]:
    """Every row with the contexts it is for, by `given`; nested tables within their row's contexts."""
    if table.row is not None:
        yield mask, table.row
    for inner, sub in _branches(table, mask, context):
        yield from rows_of(sub, inner, context)


def slices_of(table: Table[Any, Slice], mask: Mask, context: Context) -> Iterator[tuple[Mask, Slice]]:
    """Every slice with its contexts; those of a nested table hold within its row."""
    for part in table.slices:
        yield mask & context.matching(part.where), part
    for inner, sub in _branches(table, mask, context):
        yield from slices_of(sub, inner, context)


def names_of(table: Table[Any, Any]) -> Iterator[str]:
    """The names a table conditions on, in file order."""
    if table.given is not None:
        yield table.given
    for sub in table.rows.values():
        yield from names_of(sub)
    if table.otherwise is not None:
        yield from names_of(table.otherwise)
    for part in table.slices:
        yield from part.where


def names_of_hits(hits: Sequence[Hit]) -> Iterator[str]:
    """The names that decide whether incidents change a table: those of their conditions, and their bits."""
    for hit in hits:
        yield from hit.where
        yield bit_name(hit.incident)


def amount(value: float | Range) -> float:
    """A settled amount.  Raises ValueError for a range."""
    if isinstance(value, Range):
        raise ValueError("the incident still holds a range. Settle it first")
    return float(value)


def context_of(named: Iterable[str], visible: Mapping[str, Name], address: str) -> Context:
    """The context of a table that uses these names.  Raises ValueError for one without values known there."""
    names = tuple(dict.fromkeys(named))
    values: list[tuple[str, ...]] = []
    for name in names:
        known = visible.get(name)
        if name.startswith("incident."):
            values.append(YES_NO)
        elif known is None or not known.is_categorical:
            raise ValueError(f"{address or 'a table'} is given {name}, which has no values known there")
        else:
            values.append(known.values)
    found = Context(names, tuple(values))
    if found.size > MOST_CONTEXTS:
        raise TooWide(address, found.size, MOST_CONTEXTS)
    return found

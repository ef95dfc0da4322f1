"""Baked tables as simulation reads them: one gather and compare per choice, whole milliseconds for durations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario.baking import ONE, BakedChances, BakedSizes, Leaf
from teledesign.scenario.distributions import Distribution
from teledesign.simulation.luck.draws import Floats, Ids

__all__ = ["Choices", "Column", "Quantiles", "Sizes", "milliseconds"]

Integers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Column = Callable[[str], npt.NDArray[Any]]
"""Name -> its column (codes or numbers) for the rows at hand."""

A_CALL, WORTH_A_TABLE = 1_000, 24_000
"""What a call costs beside its values, and when a table is worth its time, both in values worked out alone."""


def milliseconds(seconds: Floats) -> Integers:
    """Whole milliseconds, halves up."""
    return np.floor(seconds * 1000.0 + 0.5).astype(np.int64)


class Choices:
    """A table of chances.  `certain` is the choice of every context where no luck is involved, else None."""

    def __init__(self, baked: BakedChances) -> None:
        self.baked = baked
        self.names = baked.names
        self.columns = [np.ascontiguousarray(baked.thresholds[:, k]) for k in range(len(baked.choices) - 1)]
        known = baked.thresholds[~baked.is_missing]
        settled = bool(np.all((known == 0) | (known == ONE)))
        self.certain = (baked.thresholds == 0).sum(axis=1).astype(np.uint8) if settled else None

    def context(self, column: Column, rows: int) -> Integers | int:
        """The context of each row; one number where the table has only one context."""
        if not self.names:
            return 0
        return self.baked.context.code({name: column(name) for name in self.names}, rows)

    def choose(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Codes:
        """The choice of each row; `bits` (64 random bits a row) is asked only where luck is involved."""
        code = self.context(column, rows)
        if self.certain is not None:
            return np.full(rows, self.certain[code]) if isinstance(code, int) else self.certain[code]
        drawn = bits() >> np.uint64(32)
        found = np.zeros(rows, dtype=np.uint8)
        for thresholds in self.columns:
            found += drawn >= thresholds[code]
        return found


class Quantiles:
    """Equally likely values of several distributions, 65,536 of each, stacked.

    A place is that of the distribution, times 65,536, plus 16 random bits.  The first few values asked for are worked
    out alone, to the same bits: in a small log the tables would take longer than all that is drawn from them.
    """

    def __init__(self, held: Sequence[Distribution | Leaf]) -> None:
        self.held = held
        self._spent = 0

    @cached_property
    def table(self) -> Floats:
        """All values."""
        return np.concatenate([one.table() for one in self.held])

    @cached_property
    def table_ms(self) -> npt.NDArray[np.signedinteger[Any]]:
        """All values as whole milliseconds, as narrow as they go."""
        found = milliseconds(self.table)
        return found.astype(np.int32) if np.abs(found).max(initial=0) < 2**31 else found

    def at(self, places: Integers) -> Floats:
        """The values at some places."""
        return self._few(places) if self._are_few(places) else self.table[places]

    def ms_at(self, places: Integers) -> Integers:
        """The same in whole milliseconds."""
        if self._are_few(places):
            return milliseconds(self._few(places))
        return self.table_ms[places].astype(np.int64)

    def _are_few(self, places: Integers) -> bool:
        self._spent += A_CALL + len(places)
        return self._spent <= len(self.held) * WORTH_A_TABLE

    def _few(self, places: Integers) -> Floats:
        if len(self.held) == 1:
            return self.held[0].entries(places)
        found = np.empty(len(places))
        for number, one in enumerate(self.held):
            rows = np.flatnonzero(places >> 16 == number)
            if len(rows):
                found[rows] = one.entries(places[rows] & 0xFFFF)
        return found


class Sizes:
    """A table of sizes."""

    def __init__(self, baked: BakedSizes) -> None:
        self.baked = baked
        self.names = (*baked.names, *baked.numbers)
        self.leaf = np.maximum(baked.leaf, 0)
        self.constant = baked.leaves[0].mean() if len(baked.leaves) == 1 and baked.leaves[0].is_constant else None
        self.quantiles = Quantiles(baked.leaves)

    def draw(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Floats:
        """The size of each row."""
        if self.constant is not None:
            return np.full(rows, self.constant)
        if self.baked.numbers:
            return self._with_numbers(column, rows, bits)
        return self.quantiles.at(self._place(column, rows, bits))

    def draw_ms(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Integers:
        """The duration of each row in whole milliseconds."""
        if self.constant is not None:
            return np.full(rows, int(self.constant * 1000.0 + 0.5), dtype=np.int64)
        if self.baked.numbers:
            return milliseconds(self._with_numbers(column, rows, bits))
        return self.quantiles.ms_at(self._place(column, rows, bits))

    def _place(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Integers:
        place = (bits() >> np.uint64(48)).astype(np.int64)
        if len(self.baked.leaves) > 1:
            place += self.leaf[self._context(column, rows)] << 16
        return place

    def _context(self, column: Column, rows: int) -> Integers:
        return self.baked.context.code({name: column(name) for name in self.baked.names}, rows)

    def _with_numbers(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Floats:
        if len(self.baked.leaves) == 1:
            leaf = self.baked.leaves[0]
            assert leaf.number is not None
            return leaf.of(np.asarray(column(leaf.number), dtype=np.float64))
        numbers = {name: np.asarray(column(name), dtype=np.float64) for name in self.baked.numbers}
        drawn = (bits() >> np.uint64(48)).astype(np.uint16)
        return self.baked.draw(self._context(column, rows), drawn, numbers)

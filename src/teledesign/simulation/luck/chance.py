"""Baked tables as simulation reads them: one gather and compare per choice, whole milliseconds for durations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario.baking import ONE, BakedChances, BakedSizes
from teledesign.simulation.luck.draws import Floats, Ids

__all__ = ["Choices", "Column", "Sizes", "milliseconds"]

Integers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Column = Callable[[str], npt.NDArray[Any]]
"""Name -> its column (codes or numbers) for the rows at hand."""


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


class Sizes:
    """A table of sizes, all its quantile tables stacked into one."""

    def __init__(self, baked: BakedSizes) -> None:
        self.baked = baked
        self.names = (*baked.names, *baked.numbers)
        self.leaf = np.maximum(baked.leaf, 0)
        self.constant = baked.leaves[0].mean() if len(baked.leaves) == 1 and baked.leaves[0].is_constant else None
        if self.constant is None and not baked.numbers:
            self.table = np.concatenate([leaf.table() for leaf in baked.leaves])
            self.table_ms = milliseconds(self.table)
            if self.table_ms.max(initial=0) < 2**31:
                self.table_ms = self.table_ms.astype(np.int32)

    def draw(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Floats:
        """The size of each row."""
        if self.constant is not None:
            return np.full(rows, self.constant)
        if self.baked.numbers:
            return self._with_numbers(column, rows, bits)
        return self.table[self._place(column, rows, bits)]

    def draw_ms(self, column: Column, rows: int, bits: Callable[[], Ids]) -> Integers:
        """The duration of each row in whole milliseconds."""
        if self.constant is not None:
            return np.full(rows, int(self.constant * 1000.0 + 0.5), dtype=np.int64)
        if self.baked.numbers:
            return milliseconds(self._with_numbers(column, rows, bits))
        return self.table_ms[self._place(column, rows, bits)].astype(np.int64)

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

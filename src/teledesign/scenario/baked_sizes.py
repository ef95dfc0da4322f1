"""Tables of sizes turned into arrays: per context a distribution or a number already drawn, shifted and scaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.contexts import (
    Codes,
    Context,
    Mask,
    amount,
    context_of,
    names_of,
    names_of_hits,
    rows_of,
    slices_of,
)
from teledesign.scenario.distributions import Distribution, mean_of
from teledesign.scenario.names import Name
from teledesign.scenario.quantities import Quantity
from teledesign.scenario.schedule import Running, bit_name, effects_on
from teledesign.scenario.tables import ChanceRow, Size, SizeTable

__all__ = ["BakedSizes", "Leaf", "bake_sizes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Leaf:
    """What a size is in one context: a distribution, or a number already drawn, then `times` and `plus`.

    Stated bounds hold after `times` and `plus` too, by clipping; the number of a distribution is never
    negative time.
    """

    distribution: Distribution | None
    number: str | None = None
    times: float = 1.0
    plus: float = 0.0

    def table(self) -> Floats:
        """65,536 equally likely values, read-only.  Only for a distribution."""
        return _leaf_table(self)

    def entries(self, places: NDArray[np.integer[Any]]) -> Floats:
        """The entries of `table` at some places, without the table."""
        if self.distribution is None:
            raise ValueError(f"the number {self.number} has no table of its own")
        return self.of(self.distribution.entries(places))

    def of(self, values: Floats) -> Floats:
        """`times`, `plus` and the bounds applied to values of the distribution or the number."""
        changed = values * self.times + self.plus
        if self.distribution is None:
            return changed
        low = max(self.distribution.low, 0.0) if self.distribution.is_time else self.distribution.low
        return np.minimum(np.maximum(changed, low), self.distribution.high)

    @property
    def is_constant(self) -> bool:
        """Whether every value is the same."""
        return self.distribution is not None and self.distribution.kind == "constant"

    def mean(self) -> float:
        """The mean of `table`."""
        return _leaf_mean(self)


@lru_cache(maxsize=512)
def _leaf_table(leaf: Leaf) -> Floats:
    if leaf.distribution is None:
        raise ValueError(f"the number {leaf.number} has no table of its own")
    found = leaf.of(leaf.distribution.table())
    found.setflags(write=False)
    return found


@lru_cache(maxsize=4096)
def _leaf_mean(leaf: Leaf) -> float:
    if leaf.distribution is not None and leaf.is_constant:
        return float(leaf.of(np.array([leaf.distribution.first]))[0])
    return mean_of(leaf.table())


@dataclass(frozen=True)
class BakedSizes:
    """A table of sizes as arrays: `leaf[context]` is a place in `leaves`, or -1 where the file has no row."""

    address: str
    context: Context
    leaf: NDArray[np.int64]
    leaves: tuple[Leaf, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names the table uses."""
        return self.context.names

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The values of each of `names`, in code order."""
        return self.context.values

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers already drawn that rows name."""
        return tuple(dict.fromkeys(leaf.number for leaf in self.leaves if leaf.number))

    def code(self, columns: Mapping[str, Codes], rows: int) -> NDArray[np.int64]:
        """The context of each row."""
        return self.context.code(columns, rows)

    def draw(
        self, code: NDArray[np.int64], bits: NDArray[np.uint16], numbers: Mapping[str, Floats] | None = None
    ) -> Floats:
        """The size of each row from 16 random bits, or from the `numbers` it names (one column each)."""
        found = np.full(len(code), np.nan)
        chosen = self.leaf[code]
        for place, leaf in enumerate(self.leaves):
            rows = slice(None) if len(self.leaves) == 1 and not self.is_missing.any() else chosen == place
            if leaf.number is not None:
                found[rows] = leaf.of((numbers or {})[leaf.number][rows])
            elif leaf.is_constant:
                found[rows] = leaf.mean()
            else:
                found[rows] = leaf.table()[bits[rows]]
        return found

    @property
    def highest(self) -> float:
        """The largest size any row of a distribution can give (numbers named are bounded where they are drawn)."""
        return max((float(leaf.table()[-1]) for leaf in self.leaves if leaf.distribution), default=0.0)

    @property
    def is_missing(self) -> Mask:
        """The contexts without a row."""
        return self.leaf < 0


def bake_sizes(
    table: SizeTable, visible: Mapping[str, Name], address: str = "", incidents: Running | None = None
) -> BakedSizes:
    """A table of sizes as arrays.  The arguments are those of `bake_chances`; raises the same ValueError."""
    hits = effects_on(address, incidents or {})
    context = context_of([*names_of(table), *names_of_hits(hits)], visible, address)
    everywhere = np.ones(context.size, dtype=bool)
    sizes: list[Size | None] = [None] * context.size
    for mask, row in rows_of(table, everywhere, context):
        for at in np.flatnonzero(mask):
            sizes[at] = row
    stages = [
        [_SizeChange(mask, s.set, s.times, s.plus) for mask, s in slices_of(table, everywhere, context)],
        [
            _SizeChange(
                context.matching({**hit.where, bit_name(hit.incident): ("yes",)}),
                _as_size(hit.effect.set),
                None if isinstance(hit.effect.times, dict) or hit.effect.times is None else amount(hit.effect.times),
                None if hit.effect.plus is None else Quantity(amount(hit.effect.plus)),
            )
            for hit in hits
        ],
    ]
    made = [_leaf(size, stages, at) if size or _is_set(stages, at) else None for at, size in enumerate(sizes)]
    leaves = tuple(dict.fromkeys(leaf for leaf in made if leaf))
    places = {leaf: place for place, leaf in enumerate(leaves)}
    return BakedSizes(address, context, np.array([places[leaf] if leaf else -1 for leaf in made]), leaves)


@dataclass(frozen=True)
class _SizeChange:
    mask: Mask
    set: Size | None
    times: float | None
    plus: Quantity | None


def _is_set(stages: Sequence[Sequence[_SizeChange]], at: int) -> bool:
    return any(change.set and change.mask[at] for stage in stages for change in stage)


def _leaf(size: Size | None, stages: Sequence[Sequence[_SizeChange]], at: int) -> Leaf:
    """The leaf of one context: per stage `set`, then the product of `times`, then the sum of `plus`."""
    times, plus, mean_times = 1.0, 0.0, 1.0
    for stage in stages:
        here = [change for change in stage if change.mask[at]]
        for change in here:
            if change.set is not None:
                size, times, plus, mean_times = change.set, 1.0, 0.0, 1.0
        factor = 1.0
        for change in here:
            factor *= 1.0 if change.times is None else change.times
        if size is not None and size.kind == "count":
            mean_times *= factor
        else:
            times, plus = times * factor, plus * factor
        for change in here:
            plus += change.plus.value if change.plus else 0.0
    assert size is not None
    if size.name is not None:
        return Leaf(None, size.name, times, plus)
    distribution = Distribution.of(size)
    return Leaf(distribution.multiplied(mean_times) if mean_times != 1.0 else distribution, None, times, plus)


def _as_size(row: ChanceRow | Size | None) -> Size | None:
    """A `set` of a size; one name alone reads as a row of chances and means that number."""
    if isinstance(row, ChanceRow):
        return Size.model_validate(next(iter(row.chances)) if len(row.chances) == 1 else row.chances)
    return row

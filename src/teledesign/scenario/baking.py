"""Tables turned into arrays: one row per context, slices and incidents already worked in.

A context is one combination of values of the names a table uses (its `given`s, the `where`s of its slices
and of the incidents that touch it, and one yes/no name `incident.NAME` per such incident), written as a mixed-radix
number.  Baking does what the language says, in two stages: first slices, then incidents; within
a stage `set`, then `odds_times`, then `times` (for sizes `set`, `times`, `plus`).  Multipliers for one choice are
multiplied together and applied once, so the order in the file never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.baked_sizes import BakedSizes, Leaf, bake_sizes
from teledesign.scenario.contexts import (
    Codes,
    Conditions,
    Context,
    Mask,
    amount,
    context_of,
    names_of,
    names_of_hits,
    rows_of,
    slices_of,
)
from teledesign.scenario.names import Name
from teledesign.scenario.quantities import Range
from teledesign.scenario.schedule import Hit, Running, bit_name, effects_on
from teledesign.scenario.tables import ChanceRow, ChanceTable

__all__ = ["BakedChances", "BakedSizes", "Context", "Leaf", "Unmakeable", "amount", "bake_chances", "bake_sizes"]

Floats = NDArray[np.float64]

MOST_KEPT = 2000
ONE = 2**32
"""Choices are made with 32 random bits: thresholds are whole numbers from 0 to 2^32."""
LEAST = 2.0**-40
"""Chances that come to less are none: nothing is drawn so seldom, and nothing else may be shared out among them."""
LARGEST = 1e150
"""Multipliers that come to more count as this: what is still multiplied with it stays a number."""


@dataclass(frozen=True)
class Unmakeable:
    """A context in which the multipliers of a stage leave no row of chances.

    `total` is what the named chances come to: above 1, or below 1 with nothing else to take the rest.
    """

    address: str
    stage: str
    context: Mapping[str, str]
    total: float


@dataclass(frozen=True)
class BakedChances:
    """A table of chances as arrays.

    `chances[context, choice]` is NaN where the file has no row for that context.  `unmakeable` lists the
    contexts whose multipliers leave no row (they come to more than 1, or to less with nothing left to take the
    rest); there the named chances are scaled to 1, so that a row is always one.
    """

    address: str
    context: Context
    choices: tuple[str, ...]
    chances: Floats
    unmakeable: tuple[Unmakeable, ...] = ()

    @cached_property
    def thresholds(self) -> NDArray[np.uint64]:
        """Cumulative chances as whole numbers of 1/2^32: choice k is made iff T[k-1] <= bits < T[k]."""
        return cumulative(self.chances)

    @property
    def names(self) -> tuple[str, ...]:
        """The names the table uses."""
        return self.context.names

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The values of each of `names`, in code order."""
        return self.context.values

    def code(self, columns: Mapping[str, Codes], rows: int) -> NDArray[np.int64]:
        """The context of each row."""
        return self.context.code(columns, rows)

    def choose(self, code: NDArray[np.int64], bits: NDArray[np.uint32] | NDArray[np.uint64]) -> NDArray[np.uint8]:
        """The choice of each row from 32 random bits.

        A choice of chance 0 is never made and one of chance 1 always; any other chance is met within 2^-32.
        """
        drawn = bits.astype(np.uint64)
        found = np.zeros(len(drawn), dtype=np.uint8)
        for column in range(len(self.choices) - 1):
            found += drawn >= self.thresholds[code, column]
        return found

    @property
    def is_missing(self) -> Mask:
        """The contexts without a row."""
        return np.isnan(self.chances[:, 0])


def bake_chances(
    table: ChanceTable,
    visible: Mapping[str, Name],
    address: str = "",
    incidents: Running | None = None,
    *,
    choices: Sequence[str] = (),
    forced: tuple[Conditions, str] | None = None,
) -> BakedChances:
    """A table of chances as arrays.

    `visible` are the names known where the table stands (`Names.visible`); `address` is its dotted name
    (`face.suggested.next`), by which settled `incidents` find it; `choices` fixes the order of the choices
    (the table's own otherwise); `forced` makes one choice certain wherever conditions hold, whatever
    slices and incidents say (the holdback group).  Raises ValueError for names that are not known there.
    """
    hits = effects_on(address, incidents or {})
    named = [*names_of(table), *names_of_hits(hits), *([*forced[0]] if forced else [])]
    context = context_of(named, visible, address)
    all_choices = tuple(dict.fromkeys([*choices, *table.choices, *_choices_of(hits), *([forced[1]] if forced else [])]))
    if hits or forced:
        return _baked(table, context, address, all_choices, hits, forced)
    key = (id(table), context, address, all_choices)
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = table, _baked(table, context, address, all_choices, hits, forced)
    return _kept[key][1]


_kept: dict[tuple[object, ...], tuple[ChanceTable, BakedChances]] = {}
"""Tables as nothing touches them, each beside the table that its key names: a scenario and those that differ from it in
one number, or that stand under incidents, share most of theirs."""


def _baked(
    table: ChanceTable,
    context: Context,
    address: str,
    all_choices: tuple[str, ...],
    hits: Sequence[Hit],
    forced: tuple[Conditions, str] | None,
) -> BakedChances:
    rows = _Rows(context, {choice: i for i, choice in enumerate(all_choices)})
    everywhere = np.ones(context.size, dtype=bool)
    base = np.full((context.size, len(all_choices)), np.nan)
    for mask, row in rows_of(table, everywhere, context):
        base[mask] = rows.row(row.chances)
    slices = [
        _Change(
            mask & context.matching(part.where),
            rows.row(part.set.chances) if part.set else None,
            part.odds_times or {},
            part.times or {},
        )
        for mask, part in slices_of(table, everywhere, context)
    ]
    struck = [
        _Change(
            context.matching({**hit.where, bit_name(hit.incident): ("yes",)}),
            rows.row(hit.effect.set.chances) if isinstance(hit.effect.set, ChanceRow) else None,
            _factors(hit.effect.odds_times),
            _factors(hit.effect.times) if isinstance(hit.effect.times, dict) else {},
        )
        for hit in hits
    ]
    chances, bad_slices = rows.changed(base, slices)
    chances, bad_incidents = rows.changed(chances, struck)
    if forced:
        chances[context.matching(forced[0])] = rows.row({forced[1]: 1.0})
    unmakeable = [
        Unmakeable(address, stage, context.values_at(at), total)
        for stage, found in (("slices", bad_slices), ("incidents", bad_incidents))
        for at, total in found
    ]
    return BakedChances(address, context, all_choices, chances, tuple(unmakeable))


def cumulative(chances: Floats) -> NDArray[np.uint64]:
    """Cumulative chances as whole numbers of 1/2^32 per row; from the last possible choice on, 2^32 itself."""
    known = np.where(np.isnan(chances), 0.0, chances)
    sums = np.floor(np.cumsum(known, axis=1) * ONE + 0.5)
    possible_from_here = np.cumsum((known > 0)[:, ::-1], axis=1)[:, ::-1]
    others_follow = possible_from_here > (known > 0)
    return np.where(others_follow, np.minimum(sums, ONE), ONE).astype(np.uint64)


@dataclass(frozen=True)
class _Change:
    """What a slice or an effect does to the contexts of `mask`."""

    mask: Mask
    row: Floats | None
    odds: Mapping[str, float]
    times: Mapping[str, float]


@dataclass(frozen=True)
class _Rows:
    context: Context
    places: Mapping[str, int]

    def row(self, chances: Mapping[str, float]) -> Floats:
        found = np.zeros(len(self.places))
        for choice, chance in chances.items():
            found[self.places[choice]] = chance
        return found

    def changed(self, base: Floats, changes: Sequence[_Change]) -> tuple[Floats, list[tuple[int, float]]]:
        """One stage: `set`, then `odds_times`, then `times`; and the contexts where that leaves no row."""
        chances = base.copy()
        if not changes:
            return chances, []
        for change in changes:
            if change.row is not None:
                chances[change.mask] = change.row
        odds, has_odds = self._factors((change.mask, change.odds) for change in changes)
        chances, emptied = _rescaled(chances, odds, np.any(has_odds, axis=1))
        times, named = self._factors((change.mask, change.times) for change in changes)
        chances, no_row = _multiplied(chances, times, named)
        return chances, sorted({**dict.fromkeys(emptied, 0.0), **dict(no_row)}.items())

    def _factors(self, parts: Iterable[tuple[Mask, Mapping[str, float]]]) -> tuple[Floats, Mask]:
        """Products of multipliers per context and choice, and which choices were named."""
        factors = np.ones((self.context.size, len(self.places)))
        named = np.zeros(factors.shape, dtype=bool)
        for mask, multipliers in parts:
            for choice, factor in multipliers.items():
                if choice in self.places:
                    factors[mask, self.places[choice]] *= min(factor, LARGEST)
                    named[mask, self.places[choice]] = True
            np.minimum(factors, LARGEST, out=factors)
        return factors, named


def _sums(chances: Floats) -> Floats:
    return np.cumsum(chances, axis=1)[:, -1]


def _rescaled(chances: Floats, odds: Floats, touched: Mask) -> tuple[Floats, list[int]]:
    """Chances multiplied, then rescaled to 1; rows of which nothing would be left stay, and are listed."""
    found = chances * odds
    totals = _sums(found)
    emptied = touched & (totals <= 0)
    touched = touched & (totals > 0)
    found[touched] /= totals[touched, None]
    return np.where(emptied[:, None], chances, found), np.flatnonzero(emptied).tolist()


def _multiplied(chances: Floats, times: Floats, named: Mask) -> tuple[Floats, list[tuple[int, float]]]:
    """Named chances multiplied exactly; the others share what is left in their old proportions."""
    touched = np.any(named, axis=1) & ~np.isnan(chances[:, 0])
    fixed = np.where(named, chances * times, 0.0)
    others = np.where(named, 0.0, chances)
    fixed_total, other_total = _sums(fixed), _sums(others)
    left = 1.0 - fixed_total
    is_other = other_total > LEAST
    no_row = touched & ((left < -1e-9) | (~is_other & (np.abs(left) > 1e-9)))
    share = np.maximum(left, 0.0) / np.where(is_other, other_total, 1.0)
    found = np.where(touched[:, None], fixed + others * share[:, None], chances)
    found = np.where((no_row & (fixed_total <= 0))[:, None], chances, found)
    totals = np.where(no_row, _sums(found), 1.0)
    return found / totals[:, None], [(int(at), float(fixed_total[at])) for at in np.flatnonzero(no_row)]


def _choices_of(hits: Sequence[Hit]) -> Iterator[str]:
    for hit in hits:
        if isinstance(hit.effect.set, ChanceRow):
            yield from hit.effect.set.chances


def _factors(factors: Mapping[str, float | Range] | None) -> dict[str, float]:
    return {choice: amount(factor) for choice, factor in (factors or {}).items()}

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
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.distributions import Distribution, mean_of
from teledesign.scenario.names import YES_NO, Name
from teledesign.scenario.quantities import Quantity, Range
from teledesign.scenario.schedule import Hit, Running, bit_name, effects_on
from teledesign.scenario.tables import ChanceRow, ChanceSlice, ChanceTable, Size, SizeSlice, SizeTable

__all__ = ["BakedChances", "BakedSizes", "Context", "Leaf", "Unmakeable", "bake_chances", "bake_sizes"]

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]
Mask = NDArray[np.bool_]
Conditions = Mapping[str, Sequence[str | float]]

ONE = 2**32
"""Choices are made with 32 random bits: thresholds are whole numbers from 0 to 2^32."""
MOST_CONTEXTS = 2**20

AnyTable = TypeVar("AnyTable", ChanceTable, SizeTable)


@dataclass(frozen=True)
class Context:
    """The names a table uses and their values; a context's code counts them like digits, the last name fastest."""

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> int:
        """How many contexts there are."""
        found = 1
        for values in self.values:
            found *= len(values)
        return found

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
        place = self.names.index(name)
        after = Context(self.names[place + 1 :], self.values[place + 1 :]).size
        return np.arange(self.size) // after % len(self.values[place])

    def matching(self, where: Conditions) -> Mask:
        """The contexts in which all conditions hold."""
        found = np.ones(self.size, dtype=bool)
        for name, wanted in where.items():
            values = self.values[self.names.index(name)]
            found &= np.isin(self.digits(name), [i for i, value in enumerate(values) if value in wanted])
        return found


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
    thresholds: NDArray[np.uint64]
    """Cumulative chances as whole numbers of 1/2^32: choice k is made iff T[k-1] <= bits < T[k]."""
    unmakeable: tuple[Unmakeable, ...] = ()

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
    named = [*_names_of(table), *_names_of_hits(hits), *([*forced[0]] if forced else [])]
    context = _context(named, visible, address)
    all_choices = tuple(dict.fromkeys([*choices, *table.choices, *_choices_of(hits), *([forced[1]] if forced else [])]))
    rows = _Rows(context, {choice: i for i, choice in enumerate(all_choices)})
    everywhere = np.ones(context.size, dtype=bool)
    base = np.full((context.size, len(all_choices)), np.nan)
    _fill(table, everywhere, rows, base)
    slices = [
        _Change(
            mask & context.matching(part.where),
            rows.row(part.set.chances) if part.set else None,
            part.odds_times or {},
            part.times or {},
        )
        for mask, part in _chance_slices(table, everywhere, context)
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
    return BakedChances(address, context, all_choices, chances, cumulative(chances), tuple(unmakeable))


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
        for change in changes:
            if change.row is not None:
                chances[change.mask] = change.row
        odds, has_odds = self._factors((change.mask, change.odds) for change in changes)
        chances = _rescaled(chances * odds, np.any(has_odds, axis=1))
        times, named = self._factors((change.mask, change.times) for change in changes)
        return _multiplied(chances, times, named)

    def _factors(self, parts: Iterable[tuple[Mask, Mapping[str, float]]]) -> tuple[Floats, Mask]:
        """Products of multipliers per context and choice, and which choices were named."""
        factors = np.ones((self.context.size, len(self.places)))
        named = np.zeros(factors.shape, dtype=bool)
        for mask, multipliers in parts:
            for choice, factor in multipliers.items():
                if choice in self.places:
                    factors[mask, self.places[choice]] *= factor
                    named[mask, self.places[choice]] = True
        return factors, named


def _sums(chances: Floats) -> Floats:
    return np.cumsum(chances, axis=1)[:, -1]


def _rescaled(chances: Floats, touched: Mask) -> Floats:
    totals = _sums(chances)
    touched = touched & (totals > 0)
    chances[touched] /= totals[touched, None]
    return chances


def _multiplied(chances: Floats, times: Floats, named: Mask) -> tuple[Floats, list[tuple[int, float]]]:
    """Named chances multiplied exactly; the others share what is left in their old proportions."""
    touched = np.any(named, axis=1) & ~np.isnan(chances[:, 0])
    fixed = np.where(named, chances * times, 0.0)
    others = np.where(named, 0.0, chances)
    fixed_total, other_total = _sums(fixed), _sums(others)
    left = 1.0 - fixed_total
    no_row = touched & ((left < -1e-9) | ((other_total <= 0) & (np.abs(left) > 1e-9)))
    share = np.maximum(left, 0.0) / np.where(other_total > 0, other_total, 1.0)
    found = np.where(touched[:, None], fixed + others * share[:, None], chances)
    found = np.where((no_row & (fixed_total <= 0))[:, None], chances, found)
    totals = np.where(no_row, _sums(found), 1.0)
    return found / totals[:, None], [(int(at), float(fixed_total[at])) for at in np.flatnonzero(no_row)]


def _fill(table: ChanceTable, mask: Mask, rows: _Rows, base: Floats) -> None:
    """The base rows: by `given`, nested tables within their row's contexts."""
    if table.row is not None:
        base[mask] = rows.row(table.row.chances)
    for sub, part in _branches(table, mask, rows.context):
        _fill(sub, part, rows, base)


def _branches(table: AnyTable, mask: Mask, context: Context) -> Iterator[tuple[AnyTable, Mask]]:
    """The rows of a table with the contexts each is for."""
    if table.given is None:
        return
    left = mask.copy()
    for value, sub in table.rows.items():
        part = mask & context.matching({table.given: (value,)})
        left &= ~part
        yield sub, part
    if table.otherwise is not None:
        yield table.otherwise, left


def _chance_slices(table: ChanceTable, mask: Mask, context: Context) -> Iterator[tuple[Mask, ChanceSlice]]:
    """Every slice with its contexts; those of a nested table hold within its row."""
    for part in table.slices:
        yield mask & context.matching(part.where), part
    for sub, inner in _branches(table, mask, context):
        yield from _chance_slices(sub, inner, context)


def _size_slices(table: SizeTable, mask: Mask, context: Context) -> Iterator[tuple[Mask, SizeSlice]]:
    for part in table.slices:
        yield mask & context.matching(part.where), part
    for sub, inner in _branches(table, mask, context):
        yield from _size_slices(sub, inner, context)


def _names_of(table: ChanceTable | SizeTable) -> Iterator[str]:
    """The names a table conditions on, in file order."""
    if table.given is not None:
        yield table.given
    for sub in table.rows.values():
        yield from _names_of(sub)
    if table.otherwise is not None:
        yield from _names_of(table.otherwise)
    for part in table.slices:
        yield from part.where


def _names_of_hits(hits: Sequence[Hit]) -> Iterator[str]:
    for hit in hits:
        yield from hit.where
        yield bit_name(hit.incident)


def _choices_of(hits: Sequence[Hit]) -> Iterator[str]:
    for hit in hits:
        if isinstance(hit.effect.set, ChanceRow):
            yield from hit.effect.set.chances


def _factors(factors: Mapping[str, float | Range] | None) -> dict[str, float]:
    return {choice: amount(factor) for choice, factor in (factors or {}).items()}


def amount(value: float | Range) -> float:
    """A settled amount.  Raises ValueError for a range."""
    if isinstance(value, Range):
        raise ValueError("the incident still holds a range. Settle it first")
    return float(value)


def _context(named: Iterable[str], visible: Mapping[str, Name], address: str) -> Context:
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
        raise ValueError(f"{address or 'a table'} has {found.size} contexts, more than {MOST_CONTEXTS}")
    return found


# Sizes


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
    context = _context([*_names_of(table), *_names_of_hits(hits)], visible, address)
    everywhere = np.ones(context.size, dtype=bool)
    sizes: list[Size | None] = [None] * context.size
    _fill_sizes(table, everywhere, context, sizes)
    stages = [
        [_SizeChange(mask, s.set, s.times, s.plus) for mask, s in _size_slices(table, everywhere, context)],
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


def _fill_sizes(table: SizeTable, mask: Mask, context: Context, sizes: list[Size | None]) -> None:
    if table.row is not None:
        for at in np.flatnonzero(mask):
            sizes[at] = table.row
    for sub, part in _branches(table, mask, context):
        _fill_sizes(sub, part, context, sizes)


def _as_size(row: ChanceRow | Size | None) -> Size | None:
    """A `set` of a size; one name alone reads as a row of chances and means that number."""
    if isinstance(row, ChanceRow):
        return Size.model_validate(next(iter(row.chances)) if len(row.chances) == 1 else row.chances)
    return row

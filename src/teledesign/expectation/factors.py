"""What one counted thing weighs in a context: conditions, chances of small tables, means of numbers, faults.

A factor knows the variables it depends on and its value where they are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.contexts import Codes, Context, Contexts
from teledesign.scenario.baking import BakedChances, BakedSizes, Leaf
from teledesign.scenario.distributions import mean_of

__all__ = [
    "Chances",
    "Constant",
    "Factor",
    "Fault",
    "FloorMean",
    "Lookup",
    "Matches",
    "Mean",
    "Number",
    "NumberIs",
    "product",
]

Floats = NDArray[np.float64]


class Factor(Protocol):
    """A number that depends on some variables."""

    @property
    def variables(self) -> frozenset[str]:
        """What must be known."""
        ...

    def values(self, contexts: Contexts) -> Floats:
        """The number in each context."""
        ...


@dataclass(frozen=True)
class Lookup:
    """How a baked table reads its context from variables."""

    names: tuple[str, ...]
    radices: tuple[int, ...]

    def code(self, context: Context) -> int:
        """The table's context."""
        found = 0
        for name, radix in zip(self.names, self.radices, strict=True):
            found = found * radix + context[name]
        return found

    def codes(self, contexts: Contexts) -> Codes:
        """The table's context in each."""
        found = np.zeros(contexts.rows, dtype=np.int64)
        for name, radix in zip(self.names, self.radices, strict=True):
            found = found * radix + contexts[name]
        return found


@dataclass(frozen=True)
class Constant:
    """A plain number."""

    number: float
    variables: frozenset[str] = frozenset()

    def values(self, contexts: Contexts) -> Floats:
        """The number."""
        return np.full(contexts.rows, self.number)


@dataclass(frozen=True)
class Matches:
    """1 where a variable has one of the values, else 0."""

    variable: str
    codes: frozenset[int]

    @property
    def variables(self) -> frozenset[str]:
        """The one variable."""
        return frozenset([self.variable])

    def values(self, contexts: Contexts) -> Floats:
        """1 or 0."""
        column = contexts[self.variable]
        found = np.zeros(contexts.rows, dtype=bool)
        for code in self.codes:
            found |= column == code
        return found.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Chances:
    """The chance that a table gives one of some choices."""

    lookup: Lookup
    table: BakedChances
    choices: frozenset[str]

    @property
    def variables(self) -> frozenset[str]:
        """What the table is given."""
        return frozenset(self.lookup.names)

    def values(self, contexts: Contexts) -> Floats:
        """The chance."""
        rows = self.table.chances[self.lookup.codes(contexts)]
        found = np.zeros(contexts.rows)
        for place, choice in enumerate(self.table.choices):
            if choice in self.choices:
                found = found + rows[:, place]
        return found


@dataclass(frozen=True)
class Fault:
    """Rows multiplied by `factor` where all conditions hold (as often as they do), and as they are elsewhere."""

    conditions: tuple[Factor, ...]
    factor: float

    @property
    def variables(self) -> frozenset[str]:
        """The variables of the conditions."""
        return frozenset[str]().union(*(condition.variables for condition in self.conditions))

    def values(self, contexts: Contexts) -> Floats:
        """`factor`, 1, or between the two."""
        held = np.ones(contexts.rows)
        for condition in self.conditions:
            held = held * condition.values(contexts)
        return np.where(held == 1.0, self.factor, 1.0 + (self.factor - 1.0) * held)


@dataclass(frozen=True, eq=False)
class Number:
    """A size where it is used; a row that names another number leads to that one."""

    lookup: Lookup
    sizes: BakedSizes
    named: Mapping[str, Number]

    @property
    def variables(self) -> frozenset[str]:
        """What the size and the numbers it names are given."""
        return frozenset(self.lookup.names).union(*(number.variables for number in self.named.values()))

    def leaves(self, context: Context) -> tuple[Leaf, ...]:
        """The chain of leaves in a context, the distribution last.  Raises ValueError where the file has no row."""
        place = int(self.sizes.leaf[self.lookup.code(context)])
        if place < 0:
            raise ValueError(f"{self.sizes.address} has no row for a value that can reach it")
        leaf = self.sizes.leaves[place]
        return (leaf, *self.named[leaf.number].leaves(context)) if leaf.number else (leaf,)

    def of_leaves(self, contexts: Contexts, number: Callable[[tuple[Leaf, ...]], float]) -> Floats:
        """A number of the chain of leaves, in each context."""
        return contexts.each(self.variables, lambda context: number(self.leaves(context)))

    def whole_means(self, contexts: Contexts) -> Floats:
        """The mean of the size rounded to whole numbers: how many episodes `count` starts."""
        return self.of_leaves(contexts, _whole_mean)

    def expected_powers(self, contexts: Contexts, base: Floats) -> Floats:
        """The mean of a base, one in each context, to the power of the size rounded to whole numbers."""
        own, which = contexts.distinct(sorted(self.variables))
        found = np.zeros(contexts.rows)
        for place, context in enumerate(own):
            rows = np.flatnonzero(which == place)
            power = np.zeros(len(rows))
            for chance in reversed(_chances_of_counts(self.leaves(context)).tolist()):
                power = power * base[rows] + chance
            found[rows] = power
        return found


@lru_cache(maxsize=4096)
def values(leaves: tuple[Leaf, ...]) -> Floats:
    """Equally likely values of a chain of leaves."""
    *outer, last = leaves
    found = np.array([last.mean()]) if last.is_constant else last.table()
    for leaf in reversed(outer):
        found = leaf.of(found)
    return found


@lru_cache(maxsize=4096)
def _mean(leaves: tuple[Leaf, ...]) -> float:
    return mean_of(values(leaves))


@lru_cache(maxsize=4096)
def _whole_mean(leaves: tuple[Leaf, ...]) -> float:
    return mean_of(whole(values(leaves)))


@lru_cache(maxsize=4096)
def _floor_mean(leaves: tuple[Leaf, ...], period: float) -> float:
    return mean_of(np.floor(np.maximum(values(leaves), 0.0) / period))


@lru_cache(maxsize=512)
def _chances_of_counts(leaves: tuple[Leaf, ...]) -> Floats:
    counts = whole(values(leaves)).astype(np.int64)
    found: Floats = np.bincount(counts) / len(counts)
    return found


def whole(numbers: Floats) -> Floats:
    """How many episodes a `count` starts: rounded, halves up, never below 0."""
    return np.maximum(np.floor(numbers + 0.5), 0.0)


@dataclass(frozen=True, eq=False)
class Mean:
    """The mean of a number, for sums of a field."""

    number: Number

    @property
    def variables(self) -> frozenset[str]:
        """What the number is given."""
        return self.number.variables

    def values(self, contexts: Contexts) -> Floats:
        """The mean."""
        return self.number.of_leaves(contexts, _mean)


@dataclass(frozen=True, eq=False)
class FloorMean:
    """The mean number of full periods within a duration: heartbeats of a step."""

    number: Number
    period: float

    @property
    def variables(self) -> frozenset[str]:
        """What the duration is given."""
        return self.number.variables

    def values(self, contexts: Contexts) -> Floats:
        """The mean."""
        return self.number.of_leaves(contexts, lambda leaves: _floor_mean(leaves, self.period))


@dataclass(frozen=True, eq=False)
class NumberIs:
    """The chance that a number, rounded to whole numbers, is one of some."""

    number: Number
    wanted: frozenset[float]

    @property
    def variables(self) -> frozenset[str]:
        """What the number is given."""
        return self.number.variables

    def values(self, contexts: Contexts) -> Floats:
        """The chance."""
        return self.number.of_leaves(contexts, self._chance)

    def _chance(self, leaves: tuple[Leaf, ...]) -> float:
        numbers = whole(values(leaves))
        found = np.zeros(len(numbers), dtype=bool)
        for wanted in self.wanted:
            found |= numbers == wanted
        return mean_of(found.astype(np.float64))


def product(factors: Sequence[Factor], contexts: Contexts) -> Floats:
    """The product of factors in each context; where it is 0 the factors that follow are not asked."""
    found = np.ones(contexts.rows)
    for factor in factors:
        left = np.flatnonzero(found)
        if len(left) == contexts.rows:
            found = found * factor.values(contexts)
        elif len(left):
            found[left] *= factor.values(contexts.at(left, factor.variables))
    return found

"""What one counted thing weighs in a context: conditions, chances of small tables, means of numbers, faults.

A factor knows the variables it depends on and its value where they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.circumstances import Context
from teledesign.scenario.baking import BakedChances, BakedSizes, Leaf
from teledesign.scenario.distributions import mean_of

__all__ = ["Chances", "Constant", "Factor", "Fault", "FloorMean", "Lookup", "Matches", "Mean", "Number", "NumberIs"]

Floats = NDArray[np.float64]


class Factor(Protocol):
    """A number that depends on some variables."""

    @property
    def variables(self) -> frozenset[str]:
        """What must be known."""
        ...

    def value(self, context: Context) -> float:
        """The number in a context."""
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


@dataclass(frozen=True)
class Constant:
    """A plain number."""

    number: float
    variables: frozenset[str] = frozenset()

    def value(self, context: Context) -> float:
        """The number."""
        return self.number


@dataclass(frozen=True)
class Matches:
    """1 where a variable has one of the values, else 0."""

    variable: str
    codes: frozenset[int]

    @property
    def variables(self) -> frozenset[str]:
        """The one variable."""
        return frozenset([self.variable])

    def value(self, context: Context) -> float:
        """1 or 0."""
        return float(context[self.variable] in self.codes)


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

    def value(self, context: Context) -> float:
        """The chance."""
        row = self.table.chances[self.lookup.code(context)]
        return sum(float(row[i]) for i, choice in enumerate(self.table.choices) if choice in self.choices)


@dataclass(frozen=True)
class Fault:
    """Rows multiplied by `factor` where all conditions hold (as often as they do), and as they are elsewhere."""

    conditions: tuple[Factor, ...]
    factor: float

    @property
    def variables(self) -> frozenset[str]:
        """The variables of the conditions."""
        return frozenset[str]().union(*(condition.variables for condition in self.conditions))

    def value(self, context: Context) -> float:
        """`factor`, 1, or between the two."""
        held = 1.0
        for condition in self.conditions:
            held *= condition.value(context)
        return self.factor if held == 1.0 else 1.0 + (self.factor - 1.0) * held


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

    def mean(self, context: Context) -> float:
        """The mean of the size."""
        return _mean(self.leaves(context))

    def whole_mean(self, context: Context) -> float:
        """The mean of the size rounded to whole numbers: how many episodes `count` starts."""
        return _whole_mean(self.leaves(context))

    def chances_of_counts(self, context: Context) -> Floats:
        """Chances of 0, 1, 2, ... of the size rounded to whole numbers."""
        return _chances_of_counts(self.leaves(context))


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

    def value(self, context: Context) -> float:
        """The mean."""
        return self.number.mean(context)


@dataclass(frozen=True, eq=False)
class FloorMean:
    """The mean number of full periods within a duration: heartbeats of a step."""

    number: Number
    period: float

    @property
    def variables(self) -> frozenset[str]:
        """What the duration is given."""
        return self.number.variables

    def value(self, context: Context) -> float:
        """The mean."""
        return _floor_mean(self.number.leaves(context), self.period)


@dataclass(frozen=True, eq=False)
class NumberIs:
    """The chance that a number, rounded to whole numbers, is one of some."""

    number: Number
    wanted: frozenset[float]

    @property
    def variables(self) -> frozenset[str]:
        """What the number is given."""
        return self.number.variables

    def value(self, context: Context) -> float:
        """The chance."""
        found = np.isin(whole(values(self.number.leaves(context))), sorted(self.wanted))
        return mean_of(found.astype(np.float64))

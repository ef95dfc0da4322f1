"""The algebra itself: expected counts of an episode and everything it starts, by one pass down the tree.

For an episode in a context: average over what it draws (only what matters for the counts asked for), and for each
combination, visits of its steps times what each visit is worth: its own counts, and those of the
episodes it starts.  Results are kept per episode and relevant part of the context.  Factors that hang on the session's
owner alone and that all terms of a counter have (does the client record? is the row lost?) are multiplied at the top,
so that contexts below are not told apart by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.chains import series, whole_power
from teledesign.expectation.circumstances import Circumstances, Context
from teledesign.expectation.factors import Factor
from teledesign.expectation.tree import Begun, Tree, matters
from teledesign.expectation.world import World
from teledesign.scenario.names import OWNER, Way
from teledesign.scenario.plan import AGAIN_CODE

__all__ = ["Algebra", "Counter", "Distinct", "Term"]

Floats = NDArray[np.float64]
Worth = tuple[int, Sequence[tuple[int, tuple[Factor, ...]]], tuple[Begun, ...]]
"""A step, the terms that a visit of it counts for, and the episodes that it starts."""


@dataclass(frozen=True, eq=False)
class Term:
    """A visit of a step counts as the product of the factors."""

    episode: int
    step: int
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True, eq=False)
class Distinct:
    """An instance of an episode counts once if any of these terms happens in it or below it.

    The product of a term's factors is then a chance.
    """

    episode: int
    terms: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Counter:
    """One number to expect: the sum of its terms."""

    terms: tuple[Term, ...] = ()
    distinct: tuple[Distinct, ...] = ()


@dataclass(eq=False)
class Algebra:
    """Expected values of several counters per session.  Fills its memo as it goes; otherwise fixed."""

    world: World
    counters: Sequence[Counter]
    _memo: dict[tuple[object, ...], Floats] = field(default_factory=dict)

    def per_session(self, context: Context, day: Circumstances) -> Floats:
        """Each counter's expectation for one session whose owner and calendar are known."""
        found = self._episode(0, context, day)[:-1].copy()
        for factors, places in self._at_the_top.items():
            found[places] *= product(factors, context)
        return found

    @cached_property
    def owner_variables(self) -> frozenset[str]:
        """What must be known of the session's owner."""
        below = frozenset(name for name in self._needs[0] if is_of_owner(name))
        return below.union(*(factor.variables for factors in self._at_the_top for factor in factors))

    @cached_property
    def _common(self) -> tuple[tuple[Factor, ...], ...]:
        """For each counter the factors of the owner alone that all its terms have."""
        return tuple(_common_of(counter) for counter in self.counters)

    @cached_property
    def _at_the_top(self) -> Mapping[tuple[Factor, ...], list[int]]:
        found: dict[tuple[Factor, ...], list[int]] = {}
        for place, factors in enumerate(self._common):
            if factors:
                found.setdefault(factors, []).append(place)
        return found

    # What matters where

    @cached_property
    def _terms(self) -> Mapping[tuple[int, int], list[tuple[int, tuple[Factor, ...]]]]:
        found: dict[tuple[int, int], list[tuple[int, tuple[Factor, ...]]]] = {}
        for place, counter in enumerate(self.counters):
            for term in counter.terms:
                below = tuple(factor for factor in term.factors if factor not in self._common[place])
                found.setdefault((term.episode, term.step), []).append((place, below))
        return found

    @cached_property
    def _distinct(self) -> Mapping[int, list[tuple[int, Misses]]]:
        found: dict[int, list[tuple[int, Misses]]] = {}
        for place, counter in enumerate(self.counters):
            for item in counter.distinct:
                found.setdefault(item.episode, []).append((place, Misses(self.world, item.terms)))
        return found

    @cached_property
    def _matters(self) -> frozenset[int]:
        """The episodes with something to count in them or below them."""
        counted = {episode for episode, _ in self._terms} | set(self._distinct)
        return matters(self.world, counted)

    @cached_property
    def _tree(self) -> Tree:
        own = {place: [factor for _, factors in terms for factor in factors] for place, terms in self._terms.items()}
        outside = {
            episode: frozenset[str]().union(*(misses.tree.needs[episode] for _, misses in items))
            for episode, items in self._distinct.items()
        }
        changing = frozenset(
            episode
            for episode, items in self._distinct.items()
            if any(episode in misses.tree.changing for _, misses in items)
        )
        return Tree(self.world, self._matters, own, outside, changing)

    @cached_property
    def _worth(self) -> Mapping[int, tuple[Worth, ...]]:
        """Episode -> its steps of which a visit is worth something."""
        found: dict[int, tuple[Worth, ...]] = {}
        for episode in self.world.plan.episodes:
            places = [(episode.number, step) for step in range(len(episode.steps))]
            steps = ((at[1], self._terms.get(at, []), self._tree.started[at]) for at in places)
            found[episode.number] = tuple(one for one in steps if one[1] or one[2])
        return found

    @property
    def _needs(self) -> Mapping[int, tuple[str, ...]]:
        return self._tree.needs

    # The pass down

    def _episode(self, number: int, context: Context, day: Circumstances) -> Floats:
        """Counts of one instance and all below it; the last entry is the chance that it ends in `again`."""
        key = self._tree.key(number, context, day)
        found = self._memo.get(key)
        if found is None:
            found = np.zeros(len(self.counters) + 1)
            for chance, known in self._tree.instances(number, context, day):
                found += chance * self._walk(number, known, day)
            for place, misses in self._distinct.get(number, ()):
                found[place] += 1.0 - sum(misses.chances(number, context, day))
            self._memo[key] = found
        return found

    def _walk(self, number: int, context: Context, day: Circumstances) -> Floats:
        chain = self._tree.chain(number, context)
        found = np.zeros(len(self.counters) + 1)
        for step, terms, started in self._worth[number]:
            visits = chain.visits[step]
            if visits == 0:
                continue
            for place, factors in terms:
                found[place] += visits * product(factors, context)
            for begun in started:
                found[:-1] += visits * self._started(begun, context, day)
        found[-1] = chain.ends.get(AGAIN_CODE, 0.0)
        return found

    def _started(self, begun: Begun, context: Context, day: Circumstances) -> Floats:
        start = begun.start
        one = self._episode(start.episode, {**context, **start.holding}, day)
        if start.way is Way.ONE_AFTER_ANOTHER:
            return series(float(one[-1]), start.at_most) * one[:-1]
        if begun.count is not None:
            return begun.count.whole_mean(context) * one[:-1]
        return one[:-1]


def is_of_owner(variable: str) -> bool:
    """Whether a variable is an attribute of the session's owner, or whether an incident hits them."""
    return variable.startswith(f"{OWNER}.") or variable.endswith(f"@{OWNER}")


def _common_of(counter: Counter) -> tuple[Factor, ...]:
    """The factors of the owner alone that every term has, each of them once."""
    if counter.distinct or not counter.terms:
        return ()
    return tuple(
        factor
        for factor in dict.fromkeys(counter.terms[0].factors)
        if factor.variables
        and all(map(is_of_owner, factor.variables))
        and all(term.factors.count(factor) == 1 for term in counter.terms)
    )


def product(factors: Sequence[Factor], context: Context) -> float:
    """The product of factors in a context; stops at 0."""
    found = 1.0
    for factor in factors:
        found *= factor.value(context)
        if found == 0.0:
            break
    return found


@dataclass(eq=False)
class Misses:
    """The chance that none of some terms happens in an instance of an episode or below it."""

    world: World
    terms: tuple[Term, ...]
    _memo: dict[tuple[object, ...], tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def _factors(self) -> Mapping[tuple[int, int], list[tuple[Factor, ...]]]:
        found: dict[tuple[int, int], list[tuple[Factor, ...]]] = {}
        for term in self.terms:
            found.setdefault((term.episode, term.step), []).append(term.factors)
        return found

    @cached_property
    def tree(self) -> Tree:
        """Relevance for these terms."""
        own = {place: [factor for factors in terms for factor in factors] for place, terms in self._factors.items()}
        return Tree(self.world, matters(self.world, {term.episode for term in self.terms}), own, {}, frozenset())

    def chances(self, number: int, context: Context, day: Circumstances) -> tuple[float, float]:
        """Chances that an instance misses and ends, and that it misses and ends in `again`."""
        key = self.tree.key(number, context, day)
        found = self._memo.get(key)
        if found is None:
            end = again = 0.0
            for chance, known in self.tree.instances(number, context, day):
                part = self._walk(number, known, day)
                end, again = end + chance * part[0], again + chance * part[1]
            found = self._memo[key] = (end, again)
        return found

    def _walk(self, number: int, context: Context, day: Circumstances) -> tuple[float, float]:
        reached = self.tree.chain(number, context).visits
        kept = [self._kept(number, step, context, day) if visits else 1.0 for step, visits in enumerate(reached)]
        chain = self.tree.chain(number, context, kept)
        again = chain.ends.get(AGAIN_CODE, 0.0)
        return sum(chain.ends.values()) - again, again

    def _kept(self, number: int, step: int, context: Context, day: Circumstances) -> float:
        """The chance that one visit of a step, and all it starts, misses."""
        found = 1.0
        for factors in self._factors.get((number, step), ()):
            found *= 1.0 - product(factors, context)
        for begun in self.tree.started.get((number, step), ()):
            found *= self._started(begun, context, day)
        return found

    def _started(self, begun: Begun, context: Context, day: Circumstances) -> float:
        start = begun.start
        end, again = self.chances(start.episode, {**context, **start.holding}, day)
        if start.way is Way.ONE_AFTER_ANOTHER:
            return end * series(again, start.at_most) + whole_power(again, start.at_most)
        if begun.count is None:
            return end + again
        chances = begun.count.chances_of_counts(context)
        found = 0.0
        for chance in reversed(chances):
            found = found * (end + again) + float(chance)
        return found

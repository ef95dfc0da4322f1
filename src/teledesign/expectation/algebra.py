"""The algebra itself: expected counts of an episode and everything it starts, by one pass down the tree.

For an episode in a context: average over what it draws (only what matters for the counts asked for), and for each
combination, visits of its steps times what each visit is worth: its own counts, and those of the
episodes it starts.  All contexts are worked out together, as arrays, each of those that differ in what is relevant
once.  Factors that hang on the session's owner alone and that all terms of a counter have (does the client record? is
the row lost?) are multiplied at the top, so that contexts below are not told apart by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.chains import series, whole_power
from teledesign.expectation.circumstances import Circumstances
from teledesign.expectation.contexts import Contexts, added
from teledesign.expectation.factors import Factor, product
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
    """Expected values of several counters per session.  Arrays have a row per counter and a column per context."""

    world: World
    counters: Sequence[Counter]

    def per_session(self, contexts: Contexts, days: Circumstances) -> Floats:
        """Each counter's expectation for one session whose owner and calendar are known."""
        found = self._episode(0, contexts, days)[:-1]
        for factors, places in self._at_the_top.items():
            found[places] *= product(factors, contexts)
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

    def _episode(self, number: int, contexts: Contexts, days: Circumstances) -> Floats:
        """Counts of one instance and all below it; the last row is the chance that it ends in `again`."""
        own, which = contexts.distinct(self._tree.keys(number))
        parts = [self._worked_out(number, part, days) for part in own.parts(self._tree.at_once(number))]
        return np.concatenate(parts, axis=1)[:, which]

    def _worked_out(self, number: int, contexts: Contexts, days: Circumstances) -> Floats:
        cases = self._tree.instances(number, contexts, days)
        walked = self._walk(number, cases.known(contexts), days) * cases.chance
        found = np.stack([added(row, cases.of, contexts.rows) for row in walked])
        for place, misses in self._distinct.get(number, ()):
            end, again = misses.chances(number, contexts, days)
            found[place] += 1.0 - (end + again)
        return found

    def _walk(self, number: int, contexts: Contexts, days: Circumstances) -> Floats:
        chain = self._tree.chain(number, contexts)
        found = np.zeros((len(self.counters) + 1, contexts.rows))
        for step, terms, started in self._worth[number]:
            here = np.flatnonzero(chain.visits[step])
            if not len(here):
                continue
            visits, known = chain.visits[step][here], contexts.at(here)
            for place, factors in terms:
                found[place, here] += visits * product(factors, known)
            for begun in started:
                found[:-1, here] += visits * self._started(begun, known, days)
        found[-1] = chain.ends.get(AGAIN_CODE, 0.0)
        return found

    def _started(self, begun: Begun, contexts: Contexts, days: Circumstances) -> Floats:
        start = begun.start
        one = self._episode(start.episode, contexts.holding(start.holding), days)
        if start.way is Way.ONE_AFTER_ANOTHER:
            return series(one[-1], start.at_most) * one[:-1]
        if begun.count is not None:
            return begun.count.whole_means(contexts) * one[:-1]
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


@dataclass(eq=False)
class Misses:
    """The chance that none of some terms happens in an instance of an episode or below it."""

    world: World
    terms: tuple[Term, ...]

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

    def chances(self, number: int, contexts: Contexts, days: Circumstances) -> tuple[Floats, Floats]:
        """Chances in each context that an instance misses and ends, and that it misses and ends in `again`."""
        own, which = contexts.distinct(self.tree.keys(number))
        parts = [self._worked_out(number, part, days) for part in own.parts(self.tree.at_once(number))]
        end, again = (np.concatenate(found)[which] for found in zip(*parts, strict=True))
        return end, again

    def _worked_out(self, number: int, contexts: Contexts, days: Circumstances) -> tuple[Floats, Floats]:
        cases = self.tree.instances(number, contexts, days)
        end, again = self._walk(number, cases.known(contexts), days)
        return (
            added(cases.chance * end, cases.of, contexts.rows),
            added(cases.chance * again, cases.of, contexts.rows),
        )

    def _walk(self, number: int, contexts: Contexts, days: Circumstances) -> tuple[Floats, Floats]:
        kept = []
        for step, visits in enumerate(self.tree.chain(number, contexts).visits):
            missed = np.ones(contexts.rows)
            here = np.flatnonzero(visits)
            if len(here):
                missed[here] = self._kept(number, step, contexts.at(here), days)
            kept.append(missed)
        chain = self.tree.chain(number, contexts, kept)
        again = chain.ends.get(AGAIN_CODE, np.zeros(contexts.rows))
        ends = np.zeros(contexts.rows)
        for chances in chain.ends.values():
            ends = ends + chances
        return ends - again, again

    def _kept(self, number: int, step: int, contexts: Contexts, days: Circumstances) -> Floats:
        """The chance that one visit of a step, and all it starts, misses."""
        found = np.ones(contexts.rows)
        for factors in self._factors.get((number, step), ()):
            found = found * (1.0 - product(factors, contexts))
        for begun in self.tree.started.get((number, step), ()):
            found = found * self._started(begun, contexts, days)
        return found

    def _started(self, begun: Begun, contexts: Contexts, days: Circumstances) -> Floats:
        start = begun.start
        end, again = self.chances(start.episode, contexts.holding(start.holding), days)
        if start.way is Way.ONE_AFTER_ANOTHER:
            return end * series(again, start.at_most) + whole_power(again, start.at_most)
        if begun.count is None:
            return end + again
        return begun.count.expected_powers(contexts, end + again)

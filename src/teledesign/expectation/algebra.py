"""The algebra itself: expected counts of an episode and everything it starts, by one pass down the tree.

For an episode in a context: average over what it draws (only what matters for the counts asked for), and for each
combination, visits of its steps times what each visit is worth: its own counts, and those of the
episodes it starts.  Results are kept per episode and relevant part of the context.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.chains import Chain, Endless, series, solve, whole_power
from teledesign.expectation.circumstances import Circumstances, Context
from teledesign.expectation.factors import Factor, Lookup, Number
from teledesign.expectation.world import Introduction, World
from teledesign.scenario.names import OWNER, Way
from teledesign.scenario.plan import AGAIN_CODE, EpisodePlan, StartPlan

__all__ = ["Algebra", "Counter", "Distinct", "Term"]

Floats = NDArray[np.float64]


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


@dataclass(frozen=True, eq=False)
class _Begun:
    """An episode that a step starts, ready for use."""

    start: StartPlan
    count: Number | None


@dataclass(eq=False)
class Algebra:
    """Expected values of several counters per session.  Fills its memo as it goes; otherwise fixed."""

    world: World
    counters: Sequence[Counter]
    _memo: dict[tuple[object, ...], Floats] = field(default_factory=dict)

    def per_session(self, context: Context, day: Circumstances) -> Floats:
        """Each counter's expectation for one session whose owner and calendar are known."""
        return self._episode(0, context, day)[:-1]

    @cached_property
    def owner_variables(self) -> frozenset[str]:
        """What must be known of the session's owner."""
        return frozenset(name for name in self._needs[0] if name.startswith(f"{OWNER}.") or name.endswith(f"@{OWNER}"))

    # What matters where

    @cached_property
    def _terms(self) -> Mapping[tuple[int, int], list[tuple[int, tuple[Factor, ...]]]]:
        found: dict[tuple[int, int], list[tuple[int, tuple[Factor, ...]]]] = {}
        for place, counter in enumerate(self.counters):
            for term in counter.terms:
                found.setdefault((term.episode, term.step), []).append((place, term.factors))
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
        for step, visits in enumerate(chain.visits):
            if visits == 0:
                continue
            for place, factors in self._terms.get((number, step), ()):
                found[place] += visits * product(factors, context)
            for begun in self._tree.started.get((number, step), ()):
                found[:-1] += visits * self._started(begun, context, day)
        found[-1] = chain.ends.get(AGAIN_CODE, 0.0)
        return found

    def _started(self, begun: _Begun, context: Context, day: Circumstances) -> Floats:
        start = begun.start
        one = self._episode(start.episode, {**context, **start.holding}, day)
        if start.way is Way.ONE_AFTER_ANOTHER:
            return series(float(one[-1]), start.at_most) * one[:-1]
        if begun.count is not None:
            return begun.count.whole_mean(context) * one[:-1]
        return one[:-1]


def product(factors: Sequence[Factor], context: Context) -> float:
    """The product of factors in a context; stops at 0."""
    found = 1.0
    for factor in factors:
        found *= factor.value(context)
        if found == 0.0:
            break
    return found


def matters(world: World, counted: set[int]) -> frozenset[int]:
    """The episodes counted and all their ancestors."""
    found = set(counted)
    for episode in reversed(world.plan.episodes):
        for step in episode.steps:
            if any(start.episode in found for start in step.starts):
                found.add(episode.number)
    return frozenset(found)


@dataclass(frozen=True, eq=False)
class _Relevant:
    """A draw that matters, what it settles, and all that is asked for after it."""

    item: Introduction
    provided: frozenset[str]
    used_after: frozenset[str]


@dataclass(eq=False)
class Tree:
    """What both passes (counting, and missing) share: relevance, contexts of instances, chains."""

    world: World
    matters: frozenset[int]
    factors: Mapping[tuple[int, int], Sequence[Factor]]
    outside: Mapping[int, frozenset[str]]
    changing_outside: frozenset[int]

    @cached_property
    def started(self) -> Mapping[tuple[int, int], tuple[_Begun, ...]]:
        """(episode, step) -> the episodes it starts that matter."""
        found: dict[tuple[int, int], tuple[_Begun, ...]] = {}
        for episode in self.world.plan.episodes:
            for place, step in enumerate(episode.steps):
                found[episode.number, place] = tuple(
                    _Begun(start, self.world.number(episode.name, start.count) if start.count else None)
                    for start in step.starts
                    if start.episode in self.matters
                )
        return found

    @cached_property
    def lookups(self) -> Mapping[tuple[int, int], Lookup]:
        """(episode, step) -> how its `next` reads its context."""
        return {
            (episode.number, place): self.world.lookup(episode.name, step.next)
            for episode in self.world.plan.episodes
            for place, step in enumerate(episode.steps)
        }

    @cached_property
    def chain_needs(self) -> Mapping[int, tuple[str, ...]]:
        """Episode -> the variables that the `next` of its steps depend on."""
        return {
            episode.number: tuple(
                dict.fromkeys(
                    name for place in range(len(episode.steps)) for name in self.lookups[episode.number, place].names
                )
            )
            for episode in self.world.plan.episodes
        }

    @cached_property
    def _relevance(self) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[_Relevant, ...]]]:
        """Per episode: what it must know from outside, and which of its draws matter."""
        needs: dict[int, tuple[str, ...]] = {}
        introduced: dict[int, tuple[_Relevant, ...]] = {}
        for episode in reversed(self.world.plan.episodes):
            used = self._used_inside(episode, needs)
            kept: list[_Relevant] = []
            for item in reversed(list(self.world.introductions(episode))):
                provided = item.provided(used)
                if provided:
                    kept.append(_Relevant(item, provided, frozenset(used)))
                    used = (used - provided) | set(item.lookup.names if item.lookup else ())
            needs[episode.number] = tuple(sorted(used | self.outside.get(episode.number, frozenset())))
            introduced[episode.number] = tuple(reversed(kept))
        return needs, introduced

    def _used_inside(self, episode: EpisodePlan, needs: Mapping[int, tuple[str, ...]]) -> set[str]:
        used: set[str] = set()
        if episode.number not in self.matters:
            return used
        for place in range(len(episode.steps)):
            used.update(self.lookups[episode.number, place].names)
            for factor in self.factors.get((episode.number, place), ()):
                used |= factor.variables
            for begun in self.started[episode.number, place]:
                child = self.world.plan.episodes[begun.start.episode]
                used.update(name for name in needs[child.number] if name not in child.receives)
                if begun.count is not None:
                    used |= begun.count.variables
        return used

    @property
    def needs(self) -> Mapping[int, tuple[str, ...]]:
        """Episode -> the variables its result depends on, from outside it."""
        return self._relevance[0]

    @cached_property
    def changing(self) -> frozenset[int]:
        """The episodes whose result, in one context, may change from day to day."""
        found: set[int] = set(self.changing_outside)
        for episode in reversed(self.world.plan.episodes):
            own = any(
                kept.item.incident is not None
                or (kept.item.person is not None and self.world.is_changing(kept.item.person, kept.provided))
                for kept in self._relevance[1][episode.number]
            )
            below = any(
                begun.start.episode in found
                for place in range(len(episode.steps))
                for begun in self.started[episode.number, place]
            )
            if own or below:
                found.add(episode.number)
        return frozenset(found)

    def key(self, number: int, context: Context, day: Circumstances) -> tuple[object, ...]:
        """What a result of an episode depends on."""
        when = day.day if number in self.changing else 0
        return (number, when, *[context[name] for name in self.needs[number]])

    def instances(self, number: int, context: Context, day: Circumstances) -> Iterator[tuple[float, Context]]:
        """The contexts an instance may have, with their chances: everything relevant it draws.

        What nothing later asks for is summed out at once, so the combinations stay few.
        """
        found: dict[tuple[tuple[str, int], ...], float] = {(): 1.0}
        for kept in self._relevance[1][number]:
            sums: dict[tuple[tuple[str, int], ...], float] = {}
            for own, chance in found.items():
                still = tuple(pair for pair in own if pair[0] in kept.used_after)
                for part, more in _drawn(kept.item, kept.provided, {**context, **dict(own)}, day):
                    known = (*still, *[pair for pair in more.items() if pair[0] in kept.used_after])
                    sums[known] = sums.get(known, 0.0) + chance * part
            found = sums
        for own, chance in found.items():
            yield chance, {**context, **dict(own)}

    def chain(self, number: int, context: Context, kept: Sequence[float] | None = None) -> Chain:
        """The chain of an episode's steps in a context.  Raises ValueError for a row that is missing or endless."""
        key = (number, *[context[name] for name in self.chain_needs[number]], *(kept or ()))
        found = self.world.chains.get(key)
        if found is None:
            steps = self.world.plan.episodes[number].steps
            codes = [self.lookups[number, place].code(context) for place in range(len(steps))]
            rows: list[dict[int, float] | None] = [None] * len(steps)
            reached = [0]
            while reached:
                place = reached.pop()
                if rows[place] is None:
                    rows[place] = row = _row(steps[place].next.chances[codes[place]], steps[place].targets)
                    if not row:
                        raise ValueError(f"{steps[place].address}.next has no row for a value that can reach it")
                    reached += [target for target in row if target >= 0]
            try:
                found = solve(rows, kept)
            except Endless:
                raise ValueError(f"{self.world.plan.episodes[number].name} has a step that is never left") from None
            self.world.chains[key] = found
        return found


def _row(chances: Floats, targets: Sequence[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for chance, target in zip(chances, targets, strict=True):
        if chance > 0:
            found[target] = found.get(target, 0.0) + float(chance)
    return found


def _drawn(
    item: Introduction, provided: frozenset[str], known: Context, day: Circumstances
) -> Iterator[tuple[float, Context]]:
    if item.person is not None:
        yield from day.users(item.person, provided)
    elif item.incident is not None:
        hit = day.bit_chance(item.incident)
        yield from ((chance, {item.variable: code}) for code, chance in enumerate((1.0 - hit, hit)) if chance > 0)
    else:
        assert item.table is not None
        assert item.lookup is not None
        row = item.table.chances[item.lookup.code(known)]
        if np.isnan(row[0]):
            raise ValueError(f"{item.table.address} has no row for a value that can reach it")
        for code, chance in enumerate(row):
            if chance > 0:
                seen = {"experience": item.experience[code]} if item.experience else {}
                yield float(chance), {item.variable: code, **seen}


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

    def _started(self, begun: _Begun, context: Context, day: Circumstances) -> float:
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

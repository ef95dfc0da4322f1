"""What matters where: which draws of which episodes a count depends on, and the contexts and chains they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.chains import Chain, Endless, solve
from teledesign.expectation.circumstances import Circumstances, Context
from teledesign.expectation.factors import Factor, Lookup, Number
from teledesign.expectation.world import Introduction, World
from teledesign.scenario.contexts import TooWide
from teledesign.scenario.plan import EpisodePlan, StartPlan

__all__ = ["Begun", "Tree", "matters"]

Floats = NDArray[np.float64]

MOST_COMBINATIONS = 50_000
"""Combinations of what an episode draws (and matters) at once."""


@dataclass(frozen=True, eq=False)
class Begun:
    """An episode that a step starts, ready for use."""

    start: StartPlan
    count: Number | None


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
    def started(self) -> Mapping[tuple[int, int], tuple[Begun, ...]]:
        """(episode, step) -> the episodes it starts that matter."""
        found: dict[tuple[int, int], tuple[Begun, ...]] = {}
        for episode in self.world.plan.episodes:
            for place, step in enumerate(episode.steps):
                found[episode.number, place] = tuple(
                    Begun(start, self.world.number(episode.name, start.count) if start.count else None)
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
        relevant = self._relevance[1][number]
        if not relevant:
            yield 1.0, context
            return
        found: dict[tuple[tuple[str, int], ...], float] = {(): 1.0}
        for kept in relevant:
            sums: dict[tuple[tuple[str, int], ...], float] = {}
            for own, chance in found.items():
                still = tuple(pair for pair in own if pair[0] in kept.used_after)
                for part, more in _drawn(kept.item, kept.provided, {**context, **dict(own)}, day):
                    known = (*still, *[pair for pair in more.items() if pair[0] in kept.used_after])
                    sums[known] = sums.get(known, 0.0) + chance * part
                if len(sums) > MOST_COMBINATIONS:
                    raise TooWide(self.world.plan.episodes[number].name, len(sums), MOST_COMBINATIONS)
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
                    rows[place] = row = self._row(number, place, codes[place])
                    if not row:
                        raise ValueError(f"{steps[place].address}.next has no row for a value that can reach it")
                    reached += [target for target in row if target >= 0]
            try:
                found = solve(rows, kept)
            except Endless:
                raise ValueError(f"{self.world.plan.episodes[number].name} has a step that is never left") from None
            self.world.chains[key] = found
        return found

    def _row(self, number: int, place: int, code: int) -> dict[int, float]:
        """Where a step leads in one context of its table, and with which chances, all above 0."""
        key = number, place, code
        found = self.world.rows.get(key)
        if found is None:
            step = self.world.plan.episodes[number].steps[place]
            found = self.world.rows[key] = {}
            for chance, target in zip(step.next.chances[code].tolist(), step.targets, strict=True):
                if chance > 0:
                    found[target] = found.get(target, 0.0) + chance
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
        row = item.table.chances[item.lookup.code(known)].tolist()
        if isnan(row[0]):
            raise ValueError(f"{item.table.address} has no row for a value that can reach it")
        for code, chance in enumerate(row):
            if chance > 0:
                seen = {"experience": item.experience[code]} if item.experience else {}
                yield chance, {item.variable: code, **seen}

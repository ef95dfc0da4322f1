"""What matters where: which draws of which episodes a count depends on, and the contexts and chains they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.chains import Chain, Endless, Row, solve
from teledesign.expectation.circumstances import Circumstances, most_combinations
from teledesign.expectation.contexts import DAY, Cases, Contexts
from teledesign.expectation.factors import Factor, Number
from teledesign.expectation.world import Introduction, World
from teledesign.scenario.contexts import TooWide
from teledesign.scenario.plan import EpisodePlan, StartPlan

__all__ = ["Begun", "Tree", "matters"]

Floats = NDArray[np.float64]

MOST_COMBINATIONS = 50_000
"""Combinations of what an episode draws (and matters) at once."""
MOST_AT_ONCE = 1 << 18
"""Cases of several contexts at once, so that memory stays small."""


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
            used.update(self.world.lookups[episode.number, place].names)
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

    def keys(self, number: int) -> tuple[str, ...]:
        """What a result of an episode depends on."""
        return (*self.needs[number], DAY) if number in self.changing else self.needs[number]

    @cached_property
    def _widest(self) -> Mapping[int, int]:
        """Episode -> how many cases one context has at once, at most."""
        found: dict[int, int] = {}
        for number, relevant in self._relevance[1].items():
            drawn: dict[str, int] = {}
            found[number] = 1
            for kept in relevant:
                if kept.item.table is not None:
                    drawn[kept.item.variable] = len(kept.item.table.choices)
                else:
                    drawn |= {variable: most_combinations(self.world.plan, [variable]) for variable in kept.provided}
                found[number] = max(found[number], prod(drawn.values()))
                drawn = {variable: size for variable, size in drawn.items() if variable in kept.used_after}
        return found

    def at_once(self, number: int) -> int:
        """Contexts of an episode that are worked out together."""
        return max(1, MOST_AT_ONCE // self._widest[number])

    def instances(self, number: int, contexts: Contexts, days: Circumstances) -> Cases:
        """What an instance may be in each context, with the chances: everything relevant it draws.

        What nothing later asks for is summed out at once, so the combinations stay few.
        """
        found = Cases.begun(contexts.rows)
        for kept in self._relevance[1][number]:
            found = _drawn(found, kept.item, kept.provided, contexts, days).keeping(kept.used_after)
            if found.most > MOST_COMBINATIONS:
                raise TooWide(self.world.plan.episodes[number].name, found.most, MOST_COMBINATIONS)
        return found

    def chain(self, number: int, contexts: Contexts, kept: Sequence[Floats] | None = None) -> Chain:
        """The chains of an episode's steps in each context.  Raises ValueError for a row that is missing or endless."""
        if kept is not None:
            return self._solved(number, contexts, kept)
        own, which = contexts.distinct(self.world.chain_needs[number])
        few = self._solved(number, own)
        ends = {code: chances[which] for code, chances in few.ends.items()}
        return Chain(tuple(visits[which] for visits in few.visits), ends)

    def _solved(self, number: int, contexts: Contexts, kept: Sequence[Floats] | None = None) -> Chain:
        episode = self.world.plan.episodes[number]
        try:
            found = solve(self._rows(number, contexts), kept)
        except Endless:
            raise ValueError(f"{episode.name} has a step that is never left") from None
        wide = np.zeros(contexts.rows)
        return Chain(
            tuple(visits + wide for visits in found.visits), {code: wide + at for code, at in found.ends.items()}
        )

    def _rows(self, number: int, contexts: Contexts) -> list[Row | None]:
        """Where each step leads in each context, and with which chances; nowhere from where it cannot be reached."""
        steps = self.world.plan.episodes[number].steps
        rows: list[Row | None] = [None] * len(steps)
        reached = [np.zeros(contexts.rows, dtype=bool) for _ in steps]
        reached[0][:] = True
        waiting = [0]
        while waiting:
            place = waiting.pop()
            row = rows[place]
            if row is None:
                row = rows[place] = self._row(number, place, contexts)
            for target, chance in row.items():
                if target >= 0:
                    more = reached[place] & (chance > 0) & ~reached[target]
                    if more.any():
                        reached[target] |= more
                        waiting.append(target)
        for place, row in enumerate(rows):
            if row is None:
                continue
            missing = np.ones(contexts.rows, dtype=bool)
            for chance in row.values():
                missing &= ~(chance > 0)
            if (missing & reached[place]).any():
                raise ValueError(f"{steps[place].address}.next has no row for a value that can reach it")
            if not reached[place].all():
                rows[place] = {target: np.where(reached[place], chance, 0.0) for target, chance in row.items()}
        return rows

    def _row(self, number: int, place: int, contexts: Contexts) -> Row:
        """Where a step leads in the contexts of its table, and with which chances; those that are ever above 0."""
        step = self.world.plan.episodes[number].steps[place]
        table = step.next.chances[self.world.lookups[number, place].codes(contexts)]
        found: dict[int, Floats] = {}
        for chances, target in zip(np.where(table > 0, table, 0.0).T, step.targets, strict=True):
            if chances.any():
                found[target] = found[target] + chances if target in found else chances
        return found


def _drawn(
    cases: Cases, item: Introduction, provided: frozenset[str], contexts: Contexts, days: Circumstances
) -> Cases:
    if item.person is not None:
        return cases.joined(contexts.days[cases.of], days.users(item.person, provided))
    known = cases.known(contexts)
    if item.incident is not None:
        hit = days.bit_chances(item.incident)[known.days]
        return cases.drawing(item.variable, np.stack([1.0 - hit, hit], axis=-1))
    assert item.table is not None
    assert item.lookup is not None
    rows = item.table.chances[item.lookup.codes(known)]
    if np.isnan(rows[:, 0]).any():
        raise ValueError(f"{item.table.address} has no row for a value that can reach it")
    return cases.drawing(item.variable, rows, item.experience)

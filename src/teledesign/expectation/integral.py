"""Sums over people and days: everybody who is there, by kind and by what decides their sessions, on each day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.algebra import Algebra
from teledesign.expectation.circumstances import WEEKEND, Circumstances, most_combinations
from teledesign.expectation.contexts import DAY, Codes, Contexts, added
from teledesign.expectation.factors import Factor, Fault, Matches, product
from teledesign.expectation.world import World
from teledesign.scenario.elementary import exp, log
from teledesign.scenario.names import OWNER
from teledesign.scenario.plan import Plan
from teledesign.scenario.schedule import bit_name

__all__ = ["Integral"]

Floats = NDArray[np.float64]

MOST_AT_ONCE = 1 << 17
"""Days and contexts of their users at once, so that memory stays small."""


@dataclass(frozen=True, eq=False)
class _People:
    """Users in each context of some days: how many (relative to the panel), and how many sessions each has."""

    share: Floats
    sessions: Floats
    dispersion: Floats
    contexts: Contexts

    def at(self, rows: Codes) -> _People:
        """Some of them."""
        return _People(self.share[rows], self.sessions[rows], self.dispersion[rows], self.contexts.at(rows))

    @property
    def active(self) -> Floats:
        """The chance that such a user has a session that day: Poisson sessions, gamma rates."""
        even = self.dispersion == 0
        dispersion = np.where(even, 1.0, self.dispersion)
        return np.where(even, 1.0 - exp(-self.sessions), 1.0 - exp(-log(1.0 + dispersion * self.sessions) / dispersion))


@dataclass(frozen=True, eq=False)
class Integral:
    """The people of a plan, day by day, and sums over them."""

    plan: Plan
    world: World

    @cached_property
    def _volume(self) -> tuple[Fault, ...]:
        """Sessions multiplied by incidents, for those hit."""
        session = self.plan.episodes[0].name
        found = []
        for volume in self.plan.volumes:
            conditions = self.world.matches(session, volume.where)
            if conditions is not None:
                hit = Matches(self.world.variable(session, bit_name(volume.incident)), frozenset([1]))
                found.append(Fault((hit, *conditions), volume.factor))
        return tuple(found)

    def _people(self, days: Sequence[int], wanted: frozenset[str]) -> Iterator[tuple[int, Circumstances, _People]]:
        """Everybody, by the variables wanted (and those that change how many sessions they have): so many days later.

        Within a day the ordinary users come first, then those whom incidents bring.
        """
        needed = wanted.union(*(fault.variables for fault in self._volume))
        kinds = 1 + sum(item.brought is not None for item in self.plan.incidents)
        step = max(1, MOST_AT_ONCE // (kinds * most_combinations(self.plan, needed)))
        for begin in range(0, len(days), step):
            circumstances = Circumstances(self.plan, tuple(days[begin : begin + step]))
            yield begin, circumstances, self._all(circumstances, needed)

    def _all(self, days: Circumstances, needed: frozenset[str]) -> _People:
        found = []
        for people in days.kinds_of_people():
            users = days.users(OWNER, needed, people)
            codes = {**users.drawn, WEEKEND: days.weekend[users.of], DAY: users.of}
            contexts = Contexts(len(users.of), codes)
            sessions = people.rates[users.of] * product(self._volume, contexts)
            dispersion = np.full(contexts.rows, people.dispersion)
            found.append(_People(people.share * users.chance, sessions, dispersion, contexts))
        return found[0] if len(found) == 1 else _together(found)

    def by_day(self, algebra: Algebra, days: Sequence[int]) -> Floats:
        """What each counter counts on each day, per panel user: a row per day."""
        found = np.zeros((len(days), len(algebra.counters)))
        if not any(counter.terms or counter.distinct for counter in algebra.counters):
            return found
        for begin, circumstances, people in self._people(days, algebra.owner_variables):
            there = people.at(np.flatnonzero(people.sessions > 0))
            if not there.contexts.rows:
                continue
            weights = there.share * there.sessions
            counts = algebra.per_session(there.contexts, circumstances)
            rows = len(circumstances.days)
            for place, each in enumerate(counts):
                found[begin : begin + rows, place] = added(weights * each, there.contexts.days, rows)
        return found

    def summed(self, algebra: Algebra, days: Sequence[int]) -> Floats:
        """What each counter counts over some days, per panel user."""
        return _down(self.by_day(algebra, days))

    def per_user_day(self, algebra: Algebra, days: Sequence[int]) -> Floats:
        """The same per user and day."""
        return self.summed(algebra, days) / self.user_days(days)

    def per_user_on_each(self, algebra: Algebra, days: Sequence[int]) -> Floats:
        """The same per user on each day: a row per day."""
        return self.by_day(algebra, days) / self._built_in_by_day("user_days", days)[:, None]

    def user_days(self, days: Sequence[int]) -> float:
        """Users and days, where a panel user counts 1."""
        return self.built_in("user_days", days)

    def built_in(self, name: str, days: Sequence[int], users: Sequence[Factor] = ()) -> float:
        """`user_days`, `active_user_days` or `sessions`, of users weighed by some factors; panel users count 1."""
        return float(_down(self._built_in_by_day(name, days, users)))

    def _built_in_by_day(self, name: str, days: Sequence[int], users: Sequence[Factor] = ()) -> Floats:
        wanted = frozenset[str]().union(*(factor.variables for factor in users))
        found = np.zeros(len(days))
        for begin, circumstances, people in self._people(days, wanted):
            each = people.share * product(users, people.contexts) * BUILT_IN[name](people)
            rows = len(circumstances.days)
            found[begin : begin + rows] = added(each, people.contexts.days, rows)
        return found


def _together(kinds: Sequence[_People]) -> _People:
    """Several kinds of people, in the order of days."""
    names = kinds[0].contexts.codes
    codes = {name: np.concatenate([people.contexts[name] for people in kinds]) for name in names}
    found = _People(
        np.concatenate([people.share for people in kinds]),
        np.concatenate([people.sessions for people in kinds]),
        np.concatenate([people.dispersion for people in kinds]),
        Contexts(sum(people.contexts.rows for people in kinds), codes),
    )
    return found.at(np.argsort(found.contexts.days, kind="stable"))


def _down(rows: Floats) -> Floats:
    """The sum over rows, one after another."""
    found = np.zeros(rows.shape[1:])
    for row in rows:
        found = found + row
    return found


BUILT_IN: dict[str, Callable[[_People], Floats]] = {
    "user_days": lambda people: np.ones(len(people.share)),
    "active_user_days": lambda people: people.active,
    "sessions": lambda people: people.sessions,
}
"""What a metric or an anchor may be counted per, besides events and steps."""

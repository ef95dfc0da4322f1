"""Sums over people and days: everybody who is there, by kind and by what decides their sessions, on each day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.algebra import Algebra, product
from teledesign.expectation.circumstances import WEEKEND, Circumstances
from teledesign.expectation.factors import Factor, Fault, Matches
from teledesign.expectation.world import World
from teledesign.scenario.elementary import exp, log
from teledesign.scenario.names import OWNER
from teledesign.scenario.plan import Plan
from teledesign.scenario.schedule import bit_name

__all__ = ["Integral"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _People:
    """Users of one kind in one context: how many (relative to the panel), and how many sessions each has."""

    share: float
    sessions: float
    context: Mapping[str, int]
    dispersion: float

    @property
    def active(self) -> float:
        """The chance that such a user has a session that day: Poisson sessions, gamma rates."""
        if self.dispersion == 0:
            return float(1.0 - exp(-self.sessions))
        return float(1.0 - exp(-log(1.0 + self.dispersion * self.sessions) / self.dispersion))


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

    def _people(self, day: Circumstances, wanted: frozenset[str]) -> Iterable[_People]:
        """Everybody, by the variables wanted (and those that change how many sessions they have)."""
        needed = wanted.union(*(fault.variables for fault in self._volume))
        for people in day.kinds_of_people():
            for chance, context in day.users(OWNER, needed, people):
                sessions = people.rate * product(self._volume, context)
                yield _People(people.share * chance, sessions, {**context, WEEKEND: day.weekend}, people.dispersion)

    def summed(self, algebra: Algebra, days: Sequence[int]) -> Floats:
        """What each counter counts over some days, per panel user."""
        found = np.zeros(len(algebra.counters))
        for number in days:
            day = Circumstances(self.plan, number)
            for people in self._people(day, algebra.owner_variables):
                if people.sessions > 0:
                    found += people.share * people.sessions * algebra.per_session(people.context, day)
        return found

    def per_user_day(self, algebra: Algebra, days: Sequence[int]) -> Floats:
        """The same per user and day."""
        return self.summed(algebra, days) / self.user_days(days)

    def user_days(self, days: Sequence[int]) -> float:
        """Users and days, where a panel user counts 1."""
        return self.built_in("user_days", days)

    def built_in(self, name: str, days: Sequence[int], users: Sequence[Factor] = ()) -> float:
        """`user_days`, `active_user_days` or `sessions`, of users weighed by some factors; panel users count 1."""
        wanted = frozenset[str]().union(*(factor.variables for factor in users))
        return sum(
            people.share * product(users, people.context) * BUILT_IN[name](people)
            for number in days
            for people in self._people(Circumstances(self.plan, number), wanted)
        )


BUILT_IN: dict[str, Callable[[_People], float]] = {
    "user_days": lambda people: 1.0,
    "active_user_days": lambda people: people.active,
    "sessions": lambda people: people.sessions,
}
"""What a metric or an anchor may be counted per, besides events and steps."""

"""The circumstances of days: how likely each user is to have which attributes, versions and incident bits.

A day's rollouts, ramps and tenure are averaged over its hours, weighted by how many sessions begin in each.  As
expectations are linear in these chances, that is exact for one of them at a time, and good for several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.contexts import Cases, Codes
from teledesign.scenario.contexts import TooWide
from teledesign.scenario.names import HOLDBACK, Kind
from teledesign.scenario.plan import AttributePlan, Plan, population
from teledesign.scenario.quantities import DAY_S

__all__ = ["WEEKEND", "Circumstances", "People", "bit", "most_combinations"]

Floats = NDArray[np.float64]
Chances = Callable[[Cases], Floats]
"""The chances of the codes of a variable, a row per case of the days."""
WEEKEND = "weekend"
HOUR_S = 3600.0
MOST_COMBINATIONS = 50_000
"""Combinations of a user's attributes (that matter) at once."""


def bit(incident: str, chooser: str) -> str:
    """The variable that says whether a chooser (a person or an episode) is hit."""
    return f"incident.{incident}@{chooser}"


@dataclass(frozen=True, eq=False)
class People:
    """A kind of users: the ordinary ones, or those an incident brings.  `share` is relative to the panel's users."""

    share: float
    rates: Floats
    """Sessions of each on each of the days."""
    dispersion: float
    incident: str | None = None
    holding: Mapping[str, int] | None = None


@dataclass(frozen=True, eq=False)
class Circumstances:
    """The chances of some days (1 is the first); arrays have a row per day."""

    plan: Plan
    days: tuple[int, ...]

    @cached_property
    def moments(self) -> Floats:
        """The middle of each hour of each day, in seconds after the start of day 1."""
        hours = (np.arange(24, dtype=np.float64) + 0.5) * HOUR_S
        return (np.array(self.days, dtype=np.float64)[:, None] - 1) * DAY_S + hours

    def mean(self, hourly: Floats) -> Floats:
        """The mean over each day's sessions of what holds in each hour."""
        return _weighed(self.plan.hour_weights, hourly) / 24

    @cached_property
    def weekdays(self) -> Codes:
        """The weekday of each day: 0 is Monday."""
        return np.array([self.plan.weekday(day) for day in self.days], dtype=np.int64)

    @cached_property
    def weekend(self) -> Codes:
        """1 on Saturdays and Sundays."""
        return (self.weekdays >= 5).astype(np.int64)

    @cached_property
    def strengths(self) -> Mapping[str, Floats]:
        """Incident -> the share of choosers hit on each day."""
        return {item.name: self.mean(item.strength(self.moments)) for item in self.plan.incidents}

    def kinds_of_people(self) -> Iterator[People]:
        """The ordinary users, and those brought by incidents; these have no sessions before and after it."""
        plan = self.plan
        yield People(1.0, plan.rate * np.array(plan.weekday_weights)[self.weekdays], plan.dispersion)
        for item in plan.incidents:
            brought = item.brought
            if brought is not None:
                present = _weighed(brought.hour_weights, item.strength(self.moments))
                rates = brought.rate * np.array(brought.weekday_weights)[self.weekdays] * present / 24
                yield People(brought.users / plan.users, rates, brought.dispersion, item.name, brought.holding)

    def bit_chances(self, incident: str, people: People | None = None) -> Floats:
        """The chance that a chooser is hit; those brought by an incident are all hit by it, and nobody else is."""
        item = next(item for item in self.plan.incidents if item.name == incident)
        if item.brought is not None:
            return np.full(len(self.days), float(people is not None and people.incident == incident))
        return self.strengths[incident]

    def users(self, person: str, wanted: frozenset[str], people: People | None = None) -> Cases:
        """The joint chances of the wanted variables of a user, known as `person`, on each of the days.

        Certain impossibilities are left out, and so are days on which such people have no sessions.
        """
        needed = self._needed(person, wanted)
        found = Cases.begun(len(self.days))
        if people is not None and people.incident is not None:
            there = np.flatnonzero(people.rates > 0)
            found = Cases(there, np.ones(len(there)), {})
        for variable, chances in self._sources(person, needed, people):
            found = found.drawing(variable, chances(found))
            if found.most > MOST_COMBINATIONS:
                raise TooWide("people.attributes", found.most, MOST_COMBINATIONS)
        return found.keeping(wanted)

    def _needed(self, person: str, wanted: frozenset[str]) -> frozenset[str]:
        found = set(wanted)
        for attribute in reversed(self.plan.attributes):
            if f"{person}.{attribute.name}" in found and attribute.chances is not None:
                found |= {variable_of(person, name) for name in attribute.chances.names}
        return frozenset(found)

    def _sources(self, person: str, needed: frozenset[str], people: People | None) -> Iterator[tuple[str, Chances]]:
        for item in self.plan.incidents:
            variable = bit(item.name, person)
            if variable in needed:
                yield variable, _by_day(_yes(self.bit_chances(item.name, people)))
        if f"{person}.{HOLDBACK}" in needed:
            yield f"{person}.{HOLDBACK}", _by_day(_yes(np.full(len(self.days), self.plan.holdback)))
        held = people.holding if people and people.holding else {}
        for attribute in self.plan.attributes:
            variable = f"{person}.{attribute.name}"
            if variable not in needed:
                continue
            if attribute.name in held:
                certain = np.zeros((len(self.days), len(attribute.values)))
                certain[:, held[attribute.name]] = 1.0
                yield variable, _by_day(certain)
            elif attribute.chances is not None:
                yield variable, self._table(person, attribute)
            else:
                yield variable, _by_day(self._in_time(attribute))

    def _table(self, person: str, attribute: AttributePlan) -> Chances:
        table = attribute.chances
        assert table is not None
        variables = {name: variable_of(person, name) for name in table.names}

        def chances(cases: Cases) -> Floats:
            columns = {name: cases.drawn[variable] for name, variable in variables.items()}
            return table.chances[table.code(columns, len(cases.of))]

        return chances

    def _in_time(self, attribute: AttributePlan) -> Floats:
        if attribute.kind is Kind.TENURE:
            return self._tenure(attribute)
        assert attribute.rollout is not None
        hourly = attribute.rollout.chances(self.moments)
        return np.stack([self.mean(hourly[:, :, code]) for code in range(len(attribute.values))], axis=-1)

    def _tenure(self, attribute: AttributePlan) -> Floats:
        """Shares of users by time since joining: only growth brings new ones (see `scenario.plan`)."""
        growth = self.plan.growth_per_month
        now = population(growth, self.moments)
        since = [
            (now - population(growth, self.moments - bound)) / now if growth > 0 and bound > 0 else np.zeros(now.shape)
            for bound in attribute.bounds
        ]
        younger = [*(self.mean(share) for share in since[1:]), np.ones(len(self.days))]
        older = [np.zeros(len(self.days)), *younger]
        return np.stack([upper - lower for upper, lower in zip(younger, older, strict=False)], axis=-1)


def variable_of(person: str, name: str) -> str:
    """The variable of a name in the table of a user attribute."""
    incident = name.removeprefix("incident.")
    return bit(incident, person) if incident != name else f"{person}.{name}"


def most_combinations(plan: Plan, variables: Iterable[str]) -> int:
    """How many combinations of values some variables of a user, or bits of incidents, have at most."""
    found = 1
    for variable in variables:
        known = plan.names.get(variable.rpartition(".")[2])
        found *= len(known.values) if known is not None and known.is_categorical else 2
    return found


def _weighed(weights: tuple[float, ...], hourly: Floats) -> Floats:
    """The sum over 24 hours of each day, one after another."""
    found = np.zeros(len(hourly))
    for hour, weight in enumerate(weights):
        found = found + weight * hourly[:, hour]
    return found


def _yes(chance: Floats) -> Floats:
    return np.stack([1.0 - chance, chance], axis=-1)


def _by_day(chances: Floats) -> Chances:
    return lambda cases: chances[cases.of]

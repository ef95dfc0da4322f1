"""The circumstances of a day: how likely each user is to have which attributes, versions and incident bits.

A day's rollouts, ramps and tenure are averaged over its hours, weighted by how many sessions begin in each.  As
expectations are linear in these chances, that is exact for one of them at a time, and good for several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.contexts import TooWide
from teledesign.scenario.names import HOLDBACK, Kind
from teledesign.scenario.plan import AttributePlan, Plan, population
from teledesign.scenario.quantities import DAY_S

__all__ = ["WEEKEND", "Circumstances", "Context", "People", "bit"]

Context = Mapping[str, int]
"""Variable -> value code.  Variables are names made unique (`Names.variable`): `owner.platform`, `in_bulk`."""
WEEKEND = "weekend"
HOUR_S = 3600.0
MOST_COMBINATIONS = 50_000
"""Combinations of a user's attributes (that matter) at once."""


def bit(incident: str, chooser: str) -> str:
    """The variable that says whether a chooser (a person or an episode) is hit."""
    return f"incident.{incident}@{chooser}"


@dataclass(frozen=True)
class People:
    """A kind of users: the ordinary ones, or those an incident brings.  `share` is relative to the panel's users."""

    share: float
    rate: float
    dispersion: float
    incident: str | None = None
    holding: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Circumstances:
    """The chances of one day (1 is the first)."""

    plan: Plan
    day: int

    @cached_property
    def moments(self) -> NDArray[np.float64]:
        """The middle of each hour, in seconds after the start of day 1."""
        return (self.day - 1) * DAY_S + (np.arange(24, dtype=np.float64) + 0.5) * HOUR_S

    def mean(self, hourly: Sequence[float]) -> float:
        """The mean over the day's sessions of what holds in each hour."""
        return sum(weight * float(value) for weight, value in zip(self.plan.hour_weights, hourly, strict=True)) / 24

    @cached_property
    def weekend(self) -> int:
        """1 on a Saturday or Sunday."""
        return int(self.plan.weekday(self.day) >= 5)

    @cached_property
    def strengths(self) -> Mapping[str, float]:
        """Incident -> the share of choosers hit."""
        return {item.name: self.mean(list(item.strength(self.moments))) for item in self.plan.incidents}

    def kinds_of_people(self) -> Iterator[People]:
        """The ordinary users, and those brought by incidents that run today."""
        weekday = self.plan.weekday(self.day)
        yield People(1.0, self.plan.rate * self.plan.weekday_weights[weekday], self.plan.dispersion)
        for item in self.plan.incidents:
            brought = item.brought
            if brought is not None:
                present = sum(
                    weight * float(part)
                    for weight, part in zip(brought.hour_weights, item.strength(self.moments), strict=True)
                )
                rate = brought.rate * brought.weekday_weights[weekday] * present / 24
                if rate > 0:
                    share = brought.users / self.plan.users
                    yield People(share, rate, brought.dispersion, item.name, brought.holding)

    def bit_chance(self, incident: str, people: People | None = None) -> float:
        """The chance that a chooser is hit; those brought by an incident are all hit by it, and nobody else is."""
        item = next(item for item in self.plan.incidents if item.name == incident)
        if item.brought is not None:
            return 1.0 if people is not None and people.incident == incident else 0.0
        return self.strengths[incident]

    def users(self, person: str, wanted: frozenset[str], people: People | None = None) -> list[tuple[float, Context]]:
        """The joint chances of the wanted variables of a user, known as `person`; certain impossibilities left out."""
        needed = self._needed(person, wanted)
        found: list[tuple[float, dict[str, int]]] = [(1.0, {})]
        for variable, chances in self._sources(person, needed, people):
            found = [
                (chance * part, {**context, variable: code})
                for chance, context in found
                for code, part in enumerate(chances(context))
                if part > 0
            ]
            if len(found) > MOST_COMBINATIONS:
                raise TooWide("people.attributes", len(found), MOST_COMBINATIONS)
        extra = needed - wanted
        return _merged(found, extra) if extra else list(found)

    def _needed(self, person: str, wanted: frozenset[str]) -> frozenset[str]:
        found = set(wanted)
        for attribute in reversed(self.plan.attributes):
            if f"{person}.{attribute.name}" in found and attribute.chances is not None:
                found |= {variable_of(person, name) for name in attribute.chances.names}
        return frozenset(found)

    def _sources(
        self, person: str, needed: frozenset[str], people: People | None
    ) -> Iterator[tuple[str, Callable[[Context], Sequence[float]]]]:
        for item in self.plan.incidents:
            variable = bit(item.name, person)
            if variable in needed:
                yield variable, _fixed(_yes(self.bit_chance(item.name, people)))
        if f"{person}.{HOLDBACK}" in needed:
            yield f"{person}.{HOLDBACK}", _fixed(_yes(self.plan.holdback))
        held = people.holding if people and people.holding else {}
        for attribute in self.plan.attributes:
            variable = f"{person}.{attribute.name}"
            if variable not in needed:
                continue
            if attribute.name in held:
                yield variable, _fixed([float(code == held[attribute.name]) for code in range(len(attribute.values))])
            elif attribute.chances is not None:
                yield variable, self._table(person, attribute)
            else:
                yield variable, _fixed(self._in_time(attribute))

    def _table(self, person: str, attribute: AttributePlan) -> Callable[[Context], Sequence[float]]:
        table = attribute.chances
        assert table is not None
        variables = [(name, variable_of(person, name)) for name in table.names]

        def chances(context: Context) -> Sequence[float]:
            row = table.chances[table.context.code_of({name: context[variable] for name, variable in variables})]
            return [float(chance) for chance in row]

        return chances

    def _in_time(self, attribute: AttributePlan) -> list[float]:
        if attribute.kind is Kind.TENURE:
            return self._tenure(attribute)
        assert attribute.rollout is not None
        hourly = attribute.rollout.chances(self.moments)
        return [self.mean(list(hourly[:, code])) for code in range(len(attribute.values))]

    def _tenure(self, attribute: AttributePlan) -> list[float]:
        """Shares of users by time since joining: only growth brings new ones (see `scenario.plan`)."""
        growth = self.plan.growth_per_month
        now = population(growth, self.moments)
        since = [
            (now - population(growth, self.moments - bound)) / now if growth > 0 and bound > 0 else np.zeros(24)
            for bound in attribute.bounds
        ]
        younger = [self.mean(list(share)) for share in since[1:]] + [1.0]
        return [upper - lower for upper, lower in zip(younger, [0.0, *younger], strict=False)]


def variable_of(person: str, name: str) -> str:
    """The variable of a name in the table of a user attribute."""
    incident = name.removeprefix("incident.")
    return bit(incident, person) if incident != name else f"{person}.{name}"


def _yes(chance: float) -> list[float]:
    return [1.0 - chance, chance]


def _fixed(chances: Sequence[float]) -> Callable[[Context], Sequence[float]]:
    return lambda context: chances


def _merged(found: list[tuple[float, dict[str, int]]], extra: frozenset[str]) -> list[tuple[float, Context]]:
    """The same chances with some variables summed out."""
    sums: dict[tuple[tuple[str, int], ...], float] = {}
    for chance, context in found:
        kept = tuple((variable, code) for variable, code in context.items() if variable not in extra)
        sums[kept] = sums.get(kept, 0.0) + chance
    return [(chance, dict(kept)) for kept, chance in sums.items()]

"""The users of the panel: when they join, how active they are, what they are, when they leave by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from teledesign.scenario.distributions import gamma_rates, gamma_rates_at
from teledesign.scenario.elementary import log
from teledesign.scenario.names import HOLDBACK, WEEKEND, Kind
from teledesign.scenario.plan import MONTH_S, AttributePlan, BroughtPlan, Plan
from teledesign.scenario.schedule import bit_name
from teledesign.simulation.luck.draws import Floats, Ids, Seed, hashed, uniform
from teledesign.simulation.people.departures import Departures
from teledesign.simulation.people.striking import Striking

__all__ = ["DAY_MS", "LONG_AGO", "Population"]

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
FEW = 2048
"""A panel of so few users works out the rates it has, instead of a table of all."""
LONG_AGO = np.int64(-(10**15))
"""When those who are there on day 1 joined."""

Integers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Population:
    """The panel under one seed.  Users are numbered in the order in which they join; nothing is kept per user.

    Those whom incidents bring come after all of them, incident by incident.
    """

    plan: Plan
    seed: Seed
    at_start: int
    days: int
    keys: dict[str, np.uint64] = field(default_factory=dict, compare=False)

    def key(self, name: str) -> np.uint64:
        """The key of a dotted name under this seed."""
        found = self.keys.get(name)
        if found is None:
            found = self.keys[name] = self.seed.key(name)
        return found

    @cached_property
    def arrivals(self) -> Integers:
        """When each user who is not there on day 1 joins, in ms after the start, in order."""
        growth = self.plan.growth_per_month
        if growth <= 0:
            return np.zeros(0, dtype=np.int64)
        at_end = float(self.plan.population(np.array([self.days * 86_400.0]))[0]) * self.at_start
        newcomers = np.arange(max(0, int(at_end + 0.5) - self.at_start), dtype=np.float64)
        months = log(1.0 + (newcomers + 0.5) / self.at_start) / log(1.0 + growth)
        return (months * (MONTH_S * 1000.0)).astype(np.int64)

    @property
    def panel(self) -> int:
        """All ordinary users who are there at some time."""
        return self.at_start + len(self.arrivals)

    @property
    def size(self) -> int:
        """All users, those whom incidents bring too."""
        return max((last for _, last in self.brought.values()), default=self.panel)

    @cached_property
    def brought(self) -> Mapping[str, tuple[int, int]]:
        """Incident -> the numbers of the users it brings: from the first up to, not including, the last."""
        found: dict[str, tuple[int, int]] = {}
        first = self.panel
        for name, held in self._brought.items():
            found[name] = first, first + held.users
            first += held.users
        return found

    @cached_property
    def _brought(self) -> Mapping[str, BroughtPlan]:
        return {item.name: item.brought for item in self.plan.incidents if item.brought is not None}

    @cached_property
    def striking(self) -> Striking:
        """Whom incidents hit, and when."""
        return Striking(self)

    def joined(self, users: Integers) -> Integers:
        """When each user joined, in ms after the start."""
        if not len(self.arrivals):
            return np.full(len(users), LONG_AGO)
        newcomer = np.minimum(np.maximum(users - self.at_start, 0), len(self.arrivals) - 1)
        is_new = (users >= self.at_start) & (users < self.panel)
        return np.where(is_new, self.arrivals[newcomer], LONG_AGO)

    def present(self, at: Integers) -> Integers:
        """How many ordinary users have joined by each moment."""
        return self.at_start + np.searchsorted(self.arrivals, at, side="right")

    def ids(self, users: Integers) -> Ids:
        """The inner ids under which users draw."""
        return hashed(users.astype(np.uint64), self.key("people"))

    def rates(self, users: Integers) -> Floats:
        """Sessions per day of each user."""
        drawn = hashed(self.ids(users), self.key("people.rate")) >> np.uint64(48)
        found: Floats = self._rates_at(self.plan, drawn)
        for name, (first, last) in self.brought.items():
            own = (users >= first) & (users < last)
            if own.any():
                found[own] = self._rates_at(self._brought[name], drawn[own])
        return found

    def _rates_at(self, kind: Plan | BroughtPlan, drawn: Ids) -> Floats:
        if self.size <= FEW:
            return gamma_rates_at(kind.rate, kind.dispersion, drawn)
        return gamma_rates(kind.rate, kind.dispersion)[drawn]

    def hour_weights(self, hours: Integers, brought_by: str | None = None) -> Floats:
        """The share of a mean day's sessions that each hour of the log has, for ordinary users or those brought."""
        kept = self.plan if brought_by is None else self._brought[brought_by]
        by_hour = np.array(kept.hour_weights) / 24.0
        by_weekday = np.array(kept.weekday_weights)
        found: Floats = by_hour[hours % 24] * by_weekday[(self.plan.first_weekday + hours // 24) % 7]
        return found

    def others_among(self, ids: Ids, key: np.uint64, users: Integers, at: Integers, share: float) -> Integers:
        """Another user for each, uniform over the same few: a share of those who have joined by that moment."""
        few = np.maximum((self.present(at) * share + 0.5).astype(np.int64), 1)
        found = (uniform(ids, key) * few).astype(np.int64)
        return np.where(found == users, (found + 1) % self.present(at), found)

    def others(self, ids: Ids, key: np.uint64, users: Integers, at: Integers) -> Integers:
        """Another user for each, uniform over those who have joined by that moment."""
        among = self.present(at)
        found = (uniform(ids, key) * np.maximum(among - 1, 1)).astype(np.int64)
        found += found >= users
        return np.minimum(found, among - 1)

    # What users are

    def attribute(self, name: str, users: Integers, at: Integers) -> Codes:
        """The value codes of a user attribute (or `holdback`) for users whose session begins at these moments."""
        if name.startswith("incident."):
            return self.striking.users(self.striking.incidents[name], users, at).astype(np.uint8)
        if name == HOLDBACK:
            return (uniform(self.ids(users), self.key("people.holdback")) < self.plan.holdback).astype(np.uint8)
        found = self._attribute(self._attributes[name], users, at)
        for incident, (first, last) in self.brought.items():
            if name in self._brought[incident].holding:
                found[(users >= first) & (users < last)] = self._brought[incident].holding[name]
        return found

    def _attribute(self, held: AttributePlan, users: Integers, at: Integers) -> Codes:
        if held.kind is Kind.TENURE:
            return self._tenure(held, users, at)
        ids, key = self.ids(users), self.key(held.address)
        if held.rollout is not None:
            return held.rollout.version(at / 1000.0, uniform(ids, key))
        assert held.chances is not None
        columns = {given: self.attribute(given, users, at) for given in held.chances.names}
        return held.chances.choose(held.chances.code(columns, len(users)), hashed(ids, key) >> np.uint64(32))

    @cached_property
    def _attributes(self) -> dict[str, AttributePlan]:
        return {held.name: held for held in self.plan.attributes}

    def _tenure(self, held: AttributePlan, users: Integers, at: Integers) -> Codes:
        since = at - self.joined(users)
        found = np.zeros(len(users), dtype=np.uint8)
        for bound in held.bounds[1:]:
            found += since >= int(bound * 1000.0)
        return found

    def recorded(self, users: Integers, at: Integers) -> npt.NDArray[np.bool_]:
        """Whether these users' clients record anything."""
        found = np.ones(len(users), dtype=bool)
        for name, code in self.plan.unrecorded.items():
            found &= self.attribute(name, users, at) != code
        return found

    # How much more or less they come while incidents last

    @cached_property
    def most_volume(self) -> Floats:
        """By what incidents multiply sessions at most in each hour of the log; 0 where they do not."""
        found = np.zeros(self.days * 24)
        for volume in self.plan.volumes:
            window = self.striking.window(self.striking.incidents[bit_name(volume.incident)])
            begins = np.arange(len(found)) * HOUR_MS
            touched = (begins < window.off) & (begins + HOUR_MS > window.on)
            found[touched] = np.maximum(found[touched], 1.0) * max(volume.factor, 1.0)
        return found

    def volume(self, users: Integers, at: Integers) -> Floats:
        """By what incidents multiply the sessions of users at these moments."""
        found = np.ones(len(users))
        for volume in self.plan.volumes:
            hit = self.striking.users(self.striking.incidents[bit_name(volume.incident)], users, at)
            for name, wanted in volume.where.items():
                codes = self.plan.is_weekend(at / 1000.0) if name == WEEKEND else self.attribute(name, users, at)
                hit &= np.isin(codes, [k for k, value in enumerate(self.plan.names[name].values) if value in wanted])
            found[hit] *= volume.factor
        return found

    # When they leave by themselves

    def own_departures(self, users: Integers) -> Integers:
        """When each would leave whatever happens: by the daily hazard, or with a shrinking population.

        Those whom incidents bring do not: their sessions end with the incident.
        """
        end = np.int64(self.days) * DAY_MS
        found = np.full(len(users), np.iinfo(np.int64).max)
        if self.plan.leaving_each_day > 0:
            waited = -log(1.0 - uniform(self.ids(users), self.key("people.leaving"))) / self.plan.leaving_each_day
            begun = np.maximum(self.joined(users), 0)
            leaves = begun + (np.minimum(waited, 1e6) * DAY_MS).astype(np.int64)
            found = np.where(leaves < end, leaves, found)
        if self.plan.growth_per_month < 0:
            number = uniform(self.ids(users), self.key("people.shrinking"))
            months = log(number) / log(np.array([1.0 + self.plan.growth_per_month]))
            gone = (np.minimum(months, 1e6) * (MONTH_S * 1000.0)).astype(np.int64)
            found = np.where(gone < end, np.minimum(found, gone), found)
        return np.where(users < self.panel, found, np.iinfo(np.int64).max)

    def all_own_departures(self, chunk: int = 1 << 18) -> Departures:
        """The ordinary users who leave by themselves during the log."""
        users, moments = [], []
        for first in range(0, self.panel, chunk):
            some = np.arange(first, min(first + chunk, self.panel))
            leaves = self.own_departures(some)
            gone = leaves < np.int64(self.days) * DAY_MS
            users.append(some[gone])
            moments.append(leaves[gone])
        empty = np.zeros(0, dtype=np.int64)
        return Departures(np.concatenate([empty, *users]), np.concatenate([empty, *moments]))

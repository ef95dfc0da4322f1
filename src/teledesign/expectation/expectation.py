"""The answers: events per user-day, by event and slice, shares of outcomes, bytes, ratios, anchors, totals of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.expectation.algebra import Algebra, Counter, Term
from teledesign.expectation.counting import Counting
from teledesign.expectation.integral import Integral
from teledesign.expectation.world import World
from teledesign.scenario.elementary import exp
from teledesign.scenario.metrics import PER_BUILT_IN, Counted
from teledesign.scenario.names import OWNER
from teledesign.scenario.plan import Plan
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.scenario import Scenario
from teledesign.scenario.schedule import Running
from teledesign.scenario.setting import with_number

__all__ = ["AnchorResult", "EventWeight", "Expectation", "expected_of"]

Floats = NDArray[np.float64]
Where = Mapping[str, tuple[str | float, ...]]

FIRST_WEEK = 7


@dataclass(frozen=True)
class AnchorResult:
    """A stated margin and what the tables add up to; `ok` within the tolerance."""

    name: str
    stated: float
    computed: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the tables add up to what is stated."""
        return abs(self.computed - self.stated) <= self.tolerance + 1e-12


@dataclass(frozen=True)
class EventWeight:
    """One candidate signal: rows per user and day, bytes of one row; `emitted` is false for signals no step writes."""

    event: str
    rows_per_user_day: float
    bytes_per_row: int
    emitted: bool

    @property
    def bytes_per_user_day(self) -> float:
        """Bytes per user and day, before compression."""
        return self.rows_per_user_day * self.bytes_per_row


@dataclass(frozen=True, eq=False)
class Expectation:
    """Expected values of a scenario, with the incidents that run (names, or settled incidents by name).

    Days count from 1; where a day is left out, the first week's average is meant.  Counts belong to the day
    their session began, however late they come; nobody has left (except in `log_rows`); the other person of
    an episode is anybody.  Raises ValueError or KeyError for a scenario that `check` refuses.
    """

    scenario: Scenario
    incidents: Running | Iterable[str] = ()
    _algebras: dict[object, Algebra] = field(default_factory=dict, repr=False)
    _found: dict[tuple[object, tuple[int, ...]], Floats] = field(default_factory=dict, repr=False)

    @cached_property
    def plan(self) -> Plan:
        """The compiled scenario."""
        return Plan.of(self.scenario, self.incidents)

    @cached_property
    def world(self) -> World:
        """The plan with its names made unique."""
        return World(self.plan)

    @cached_property
    def _integral(self) -> Integral:
        return Integral(self.plan, self.world)

    def extreme(self, path: str, value: float, takes_from: str | None = None) -> Expectation:
        """The same with one number of the scenario set, as a form does.  Raises SettingError."""
        return Expectation(with_number(self.scenario, path, value, takes_from), self.incidents)

    # Events

    def events_per_user_day(
        self, day: int | None = None, *, recorded: bool = False, delivered: bool = False, where: Where | None = None
    ) -> dict[str, float]:
        """Event -> rows per user and day.

        `recorded` counts what clients record (not users who declined; incidents that stop, double or sample rows);
        `delivered` (which implies it) what arrives through the ordinary weather; `where` only rows of clients with
        these attributes.
        """
        counting = self._counting(recorded or delivered, delivered)
        found = self._per_user_day(
            ("events", recorded or delivered, delivered, tuple(sorted((where or {}).items()))),
            lambda: [counting.rows(event, where or {}) for event in self.plan.events],
            self._days(day),
        )
        return dict(zip(self.plan.events, found.tolist(), strict=True))

    def events_per_active_user_day(
        self, day: int | None = None, *, recorded: bool = False, delivered: bool = False
    ) -> dict[str, float]:
        """Event -> rows per user and day on which that user has a session."""
        active = self._integral.built_in("active_user_days", self._days(day)) / self._integral.user_days(
            self._days(day)
        )
        rates = self.events_per_user_day(day, recorded=recorded, delivered=delivered)
        return {event: rate / active for event, rate in rates.items()}

    def slices(
        self, event: str, by: str, day: int | None = None, *, where: Where | None = None, recorded: bool = False
    ) -> dict[str, float]:
        """Value of `by` -> rows of the event per user and day.

        `by` is a field of the event, a column of the envelope, or any name known where it is written (also hidden
        ones: `outcome`).
        """
        values = self._values(event, by)
        counting = self._counting(recorded)
        fixed = dict(where or {})
        counters = [counting.rows(event, {**fixed, by: (value,)}) for value in values]
        found = self._integral.per_user_day(Algebra(self.world, counters), self._days(day))
        return dict(zip(values, found.tolist(), strict=True))

    def _values(self, event: str, by: str) -> tuple[str, ...]:
        if by == "variant":
            return ("on", "holdback")
        described = self.scenario.events[event].fields.get(by)
        if described is not None and described.copied:
            by = described.copied
        elif described is not None:
            return self._drawn_values(event, by)
        known = self.plan.names.get(by.rpartition(".")[2])
        if known is None or not known.is_categorical:
            raise ValueError(f"{by} has no values to slice {event} by")
        return known.values

    def _drawn_values(self, event: str, name: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        described = self.scenario.events[event].fields[name]
        if described.draw and described.draw.chances:
            found.update(dict.fromkeys(described.draw.chances.choices))
        for episode in self.scenario.journey.values():
            for step in episode.steps.values():
                for emission in step.emits:
                    if emission.event == event and name in emission.hands:
                        handed = emission.hands[name]
                        found.update(
                            dict.fromkeys([handed] if isinstance(handed, str) else getattr(handed, "choices", ()))
                        )
        if not found:
            raise ValueError(f"{event}.{name} has no values to slice by")
        return tuple(found)

    def bytes_per_user_day(self, day: int | None = None, *, recorded: bool = False) -> dict[str, EventWeight]:
        """Event -> rows and bytes per user and day of everything one could collect.

        Signals that no step writes have the rate their `per_user_day` states, and are marked.
        """
        rates = self.events_per_user_day(day, recorded=recorded)
        found = {}
        for name, event in self.scenario.events.items():
            emitted = event.per_user_day is None
            rate = rates[name] if emitted else float(event.per_user_day or 0.0)
            found[name] = EventWeight(name, rate, event.bytes, emitted)
        return found

    # Truth

    def step_visits(self, day: int | None = None, *, where: Where | None = None) -> dict[str, float]:
        """`episode.step` -> visits per user and day; `where` counts only those matching, where its names are known."""
        steps = [(episode, place) for episode in self.plan.episodes for place in range(len(episode.steps))]
        known = {episode.name: self.world.matches(episode.name, where or {}) for episode in self.plan.episodes}
        kept = [(episode, place) for episode, place in steps if known[episode.name] is not None]
        found = self._per_user_day(
            ("steps", tuple(sorted((where or {}).items()))),
            lambda: [Counter((Term(episode.number, place, known[episode.name] or ()),)) for episode, place in kept],
            self._days(day),
        )
        return {
            episode.steps[place].address: float(visits) for (episode, place), visits in zip(kept, found, strict=True)
        }

    def outcome_shares(self, by: str | None = None, day: int | None = None) -> dict[str, dict[str, float]]:
        """Value of `by` (`all` without it) -> outcome -> share of predictions."""
        model = self.scenario.model
        episode = self.plan.by_name[model.for_each]
        first = episode.steps[0].address
        counting = self._counting(False)
        values: Sequence[str] = ["all"]
        if by is not None:
            values = self.plan.names.visible(episode.name)[by].values
        counters = [
            counting.visits(first, {"outcome": (outcome,), **({by: (value,)} if by else {})})
            for value in values
            for outcome in model.outcomes
        ]
        found = self._integral.per_user_day(Algebra(self.world, counters), self._days(day)).reshape(len(values), -1)
        totals = np.cumsum(found, axis=1)[:, -1]
        return {
            value: {
                outcome: float(count / total) if total > 0 else 0.0
                for outcome, count in zip(model.outcomes, counts, strict=True)
            }
            for value, counts, total in zip(values, found, totals, strict=True)
        }

    # People

    def sessions_per_user_day(self, day: int | None = None) -> float:
        """Sessions per user and day."""
        return self._integral.built_in("sessions", self._days(day)) / self._integral.user_days(self._days(day))

    def active_share(self, day: int | None = None) -> float:
        """The share of users who have a session on a day: 1 - E[(1 + d m)^(-1/d)], m a day's mean, d the dispersion."""
        return self._integral.built_in("active_user_days", self._days(day)) / self._integral.user_days(self._days(day))

    # Ratios

    def ratio(self, of: Counted, per: Counted, day: int | None = None, *, recorded: bool = False) -> float:
        """What a metric or an anchor comes to: expected `of` over expected `per` (NaN if there is none of it).

        A time limit (`within`) between the two is not looked at.  With `recorded`, events and built-in
        denominators are those of users whose clients record.  Raises ValueError for what algebra cannot tell.
        """
        top, bottom = self.counts((of, per), day, recorded=recorded)
        return _over(top, bottom)

    def counts(self, counted: Sequence[Counted], day: int | None = None, *, recorded: bool = False) -> list[float]:
        """Expected counts per panel user, all in one pass; `day`, `recorded` and errors as in `ratio`."""
        return self._counts(counted, self._days(day), recorded)

    def anchors(self) -> dict[str, AnchorResult]:
        """Anchor -> stated and computed, over the first week."""
        anchors = self.scenario.anchors
        counted = [part for anchor in anchors.values() for part in (anchor.of, anchor.per)]
        found = iter(self._counts(counted, self._days(None), False))
        return {
            name: AnchorResult(name, anchor.value, _over(next(found), next(found)), anchor.within)
            for name, anchor in anchors.items()
        }

    def _counts(self, counted: Sequence[Counted], days: Sequence[int], recorded: bool) -> list[float]:
        """Expected counts over some days per panel user, all in one pass."""
        counting = self._counting(recorded)
        through_tables = {
            repr(part): part for part in counted if part.name == "events" or part.name not in PER_BUILT_IN
        }
        algebra = self._algebra(
            (*through_tables, recorded), lambda: [counting.counter(part) for part in through_tables.values()]
        )
        found = dict(zip(through_tables, self._integral.summed(algebra, days).tolist(), strict=True))
        users = list(self._counting(True).recorded_users(self.plan.episodes[0].name)) if recorded else []
        return [
            found[repr(part)] if repr(part) in found else self._integral.built_in(str(part.name), days, users)
            for part in counted
        ]

    # Totals of a log

    def present(self, days: int | None = None) -> list[float]:
        """Users there on each day relative to the panel at the start: growth, arrivals and leaving (first order).

        Per day everybody leaves with `leaving.each_day`, plus the rate of the steps of `right_after` times their
        chances; those who left neither act nor are acted upon.
        """
        found: list[float] = []
        every = np.arange(1, (days or self.plan.days) + 1)
        hazards = self._hazards(every.tolist())
        quarter, half = exp(-hazards * 0.25).tolist(), exp(-hazards * 0.5).tolist()
        edges = self.plan.population(np.stack([every - 1.0, every - 0.5, every], axis=-1) * DAY_S).tolist()
        there = 1.0
        for (start, middle, end), newly, still in zip(edges, quarter, half, strict=True):
            for before, after in ((start, middle), (middle, end)):
                newcomers = max(after - before, 0.0) * newly
                there = there * still * min(after / before, 1.0) + newcomers
                found.append(there)
        return found[::2]

    def _hazards(self, days: Sequence[int]) -> Floats:
        """The share of users who leave for good on each day."""
        found = np.full(len(days), self.plan.leaving_each_day)
        leaving = [
            (Term(episode.number, place), step.leaving)
            for episode in self.plan.episodes
            for place, step in enumerate(episode.steps)
            if step.leaving
        ]
        if not leaving:
            return found
        algebra = self._algebra("leaving", lambda: [Counter((term,)) for term, _ in leaving])
        more = np.zeros(len(days))
        for visits, (_, chance) in zip(self._integral.per_user_on_each(algebra, days).T, leaving, strict=True):
            more = more + visits * chance
        return found + more

    def log_rows(
        self,
        users: int | None = None,
        days: int | None = None,
        *,
        recorded: bool = True,
        delivered: bool = False,
        where: Where | None = None,
    ) -> dict[str, float]:
        """Event -> expected rows of a log: rollouts, weekdays, growth, leaving, and users whose clients record nothing.

        Rows belong to sessions that begin within the days, also those that come after the last.  What other persons
        write is rarer by those of them who have left: whoever is drawn was there once.
        """
        panel, delivered_or_recorded = users or self.plan.users, recorded or delivered
        counting = self._counting(delivered_or_recorded, delivered)
        algebra = self._algebra(
            ("rows", delivered_or_recorded, delivered, tuple(sorted((where or {}).items()))),
            lambda: [part for event in self.plan.events for part in self._by_actor(counting.rows(event, where or {}))],
        )
        found = np.zeros(len(self.plan.events))
        present = self.present(days)
        every = range(1, len(present) + 1)
        were_there = self.plan.population((np.array(every) - 0.5) * DAY_S).tolist()
        for there, ever, counts in zip(
            present, were_there, self._integral.per_user_on_each(algebra, every), strict=True
        ):
            rates = counts.reshape(-1, 2)
            found += (rates[:, 0] + rates[:, 1] * min(there / ever, 1.0)) * there * panel
        return dict(zip(self.plan.events, found.tolist(), strict=True))

    def _by_actor(self, counter: Counter) -> tuple[Counter, Counter]:
        """What the owners of sessions write, and what other persons do."""
        own = tuple(term for term in counter.terms if self.plan.episodes[term.episode].actor == OWNER)
        return Counter(own), Counter(tuple(term for term in counter.terms if term not in own))

    # How it is done

    def _days(self, day: int | None) -> tuple[int, ...]:
        return (day,) if day is not None else tuple(range(1, min(FIRST_WEEK, self.plan.days) + 1))

    def _counting(self, recorded: bool, delivered: bool = False) -> Counting:
        return Counting(self.scenario, self.world, recorded, delivered)

    def _algebra(self, key: object, counters: Callable[[], Sequence[Counter]]) -> Algebra:
        if key not in self._algebras:
            self._algebras[key] = Algebra(self.world, counters())
        return self._algebras[key]

    def _per_user_day(self, key: object, counters: Callable[[], Sequence[Counter]], days: tuple[int, ...]) -> Floats:
        found = self._found.get((key, days))
        if found is None:
            found = self._found[key, days] = self._integral.per_user_day(self._algebra(key, counters), days)
        return found


_latest: list[Expectation] = []


def expected_of(scenario: Scenario) -> Expectation:
    """What this very scenario leads one to expect with nothing wrong.

    The answers for the scenario that was asked for last are kept: a command checks one, then works with it.
    """
    if not _latest or _latest[0].scenario is not scenario:
        _latest[:] = [Expectation(scenario)]
    return _latest[0]


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else float("nan")

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
from teledesign.scenario.elementary import exp, log
from teledesign.scenario.metrics import PER_BUILT_IN, Counted
from teledesign.scenario.names import HOLDBACK, OWNER
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
        """Users there on each day relative to the panel at the start: growth, arrivals and leaving.

        Per day everybody leaves with `leaving.each_day`, plus the rate of the steps of `right_after` times their
        chances; those who left neither act nor are acted upon.  Those held back leave at their own rate.
        """
        arms = [share * there for _, share, there, _ in self._arms(days)]
        return np.cumsum(arms, axis=0)[-1].tolist()  # type: ignore[no-any-return]

    def _arms(self, days: int | None = None) -> list[tuple[str | None, float, Floats, Floats]]:
        """Of those not held back, then of those who are: their share, how many are there, and how active those are.

        Where all are alike there is one group.  Both are relative to that group at the start, on each day.  Rates are
        gamma: of those who come often more have left, so that activity falls faster than the number of people.
        """
        every = np.arange(1, (days or self.plan.days) + 1)
        held = self.plan.holdback
        shares = {"no": 1.0 - held, "yes": held} if 0.0 < held < 1.0 else {None: 1.0}
        others = self.plan.leaving_each_day + self._hazards(every.tolist(), None, by_owner=False)
        found = []
        for value, share in shares.items():
            own = self._hazards(every.tolist(), value, by_owner=True) / share
            found.append((value, share, self._there(every, others, own, 0.0), self._there(every, others, own, 1.0)))
        return found

    def _there(self, every: NDArray[np.int64], others: Floats, own: Floats, weight: float) -> Floats:
        """How many are there at noon of each day; each weighed by their rate where `weight` is 1."""
        edges = self.plan.population(np.stack([every - 1.0, every - 0.5, every], axis=-1) * DAY_S).tolist()
        met = np.concatenate([[0.0], np.cumsum(np.repeat(own * 0.5, 2))])
        spread = self.plan.dispersion
        fell = met if not spread else log(1.0 + spread * met) * (1.0 / spread + weight)
        halves = exp(fell[:-1] - fell[1:]) * np.repeat(exp(-others * 0.5), 2)
        newly = exp(-(others + own) * 0.25)
        there, found = 1.0, []
        for day, (start, middle, end) in enumerate(edges):
            for half, (before, after) in enumerate(((start, middle), (middle, end))):
                newcomers = max(after - before, 0.0) * float(newly[day])
                there = there * float(halves[2 * day + half]) * min(after / before, 1.0) + newcomers
                found.append(there)
        return np.array(found[::2])

    def _hazards(self, days: Sequence[int], held: str | None, *, by_owner: bool) -> Floats:
        """Chances to leave on each day per panel user: by steps of one's own sessions, or by those of others."""
        where = {HOLDBACK: (held,)} if held else {}
        known = {episode.name: self.world.matches(episode.name, where) for episode in self.plan.episodes}
        leaving = [
            (episode, place, step.leaving)
            for episode in self.plan.episodes
            for place, step in enumerate(episode.steps)
            if step.leaving and (episode.actor == OWNER) == by_owner and known[episode.name] is not None
        ]
        more = np.zeros(len(days))
        if not leaving:
            return more
        algebra = self._algebra(
            ("leaving", held, by_owner),
            lambda: [
                Counter((Term(episode.number, place, known[episode.name] or ()),)) for episode, place, _ in leaving
            ],
        )
        for visits, (_, _, chance) in zip(self._integral.per_user_on_each(algebra, days).T, leaving, strict=True):
            more = more + visits * chance
        return more

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
        arms = self._arms(days)
        every = range(1, len(arms[0][2]) + 1)
        were_there = self.plan.population((np.array(every) - 0.5) * DAY_S)
        still = np.minimum(np.array(self.present(days)) / were_there, 1.0)
        key = (delivered_or_recorded, delivered, tuple(sorted((where or {}).items())))
        found = np.zeros(len(self.plan.events))
        acting_on_all = np.zeros(len(every))
        for value, share, _, acting in arms:
            own = self._rows_on_each(
                key, counting, {**(where or {}), **({HOLDBACK: (value,)} if value else {})}, 0, every
            )
            found += np.cumsum(own * acting[:, None], axis=0)[-1] * panel
            acting_on_all = acting_on_all + share * acting
        others = self._rows_on_each(key, counting, where or {}, 1, every)
        found += np.cumsum(others * (still * acting_on_all)[:, None], axis=0)[-1] * panel
        return dict(zip(self.plan.events, found.tolist(), strict=True))

    def _rows_on_each(self, key: object, counting: Counting, where: Where, place: int, days: Sequence[int]) -> Floats:
        """Rows per user on each day that the owners of sessions write (0), or other persons (1): a row per day."""
        algebra = self._algebra(
            ("rows", key, place, tuple(sorted(where.items()))),
            lambda: [self._by_actor(counting.rows(event, where))[place] for event in self.plan.events],
        )
        return self._integral.per_user_on_each(algebra, days)

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

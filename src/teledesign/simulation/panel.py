"""The panel and the incidents of a log: as many users as make the number of rows asked for, whatever goes wrong.

Incidents are drawn before the panel has its size, so that it allows for what they add and take.  The algebra tells how
many rows a user makes; what it cannot tell (rows that come after the last day, rows that a design counts up on the
device) a small log of the same users does.  How many users incidents bring goes with the size of the panel.

The size stands in the public manifest.  So that it does not tell which incident runs, it is scattered by up to one
standard error of the number of rows, under every seed but the public one: what shows in it shows in the rows as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from teledesign.expectation import Expectation
from teledesign.scenario import Scenario
from teledesign.scenario.incidents import Incident
from teledesign.scenario.schedule import Running
from teledesign.simulation.checking import expected_rows, written_rows
from teledesign.simulation.luck.draws import practice_seed
from teledesign.simulation.playing.blocks import Block
from teledesign.simulation.playing.scheduled import brought_to, scheduled
from teledesign.simulation.sizes import MOST_USERS, panel_size
from teledesign.simulation.tasks import Work, trial

__all__ = ["Panel", "panel_for", "panel_of"]

FEWEST_TRIED, MOST_TRIED = 30_000, 300_000
"""Rows of the small log, between these a hundredth of those asked for; to fewer than the least chance does so much that
it would tell nothing."""

LEAST_SCATTER = 0.0015


@dataclass(frozen=True)
class Panel:
    """How many users there are when day 1 begins, what goes wrong, and what that leads one to expect."""

    users: int
    incidents: Running
    expectation: Expectation
    scatter: float = 0.0
    """How far at most its size is from what makes so many rows, as a share."""


def panel_of(
    asked: Work, weather: Scenario, usual: Expectation, incidents: Running | Iterable[str], users: int | None
) -> Panel:
    """The panel of so many users, the scenario's own if they are not said.  Raises Refusal."""
    size = panel_size(usual, users, asked.days, None)
    running = scheduled(asked.scenario, incidents, asked.seed, size, asked.days)
    return Panel(size, running, Expectation(_of_size(weather, size), running) if running else usual)


def panel_for(
    asked: Work, weather: Scenario, usual: Expectation, incidents: Running | Iterable[str], events: int
) -> Panel:
    """The panel that makes so many rows with the incidents that run.  Raises Refusal."""
    wanted = incidents if isinstance(incidents, Mapping) else tuple(incidents)
    running = scheduled(asked.scenario, wanted, asked.seed, asked.scenario.people.simulate, asked.days)
    own = {name: incident for name, incident in running.items() if incident.brings is None}
    expectation = Expectation(weather, own) if own else usual
    work = replace(asked, incidents=own)
    each = _rows(work, expectation)
    bringing = [_Bringing.of(asked, weather, own, name, running[name], each) for name in running if name not in own]
    if _counts_up(asked):
        each = _with_trial(work, expectation, each, events, MOST_USERS)
    elif events >= FEWEST_TRIED:
        each = _with_trial(work, expectation, each, events, panel_size(usual, None, asked.days, events, each))
    most = panel_size(usual, None, asked.days, events, each)
    users = _closest(lambda users: users * each + sum(item.rows(users, wanted) for item in bringing), events, most)
    scatter = _scatter(asked, usual, users)
    users = max(1, round(users * (1.0 + scatter * (2.0 * asked.seed.point("panel") - 1.0))))
    if not bringing:
        return Panel(users, running, expectation, scatter)
    return replace(panel_of(asked, weather, usual, wanted, users), scatter=scatter)


@dataclass(frozen=True)
class _Bringing:
    """An incident that brings users, as the scenario has it, and how many rows each of them makes."""

    name: str
    incident: Incident
    base: int
    """The panel for which the scenario says how many come."""
    each: float

    @classmethod
    def of(cls, asked: Work, weather: Scenario, own: Running, name: str, incident: Incident, each: float) -> _Bringing:
        assert incident.brings is not None
        base = asked.scenario.people.simulate
        with_it = {**own, name: incident}
        rows = _rows(replace(asked, incidents=with_it), Expectation(weather, with_it))
        return cls(name, incident, base, max(rows - each, 0.0) * base / incident.brings.simulate)

    def rows(self, users: int, wanted: object) -> float:
        """What they bring to a panel of so many users; incidents that came settled stay as they are."""
        assert self.incident.brings is not None
        settled = isinstance(wanted, Mapping)
        return self.each * (self.incident.brings.simulate if settled else brought_to(self.incident, users / self.base))


def _rows(work: Work, expectation: Expectation) -> float:
    """Rows of one user of day 1, as far as the algebra can tell."""
    return sum(rows for rows in expected_rows(replace(work, users=1), expectation).values() if not math.isnan(rows))


def _scatter(work: Work, usual: Expectation, users: int) -> float:
    """How far the size of the panel is scattered at most: one standard error of the rows of so many users."""
    if work.seed == practice_seed(work.scenario.scenario):
        return 0.0
    sessions = max(usual.plan.rate * work.days, 1e-9)
    return max(LEAST_SCATTER, math.sqrt((usual.plan.dispersion + 1.0 / sessions) / users))


def _counts_up(work: Work) -> bool:
    """Whether a design lets devices count rows up, so that the algebra cannot tell how many are sent."""
    return work.design is not None and bool(work.design.summaries)


def _with_trial(work: Work, expectation: Expectation, each: float, events: int, most: int) -> float:
    """The same with what a small log tells: rows counted up on the device, and rows that come too late."""
    written = written_rows(work, expectation) if _counts_up(work) else each
    if written <= 0:
        return each
    rows = min(max(events // 100, FEWEST_TRIED), MOST_TRIED)
    users = max(1, int(min(MOST_TRIED / written, rows / each if each > 0 else math.inf, most)))
    found = trial(replace(work, users=users), Block(0, 0, users, 0, work.hours))
    counted_up = written * found.counted_up / found.written if found.written else 0.0
    return (each + counted_up) * (1.0 - found.late)


def _closest(rows: Callable[[int], float], events: int, most: int) -> int:
    """The number of users, at most so many, whose rows (more with more users) are closest to a number."""
    low, high = 1, max(most, 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if rows(middle) <= events else (low, middle)
    return min(low, high, key=lambda users: (abs(rows(users) - events), users))


def _of_size(scenario: Scenario, users: int) -> Scenario:
    """The scenario with a panel of so many users: what incidents bring is counted per user of it."""
    return scenario.model_copy(update={"people": scenario.people.model_copy(update={"simulate": users})})

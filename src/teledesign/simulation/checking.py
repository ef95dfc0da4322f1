"""Every run holds its counts against the algebra, and says whether they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from teledesign.expectation import Expectation
from teledesign.results.log import EventCount
from teledesign.scenario.names import OWNER
from teledesign.scenario.quantities import DAY_S
from teledesign.simulation.slices import CLUSTERS, SliceReport, clusters_of
from teledesign.simulation.tasks import Work

__all__ = ["counted"]

CHUNK = 1 << 20


def expected_rows(work: Work, expectation: Expectation) -> dict[str, float]:
    """Event -> rows expected of sessions that begin within the days.

    As `Expectation.log_rows`, but what other persons write is expected less often: whoever is drawn may have left.
    """
    aimed_at = None if work.design is None else work.design.targeting.where
    by_others = {name for name in work.plan.events if _by_others(work, name)}
    found = {event.name: 0.0 for event in work.layout.events}
    for day, there in enumerate(expectation.present(work.days), start=1):
        joined = float(work.plan.population(np.array([(day - 0.5) * DAY_S]))[0])
        not_left = min(there / joined, 1.0)
        rates = expectation.events_per_user_day(day, delivered=True, where=aimed_at)
        for event, rate in rates.items():
            found[event] += rate * there * work.users * (not_left if event in by_others else 1.0)
    return {event: rows * _collected_share(work, event) for event, rows in found.items()}


def _collected_share(work: Work, event: str) -> float:
    """The share of an event's rows that is collected of the users whom the design is aimed at; NaN for summaries."""
    if work.collection is None:
        return 1.0
    if event not in work.plan.events:
        return float("nan")
    collected = work.collection.collected.get(event)
    return 0.0 if collected is None else work.collection.share(collected)


def _by_others(work: Work, event: str) -> bool:
    """Whether only other persons than the owner of the session write an event."""
    number = work.plan.events.index(event)
    actors = [
        episode.actor
        for episode in work.plan.episodes
        for step in episode.steps
        if any(emission.event == number for emission in (*step.emits, *step.beats))
    ]
    return bool(actors) and OWNER not in actors


def counted(work: Work, expectation: Expectation, slices: Sequence[SliceReport]) -> tuple[EventCount, ...]:
    """Rows of each event beside what was expected of sessions that begin within the days, with its standard error.

    The error comes from groups of users: what each group has more than its number of users lets expect.
    """
    expected = expected_rows(work, expectation)
    counts = np.sum([part.counts for part in slices], axis=0)
    logged = np.sum([part.logged for part in slices], axis=0)
    size = work.population.size
    users = np.zeros(CLUSTERS, dtype=np.int64)
    for first in range(0, size, CHUNK):
        some = np.arange(first, min(first + CHUNK, size))
        users += np.bincount(clusters_of(some), minlength=CLUSTERS)
    found = []
    for event in (event for event in work.layout.events if event.has_rows):
        came = int(counts[event.code].sum())
        more = counts[event.code] - users * (came / size)
        found.append(
            EventCount(
                event=event.name,
                rows=int(logged[event.code]),
                came=came,
                expected=expected[event.name],
                error=float(np.sqrt(max(float((more * more).sum()), came))),
            )
        )
    return tuple(found)

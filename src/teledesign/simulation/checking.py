"""Every run holds its counts against the algebra, and says whether they agree."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from teledesign.expectation import Expectation
from teledesign.results.log import EventCount
from teledesign.simulation.files.slices import CLUSTERS, SliceReport, clusters_of
from teledesign.simulation.tasks import Work

__all__ = ["counted", "expected_rows", "spread"]

Integers = npt.NDArray[np.int64]

CHUNK = 1 << 20


def expected_rows(work: Work, expectation: Expectation) -> dict[str, float]:
    """Event -> rows expected of sessions that begin within the days."""
    aimed_at = None if work.design is None else work.design.targeting.where
    rows = _log_rows(expectation, work.days, tuple(sorted((aimed_at or {}).items())))
    shares = {event.name: _collected_share(work, event.name) for event in work.layout.events}
    return {name: rows.get(name, 0.0) * work.users * share for name, share in shares.items()}


@lru_cache(maxsize=4)
def _log_rows(
    expectation: Expectation, days: int, aimed_at: tuple[tuple[str, tuple[str | float, ...]], ...]
) -> dict[str, float]:
    """Event -> rows expected for each user of day 1, worked out once for the size of a panel and for its check."""
    return expectation.log_rows(1, days, delivered=True, where=dict(aimed_at) or None)


def _collected_share(work: Work, event: str) -> float:
    """The share of an event's rows that is collected of the users whom the design is aimed at; NaN for summaries."""
    if work.collection is None:
        return 1.0
    if event not in work.plan.events:
        return float("nan")
    collected = work.collection.collected.get(event)
    return 0.0 if collected is None else work.collection.share(collected)


def counted(work: Work, expectation: Expectation, slices: Sequence[SliceReport]) -> tuple[EventCount, ...]:
    """Rows of each event beside what was expected of sessions that begin within the days, with its standard error.

    The error comes from groups of users: what each group has more than its number of users lets expect.
    """
    expected = expected_rows(work, expectation)
    counts = np.sum([part.counts for part in slices], axis=0)
    logged = np.sum([part.logged for part in slices], axis=0)
    users = _users(work)
    found = []
    for event in (event for event in work.layout.events if event.has_rows):
        came = int(counts[event.code].sum())
        more = counts[event.code] - users * (came / work.population.size)
        found.append(
            EventCount(
                event=event.name,
                rows=int(logged[event.code]),
                came=came,
                expected=expected[event.name],
                error=max(
                    float(np.sqrt(max(float((more * more).sum()), came))),
                    _error_of_sample(work, event.name, expected[event.name]),
                ),
            )
        )
    return tuple(found)


def _error_of_sample(work: Work, event: str, expected: float) -> float:
    """The standard error that comes of how many users a design's sample happens to hold, perhaps none at all."""
    collected = None if work.collection is None else work.collection.collected.get(event)
    if work.design is None or work.collection is None or collected is None:
        return 0.0
    of_users = (collected.by or work.design.sampling.by) == "user"
    share = work.collection.share(collected) if of_users else work.design.targeting.share
    return expected * float(np.sqrt((1.0 - share) / (share * work.population.size))) if share > 0 else 0.0


def spread(work: Work, slices: Sequence[SliceReport]) -> float:
    """The standard error of the number of all rows, estimated between users."""
    counts = np.sum([part.counts for part in slices], axis=0).sum(axis=0)
    came = int(counts.sum())
    more = counts - _users(work) * (came / work.population.size)
    return float(np.sqrt(max(float((more * more).sum()), came)))


def _users(work: Work) -> Integers:
    """How many users each group has."""
    found = np.zeros(CLUSTERS, dtype=np.int64)
    for first in range(0, work.population.size, CHUNK):
        some = np.arange(first, min(first + CHUNK, work.population.size))
        found += np.bincount(clusters_of(some), minlength=CLUSTERS)
    return found

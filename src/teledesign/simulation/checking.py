"""Every run holds its counts against the algebra, and says whether they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from teledesign.expectation import Expectation
from teledesign.results.log import EventCount
from teledesign.simulation.slices import CLUSTERS, SliceReport, clusters_of
from teledesign.simulation.tasks import Work

__all__ = ["counted"]

CHUNK = 1 << 20


def counted(work: Work, expectation: Expectation, slices: Sequence[SliceReport]) -> tuple[EventCount, ...]:
    """Rows of each event beside what was expected of sessions that begin within the days, with its standard error.

    The error comes from groups of users: what each group has more than its number of users lets expect.
    """
    expected = expectation.log_rows(work.users, work.days)
    counts = np.sum([part.counts for part in slices], axis=0)
    logged = np.sum([part.logged for part in slices], axis=0)
    size = work.population.size
    users = np.zeros(CLUSTERS, dtype=np.int64)
    for first in range(0, size, CHUNK):
        some = np.arange(first, min(first + CHUNK, size))
        users += np.bincount(clusters_of(some), minlength=CLUSTERS)
    found = []
    for event in work.layout.events:
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

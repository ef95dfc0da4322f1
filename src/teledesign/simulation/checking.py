"""Every run holds its counts against the algebra, and says whether they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import isnan

import numpy as np
import numpy.typing as npt

from teledesign.expectation import Expectation
from teledesign.results.log import EventCount
from teledesign.simulation.files.slices import CLUSTERS, SliceReport, clusters_of
from teledesign.simulation.people.population import DAY_MS
from teledesign.simulation.tasks import Work

__all__ = ["counted", "expected_rows", "spread", "written_rows"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CHUNK = 1 << 20


def expected_rows(work: Work, expectation: Expectation) -> dict[str, float]:
    """Event -> rows expected of sessions that begin within the days; NaN for those counted up on the device."""
    rows = _log_rows(expectation, work.days, _aimed_at(work))
    shares = {event.name: _collected_share(work, event.name) for event in work.layout.events}
    return {name: rows.get(name, 0.0) * work.users * share for name, share in shares.items()}


def written_rows(work: Work, expectation: Expectation) -> float:
    """Rows looked at of each user of day 1, of those whom the design is aimed at: collected, or only counted up."""
    share = 1.0 if work.design is None else work.design.targeting.share
    rows = _log_rows(expectation, work.days, _aimed_at(work), delivered=False)
    return share * sum(rows.get(event.name, 0.0) for event in work.layout.events if event.is_played)


AimedAt = tuple[tuple[str, tuple[str | float, ...]], ...]


def _aimed_at(work: Work) -> AimedAt:
    return () if work.design is None else tuple(sorted(work.design.targeting.where.items()))


@lru_cache(maxsize=4)
def _log_rows(expectation: Expectation, days: int, aimed_at: AimedAt, *, delivered: bool = True) -> dict[str, float]:
    """Event -> rows expected for each user of day 1, worked out once for the size of a panel and for its check."""
    return expectation.log_rows(1, days, delivered=delivered, where=dict(aimed_at) or None)


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

    The error comes from groups of users: what each group has more than its number of users lets expect.  Nothing is
    expected (NaN) of what the algebra knows roughly only.
    """
    expected = expected_rows(work, expectation) | dict.fromkeys(expectation.world.rough_events, float("nan"))
    counts = np.sum([part.counts for part in slices], axis=0)
    logged = np.sum([part.logged for part in slices], axis=0)
    users = _users(0, work.population.size)
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


def spread(work: Work, slices: Sequence[SliceReport], sessions: int, events: Sequence[EventCount]) -> float:
    """The standard error of the number of all rows: as estimated between users, and no less than theory has it.

    It is a share of the rows.  Where fewer came than were expected, as of a few users who record nothing, it is that
    share of what was expected: by chance as many more could have come.
    """
    told = [event for event in events if not isnan(event.expected)]
    expected, came = sum(event.expected for event in told), sum(event.came for event in told)
    return _between(work, slices, sessions) * max(1.0, expected / came) if came else expected


def _between(work: Work, slices: Sequence[SliceReport], sessions: int) -> float:
    """The same of the rows that came.

    Users whom incidents bring are told apart from the others: that they come is no chance.
    """
    counts = np.sum([part.counts for part in slices], axis=0).sum(axis=0).astype(np.float64)
    population = work.population
    usual = _users(0, population.panel).astype(np.float64)
    if population.size == population.panel:
        return _spread_of(counts, usual, population.panel, population.plan.dispersion, sessions)
    brought = _users(population.panel, population.size).astype(np.float64)
    each, more = _each(counts, usual, brought)
    own = _spread_of(counts - more * brought, usual, population.panel, population.plan.dispersion, sessions)
    theirs = sum((more * users) ** 2 * variance for users, variance in _variances_of_brought(work))
    return float(np.sqrt(own * own + theirs)) if each >= 0 else own


def _spread_of(counts: Floats, users: Floats, total: int, dispersion: float, sessions: int) -> float:
    """The standard error of a sum over users, of whom each group has so many.

    Theory: rates differ by `dispersion`, and a user's sessions by as much as their number.
    """
    came = float(counts.sum())
    more = counts - users * (came / total)
    between = float((more * more).sum()) * total / max(total - 1, 1)
    theory = came * came * (dispersion / total + 1.0 / max(sessions, 1))
    return float(np.sqrt(max(between, theory, came)))


def _each(counts: Floats, usual: Floats, brought: Floats) -> tuple[float, float]:
    """Rows of an ordinary user and of one who was brought: least squares over groups of users."""
    uu, ub, bb = (float((one * other).sum()) for one, other in ((usual, usual), (usual, brought), (brought, brought)))
    uc, bc = float((usual * counts).sum()), float((brought * counts).sum())
    over = uu * bb - ub * ub
    return ((bb * uc - ub * bc) / over, (uu * bc - ub * uc) / over) if over > 0 else (0.0, 0.0)


def _variances_of_brought(work: Work) -> Iterator[tuple[int, float]]:
    """How many users each incident brings, and the relative variance of the rows they make."""
    for item in work.plan.incidents:
        if item.brought is not None:
            window = work.population.striking.window(item)
            days = (min(int(window.off), work.end_ms) - int(window.on)) / DAY_MS
            sessions = max(item.brought.rate * max(days, 0.0) * item.brought.users, 1.0)
            yield item.brought.users, item.brought.dispersion / item.brought.users + 2.0 / sessions


def _users(first: int, last: int) -> Integers:
    """How many of these users each group has."""
    found = np.zeros(CLUSTERS, dtype=np.int64)
    for begin in range(first, last, CHUNK):
        some = np.arange(begin, min(begin + CHUNK, last))
        found += np.bincount(clusters_of(some), minlength=CLUSTERS)
    return found

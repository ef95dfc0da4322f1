"""When sessions begin: for every user and hour an inverse Poisson count of one draw, then a moment within the hour.

More volume only adds sessions: the count of one draw never falls as its mean rises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from teledesign.scenario.elementary import exp
from teledesign.simulation.luck.draws import Floats, Ids, Seed, child_ids, uniform

__all__ = ["HOUR_MS", "Begun", "Volume", "begin_sessions", "poisson_counts"]

HOUR_MS = 3_600_000
MOST_IN_AN_HOUR = 100_000
CELLS = 1 << 19
"""Users times hours looked at at once."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Begun:
    """Sessions by user, then time: the row of the user in the block, session id, moment in ms after the start."""

    user_row: Integers
    id: Ids
    at: Integers

    def __len__(self) -> int:
        return len(self.at)


def poisson_counts(mean: Floats, drawn: Floats) -> Integers:
    """The Poisson count of each mean from one number in (0, 1) each, by inversion from above."""
    chance = exp(-mean)
    reached = chance.copy()
    goal = 1.0 - drawn
    counts = np.zeros(len(mean), dtype=np.int64)
    open_rows = np.flatnonzero(goal >= reached)
    for number in range(1, MOST_IN_AN_HOUR):
        if not len(open_rows):
            break
        counts[open_rows] = number
        chance[open_rows] *= mean[open_rows] / number
        reached[open_rows] += chance[open_rows]
        still = (goal[open_rows] >= reached[open_rows]) & (chance[open_rows] > 1e-18)
        open_rows = open_rows[still]
    return counts


@dataclass(frozen=True)
class Volume:
    """Sessions multiplied: at most `most` times in each hour (0: not at all); `factor` tells by how much, for user rows
    at moments."""

    most: Floats
    factor: Callable[[Integers, Integers], Floats]


def begin_sessions(
    seed: Seed, users: Ids, rates: Floats, hours: Integers, weights: Floats, volume: Volume | None = None
) -> Begun:
    """The sessions that begin in these hours of the log.

    `rates` are sessions per day of each user; `weights` the share of a mean day's sessions that an hour has.
    With a volume more sessions are begun, or some of the same are not, wherever and whenever its factor is not 1.
    """
    each = max(1, CELLS // max(len(hours), 1))
    parts = [
        _begin_some(seed, users[first : first + each], rates[first : first + each], hours, weights, first, volume)
        for first in range(0, len(users), each)
    ]
    return Begun(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("user_row", "id", "at")))


def _begin_some(
    seed: Seed, users: Ids, rates: Floats, hours: Integers, weights: Floats, first_row: int, volume: Volume | None
) -> Begun:
    how_many, which, when = (seed.key(name) for name in ("people.sessions", "session", "session.begin"))
    means = rates[:, None] * weights[None, :]
    drawn = uniform(np.repeat(users[:, None], len(hours), axis=1), how_many, hours[None, :])
    # The chance of any session, 1 - exp(-mean), is below the mean: most cells are settled without an exponential.
    highest = means if volume is None else means * np.maximum(volume.most, 1.0)[None, :]
    row, column = np.nonzero(drawn < highest)
    counts = poisson_counts(highest[row, column], drawn[row, column])
    row, column = np.repeat(row, counts), np.repeat(column, counts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    hour = hours[column]
    ids = child_ids(users[row], which, hour, number)
    at = hour * HOUR_MS + (uniform(ids, when) * HOUR_MS).astype(np.int64)
    if volume is not None:
        keep = np.ones(len(row), dtype=bool)
        touched = np.flatnonzero(volume.most[column] != 0)
        cell = row[touched], column[touched]
        means_then = means[cell] * volume.factor(row[touched] + first_row, at[touched])
        keep[touched] = number[touched] < poisson_counts(means_then, drawn[cell])
        row, ids, at = row[keep], ids[keep], at[keep]
    return Begun(row + first_row, ids, at)

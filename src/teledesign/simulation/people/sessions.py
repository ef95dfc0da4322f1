"""When sessions begin: for every user and hour an inverse Poisson count of one draw, then a moment within the hour.

More volume only adds sessions: the count of one draw never falls as its mean rises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from teledesign.findings import Refusal
from teledesign.scenario.elementary import exp
from teledesign.simulation.luck.draws import (
    Floats,
    Ids,
    Seed,
    as_uniform,
    bits_below,
    child_ids,
    hashed_each,
    uniform,
)

__all__ = ["HOUR_MS", "Begun", "Volume", "begin_sessions", "poisson_counts"]

HOUR_MS = 3_600_000
MOST_IN_AN_HOUR = 100_000
MOST_MEAN = 90_000
"""Sessions of one user in an hour, on average, beyond which some would be lost; nobody lives so."""
NEVER = 1e-18
"""Chances below this are not met by any number that is drawn."""
FURTHEST = 500.0
"""e to the minus this is still a number of full precision."""
CELLS = 1 << 17
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
    """The Poisson count of each mean from one number in (0, 1) each, by inversion from above.

    The chance of no session at all is too small a number for means above `FURTHEST`: there all chances are first
    e to the `owed` times too large, until they are large enough to be told as they are.
    """
    owed = np.maximum(mean - FURTHEST, 0.0)
    large = bool(owed.any())
    chance = exp(owed - mean)
    reached = chance.copy()
    goal = 1.0 - drawn
    counts = np.zeros(len(mean), dtype=np.int64)
    open_rows = np.flatnonzero((goal >= reached) | (owed > 0))
    for number in range(1, MOST_IN_AN_HOUR):
        if not len(open_rows):
            break
        counts[open_rows] = number
        chance[open_rows] *= mean[open_rows] / number
        reached[open_rows] += chance[open_rows]
        further = goal[open_rows] >= reached[open_rows]
        if large:
            _settle(open_rows[owed[open_rows] > 0], chance, reached, owed)
            further = (goal[open_rows] >= reached[open_rows]) | (owed[open_rows] > 0)
        open_rows = open_rows[further & ((chance[open_rows] > NEVER) | (number < mean[open_rows]))]
    return counts


def _settle(rows: Integers, chance: Floats, reached: Floats, owed: Floats) -> None:
    """Take from chances what is owed: all of it as soon as they come to anything, before that what keeps them small."""
    all_of_it = chance[rows] * exp(-owed[rows]) > NEVER * NEVER
    paid = np.where(all_of_it, owed[rows], np.where(chance[rows] > 1e200, 200.0, 0.0))
    chance[rows] *= exp(-paid)
    reached[rows] *= exp(-paid)
    owed[rows] -= paid


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
    how_many, which, when = (seed.key(name) for name in ("people.sessions", "session", "session.begin"))
    peaks = np.ones(len(hours)) if volume is None else np.maximum(volume.most, 1.0)
    busiest = rates * (weights * peaks).max(initial=0.0)
    if busiest.max(initial=0.0) > MOST_MEAN:
        raise Refusal(
            f"somebody would have more than {MOST_MEAN:,} sessions in an hour. Lower sessions_per_user_day.mean or "
            ".dispersion, or the volume of an incident"
        )
    row, column, drawn = _perhaps(users, how_many, hours, bits_below(busiest))
    means = rates[row] * weights[column]
    counts = poisson_counts(means * peaks[column], drawn)
    cell = np.repeat(np.arange(len(row)), counts)
    number = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
    hour = hours[column[cell]]
    ids = child_ids(users[row[cell]], which, hour, number)
    at = hour * HOUR_MS + (uniform(ids, when) * HOUR_MS).astype(np.int64)
    if volume is not None:
        touched = np.flatnonzero(volume.most[column[cell]] != 0)
        where = cell[touched]
        means_then = means[where] * volume.factor(row[where], at[touched])
        keep = np.ones(len(cell), dtype=bool)
        keep[touched] = number[touched] < poisson_counts(means_then, drawn[where])
        cell, ids, at = cell[keep], ids[keep], at[keep]
    return Begun(row[cell], ids, at)


def _perhaps(users: Ids, key: np.uint64, hours: Integers, most: Ids) -> tuple[Integers, Integers, Floats]:
    """The user row, the place of the hour, and the draw of every cell in which a session may begin.

    The chance of any session, 1 - exp(-mean), is below the mean, and so below the mean of a user's busiest hour: most
    cells are settled by one look at the bits of their draw.
    """
    each = max(1, CELLS // max(len(hours), 1))
    found = []
    for first in range(0, len(users), each):
        bits = hashed_each(users[first : first + each], key, hours)
        cells = np.flatnonzero(bits <= most[first : first + each, np.newaxis])
        found.append((cells + first * len(hours), bits.ravel()[cells]))
    cells, bits = (np.concatenate([part[place] for part in found]) for place in (0, 1))
    row, column = np.divmod(cells, max(len(hours), 1))
    return row, column, as_uniform(bits)

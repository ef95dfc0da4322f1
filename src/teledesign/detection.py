"""Detection: how many rows and days it takes to see a change, and how often charts cry wolf.

Closed formulas come from texts (`FORMULAS`), so that a page can print and work them out as Python does.  Run lengths
of CUSUM and EWMA charts come from a Markov chain over the chart's value (Brook and Evans 1972, An approach to the
probability distribution of CUSUM run length; Lucas and Saccucci 1990, Exponentially weighted moving average control
schemes).  Everything is `+ - * /`, square roots and `scenario.elementary`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.elementary import normal_cdf

__all__ = ["CUSUM_K", "EWMA_LAMBDA", "false_alarm_spacing", "run_length"]

CUSUM_K = 0.5
EWMA_LAMBDA = 0.2
"""The reference value of a CUSUM in standard deviations, and the weight of the newest value in an EWMA."""

CELLS = 121
LONGEST = 1e9
Floats = NDArray[np.float64]


def false_alarm_spacing(method: str, limit: float) -> float | None:
    """Mean number of values between two false alarms of a chart; None for a plain threshold, of which it is unknown."""
    return None if method == "threshold" else run_length(method, limit)


@lru_cache(maxsize=256)
def run_length(method: str, limit: float, shift: float = 0.0, weight: float = EWMA_LAMBDA) -> float:
    """Mean number of values until an alarm, when the mean lies `shift` standard deviations off.

    `limit` is L for Shewhart and EWMA, h for CUSUM, in standard deviations of a value; both sides are watched.
    """
    if method == "shewhart":
        return _bounded(1.0 / max(_outside(limit, shift), 1.0 / LONGEST))
    if method == "cusum":
        up, down = _cusum(limit, shift), _cusum(limit, -shift)
        return _bounded(1.0 / (1.0 / up + 1.0 / down))
    if method == "ewma":
        return _ewma(limit, shift, weight)
    raise ValueError(f"{method} is no chart. Use shewhart, cusum or ewma")


def _bounded(length: float) -> float:
    return min(max(length, 1.0), LONGEST)


def _outside(limit: float, shift: float) -> float:
    return float(normal_cdf(-limit - shift) + normal_cdf(-limit + shift))


@lru_cache(maxsize=256)
def _cusum(limit: float, shift: float) -> float:
    """The run length of one side: S = max(0, S + x - k), alarm above h."""
    if limit <= 0:
        return _bounded(1.0 / max(float(normal_cdf(shift - CUSUM_K)), 1.0 / LONGEST))
    width = 2.0 * limit / (2 * CELLS - 1)
    middles = np.arange(CELLS) * width
    reach = middles[None, :] - middles[:, None] + CUSUM_K - shift
    chances = normal_cdf(reach + width / 2) - normal_cdf(reach - width / 2)
    chances[:, 0] = normal_cdf(reach[:, 0] + width / 2)
    return _from_first(chances, 0)


def _ewma(limit: float, shift: float, weight: float) -> float:
    """Z = w x + (1 - w) Z, alarm beyond L standard deviations of Z in the long run."""
    edge = limit * float(np.sqrt(weight / (2.0 - weight)))
    if edge <= 0:
        return 1.0
    width = 2.0 * edge / CELLS
    middles = (np.arange(CELLS) + 0.5) * width - edge
    reach = (middles[None, :] - (1.0 - weight) * middles[:, None]) / weight - shift
    half = width / weight / 2
    return _from_first(normal_cdf(reach + half) - normal_cdf(reach - half), CELLS // 2)


def _from_first(chances: Floats, first: int) -> float:
    """The mean number of steps until a chain leaves, from one of its states."""
    steps = _solved(np.eye(len(chances)) - chances, np.ones(len(chances)))
    length = float(steps[first])
    return _bounded(length) if length > 0 else LONGEST


def _solved(matrix: Floats, right: Floats) -> Floats:
    """Gaussian elimination with pivots, row by row: the same operations on any machine, unlike a library's."""
    rows = np.concatenate([matrix, right[:, None]], axis=1)
    size = len(rows)
    for at in range(size):
        pivot = at + int(np.argmax(np.abs(rows[at:, at])))
        if pivot != at:
            rows[[at, pivot]] = rows[[pivot, at]]
        factors = rows[at + 1 :, at] / rows[at, at]
        rows[at + 1 :, at:] -= factors[:, None] * rows[at, at:][None, :]
    found = np.zeros(size)
    for at in range(size - 1, -1, -1):
        known = float(np.cumsum(rows[at, at + 1 : size] * found[at + 1 :])[-1]) if at + 1 < size else 0.0
        found[at] = (rows[at, size] - known) / rows[at, at]
    return found

"""Detection: how many rows and days it takes to see a change, and how often charts cry wolf.

Closed formulas come from texts (`FORMULAS`), so that a page can print and work them out as Python does.  Run lengths
of CUSUM and EWMA charts come from a Markov chain over the chart's value (Brook and Evans 1972, An approach to the
probability distribution of CUSUM run length; Lucas and Saccucci 1990, Exponentially weighted moving average control
schemes).  Everything is `+ - * /`, square roots and `scenario.elementary`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from teledesign.formulas import Formula
from teledesign.scenario.elementary import log, normal_cdf, normal_quantile

__all__ = [
    "CONFIDENCE",
    "CUSUM_K",
    "EWMA_LAMBDA",
    "FORMULAS",
    "POWER",
    "days_needed",
    "false_alarm_spacing",
    "rarest_seen",
    "rows_needed",
    "run_length",
    "shift_of",
    "smallest_change",
    "surely_of",
    "worth",
]

CONFIDENCE, POWER = 0.95, 0.8
"""How sure one wants to be that a change is one, and to see one that is there."""

CUSUM_K = 0.5
EWMA_LAMBDA = 0.2
"""The reference value of a CUSUM in standard deviations, and the weight of the newest value in an EWMA."""

FORMULAS: Mapping[str, Formula] = {
    # Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, two proportions, equal groups.
    "rows_needed": Formula.parse(
        "((z_sure * sqrt(2 * ((before + after) / 2) * (1 - (before + after) / 2))"
        " + z_seen * sqrt(before * (1 - before) + after * (1 - after))) / (before - after)) ** 2",
        ("z_sure", "z_seen", "before", "after"),
    ),
    "days_needed": Formula.parse("ceil_to(rows_needed / rows_a_day, 1)", ("rows_needed", "rows_a_day")),
    # The chance to see none of n is (1 - rate)^n, about exp(-n rate): Eypasch et al., BMJ 1995;311:619.
    "rarest_seen": Formula.parse("surely / rows", ("surely", "rows")),
    "shift_of": Formula.parse("change * sqrt(rows / (before * (1 - before)))", ("change", "rows", "before")),
    # Kish 1965, Survey Sampling: rows of one user resemble each other.  Where all users are kept, none is left to luck.
    "worth": Formula.parse(
        "rows / (1 + (max(rows_each, 1) - 1) * likeness * (1 - kept))", ("rows", "rows_each", "likeness", "kept")
    ),
}
"""What detection is reckoned with: texts that print as numbers, JavaScript and TeX.  All are over plain numbers."""

CELLS = 121
LONGEST = 1e9
MOST_SHIFT = 12.0
"""Beyond this every chart tells at once."""
Floats = NDArray[np.float64]


def rows_needed(before: float, after: float, confidence: float = CONFIDENCE, power: float = POWER) -> float:
    """Rows before and rows after that it takes to see a share change; infinite where it does not change."""
    if before == after:
        return float("inf")
    given = {"z_sure": z_of(1 - (1 - confidence) / 2), "z_seen": z_of(power), "before": before, "after": after}
    return float(FORMULAS["rows_needed"].evaluate(given))


def z_of(share: float) -> float:
    """The number of standard deviations below which a share of a normal distribution lies."""
    return float(normal_quantile(share))


def days_needed(rows: float, rows_a_day: float) -> float:
    """Whole days until there are that many rows; infinite where none come."""
    if rows_a_day <= 0 or rows == float("inf"):
        return float("inf")
    return max(1.0, float(FORMULAS["days_needed"].evaluate({"rows_needed": rows, "rows_a_day": rows_a_day})))


def smallest_change(
    before: float, rows: float, worse: int = -1, confidence: float = CONFIDENCE, power: float = POWER
) -> float:
    """The smallest change for the worse that so many rows show; infinite where even the largest would not be seen."""
    most = before if worse < 0 else 1.0 - before
    if rows <= 0 or most <= 0 or rows_needed(before, before + worse * most, confidence, power) > rows:
        return float("inf")
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        if rows_needed(before, before + worse * middle, confidence, power) <= rows:
            high = middle
        else:
            low = middle
    return high


def worth(rows: float, rows_each: float, likeness: float, kept: float) -> float:
    """How many rows of as many users they are worth, where a share of users is kept with all their rows."""
    given = {"rows": rows, "rows_each": rows_each, "likeness": likeness, "kept": kept}
    return float(FORMULAS["worth"].evaluate(given))


def rarest_seen(rows: float, confidence: float = CONFIDENCE) -> float:
    """The rate of something of which so many rows show at least one; infinite without rows."""
    given = {"surely": surely_of(confidence), "rows": rows}
    return float(FORMULAS["rarest_seen"].evaluate(given)) if rows > 0 else float("inf")


def surely_of(confidence: float) -> float:
    """How many of something one expects where one sees at least one with that confidence: 3.0 for 95 %."""
    return -float(log(1.0 - confidence))


def shift_of(change: float, rows: float, before: float) -> float:
    """A change in standard deviations of a day's share."""
    if not 0 < before < 1 or rows <= 0:
        return 0.0
    return float(FORMULAS["shift_of"].evaluate({"change": change, "rows": rows, "before": before}))


def false_alarm_spacing(method: str, limit: float) -> float | None:
    """Mean number of values between two false alarms of a chart; None for a plain threshold, of which it is unknown."""
    return None if method == "threshold" else run_length(method, limit)


@lru_cache(maxsize=256)
def run_length(method: str, limit: float, shift: float = 0.0, weight: float = EWMA_LAMBDA) -> float:
    """Mean number of values until an alarm, when the mean lies `shift` standard deviations off.

    `limit` is L for Shewhart and EWMA, h for CUSUM, in standard deviations of a value; both sides are watched.
    """
    shift = min(max(shift, -MOST_SHIFT), MOST_SHIFT)
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
    if float(np.max(1.0 - np.cumsum(chances, axis=1)[:, -1])) < 1e-12:
        return LONGEST
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

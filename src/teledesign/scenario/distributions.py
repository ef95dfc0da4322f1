"""The distributions behind a row of sizes: quantiles, tables of them, bounds and means.

One number of 16 random bits picks one of 65,536 midpoint quantiles, so drawing a size is one gather, and
`table_mean` is exactly the mean that a simulation has.  Only `scenario.elementary` is used, so a
table has the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.elementary import (
    exp,
    gamma_cdf,
    gamma_quantile,
    log,
    log_of,
    normal_cdf,
    normal_density,
    normal_quantile,
)
from teledesign.scenario.quantities import Quantity
from teledesign.scenario.tables import Size

__all__ = ["ENTRIES", "LAST_QUANTILE", "MIDPOINTS", "Distribution", "gamma_rates", "gamma_rates_at", "midpoint_scores"]

Floats = NDArray[np.float64]

ENTRIES = 65_536
"""Entries of a table: one per value of 16 random bits."""
LAST_QUANTILE = 0.9999
"""Where a duration without `max` ends, so that nothing waits for ever."""
Z95 = 1.6448536269514722
"""The 0.95 quantile of the standard normal distribution."""
MOST_COUNTED = 50_000
"""No count is further above its lower bound; `Size` keeps means of counts far below."""


def _midpoints() -> Floats:
    found = (np.arange(ENTRIES, dtype=np.float64) + 0.5) / ENTRIES
    found.setflags(write=False)
    return found


MIDPOINTS = _midpoints()


@dataclass(frozen=True)
class Distribution:
    """A distribution of one number; durations are in seconds.

    `kind` is that of `Size`.  `first` and `second` are its two parameters: constant value; log-normal
    median and 95 % quantile; normal mean and sd before truncation; count mean after the bounds and
    dispersion; uniform ends; exponential mean.  `low` and `high` are the stated bounds.
    """

    kind: str
    first: float
    second: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    is_time: bool = False

    @classmethod
    def of(cls, size: Size) -> Distribution:
        """The distribution of a row of sizes.  Raises ValueError for a row that names a number (`takes: latency`)."""
        if size.kind not in KINDS:
            raise ValueError(f"a row of sizes of kind {size.kind} is no distribution by itself")
        first, second = (_value(part) for part in _PARAMETERS[size.kind](size))
        return cls(
            size.kind,
            first,
            second,
            low=size.min.value if size.min else -np.inf,
            high=size.max.value if size.max else np.inf,
            is_time=size.is_time,
        )

    @property
    def is_count(self) -> bool:
        """Whether it gives whole numbers from a negative binomial or Poisson distribution."""
        return self.kind == "count"

    def multiplied(self, factor: float) -> Distribution:
        """A count with its mean multiplied and its bounds kept (a mean pushed past a bound stays at the bound)."""
        if not self.is_count:
            raise ValueError(f"{self.kind} sizes are multiplied by value, not by mean")
        return replace(self, first=min(max(self.first * factor, self.low, 0.0), self.high))

    def quantile(self, u: Floats) -> Floats:
        """The number that is not exceeded with chance u (0 < u < 1), within the bounds."""
        return KINDS[self.kind].quantile(self, np.asarray(u, dtype=np.float64))

    def mean(self) -> float:
        """The exact mean, bounds included."""
        return KINDS[self.kind].mean(self)

    def table(self) -> Floats:
        """65,536 quantiles at the midpoints (i + 0.5) / 65,536, read-only and shared."""
        return _table(self)

    def entries(self, places: NDArray[np.integer[Any]]) -> Floats:
        """The entries of `table` at some places, each worked out alone, to the same bits."""
        return self.quantile(MIDPOINTS[places])

    def table_mean(self) -> float:
        """The mean of `table`: what a simulation with 16 random bits really has."""
        return mean_of(self.table())

    @property
    def lowest(self) -> float:
        """The smallest value that can be drawn."""
        return float(self.table()[0])

    @property
    def highest(self) -> float:
        """The largest value that can be drawn."""
        return float(self.table()[-1])


def mean_of(values: Floats) -> float:
    """The mean by one running sum, so that its bits do not depend on how wide the machine adds."""
    return float(np.cumsum(values, dtype=np.float64)[-1]) / len(values)


@lru_cache(maxsize=512)
def _table(distribution: Distribution) -> Floats:
    found = distribution.quantile(MIDPOINTS)
    found.setflags(write=False)
    return found


def _value(part: Quantity | float | None) -> float:
    return part.value if isinstance(part, Quantity) else float(part or 0.0)


_PARAMETERS: dict[str, Callable[[Size], tuple[Quantity | float | None, Quantity | float | None]]] = {
    "constant": lambda size: (size.value, None),
    "lognormal": lambda size: (size.median, size.p95),
    "normal": lambda size: (size.mean, size.sd),
    "count": lambda size: (size.mean, size.dispersion),
    "uniform": lambda size: (size.low, size.high),
    "exponential": lambda size: (size.mean, None),
}


# Kind by kind: quantile and exact mean


def _constant(d: Distribution, u: Floats) -> Floats:
    return np.full(u.shape, d.first)


def _uniform(d: Distribution, u: Floats) -> Floats:
    return _clipped(d, d.first + (d.second - d.first) * u)


def _uniform_mean(d: Distribution) -> float:
    low, high = max(d.low, d.first), min(d.high, d.second)
    if d.first == d.second or low >= high:
        return float(np.clip(d.first, d.low, d.high)) if d.low <= d.high else d.first
    inside = (high - low) * (high + low) / 2
    return (inside + low * (low - d.first) + high * (d.second - high)) / (d.second - d.first)


def _lognormal(d: Distribution, u: Floats) -> Floats:
    scores = midpoint_scores(_is_unended(d)) if u is MIDPOINTS else normal_quantile(_ended(d, u))
    return _clipped(d, d.first * exp(_sigma(d) * scores))


@lru_cache(maxsize=2)
def midpoint_scores(ended: bool = False) -> Floats:
    """Normal quantiles at the midpoints (if `ended` not beyond `LAST_QUANTILE`), read-only: many tables ask."""
    found = normal_quantile(np.minimum(MIDPOINTS, LAST_QUANTILE) if ended else MIDPOINTS)
    found.setflags(write=False)
    return found


def _lognormal_mean(d: Distribution) -> float:
    """Mean of a log-normal number clipped at its bounds."""
    sigma, low, high = _sigma(d), max(d.low, 0.0), min(d.high, _last(d))
    if sigma == 0:
        return min(max(d.first, low), high)
    a, b = _scores(d, low, sigma), _scores(d, high, sigma)
    middle = d.first * _one(exp(sigma * sigma / 2)) * (_phi(b - sigma) - _phi(a - sigma))
    return middle + low * _phi(a) + (high * _phi(-b) if np.isfinite(high) else 0.0)


def _scores(d: Distribution, value: float, sigma: float) -> float:
    if value <= 0:
        return -np.inf
    return _one(log(value / d.first)) / sigma if np.isfinite(value) else np.inf


def _sigma(d: Distribution) -> float:
    return _one(log(d.second / d.first)) / Z95


def _last(d: Distribution) -> float:
    """Where a duration without `max` ends."""
    if not d.is_time or np.isfinite(d.high):
        return np.inf
    return float(_UNENDED[d.kind](d, np.array([LAST_QUANTILE]))[0])


def _normal(d: Distribution, u: Floats) -> Floats:
    if d.second == 0:
        return np.full(u.shape, min(max(d.first, d.low), d.high))
    below, above = _tails(d)
    within = below + _ended(d, u) * (1.0 - above - below)
    return _clipped(d, d.first + d.second * _quantile_by_the_nearer_tail(within, below, above))


def _quantile_by_the_nearer_tail(within: Floats, below: float, above: float) -> Floats:
    """Normal quantiles; `within` lies between `below` and 1 - `above`."""
    return normal_quantile(np.minimum(np.maximum(within, max(below, 1e-300)), min(1.0 - above, 1.0 - 1e-16)))


def _tails(d: Distribution) -> tuple[float, float]:
    low = max(d.low, 0.0) if d.is_time else d.low
    below = _phi((low - d.first) / d.second) if np.isfinite(low) else 0.0
    above = _phi((d.first - d.high) / d.second) if np.isfinite(d.high) else 0.0
    return below, above


def _normal_mean(d: Distribution) -> float:
    """Mean of a truncated normal; the end of a duration without `max` is a clip on top."""
    if d.second == 0 or d.low == d.high:
        return min(max(d.first, d.low), d.high)
    low = max(d.low, 0.0) if d.is_time else d.low
    below, above = _tails(d)
    density = [_one(normal_density((x - d.first) / d.second)) if np.isfinite(x) else 0.0 for x in (low, d.high)]
    mean = d.first + d.second * (density[0] - density[1]) / (1.0 - below - above)
    end = _last(d)
    if not np.isfinite(end):
        return mean
    score = (end - d.first) / d.second
    beyond = d.second * (_one(normal_density(score)) - score * _phi(-score)) / (1.0 - below)
    return mean - beyond


def _exponential(d: Distribution, u: Floats) -> Floats:
    return _clipped(d, -d.first * log(1.0 - _ended(d, u)))


def _exponential_mean(d: Distribution) -> float:
    """Mean of an exponential number clipped at its bounds."""
    low, high = max(d.low, 0.0), min(d.high, _last(d))
    survives = [_one(exp(-x / d.first)) if np.isfinite(x) else 0.0 for x in (low, high)] if d.first else [0.0, 0.0]
    return low + d.first * (survives[0] - survives[1])


def _ended(d: Distribution, u: Floats) -> Floats:
    """A duration without `max` ends at its 0.9999 quantile."""
    return np.minimum(u, LAST_QUANTILE) if _is_unended(d) else u


def _is_unended(d: Distribution) -> bool:
    return d.is_time and not np.isfinite(d.high)


def _clipped(d: Distribution, values: Floats) -> Floats:
    return np.minimum(np.maximum(values, d.low), d.high)


_UNENDED: dict[str, Callable[[Distribution, Floats], Floats]] = {
    "lognormal": _lognormal,
    "normal": _normal,
    "exponential": _exponential,
}


# Counts


def _count(d: Distribution, u: Floats) -> Floats:
    first, chances = _chances_of_counts(d)
    return first + np.searchsorted(np.cumsum(chances)[:-1], u, side="right").astype(np.float64)


def _count_mean(d: Distribution) -> float:
    first, chances = _chances_of_counts(d)
    return first + _mean_place(chances)


@lru_cache(maxsize=512)
def _chances_of_counts(d: Distribution) -> tuple[float, Floats]:
    """(smallest count, chance of it and of each next one).

    P(k + 1) / P(k) = tilt (1 + dispersion k) / (k + 1), where tilt = m / (1 + dispersion m) for a mean of m before
    the bounds.  Between bounds a larger tilt is a distribution too, so bisection finds every mean between them.
    """
    low, high = _whole_bounds(d)
    if d.first <= low or d.first >= high:
        return float(min(max(d.first, low), high)), np.ones(1)
    k = np.arange(low, high, dtype=np.float64)
    shape = np.concatenate([[0.0], np.cumsum(log((1.0 + d.second * k) / (k + 1.0)))])
    tilt = d.first / (1.0 + d.second * d.first)
    if low == 0 and not np.isfinite(d.high):
        return 0.0, _tilted(shape, tilt)
    below, above = 0.0, tilt
    while low + _mean_place(_tilted(shape, above)) < d.first:
        below, above = above, above * 2
    for _ in range(200):
        between = (below + above) / 2
        if between in (below, above):
            break
        if low + _mean_place(_tilted(shape, between)) < d.first:
            below = between
        else:
            above = between
    return float(low), _tilted(shape, above)


def _tilted(shape: Floats, tilt: float) -> Floats:
    """Chances whose logarithms are `shape` plus a straight line of slope log(tilt), up to a constant."""
    logarithms = shape + np.arange(len(shape)) * log_of(tilt)
    with np.errstate(under="ignore"):
        weights = exp(logarithms - np.max(logarithms))
    shares: Floats = weights / np.cumsum(weights)[-1]
    return shares


def _mean_place(chances: Floats) -> float:
    return float(np.cumsum(chances * np.arange(len(chances)))[-1])


def _whole_bounds(d: Distribution) -> tuple[int, int]:
    """The smallest and largest count worth a chance: within the stated bounds, and not beyond e^-45 or so."""
    low = max(0, int(np.ceil(d.low))) if np.isfinite(d.low) else 0
    spread = float(np.sqrt(d.first + d.second * d.first * d.first))
    widest = min(60.0 + d.first + 12.0 * spread + 45.0 * d.second * d.first, MOST_COUNTED)
    return low, int(np.floor(min(d.high, low + widest)))


def _phi(x: float) -> float:
    return _one(normal_cdf(x))


def _one(value: Floats) -> float:
    return float(value)


@dataclass(frozen=True)
class _Shape:
    quantile: Callable[[Distribution, Floats], Floats]
    mean: Callable[[Distribution], float]


KINDS: dict[str, _Shape] = {
    "constant": _Shape(_constant, lambda d: d.first),
    "lognormal": _Shape(_lognormal, _lognormal_mean),
    "normal": _Shape(_normal, _normal_mean),
    "count": _Shape(_count, _count_mean),
    "uniform": _Shape(_uniform, _uniform_mean),
    "exponential": _Shape(_exponential, _exponential_mean),
}


def gamma_rates_at(mean: float, dispersion: float, places: NDArray[np.integer[Any]]) -> Floats:
    """The entries of `gamma_rates` at some places, each worked out alone, to the same bits."""
    if dispersion == 0 or mean == 0:
        return np.full(len(places), mean, dtype=np.float64)
    shape = 1.0 / dispersion
    edges = places.astype(np.float64) + np.array([[0.0], [1.0]])
    inside = (edges > 0) & (edges < ENTRIES)
    partial = np.where(edges > 0, 1.0, 0.0)
    partial[inside] = gamma_cdf(shape + 1.0, gamma_quantile(shape, edges[inside] / ENTRIES))
    found: Floats = (partial[1] - partial[0]) * (mean * ENTRIES)
    return found


@lru_cache(maxsize=64)
def gamma_rates(mean: float, dispersion: float) -> Floats:
    """65,536 equally likely rates of users: gamma with this mean and squared coefficient of variation.

    Each is the mean over its own 65,536th part of the distribution, so the table's mean is the stated mean
    (midpoint quantiles would lose a part of the tail).  Dispersion 0: everybody has the mean.
    """
    rates: Floats
    if dispersion == 0 or mean == 0:
        rates = np.full(ENTRIES, mean, dtype=np.float64)
    else:
        shape = 1.0 / dispersion
        edges = gamma_quantile(shape, np.arange(1, ENTRIES) / ENTRIES)
        partial = np.concatenate([[0.0], gamma_cdf(shape + 1.0, edges), [1.0]])
        rates = np.diff(partial) * (mean * ENTRIES)
    rates.setflags(write=False)
    return rates

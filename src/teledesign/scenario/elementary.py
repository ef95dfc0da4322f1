"""exp, log, the normal and gamma distributions from + - * / sqrt, comparisons and integer operations alone.

The C library and NumPy's vector loops may differ in the last bit from machine to machine, and even between
CPU features of one machine.  Everything here is a fixed sequence of operations that IEEE 754 rounds exactly,
so the same input gives the same bits everywhere.  Arguments and results are float64 arrays.

Relative error, measured against `math` and `statistics`: exp and log below 1e-15; the normal distribution
function below 1e-12, its inverse below 1e-14; log-gamma below 1e-13 (absolute near its zeros 1 and 2); the gamma
quantile below 1e-10.
"""

from __future__ import annotations

from math import frexp

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "exp",
    "gamma_cdf",
    "gamma_quantile",
    "log",
    "log_gamma",
    "log_of",
    "normal_cdf",
    "normal_density",
    "normal_quantile",
    "power",
]

Floats = NDArray[np.float64]

LN2_HIGH = 6.93147180369123816490e-01
"""The first 33 bits of ln 2: times an integer below 2^20 it is exact."""
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700
LOG_OF_ROOT_TWO_PI = 0.91893853320467274178
INVERSE_ROOT_TWO_PI = 0.39894228040143267794
ROOT_HALF = 0.70710678118654752440

EXP_TERMS = 14
LOG_TERMS = 12
MILLS_TERMS = 120
TAIL = 3.0
"""From here outward the tail of the normal is a continued fraction, inside it a series of positive terms."""


def _floats(x: ArrayLike) -> Floats:
    return np.asarray(x, dtype=np.float64)


def exp(x: ArrayLike) -> Floats:
    """e to the x; 0 below -745 and infinite above 709.78.

    x = n ln 2 + r with |r| <= ln 2 / 2; Taylor series of r; then n is added to the exponent.
    """
    x = _floats(x)
    held = np.minimum(np.maximum(np.where(np.isnan(x), 0.0, x), -760.0), 720.0)
    n = np.floor(held * INVERSE_LN2 + 0.5)
    r = (held - n * LN2_HIGH) - n * LN2_LOW
    total = np.ones_like(r)
    for k in range(EXP_TERMS, 0, -1):
        total = 1.0 + r / k * total
    with np.errstate(over="ignore", under="ignore"):
        scaled = _times_power_of_two(total, n.astype(np.int64))
    return np.where(np.isnan(x), x, scaled)


def _times_power_of_two(x: Floats, n: NDArray[np.int64]) -> Floats:
    half = n // 2
    return x * _power_of_two(half) * _power_of_two(n - half)


def _power_of_two(n: NDArray[np.int64]) -> Floats:
    return ((n + 1023) << 52).view(np.float64)


def log(x: ArrayLike) -> Floats:
    """The natural logarithm; minus infinity at 0, NaN below.

    x = m 2^n with m near 1; log m = 2 artanh((m - 1) / (m + 1)) as a series.
    """
    x = _floats(x)
    usable = np.where((x > 0) & np.isfinite(x), x, 1.0)
    small = usable < 2.0**-1000
    usable = usable * np.where(small, 2.0**60, 1.0)
    bits = np.atleast_1d(usable).view(np.int64)
    exponent = (bits >> 52) - 1022
    mantissa = ((bits & 0x000FFFFFFFFFFFFF) | (1022 << 52)).view(np.float64)
    low = mantissa < ROOT_HALF
    mantissa = np.where(low, mantissa * 2.0, mantissa).reshape(usable.shape)
    n = (exponent - low).astype(np.float64).reshape(usable.shape) - np.where(small, 60.0, 0.0)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    series = np.zeros_like(s)
    for k in range(LOG_TERMS, 0, -1):
        series = square * (1.0 / (2 * k + 1) + series)
    found = n * LN2_HIGH + (2.0 * s + (2.0 * s * series + n * LN2_LOW))
    found = np.where(x == 0, -np.inf, np.where(x == np.inf, np.inf, found))
    return np.where((x < 0) | np.isnan(x), np.nan, found)


def log_of(x: float) -> float:
    """The natural logarithm of one number above 0, to the same last bit as `log` and without its arrays."""
    mantissa, exponent = frexp(x)
    if mantissa < ROOT_HALF:
        mantissa, exponent = mantissa * 2.0, exponent - 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square, series = s * s, 0.0
    for k in range(LOG_TERMS, 0, -1):
        series = square * (1.0 / (2 * k + 1) + series)
    return exponent * LN2_HIGH + (2.0 * s + (2.0 * s * series + exponent * LN2_LOW))


def power(base: ArrayLike, exponent: ArrayLike) -> Floats:
    """A positive base to any exponent, as exp(exponent log base)."""
    return exp(_floats(exponent) * log(base))


def normal_density(x: ArrayLike) -> Floats:
    """The density of the standard normal distribution."""
    x = _floats(x)
    coarse = np.floor(x * 16.0) / 16.0
    fine = (x - coarse) * (x + coarse)
    with np.errstate(under="ignore"):
        return INVERSE_ROOT_TWO_PI * exp(-0.5 * coarse * coarse) * exp(-0.5 * fine)


def normal_cdf(x: ArrayLike) -> Floats:
    """The chance that a standard normal number is at most x, precise in the lower tail too.

    Within 3 of the mean, 1/2 plus density times x + x^3/3 + x^5/15 + ...; outside, density over
    the continued fraction of Mills' ratio (Abramowitz and Stegun 1964, 26.2.11 and 26.2.14).
    """
    x = np.minimum(np.maximum(_floats(x), -40.0), 40.0)
    distance = np.abs(x)
    density = normal_density(distance)
    inner = np.minimum(distance, TAIL)
    total = np.zeros_like(inner)
    for k in range(75, 0, -2):
        total = inner * inner / k * (1.0 + total) if k > 1 else inner * (1.0 + total)
    centre = density * total
    outer = np.maximum(distance, TAIL)
    fraction = outer
    for k in range(MILLS_TERMS, 0, -1):
        fraction = outer + k / fraction
    lower_tail = np.where(distance < TAIL, 0.5 - centre, density / fraction)
    return np.where(x < 0, lower_tail, 1.0 - lower_tail)


def normal_quantile(u: ArrayLike) -> Floats:
    """The number a standard normal number is at most with chance u; infinite at 0 and 1.

    The rational approximations of Wichura (1988), Applied Statistics 37, algorithm AS 241, PPND16.
    """
    u = _floats(u)
    usable = np.where((u > 0) & (u < 1), u, 0.5).ravel()
    q = usable - 0.5
    central = np.abs(q) <= 0.425
    found = np.empty(q.shape)
    found[central] = _central_quantile(q[central])
    outer = ~central
    outside = _tail_quantile(np.minimum(usable, 1.0 - usable)[outer])
    found[outer] = np.where(q[outer] < 0, -outside, outside)
    found = found.reshape(u.shape)
    found = np.where(u == 0, -np.inf, np.where(u == 1, np.inf, found))
    return np.where((u < 0) | (u > 1) | np.isnan(u), np.nan, found)


def _central_quantile(q: Floats) -> Floats:
    near = 0.180625 - q * q
    return q * _horner(CENTRE_TOP, near) / _horner(CENTRE_BOTTOM, near)


def _tail_quantile(tail: Floats) -> Floats:
    """How far from the middle so small a tail begins."""
    r = np.sqrt(-log(tail))
    r_middle, r_far = np.minimum(r, 5.0) - 1.6, np.maximum(r, 5.0) - 5.0
    middle = _horner(MIDDLE_TOP, r_middle) / _horner(MIDDLE_BOTTOM, r_middle)
    if not np.any(r > 5.0):
        return middle
    return np.where(r <= 5.0, middle, _horner(FAR_TOP, r_far) / _horner(FAR_BOTTOM, r_far))


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """A polynomial with its constant term first."""
    total = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


CENTRE_TOP = (
    3.3871328727963666080,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
CENTRE_BOTTOM = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
MIDDLE_TOP = (
    1.42343711074968357734,
    4.63033784615654529590,
    5.76949722146069140550,
    3.64784832476320460504,
    1.27045825245236838258,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
MIDDLE_BOTTOM = (
    1.0,
    2.05319162663775882187,
    1.67638483018380384940,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
FAR_TOP = (
    6.65790464350110377720,
    5.46378491116411436990,
    1.78482653991729133580,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
FAR_BOTTOM = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)

STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
"""Coefficients of Stirling's series for log-gamma (Abramowitz and Stegun 1964, 6.1.41)."""


def log_gamma(x: ArrayLike) -> Floats:
    """The logarithm of the gamma function for x > 0: moved up to 10 or more, then Stirling's series."""
    x = _floats(x)
    product = np.ones_like(x)
    moved = x
    for _ in range(10):
        below = moved < 10.0
        product = np.where(below, product * moved, product)
        moved = np.where(below, moved + 1.0, moved)
    inverse = 1.0 / moved
    series = inverse * _horner(STIRLING, inverse * inverse)
    return (moved - 0.5) * log(moved) - moved + LOG_OF_ROOT_TWO_PI + series - log(product)


def gamma_cdf(shape: float, x: ArrayLike) -> Floats:
    """The chance that a gamma number of this shape and scale 1 is at most x (series of positive terms).

    x^a e^-x / Gamma(a + 1) times 1 + x/(a+1) + x^2/((a+1)(a+2)) + ... (Abramowitz and Stegun 1964, 6.5.29).
    """
    x = np.maximum(_floats(x), 0.0)
    positive = np.where(x > 0, x, 1.0)
    with np.errstate(under="ignore"):
        front = exp(shape * log(positive) - positive - log_gamma(shape + 1.0))
        found = front * _gamma_series(shape, positive)
    return np.where(x > 0, np.minimum(found, 1.0), 0.0)


def _gamma_series(shape: float, x: Floats) -> Floats:
    term = np.ones_like(x)
    total = np.ones_like(x)
    top = float(np.max(x, initial=0.0))
    k = 1
    while k <= top or np.any(term > total * 1e-17):
        term = term * (x / (shape + k))
        total = total + term
        k += 1
    return total


def gamma_quantile(shape: float, u: ArrayLike) -> Floats:
    """The number a gamma number of this shape and scale 1 is at most with chance u (0 < u < 1).

    Newton's method on log(chance) as a function of log(x), which is concave, from a point known to be
    below: every step climbs and none overshoots.  Steps shrink until rounding alone moves them; there it ends.
    """
    target = log(u)
    at = (target + log_gamma(shape + 1.0)) / shape
    open_ones = np.ones(at.shape, dtype=bool)
    before = np.full(at.shape, np.inf)
    for _ in range(200):
        moving = at[open_ones]
        x = exp(moving)
        series = _gamma_series(shape, x)
        chance = shape * moving - x - log_gamma(shape + 1.0) + log(series)
        step = (target[open_ones] - chance) * series / shape
        at[open_ones] = moving + step
        shrinks = np.abs(step) < before[open_ones]
        before[open_ones] = np.abs(step)
        open_ones[open_ones] = shrinks & (np.abs(step) > 1e-13 * (1.0 + np.abs(moving)))
        if not open_ones.any():
            break
    return exp(at)

"""Elementary functions against the C library's, and every distribution against what it says of itself."""

import math
import os
import subprocess
import sys
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teledesign.scenario.distributions import (
    ENTRIES,
    LAST_QUANTILE,
    MIDPOINTS,
    Distribution,
    gamma_rates,
    gamma_rates_at,
)
from teledesign.scenario.elementary import (
    exp,
    gamma_cdf,
    gamma_quantile,
    log,
    log_gamma,
    log_of,
    normal_cdf,
    normal_quantile,
    power,
)
from teledesign.scenario.tables import Size


def furthest(found: Any, wanted: Any) -> float:
    """The largest relative error."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    return float(np.max(np.abs(found - wanted) / np.maximum(np.abs(wanted), 1e-300)))


def test_exp_and_log_to_the_last_digits() -> None:
    x = np.linspace(-700, 700, 5001)
    assert furthest(exp(x), [math.exp(v) for v in x]) < 1e-15
    y = np.concatenate([exp(x), 1 + np.linspace(-0.4, 0.6, 1001), [5e-324, 1e-310]])
    assert furthest(log(y), [math.log(v) for v in y]) < 1e-15
    assert log(y).tolist() == [log_of(v) for v in y.tolist()]
    assert furthest(power(2.5, np.array([-3.0, 0.5, 7.0])), [2.5**-3, 2.5**0.5, 2.5**7]) < 1e-14


def test_the_edges_of_exp_and_log() -> None:
    assert exp(-800.0) == 0
    assert exp(800.0) == np.inf
    assert exp(0.0) == 1
    assert log(1.0) == 0
    assert log(0.0) == -np.inf
    assert log(np.inf) == np.inf
    assert np.isnan(log(-1.0))
    assert np.isnan(exp(np.nan))


def test_the_normal_distribution_and_its_inverse() -> None:
    x = np.linspace(-37, 37, 5001)
    assert furthest(normal_cdf(x), [0.5 * math.erfc(-v / math.sqrt(2)) for v in x]) < 1e-12
    u = np.concatenate([MIDPOINTS[::37], 10.0 ** -np.arange(1, 300)])
    assert furthest(normal_quantile(u), [NormalDist().inv_cdf(v) for v in u]) < 1e-14
    assert furthest(normal_cdf(normal_quantile(u)), u) < 1e-12
    assert normal_quantile(0.0) == -np.inf
    assert np.isnan(normal_quantile(1.5))


def test_log_gamma_and_the_gamma_distribution() -> None:
    x = np.linspace(0.01, 200, 2001)
    wanted = np.array([math.lgamma(v) for v in x])
    assert np.max(np.abs(log_gamma(x) - wanted) / np.maximum(1, np.abs(wanted))) < 1e-13
    assert furthest(gamma_cdf(1.0, x), 1 - np.exp(-x)) < 1e-12
    u = MIDPOINTS[::97]
    for shape in (0.2, 1.0, 6.7, 50.0):
        assert furthest(gamma_cdf(shape, gamma_quantile(shape, u)), u) < 1e-12


def test_the_same_bytes_without_vector_instructions() -> None:
    """The bits may not depend on what the processor can do."""
    code = (
        "import hashlib;from teledesign.scenario.distributions import *;from teledesign.scenario.tables import Size;"
        "h=hashlib.sha256();"
        "[h.update(Distribution.of(Size.model_validate(s)).table().tobytes()) for s in ("
        "{'median':'4 s','p95':'25 s'},{'mean':0.86,'sd':0.07,'min':0,'max':1},{'mean':30,'dispersion':0.9,'min':10},"
        "{'mean':'3 s'})];h.update(gamma_rates(0.08,1.2).tobytes());print(h.hexdigest())"
    )
    plain = {**os.environ, "NPY_DISABLE_CPU_FEATURES": ""}
    features = np._core._multiarray_umath.__cpu_dispatch__
    less = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    digests = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], env=env, capture_output=True, text=True, check=True
        ).stdout
        for env in (plain, less)
    }
    assert len(digests) == 1


SIZES: dict[str, dict[str, Any]] = {
    "lognormal duration": {"median": "4 s", "p95": "25 s"},
    "bounded lognormal": {"median": "40 min", "p95": "20 h", "max": "24 h"},
    "lognormal number": {"median": 38, "p95": 190, "min": 5},
    "score": {"mean": 0.86, "sd": 0.07, "min": 0, "max": 1},
    "normal duration": {"mean": "5 s", "sd": "4 s"},
    "photos": {"mean": 30, "dispersion": 0.9, "min": 10, "max": 200},
    "faces": {"mean": 1.6, "dispersion": 0.6, "min": 0, "max": 40},
    "poisson": {"mean": 3, "dispersion": 0},
    "wide count": {"mean": 5, "dispersion": 3},
    "uniform": {"from": "2 s", "to": "10 s"},
    "cut uniform": {"from": 0, "to": 10, "min": 2, "max": 9},
    "exponential": {"mean": "3 s"},
    "cut exponential": {"mean": 3, "min": 1, "max": 5},
    "constant": {"value": "40 s"},
}


def of(size: dict[str, Any]) -> Distribution:
    return Distribution.of(Size.model_validate(size))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_a_table_is_in_order_within_bounds_and_has_the_exact_mean(size: dict[str, Any]) -> None:
    distribution = of(size)
    table = distribution.table()
    assert len(table) == ENTRIES
    assert np.all(np.diff(table) >= 0)
    assert distribution.low <= distribution.lowest <= distribution.highest <= distribution.high
    assert distribution.mean() == pytest.approx(distribution.table_mean(), rel=2e-4)
    assert distribution.table_mean() == pytest.approx(float(np.mean(table)))
    places = np.array([0, 40_000, 3, ENTRIES - 1, 3, 32_768, 6, 65_530])
    assert distribution.entries(places).tobytes() == table[places].tobytes()


def test_the_stated_figures_are_those_drawn() -> None:
    waiting = of(SIZES["lognormal duration"])
    assert waiting.quantile(np.array([0.5, 0.95])) == pytest.approx([4, 25])
    assert waiting.highest == pytest.approx(float(waiting.quantile(np.array([LAST_QUANTILE]))[0]))
    assert of(SIZES["lognormal number"]).highest > of(SIZES["lognormal number"]).quantile(np.array([0.9999]))
    assert of(SIZES["exponential"]).mean() == pytest.approx(3 * (1 - (1 - LAST_QUANTILE)))
    assert of(SIZES["cut uniform"]).mean() == pytest.approx((7 * 5.5 + 2 * 2 + 1 * 9) / 10)


def test_a_truncated_normal_has_no_heaps_at_its_bounds() -> None:
    tight = of({"mean": 0.9, "sd": 0.2, "min": 0, "max": 1}).table()
    assert np.all(np.diff(tight) > 0)
    assert tight[-1] < 1


def test_a_counts_stated_mean_is_the_mean_after_the_bounds() -> None:
    assert of(SIZES["photos"]).mean() == pytest.approx(30, rel=1e-12)
    assert of(SIZES["photos"]).lowest == 10
    assert of(SIZES["photos"]).multiplied(2).mean() == pytest.approx(60, rel=1e-12)
    assert of(SIZES["photos"]).multiplied(20).table_mean() == 200
    free = of({"mean": 1.6, "dispersion": 0.6}).table()
    assert np.var(free) == pytest.approx(1.6 + 0.6 * 1.6**2, rel=2e-3)
    plain = of(SIZES["poisson"]).quantile(np.array([math.exp(-3) - 1e-9, math.exp(-3) + 1e-9]))
    assert plain.tolist() == [0, 1]


@given(
    st.floats(0.05, 50),
    st.floats(0, 3),
    st.integers(0, 5),
    st.integers(60, 400),
)
@settings(max_examples=30, deadline=None)
def test_any_count_keeps_its_mean_and_bounds(mean: float, dispersion: float, low: int, high: int) -> None:
    mean = max(mean, low + 0.1)
    count = of({"mean": mean, "dispersion": dispersion, "min": low, "max": high})
    assert count.mean() == pytest.approx(mean, rel=1e-9)
    assert low <= count.lowest <= count.highest <= high
    assert count.table_mean() == pytest.approx(mean, rel=1e-2)


def test_rates_of_users_have_the_stated_mean_and_spread() -> None:
    for mean, dispersion in ((0.08, 1.2), (2.3, 0.15), (1.0, 4.0)):
        rates = gamma_rates(mean, dispersion)
        assert np.mean(rates) == pytest.approx(mean, rel=1e-12)
        assert np.var(rates) / mean**2 == pytest.approx(dispersion, rel=1e-3)
        assert all(low <= high for low, high in pairwise(rates[::1000]))
    assert set(gamma_rates(2.0, 0.0).tolist()) == {2.0}


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"mean": 3, "dispersion": -1}, "dispersion is negative. Use 0 or more"),
        ({"mean": 3, "sd": -1}, "sd is negative. Use 0 or more"),
        ({"mean": -3}, "the mean is negative. Use 0 or more"),
        ({"median": 3, "p95": 9, "min": 8, "max": 4}, "min is larger than max. Swap them"),
        (
            {"mean": 1_000_000, "dispersion": 0},
            "this count is too wide to draw. Keep mean up to 1,000 and dispersion up to 20",
        ),
    ],
)
def test_sizes_nobody_can_draw_are_refused(size: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        of(size)


def test_the_widest_count_is_still_drawn() -> None:
    assert of({"mean": 3, "dispersion": 0.5, "max": 1_000_000_000}).mean() == pytest.approx(3)
    assert of({"mean": 0.5, "sd": 0.1, "min": 0.5, "max": 0.5}).mean() == 0.5


@pytest.mark.parametrize(("mean", "dispersion"), [(1.5, 0.8), (3.0, 2.5), (12.0, 0.1), (0.2, 6.0), (2.0, 0.0)])
def test_a_few_rates_of_users_are_those_of_the_table(mean: float, dispersion: float) -> None:
    places = np.array([0, 1, 777, 40_000, 65_534, 65_535], dtype=np.uint64)
    assert np.array_equal(gamma_rates_at(mean, dispersion, places), gamma_rates(mean, dispersion)[places])

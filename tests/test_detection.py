"""Detection: sample sizes and run lengths against statsmodels, simulation and published tables; beside cost."""

import functools
import math
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import power_proportions_2indep

from javascript import answers
from teledesign.costs import cost_model, gathered
from teledesign.costs.detecting import detectability
from teledesign.costs.model import CostModel
from teledesign.design import Collected, Design, collect_everything
from teledesign.detection import (
    FORMULAS,
    days_needed,
    false_alarm_spacing,
    rarest_seen,
    rows_needed,
    run_length,
    shift_of,
    smallest_change,
    worth,
    z_of,
)
from teledesign.expectation import Expectation
from teledesign.findings import Refusal
from teledesign.formulas import JAVASCRIPT
from teledesign.prices import PriceSheet
from test_costs import sheet, topic  # noqa: F401


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        (0.90, 0.89, 14_751),
        (0.90, 0.88, 3_841),
        (0.90, 0.85, 686),
        (0.30, 0.28, 8_080),
        (0.30, 0.25, 1_251),
        (0.05, 0.045, 28_408),
        (0.05, 0.04, 6_745),
    ],
)
def test_rows_needed_by_the_reference(before: float, after: float, rows: int) -> None:
    assert rows_needed(before, after) == pytest.approx(rows, abs=1)
    # So many rows in each of two groups give the power asked for (two-sided, pooled under no change).
    power = power_proportions_2indep(after - before, before, rows, ratio=1, alpha=0.05, return_results=False)
    assert power == pytest.approx(0.8, abs=0.001)


@pytest.mark.parametrize(("rows", "points"), [(100, 11.9), (1000, 3.8), (10_000, 1.19), (100_000, 0.38), (1e6, 0.12)])
def test_the_smallest_change_at_nine_in_ten(rows: float, points: float) -> None:
    """The reference reckons with the variance before the change only; near 90 % that is a few per cent off."""
    fall, rise = smallest_change(0.9, rows), smallest_change(0.9, rows, 1)
    assert fall == pytest.approx(points / 100, rel=0.3 if rows == 100 else 0.15)
    if math.isfinite(rise):
        assert (fall + rise) / 2 == pytest.approx(points / 100, rel=0.03)
    assert rows_needed(0.9, 0.9 - fall) == pytest.approx(rows, rel=1e-6)


def test_changes_that_nobody_sees() -> None:
    assert rows_needed(0.5, 0.5) == math.inf
    assert smallest_change(0.9, 0) == math.inf
    assert smallest_change(0.01, 10) == math.inf
    assert days_needed(100, 0) == math.inf
    assert days_needed(math.inf, 10) == math.inf
    assert rarest_seen(0) == math.inf


@pytest.mark.parametrize(("rows", "a_day", "days"), [(3841, 2e6, 1), (3841, 2000, 2), (3841, 1000, 4), (3841, 100, 39)])
def test_days_by_the_reference(rows: float, a_day: float, days: int) -> None:
    assert days_needed(rows, a_day) == days


def test_the_rarest_event_that_is_seen() -> None:
    assert rarest_seen(3_000_000) == pytest.approx(1e-6, rel=0.002)
    assert (1 - rarest_seen(1e5)) ** 1e5 == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize(
    ("method", "limit", "weight", "lengths"),
    [
        ("cusum", 4, 0.2, {0: 168, 0.5: 26.6, 1: 8.38, 2: 3.34, 3: 2.19}),
        ("cusum", 5, 0.2, {0: 465, 0.5: 38.0, 1: 10.4, 2: 4.01, 3: 2.57}),
        ("ewma", 2.962, 0.2, {0: 500, 0.5: 41.8, 1: 10.5, 2: 3.74}),
        ("ewma", 2.7, 0.1, {0: 369, 0.5: 28.2, 1: 9.73, 2: 4.18}),
        ("shewhart", 3, 0.2, {0: 370, 1: 43.9}),
    ],
)
def test_run_lengths_by_the_reference(method: str, limit: float, weight: float, lengths: dict[float, float]) -> None:
    for shift, length in lengths.items():
        assert run_length(method, limit, shift, weight) == pytest.approx(length, rel=0.005)
        assert run_length(method, limit, -shift, weight) == pytest.approx(length, rel=0.005)


def test_a_run_length_is_what_charts_do() -> None:
    """A CUSUM of normal numbers, 20,000 runs: within five standard errors."""
    dice = np.random.default_rng(3)
    up = down = np.zeros(20_000)
    alarm = np.zeros(20_000)
    for step in range(1, 400):
        values = dice.normal(1.0, 1.0, 20_000)
        up, down = np.maximum(0, up + values - 0.5), np.maximum(0, down - values - 0.5)
        alarm = np.where((alarm == 0) & ((up > 4) | (down > 4)), step, alarm)
    assert alarm.min() > 0
    assert alarm.mean() == pytest.approx(run_length("cusum", 4, 1.0), abs=5 * alarm.std() / math.sqrt(20_000))


@pytest.mark.parametrize("method", ["shewhart", "cusum", "ewma"])
def test_run_lengths_at_the_ends(method: str) -> None:
    assert run_length(method, 3.0, 1e9) == pytest.approx(1, abs=0.6)
    assert run_length(method, 0.0) >= 1
    assert run_length(method, 40.0) > 1e8
    lengths = [run_length(method, 3.0, shift) for shift in (0, 0.25, 0.5, 1, 2, 4, 8)]
    assert lengths == sorted(lengths, reverse=True)


def test_a_threshold_is_no_chart() -> None:
    assert false_alarm_spacing("threshold", 0.9) is None
    with pytest.raises(ValueError, match="magic is no chart"):
        run_length("magic", 3)


def test_a_quarter_of_the_rows_is_half_the_shift() -> None:
    assert shift_of(0.02, 10_000, 0.9) == pytest.approx(2 * shift_of(0.02, 2_500, 0.9))


def test_formulas_of_detection_print_as_javascript(tool: Any) -> None:
    formula = FORMULAS["rows_needed"]
    inputs = [
        {"z_sure": z_of(0.975), "z_seen": z_of(0.8), "before": before, "after": after}
        for before, after in ((0.9, 0.88), (0.05, 0.07), (0.3, 0.1))
    ]
    theirs = answers(tool("node"), JAVASCRIPT, f"v => {formula.javascript()}", inputs)
    assert theirs == [formula.evaluate(one) for one in inputs]
    assert r"\sqrt{" in formula.tex()


# --- Beside cost ---


@functools.cache
def algebra(name: str) -> Expectation:
    return Expectation(topic(name))


def model_of(sheet: PriceSheet, name: str, design: Design | None = None) -> CostModel:  # noqa: F811
    made = design or collect_everything(topic(name))
    return cost_model(gathered(topic(name), made, sheet, algebra(name)), sheet)


def test_what_sampling_costs_a_slice(sheet: PriceSheet) -> None:  # noqa: F811
    model = model_of(sheet, "photo-tagging")
    found = detectability(model, algebra("photo-tagging"), "rename_rate", 0.01, where={"platform": ("ios",)})
    assert found.change == 0.01  # a rise: lower is better
    assert found.slice is not None
    assert found.slice.rows_per_day < found.overall.rows_per_day
    metric = topic("photo-tagging").metrics["rename_rate"]
    assert metric.per is not None
    rows = model.gathered.traffic.rows[metric.per.target] * topic("photo-tagging").people.production.mode
    assert found.overall.rows_per_day == pytest.approx(rows, rel=0.01)
    by_rate = {one.sampling: one for one in found.rates}
    assert [one.cost for one in found.rates] == sorted((one.cost for one in found.rates), reverse=True)
    for one in found.rates:
        assert one.days <= (one.days_in_slice or 0)
        assert one.targeted_cost is not None
        assert one.targeted_cost < one.cost
    assert by_rate[0.001].days == days_needed(found.overall.rows_needed, found.overall.rows_per_day / 1000)
    assert {chart.method for chart in found.charts} == {"shewhart", "cusum", "ewma"}
    assert '"days": null' not in str(found.as_json())


def test_rows_of_a_metric_are_those_the_design_keeps(sheet: PriceSheet) -> None:  # noqa: F811
    name = "photo-tagging"
    everything = collect_everything(topic(name))
    metric = topic(name).metrics["rename_rate"]
    assert metric.of is not None
    assert metric.per is not None
    kept = everything.model_copy(
        update={"collects": {metric.of.target: Collected(keep=1.0), metric.per.target: Collected(keep=0.02)}}
    )
    full = detectability(model_of(sheet, name), algebra(name), "rename_rate", 0.01)
    some = detectability(model_of(sheet, name, kept), algebra(name), "rename_rate", 0.01)
    assert some.overall.rows_per_day == pytest.approx(0.02 * full.overall.rows_per_day)
    assert some.overall.share == full.overall.share


@pytest.mark.parametrize(
    ("metric", "drop", "where", "message"),
    [
        ("rename_rat", 0.01, None, "the scenario has no metric 'rename_rat'. Did you mean rename_rate?"),
        ("wrong_tag_rate", 0.01, None, "wrong_tag_rate is truth, which no telemetry sees. Choose one of confirm_rate"),
        ("latency_p95", 0.01, None, "latency_p95 is no share of rows. Choose one of confirm_rate"),
        ("rename_rate", 0.0, None, "a change of 0 cannot be looked for. Write --drop with a number between 0 and 1"),
        ("rename_rate", math.nan, None, "a change of nan cannot be looked for."),
        ("rename_rate", 0.99, None, "All: the metric is 0.03485 and cannot rise by 0.99. Write a smaller --drop"),
        (
            "rename_rate",
            0.01,
            {"platfrm": ("ios",)},
            "there is nothing called platfrm to slice by. Did you mean platform?",
        ),
        ("rename_rate", 0.01, {"platform": ("iso",)}, "platform has no value iso. Did you mean ios?"),
    ],
)
def test_what_cannot_be_detected(
    sheet: PriceSheet,  # noqa: F811
    metric: str,
    drop: float,
    where: dict | None,
    message: str,
) -> None:
    with pytest.raises(Refusal) as refused:
        detectability(model_of(sheet, "photo-tagging"), algebra("photo-tagging"), metric, drop, where=where)
    assert refused.value.message.startswith(message)


def test_a_metric_needs_its_events(sheet: PriceSheet) -> None:  # noqa: F811
    bare = collect_everything(topic("photo-tagging")).model_copy(update={"collects": {}, "payloads": {}})
    with pytest.raises(Refusal, match="the design does not collect"):
        detectability(model_of(sheet, "photo-tagging", bare), algebra("photo-tagging"), "rename_rate", 0.01)


# --- Rows of one user resemble each other ---


def test_rows_of_whole_users_are_worth_fewer() -> None:
    """Kish: ten rows each with a likeness of 0.05 inflate the variance by 1.45."""
    assert worth(1450, 10, 0.05, 0) == pytest.approx(1000)
    assert worth(1450, 10, 0.05, 1) == 1450
    assert worth(1450, 0.2, 0.05, 0) == 1450
    assert worth(1450, 10, 0, 0.1) == 1450


def test_sampling_by_user_takes_longer_than_sampling_rows(sheet: PriceSheet) -> None:  # noqa: F811
    everything = collect_everything(topic("photo-tagging"))
    days = {}
    for by in ("user", "event"):
        made = everything.model_copy(update={"sampling": everything.sampling.model_copy(update={"by": by})})
        settings = {"sampling": 0.001, "likeness": 0.2}
        found = detectability(
            model_of(sheet, "photo-tagging", made), algebra("photo-tagging"), "rename_rate", 0.002, settings=settings
        )
        days[by] = found.overall
    assert days["user"].rows_per_day == days["event"].rows_per_day == days["event"].worth_per_day
    assert days["user"].worth_per_day < days["user"].rows_per_day
    assert days["user"].days >= days["event"].days
    assert days["user"].smallest_in_a_week > days["event"].smallest_in_a_week
    assert days["user"].rarest_in_a_month == days["event"].rarest_in_a_month

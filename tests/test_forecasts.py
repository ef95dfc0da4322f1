"""Forecasts: draws, ranges, months, swings, solving and comparing; by hand, and the page's script beside Python."""

import math
from typing import Any

import numpy as np
import pytest

from javascript import ENGINE, answers
from teledesign.costs import cost_model, estimate_of, gathered
from teledesign.costs.comparing import compare_designs, compare_settings
from teledesign.costs.draws import JAVASCRIPT, triangular, uniform
from teledesign.costs.model import CostModel
from teledesign.costs.months import held_days
from teledesign.costs.page import page_model
from teledesign.costs.ranges import band, priced, ranges
from teledesign.costs.solving import solve
from teledesign.design import Design
from teledesign.detection import rows_needed
from teledesign.findings import Refusal
from teledesign.prices import PriceSheet
from test_costs import LAMP, LEAN, LEAN_KEYS, TRAFFIC, design, sheet, with_row  # noqa: F401


@pytest.fixture(scope="module")
def model(sheet: PriceSheet) -> CostModel:  # noqa: F811
    return cost_model(gathered(LAMP, LEAN, sheet, TRAFFIC), sheet)


def model_of(sheet: PriceSheet, made: Design) -> CostModel:  # noqa: F811
    return cost_model(gathered(LAMP, made, sheet, TRAFFIC), sheet)


# --- Draws ---


def test_draws_are_even_and_independent() -> None:
    one, other = uniform(0, "users", 0, 1_000_000), uniform(0, "peak", 0, 1_000_000)
    for draws in (one, other):
        assert 0 < draws.min() < 1e-5
        assert 1 - 1e-5 < draws.max() < 1
        # Mean and variance of a uniform number, within five standard errors.
        assert abs(draws.mean() - 0.5) < 5 * math.sqrt(1 / 12 / 1e6)
        assert abs(draws.var() - 1 / 12) < 5 * math.sqrt(1 / 180 / 1e6)
        counts = np.bincount((draws * 256).astype(int), minlength=256)
        chi_square = ((counts - 1e6 / 256) ** 2 / (1e6 / 256)).sum()
        assert 255 - 5 * math.sqrt(510) < chi_square < 255 + 5 * math.sqrt(510)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.005
    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 0.005


def test_a_draw_belongs_to_its_run_its_name_and_its_seed() -> None:
    assert np.array_equal(uniform(0, "users", 100, 50), uniform(0, "users", 0, 1000)[100:150])
    assert not np.array_equal(uniform(0, "users", 0, 10), uniform(1, "users", 0, 10))


def test_triangular_numbers() -> None:
    draws = triangular(uniform(0, "users", 0, 1_000_000), 1, 2, 6)
    assert (draws.min() >= 1, draws.max() <= 6) == (True, True)
    assert draws.mean() == pytest.approx(3, abs=5 * math.sqrt(7 / 6 / 1e6))
    assert (draws < 2).mean() == pytest.approx(1 / 5, abs=0.002)
    assert np.array_equal(triangular(np.array([0.2, 0.9]), 3, 3, 3), [3, 3])


def test_the_page_draws_what_python_draws(tool: Any) -> None:
    runs = [0, 1, 2, 63, 8191, 8192, 999_999]
    call = "run => td_triangular(td_uniform(td_key('7:hot_days'), td_key('hot_days:7'), run), 0.3, 1.1, 4.35)"
    theirs = answers(tool("node"), JAVASCRIPT, call, runs)
    ours = triangular(uniform(7, "hot_days", 0, 1_000_000), 0.3, 1.1, 4.35)
    assert theirs == [float(ours[run]) for run in runs]


def test_a_band_is_read_off_the_sorted_values() -> None:
    found = band(np.arange(1, 101, dtype=float)[::-1])
    assert (found.p10, found.p50, found.p90) == (10, 50, 90)
    assert band(4.35).p10 == 4.35


# --- Ranges ---


def test_ranges_are_the_estimates_of_each_draw(model: CostModel) -> None:
    found = ranges(model, {}, runs=60, seed=4)
    names = {one.name for one in found.uncertain}
    assert {"users", "cold_size", "label_minutes"} <= names
    singly = []
    for run in range(60):
        drawn = {
            one.name: float(triangular(uniform(4, one.name, run, 1), one.low, one.mode, one.high)[0])
            for one in found.uncertain
        }
        singly.append(estimate_of(model, drawn).total.amount)
    singly.sort()
    assert found.totals["firm"] == band(np.array(singly))
    by_name = {row.item: row.band for row in found.rows}
    assert by_name["upkeep"] is not None
    assert by_name["upkeep"].p10 == by_name["upkeep"].p90


def test_one_uncertain_input_by_hand(sheet: PriceSheet) -> None:  # noqa: F811
    """Labels alone are uncertain: their cost is a triangle too, and so are its percentiles."""
    only = design(collects={}, labels={"per_month": 1000, "minutes_each": 1})
    one = model_of(sheet, only)
    fixed = {inp.name: inp.value for inp in one.inputs if inp.doubt and inp.name != "label_minutes"}
    found = ranges(one, fixed, runs=200_000)
    assert [entry.name for entry in found.uncertain] == ["label_minutes"]
    row = next(row.band for row in found.rows if row.item == "labelling")
    assert row is not None
    # Minutes from 0.5 to 2, likeliest 1: quantiles of a triangle, times 1,000 / 60 h at 20.
    for share, value in ((0.1, row.p10), (0.5, row.p50), (0.9, row.p90)):
        width, cut = 1.5, 0.5 / 1.5
        minutes = 0.5 + math.sqrt(share * width * 0.5) if share < cut else 2 - math.sqrt((1 - share) * width * 1)
        assert value == pytest.approx(minutes * 1000 / 60 * 20, rel=0.01)
    (swing,) = found.swings
    assert (swing.at_low, swing.at_high) == (166.67, 666.67)


def test_what_is_set_is_certain_and_ranges_can_be_given(model: CostModel) -> None:
    assert "users" not in {one.name for one in ranges(model, {"users": 5000}, runs=10).uncertain}
    found = ranges(model, {"users": 5000}, runs=10, wider={"users": (4000, 9000), "sampling": (0.05, 0.2)})
    held = {one.name: (one.low, one.mode, one.high) for one in found.uncertain}
    assert held["users"] == (4000, 5000, 9000)
    assert held["sampling"] == (0.05, 0.1, 0.2)


def test_swings_are_widest_first(model: CostModel) -> None:
    found = ranges(model, {}, runs=1)
    widths = [one.width for one in found.swings]
    assert widths == sorted(widths, reverse=True)
    assert found.swings[0].uncertain.name == "label_minutes"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"runs": 0}, "0 draws cannot be worked out. Write --runs with a number from 1 to 1,000,000"),
        ({"runs": 2_000_000}, "2,000,000 draws cannot be worked out. Write --runs with a number from 1 to 1,000,000"),
        ({"runs": 10, "months": 61}, "61 months cannot be told. Write --months with a number from 1 to 60"),
    ],
)
def test_counts_out_of_bounds(model: CostModel, keys: dict[str, int], message: str) -> None:
    with pytest.raises(Refusal) as refused:
        ranges(model, {}, **keys)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("wider", "finding"),
    [
        (
            {"users": (1.0, 2.0)},
            ("users", "its likeliest value 1,000,000 is outside 1 to 2. Set it too, or widen the range"),
        ),
        ({"usres": (1.0, 2.0)}, ("usres", "there is no such lever. Did you mean users?")),
        ({"sampling": (0.0, 2.0)}, ("sampling", "2 is outside what is possible. Write a number from 0 to 1")),
        (
            {"sampling": (float("nan"), 0.5)},
            ("sampling", "nan is outside what is possible. Write a number from 0 to 1"),
        ),
    ],
)
def test_ranges_that_cannot_be(model: CostModel, wider: dict, finding: tuple[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        ranges(model, {}, runs=10, wider=wider)
    assert [(one.path, one.message) for one in refused.value.findings] == [finding]


def test_unknown_prices_stay_unknown(sheet: PriceSheet) -> None:  # noqa: F811
    unknown = with_row(sheet, "labelling", price="unknown")
    found = ranges(model_of(unknown, LEAN), {}, runs=10, months=2)
    assert next(row.band for row in found.rows if row.item == "labelling") is None
    assert found.at_least == {"firm": True, "user": False}
    assert next(row.band for row in found.months[1].rows if row.item == "labelling") is None


# --- Months ---


@pytest.mark.parametrize(
    ("month", "delay", "stay", "days"),
    [
        (1, 0, 90, 15),  # fills from 0 to 30
        (2, 0, 90, 45),
        (3, 0, 90, 75),
        (4, 0, 90, 90),  # the plateau
        (9, 0, 90, 90),
        (1, 0, 10, 10 - 100 / 60),  # full after ten days: (50 + 20 × 10) / 30
        (2, 0, 10, 10),
        (1, 90, 365, 0),  # nothing is cold yet
        (4, 90, 365, 15),
        (20, 90, 365, 365),
        (5, 0, 0, 0),
    ],
)
def test_stores_fill_up_to_their_retention(month: int, delay: float, stay: float, days: float) -> None:
    assert held_days([1.0] * month, 30.0, delay, stay) == pytest.approx(days)


def test_stores_of_a_growing_product_against_a_sum_over_hours() -> None:
    volumes, days, delay, stay = [1.1**month for month in range(6)], 30.0, 20.0, 45.0
    hours = np.arange(6 * 720) + 0.5
    volume = np.repeat(volumes, 720)
    ends = np.arange(5 * 720, 6 * 720) + 0.5
    held = [volume[(hours <= end - delay * 24) & (hours > end - (delay + stay) * 24)].sum() / 24 for end in ends]
    assert held_days(volumes, days, delay, stay) == pytest.approx(np.mean(held) / volumes[-1], rel=1e-3)


def test_months_grow_and_reach_the_estimate_s_plateau(model: CostModel) -> None:
    certain = {one.name: one.value for one in model.inputs if one.doubt}
    found = ranges(model, certain, runs=1, months=14).months
    assert [month.number for month in found] == list(range(1, 15))
    hot = [next(row.band.p50 for row in month.rows if row.item == "hot_storage" and row.band) for month in found]
    full = estimate_of(model).row("hot_storage").amount
    assert full is not None
    assert hot[0] == pytest.approx(full / 2, abs=0.011)
    assert hot[1] == hot[13] == full
    assert found[13].totals["firm"].p50 == estimate_of(model).total.amount
    grown = ranges(model, {**certain, "growth": 0.1}, runs=1, months=3).months
    assert [month.users for month in grown] == pytest.approx([1e6, 1.1e6, 1.21e6])
    labels = [next(row.band.p50 for row in month.rows if row.item == "labelling" and row.band) for month in grown]
    assert labels == [1500.0] * 3


def test_a_shortest_stay_fills_up_too(sheet: PriceSheet) -> None:  # noqa: F811
    months = with_row(sheet, "cold_storage", least_days=90)
    brief = model_of(months, design(**{**LEAN_KEYS, "retention": {"hot_days": 0, "cold_days": 10}}))
    certain = {one.name: one.value for one in brief.inputs if one.doubt}
    found = ranges(brief, certain, runs=1, months=5).months
    cold = [next(row.band.p50 for row in month.rows if row.item == "cold_storage" and row.band) for month in found]
    assert cold[4] == estimate_of(brief).row("cold_storage").amount
    assert cold[0] == pytest.approx(cold[4] * 15 / 90, abs=0.01)


# --- The page ---


def test_the_page_has_python_s_ranges_months_and_swings(sheet: PriceSheet, tool: Any) -> None:  # noqa: F811
    least = with_row(sheet, "cold_storage", least_days=90)
    page = page_model(LAMP, LEAN, least, TRAFFIC)
    model = model_of(least, LEAN)
    wider = {"sampling": [0.05, 0.3], "growth": [-0.1, 0.2]}
    asked = [{"settings": {"hot_days": 45}, "wider": wider}]
    call = """one => ({
      ranges: teledesignCost.ranges(one.settings, {runs: 500, seed: 3, wider: one.wider}),
      months: teledesignCost.months(one.settings, 5, {runs: 500, seed: 3, wider: one.wider}),
      plain: teledesignCost.months(one.settings, 5),
      swings: teledesignCost.swings(one.settings, one.wider),
    })"""
    (theirs,) = answers(tool("node"), ENGINE + page.js, call, asked)
    pairs = {name: (low, high) for name, (low, high) in wider.items()}
    ours = ranges(model, {"hot_days": 45}, runs=500, months=5, seed=3, wider=pairs)
    plain = ours.as_json()

    def rows(found: Any) -> list:
        return [(row["item"], row["band"]) for row in found]

    assert rows(theirs["ranges"]["rows"]) == rows(plain["rows"])
    assert theirs["ranges"]["totals"] == plain["totals"]
    for their_month, our_month in zip(theirs["months"], plain["months"], strict=True):
        assert their_month["totals"] == our_month["totals"]
        assert rows(their_month["rows"]) == rows(our_month["rows"])
    assert [(one["name"], one["at_low"], one["at_high"]) for one in theirs["swings"]] == [
        (one.uncertain.name, one.at_low, one.at_high) for one in ours.swings
    ]
    certain = {one.name: one.value for one in model.inputs if one.doubt} | {"hot_days": 45}
    for month, found in zip(ranges(model, certain, runs=1, months=5).months, theirs["plain"], strict=True):
        assert found["totals"]["firm"]["p50"] == month.totals["firm"].p50


def test_the_page_reckons_detection(sheet: PriceSheet, tool: Any) -> None:  # noqa: F811
    page = page_model(LAMP, LEAN, sheet, TRAFFIC)
    call = "v => teledesignCost.detection.rows_needed({...teledesignCost.detection, ...v})"
    (rows,) = answers(tool("node"), ENGINE + page.js, call, [{"before": 0.9, "after": 0.88}])
    assert rows == rows_needed(0.9, 0.88)


# --- Solving ---


@pytest.mark.parametrize("lever", ["sampling", "targeting", "hot_days", "retention_days", "cold_days"])
def test_a_setting_is_found_that_fits_and_the_next_does_not(sheet: PriceSheet, lever: str) -> None:  # noqa: F811
    only = model_of(sheet, design(collects="everything", retention={"hot_days": 365}))
    free = estimate_of(only, {}).total.amount
    share = 0.8 if lever in ("hot_days", "retention_days") else 0.5
    found = solve(only, {}, lever, round(free * share, 2))
    assert found.lever == {"retention_days": "hot_days"}.get(lever, lever)
    if lever == "cold_days":
        assert found.value is None
        return
    assert found.value is not None
    assert found.total.amount == estimate_of(only, {found.lever: found.value}).total.amount
    assert found.total.amount <= found.budget
    assert found.slack == round(found.budget - found.total.amount, 2)
    step = 1.0 if found.lever == "hot_days" else 1e-6
    assert estimate_of(only, {found.lever: found.value + step}).total.amount > found.budget
    before, after = (estimate_of(only, {found.lever: value}) for value in (found.value, found.value + step))
    growth = {row.item: (row.amount or 0) - (before.row(row.item).amount or 0) for row in after.rows}
    assert growth[found.binding] == max(growth[row.item] for row in after.rows if row.payer == "firm")


def test_the_smallest_batch_that_fits(sheet: PriceSheet) -> None:  # noqa: F811
    only = model_of(sheet, design(collects={"opened": "sampled"}))
    alone = estimate_of(only).total.amount
    found = solve(only, {}, "batch", alone - 90)
    assert found.value is not None
    assert found.value == int(found.value)
    assert estimate_of(only, {"batch": found.value}).total.amount <= alone - 90
    assert estimate_of(only, {"batch": found.value - 1}).total.amount > alone - 90


def test_nothing_or_everything_fits(model: CostModel) -> None:
    none = solve(model, {}, "sampling", 100)
    assert none.value is None
    assert none.total.amount == estimate_of(model, {"sampling": 0}).total.amount
    assert none.binding == "labelling"
    everything = solve(model, {}, "sampling", 1e6)
    assert (everything.value, everything.whole) == (1.0, True)


@pytest.mark.parametrize(
    ("lever", "budget", "message"),
    [
        ("samplng", 5, "there is no solving for 'samplng'. Did you mean sampling?"),
        ("labels", -5, "there is no solving for 'labels'. These can be solved for: sampling, targeting"),
        ("sampling", -5, "a budget of -5 cannot be kept. Write --budget with an amount of 0 or more"),
        ("sampling", math.nan, "a budget of nan cannot be kept. Write --budget with an amount of 0 or more"),
    ],
)
def test_what_cannot_be_solved(model: CostModel, lever: str, budget: float, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        solve(model, {}, lever, budget)
    assert refused.value.message.startswith(message)


# --- Comparing ---


def test_differences_of_settings_add_up(model: CostModel) -> None:
    found = compare_settings(model, {"hot_days": 60}, {"sampling": 0.5, "labels": 0})
    assert [one.lever for one in found.changes] == ["sampling", "hot_days", "labels"]
    total = sum(one.difference for one in found.changes)
    assert total == pytest.approx(found.totals[1].amount - found.totals[0].amount, abs=0.005)
    labels = found.changes[2]
    assert (labels.before, labels.after, labels.difference) == ("3,000", "0", -1500.0)
    assert labels.rows == {"labelling": -1500.0}


def test_differences_of_designs_are_told_by_part(sheet: PriceSheet) -> None:  # noqa: F811
    found = compare_designs(LAMP, design(title="All"), LEAN, sheet, {}, TRAFFIC)
    names = [one.lever for one in found.changes]
    assert names[:3] == ["targeting", "sampling", "collects"]
    assert {"labels", "series", "queries", "retention", "transport"} <= set(names)
    total = sum(one.difference for one in found.changes)
    assert total == pytest.approx(found.totals[1].amount - found.totals[0].amount, abs=0.005)
    assert next(one for one in found.changes if one.lever == "labels").rows == {"labelling": 1500.0}
    assert (found.first, found.second) == ("All", "Lean")


def test_designs_of_two_scenarios_are_not_compared(sheet: PriceSheet) -> None:  # noqa: F811
    with pytest.raises(Refusal, match="everything is for other and lean for small"):
        compare_designs(LAMP, design(scenario="other", design="everything"), LEAN, sheet, {}, TRAFFIC)


def test_pricing_without_words_is_the_estimate(model: CostModel) -> None:
    found = priced(model, {})
    told = estimate_of(model)
    assert [float(amount) for amount in found.amounts] == [row.amount for row in told.rows]
    assert float(found.totals["firm"]) == told.total.amount

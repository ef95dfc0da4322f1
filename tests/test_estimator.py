"""The estimator's scripts beside Python: random settings on every price sheet, detection, budgets, comparisons; the
way through; what the scripts weigh."""

import html
import json
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from javascript import ENGINE, answers
from teledesign.costs import cost_model, estimate_of, gathered, traffic_of
from teledesign.costs.comparing import compare_settings
from teledesign.costs.detecting import detectability
from teledesign.costs.model import CostModel
from teledesign.costs.ranges import ranges
from teledesign.costs.run_lengths import JAVASCRIPT
from teledesign.costs.solving import solve
from teledesign.course import Course
from teledesign.design import collect_everything
from teledesign.detection import run_length
from teledesign.expectation import Expectation
from teledesign.outputs.estimator_page import BESIDE, EstimatorPage, estimator_page
from teledesign.prices import PriceSheet
from teledesign.scenario.elementary import normal_cdf
from teledesign.units import NUMBER

TOPIC = "photo-tagging"
SCRIPTS = ("engine", "charts", "views")
AIM = 100_000
"""Bytes of script on the page beyond the theme's."""


@pytest.fixture(scope="module")
def expected(site_course: Course) -> Expectation:
    return Expectation(site_course.topics[TOPIC].scenario)


@pytest.fixture(scope="module")
def made(site_course: Course) -> tuple[EstimatorPage, dict[str, str]]:
    return estimator_page(site_course.topics[TOPIC].scenario, site_course.prices, site_course.file.prices)


@pytest.fixture(scope="module")
def script(made: tuple[EstimatorPage, dict[str, str]]) -> str:
    """All price sheets, and an engine for each as it is asked for."""
    files = made[1]
    sheets = [text for name, text in files.items() if name != "estimator-model.js"]
    engines = """const made = {}, engine = (name) => made[name] =
      made[name] || teledesignEngine(teledesignTools, teledesignPage.sheets[name].parts);"""
    return "\n".join([ENGINE, files["estimator-model.js"], *sheets, engines])


def sheet_of(course: Course, name: str) -> PriceSheet:
    sheet = course.prices[name]
    return sheet if name in (course.file.prices, BESIDE) else sheet.beside(course.prices[BESIDE])


def model_on(course: Course, expected: Expectation, name: str) -> CostModel:
    scenario, sheet = course.topics[TOPIC].scenario, sheet_of(course, name)
    return cost_model(gathered(scenario, collect_everything(scenario), sheet, traffic_of(expected)), sheet)


@pytest.fixture(scope="module")
def model(site_course: Course, expected: Expectation) -> CostModel:
    return model_on(site_course, expected, site_course.file.prices)


def some_settings(model: CostModel, dice: random.Random, share: float = 0.3) -> dict[str, float]:
    """Settings anywhere within their bounds, now and then at an end."""
    found = {}
    for one in model.settings:
        if dice.random() < share:
            low, high = one.low, min(one.high, 1000 * max(one.low, one.default, 1.0))
            found[one.name] = dice.choice(
                [dice.uniform(low, high), float(round(dice.uniform(low, high), 2)), low, high]
            )
            found[one.name] = min(max(found[one.name], one.low), one.high)
    return found


# --- The same numbers ---


def test_every_price_sheet_gives_what_python_gives(
    site_course: Course, expected: Expectation, script: str, tool: Any
) -> None:
    dice = random.Random(11)
    asked, ours = [], []
    for name in site_course.prices:
        on_sheet = model_on(site_course, expected, name)
        for settings in ({}, *(some_settings(on_sheet, dice) for _ in range(6))):
            found = estimate_of(on_sheet, settings)
            asked.append([name, settings])
            totals = {payer: [total.amount, total.at_least] for payer, total in found.totals.items()}
            ours.append([{row.item: row.amount for row in found.rows}, totals])
    call = """([name, settings]) => {
      const {rows, totals} = engine(name).model(settings), both = (total) => [total.amount, total.at_least];
      return [Object.fromEntries(rows.map((row) => [row.item, row.amount])),
        Object.fromEntries(Object.entries(totals).map(([payer, total]) => [payer, both(total)]))];
    }"""
    for one, theirs, mine in zip(asked, answers(tool("node"), script, call, asked), ours, strict=True):
        assert theirs == mine, one


def test_work_in_slices_is_work_at_once(model: CostModel, script: str, tool: Any) -> None:
    """More draws than a slice or a chunk has; the bands of rows and totals, and users by month, are Python's."""
    call = """(settings) => {
      const cost = engine(teledesignPage.prices), wider = {users: [1e6, 9e7], sampling: [0.2, 0.9]};
      return [cost.ranges(settings, {runs: 100000, wider}), cost.months(settings, 3, {runs: 3000})];
    }"""
    settings = {"sampling": 0.3, "growth": 0.07}
    ((theirs, months),) = answers(tool("node"), script, call, [settings])
    ours = ranges(model, settings, runs=100_000, wider={"users": (1e6, 9e7), "sampling": (0.2, 0.9)}).as_json()
    assert [row["band"] for row in theirs["rows"]] == [row["band"] for row in ours["rows"]]
    assert (theirs["totals"], theirs["at_least"]) == (ours["totals"], ours["at_least"])
    mine = ranges(model, settings, runs=3000, months=3).as_json()["months"]
    assert [(one["users"], one["totals"]) for one in months] == [(one["users"], one["totals"]) for one in mine]


def test_budgets_are_solved_for_alike(model: CostModel, script: str, tool: Any) -> None:
    dice = random.Random(5)
    asked = []
    for lever in ("sampling", "targeting", "hot_days", "cold_days", "batch"):
        total = estimate_of(model).total.amount
        for share in (0, 0.11, 0.5, 0.83, 2):
            asked.append([some_settings(model, dice, 0.05) if share == 0.5 else {}, lever, round(total * share, 2)])
    call = "([settings, lever, budget]) => engine(teledesignPage.prices).solve(settings, lever, budget)"
    for one, theirs in zip(asked, answers(tool("node"), script, call, asked), strict=True):
        ours = solve(model, *one).as_json()
        assert theirs == {key: ours[key] for key in theirs}, one


def test_differences_are_told_alike(model: CostModel, script: str, tool: Any) -> None:
    dice = random.Random(6)
    asked = [[some_settings(model, dice, 0.1), some_settings(model, dice, 0.1)] for _ in range(8)]
    call = "([first, second]) => engine(teledesignPage.prices).compared(first, second).changes"
    for (first, second), theirs in zip(asked, answers(tool("node"), script, call, asked), strict=True):
        found = compare_settings(model, first, second)
        assert [(one["lever"], one["difference"], one["rows"]) for one in theirs] == [
            (one.lever, one.difference, dict(one.rows)) for one in found.changes
        ]
        assert sum(one["difference"] for one in theirs) == pytest.approx(
            found.totals[1].amount - found.totals[0].amount, abs=0.005
        )


def test_detection_is_reckoned_alike(model: CostModel, expected: Expectation, script: str, tool: Any) -> None:
    dice = random.Random(7)
    (metrics,) = answers(tool("node"), script, "() => teledesignPage.metrics", [0])
    assert {"rename_rate", "confirm_rate"} <= {one["name"] for one in metrics}
    asked = []
    for metric in [one for one in metrics if one["slices"]][:2]:
        settings = {
            "sampling": dice.choice([1.0, 0.01, 0.0005]),
            "users": 1e5,
            "likeness": dice.choice([0.0, 0.05, 0.9]),
        }
        asked.append([settings, metric["name"], metric["drop"], dice.choice(metric["slices"])["value"]])
    call = """([settings, name, drop, value]) => {
      const metric = teledesignPage.metrics.find((one) => one.name === name);
      const slice = metric.slices.find((one) => one.value === value);
      return engine(teledesignPage.prices).detect(settings, metric, drop, slice);
    }"""
    for one, theirs in zip(asked, answers(tool("node"), script, call, asked), strict=True):
        settings, name, drop, value = one
        part = next(
            part for metric in metrics if metric["name"] == name for part in metric["slices"] if part["value"] == value
        )
        found = detectability(model, expected, name, drop, where={part["name"]: (value,)}, settings=settings)
        ours = json.loads(json.dumps(found.as_json()), parse_int=float)
        assert theirs["rates"] == ours["rates"], one
        assert theirs["charts"] == ours["charts"], one
        for key in ("overall", "slice"):
            assert theirs[key] == {name: value for name, value in ours[key].items() if name != "title"}, (one, key)


def test_run_lengths_are_the_same_to_the_last_bit(tool: Any) -> None:
    dice = random.Random(8)
    cases = [[method, limit, dice.uniform(-1, 4)] for method, limit in (("shewhart", 2.5), ("cusum", 4), ("ewma", 2.7))]
    cases += [["cusum", 5.0, 0.0], ["ewma", 2.962, 60.0]]
    theirs = answers(tool("node"), JAVASCRIPT, "([method, limit, shift]) => td_run_length(method, limit, shift)", cases)
    assert theirs == [run_length(*case) for case in cases]
    numbers = [dice.uniform(-45, 45) for _ in range(300)] + [dice.uniform(-4, 4) for _ in range(300)]
    assert answers(tool("node"), JAVASCRIPT, "td_normal_cdf", numbers) == [float(normal_cdf(one)) for one in numbers]


def test_unknown_is_unknown(site_course: Course, tool: Any) -> None:
    """A price nobody has seen leaves its line unknown and the total at least."""
    sheet, name = site_course.price_sheet(), site_course.file.prices
    row = sheet.rows["streaming"].model_copy(update={"price": None})
    unknown = sheet.model_copy(update={"rows": {**sheet.rows, "streaming": row}})
    page, files = estimator_page(site_course.topics["code-completion"].scenario, {name: unknown}, name)
    call = "(name) => teledesignEngine(teledesignTools, teledesignPage.sheets[name].parts).model({})"
    (found,) = answers(tool("node"), ENGINE + files["estimator-model.js"], call, [name])
    assert {row["item"]: row["amount"] for row in found["rows"]}["streaming"] is None
    assert found["totals"]["firm"]["at_least"] is True
    assert next(row.why for row in page.rows if row.item == "streaming") == "nobody has seen the price streaming"


# --- The way through ---


def states(page: EstimatorPage) -> dict[str, dict[str, str]]:
    return {name: dict(parse_qsl(link.removeprefix("#"))) for name, link in page.path.links.items()}


def test_the_way_shows_the_four_contrasts(
    site_course: Course, expected: Expectation, model: CostModel, made: tuple[EstimatorPage, dict[str, str]]
) -> None:
    """What its links set brings out what is asked about: nothing of it stands on the page."""
    known = {one.name for one in model.settings}

    def bill(state: dict[str, str]) -> dict[str, Any]:
        on_sheet = model_on(site_course, expected, state.get("prices", site_course.file.prices))
        found = estimate_of(on_sheet, {name: float(value) for name, value in state.items() if name in known})
        return {row.item: row.amount for row in found.rows} | {one.name: one.value for one in found.worked}

    found = {name: bill(state) for name, state in states(made[0]).items()}
    assert found["series"]["series"] == found["series_sampled"]["series"] > found["everything"]["series"]
    assert found["series_sampled"]["ingestion"] < found["series"]["ingestion"] / 5
    assert found["batched"]["ingestion"] == found["alone"]["ingestion"]
    assert found["batched"]["requests"] < found["alone"]["requests"] / 2
    assert found["bare"]["ingestion"] == found["everything"]["ingestion"]
    assert found["bare"]["bytes_per_day"] < 0.9 * found["everything"]["bytes_per_day"]
    assert found["by_bytes_bare"]["ingestion"] < found["by_bytes"]["ingestion"]
    assert found["bare"]["streaming"] == found["everything"]["streaming"]
    assert found["bare"]["records_per_day"] > 2 * found["bare"]["bytes_per_day"]
    assert found["payload"]["hot_storage"] > found["no_payloads"]["hot_storage"]
    assert found["targeted"]["deletion"] < found["sampled"]["deletion"]


def test_every_topic_has_its_way(site_course: Course, whole_site: tuple[Any, Path]) -> None:
    for name in site_course.topics:
        text = html.unescape((whole_site[1] / "topics" / name / "estimator.html").read_text("utf-8"))
        way = text[text.index('<ol class="td-through">') : text.index("</ol>", text.index('<ol class="td-through">'))]
        assert way.count("<h3") >= 9
        assert way.count('href="#') >= 20
        assert "None" not in way


# --- What the page weighs ---


def test_the_scripts_are_small(site_course: Course, whole_site: tuple[Any, Path]) -> None:
    folder = whole_site[1] / "assets" / "javascripts"
    common = sum((folder / f"estimator{name}.js").stat().st_size for name in ("", *(f"-{one}" for one in SCRIPTS)))
    for name in site_course.topics:
        model = whole_site[1] / "topics" / name / "estimator-model.js"
        assert common + model.stat().st_size < AIM, name
        text = (model.parent / "estimator.html").read_text("utf-8")
        loaded = re.findall(r'src="([^"]*estimator[^"]*)"', text)
        assert len(loaded) == 2 + len(SCRIPTS)


def test_another_course_may_have_one_price_sheet(site_course: Course) -> None:
    scenario, name = site_course.topics["code-completion"].scenario, site_course.file.prices
    page, files = estimator_page(scenario, {name: site_course.prices[name]}, name)
    assert set(files) == {"estimator-model.js"}
    assert [one.value for one in page.sheets] == [name]
    assert page.path.by_bytes == ""
    assert "</" not in files["estimator-model.js"]
    assert page.growth.unit == ("" if str(NUMBER) == "1" else str(NUMBER))

"""The estimator's page as a reader uses it: to the cent what Python says, from the keyboard too, and its addresses."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from in_browser import listen, opened, violations
from mathematics import worked_out
from teledesign.cli import run
from teledesign.costs import cost_model, estimate, estimate_of, gathered
from teledesign.costs.detecting import detectability
from teledesign.costs.model import CostModel
from teledesign.costs.model import worked_out as values_of
from teledesign.costs.ranges import ranges
from teledesign.costs.solving import solve
from teledesign.course import Course
from teledesign.design import collect_everything
from teledesign.expectation import Expectation
from teledesign.form import PUBLIC_SECRET
from teledesign.formulas import plain_number
from teledesign.worksheets import draw_form

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOPICS = ("shoe-brand", "photo-tagging", "playlists", "code-completion")
TOPIC = "photo-tagging"


@pytest.fixture(scope="module")
def course(site_course: Course) -> Course:
    return site_course


@pytest.fixture(scope="module")
def model(course: Course) -> CostModel:
    return model_of(course, TOPIC)


def open_estimator(page: Page, site: Path, topic: str, fragment: str = "") -> None:
    page.goto("about:blank")
    page.goto((site / "topics" / topic / "estimator.html").as_uri() + fragment)
    page.wait_for_function("document.getElementById('td-amount').textContent !== '…'")
    page.evaluate("document.querySelectorAll('.td-levers details').forEach((one) => { one.open = true; })")


def amounts(page: Page) -> dict[str, str]:
    return page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-item]')]"
        ".map(row => [row.dataset.item, row.querySelector('[data-part=amount]').textContent]))"
    )


MODELS: dict[str, CostModel] = {}
"""Topic -> its model, put together once for all tests."""


def model_of(course: Course, topic: str) -> CostModel:
    if topic not in MODELS:
        scenario, sheet = course.topics[topic].scenario, course.price_sheet()
        MODELS[topic] = cost_model(gathered(scenario, collect_everything(scenario), sheet), sheet)
    return MODELS[topic]


def in_python(course: Course, topic: str, settings: dict[str, float]) -> tuple[str, dict[str, str]]:
    """The total and the amounts as the page should show them."""
    found = estimate_of(model_of(course, topic), settings)
    rows = {row.item: "unknown" if row.amount is None else f"{row.amount:,.2f}" for row in found.rows}
    return found.total.shown(found.currency), rows


SETTINGS: tuple[dict[str, float], ...] = (
    {},
    {"sampling": 0.1},
    {"sampling": 0.037, "hot_days": 14, "cold_days": 400, "batch": 250, "compression": 1},
    {"users": 123456, "targeting": 0.25, "days": 31, "mobile_share": 0.9, "exports": 0.333},
    {"sampling": 0, "labels": 12345, "label_minutes": 2.5, "series": 1e6},
)


@pytest.mark.browser
@pytest.mark.parametrize("topic", TOPICS)
def test_the_page_gives_pythons_totals_to_the_cent(course: Course, site: Path, page: Page, topic: str) -> None:
    open_estimator(page, site, topic)
    for settings in SETTINGS:
        page.click("#td-reset")
        for name, value in settings.items():
            page.fill(f"#n-{name}", repr(value))
        total, rows = in_python(course, topic, settings)
        assert page.inner_text("#td-amount") == total, settings
        assert amounts(page) == rows, settings
        values = values_of(model_of(course, topic), settings)
        nothing = values["mobile_share"] == 0 or values["sampling"] == 0
        assert ("Users pay nothing" in page.inner_text("#td-payers")) == nothing, settings
    printed: dict[str, str] = page.evaluate(NUMBERS_PUT_IN)
    worked = model_of(course, topic)
    values = values_of(worked, SETTINGS[-1])
    assert set(printed) == {item.line.name for item in worked.items}
    for item in worked.items:
        shown, exact = worked_out(printed[item.line.name], {}), item.formula.evaluate(values)
        assert shown == pytest.approx(exact, rel=1e-4), item.line.name
        quantity = page.text_content(f"[data-item={item.line.name}] [data-part=quantity]")
        assert quantity == plain_number(item.quantity(values)), item.line.name


NUMBERS_PUT_IN = """() => Object.fromEntries([...document.querySelectorAll("[data-item]")].map((row) =>
  [row.dataset.item, new XMLSerializer().serializeToString(row.querySelector("[data-part=numbers] math"))]))"""


@pytest.mark.browser
@pytest.mark.parametrize("topic", TOPICS)
def test_sliders_say_what_they_set(course: Course, site: Path, page: Page, topic: str) -> None:
    open_estimator(page, site, topic)
    for name, key, presses in (
        ("sampling", "ArrowLeft", 7),
        ("hot_days", "PageDown", 2),
        ("cold_days", "ArrowRight", 9),
    ):
        page.focus(f"#s-{name}")
        for _ in range(presses):
            page.keyboard.press(key)
    settings = {
        name: float(page.input_value(f"#n-{name}").replace(",", "")) for name in ("sampling", "hot_days", "cold_days")
    }
    assert settings["sampling"] < 1
    assert settings["cold_days"] > 0
    assert page.inner_text("#td-amount") == in_python(course, topic, settings)[0]


@pytest.mark.browser
def test_the_address_holds_the_settings(course: Course, site: Path, page: Page) -> None:
    open_estimator(page, site, "playlists")
    settings: dict[str, float] = {"sampling": 0.25, "hot_days": 7.5, "batch": 33}
    for name, value in settings.items():
        page.fill(f"#n-{name}", str(value))
    page.wait_for_function("location.hash.includes('batch')")
    address = page.url
    assert address.endswith("#sampling=0.25&hot_days=7.5&batch=33")
    total = page.inner_text("#td-amount")
    page.goto("about:blank")
    page.goto(address)
    assert page.inner_text("#td-amount") == total == in_python(course, "playlists", settings)[0]
    assert page.input_value("#n-hot_days") == "7.5"
    page.click("#td-reset")
    page.wait_for_function("location.hash === ''")
    assert page.inner_text("#td-amount") == in_python(course, "playlists", {})[0]


WRONG = (
    ("#sampling=7", "sampling: 7 is outside what is possible. Write a number from 0 to 1"),
    ("#sampling=-0.1", "sampling: -0.1 is outside what is possible. Write a number from 0 to 1"),
    ("#sampling=NaN", "sampling: “NaN” is no number"),
    ("#sampling=0x10", "sampling: “0x10” is no number"),
    ("#users=0", "users: 0 is outside what is possible. Write a number from 1 to 10,000,000,000"),
    ("#users=1e999", "users: 1e999 is outside what is possible."),
    ("#smapling=0.5", "there is no lever “smapling”"),
    ("#sampled_rows=3", "there is no lever “sampled_rows”"),
    ("#constructor=3", "there is no lever “constructor”"),
    ("#__proto__=3", "there is no lever “__proto__”"),
    ("#sampling=0.5&sampling=0.6", "sampling stands there twice"),
    ("#%E0%A4%A", "“%E0%A4%A” cannot be read"),
    ("#form=222-22", "“222-22” is no settings code of this topic. Copy it from the foot of your sheet"),
    ("#form=<img src=x>", "“<img src=x>” is no settings code"),
    ("#prices=azure", "there are no prices “azure”"),
    ("#prices=toString", "there are no prices “toString”"),
    ("#prices=aws&sampling=2", "sampling: 2 is outside what is possible."),
    ("#view=everything", "there is no view “everything”"),
    ("#months=0", "months: “0” is no whole number from 1 to 60"),
    ("#months=12.5", "months: “12.5” is no whole number from 1 to 60"),
    ("#draws=5", "there is no number of draws “5”"),
    ("#budget=-1", "budget: “-1” is no amount"),
    ("#budget=Infinity", "budget: “Infinity” is no amount"),
    ("#solve=labels", "there is no lever to solve for “labels”"),
    ("#metric=wrong_tag_rate", "there is no metric that can be watched “wrong_tag_rate”"),
    ("#drop=1.5", "drop: “1.5” is no change between 0 and 1"),
    ("#slice=platform:amiga", "there is no slice “platform:amiga”"),
    ("#against=sampling", "there is no lever “”"),
    ("#against=sampling:2", "sampling: 2 is outside what is possible."),
    ("#against=sampling:0.1,sampling:0.2", "sampling stands twice in what is compared"),
    ("#ranges=users:5", "“users:5” is no range"),
    ("#ranges=users:9:5", "the range of users runs backwards"),
    ("#ranges=users:NaN:5", "users: “NaN” is no number"),
    ("#ranges=sampling:-1:1", "sampling: -1 is outside what is possible."),
    ("#ranges=smapling:0:1", "there is no lever “smapling”"),
    ("#ranges=sampling:0:1,sampling:0:1", "sampling has two ranges"),
    ("#ranges=sampling:0.1:0.2&sampling=0.3", "sampling: 0.3 is outside the range of 0.1 to 0.2"),
)


@pytest.mark.browser
def test_an_address_that_makes_no_sense_is_said_once(course: Course, site: Path, page: Page) -> None:
    said, _ = listen(page)
    total = in_python(course, TOPIC, {})[0]
    open_estimator(page, site, TOPIC)
    for fragment, says in WRONG:
        page.evaluate("(to) => { location.hash = ''; location.hash = to; }", fragment)
        page.wait_for_function("!document.getElementById('td-problem').hidden")
        problem = page.inner_text("#td-problem")
        assert says in problem, fragment
        assert problem.endswith("These are the standard settings."), fragment
        page.wait_for_function("(total) => document.getElementById('td-amount').textContent === total", arg=total)
        assert page.input_value("#td-prices") == course.file.prices
    assert said == []
    page.fill("#n-sampling", "0.5")
    assert not page.is_visible("#td-problem")


@pytest.mark.browser
def test_a_number_out_of_bounds_is_marked_and_not_clamped(site: Path, page: Page) -> None:
    open_estimator(page, site, "photo-tagging")
    page.fill("#n-sampling", "1.5")
    assert page.inner_text("#e-sampling") == "1.5 is outside what is possible. Write a number from 0 to 1"
    assert page.get_attribute("#n-sampling", "aria-invalid") == "true"
    assert page.inner_text("#td-amount") == "Correct the marked number"
    page.fill("#n-sampling", "many")
    assert page.inner_text("#e-sampling") == "“many” is no number. Write one from 0 to 1"
    page.wait_for_timeout(400)
    assert "sampling" not in page.url


@pytest.mark.browser
@pytest.mark.parametrize("topic", TOPICS)
def test_a_settings_code_opens_the_group_s_numbers(course: Course, site: Path, page: Page, topic: str) -> None:
    scenario = course.topics[topic].scenario
    for group, typed in (("1", False), ("7", True)):
        form = draw_form(scenario, group, PUBLIC_SECRET)
        own = {number.sets: number.value for number in form.numbers}
        settings = {"users": own["people.production.mode"]}
        settings |= {path.removeprefix("cost."): value for path, value in own.items() if path.startswith("cost.")}
        settings |= {f"payload_{name}": 0.0 for name, payload in scenario.payloads.items() if payload.usual_share}
        total, rows = in_python(course, topic, settings)
        open_estimator(page, site, topic, "" if typed else f"#form={form.settings}")
        if typed:
            page.fill("#td-code", form.settings.lower())
            page.click("#td-open")
        assert page.inner_text("#td-amount") == total
        assert amounts(page) == rows
        page.fill("#n-batch", "10")
        page.wait_for_function("location.hash.includes('batch')")
        assert page.url.endswith(f"#form={form.settings.lower() if typed else form.settings}&batch=10")


@pytest.mark.browser
def test_a_code_of_another_topic_is_refused(course: Course, site: Path, page: Page) -> None:
    form = draw_form(course.topics["playlists"].scenario, "1", PUBLIC_SECRET)
    open_estimator(page, site, "shoe-brand", f"#form={form.settings}")
    assert "is no settings code of this topic" in page.inner_text("#td-problem")


# --- Behind the first view ---


def show(page: Page, site: Path, state: str, topic: str = TOPIC) -> None:
    """Open the page at a state and wait until its view has been worked out."""
    open_estimator(page, site, topic, f"#{state}")
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_timeout(350)
    page.wait_for_function(
        "[...document.querySelectorAll('.td-view:not([hidden]) progress')].every((one) => one.hidden)"
    )


def table(page: Page, body: str) -> list[list[str]]:
    return page.evaluate(
        "(id) => [...document.getElementById(id).rows].map((row) => [...row.cells].map((cell) => cell.textContent))",
        body,
    )


@pytest.mark.browser
def test_the_first_view_is_calm(site: Path, page: Page) -> None:
    page.goto((site / "topics" / TOPIC / "estimator.html").as_uri())
    page.wait_for_function("document.getElementById('td-amount').textContent !== '…'")
    assert page.locator(".td-estimator input[type=range]:visible").count() == 3
    assert page.locator(".td-amount:visible").count() == 1
    assert page.locator("[role=tabpanel]:visible").count() == 1
    assert page.locator("#td-view-lines [data-item]").count() == 27


@pytest.mark.browser
def test_ranges_and_swings_are_python_s(site: Path, page: Page, model: CostModel) -> None:
    show(page, site, "sampling=0.2&view=sure&draws=10000")
    found = ranges(model, {"sampling": 0.2}, runs=10_000)
    bands = {row.title: row.band for row in found.rows} | {
        "The firm pays": found.totals["firm"],
        "Users pay": found.totals["user"],
    }
    shown = {row[0]: row[1:4] for row in table(page, "td-sure-rows")}
    assert shown == {
        name: [f"{value:,.2f}" for value in (band.p10, band.p50, band.p90)]
        for name, band in bands.items()
        if band is not None and band.p90
    }
    swings = [[one.uncertain.title, f"{one.at_low:,.2f}", f"{one.at_high:,.2f}"] for one in found.swings if one.width]
    assert [[row[0], row[2], row[3]] for row in table(page, "td-swings")] == swings


FIRM = "The firm pays"


@pytest.mark.browser
def test_ranges_of_ones_own_are_python_s_and_the_command_s(
    site: Path, page: Page, model: CostModel, capsys: pytest.CaptureFixture[str]
) -> None:
    said, _ = listen(page)
    show(page, site, "view=sure&draws=10000&users=4e7&ranges=users:2e7:9e7,sampling:0.5:1")
    wider = {"users": (2e7, 9e7), "sampling": (0.5, 1.0)}
    band = ranges(model, {"users": 4e7}, runs=10_000, wider=wider).totals["firm"]
    shown = {row[0]: row[1:4] for row in table(page, "td-sure-rows")}
    assert shown[FIRM] == [f"{value:,.2f}" for value in (band.p10, band.p50, band.p90)]
    page.click("#td-view-sure summary")
    first = page.locator("#td-ranges tr").first.locator("input")
    assert [first.nth(at).input_value() for at in range(3)] == ["0.5", "1", "1"]
    # One more, by hand: low first, then high.
    page.select_option("#td-range-of", "hot_days")
    page.click("#td-range-add")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Days ready for queries: low"
    page.keyboard.type("30")
    days = page.locator("#td-ranges tr", has_text="Days ready for queries")
    days.locator("input").nth(2).fill("400")
    settled(page)
    assert page.url.endswith("&ranges=users:20000000:90000000,sampling:0.5:1,hot_days:30:400&draws=10000")
    shown = {row[0]: row[1:4] for row in table(page, "td-sure-rows")}
    command = page.evaluate("teledesignEstimator.command()")
    assert run([*command.split()[1:], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["ranges"]["totals"]["firm"]
    assert shown[FIRM] == [f"{told[key]:,.2f}" for key in ("p10", "p50", "p90")]
    # What makes no sense is marked where it stands, and nothing is worked out or written down with it.
    before = page.url
    for field, text, fault in (
        (0, "500", "low is above most likely. Correct one of them."),
        (0, "NaN", "“NaN” is no number."),
        (0, "-3", "-3 is outside what is possible. Write a number from 0 to 3,650."),
    ):
        days.locator("input").nth(field).fill(text)
        assert days.locator(".td-error").inner_text() == fault
        assert page.inner_text("#td-amount") == "Correct the marked number"
    days.locator("input").nth(0).fill("30")
    page.fill("#n-hot_days", "401")
    outside = "401 is outside the range of 30 to 400 under “How sure?”. Widen it there, or set another value"
    assert page.inner_text("#e-hot_days") == days.locator(".td-error").inner_text() == outside
    page.wait_for_timeout(350)
    assert page.url == before
    days.locator("button").click()
    assert days.count() == 0
    assert page.inner_text("#td-ranges-changed") == "2 of your own"
    settled(page)
    assert page.url == before.replace("#users", "#hot_days=401&users").replace(",hot_days:30:400", "")
    page.click("#td-reset")
    assert page.inner_text("#td-ranges-changed") == ""
    assert said == []


@pytest.mark.browser
def test_the_page_answers_while_it_draws(site: Path, page: Page, model: CostModel) -> None:
    """A million draws are begun, then other settings are asked for: only the last are shown."""
    open_estimator(page, site, TOPIC, "#view=sure")
    page.wait_for_function("document.getElementById('td-sure-progress').value > 0")
    page.fill("#n-sampling", "0.5")
    assert page.inner_text("#td-amount") != "…"
    page.select_option("#td-draws", "10000")
    settled(page)
    half = ranges(model, {"sampling": 0.5}, runs=10_000).totals["firm"].p50
    assert f"half are below {half:,.2f} USD" in page.inner_text("#td-sure-says")
    assert page.url.endswith("#sampling=0.5&view=sure&draws=10000")


@pytest.mark.browser
def test_months_are_python_s(site: Path, page: Page, model: CostModel) -> None:
    show(page, site, "view=months&months=3&growth=0.1")
    months = ranges(model, {"growth": 0.1}, runs=10_000, months=3).months
    shown = table(page, "td-months-rows")
    for row, month in zip(shown, months, strict=True):
        stored = {one.item: one.band for one in month.rows}
        bands = [getattr(month.totals["firm"], key) for key in ("p10", "p50", "p90")]
        stores = [band.p50 for name in ("hot_storage", "cold_storage") if (band := stored[name]) is not None]
        assert row == [str(month.number), f"{month.users:,.0f}", *(f"{one:,.2f}" for one in (*bands, *stores))]
    assert page.locator("#td-months-plot svg[role=img]").get_attribute("aria-label")
    page.fill("#td-months", "61")
    assert page.inner_text("#td-months-error") == "months: “61” is no whole number from 1 to 60."
    assert page.inner_text("#td-amount") == "Correct the marked number"


@pytest.mark.browser
def test_a_budget_is_solved_for_and_set(site: Path, page: Page, model: CostModel) -> None:
    show(page, site, "view=budget&budget=4000")
    found = solve(model, {}, "sampling", 4000)
    said = page.inner_text("#td-budget-says")
    assert f"{found.value:g} keeps it, at {found.total.amount:,.2f} USD, with {found.slack:,.2f} USD to spare." in said
    assert f"One step further {found.binding_title} grows by {found.binding_grows:,.2f} USD and breaks it." in said
    page.click("#td-take")
    assert page.inner_text("#td-amount") == f"{found.total.amount:,.2f} USD"
    page.fill("#td-budget", "1")
    page.wait_for_function("document.getElementById('td-budget-says').textContent.startsWith('No setting')")
    assert not page.is_visible("#td-take")
    page.fill("#td-budget", "plenty")
    assert page.inner_text("#td-budget-error") == "budget: “plenty” is no amount."


@pytest.mark.browser
def test_two_settings_are_compared(course: Course, site: Path, page: Page) -> None:
    show(page, site, "view=compare")
    assert page.inner_text("#td-compare-says").startswith("Nothing is kept yet.")
    page.click("#td-keep")
    page.fill("#n-sampling", "0.1")
    page.fill("#n-batch", "20")
    settled(page)
    one, other = (in_python(course, TOPIC, settings)[0] for settings in ({}, {"sampling": 0.1, "batch": 20}))
    assert page.inner_text("#td-compare-says").startswith(f"Kept: {one}. Now: {other}. That is ")
    assert [row[:2] for row in table(page, "td-compare-levers")] == [
        ["Share of rows kept", "1 → 0.1"],
        ["Rows in one request, at most", "1 → 20"],
    ]
    address = page.url
    assert address.endswith("#sampling=0.1&batch=20&view=compare&against=standard")
    said = page.inner_text("#td-compare-says")
    page.goto("about:blank")
    page.goto(address)
    settled(page)
    assert page.inner_text("#td-compare-says") == said


@pytest.mark.browser
def test_what_one_would_see_is_python_s(course: Course, site: Path, page: Page, model: CostModel) -> None:
    state = "sampling=0.001&view=see&metric=rename_rate&drop=0.002&slice=gallery:small"
    show(page, site, state)
    expected = Expectation(course.topics[TOPIC].scenario)
    where = {"gallery": ("small",)}
    found = detectability(model, expected, "rename_rate", 0.002, where=where, settings={"sampling": 0.001})
    assert found.slice is not None
    days = [row[4] for row in table(page, "td-see-rows")]
    assert days == [f"{one.days:,g} day{'' if one.days == 1 else 's'}" for one in (found.overall, found.slice)]
    rates = [[f"{one.cost:,.2f}", f"{one.targeted_cost:,.2f}"] for one in found.rates]
    assert [[row[1], row[4]] for row in table(page, "td-see-rates")] == rates
    assert page.locator("#td-see-plot svg[role=img]").count() == 1
    page.fill("#td-drop", "0.99")
    settled(page)
    assert page.inner_text("#td-see-says").endswith("cannot rise by 0.99. Write a smaller change.")
    assert not page.is_visible("#td-see-found")
    show(page, site, "view=see&metric=rename_rate&slice=platform:ios")
    assert page.inner_text("#td-see-says") == (
        "“Suggestions renamed” is not told for platform ios. Choose another slice."
    )


@pytest.mark.browser
def test_other_prices_come_when_they_are_asked_for(course: Course, site: Path, page: Page) -> None:
    scenario = course.topics[TOPIC].scenario
    sheet = course.prices["aws"].beside(course.prices["people"])
    found = estimate(scenario, collect_everything(scenario), sheet, settings={"sampling": 0.3})
    open_estimator(page, site, TOPIC, "#sampling=0.3")
    page.select_option("#td-prices", "aws")
    shown = found.total.shown("USD")
    page.wait_for_function("(total) => document.getElementById('td-amount').textContent === total", arg=shown)
    assert amounts(page) == {row.item: "unknown" if row.amount is None else f"{row.amount:,.2f}" for row in found.rows}
    why = page.evaluate("document.querySelector('[data-item=seats] [data-part=why]').textContent")
    assert why == found.row("seats").why_unknown
    page.wait_for_function("location.hash.includes('prices')")
    assert page.url.endswith("#prices=aws&sampling=0.3")
    assert "Amazon Web Services" in page.inner_text("#td-caption")
    page.select_option("#td-prices", "teaching")
    page.wait_for_function("location.hash === '#sampling=0.3'")
    assert amounts(page) == in_python(course, TOPIC, {"sampling": 0.3})[1]


@pytest.mark.browser
def test_every_state_survives_its_address(site: Path, page: Page, model: CostModel) -> None:
    dice = random.Random(3)
    names = [one.name for one in model.settings]
    open_estimator(page, site, TOPIC)
    for _ in range(6):
        state = {name: next(one for one in model.settings if one.name == name).high for name in dice.sample(names, 5)}
        parts = [f"{name}={value:.12g}" for name, value in state.items()] + [
            "prices=datadog",
            "view=budget",
            "budget=123.45",
        ]
        dice.shuffle(parts)
        page.evaluate("(to) => { location.hash = to; }", "#" + "&".join(parts))
        page.wait_for_function("document.getElementById('td-prices').value === 'datadog'")
        settled(page)
        first = json.loads(page.evaluate("JSON.stringify(teledesignEstimator.asJson())"))
        page.evaluate("(to) => { location.hash = ''; location.hash = to; }", first["address"])
        settled(page)
        assert json.loads(page.evaluate("JSON.stringify(teledesignEstimator.asJson())")) == first
        assert {name: first["settings"][name] for name in state} == state


@pytest.mark.browser
def test_copies_hold_what_is_shown(course: Course, site: Path, page: Page) -> None:
    show(page, site, "sampling=0.3&prices=aws")
    page.wait_for_function("document.getElementById('td-prices').value === 'aws'")
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: (text) => { window.held = text; }}})"
    )
    page.click("#td-command")
    assert (
        page.evaluate("window.held") == "teledesign cost photo-tagging --prices aws --prices people --set sampling=0.3"
    )
    page.click("#td-json")
    found = json.loads(page.evaluate("window.held"))
    assert (found["scenario"], found["sheet"], found["settings"]["sampling"]) == (TOPIC, "aws+people", 0.3)
    page.click("[data-item=series] summary")
    page.click("[data-item=series] .td-tex")
    assert page.evaluate("window.held").startswith(r"\max\left(\text{series}, \frac{")
    assert page.inner_text("[data-item=series] .td-tex") == "TeX copied"
    total = found["totals"]["firm"]
    assert page.inner_text("#td-amount") == f"{'at least ' if total['at_least'] else ''}{total['amount']:,.2f} USD"
    page.evaluate("() => { navigator.clipboard.writeText = () => { throw new Error('no'); }; }")
    page.click("#td-copy")
    assert page.input_value("#td-by-hand").endswith("#prices=aws&sampling=0.3")


@pytest.mark.browser
def test_the_way_through_sets_the_levers(course: Course, site: Path, page: Page) -> None:
    show(page, site, "view=path")
    page.click("text=fifty at a time, compressed")
    assert page.inner_text("#td-amount") == in_python(course, TOPIC, {"batch": 50, "compression": 1})[0]
    assert page.is_visible("#td-view-path")
    links = page.locator("#td-view-path a[href^='#']")
    for at in range(links.count()):
        page.evaluate("(to) => { location.hash = to; }", links.nth(at).get_attribute("href"))
        assert page.wait_for_function("document.getElementById('td-problem').hidden")
    total, _ = in_python(course, TOPIC, {})
    assert total not in page.inner_text("#td-view-path")


@pytest.mark.browser
def test_all_of_it_from_the_keyboard(course: Course, site: Path, page: Page) -> None:
    """Levers, tabs, a budget, two settings: nothing but keys."""

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def until(wanted: str, key: str = "Tab") -> None:
        for _ in range(200):
            if page.evaluate("document.activeElement && document.activeElement.id") == wanted:
                return
            page.keyboard.press(key)
        raise AssertionError(f"{wanted} cannot be reached")

    page.goto((site / "topics" / TOPIC / "estimator.html").as_uri())
    page.wait_for_function("document.getElementById('td-amount').textContent !== '…'")
    until("n-sampling")
    press("Control+a")
    page.keyboard.type("0.25")
    assert page.inner_text("#td-amount") == in_python(course, TOPIC, {"sampling": 0.25})[0]
    until("s-hot_days")
    press("Home")
    assert page.input_value("#n-hot_days") == "0"
    until("td-tab-lines")
    press("End")
    assert page.evaluate("document.activeElement.id") == "td-tab-see"
    press("Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    assert page.get_attribute("#td-tab-compare", "aria-selected") == "true"
    assert page.locator("[role=tab][tabindex='0']").count() == 1
    until("td-keep")
    press("Enter")
    page.wait_for_function("!document.getElementById('td-compare-found').hidden")
    until("td-tab-compare", "Shift+Tab")
    press("ArrowRight")
    until("td-budget")
    press("Control+a")
    page.keyboard.type("1500")
    page.wait_for_function("!document.getElementById('td-take').hidden")
    until("td-take")
    press("Enter")
    assert float(page.inner_text("#td-amount").removesuffix(" USD").replace(",", "")) <= 1500


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_in_any_view(site: Path, browser: Browser, scheme: Any, width: int) -> None:
    found = []
    # The levers and the first view are looked at with all other pages; here its lines are open.
    views = (
        "lines",
        "path",
        "sure&draws=10000&ranges=sampling:0.5:1",
        "months&months=2",
        "compare&against=batch:20",
        "budget",
    )
    with opened(browser, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        open_estimator(page, site, TOPIC)
        for state in (*views, "see&slice=gallery:small"):
            page.evaluate("(to) => { location.hash = to; }", f"#view={state}")
            settled(page)
            page.evaluate("document.querySelectorAll('.td-view details').forEach((one) => { one.open = true; })")
            found += [(state, *one) for one in violations(page, ".td-view:not([hidden])")]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
    assert found == []

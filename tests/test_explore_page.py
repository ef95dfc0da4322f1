"""The page of a log in a browser: its plot, and SQL over the sample, from a disk and from a server, without a mouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from in_browser import listen, opened, served, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TOPIC = "photo-tagging"
PAGE = f"topics/{TOPIC}/log.html"
KILOBYTE = 1000
OPEN = "document.querySelectorAll('#td-explore details, .td-question details').forEach(one => { one.open = true; })"
WORKED = ["#td-sql", "#td-explore", ".td-question:first-of-type"]
"""What only this page has; the page as a whole is looked at with all others."""
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def said(page: Page) -> list[str]:
    """What the page's console has said."""
    return listen(page)[0]


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site on a web server."""
    with served(site) as where:
        yield where


def started(page: Page, address: str) -> None:
    page.goto(address)
    page.click("#td-sql-start")
    page.wait_for_function("document.getElementById('td-sql-text').value.length > 20")


def run(page: Page, sql: str) -> None:
    page.fill("#td-sql-text", sql)
    page.press("#td-sql-text", "Control+Enter")
    idle(page)


def idle(page: Page) -> None:
    page.wait_for_function(
        "!document.getElementById('td-sql-run').disabled && document.getElementById('td-sql-stop').disabled"
    )


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def tab_to(page: Page, wanted: str, most: int = 300) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(most):
        if focused(page) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def cells(page: Page) -> list[list[str]]:
    return page.evaluate(  # type: ignore[no-any-return]
        "[...document.querySelectorAll('#td-sql-table tbody tr')]"
        ".map(row => [...row.cells].map(one => one.textContent))"
    )


def test_the_task_is_done_without_a_mouse(site: Path, page: Page, said: list[str]) -> None:
    """From the top of the page: start, a question of one's own, its result as a file, a mistake, an endless query."""
    page.goto((site / PAGE).as_uri())
    tab_to(page, "td-sql-start")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'td-sql-text'")
    assert "suggestion_shown" in page.input_value("#td-sql-text")
    assert page.inner_text("#td-sql-status").endswith(" rows in the tables log and tidy.")
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT event, count(*) AS n, '=1+1' AS risky FROM log GROUP BY event ORDER BY n DESC LIMIT 3")
    page.keyboard.press("Control+Enter")
    idle(page)
    assert page.inner_text("#td-sql-status").startswith("3 rows, in ")
    assert [row[2] for row in cells(page)] == ["=1+1"] * 3
    assert focused(page) == "td-sql-text"
    tab_to(page, "td-sql-csv", 4)
    with page.expect_download() as expected:
        page.keyboard.press("Enter")
    assert expected.value.suggested_filename == f"{TOPIC}-result.csv"
    lines = Path(expected.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == "event,n,risky"
    assert all(line.endswith(",'=1+1") for line in lines[1:])

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "td-sql-text"
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT n FROM lgo")
    page.keyboard.press("Control+Enter")
    idle(page)
    assert page.inner_text("#td-sql-problem") == "SQLite says: no such table: lgo. The tables are log and tidy."
    page.keyboard.press("Control+A")
    page.keyboard.type(ENDLESS)
    page.keyboard.press("Control+Enter")
    tab_to(page, "td-sql-stop", 3)
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('td-sql-status').textContent === 'Ready again.'")
    assert "Stopped." in page.inner_text("#td-sql-problem")
    assert focused(page) == "td-sql-text"
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT count(*) = count(DISTINCT event_id) FROM tidy")
    page.keyboard.press("Control+Enter")
    idle(page)
    assert cells(page) == [["1"]]
    assert said == []


def test_nothing_is_loaded_before_the_reader_asks(address: str, site: Path, page: Page, said: list[str]) -> None:
    """The engine and the sample wait for the button; the page's own scripts are small."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{PAGE}")
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(address) for url in asked)
    assert not [url for url in asked if "sql-wasm" in url or "sample.js" in url]
    scripts = [url.removeprefix(f"{address}/") for url in asked if url.split("?")[0].endswith(".js")]
    own = [name for name in scripts if "bundle." not in name and "workers/" not in name and "search" not in name]
    assert sum((site / name).stat().st_size for name in own) <= 100 * KILOBYTE, own
    page.locator(".td-try").nth(3).click()
    page.wait_for_function("document.getElementById('td-sql-table').rows.length > 1")
    assert [url.rpartition("/")[2] for url in asked if "sql-wasm" in url or "sample.js" in url] == [
        "sql-wasm-inline.js",
        "sample.js",
    ]
    assert page.inner_text("#td-sql-table caption").endswith("rows")
    assert said == []


def test_what_goes_wrong_is_one_sentence(site: Path, page: Page) -> None:
    page.goto((site / PAGE).as_uri())
    page.evaluate("document.getElementById('td-sql').dataset.engine = 'nowhere/sql-wasm-inline.js'")
    page.click("#td-sql-start")
    page.wait_for_selector("#td-sql-problem:not([hidden])")
    assert page.inner_text("#td-sql-problem") == (
        "SQL did not start: sql-wasm-inline.js could not be loaded. It belongs to this site: copy the whole folder."
    )
    started(page, (site / PAGE).as_uri())
    for sql, says in (
        ("", "There is nothing to run. Write a query, or try one of the five questions."),
        ("SELEC 1", 'SQLite says: near "SELEC": syntax error.'),
        (
            "SELECT (1",
            "SQLite says: incomplete input. Something is still open: a bracket, a quote, or the end of a WITH.",
        ),
        ("SELECT epoch(ts) FROM log", "SQLite says: no such function: epoch. That is DuckDB's; in SQLite there are"),
        ("SELECT 1/0 AS x, * FROM log WHERE wrong", "SQLite says: no such column: wrong. Tables and columns, below"),
    ):
        run(page, sql)
        assert page.inner_text("#td-sql-problem").startswith(says), sql
    run(page, "SELECT '<img src=x onerror=alert(1)>' AS \"<b>\", x'0007' AS raw, NULL AS empty, 1e9 AS large")
    assert cells(page) == [["<img src=x onerror=alert(1)>", "2 bytes", "", "1,000,000,000"]]
    assert not page.is_visible("#td-sql-problem")
    run(page, "SELECT a.seq FROM log a, log b")
    assert page.inner_text("#td-sql-table caption") == "The first 200 of 20,000 or more rows"
    assert len(cells(page)) == 200
    assert "Only 20,000 are kept." in page.inner_text("#td-sql-status")


def plotted(page: Page) -> list[list[str]]:
    return page.evaluate(  # type: ignore[no-any-return]
        "[...document.querySelectorAll('#td-lines-table tr')].map(row => [...row.cells].map(one => one.textContent))"
    )


def test_the_plot_shows_what_was_counted(site: Path, page: Page, said: list[str]) -> None:
    """Measure and split by keyboard; the table beside the plot is the counts of the build."""
    page.goto((site / PAGE).as_uri())
    text = (site / f"topics/{TOPIC}/log-plot.js").read_text("utf-8")
    data: dict[str, Any] = json.loads(text.removeprefix("const teledesignPlot=").rstrip().removesuffix(";"))
    for counted in data["counts"].values():
        for values in counted.values():
            values[:] = [[int(n, 36) for n in one.split()] if isinstance(one, str) else one for one in values]
    page.select_option("#td-measure", "rows")
    page.select_option("#td-split", "platform")
    page.focus("#td-split")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "td-day"
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    counts = data["counts"]["platform"]["rows"]
    shown = page.inner_text("#td-day-says")
    assert shown.startswith("Day 5 (Fri")
    assert shown.endswith(f". ios: {counts[0][4]:,}; android: {counts[1][4]:,}")
    assert page.get_attribute("#td-day", "aria-valuetext") == shown
    table = plotted(page)
    assert table[0] == ["day", "ios", "android"]
    assert [row[1] for row in table[1:]] == [f"{count:,}" for count in counts[0]]
    label = page.get_attribute("#td-lines", "aria-label") or ""
    assert label.startswith("A line for each, by day. Rows by platform, by day: ios from ")
    assert page.locator("#td-lines canvas").count() == 1

    page.select_option("#td-measure", "confirm_rate")
    assert page.input_value("#td-split") == "platform"
    top, bottom = (
        data["counts"]["platform"][side]
        for side in next((one["top"], one["bottom"]) for one in data["measures"] if one["name"] == "confirm_rate")
    )
    day = max(range(data["days"]), key=lambda at: bottom[0][at])
    row = plotted(page)[day + 1]
    assert row[1] == f"{float(f'{100 * top[0][day] / bottom[0][day]:.3g}'):g} %"
    assert row[2] == f"{bottom[0][day]:,}"
    page.select_option("#td-measure", "removals_sent")
    options = page.evaluate("[...document.getElementById('td-split').options].map(one => one.value)")
    assert "model_version" in options
    assert "event" not in options
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_one_works(site: Path, browser: Browser, scheme: str) -> None:
    """With everything open: the desk with a result and a mistake, the table of the plot, the answers."""
    found = []
    with opened(browser, viewport={"width": 390, "height": 844}, color_scheme=scheme) as page:
        started(page, (site / PAGE).as_uri())
        page.evaluate(OPEN)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        for sql, parts in (("SELECT * FROM tidy LIMIT 2", WORKED), ("SELECT 1 FROM nowhere", ["#td-sql"])):
            run(page, sql)
            found += violations(page, *parts, colours_alone=scheme == "dark")
    assert found == []

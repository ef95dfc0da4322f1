"""The page of the ML Test Score in a real browser: it and Python agree, by mouse, by keyboard and by address."""

from __future__ import annotations

import csv
import html
import io
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from in_browser import opened, opened_quietly
from teledesign.ml_test_score import (
    ANSWERS,
    COLUMNS,
    SECTIONS,
    AnswerName,
    filled_table,
    read_answers,
    score,
    written_answers,
)
from teledesign.rendering import spreadsheet_cell

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TESTS = tuple(test.name for section in SECTIONS for test in section.tests)
HOSTILE = ("=1+1", "+1", "-2", "@SUM(A1)", " \t=cmd()", '"=1"', "'+1", "－1", "|calc", "%x")
EVIDENCE = (*HOSTILE, "wiki, page 3", 'the "green" board', "<img src=x>", "Été & Ω", "a=b&c#d%20", "plain", "")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def built(site: Path) -> Path:
    return site / "lecture" / "test-score.html"


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Page]:
    """The page, empty; at the end it must have been quiet and asked nobody."""
    with opened_quietly(browser, reduced_motion="reduce") as quiet:
        quiet.goto(built.as_uri())
        yield quiet


def open_with(page: Page, built: Path, fragment: str) -> None:
    page.goto("about:blank")
    page.goto(built.as_uri() + fragment)


def follow(page: Page, fragment: str) -> None:
    """Go to another address of the same page, as a link does."""
    page.evaluate(
        "hash => new Promise(done => { addEventListener('hashchange', () => setTimeout(done), {once: true});"
        " location.hash = hash; })",
        fragment,
    )


def shown(page: Page) -> tuple[dict[str, float], float, str]:
    """What the page says: sums, score, and the sentence below."""
    sums = {section.name: float(page.inner_text(f'[data-sum-of="{section.name}"] dd')) for section in SECTIONS}
    return sums, float(page.inner_text("#td-score-final")), page.inner_text("#td-score-band")


def agrees(page: Page, answers: Mapping[str, AnswerName]) -> None:
    expected = score(answers)
    sums, final, said = shown(page)
    assert (sums, final) == (expected.sums, expected.final)
    assert said.startswith(f"{expected.band.title}.")
    marked = page.locator("#td-score-bands [aria-current]")
    assert marked.count() == 1
    assert marked.locator("th").inner_text() == expected.band.range


def downloaded(page: Page) -> str:
    with page.expect_download() as download:
        page.click("#td-score-csv")
    assert download.value.suggested_filename == "ml-test-score.csv"
    return Path(download.value.path()).read_bytes().decode("utf-8-sig")


def table_of(answers: Mapping[str, AnswerName], evidence: Mapping[str, str]) -> str:
    out = io.StringIO()
    rows = [COLUMNS, *filled_table(answers, evidence)]
    csv.writer(out, lineterminator="\n").writerows([[spreadsheet_cell(cell) for cell in row] for row in rows])
    return out.getvalue()


def test_the_page_holds_the_28_tests_and_starts_empty(page: Page) -> None:
    assert [row.get_attribute("data-test") for row in page.locator("[data-test]").all()] == list(TESTS)
    assert page.locator("[data-test] input:checked").count() == 28
    agrees(page, {})
    assert "#" not in page.url


def random_filling(chance: random.Random) -> tuple[dict[str, AnswerName], dict[str, str]]:
    often = chance.choice(([5, 3, 1], [1, 2, 3], [0, 1, 6], [0, 0, 1]))
    answers = {name: chance.choices(ANSWERS, often)[0].name for name in TESTS}
    return answers, {name: chance.choice(EVIDENCE) for name in TESTS}


def test_page_and_python_agree_on_random_fillings(page: Page, built: Path) -> None:
    """Filled by hand: sums, score, band, the table saved, and the same again from the address that came of it."""
    chance = random.Random(2017)
    for _ in range(2):
        answers, evidence = random_filling(chance)
        for name in TESTS:
            digit = [answer.name for answer in ANSWERS].index(answers[name])
            page.check(f'[data-test="{name}"] input[value="{digit}"]')
            page.fill(f"#evidence-{name}", evidence[name])
        agrees(page, answers)
        assert downloaded(page) == table_of(answers, evidence)
        page.wait_for_function(f"location.hash.startsWith('#answers={written_answers(answers)}')")
        open_with(page, built, "#" + page.url.partition("#")[2])
        agrees(page, answers)
        assert downloaded(page) == table_of(answers, evidence)


def test_page_and_python_agree_on_random_addresses(page: Page) -> None:
    """The file is asked for seven times: a browser lets a page save ten, one after the other, before it asks."""
    chance = random.Random(28)
    for number in range(20):
        answers, evidence = random_filling(chance)
        said = "".join(f"&{name}={quote(text, safe='')}" for name, text in evidence.items() if text)
        follow(page, f"#answers={written_answers(answers)}{said}")
        agrees(page, answers)
        if number % 3 == 0:
            assert downloaded(page) == table_of(answers, evidence)


def test_every_bound_of_the_bands(page: Page) -> None:
    for halves in range(15):
        digits = "".join(str(min(2, max(0, halves - 2 * place))) for place in range(7))
        text = "-".join([digits, "2" * 7, "2" * 7, "2" * 7])
        follow(page, f"#answers={text}")
        agrees(page, read_answers(text))


def test_what_a_spreadsheet_would_run_is_inert(page: Page) -> None:
    for name, text in zip(TESTS, HOSTILE, strict=False):
        page.fill(f"#evidence-{name}", text)
    rows = list(csv.reader(io.StringIO(downloaded(page))))[1:]
    for row, text in zip(rows, HOSTILE, strict=False):
        assert row[-1] == "'" + text
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+\-@]", cell)]


FOCUS = """
(() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const bar = document.querySelector(".td-score-total").getBoundingClientRect();
  return {
    name: one.name,
    group: one.closest("fieldset").querySelector("legend").textContent,
    outline: getComputedStyle(one).outlineStyle,
    free: box.top >= bar.bottom - 1 && box.bottom <= innerHeight,
  };
})()
"""


def test_the_keyboard_alone_fills_and_clears_the_form(page: Page) -> None:
    """Tab from the field above through all 28 groups; arrows choose; each group has a name and a focus one sees."""
    page.focus("#td-score-of")
    page.keyboard.type("Ours")
    for at, name in enumerate(TESTS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert (focus["name"], focus["outline"], focus["free"]) == (name, "solid", True)
        assert focus["group"]
        for _ in range(at % 3):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
        page.keyboard.type("x")
    answers = {name: ANSWERS[at % 3].name for at, name in enumerate(TESTS)}
    agrees(page, answers)
    page.wait_for_function("location.hash.includes('system=Ours')")
    for expected in ("td-score-csv", "td-score-print", "td-score-copy"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == expected
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === ''")
    agrees(page, {})
    assert page.input_value("#evidence-data-1") == ""


def test_the_score_is_said_aloud_once_it_settles(page: Page) -> None:
    for name in TESTS:
        page.check(f'[data-test="{name}"] input[value="1"]')
    page.wait_for_function("document.getElementById('td-score-spoken').textContent.startsWith('Score 3.5')")
    assert page.inner_text("#td-score-spoken") == (
        "Score 3.5. Strong. Data 3.5, Model 3.5, Infrastructure 3.5, Monitoring 3.5."
    )
    assert page.get_attribute("#td-score-spoken", "role") == "status"


@pytest.mark.parametrize(
    ("fragment", "says"),
    [
        ("#answers=0", "the answers should be four times seven digits 0, 1 or 2"),
        ("#answers=0000000-0000000-0000000-0000003", "the answers should be four times seven digits 0, 1 or 2"),
        ("#system=x", "the answers should be four times seven digits 0, 1 or 2"),
        (f"#answers={written_answers({})}&data-8=x", "there is no “data-8”"),
        (f"#answers={written_answers({})}&constructor=x", "there is no “constructor”"),
        (f"#answers={written_answers({})}&system=a&system=b", "“system” stands there twice"),
        (f"#answers={written_answers({})}&system=%E0%A4%A", "“system” cannot be read"),
    ],
)
def test_an_address_that_makes_no_sense_is_said(page: Page, built: Path, fragment: str, says: str) -> None:
    open_with(page, built, fragment)
    assert page.inner_text("#td-score-problem") == (
        f"The address of this page asks for something that it cannot show: {says}. The form is empty."
    )
    agrees(page, {})
    page.check('[data-test="data-1"] input[value="2"]')
    assert not page.is_visible("#td-score-problem")


def test_text_in_an_address_is_only_text(page: Page, built: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    open_with(page, built, f"#answers={written_answers({})}&system={quote(hostile)}&data-1={quote('y' * 500)}")
    assert page.input_value("#td-score-of") == hostile
    assert page.input_value("#evidence-data-1") == "y" * 200


def test_the_worked_example_is_worked_right(page: Page) -> None:
    """The form filled from its button gives the sums of its table; back leads to what was filled in before."""
    page.check('[data-test="model-3"] input[value="2"]')
    page.wait_for_function("location.hash !== ''")
    page.click("[data-fill]")
    page.wait_for_function("document.getElementById('td-score-final').textContent === '0.5'")
    answers = read_answers((page.get_attribute("[data-fill]", "data-fill") or "").split("&")[0].partition("=")[2])
    agrees(page, answers)
    table = [row.inner_text().split("\t") for row in page.locator(".td-example tbody tr").all()]
    for section, (title, automated, manual, total) in zip(SECTIONS, table, strict=True):
        for digit, said in ((2, automated), (1, manual)):
            numbers = [f"{at}" for at, test in enumerate(section.tests, 1) if answers[test.name] == ANSWERS[digit].name]
            assert said == ", ".join(numbers), title
        assert float(total) == score(answers).sums[section.name]
    later = answers | {"monitoring-2": "automated", "monitoring-6": "automated", "monitoring-7": "manual"}
    assert (score(later).sums["monitoring"], score(later).final) == (3, 2.5)
    page.go_back()
    page.wait_for_function("document.getElementById('td-score-final').textContent === '0'")
    assert page.is_checked('[data-test="model-3"] input[value="2"]')


def test_a_place_on_the_page_is_no_answer(page: Page) -> None:
    page.check('[data-test="data-2"] input[value="2"]')
    page.evaluate("location.hash = 'exercise'")
    assert page.is_checked('[data-test="data-2"] input[value="2"]')
    assert not page.is_visible("#td-score-problem")


def test_the_filled_form_prints_without_the_page_around_it(page: Page) -> None:
    page.emulate_media(media="print")
    for around in (".md-header", ".td-example", ".td-exercise", "#td-score-csv", ".td-diagram"):
        assert not page.locator(around).first.is_visible(), around
    for kept in ("#td-score-final", '[data-test="monitoring-7"]', "#td-score-bands"):
        assert page.locator(kept).is_visible(), kept


def test_without_a_script_the_form_can_still_be_read(browser: Browser, built: Path) -> None:
    with opened(browser, java_script_enabled=False) as page:
        page.goto(built.as_uri())
        assert page.locator("[data-test]").count() == 28
        assert "nothing leaves your computer" in page.inner_text("noscript")


def test_the_script_is_small_and_the_texts_stand_in_one_place(built: Path) -> None:
    assert (built.parents[1] / "assets/javascripts/test-score.js").stat().st_size < 12_000
    text = html.unescape(built.read_text("utf-8"))
    for section in SECTIONS:
        assert all(test.title in text and test.says in text for test in section.tests)

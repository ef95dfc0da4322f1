"""The site as a reader meets it: built whole from the shipped course, and opened in a browser."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from in_browser import OPEN_ALL, listen, opened, served, violations
from teledesign.cli.described import described_commands
from teledesign.course import Course
from teledesign.findings import Refusal
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.pages import navigated_pages, with_topics
from teledesign.outputs.reference import reference_pages
from teledesign.outputs.site import build_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EVENTS = 5000
MEGABYTE = 1_000_000
TOPICS = ("shoe-brand", "photo-tagging", "playlists", "code-completion")
KINDS = ("index.html", "topics/index.html", "about.html", "instructors.html", "students.html")
KINDS += ("lecture/index.html", "lecture/five-questions.html", "lecture/alerting.html")
KINDS += ("reference/index.html", "reference/commands.html", "reference/scenario.html", "reference/rules.html")
TOPIC_PAGES = ("index", "worksheet", "log", "estimator", "lose", "home", "projector", "events")
KINDS += tuple(f"topics/photo-tagging/{name}.html" for name in TOPIC_PAGES)


@pytest.fixture(scope="module")
def course(site_course: Course) -> Course:
    return site_course


@pytest.fixture(scope="module")
def made(whole_site: tuple[Made, Path]) -> Made:
    return whole_site[0]


def html_files(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


# --- The files ---


def test_only_navigated_pages_and_topics_are_built(course: Course, site: Path) -> None:
    expected = [name.replace(".md", ".html") for name in (*navigated_pages(course), "topics/index.md")]
    expected += [page.file.replace(".md", ".html") for page in reference_pages(described_commands())]
    expected += [f"topics/{topic}/{page}.html" for topic in TOPICS for page in TOPIC_PAGES]
    assert html_files(site) == sorted(expected)
    designs = [f"{topic}-ours.yaml" for topic in TOPICS]
    assert sorted(path.name for path in site.rglob("*.yaml")) == sorted(designs), "what students start from, no source"
    assert not list(site.rglob("*.md"))
    assert not [path for path in site.rglob("*") if "sitemap" in path.name or "404" in path.name]


def test_the_site_is_small(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.is_file()]
    logs = sum(path.stat().st_size for path in files if path.parent.name == "log")
    assert sum(path.stat().st_size for path in files) - logs < 12 * MEGABYTE
    assert max(path.stat().st_size for path in site.rglob("*.html")) < 0.5 * MEGABYTE


def test_the_log_pages_tell_what_the_log_holds_and_no_truth(site: Path, made: Made, course: Course) -> None:
    for name, topic in course.topics.items():
        text = html.unescape((site / "topics" / name / "log.html").read_text("utf-8"))
        assert text.count("<svg viewBox") >= 4
        assert all(f"<code>{event}</code>" in text for event in topic.scenario.events)
        assert (site / "topics" / name / "log" / "events.parquet").read_bytes() == (
            made.topics[name].log / "events.parquet"  # type: ignore[operator]
        ).read_bytes()
        rows = (site / "topics" / name / "log" / f"{name}-first-rows.csv").read_text("utf-8").splitlines()
        assert 1000 < len(rows) <= 2001
        assert rows[0].startswith("event_id,event,ts,received_at,user_id")


def test_a_mistake_is_one_clear_sentence(course: Course, tmp_path: Path) -> None:
    broken = tmp_path / "log"
    broken.mkdir()
    few = with_topics(course, ["code-completion"])
    with pytest.raises(Refusal) as refused:
        build_site(few, Made({"code-completion": MadeTopic(log=broken)}), tmp_path / "site")
    assert "holds no Parquet file" in refused.value.message
    assert "Traceback" not in refused.value.message


# --- In a browser ---


@pytest.mark.browser
def test_every_page_fits_a_phone_is_quiet_and_asks_nobody(site: Path, page: Page) -> None:
    said, asked = listen(page)
    for name in html_files(site):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto((site / name).as_uri())
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
        page.set_viewport_size({"width": 1280, "height": 900})
        page.wait_for_timeout(100)
        assert (said, asked) == ([], []), name


@pytest.mark.browser
def test_pages_are_quiet_from_a_server_too(site: Path, page: Page) -> None:
    said, asked = listen(page)
    with served(site) as address:
        for name in KINDS:
            page.goto(f"{address}/{name}")
            page.wait_for_timeout(100)
            assert (said, asked) == ([], []), name


@pytest.mark.browser
def test_code_is_copied_whole(site: Path, page: Page) -> None:
    said, asked = listen(page)
    page.goto((site / "guides" / "scenario.html").as_uri())
    page.wait_for_selector(".md-code__button")
    assert page.locator(".md-code__button").count() == page.locator(".highlight pre").count() > 15
    shown = page.locator(".highlight pre code").nth(2).text_content() or ""
    assert len(shown.splitlines()) > 10
    page.locator(".md-code__button").nth(2).click()
    page.evaluate("document.querySelector('article').append(document.createElement('textarea'))")
    page.focus("article textarea")
    page.keyboard.press("Control+V")
    assert page.input_value("article textarea").rstrip("\n") == shown.rstrip("\n")
    assert (said, asked) == ([], [])


@pytest.mark.browser
@pytest.mark.parametrize("start", ["file", "http"])
def test_search_finds_an_event(site: Path, page: Page, start: str) -> None:
    said, asked = listen(page)
    with served(site) as address:
        page.goto(f"{site.as_uri() if start == 'file' else address}/index.html")
        page.click(".md-search__input")
        page.keyboard.type("suggestion_renamed", delay=5)
        page.wait_for_selector(".md-search-result__link", timeout=15_000)
        found = [link.get_attribute("href") or "" for link in page.locator(".md-search-result__link").all()]
    assert any("topics/photo-tagging/log.html" in link for link in found)
    assert (said, asked) == ([], [])


@pytest.mark.browser
@pytest.mark.slow
def test_axe_finds_nothing_in_either_scheme(site: Path, browser: Browser) -> None:
    found = []
    for scheme in ("light", "dark"):
        with opened(browser, color_scheme=scheme) as page:
            for name in KINDS:
                page.goto((site / name).as_uri())
                page.evaluate(OPEN_ALL)
                page.wait_for_timeout(100)
                found += [(scheme, name, *one) for one in violations(page, colours_alone=scheme == "dark")]
    assert found == []


@pytest.mark.browser
def test_what_axe_would_find_is_found_once_for_each_look(page: Page) -> None:
    dark, pale = "<tr><td>read</td></tr>", '<tr><td style="color: #bbb">{}</td></tr>'
    rows = [dark] * 40 + [pale.format(text) for text in ("1", "unread", "never read")]
    page.set_content(f"<main><h1>Rows</h1><table>{''.join(rows)}</table><img src='data:,'></main>")
    unread = ("color-contrast", ['<td style="color: #bbb">unread</td>'])
    found = [one for one in violations(page) if one[0] in ("image-alt", "color-contrast")]
    assert found == [("image-alt", ['<img src="data:,">']), unread]
    assert violations(page, colours_alone=True) == [unread]
    assert violations(page, "h1") == []

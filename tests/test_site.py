"""The site as a reader meets it: built whole from the shipped course, and opened in a browser."""

from __future__ import annotations

import functools
import hashlib
import html
import http.server
import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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


@pytest.fixture(scope="module")
def site(whole_site: tuple[Made, Path]) -> Path:
    return whole_site[1]


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


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


CLOCK = """
import datetime, time
_now = time.time
time.time = lambda: _now() + 40_000_000
class _Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(days=463)
    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)
datetime.datetime = _Later
"""


def test_two_builds_are_alike(course: Course, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second a year later, elsewhere on earth, and on a plainer processor."""
    few = with_topics(course, ["code-completion"])
    build_site(few, made, tmp_path / "first")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "sitecustomize.py").write_text(CLOCK, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "later"))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX")
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F")
    build_site(few, made, tmp_path / "second")
    assert digests(tmp_path / "first") == digests(tmp_path / "second")
    assert not [name for name in digests(tmp_path / "first") if "sitemap" in name or "404" in name]


def test_a_mistake_is_one_clear_sentence(course: Course, tmp_path: Path) -> None:
    broken = tmp_path / "log"
    broken.mkdir()
    few = with_topics(course, ["code-completion"])
    with pytest.raises(Refusal) as refused:
        build_site(few, Made({"code-completion": MadeTopic(log=broken)}), tmp_path / "site")
    assert "holds no Parquet file" in refused.value.message
    assert "Traceback" not in refused.value.message


# --- In a browser ---


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that keeps what its console said and which addresses it asked for, in `said` and `asked`."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    yield opened
    context.close()


def listen(page: Page) -> tuple[list[str], list[str]]:
    """What the console says and which other places are asked, from now on."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    def note(url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
            asked.append(url)

    page.on("request", lambda request: note(request.url))
    return said, asked


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The address of the site on a small web server, below a folder as many hosts have it."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{site.name}/"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_every_page_is_quiet_and_asks_nobody(site: Path, page: Page) -> None:
    said, asked = listen(page)
    for name in html_files(site):
        page.goto((site / name).as_uri())
        page.wait_for_timeout(150)
        assert (said, asked) == ([], []), name


@pytest.mark.browser
def test_pages_are_quiet_from_a_server_too(served: str, page: Page) -> None:
    said, asked = listen(page)
    for name in KINDS:
        page.goto(served + name)
        page.wait_for_timeout(150)
        assert (said, asked) == ([], []), name


@pytest.mark.browser
def test_nothing_is_wider_than_a_phone(site: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for name in html_files(site):
        page.goto((site / name).as_uri())
        page.evaluate("document.querySelectorAll('article details').forEach(one => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


@pytest.mark.browser
@pytest.mark.parametrize("start", ["file", "http"])
def test_search_finds_an_event(site: Path, served: str, page: Page, start: str) -> None:
    said, asked = listen(page)
    page.goto((site / "index.html").as_uri() if start == "file" else served + "index.html")
    page.click(".md-search__input")
    page.keyboard.type("suggestion_renamed", delay=5)
    page.wait_for_selector(".md-search-result__link", timeout=15_000)
    found = [link.get_attribute("href") or "" for link in page.locator(".md-search-result__link").all()]
    assert any("topics/photo-tagging/log.html" in link for link in found)
    assert (said, asked) == ([], [])


def axe_script() -> Path:
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "axe.min.js"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: Path, browser: Browser, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    found = []
    for name in KINDS:
        page.goto((site / name).as_uri())
        page.evaluate("document.querySelectorAll('article details').forEach(one => { one.open = true; })")
        page.wait_for_timeout(200)
        page.add_script_tag(path=axe_script())
        for violation in page.evaluate("axe.run().then(found => found.violations)"):
            nodes = [node["html"][:160] for node in violation["nodes"]][:3]
            found.append((name, violation["id"], nodes))
    context.close()
    assert found == []

"""The site as a reader meets it: built whole from the shipped course, and opened in a browser."""

from __future__ import annotations

import dataclasses
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
from teledesign.costs import estimate
from teledesign.course import Course
from teledesign.design import collect_everything
from teledesign.findings import Refusal
from teledesign.form import PUBLIC_SECRET
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.pages import navigated_pages, site_pages, with_topics
from teledesign.outputs.reference import reference_pages
from teledesign.outputs.site import build_site
from teledesign.worksheets import draw_form

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
    assert not list(site.rglob("*.yaml"))
    assert not list(site.rglob("*.md"))


def test_the_site_is_small(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.is_file()]
    logs = sum(path.stat().st_size for path in files if path.parent.name == "log")
    assert sum(path.stat().st_size for path in files) - logs < 8 * MEGABYTE
    assert (site / "assets/javascripts/estimator.js").stat().st_size < 25_000
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
        assert 1000 < len(rows) <= 5001
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


# --- The estimator ---


def open_estimator(page: Page, site: Path, topic: str, fragment: str = "") -> None:
    page.goto("about:blank")
    page.goto((site / "topics" / topic / "estimator.html").as_uri() + fragment)
    page.wait_for_function("document.getElementById('td-amount').textContent !== '…'")


def amounts(page: Page) -> dict[str, str]:
    return page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-item]')]"
        ".map(row => [row.dataset.item, row.querySelector('[data-part=amount]').textContent]))"
    )


def in_python(course: Course, topic: str, settings: dict[str, float]) -> tuple[str, dict[str, str]]:
    """The total and the amounts as the page should show them."""
    scenario = course.topics[topic].scenario
    found = estimate(scenario, collect_everything(scenario), course.price_sheet(), settings=settings)
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
    for settings in SETTINGS:
        open_estimator(page, site, topic)
        page.evaluate("document.querySelector('.td-levers details').open = true")
        for name, value in settings.items():
            page.fill(f"#n-{name}", repr(value))
        total, rows = in_python(course, topic, settings)
        assert page.inner_text("#td-amount") == total, settings
        assert amounts(page) == rows, settings


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


@pytest.mark.browser
@pytest.mark.parametrize(
    ("fragment", "says"),
    [
        ("#sampling=7", "sampling: 7 is outside what is possible. Write a number from 0 to 1"),
        ("#sampling=-0.1", "sampling: -0.1 is outside what is possible. Write a number from 0 to 1"),
        ("#sampling=NaN", "sampling: “NaN” is no number"),
        ("#sampling=0x10", "sampling: “0x10” is no number"),
        ("#smapling=0.5", "there is no lever “smapling”"),
        ("#sampled_rows=3", "there is no lever “sampled_rows”"),
        ("#constructor=3", "there is no lever “constructor”"),
        ("#sampling=0.5&sampling=0.6", "sampling stands there twice"),
        ("#%E0%A4%A", "“%E0%A4%A” cannot be read"),
        ("#form=222-22", "“222-22” is no settings code of this topic. Copy it from the foot of your sheet"),
        ("#form=<img src=x>", "“<img src=x>” is no settings code"),
    ],
)
def test_an_address_that_makes_no_sense_is_said_once(
    course: Course, site: Path, page: Page, fragment: str, says: str
) -> None:
    said, _ = listen(page)
    open_estimator(page, site, "playlists", fragment)
    problem = page.inner_text("#td-problem")
    assert says in problem
    assert problem.endswith("These are the standard settings.")
    assert page.inner_text("#td-amount") == in_python(course, "playlists", {})[0]
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
    for group in ("1", "7"):
        form = draw_form(scenario, group, PUBLIC_SECRET)
        own = {number.sets: number.value for number in form.numbers}
        settings = {"users": own["people.production.mode"]}
        settings |= {path.removeprefix("cost."): value for path, value in own.items() if path.startswith("cost.")}
        settings |= {f"payload_{name}": 0.0 for name, payload in scenario.payloads.items() if payload.usual_share}
        total, rows = in_python(course, topic, settings)
        open_estimator(page, site, topic, f"#form={form.settings}")
        assert page.inner_text("#td-amount") == total
        assert amounts(page) == rows
        open_estimator(page, site, topic)
        page.fill("#td-code", form.settings.lower())
        page.click("#td-open")
        assert page.inner_text("#td-amount") == total
        page.fill("#n-batch", "10")
        page.wait_for_function("location.hash.includes('batch')")
        assert page.url.endswith(f"#form={form.settings.lower()}&batch=10")


@pytest.mark.browser
def test_a_code_of_another_topic_is_refused(course: Course, site: Path, page: Page) -> None:
    form = draw_form(course.topics["playlists"].scenario, "1", PUBLIC_SECRET)
    open_estimator(page, site, "shoe-brand", f"#form={form.settings}")
    assert "is no settings code of this topic" in page.inner_text("#td-problem")


@pytest.mark.browser
def test_unknown_is_unknown(course: Course, made: Made, page: Page, tmp_path: Path) -> None:
    """A price nobody has seen leaves its line unknown and the total at least."""
    sheet = course.price_sheet()
    row = sheet.rows["streaming"].model_copy(update={"price": None})
    unknown = sheet.model_copy(update={"rows": {**sheet.rows, "streaming": row}})
    changed = dataclasses.replace(with_topics(course, ["playlists"]), prices={course.file.prices: unknown})
    pages = site_pages(changed, Made())
    script = pages["topics/playlists/estimator-model.js"]
    assert isinstance(script, str)
    page.add_script_tag(content=script + "; window.result = teledesignCost.model({});")
    result = page.evaluate("window.result")
    assert {row["item"]: row["amount"] for row in result["rows"]}["streaming"] is None
    assert result["totals"]["firm"]["at_least"] is True
    text = pages["topics/playlists/estimator.md"]
    assert "nobody has seen the price streaming" in str(text)

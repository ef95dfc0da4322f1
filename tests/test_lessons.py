"""A topic as a lesson: its steps in order, what would be lost, what to take home, the class on the wall, its events."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from in_browser import opened, opened_quietly
from teledesign.cli import run
from teledesign.costs import estimate
from teledesign.course import Course, Topic
from teledesign.design import Collected, collect_everything
from teledesign.outputs.lesson_pages import home_page, projector_page
from teledesign.outputs.lose_page import lose_page, said_dark, said_part, said_rate
from teledesign.outputs.losing import KEPT_DAYS, RATES, Dropped, IncidentLoss, Losses, losses_of
from teledesign.outputs.made import Made
from teledesign.scenario.metrics import PER_BUILT_IN
from teledesign.simulation.rows.columns import Type
from teledesign.simulation.rows.layout import Layout

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOPIC = "shoe-brand"
STEPS = ("index", "worksheet", "log", "estimator", "lose", "home")
TITLES = ("Brief", "Worksheet", "Explore the log", "Price it", "What would you lose?", "Take it home")


@pytest.fixture(scope="module")
def topic(site_course: Course) -> Topic:
    return site_course.topics[TOPIC]


@pytest.fixture(scope="module")
def losses(topic: Topic, site_course: Course) -> Losses:
    return losses_of(topic.scenario, site_course.price_sheet())


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must stay quiet and ask nobody."""
    with opened_quietly(browser, reduced_motion="reduce") as quiet:
        yield quiet


# --- The way ---


def test_the_steps_stand_on_every_page_in_their_order(site: Path) -> None:
    for name in (*STEPS, "projector", "events"):
        text = (site / "topics" / TOPIC / f"{name}.html").read_text("utf-8")
        walk = text[text.index('<ol class="td-walk">') : text.index("</ol>", text.index('<ol class="td-walk">'))]
        assert [html.unescape(one) for one in re.findall(r"<li><(?:a|span)[^>]*>(.*?)</", walk)] == list(TITLES), name
        here = [TITLES[STEPS.index(name)]] if name in STEPS else []
        assert re.findall(r'aria-current="page">(.*?)<', walk) == here, name


def test_next_leads_through_all_steps_and_before_leads_back(site: Path) -> None:
    for way, first, order in (("next", "index", STEPS), ("prev", "home", STEPS[::-1])):
        walked = [first]
        while found := re.search(
            rf'<a rel="{way}" href="(\w+)\.html">', (site / "topics" / TOPIC / f"{walked[-1]}.html").read_text("utf-8")
        ):
            walked.append(found[1])
        assert tuple(walked) == order


# --- What would be lost ---


def test_a_metric_goes_dark_with_each_event_it_is_counted_from(site_course: Course, losses: Losses) -> None:
    scenario = losses.scenario
    assert math.isclose(sum(one.share_of_bytes for one in losses.dropped), 1)
    for one in losses.dropped:
        counted = {
            name
            for name, metric in scenario.metrics.items()
            if metric.role != "outcome"
            and one.event
            in {*(part.target for part in (metric.of, metric.per) if part), (metric.field or "").partition(".")[0]}
        }
        assert set(one.metrics) == counted, one.event
        assert set(one.misleading) <= set(one.incidents)
    assert not set(PER_BUILT_IN) & {event for needs in losses.metrics.values() for event in needs.events}


def test_without_the_text_search_a_new_brand_shows_nowhere_and_all_seems_well(losses: Losses) -> None:
    """Worked by hand from the scenario: its signal counts text searches, its decoy is the tap rate, which stays."""
    dropped = {one.event: one for one in losses.dropped}["text_search_after"]
    assert dropped.metrics == ("fallback_rate", "newcomer_searches")
    assert dropped.incidents == dropped.misleading == ("new_line",)
    assert {one.event: one.slices for one in losses.dropped}["query_submitted"] == ("network",)


def test_what_a_dropped_signal_saves_is_the_difference_of_two_estimates(topic: Topic, site_course: Course) -> None:
    scenario, sheet = topic.scenario, site_course.price_sheet()
    whole = collect_everything(scenario)
    without = whole.model_copy(
        update={"collects": {name: Collected() for name in scenario.events if name != "cart_added"}}
    )
    saved = estimate(scenario, whole, sheet).total.amount - estimate(scenario, without, sheet).total.amount
    found = {one.event: one for one in losses_of(scenario, sheet).dropped}["cart_added"]
    assert found.saved == pytest.approx(saved)
    assert found.saved > 0


def test_fewer_rows_take_longer_and_a_narrow_slice_longest(losses: Losses) -> None:
    changes = {name: one.change for name, one in losses.incidents.items() if one.change and one.change.rows_needed}
    assert len(changes) >= 6
    for change in changes.values():
        days = [change.days_at(rate) for rate in RATES]
        assert days == sorted(days)  # type: ignore[type-var]
    at_least = {name: change.days_at(0.001) or 0.0 for name, change in changes.items()}
    assert max(at_least, key=lambda name: at_least[name]) == "children_worse"


def test_what_no_counting_of_rows_tells_is_not_told_in_days(losses: Losses) -> None:
    assert losses.incidents["seconds"].change is None, "a median"
    scraper = losses.incidents["scraper"].change
    assert scraper is not None
    assert scraper.before > 1
    assert scraper.days_at(1) is None


def test_short_retention_loses_what_is_slow(losses: Losses) -> None:
    for days in KEPT_DAYS:
        metrics, incidents = losses.too_short(days)
        assert set(incidents) == {
            name for name, one in losses.scenario.incidents.items() if (one.needs_days or 0) > days
        }
        assert ("return_rate" in metrics) == (days < 30)


def test_no_page_of_losses_tells_money_without_prices(topic: Topic) -> None:
    page = lose_page(topic.scenario, None)
    assert {one.saved for one in page.signals} == {""}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (said_rate(1), "all"),
        (said_rate(0.001), "1 in 1,000"),
        (said_part(0.5397), "54 %"),
        (said_part(0.0123), "1.2 %"),
        (said_part(0.0004), "less than 0.1 %"),
        (said_dark(Dropped("e", 0.1, None, ("a", "b"), (), ("c",), ())), "two metrics and one incident go dark"),
        (said_dark(Dropped("e", 0.1, None, ("a",), (), (), ())), "one metric goes dark"),
        (
            said_dark(Dropped("e", 0.1, None, ("a",), ("b",), ("c",), ())),
            "one metric, one slice and one incident go dark",
        ),
        (said_dark(Dropped("e", 0.1, None, (), (), (), ())), ""),
    ],
)
def test_wording(said: str, expected: str) -> None:
    assert said == expected


def state(loss: IncidentLoss, collected: list[str], rate: float, kept: int) -> str:
    """What the page should say of a kind of incident, by the first words of it."""
    if loss.signal is None:
        return "no metric"
    if loss.dark_without(collected):
        return "dark without"
    if (loss.incident.needs_days or 0) > kept:
        return "dark: needs"
    days = loss.change.days_at(rate) if loss.change else None
    if days is None:
        return "shows"
    if days > max(1, loss.lasts_days):
        return "dark: over"
    return "dark: needs" if days > kept else "shows after" if days > 1 else "shows within"


@pytest.mark.browser
def test_the_page_says_what_python_says_for_any_choice(site: Path, page: Page, losses: Losses) -> None:
    page.goto((site / "topics" / TOPIC / "lose.html").as_uri())
    events = list(losses.scenario.events)
    choices = [
        ([], 1.0, 90),
        (["text_search_after"], 1.0, 90),
        (["inference_result", "purchase"], 0.01, 30),
        (["query_submitted", "result_click"], 0.001, 14),
        ([], 0.0001, 7),
        (events[1:], 1.0, 90),
    ]
    for dropped, rate, kept in choices:
        page.click("#td-all")
        for event in dropped:
            page.uncheck(f"#td-dark input[value={event}]")
        page.select_option("#td-rate", f"{rate:g}")
        page.select_option("#td-kept", str(kept))
        collected = [event for event in events if event not in dropped]
        said = page.locator("#td-incidents .td-state").all_inner_texts()
        wanted = [state(one, collected, rate, kept) for one in losses.incidents.values()]
        assert [text.startswith(start) for text, start in zip(said, wanted, strict=True)] == [True] * len(wanted), list(
            zip(said, wanted, strict=True)
        )
        misled = sum(one.only_misleads(collected) for one in losses.incidents.values())
        assert sum("what misleads is left" in text for text in said) == misled
        shown = sum(start.startswith("shows") for start in wanted)
        assert page.inner_text("#td-verdict").startswith(f"{shown} of {len(wanted)} kinds of incident would show")


# --- Class and home ---


def test_the_plans_on_the_wall_add_up_and_ask_each_question_once(site_course: Course) -> None:
    for topic in site_course.topics.values():
        plans = projector_page(topic.scenario).plans
        assert [plan.minutes for plan in plans] == [45, 75]
        for plan in plans:
            assert plan.phases[0].begins == 0
            assert plan.phases[-1].ends == plan.minutes
            assert [phase.number for phase in plan.phases if phase.number] == [1, 2, 3, 4]
            assert all(bool(phase.prompt) == bool(phase.number) for phase in plan.phases)


@pytest.mark.browser
def test_the_clock_starts_pauses_and_goes_back_by_keyboard(site: Path, page: Page) -> None:
    page.clock.install(time=0)
    page.goto((site / "topics" / TOPIC / "projector.html").as_uri())
    page.clock.pause_at(60_000)
    page.focus("#td-stage")

    def seen() -> tuple[str, str, str]:
        return tuple(page.inner_text(one) for one in ("#td-stage-title", "#td-clock", "#td-clock-note"))  # type: ignore[return-value]

    assert seen() == ("Start", "2:00", "")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert seen() == ("Question 1: What to capture", "7:00", "")
    assert page.text_content("#td-heard") == "Part 3 of 7: Question 1: What to capture, 7 minutes."
    assert "What should the telemetry of Sole Finder capture?" in page.inner_text("#td-stage-body")
    page.keyboard.press("Space")
    page.clock.run_for(90_500)
    assert seen()[1] == "5:30"
    page.keyboard.press("Space")
    page.clock.run_for(60_000)
    assert seen()[1:] == ("5:30", "Paused")
    page.keyboard.press("Space")
    page.clock.run_for(270_000)
    assert page.text_content("#td-heard") == "One minute left."
    page.clock.run_for(70_000)
    assert seen()[1:] == ("+0:10", "Time is up")
    assert page.text_content("#td-heard") == "Time is up."
    page.keyboard.press("Backspace")
    assert seen()[1:] == ("7:00", "")
    page.keyboard.press("ArrowLeft")
    assert seen()[0] == "Read"
    page.keyboard.press("End")
    page.keyboard.press("Home")
    assert seen()[0] == "Start"
    page.check("input[name=plan][value='75']")
    assert seen()[:2] == ("Start", "3:00")


@pytest.mark.browser
def test_the_wall_shows_the_stage_alone_and_print_the_plans_alone(site: Path, page: Page) -> None:
    page.goto((site / "topics" / TOPIC / "projector.html").as_uri())
    page.click("#td-wall")
    assert page.get_attribute("#td-wall", "aria-pressed") == "true"
    assert not page.locator(".md-header").is_visible()
    assert not page.locator(".td-plan").first.is_visible()
    assert page.evaluate("document.querySelector('#td-stage').offsetHeight >= innerHeight")
    page.keyboard.press("Escape")
    page.wait_for_selector(".md-header")
    page.emulate_media(media="print")
    assert not page.locator("#td-stage").is_visible()
    assert page.locator(".td-plan").count() == 2


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_stage_reads_on_a_phone_and_a_projector(site: Path, browser: Browser, scheme: str) -> None:
    for width, height in ((390, 844), (1920, 1080)):
        with opened(browser, viewport={"width": width, "height": height}, color_scheme=scheme) as page:
            page.goto((site / "topics" / TOPIC / "projector.html").as_uri())
            page.click("#td-wall")
            for _ in range(2):
                page.click("#td-after")
            sizes = page.evaluate(
                "['#td-stage-title', '#td-clock', '.td-stage .td-prompt'].map("
                "one => parseFloat(getComputedStyle(document.querySelector(one)).fontSize))"
            )
            assert min(sizes) >= (30 if width > 1000 else 16)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_answer_is_taken_home(topic: Topic, site: Path) -> None:
    """The rubric is public; look-fors and model answers are not."""
    assert topic.teaching is not None
    pages = [(site / "topics" / TOPIC / f"{one}.html").read_text("utf-8") for one in ("home", "lose", "projector")]
    text = html.unescape("".join(pages))
    said = [line.text for answer in topic.teaching.answers.values() for line in answer.excellent]
    assert said
    assert [line for line in said if line in text] == []
    measures = [one for reflection in home_page(topic.scenario).reflections for one in reflection.measures]
    assert len(measures) == sum(len(question.criteria) for question in topic.scenario.questions.values())


def test_the_design_to_start_from_is_checked_and_priced(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site / "topics" / TOPIC / f"{TOPIC}-ours.yaml"
    assert run(["check", str(path)]) == 0
    assert run(["cost", str(path), "--json"]) == 0
    assert '"design": "ours"' in capsys.readouterr().out


# --- Events ---


def test_every_event_and_field_stands_on_its_page_as_the_scenario_has_it(site_course: Course, site: Path) -> None:
    for name, topic in site_course.topics.items():
        text = html.unescape((site / "topics" / name / "events.html").read_text("utf-8"))
        layouts = {event.name: event for event in Layout.of(topic.scenario).events}
        parts = re.split(r'<h2 id="event-', text)[1:]
        assert [part.partition('"')[0].replace("-", "_") for part in parts] == list(topic.scenario.events)
        for part, (event_name, event) in zip(parts, topic.scenario.events.items(), strict=True):
            for said in (f"<dd>{event.bytes:,} bytes</dd>", f"<dd>{event.privacy}, ", f"<dd>{event.feedback}: "):
                assert said in part, (event_name, said)
            # A column that says nothing of any field is left out.
            for column, says in (("Unit", "unit"), ("Means", "means")):
                told = any(getattr(field, says) is not None for field in event.fields.values())
                assert (f'<th scope="col">{column}</th>' in part) == told, (event_name, column)
            rows = re.findall(r'<tr><th scope="row"><code>(\w+)</code></th><td>(.*?)</td><td>(.*?)</td>', part)
            assert [row[0] for row in rows] == list(event.fields), event_name
            for field, kind, unit in rows:
                if any(one.unit for one in event.fields.values()):
                    assert unit == (event.fields[field].unit or "–"), (event_name, field)
                column = layouts[event_name].columns.get(field)
                number = column is not None and column.type is Type.NUMBER
                assert ("number" in kind) == number, (event_name, field, kind)


def test_example_rows_are_rows_of_the_log(site: Path, whole_site: tuple[Made, Path]) -> None:
    import duckdb

    text = html.unescape((site / "topics" / TOPIC / "events.html").read_text("utf-8"))
    examples = [json.loads(one) for one in re.findall(r'<pre class="td-row"[^>]*><code>(.*?)</code>', text, re.DOTALL)]
    assert len(examples) >= 10
    log = whole_site[0].topic(TOPIC).log
    for example in examples[:4]:
        sql = f"SELECT event FROM read_parquet('{log}/*.parquet') WHERE event_id = ?"
        assert duckdb.execute(sql, [example["event_id"]]).fetchall()[0] == (example["event"],)

"""The pages of one topic: the steps of its lesson in order, what stands beside them, and its card on other pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from teledesign.course import Course, Topic
from teledesign.outputs.brief import brief_of
from teledesign.outputs.doors import Door, Pages, reading_order, templates
from teledesign.outputs.estimator_page import estimator_page
from teledesign.outputs.events_page import events_page
from teledesign.outputs.lesson_pages import READING, design_file, home_page, projector_page
from teledesign.outputs.log_page import log_page
from teledesign.outputs.lose_page import lose_page
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.spreadsheet import SPREADSHEET
from teledesign.outputs.wording import said_number
from teledesign.rendering import Printed, html_text, prose_html_inline

__all__ = ["BRIEF", "kinds_of", "pages_of_topic", "topic_cards", "topic_folder", "topic_navigation", "topic_pages"]

HOURS_HIGH, BAR_STEP = 28, 4
"""The height of the picture on a topic's card, and its units from one hour to the next."""
STYLE = re.compile(r"<style>.*?</style>\s*", re.DOTALL)


@dataclass(frozen=True)
class PageKind:
    """One kind of page that a topic may have."""

    name: str
    title: str
    promise: str
    """What a reader finds there, for cards."""
    step: bool = True
    """Whether it is a step of the lesson; the others stand beside it."""
    worked_out: bool = False
    """Whether it is worked out from a log, from prices or by algebra, which takes a moment."""

    @property
    def file(self) -> str:
        """Its Markdown file in the topic's folder."""
        return f"{self.name}.md"

    @property
    def address(self) -> str:
        """Its address in the topic's folder, once built."""
        return f"{self.name}.html"


BRIEF = PageKind("index", "Brief", "the product, its people, its model and the four questions")
WORKSHEET = PageKind("worksheet", "Worksheet", "the sheet for class, to read or to print")
LOG = PageKind("log", "Explore the log", "what telemetry recorded, as tables, pictures and files", worked_out=True)
ESTIMATOR = PageKind("estimator", "Price it", "what a design costs, line by line", worked_out=True)
LOSE = PageKind("lose", "What would you lose?", "what goes dark when a signal is left out", worked_out=True)
HOME = PageKind("home", "Take it home", "the answers once more, the design to hand in, what to bring")
PROJECTOR = PageKind("projector", "Projector", "the class on the wall, part by part, with its clock", step=False)
EVENTS = PageKind("events", "Events", "every signal and its fields", step=False, worked_out=True)
KINDS = (BRIEF, WORKSHEET, LOG, ESTIMATOR, LOSE, HOME, PROJECTOR, EVENTS)
"""The pages of a topic: the steps of its lesson in their order, then what stands beside them."""


@dataclass(frozen=True)
class Bar:
    """A bar of a small picture, in its units."""

    x: int
    y: int
    height: int
    tallest: bool


@dataclass(frozen=True)
class TopicCard:
    """A topic as pages that list topics show it."""

    title: str
    product: str
    summary: Printed
    home: str
    doors: Sequence[Door]
    facts: Sequence[str]
    bars: Sequence[Bar]
    """How busy each hour of the day is, the busiest as high as the picture."""


def topic_folder(topic: Topic) -> str:
    """Where a topic's pages stand."""
    return f"topics/{topic.id}"


def pages_of_topic(pages: Mapping[str, str | bytes | Path], topic: str) -> Pages:
    """Those of a site's pages and files that belong to one topic."""
    return {name: content for name, content in pages.items() if name.startswith(f"topics/{topic}/")}


def kinds_of(course: Course, topic: Topic, made: MadeTopic) -> tuple[PageKind, ...]:
    """The pages a topic has: those whose parts are there."""
    there = {
        BRIEF: True,
        WORKSHEET: made.worksheet_html is not None or made.worksheet_pdf is not None,
        LOG: made.log is not None,
        ESTIMATOR: course.file.prices in course.prices,
        LOSE: course.file.prices in course.prices,
        HOME: True,
        PROJECTOR: True,
        EVENTS: True,
    }
    return tuple(kind for kind in KINDS if there[kind])


def topic_navigation(course: Course, topic: Topic, made: MadeTopic) -> list[Any]:
    """A topic's entries; the first, without a title, is what the topic's own title opens."""
    folder = topic_folder(topic)
    return [
        f"{folder}/{kind.file}" if kind is BRIEF else {kind.title: f"{folder}/{kind.file}"}
        for kind in kinds_of(course, topic, made)
    ]


def topic_pages(course: Course, topic: Topic, made: MadeTopic, *, soon: bool = False) -> Pages:
    """The pages of one topic and the files beside them; `soon` leaves out those that are worked out."""
    folder, kinds = topic_folder(topic), kinds_of(course, topic, made)
    pages: Pages = {}
    for kind in kinds:
        if soon and kind.worked_out:
            continue
        view, files = PAGES[kind](course, topic, made)
        shared = {
            "title": topic.scenario.title,
            "head_title": html_text(f"{topic.scenario.title}: {kind.title.lower()}"),
            "description": f"{kind.promise[0].upper()}{kind.promise[1:]}.",
            "product": topic.scenario.product.name,
            "firm": topic.scenario.product.firm,
            "summary": prose_html_inline(topic.scenario.product.summary),
            "steps": doors([one for one in kinds if one.step], kind),
            "beside": doors([one for one in kinds if not one.step], kind),
            "topic_pages": [one.name for one in kinds],
            **_way(kinds, kind),
            "overview": "../index.html" if any(entry.topics for entry in course.file.navigation) else None,
            "topic": topic.id,
        }
        template = "brief.md" if kind is BRIEF else kind.file
        pages[f"{folder}/{kind.file}"] = templates(course).render(template, shared | view)
        pages |= {f"{folder}/{name}": content for name, content in files.items()}
    return pages


def _way(kinds: Sequence[PageKind], here: PageKind) -> dict[str, Door | None]:
    """The steps before and after a page; none for a page beside the lesson."""
    steps = [kind for kind in kinds if kind.step]
    if here not in steps:
        return {"before": None, "after": None}
    at = steps.index(here)
    around = {"before": steps[at - 1] if at else None, "after": steps[at + 1] if at + 1 < len(steps) else None}
    return {name: Door(kind.title, kind.address, False) if kind else None for name, kind in around.items()}


def doors(kinds: Sequence[PageKind], here: PageKind | None, folder: str = "") -> tuple[Door, ...]:
    """Links to a topic's pages from one of them, or from elsewhere."""
    return tuple(Door(kind.title, folder + kind.address, kind is here) for kind in kinds)


def _brief(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    return {"brief": brief_of(topic.scenario)}, {}


def _worksheet(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    """The sheets on the page as the worksheets print them, and their PDFs beside it."""
    files: Pages = {}
    sheets: dict[str, Printed | None] = {"worksheet": None, "cost_sheet": None}
    downloads = []
    parts = (
        ("worksheet", "Class worksheet", made.worksheet_html, made.worksheet_pdf),
        ("cost_sheet", "Cost sheet", made.cost_sheet_html, made.cost_sheet_pdf),
    )
    for name, title, fragment, pdf in parts:
        if fragment is not None:
            sheets[name] = Printed(STYLE.sub("", fragment.read_text("utf-8")))
        if pdf is not None:
            file = f"{topic.id}-{name.replace('_', '-')}.pdf"
            files[file] = pdf
            downloads.append((title, file))
    return {**sheets, "downloads": downloads}, files


def _log(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    assert made.log is not None
    page, files = log_page(topic.scenario, made.log, "log")
    return {"log": page}, {**files}


def _estimator(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    page, files = estimator_page(topic.scenario, course.prices, course.file.prices)
    if made.spreadsheet is None:
        return {"est": page, "spreadsheet": None}, {**files}
    name = SPREADSHEET.format(topic.id)
    return {"est": page, "spreadsheet": name}, {**files, name: made.spreadsheet}


def _lose(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    return {"lose": lose_page(topic.scenario, course.price_sheet())}, {}


def _home(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    page = home_page(topic.scenario)
    titles = {door.href[: -len(".md")]: door.title for entry in course.file.navigation for door in reading_order(entry)}
    reading = [
        {
            "title": question.title,
            "pages": [
                Door(titles[name], f"../../{name}.html", False) for name in READING[question.id] if name in titles
            ],
        }
        for question in page.reflections
    ]
    has_reference = any(entry.reference for entry in course.file.navigation)
    view = {
        "home": page,
        "reading": [line for line in reading if line["pages"]],
        "fields_of_designs": "../../reference/design.html" if has_reference else None,
    }
    return view, {page.design_file: design_file(topic.scenario)}


def _projector(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    return {"projector": projector_page(topic.scenario)}, {}


def _events(course: Course, topic: Topic, made: MadeTopic) -> tuple[dict[str, Any], Pages]:
    return {"page": events_page(topic.scenario, made.log)}, {}


PAGES = {
    BRIEF: _brief,
    WORKSHEET: _worksheet,
    LOG: _log,
    ESTIMATOR: _estimator,
    LOSE: _lose,
    HOME: _home,
    PROJECTOR: _projector,
    EVENTS: _events,
}


def topic_cards(course: Course, made: Made, up: str) -> tuple[TopicCard, ...]:
    """All topics seen from a page `up` steps below the root."""
    return tuple(topic_card(course, topic, made.topic(topic.id), up) for topic in course.topics.values())


def topic_card(course: Course, topic: Topic, made: MadeTopic, up: str) -> TopicCard:
    """A topic seen from a page `up` steps below the root."""
    folder, scenario = f"{up}{topic_folder(topic)}/", topic.scenario
    steps = [kind for kind in kinds_of(course, topic, made) if kind.step]
    return TopicCard(
        title=scenario.title,
        product=scenario.product.name,
        summary=prose_html_inline(scenario.product.summary),
        home=folder + BRIEF.address,
        doors=doors(steps, None, folder),
        facts=(
            f"{said_number(scenario.people.production.mode)} {scenario.people.called}",
            f"{len(scenario.events)} signals",
            f"{len(scenario.incidents)} ways to go wrong",
        ),
        bars=tuple(hour_bars(scenario.people.activity.hour_weights)),
    )


def hour_bars(weights: Sequence[float]) -> Iterator[Bar]:
    """A bar for each hour of the day, in a picture of `HOURS_HIGH` units."""
    most = max(weights)
    for hour, weight in enumerate(weights):
        height = max(1, round(HOURS_HIGH * weight / most)) if most else 1
        yield Bar(BAR_STEP * hour, HOURS_HIGH - height, height, weight == most)

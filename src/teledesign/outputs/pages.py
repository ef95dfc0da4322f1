"""The site in memory: every page and asset by its path, for MkDocs or for any other generator of static sites.

What stands here is what students may see.  Pages are made from scenarios, the course file and the made parts of the
students' side; no teaching file is looked at.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from teledesign import __version__
from teledesign.course import Course, Topic
from teledesign.course_file import NavigationEntry
from teledesign.findings import Refusal, nearest
from teledesign.ml_test_score import ANSWERS, BANDS, COLUMNS, FINAL, SECTIONS, SUM
from teledesign.outputs.brief import brief_of
from teledesign.outputs.estimator_page import estimator_page
from teledesign.outputs.events_page import events_page
from teledesign.outputs.lesson_pages import READING, design_file, home_page, projector_page
from teledesign.outputs.log_page import log_page
from teledesign.outputs.lose_page import lose_page
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.reference import reference_pages, reference_texts
from teledesign.outputs.spreadsheet import SPREADSHEET
from teledesign.outputs.wording import said_number
from teledesign.rendering import Printed, Templates, html_text, prose_html, prose_html_inline
from teledesign.resources import packaged_course
from teledesign.writing import inside

__all__ = [
    "navigated_pages",
    "pages_of_topic",
    "site_navigation",
    "site_pages",
    "site_title",
    "topic_pages",
    "with_topics",
    "write_markdown_tree",
]

Pages = dict[str, str | bytes | Path]
"""Content by path below the site's root: the text of a page, bytes, or a file to copy."""

OVERVIEW = "topics/index.md"
"""The page that lists the topics, where the navigation names them."""
TEMPLATES = ("templates", "pages")
WRITTEN = "site"
ASSETS = "assets"


HOURS_HIGH, BAR_STEP = 28, 4
"""The height of the picture on a topic's card, and its units from one hour to the next."""
SHEET_STYLE = "assets/stylesheets/sheet.css"
"""The style of sheets on a page, which the sheets also carry with them; a page's body may not."""
STYLE = re.compile(r"<style>.*?</style>\s*", re.DOTALL)


@dataclass(frozen=True)
class Door:
    """A link from one of a topic's pages to another."""

    title: str
    href: str
    here: bool


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


@dataclass(frozen=True)
class CourseView:
    """The course as pages show it."""

    title: str
    institution: str | None
    date: str
    credit: Printed | None


ML_TEST_SCORE = {
    "sections": SECTIONS,
    "answers": ANSWERS,
    "bands": BANDS,
    "columns": COLUMNS,
    "sum": SUM,
    "final": FINAL,
}


def with_topics(course: Course, names: Iterable[str] | None) -> Course:
    """The course with these topics alone, in its own order; all of them where none are named."""
    if names is None:
        return course
    wanted = set(names)
    return replace(course, topics={name: topic for name, topic in course.topics.items() if name in wanted})


def site_title(course: Course) -> str:
    """The course's title for the theme, which prints it as HTML."""
    return html_text(course.file.title)


def site_pages(
    course: Course, made: Made, ready: Mapping[str, Mapping[str, str | bytes | Path]] | None = None
) -> Pages:
    """Every page and asset of the site; `ready` has the pages of topics that are made already.

    Raises Refusal for a page that the navigation names and nobody wrote, and for a link that leads out of the course.
    """
    _refuse_links_out(course.root)
    pages: Pages = {}
    for topic in course.topics.values():
        known = (ready or {}).get(topic.id)
        pages |= topic_pages(course, topic, made.topic(topic.id)) if known is None else known
    if any(entry.topics for entry in course.file.navigation):
        pages[OVERVIEW] = overview(course, made)
    if any(entry.reference for entry in course.file.navigation):
        pages |= reference_texts(templates(course), made.commands)
    for name in navigated_pages(course):
        pages[name] = written_page(course, made, name)
    return pages | assets(course)


def site_navigation(course: Course, made: Made) -> list[Any]:
    """The navigation as MkDocs wants it: titles (as HTML) and Markdown files, topics nested."""
    entries: list[Any] = []
    for entry in course.file.navigation:
        title = html_text(entry.title)
        if entry.topics:
            listed: list[Any] = [OVERVIEW]
            listed += [
                {html_text(topic.scenario.title): topic_navigation(course, topic, made.topic(topic.id))}
                for topic in course.topics.values()
            ]
            entries.append({title: listed})
        elif entry.reference:
            first, *others = reference_pages(made.commands)
            entries.append({title: [first.file, *({page.title: page.file} for page in others)]})
        elif entry.pages:
            section: list[Any] = [entry.page] if entry.page else []
            section += [{html_text(one.title): one.page} for one in entry.pages]
            entries.append({title: section})
        elif entry.page:
            entries.append({title: entry.page})
    return entries


def write_markdown_tree(pages: Mapping[str, str | bytes | Path], folder: Path) -> None:
    """The same pages and assets as plain files below a folder, which is made if it is missing."""
    for name, content in pages.items():
        path = inside(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def navigated_pages(course: Course) -> tuple[str, ...]:
    """The written pages that the course file names, each once."""
    return tuple(dict.fromkeys(door.href for entry in course.file.navigation for door in reading_order(entry)))


def reading_order(entry: NavigationEntry, here: str | None = None) -> tuple[Door, ...]:
    """An entry's written pages as they are read: the section's overview, then its pages."""
    overview = [(entry.title, entry.page)] if entry.page else []
    listed = overview + [(one.title, one.page) for one in entry.pages]
    return tuple(Door(title, page, page == here) for title, page in listed)


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


def overview(course: Course, made: Made) -> str:
    """The page that lists the topics."""
    title = next(entry.title for entry in course.file.navigation if entry.topics)
    view = {"title": title, "head_title": html_text(title), "topics": topic_cards(course, made, "../")}
    return templates(course).render("topics.md", view)


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


def written_page(course: Course, made: Made, name: str) -> str:
    """A page of `site/`, filled in.  Raises Refusal where nobody wrote it."""
    roots = [root / WRITTEN for root in roots_of(course)]
    if not any((root / name).is_file() for root in roots):
        known = sorted({path.relative_to(root).as_posix() for root in roots for path in root.rglob("*.md")})
        close = nearest(name, known)
        remedy = f"Did you mean {close}?" if close else "Write it, or take the entry out"
        raise Refusal(f"course.yaml: navigation: there is no page site/{name}. {remedy}")
    up = "../" * name.count("/")
    before, after = neighbours(course, name)
    view = {
        "course": CourseView(
            title=course.file.title,
            institution=course.file.institution,
            date=course.file.date.isoformat(),
            credit=prose_html(course.file.credit) if course.file.credit else None,
        ),
        "topics": topic_cards(course, made, up),
        "version": __version__,
        "root": up,
        "links": addresses(course, made, up),
        "before": before,
        "after": after,
        "ml_test_score": ML_TEST_SCORE,
    }
    parts = [root.joinpath(*TEMPLATES) for root in roots_of(course)]
    return Templates("markdown", [*roots, *parts]).render(name, view)


def neighbours(course: Course, name: str) -> tuple[Door | None, Door | None]:
    """The pages before and after a written page in its section; none outside of sections."""
    for entry in course.file.navigation:
        order = reading_order(entry, name)
        for place, door in enumerate(order):
            if entry.pages and door.here:
                before = order[place - 1] if place else None
                after = order[place + 1] if place + 1 < len(order) else None
                return built(before, name), built(after, name)
    return None, None


def built(door: Door | None, start: str) -> Door | None:
    """The door with the address its page has once built, as seen from the page `start`."""
    if door is None:
        return None
    return replace(door, href=posixpath.relpath(door.href, posixpath.dirname(start) or ".")[: -len(".md")] + ".html")


def addresses(course: Course, made: Made, up: str) -> dict[str, str]:
    """Every page of the site by its path without ending (`lecture/alerting`, `photo-tagging/log`), seen from a page
    `up` steps below the root.  A page may name one that this build lacks and print its title without a link.
    """
    pages = list(navigated_pages(course))
    if any(entry.reference for entry in course.file.navigation):
        pages += [page.file for page in reference_pages(made.commands)]
    found = {page[: -len(".md")]: f"{up}{page[: -len('.md')]}.html" for page in pages}
    for topic in course.topics.values():
        for kind in kinds_of(course, topic, made.topic(topic.id)):
            name = "brief" if kind is BRIEF else kind.name
            found[f"{topic.id}/{name}"] = f"{up}{topic_folder(topic)}/{kind.address}"
    return found


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


def assets(course: Course) -> Pages:
    """Style, scripts and vendored files; a course's own take the place of the packaged ones of the same name."""
    return assets_of(roots_of(course))


def assets_of(roots: Sequence[Path]) -> Pages:
    """The assets of some course folders, first come first served."""
    found: Pages = {}
    for root in roots:
        folder = root / WRITTEN / ASSETS
        for path in sorted(_files_below(folder)):
            found.setdefault(posixpath.join(ASSETS, path.relative_to(folder).as_posix()), path)
        if (sheet_style := root / "templates" / "worksheets" / "sheet.css").is_file():
            found.setdefault(SHEET_STYLE, sheet_style)
    return found


def _files_below(folder: Path) -> Iterator[Path]:
    """Files of a folder; Markdown among them (notes on vendored files) would become pages, so it stays out."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in PurePosixPath(path.relative_to(folder).as_posix()).parts)
        if path.is_file() and not hidden and path.suffix != ".md":
            yield path


def _refuse_links_out(root: Path) -> None:
    """A course may come from somebody else: what its site shows lies in its own folder."""
    for path in sorted((root / WRITTEN).rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            name = path.relative_to(root).as_posix()
            raise Refusal(f"{name} is a link that leads out of the course. Put what it leads to in its place")


def templates(course: Course) -> Templates:
    """The templates of generated pages, a course's own first."""
    return Templates("markdown", [root.joinpath(*TEMPLATES) for root in roots_of(course)])


def roots_of(course: Course) -> tuple[Path, ...]:
    """The course folder, then the packaged one for everything the course does not bring itself."""
    packaged = packaged_course()
    return (course.root,) if course.root.resolve() == packaged.resolve() else (course.root, packaged)

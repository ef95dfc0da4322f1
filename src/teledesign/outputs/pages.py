"""The site in memory: every page and asset by its path, for MkDocs or for any other generator of static sites.

What stands here is what students may see.  Pages are made from scenarios, the course file and the made parts of the
students' side; no teaching file is looked at.
"""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from teledesign import __version__
from teledesign.course import Course
from teledesign.findings import Refusal, nearest
from teledesign.ml_test_score import ANSWERS, BANDS, COLUMNS, FINAL, SECTIONS, SUM
from teledesign.outputs.doors import TEMPLATES, Door, Pages, reading_order, roots_of, templates
from teledesign.outputs.made import Made
from teledesign.outputs.reference import reference_pages, reference_texts
from teledesign.outputs.topic_pages import (
    BRIEF,
    kinds_of,
    pages_of_topic,
    topic_cards,
    topic_folder,
    topic_navigation,
    topic_pages,
)
from teledesign.outputs.wording import said_several
from teledesign.rendering import Printed, Templates, html_text, prose_html
from teledesign.writing import inside

__all__ = [
    "navigated_pages",
    "pages_of_topic",
    "site_foot",
    "site_navigation",
    "site_pages",
    "site_title",
    "topic_pages",
    "with_topics",
    "write_markdown_tree",
]

OVERVIEW = "topics/index.md"
"""The page that lists the topics, where the navigation names them."""
WRITTEN = "site"
ASSETS = "assets"
SHEET_STYLE = "assets/stylesheets/sheet.css"
"""The style of sheets on a page, which the sheets also carry with them; a page's body may not."""


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


def site_foot(course: Course) -> str:
    """The last line of every page, as HTML: whose course it is, and that nothing of it is real."""
    whose = (course.file.title, course.file.institution, "Everything here is simulated")
    return " · ".join(html_text(one) for one in whose if one)


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


def overview(course: Course, made: Made) -> str:
    """The page that lists the topics."""
    title = next(entry.title for entry in course.file.navigation if entry.topics)
    view = {"title": title, "head_title": html_text(title), "topics": topic_cards(course, made, "../")}
    return templates(course).render("topics.md", view)


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
        "products": said_several(len(course.topics), "product").capitalize(),
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

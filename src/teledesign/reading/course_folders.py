"""A course folder as a whole: what its course file promises, and what lies there that belongs to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from teledesign.findings import Finding, Level, Place, nearest
from teledesign.reading.files import no_scenario, read_course_file
from teledesign.reading.read import Read
from teledesign.reading.schemas import FOLDER, schema_files
from teledesign.resources import packaged_course

if TYPE_CHECKING:
    from teledesign.course_file import CourseFile

__all__ = ["folder_findings", "page_findings"]

SITE = "site"
ASSETS = "assets"


def folder_findings(root: Path) -> Iterator[Finding]:
    """What is wrong with a course folder beside the mistakes within its files."""
    course = read_course_file(root / "course.yaml")
    if course.draft is not None:
        yield from _topics(root, course.draft, course)
        yield from _prices(root, course.draft, course)
        yield from page_findings(root, course)
    yield from _schemas(root)


def page_findings(root: Path, course: Read[CourseFile]) -> Iterator[Finding]:
    """Pages that the navigation names and nobody wrote, and files of `site/` that it does not name."""
    if course.draft is None:
        return
    named = dict(_named_pages(course.draft))
    folders = [root / SITE, packaged_course() / SITE]
    written = {path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.md")}
    for path, page in named.items():
        if page not in written:
            close = nearest(page, written)
            remedy = f"Did you mean {close}?" if close else f"Write {SITE}/{page}, or take the entry out"
            yield Finding("no-page", f"there is no page {SITE}/{page}. {remedy}", path, course.place(path))
    yield from _unnamed(root / SITE, set(named.values()))


def _named_pages(course: CourseFile) -> Iterator[tuple[str, str]]:
    """The written pages of the navigation by their dotted path in the course file."""
    for at, entry in enumerate(course.navigation):
        if entry.page:
            yield f"navigation.{at}.page", entry.page
        for below, one in enumerate(entry.pages):
            yield f"navigation.{at}.pages.{below}.page", one.page


def _unnamed(site: Path, named: set[str]) -> Iterator[Finding]:
    for path in sorted(site.rglob("*")):
        parts = path.relative_to(site).parts
        if not path.is_file() or parts[0] == ASSETS or any(part.startswith(".") for part in parts):
            continue
        if path.suffix != ".md":
            message = f"this is no page, and is not published. Move it into {SITE}/{ASSETS}/, or take it away"
        elif "/".join(parts) not in named:
            message = (
                "the navigation does not name this page, so it is not built. Name it in course.yaml, or take it away"
            )
        else:
            continue
        yield Finding("unnamed-page", message, place=Place(str(path)), level=Level.WARNING)


def _topics(root: Path, course: CourseFile, read: Read[CourseFile]) -> Iterator[Finding]:
    known = sorted(path.parent.name for path in root.glob("scenarios/*/scenario.yaml"))
    for at, topic in enumerate(course.topics):
        if topic not in known:
            yield Finding("no-scenario", no_scenario(topic, known), f"topics.{at}", read.place(f"topics.{at}"))


def _prices(root: Path, course: CourseFile, read: Read[CourseFile]) -> Iterator[Finding]:
    folder = root / "scenarios" / "prices"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if course.prices not in known and (folder.is_dir() or "prices" in read.places):
        close = nearest(course.prices, known)
        remedy = f"Did you mean {close}?" if close else "Add it, or name another with prices"
        message = f"there is no price sheet scenarios/prices/{course.prices}.yaml. {remedy}"
        yield Finding("no-prices", message, "prices", read.place("prices"))


def _schemas(root: Path) -> Iterator[Finding]:
    """Schemas of another version of the program would have an editor mark what is right."""
    folder, files = root / FOLDER, schema_files()
    stale = [name for name, text in files.items() if not _holds(root / name, text)]
    if folder.is_dir() and stale:
        message = (
            f"{len(stale)} of {len(files)} schemas are not those of this teledesign, so an editor may mark what is "
            "right. Write them anew, in the course folder, with: teledesign schema --write"
        )
        yield Finding("stale-schema", message, place=Place(str(folder)), level=Level.WARNING)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False

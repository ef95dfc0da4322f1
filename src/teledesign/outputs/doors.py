"""What all makers of pages share: content by path, links from page to page, the course's own templates first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from teledesign.course import Course
from teledesign.course_file import NavigationEntry
from teledesign.rendering import Templates
from teledesign.resources import packaged_course

__all__ = ["TEMPLATES", "Door", "Pages", "reading_order", "roots_of", "templates"]

Pages = dict[str, str | bytes | Path]
"""Content by path below the site's root: the text of a page, bytes, or a file to copy."""
TEMPLATES = ("templates", "pages")


@dataclass(frozen=True)
class Door:
    """A link from one of a topic's pages to another."""

    title: str
    href: str
    here: bool


def reading_order(entry: NavigationEntry, here: str | None = None) -> tuple[Door, ...]:
    """An entry's written pages as they are read: the section's overview, then its pages."""
    overview = [(entry.title, entry.page)] if entry.page else []
    listed = overview + [(one.title, one.page) for one in entry.pages]
    return tuple(Door(title, page, page == here) for title, page in listed)


def templates(course: Course) -> Templates:
    """The templates of generated pages, a course's own first."""
    return Templates("markdown", [root.joinpath(*TEMPLATES) for root in roots_of(course)])


def roots_of(course: Course) -> tuple[Path, ...]:
    """The course folder, then the packaged one for everything the course does not bring itself."""
    packaged = packaged_course()
    return (course.root,) if course.root.resolve() == packaged.resolve() else (course.root, packaged)

"""The page an instructor opens first: what to print, what to project, where to put the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from teledesign.rendering import Templates
from teledesign.scenario.questions import Phase

__all__ = ["Link", "LogLine", "MondayPage", "Shelf", "TopicLine", "monday_html"]


@dataclass(frozen=True)
class Link:
    """A file to open, by its address relative to the page."""

    title: str
    href: str


@dataclass(frozen=True)
class Shelf:
    """One kind of paper, with a link for each group."""

    title: str
    groups: Sequence[Link]


@dataclass(frozen=True)
class TopicLine:
    """One topic's papers, the folders they lie in, and its page on the site."""

    title: str
    student: Sequence[Shelf]
    instructor: Sequence[Shelf]
    student_folder: str
    instructor_folder: str
    page: str


@dataclass(frozen=True)
class LogLine:
    """One topic's log and its truth."""

    title: str
    rows: str
    student: Link
    truth: Link | None


@dataclass(frozen=True)
class MondayPage:
    """Everything the page says."""

    course: str
    kind: str
    build_id: str
    paper: str
    topics: Sequence[TopicLine]
    plan: Sequence[Phase]
    logs: Sequence[LogLine]


def monday_html(page: MondayPage, templates: Sequence[Path]) -> str:
    """The page as HTML that stands alone."""
    return Templates("html", templates).render("instructor/monday.html", vars(page))

"""The roster sheet: who has which topic and form, on paper and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from teledesign.course_file import CourseFile
from teledesign.form import CourseSecret
from teledesign.rendering import spreadsheet_cell
from teledesign.worksheets.handouts import RosterLine
from teledesign.worksheets.press import Press
from teledesign.worksheets.views import Heading

__all__ = ["RosterView", "roster_files", "roster_table", "roster_view"]

COLUMNS = ("group", "topic", "members", "form", "settings")


@dataclass(frozen=True)
class LineView:
    """One group and one of its topics."""

    group: str
    members: str
    topic: str
    form: str
    settings: str


@dataclass(frozen=True)
class RosterView:
    """The roster sheet: all groups, in the order of the roster's topics."""

    paper: str
    heading: Heading
    lines: tuple[LineView, ...]
    with_members: bool


def roster_files(
    course: CourseFile, lines: Sequence[RosterLine], secret: CourseSecret, press: Press
) -> dict[str, bytes]:
    """The roster sheet as PDF, and the same as a table that `--roster` reads again."""
    return {
        "roster.pdf": press.pdf("roster", roster_view(course, lines, secret)),
        "roster.csv": roster_table(lines).encode("utf-8-sig"),
    }


def roster_view(course: CourseFile, lines: Sequence[RosterLine], secret: CourseSecret) -> RosterView:
    """What the roster sheet shows."""
    kind = "practice forms" if secret.public else f"graded forms, course {secret.fingerprint}"
    groups = len({line.group for line in lines})
    subtitle = f"Roster · {groups} {'group' if groups == 1 else 'groups'} · {kind}"
    title = course.title
    return RosterView(
        paper=course.paper,
        heading=Heading(title, subtitle, course.title, course.institution or title, "Roster", instructor=True),
        lines=tuple(
            LineView(line.shown, ", ".join(line.members), line.title, line.form, line.settings) for line in lines
        ),
        with_members=any(line.members for line in lines),
    )


def roster_table(lines: Sequence[RosterLine]) -> str:
    """The roster as CSV; no cell begins a formula."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        cells = (line.group, line.topic, "; ".join(line.members), line.form, line.settings)
        writer.writerow([spreadsheet_cell(cell) for cell in cells])
    return table.getvalue()

"""Handouts of a course, on disk: the part of a build that `teledesign worksheet` asks for alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from teledesign.course import Course, Topic
from teledesign.findings import Refusal, has_errors
from teledesign.form import PUBLIC_SECRET, CourseSecret
from teledesign.resources import packaged_course
from teledesign.roster import RosterGroup, numbered
from teledesign.worksheets import (
    FORMS,
    Handout,
    Handouts,
    Order,
    Press,
    Sheet,
    TopicSource,
    archive,
    course_secret,
    make,
    pile,
    refuse_errors,
    roster_files,
)
from teledesign.writing import A_COPY, write_tree, write_whole

__all__ = [
    "ARCHIVE",
    "INSTRUCTOR",
    "STUDENT",
    "forms_folder",
    "groups_of",
    "keep_forms",
    "make_handouts",
    "make_sheets",
    "on_paper",
    "pile_up",
    "secret_of",
    "template_folders",
    "topic_source",
    "without_mistakes",
]

STUDENT, INSTRUCTOR = "student", "instructor"
ARCHIVE = "instructor.zip"


def without_mistakes(course: Course) -> Course:
    """The course.  Raises Refusal where any of its files has mistakes."""
    if has_errors(course.findings):
        raise Refusal("the course has mistakes. Correct them, then build again", course.findings)
    return course


def secret_of(course: Course, *, graded: bool) -> CourseSecret:
    """What numbers are drawn from: the course's secret in a graded build, else the public seed."""
    if not graded:
        return PUBLIC_SECRET
    return course_secret(course.root, read_only=course.location.read_only, fingerprint=course.file.secret_fingerprint)


def groups_of(course: Course, roster: tuple[RosterGroup, ...] | None, count: int | None) -> tuple[RosterGroup, ...]:
    """The groups of the roster, else as many as asked for, else as many as the course file says."""
    return roster or numbered(count or course.file.groups)


def on_paper(course: Course, paper: Literal["a4", "letter"] | None) -> Course:
    """The course on that paper, or on its own."""
    return course if paper is None else replace(course, file=course.file.model_copy(update={"paper": paper}))


def forms_folder(course: Course) -> Path | None:
    """Where a course keeps its forms; the packaged one keeps none."""
    return None if course.location.read_only else course.root / FORMS


def make_handouts(
    course: Course,
    order: Order,
    press: Press,
    folder: Path,
    on_made: Callable[[Handout], None] = lambda handout: None,
) -> Handouts:
    """All sheets and keys, each written as soon as it is made, and the roster sheet.

    Raises Refusal where one cannot be made, with the findings.
    """
    handouts = make_sheets(course, order, press, folder, on_made)
    write_tree(folder / INSTRUCTOR, roster_files(course.file, handouts.roster, order.secret, press))
    return handouts


def make_sheets(
    course: Course,
    order: Order,
    press: Press,
    folder: Path,
    on_made: Callable[[Handout], None] = lambda handout: None,
) -> Handouts:
    """The same without the roster sheet, which is about all topics."""

    def keep(handout: Handout, data: bytes) -> None:
        write_tree(folder / (STUDENT if handout.for_students else INSTRUCTOR), {handout.path: data})

    sources = [topic_source(course, topic) for topic in course.topics.values()]
    return refuse_errors(make(course.file, sources, order, press, keep, on_made))


def pile_up(course: Course, order: Order, handouts: Handouts, press: Press, folder: Path) -> None:
    """Write one PDF a topic for the printer, then one archive of all that the instructor has."""
    with TemporaryDirectory(prefix="teledesign-print-") as work:
        made, printed = handouts, folder
        if "pdf" not in order.formats:
            printed = Path(work)
            made = make_handouts(course, replace(order, formats=("pdf",)), press, printed)
        for name in course.topics:
            sheets = [one for one in made.made if one.topic == name and one.is_sheet and one.format == "pdf"]
            if sheets:
                pdf = pile(Sheet(one.bookmark, (printed / STUDENT / one.path).read_bytes()) for one in sheets)
                write_tree(folder / INSTRUCTOR, {f"print/{name}.pdf": pdf})
    archive(folder / INSTRUCTOR, folder / ARCHIVE, course.file.date)


def topic_source(course: Course, topic: Topic) -> TopicSource:
    """What a topic's handouts are made from."""
    prices = course.price_sheet()
    return TopicSource(topic.scenario, topic.teaching, prices, topic.places, topic.teaching_places, topic.designs)


def keep_forms(course: Course, handouts: Handouts) -> None:
    """Write down forms that were drawn just now; the packaged course draws them again each time."""
    if not course.location.read_only:
        for name, content in handouts.forms.items():
            write_whole(course.root / FORMS / name, content, A_COPY)


def template_folders(course: Course) -> list[Path]:
    """Where templates are looked for: the course's own first."""
    return [course.root / "templates", packaged_course() / "templates"]

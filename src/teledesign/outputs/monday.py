"""The page an instructor opens first: what to print, what to project, where to put the site."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from teledesign.course import Course, Topic
from teledesign.form import CourseSecret
from teledesign.outputs.log_truth import days_struck
from teledesign.outputs.logs import TopicLog
from teledesign.outputs.site import SITE
from teledesign.outputs.topic_pages import BRIEF, PROJECTOR
from teledesign.papers import STUDENT
from teledesign.rendering import Templates
from teledesign.scenario.questions import Phase
from teledesign.simulation import TRUTH
from teledesign.worksheets import Handout, Handouts

__all__ = ["Link", "LogLine", "MondayPage", "Shelf", "TopicLine", "Wrong", "monday_html", "monday_page"]

PAPERS = {"a4": "A4", "letter": "Letter"}
EVERY_GROUP = "every group"


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
    """One topic's papers, the folders they lie in, its page for the wall and its brief."""

    title: str
    student: Sequence[Shelf]
    instructor: Sequence[Shelf]
    student_folder: str
    instructor_folder: str
    wall: str
    brief: str


@dataclass(frozen=True)
class Wrong:
    """Something that goes wrong in a log: since when, what tells it, and what looks the same."""

    title: str
    days: str
    shows_first: str
    mistaken_for: str


@dataclass(frozen=True)
class LogLine:
    """One topic's log and its truth."""

    title: str
    rows: str
    student: Link
    truth: Link
    wrong: Sequence[Wrong]


@dataclass(frozen=True)
class MondayPage:
    """Everything the page says."""

    course: str
    kind: str
    build_id: str
    paper: str
    topics: Sequence[TopicLine]
    plan: Sequence[Phase]
    longer: Sequence[int]
    """Minutes of the other plans, which stand in the instructor guides."""
    logs: Sequence[LogLine]


def monday_html(page: MondayPage, templates: Sequence[Path]) -> str:
    """The page as HTML that stands alone."""
    return Templates("html", templates).render("instructor/monday.html", vars(page))


def monday_page(
    course: Course, secret: CourseSecret, handouts: Handouts, logs: Mapping[str, TopicLog], truth: Path, build_id: str
) -> MondayPage:
    """What the instructor's first page says; the folder `truth` holds the truth of each topic's log."""
    first = next(iter(course.topics.values())).scenario
    kind = (
        "practice forms, drawn from the public seed"
        if secret.public
        else f"graded forms of the secret {secret.fingerprint}"
    )
    return MondayPage(
        course=course.file.title,
        kind=kind,
        build_id=build_id,
        paper=PAPERS[course.file.paper],
        topics=[_topic_line(topic, handouts.made) for topic in course.topics.values()],
        plan=first.plans[0].phases if first.plans else (),
        longer=[plan.minutes for plan in first.plans[1:]],
        logs=[_log_line(course.topics[name], log, truth / name / TRUTH) for name, log in logs.items()],
    )


def _topic_line(topic: Topic, made: Sequence[Handout]) -> TopicLine:
    sheets, keys = (_shelves(topic, made, for_students) for for_students in (True, False))
    worksheets, pages = f"../{STUDENT}/worksheets/{topic.id}/", f"../{SITE}/topics/{topic.id}"
    return TopicLine(
        topic.scenario.title,
        sheets,
        keys,
        worksheets,
        f"keys/{topic.id}/",
        wall=f"{pages}/{PROJECTOR.address}",
        brief=f"{pages}/{BRIEF.address}",
    )


def _shelves(topic: Topic, made: Sequence[Handout], for_students: bool) -> list[Shelf]:
    prefix = f"../{STUDENT}/" if for_students else ""
    shelves: dict[str, list[Link]] = {}
    for handout in made:
        if handout.topic == topic.id and handout.for_students is for_students:
            shelves.setdefault(handout.title, []).append(Link(handout.group or EVERY_GROUP, prefix + handout.path))
    return [Shelf(title, links) for title, links in shelves.items()]


def _log_line(topic: Topic, log: TopicLog, truth: Path) -> LogLine:
    student, own = (
        Link("log, for students", f"../{STUDENT}/logs/{topic.id}/"),
        Link("truth, for you", f"truth/{topic.id}/"),
    )
    return LogLine(topic.scenario.title, f"{log.rows:,}", student, own, tuple(_wrong(truth)))


def _wrong(truth: Path) -> Iterator[Wrong]:
    whole = json.loads(truth.read_text("utf-8"))
    for told in whole["incidents"]:
        first, last = days_struck(told, whole)
        lasting = told["ends"] is None or last == whole["days"]
        days = f"from day {first} of {last} on" if lasting else f"day {first} to {last} of {whole['days']}"
        yield Wrong(told["title"], days, told["shows_first"], told["mistaken_for"])

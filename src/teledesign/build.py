"""A build: everything a course hands out, made from nothing, checked for leaks, and put in place at once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from teledesign import __version__
from teledesign.course import Course, Topic
from teledesign.findings import Finding, Refusal
from teledesign.form import CourseSecret
from teledesign.outputs.leaks import forbidden, scan
from teledesign.outputs.logs import LogOrder, TopicLog, hidden_columns, make_each
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.monday import Link, LogLine, MondayPage, Shelf, TopicLine, monday_html
from teledesign.outputs.reference import CommandHelp
from teledesign.outputs.site import build_site
from teledesign.papers import (
    INSTRUCTOR,
    STUDENT,
    forms_folder,
    groups_of,
    keep_forms,
    make_handouts,
    on_paper,
    secret_of,
    template_folders,
    topic_source,
    without_mistakes,
)
from teledesign.roster import RosterGroup, deal
from teledesign.worksheets import Handout, Handouts, Order, Press, make
from teledesign.writing import staged_folder, write_tree

__all__ = ["INSTRUCTOR", "SITE", "STUDENT", "BuildOptions", "BuildReport", "build"]

SITE = "site"
PAPERS = {"a4": "A4", "letter": "Letter"}
EVERY_GROUP = "every group"
PRACTICE_GROUP = "practice"
"""The group whose sheet the site shows."""


@dataclass(frozen=True)
class BuildOptions:
    """What is asked of a build; None takes what the course file says.

    Groups are those of the roster, or so many numbered ones; they are dealt over the topics, or get every one.
    """

    groups: int | None = None
    roster: tuple[RosterGroup, ...] | None = None
    every_topic: bool = False
    names: bool = False
    paper: Literal["a4", "letter"] | None = None
    graded: bool = False
    only: tuple[str, ...] = ()
    events: int | None = None
    jobs: int = 1
    commands: tuple[CommandHelp, ...] = ()
    """The program's commands for the site's reference, which the command line alone can tell."""


@dataclass(frozen=True)
class BuildReport:
    """What a build made; `seconds` is per stage and stands in no file."""

    folder: Path
    build_id: str
    topics: tuple[str, ...]
    groups: int
    sheets: int
    keys: int
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)


def build(course: Course, options: BuildOptions, target: Path, say: Callable[[str], None]) -> BuildReport:
    """Make everything of a course into `target`, whole or not at all.

    `say` hears the name of each stage as it begins.  Raises Refusal with the findings behind it: mistakes in
    the course's files, text that does not fit, a leak; the former output is then left as it was.
    """
    course = on_paper(chosen_topics(without_mistakes(course), options.only), options.paper)
    secret = secret_of(course, graded=options.graded)
    groups = groups_of(course, options.roster, options.groups)
    stages = _Stages(say)
    marker: dict[str, object] = {"version": __version__, "course": course.file.title}
    with staged_folder(target, marker) as folder:
        with stages("handouts"):
            press = Press(course.file.date, [course.root / "templates"])
            dealt = deal(groups, list(course.topics), every_topic=options.every_topic)
            order = Order(dealt, secret, names=options.names, forms=forms_folder(course), jobs=options.jobs)
            handouts = make_handouts(course, order, press, folder)
        with stages("logs"):
            logs = make_logs(course, options, secret, folder)
        with stages("site"), TemporaryDirectory(prefix="teledesign-made-") as work:
            made = public_parts(course, press, logs, Path(work))
            build_site(course, replace(made, commands=options.commands), folder / SITE)
        with stages("leak scan"):
            refuse_leaks(course, folder, handouts, secret)
        build_id = marker["build"] = content_id(folder)
        page = monday_page(course, secret, handouts, logs, build_id)
        write_tree(folder / INSTRUCTOR, {"index.html": monday_html(page, template_folders(course))})
        keep_forms(course, handouts)
    return BuildReport(
        folder=target,
        build_id=build_id,
        topics=tuple(course.topics),
        groups=len(groups),
        sheets=handouts.count(for_students=True),
        keys=handouts.count(for_students=False),
        rows={name: log.rows for name, log in logs.items()},
        findings=(*course.findings, *handouts.findings, *(doubt for log in logs.values() for doubt in log.findings)),
        seconds=stages.seconds,
    )


def chosen_topics(course: Course, only: Sequence[str]) -> Course:
    """The course with the topics named alone, in its own order; all of them where none is named."""
    wanted = {course.topic(name).id for name in only}
    kept = {name: topic for name, topic in course.topics.items() if not wanted or name in wanted}
    return replace(course, topics=kept)


def make_logs(course: Course, options: BuildOptions, secret: CourseSecret, folder: Path) -> dict[str, TopicLog]:
    """One log per topic in the students' tree, its truth in the instructor's."""
    orders = {
        name: LogOrder(topic.scenario, folder / STUDENT / "logs" / name, folder / INSTRUCTOR / "truth" / name)
        for name, topic in course.topics.items()
    }
    return make_each(orders, secret, events=options.events or course.file.log_events, jobs=options.jobs)


def public_parts(course: Course, press: Press, logs: Mapping[str, TopicLog], work: Path) -> Made:
    """What the site shows beside its pages: a practice sheet per topic, never a group's, and the log."""
    topics = {}
    for name, topic in course.topics.items():
        public = replace(topic_source(course, topic), teaching=None)
        practice = Order({name: (RosterGroup(PRACTICE_GROUP),)}, formats=("pdf", "fragment"), sheets=("class", "cost"))
        sheets = make(course.file, [public], practice, press)
        write_tree(work, sheets.student)
        topics[name] = MadeTopic(log=logs[name].folder, **_sheet_parts(sheets.made, work))
    return Made(topics)


SHEET_PARTS = {
    ("class", "pdf"): "worksheet_pdf",
    ("class", "fragment"): "worksheet_html",
    ("cost", "pdf"): "cost_sheet_pdf",
    ("cost", "fragment"): "cost_sheet_html",
}


def _sheet_parts(made: Sequence[Handout], work: Path) -> dict[str, Path]:
    return {
        SHEET_PARTS[handout.document, handout.format]: work / handout.path
        for handout in made
        if (handout.document, handout.format) in SHEET_PARTS
    }


def refuse_leaks(course: Course, folder: Path, handouts: Handouts, secret: CourseSecret) -> None:
    """Raises Refusal where anything only instructors may see stands in the students' tree or the site."""
    taught = [(topic.scenario, topic.teaching) for topic in course.topics.values() if topic.teaching]
    columns = hidden_columns(topic.scenario for topic in course.topics.values())
    what = forbidden(taught, handouts.marks, None if secret.public else secret.key, columns)
    leaks = scan([folder / STUDENT, folder / SITE], what)
    if leaks:
        raise Refusal("something only instructors may see is in what students get. Nothing was put in place", leaks)


def content_id(folder: Path) -> str:
    """Twelve characters that depend on every file below a folder, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:12]


def monday_page(
    course: Course, secret: CourseSecret, handouts: Handouts, logs: Mapping[str, TopicLog], build_id: str
) -> MondayPage:
    """What the instructor's first page says."""
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
        logs=[_log_line(course.topics[name], log) for name, log in logs.items()],
    )


def _topic_line(topic: Topic, made: Sequence[Handout]) -> TopicLine:
    sheets, keys = (_shelves(topic, made, for_students) for for_students in (True, False))
    worksheets, page = f"../{STUDENT}/worksheets/{topic.id}/", f"../{SITE}/topics/{topic.id}/index.html"
    return TopicLine(topic.scenario.title, sheets, keys, worksheets, f"keys/{topic.id}/", page)


def _shelves(topic: Topic, made: Sequence[Handout], for_students: bool) -> list[Shelf]:
    prefix = f"../{STUDENT}/" if for_students else ""
    shelves: dict[str, list[Link]] = {}
    for handout in made:
        if handout.topic == topic.id and handout.for_students is for_students:
            shelves.setdefault(handout.title, []).append(Link(handout.group or EVERY_GROUP, prefix + handout.path))
    return [Shelf(title, links) for title, links in shelves.items()]


def _log_line(topic: Topic, log: TopicLog) -> LogLine:
    student = Link("folder", f"../{STUDENT}/logs/{topic.id}/")
    return LogLine(topic.scenario.title, f"{log.rows:,}", student, Link("folder", f"truth/{topic.id}/"))


class _Stages:
    """Says when a stage begins and keeps how long it took."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self._say(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began

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
from teledesign.findings import Finding, Refusal, has_errors
from teledesign.form import PUBLIC_SECRET, CourseSecret
from teledesign.outputs.leaks import forbidden, scan
from teledesign.outputs.logs import LogOrder, TopicLog, hidden_columns, make_each
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.monday import Link, LogLine, MondayPage, Shelf, TopicLine, monday_html
from teledesign.outputs.reference import CommandHelp
from teledesign.outputs.site import build_site
from teledesign.resources import packaged_course
from teledesign.roster import RosterGroup, deal, numbered
from teledesign.worksheets import (
    FORMS,
    Handout,
    Handouts,
    Order,
    Press,
    TopicSource,
    archive,
    course_secret,
    make,
    piles,
    refuse_errors,
    roster_files,
)
from teledesign.writing import staged_folder, write_tree, write_whole

__all__ = ["ARCHIVE", "INSTRUCTOR", "SITE", "STUDENT", "BuildOptions", "BuildReport", "build"]

STUDENT, INSTRUCTOR, SITE = "student", "instructor", "site"
PAPERS = {"a4": "A4", "letter": "Letter"}
ARCHIVE = "instructor.zip"
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
    secret = secret_of(course, options)
    groups = groups_of(course, options)
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


def without_mistakes(course: Course) -> Course:
    """The course.  Raises Refusal where any of its files has mistakes."""
    if has_errors(course.findings):
        raise Refusal("the course has mistakes. Correct them, then build again", course.findings)
    return course


def chosen_topics(course: Course, only: Sequence[str]) -> Course:
    """The course with the topics named alone, in its own order; all of them where none is named."""
    wanted = {course.topic(name).id for name in only}
    kept = {name: topic for name, topic in course.topics.items() if not wanted or name in wanted}
    return replace(course, topics=kept)


def secret_of(course: Course, options: BuildOptions) -> CourseSecret:
    """What numbers are drawn from: the course's secret in a graded build, else the public seed."""
    if not options.graded:
        return PUBLIC_SECRET
    return course_secret(course.root, read_only=course.location.read_only, fingerprint=course.file.secret_fingerprint)


def groups_of(course: Course, options: BuildOptions) -> tuple[RosterGroup, ...]:
    """The groups of the roster, else as many as asked for, else as many as the course file says."""
    return options.roster or numbered(options.groups or course.file.groups)


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

    def keep(handout: Handout, data: bytes) -> None:
        write_tree(folder / (STUDENT if handout.for_students else INSTRUCTOR), {handout.path: data})

    sources = [topic_source(course, topic) for topic in course.topics.values()]
    handouts = refuse_errors(make(course.file, sources, order, press, keep, on_made))
    write_tree(folder / INSTRUCTOR, roster_files(course.file, handouts.roster, order.secret, press))
    return handouts


def pile_up(course: Course, order: Order, press: Press, folder: Path) -> None:
    """Write one PDF a topic for the printer, then one archive of all that the instructor has."""
    sources = [topic_source(course, topic) for topic in course.topics.values()]
    for name, pdf in piles(course.file, sources, order, press):
        write_tree(folder / INSTRUCTOR, {name: pdf})
    archive(folder / INSTRUCTOR, folder / ARCHIVE, course.file.date)


def topic_source(course: Course, topic: Topic) -> TopicSource:
    """What a topic's handouts are made from."""
    prices = course.price_sheet()
    return TopicSource(topic.scenario, topic.teaching, prices, topic.places, topic.teaching_places, topic.designs)


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


def keep_forms(course: Course, handouts: Handouts) -> None:
    """Write down forms that were drawn just now; the packaged course draws them again each time."""
    if not course.location.read_only:
        for name, content in handouts.forms.items():
            write_whole(course.root / FORMS / name, content)


def template_folders(course: Course) -> list[Path]:
    """Where templates are looked for: the course's own first."""
    return [course.root / "templates", packaged_course() / "templates"]


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

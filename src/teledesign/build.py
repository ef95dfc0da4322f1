"""A build: everything a course hands out, checked for leaks, and put in place at once.

What has not changed since the former build is taken over from it, piece by piece; the bytes are those of a build from
nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from teledesign import __version__
from teledesign.asking import Asked, BuildReport, answered
from teledesign.course import Course, Topic, shown
from teledesign.findings import Finding, Level, Refusal, in_order
from teledesign.form import CourseSecret
from teledesign.inputs import Inputs, course_inputs, digest_of, file_digest, secret_mark
from teledesign.outputs.handing import read_pages, write_pages
from teledesign.outputs.leaks import Forbidden, forbidden, scan, squash
from teledesign.outputs.logs import LogOrder, TopicLog, hidden_columns, make_each
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.monday import monday_html, monday_page
from teledesign.outputs.pages import topic_pages
from teledesign.outputs.practice import made_from, practice_sheets
from teledesign.outputs.reference import CommandHelp
from teledesign.outputs.site import SITE, build_site
from teledesign.outputs.spreadsheet import SPREADSHEET, topic_spreadsheet
from teledesign.papers import (
    INSTRUCTOR,
    STUDENT,
    forms_folder,
    groups_of,
    keep_forms,
    make_sheets,
    on_paper,
    secret_of,
    template_folders,
    without_mistakes,
)
from teledesign.pieces import Pieces, Told, id_of, plain_findings, read_findings, read_former
from teledesign.roster import RosterGroup, deal
from teledesign.simulation import workers_of
from teledesign.worksheets import Handout, Handouts, Order, Press, RosterLine, form_file, roster_files
from teledesign.worksheets.forms import mark_of
from teledesign.writing import FILES, staged_folder, write_tree

__all__ = ["INSTRUCTOR", "SITE", "STUDENT", "BuildOptions", "BuildReport", "build"]

KEPT = ".kept"
"""What a next build can use again: the practice sheets and pages of each topic, all of it public."""
NO_INPUTS = Inputs({}, "")
CHANGED_MEANWHILE = Finding(
    "changed-meanwhile", "files changed while the course was built. Build again when you are done", level=Level.WARNING
)


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


def build(
    course: Course,
    options: BuildOptions,
    target: Path,
    say: Callable[[str], None],
    *,
    again: bool = False,
    asked: Asked | None = None,
) -> BuildReport:
    """Make everything of a course into `target`, whole or not at all.

    `say` hears the name of each stage as it begins.  `asked` was taken down before the course was read: with it, pieces
    of the former build are taken over (not with `again`) and those made now can be later.  Raises Refusal with the
    findings behind it: mistakes in the course's files, text that does not fit, a leak; the former output is then left
    as it was.
    """
    course = on_paper(chosen_topics(without_mistakes(course), options.only), options.paper)
    secret = secret_of(course, graded=options.graded)
    groups = groups_of(course, options.roster, options.groups)
    stages = _Stages(say)
    marker: dict[str, object] = {"version": __version__, "course": course.file.title}
    with staged_folder(target, marker) as folder:
        pieces = Pieces(folder, read_former(target) if asked and not again else None)
        work = _Work(course, options, secret, asked.inputs if asked else NO_INPUTS, pieces, folder)
        press = Press(course.file.date, [course.root / "templates"])
        with stages("handouts"):
            dealt = deal(groups, list(course.topics), every_topic=options.every_topic)
            order = Order(dealt, secret, names=options.names, forms=forms_folder(course), jobs=options.jobs)
            handouts = make_handouts(work, order, press)
        with stages("logs"):
            logs = make_logs(work)
        with stages("spreadsheets"):
            make_spreadsheets(work)
        with stages("site"):
            make_site(work, press, logs)
        with stages("leak scan"):
            marker["scanned_for"] = refuse_leaks(work, handouts, logs)
        made = pieces.files()
        build_id = marker["build"] = id_of(made)
        page = monday_page(course, secret, handouts, logs, folder / INSTRUCTOR / "truth", build_id)
        write_tree(folder / INSTRUCTOR, {"index.html": monday_html(page, template_folders(course))})
        report = BuildReport(
            folder=target,
            build_id=build_id,
            topics=tuple(course.topics),
            groups=len(groups),
            sheets=handouts.count(for_students=True),
            keys=handouts.count(for_students=False),
            rows={name: log.rows for name, log in logs.items()},
            findings=(*course.findings, *handouts.findings, *(one for log in logs.values() for one in log.findings)),
            seconds=stages.seconds,
            taken=tuple(pieces.taken),
        )
        marker |= {FILES: pieces.files(), "pieces": {}}
        if asked and course_inputs(course.root) == asked.inputs:
            marker |= {"pieces": dict(sorted(pieces.told.items())), **answered(asked, report)}
        elif asked:
            report = replace(report, findings=(*report.findings, CHANGED_MEANWHILE))
        keep_forms(course, handouts)
    return report


@dataclass(frozen=True)
class _Work:
    """What every part of a build is made from, and where it goes."""

    course: Course
    options: BuildOptions
    secret: CourseSecret
    inputs: Inputs
    pieces: Pieces
    folder: Path

    def key(self, *places: str, also: object = None) -> str:
        """The key of a piece that is made from the files at these places (and teaching files only where named)."""
        return self.inputs.digest(
            lambda name: name.startswith(places) and (not name.endswith(TEACHING) or name in places),
            [also, self.course.file.paper],
        )

    def topic_places(self, topic: Topic) -> tuple[str, ...]:
        """The files of a topic and those that every topic uses."""
        return ("course.yaml", f"{_folder_name(topic)}/", "scenarios/prices/", "templates/")


TEACHING = "/teaching.yaml"


def _folder_name(topic: Topic) -> str:
    return f"scenarios/{topic.folder.name}"


def chosen_topics(course: Course, only: Sequence[str]) -> Course:
    """The course with the topics named alone, in its own order; all of them where none is named."""
    wanted = {course.topic(name).id for name in only}
    kept = {name: topic for name, topic in course.topics.items() if not wanted or name in wanted}
    return replace(course, topics=kept)


def make_handouts(work: _Work, order: Order, press: Press) -> Handouts:
    """Sheets and keys topic by topic, and the roster sheet of all of them."""
    parts = [_topic_handouts(work, topic, order, press) for topic in work.course.topics.values()]
    handouts = Handouts(
        forms={name: text for part in parts for name, text in part.forms.items()},
        made=tuple(one for part in parts for one in part.made),
        marks=tuple(one for part in parts for one in part.marks),
        roster=tuple(one for part in parts for one in part.roster),
        findings=tuple(in_order(one for part in parts for one in part.findings)),
    )
    roster = roster_files(work.course.file, handouts.roster, work.secret, press)
    write_tree(work.folder / INSTRUCTOR, roster)
    return handouts


def _topic_handouts(work: _Work, topic: Topic, order: Order, press: Press) -> Handouts:
    course, root = replace(work.course, topics={topic.id: topic}), work.course.root
    dealt = order.dealt.get(topic.id, ())
    forms = [form_file(topic.id, group.name, work.secret) for group in dealt]

    def tell(handouts: Handouts) -> Told:
        return {
            "made": [asdict(one) for one in handouts.made],
            "roster": [asdict(one) for one in handouts.roster],
            "findings": plain_findings(handouts.findings, root),
            "forms": {name: _form_digest(order.forms, name, handouts.forms) for name in forms} if order.forms else {},
        }

    def read(told: Told) -> Handouts:
        made = tuple(Handout(**one) for one in told["made"])
        return Handouts(
            made=made,
            marks=tuple(mark_of(work.secret, f"{one.form} {one.path}") for one in made if not one.for_students),
            roster=tuple(RosterLine(**{**one, "members": tuple(one["members"])}) for one in told["roster"]),
            findings=tuple(read_findings(told["findings"], root, shown)),
        )

    def still(told: Told) -> bool:
        return all(file_digest(order.forms / name) == digest for name, digest in told["forms"].items() if order.forms)

    places = (*work.topic_places(topic), _folder_name(topic) + TEACHING)
    secret = secret_mark(root, graded=work.options.graded)
    key = work.key(*places, also=[secret, order.names, [[*asdict(group).values()] for group in dealt]])
    make = partial(make_sheets, course, order, press, work.folder)
    below = (f"{STUDENT}/worksheets/{topic.id}", f"{INSTRUCTOR}/keys/{topic.id}")
    return work.pieces.make(f"handouts {topic.id}", key, below, make, tell, read, still)


def _form_digest(folder: Path, name: str, new: Mapping[str, str]) -> str:
    return hashlib.sha256(new[name].encode()).hexdigest() if name in new else file_digest(folder / name)


def make_logs(work: _Work) -> dict[str, TopicLog]:
    """One log per topic in the students' tree, its truth in the instructor's."""
    course, options, root = work.course, work.options, work.course.root
    events = options.events or course.file.log_events
    secret = secret_mark(root, graded=options.graded)
    logs: dict[str, TopicLog] = {}
    orders: dict[str, LogOrder] = {}
    keys: dict[str, str] = {}
    for name, topic in course.topics.items():
        places = f"{STUDENT}/logs/{name}", f"{INSTRUCTOR}/truth/{name}"
        keys[name] = work.key(f"{_folder_name(topic)}/scenario.yaml", also=[secret, events])
        log, truth = (work.folder / place for place in places)
        told = work.pieces.find(f"log {name}", keys[name], places)
        if told is None:
            orders[name] = LogOrder(topic.scenario, log, truth)
        else:
            findings = tuple(read_findings(told["findings"], root, shown))
            logs[name] = TopicLog(log, told["rows"], findings, tuple(told["schedule"]))
    for name, made in make_each(orders, work.secret, events=events, jobs=options.jobs).items():
        logs[name] = made
        told = {"rows": made.rows, "findings": plain_findings(made.findings, root), "schedule": list(made.schedule)}
        work.pieces.keep(f"log {name}", keys[name], told)
    return {name: logs[name] for name in course.topics}


def make_spreadsheets(work: _Work) -> None:
    """The estimate of each topic with live formulas, in the students' tree; none where the price sheet is not there."""
    if work.course.file.prices not in work.course.prices:
        return
    for topic in work.course.topics.values():
        path = spreadsheet_of(work, topic)

        def make(topic: Topic = topic, path: Path = path) -> None:
            data = topic_spreadsheet(topic.scenario, work.course.price_sheet(), work.course.file.date)
            write_tree(path.parent, {path.name: data})

        below = path.parent.relative_to(work.folder).as_posix()
        key = work.key(*work.topic_places(topic))
        work.pieces.make(f"spreadsheet {topic.id}", key, [below], make, lambda made: {}, lambda told: None)


def spreadsheet_of(work: _Work, topic: Topic) -> Path:
    """Where a topic's spreadsheet stands."""
    return work.folder / STUDENT / "costs" / topic.id / SPREADSHEET.format(topic.id)


def make_site(work: _Work, press: Press, logs: Mapping[str, TopicLog]) -> None:
    """The site: its practice sheets, the pages of each topic, then all of it through MkDocs.

    It is made from what is public alone: teaching files are neither looked at nor part of any key.
    """
    course, pieces = public(work.course), work.pieces
    log_keys = {name: pieces.told[f"log {name}"]["key"] for name in course.topics}
    made = Made(
        {name: _practice(work, topic, press, logs[name]) for name, topic in course.topics.items()},
        work.options.commands,
    )
    keys = {
        name: work.key(*work.topic_places(topic), also=[list(course.topics), log_keys[name]])
        for name, topic in course.topics.items()
    }
    places = {name: f"{KEPT}/pages/{name}" for name in course.topics}
    missing = [name for name in course.topics if pieces.find(f"pages {name}", keys[name], [places[name]]) is None]
    _write_pages(course, made, {name: work.folder / places[name] for name in missing}, work.folder, work.options.jobs)
    for name in missing:
        pieces.keep(f"pages {name}", keys[name], {})
    ready = {name: read_pages(work.folder / place, work.folder) for name, place in places.items()}
    key = work.key("course.yaml", "scenarios/", "templates/", "site/", also=[list(course.topics), log_keys])
    make = partial(build_site, course, made, work.folder / SITE, ready)
    pieces.make("site", key, [SITE], make, lambda made: {}, lambda told: None)


def _write_pages(course: Course, made: Made, folders: Mapping[str, Path], base: Path, jobs: int) -> None:
    """The pages of some topics, each into its folder; several topics at a time where there are jobs for it."""
    write = partial(_write_topic, course, made, base)
    at_once = min(jobs, len(folders))
    if at_once <= 1:
        for place in folders.items():
            write(place)
        return
    with workers_of(at_once) as do:
        list(do(write, list(folders.items())))


def _write_topic(course: Course, made: Made, base: Path, place: tuple[str, Path]) -> None:
    name, folder = place
    write_pages(topic_pages(course, course.topics[name], made.topic(name)), folder, base)


def _practice(work: _Work, topic: Topic, press: Press, log: TopicLog) -> MadeTopic:
    below = f"{KEPT}/sheets/{topic.id}"
    parts = work.pieces.make(
        f"practice {topic.id}",
        work.key(*work.topic_places(topic)),
        [below],
        partial(practice_sheets, public(work.course), topic, press, work.folder / below),
        lambda parts: {"parts": parts},
        lambda told: dict(told["parts"]),
    )
    path = spreadsheet_of(work, topic)
    made = made_from(parts, work.folder / below, log.folder)
    return replace(made, spreadsheet=path if path.is_file() else None)


def public(course: Course) -> Course:
    """The course without what only its instructor may see."""
    topics = {name: replace(topic, teaching=None, teaching_places={}) for name, topic in course.topics.items()}
    return replace(course, topics=topics)


def refuse_leaks(work: _Work, handouts: Handouts, logs: Mapping[str, TopicLog]) -> str:
    """Raises Refusal where anything only instructors may see stands in the students' tree or the site.

    Files that were taken over are not opened again if the former build looked for the same sentences, columns and
    secret: what is new since are marks, drawn after those files were made.  The digest of what was looked for.
    """
    course, pieces = work.course, work.pieces
    taught = [(topic.scenario, topic.teaching) for topic in course.topics.values() if topic.teaching]
    columns = hidden_columns(topic.scenario for topic in course.topics.values())
    schedules = [line for log in logs.values() for line in log.schedule]
    what = forbidden(taught, handouts.marks, None if work.secret.public else work.secret.key, columns, schedules)
    sought = _sought(what, handouts)
    former = pieces.former
    known = former.clean_files(sought, (STUDENT, SITE)) if former else frozenset[tuple[str, str]]()
    leaks = scan([work.folder / STUDENT, work.folder / SITE], what, known)
    if leaks:
        raise Refusal("something only instructors may see is in what students get. Nothing was put in place", leaks)
    return sought


def _sought(what: Forbidden, handouts: Handouts) -> str:
    """The digest of what is looked for but for the marks of single keys."""
    keyed = {squash(mark) for mark in handouts.marks}
    return digest_of(
        sorted(sentence.decode() for sentence in what.sentences),
        sorted(mark.hex() for mark in what.marks if mark not in keyed),
        sorted(what.columns),
    )


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

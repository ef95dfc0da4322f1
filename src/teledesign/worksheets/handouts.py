"""All handouts of some topics and groups: what is made, for whom, and under which name."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

from teledesign.course_file import CourseFile
from teledesign.findings import Finding, Level, Place, Refusal, has_errors, in_order
from teledesign.form import PUBLIC_SECRET, CourseSecret
from teledesign.roster import Dealt
from teledesign.scenario.base import Frozen
from teledesign.worksheets.basis import CostBasis, cost_basis
from teledesign.worksheets.documents import DOCUMENTS, FORMATS, Document, Material, TopicSource
from teledesign.worksheets.forms import forms_for, group_name, mark_of
from teledesign.worksheets.layout import fit_findings, fits
from teledesign.worksheets.names import PrintedGroup, printed_groups
from teledesign.worksheets.press import Press, TypesettingError, pages_of
from teledesign.worksheets.printable import missing_characters, unprintable

__all__ = ["Handout", "Handouts", "Order", "Plan", "RosterLine", "make"]


@dataclass(frozen=True)
class Handout:
    """One file that was made; `path` is relative to the tree of those who may see it."""

    document: str
    title: str
    topic: str
    group: str
    form: str
    for_students: bool
    format: str
    path: str

    @property
    def is_sheet(self) -> bool:
        """Whether it is a group's sheet to write on."""
        return self.for_students and bool(self.form)

    @property
    def bookmark(self) -> str:
        """What it is called among others."""
        return f"Group {self.group} · {self.title}"


@dataclass(frozen=True)
class RosterLine:
    """Who has what; `shown` is the group as its sheets call it."""

    group: str
    shown: str
    members: tuple[str, ...]
    topic: str
    title: str
    form: str
    settings: str


@dataclass(frozen=True)
class Order:
    """What is asked for: which groups work on what, from which secret, which sheets in which formats.

    `forms` is a course's folder of forms; `names` prints members' names on their sheets.
    """

    dealt: Dealt
    secret: CourseSecret = PUBLIC_SECRET
    sheets: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("pdf",)
    names: bool = False
    forms: Path | None = None
    redraw: bool = False
    jobs: int = 1


@dataclass(frozen=True)
class Handouts:
    """What was made: files of the student tree and of the instructor tree by name, and forms to keep.

    With errors among the findings nothing else is there.
    """

    student: Mapping[str, bytes] = field(default_factory=dict)
    instructor: Mapping[str, bytes] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    made: tuple[Handout, ...] = ()
    marks: tuple[str, ...] = ()
    roster: tuple[RosterLine, ...] = ()
    findings: tuple[Finding, ...] = ()

    def count(self, *, for_students: bool) -> int:
        """How many files there are for students, or for their instructor."""
        return sum(handout.for_students is for_students for handout in self.made)


@dataclass(frozen=True)
class Task:
    """One file to be made."""

    document: Document
    handout: Handout
    material: Material
    place: Place


Keep = Callable[[Handout, bytes], None]


def make(
    course: CourseFile,
    topics: Sequence[TopicSource],
    order: Order,
    press: Press,
    keep: Keep | None = None,
    on_made: Callable[[Handout], None] = lambda handout: None,
) -> Handouts:
    """Handouts of each topic for the groups that work on it, from the forms that exist or are drawn now.

    Each file goes to `keep` as soon as it is made, in order; without it, files are held in the result.
    Raises Refusal where a form cannot be used.
    """
    student: dict[str, bytes] = {}
    instructor: dict[str, bytes] = {}

    def hold(handout: Handout, data: bytes) -> None:
        (student if handout.for_students else instructor)[handout.path] = data

    made: list[Handout] = []
    marks: list[str] = []
    plan = Plan(course, order, press)
    findings = plan.findings
    failed: Handout | None = None
    for task, printed, found in _all_printed(plan.tasks(topics), press, order.jobs):
        findings += found
        if failed and (failed.topic, failed.group) != (task.handout.topic, task.handout.group):
            break  # one group tells what is wrong with all of them
        if has_errors(findings):
            failed = failed or task.handout
            continue
        (keep or hold)(task.handout, printed)
        made.append(task.handout)
        marks += [] if task.handout.for_students else [task.material.mark]
        on_made(task.handout)
    if has_errors(findings):
        return Handouts(findings=tuple(in_order(findings)))
    return Handouts(
        student, instructor, plan.new, tuple(made), tuple(marks), tuple(plan.lines), tuple(in_order(findings))
    )


class Plan:
    """The files of an order, one after another; forms are drawn as they are needed."""

    def __init__(self, course: CourseFile, order: Order, press: Press) -> None:
        self._course = course
        self._order = order
        self._press = press
        self.findings: list[Finding] = []
        self.new: dict[str, str] = {}
        self.lines: list[RosterLine] = []

    def tasks(self, topics: Sequence[TopicSource]) -> Iterator[Task]:
        """Group by group, then what a topic has once."""
        for topic in topics:
            groups, found = printed_groups(self._order.dealt.get(topic.scenario.scenario, ()), self._press)
            self.findings += found
            basis = cost_basis(topic.scenario, topic.prices) if groups else None
            for group in groups:
                yield from self._of_group(topic, basis, group)
            yield from self._of_topic(topic)

    def _of_group(self, topic: TopicSource, basis: CostBasis | None, group: PrintedGroup) -> Iterator[Task]:
        order, scenario = self._order, topic.scenario
        drawn = forms_for(scenario, [group.name], order.secret, order.forms, redraw=order.redraw, basis=basis)
        self.new |= drawn.new
        self.findings += drawn.findings
        (form,) = drawn.forms
        self.lines.append(
            RosterLine(
                group.name, group.shown, group.members, scenario.scenario, scenario.title, form.form, form.settings
            )
        )
        shown = form.model_copy(update={"group": group.shown})
        names = group.together if order.names else None
        for document in self._documents("group"):
            if document.needs(topic, form):
                material = Material(self._course, topic, "", shown, names, basis)
                yield from self._in_formats(document, material, group_name(group.name), group.place)

    def _of_topic(self, topic: TopicSource) -> Iterator[Task]:
        for document in self._documents("topic"):
            if document.needs(topic, None):
                yield from self._in_formats(document, Material(self._course, topic, ""), "", Place())

    def _documents(self, each: str) -> Iterator[Document]:
        wanted = self._order.sheets
        return (one for one in DOCUMENTS.values() if one.each == each and (not wanted or one.sheet in wanted))

    def _in_formats(self, document: Document, material: Material, group: str, place: Place) -> Iterator[Task]:
        topic, form = material.topic.scenario.scenario, material.of_group
        shelf = "worksheets" if document.for_students else "keys"
        name = "-".join(part for part in (group, document.name) if part)
        for kind in self._order.formats:
            if kind not in document.formats:
                continue
            path = f"{shelf}/{topic}/{name}.{kind}"
            who = (form.group, form.form) if form else ("", "")
            handout = Handout(document.name, document.title, topic, *who, document.for_students, kind, path)
            mark = mark_of(self._order.secret, f"{who[1]} {path}")
            yield Task(document, handout, replace(material, mark=mark), place)


def _all_printed(tasks: Iterable[Task], press: Press, jobs: int) -> Iterator[tuple[Task, bytes, list[Finding]]]:
    """What the tasks give, in their order; some of them at once, as Typst works beside Python."""
    if jobs == 1:
        for task in tasks:
            yield task, *_printed(task, press)
        return
    presses: SimpleQueue[Press] = SimpleQueue()
    for _ in range(jobs):
        presses.put(press.another())

    def printed(task: Task) -> tuple[Task, bytes, list[Finding]]:
        own = presses.get()
        try:
            return task, *_printed(task, own)
        finally:
            presses.put(own)

    waiting: deque[Future[tuple[Task, bytes, list[Finding]]]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(printed, task))
                if len(waiting) > 3 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _printed(task: Task, press: Press) -> tuple[bytes, list[Finding]]:
    document, material = task.document, task.material
    view = document.view(material)
    try:
        printed = FORMATS[task.handout.format](press, document.template, view)
    except TypesettingError as error:
        return b"", _unprintable(error, material.topic)
    if task.handout.format != "pdf" or document.pages in (None, pages_of(printed)):
        return printed, []
    if material.names is not None:
        again, found = _printed(replace(task, material=replace(material, names=None)), press)
        return again, [*found, _names_left_out(task)]
    return printed, _too_long(document, press.fit(document.template, view), material.topic)


def _too_long(document: Document, told: Sequence[Mapping[str, object]], topic: TopicSource) -> list[Finding]:
    found = fit_findings(topic.scenario, fits(told), topic.places)
    pages = "one page" if document.pages == 1 else f"{document.pages} pages"
    message = f"the {document.in_a_sentence} does not fit on {pages}. Shorten the topic's title and its longest texts"
    return found or [Finding("worksheet-too-long", message, "title", topic.places.get("title", Place()))]


def _names_left_out(task: Task) -> Finding:
    message = (
        f"the names of group {task.handout.group} leave too little room on the {task.document.in_a_sentence}, which "
        "has a line to write them on instead. Shorten them"
    )
    return Finding("names-too-long", message, place=task.place, level=Level.WARNING)


def _unprintable(error: TypesettingError, topic: TopicSource) -> list[Finding]:
    characters = missing_characters(error.diagnostic)
    if not characters:
        raise error
    files: list[tuple[Frozen, Mapping[str, Place]]] = [(topic.scenario, topic.places)]
    files += [(topic.teaching, topic.teaching_places)] if topic.teaching else []
    return unprintable(characters, files) or [_unknown_place(characters)]


def _unknown_place(characters: Sequence[str]) -> Finding:
    shown = ", ".join(f"{character} (U+{ord(character):04X})" for character in characters)
    message = f"the fonts of the handouts cannot print {shown}. Take it out of the course's title and institution"
    return Finding("unprintable", message)


def refuse_errors(handouts: Handouts) -> Handouts:
    """The handouts, or a Refusal with the findings where there are errors."""
    if has_errors(handouts.findings):
        raise Refusal("the handouts cannot be made. Correct these first", handouts.findings)
    return handouts

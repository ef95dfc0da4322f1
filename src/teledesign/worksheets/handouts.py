"""All handouts of some topics and groups: what is made, for whom, and under which name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from teledesign.course_file import CourseFile
from teledesign.findings import Finding, Place, Refusal, has_errors, in_order
from teledesign.form import CourseSecret, Form
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.scenario.base import Frozen
from teledesign.teaching import Teaching
from teledesign.worksheets.arithmetic import cost_basis
from teledesign.worksheets.cost_views import cost_key_view, cost_view
from teledesign.worksheets.forms import forms_for, group_name, mark_of
from teledesign.worksheets.layout import fit_findings, fits
from teledesign.worksheets.press import Press, TypesettingError, pages_of
from teledesign.worksheets.printable import missing_characters, named, unprintable
from teledesign.worksheets.views import class_key_view, class_view

__all__ = ["DOCUMENTS", "FORMATS", "Document", "Handout", "Handouts", "TopicSource", "make"]

SHEET_PAGES = 2
"""Students' handouts are one sheet of paper, front and back."""


@dataclass(frozen=True)
class TopicSource:
    """What handouts of a topic are made from; the places are for findings."""

    scenario: Scenario
    teaching: Teaching | None
    prices: PriceSheet
    places: Mapping[str, Place] = field(default_factory=dict)
    teaching_places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """One handout's material."""

    course: CourseFile
    topic: TopicSource
    form: Form
    mark: str

    @property
    def teaching(self) -> Teaching:
        """The teaching file, which every key needs."""
        assert self.topic.teaching is not None
        return self.topic.teaching


@dataclass(frozen=True)
class Document:
    """A kind of handout: its name on disk, its title, who may see it, and its view."""

    name: str
    title: str
    for_students: bool
    formats: tuple[str, ...]
    view: Callable[[Material], object]
    needs: Callable[[TopicSource, Form], bool]


def _always(topic: TopicSource, form: Form) -> bool:
    return True


def _taught(topic: TopicSource, form: Form) -> bool:
    return topic.teaching is not None


def _priced(topic: TopicSource, form: Form) -> bool:
    return form.cost is not None


def _class(given: Material) -> object:
    return class_view(given.course, given.topic.scenario, given.form.without_answers())


def _cost(given: Material) -> object:
    return cost_view(given.course, given.topic.scenario, given.form.without_answers())


def _class_key(given: Material) -> object:
    return class_key_view(given.course, given.topic.scenario, given.teaching, given.form, given.mark)


def _cost_key(given: Material) -> object:
    return cost_key_view(given.course, given.topic.scenario, given.form, given.mark)


PRINT_AND_WEB = ("pdf", "html", "fragment")
DOCUMENTS: Mapping[str, Document] = {
    document.name: document
    for document in (
        Document("class", "Class worksheet", True, PRINT_AND_WEB, _class, _always),
        Document("cost", "Cost sheet", True, PRINT_AND_WEB, _cost, _priced),
        Document("class-key", "Key to the class worksheet", False, ("pdf",), _class_key, _taught),
        Document("cost-key", "Key to the cost sheet", False, ("pdf",), _cost_key, _priced),
    )
}
"""What is printed for each form.  Students' handouts are made from the form without its answers."""

FORMATS: Mapping[str, Callable[[Press, str, object], bytes]] = {
    "pdf": lambda press, document, view: press.pdf(document, view),
    "html": lambda press, document, view: press.page(document, view),
    "fragment": lambda press, document, view: press.html(document, view).encode(),
}
"""How a view becomes a file: paper, a page that stands alone, a piece of somebody else's page."""


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
    findings: tuple[Finding, ...] = ()


def make(
    course: CourseFile,
    topics: Sequence[TopicSource],
    groups: Sequence[str],
    secret: CourseSecret,
    press: Press,
    *,
    folder: Path | None = None,
    redraw: bool = False,
    formats: Sequence[str] = ("pdf",),
    on_made: Callable[[Handout], None] = lambda handout: None,
) -> Handouts:
    """Handouts of each topic for each group, from the forms in `folder` (a course's `forms/`) or drawn now.

    Raises Refusal where a form cannot be used.
    """
    student: dict[str, bytes] = {}
    instructor: dict[str, bytes] = {}
    new: dict[str, str] = {}
    made: list[Handout] = []
    marks: list[str] = []
    findings: list[Finding] = []
    for topic in topics:
        basis = cost_basis(topic.scenario, topic.prices)
        drawn = forms_for(topic.scenario, groups, secret, folder, redraw=redraw, basis=basis)
        new |= drawn.new
        findings += drawn.findings
        for form in drawn.forms:
            for handout, mark in handouts_of(topic, form, secret, formats):
                material = Material(course, topic, form, mark)
                printed, found = _printed(handout, material, press)
                findings += found
                tree = student if handout.for_students else instructor
                tree[handout.path] = printed
                made.append(handout)
                marks += [] if handout.for_students else [mark]
                on_made(handout)
            if has_errors(findings):
                break
    if has_errors(findings):
        return Handouts(findings=tuple(in_order(findings)))
    return Handouts(student, instructor, new, tuple(made), tuple(marks), tuple(in_order(findings)))


def handouts_of(
    topic: TopicSource, form: Form, secret: CourseSecret, formats: Sequence[str]
) -> Iterable[tuple[Handout, str]]:
    """The handouts of one form, each with the mark its file would carry."""
    for document in DOCUMENTS.values():
        if not document.needs(topic, form):
            continue
        for kind in formats:
            if kind not in document.formats:
                continue
            shelf = "worksheets" if document.for_students else "keys"
            path = f"{shelf}/{form.scenario}/{group_name(form.group)}-{document.name}.{kind}"
            handout = Handout(
                document.name, document.title, form.scenario, form.group, form.form, document.for_students, kind, path
            )
            yield handout, mark_of(secret, f"{form.form} {path}")


def _printed(handout: Handout, material: Material, press: Press) -> tuple[bytes, list[Finding]]:
    view = DOCUMENTS[handout.document].view(material)
    topic = material.topic
    try:
        printed = FORMATS[handout.format](press, handout.document, view)
    except TypesettingError as error:
        characters = missing_characters(error.diagnostic)
        if not characters:
            raise
        files: list[tuple[Frozen, Mapping[str, Place]]] = [(topic.scenario, topic.places)]
        files += [(topic.teaching, topic.teaching_places)] if topic.teaching else []
        found = unprintable(characters, files) or [_unknown_place(characters)]
        return b"", found
    if handout.format == "pdf" and handout.for_students and pages_of(printed) != SHEET_PAGES:
        return printed, fit_findings(topic.scenario, fits(press.fit(handout.document, view)), topic.places)
    return printed, []


def _unknown_place(characters: Sequence[str]) -> Finding:
    where = "group names, the course's title and the price sheet"
    message = f"the fonts of the handouts cannot print {named(characters)}. Take it out of {where}"
    return Finding("unprintable", message)


def refuse_errors(handouts: Handouts) -> Handouts:
    """The handouts, or a Refusal with the findings where there are errors."""
    if has_errors(handouts.findings):
        raise Refusal("the handouts cannot be made. Correct these first", handouts.findings)
    return handouts

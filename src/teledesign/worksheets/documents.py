"""The documents: what is printed for a group or a topic, for whom, from which view, in which formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from teledesign.course_file import CourseFile
from teledesign.design import Design
from teledesign.findings import Place
from teledesign.form import Form
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.teaching import Teaching
from teledesign.worksheets.basis import CostBasis
from teledesign.worksheets.canvas_views import canvas_key_view, canvas_view
from teledesign.worksheets.cost_views import cost_key_view, cost_view
from teledesign.worksheets.press import Headed, Press
from teledesign.worksheets.score_views import score_grid_view, score_key_view, score_view
from teledesign.worksheets.topic_views import guide_view, rubric_view
from teledesign.worksheets.views import class_grid_view, class_key_view, class_view

__all__ = ["DOCUMENTS", "FORMATS", "SHEETS", "Document", "Material", "TopicSource"]


@dataclass(frozen=True)
class TopicSource:
    """What handouts of a topic are made from; the places are for findings."""

    scenario: Scenario
    teaching: Teaching | None
    prices: PriceSheet
    places: Mapping[str, Place] = field(default_factory=dict)
    teaching_places: Mapping[str, Place] = field(default_factory=dict)
    designs: Mapping[str, Design] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """One document's material: a topic, and for a group's document its form and the names to print."""

    course: CourseFile
    topic: TopicSource
    mark: str
    of_group: Form | None = None
    names: str | None = None
    basis: CostBasis | None = None

    @property
    def teaching(self) -> Teaching:
        """The teaching file, which every key needs."""
        assert self.topic.teaching is not None
        return self.topic.teaching

    @property
    def form(self) -> Form:
        """The group's form with its answers, for keys."""
        assert self.of_group is not None
        return self.of_group

    @property
    def sheet_form(self) -> Form:
        """The group's form as students get it."""
        return self.form.without_answers()


@dataclass(frozen=True)
class Document:
    """A kind of document: its name on disk, its title, whose it is, and its view.

    `sheet` is what `--sheet` calls it together with its key; `shares` names the template of documents that share one;
    `pages` is how many pages it must have on paper.  What does not differ from group to group is printed once a topic.
    """

    name: str
    title: str
    sheet: str
    for_students: bool
    view: Callable[[Material], Headed]
    needs: Callable[[TopicSource, Form | None], bool]
    shares: str = ""
    each: Literal["group", "topic"] = "group"
    pages: int | None = None
    formats: tuple[str, ...] = ("pdf", "html", "docx", "md")

    @property
    def template(self) -> str:
        """The template that prints it: its own, or one that several documents share."""
        return self.shares or self.name

    @property
    def in_a_sentence(self) -> str:
        """Its title with a small letter first, where that is no abbreviation."""
        return self.title if self.title[:2].isupper() else self.title[0].lower() + self.title[1:]


def _always(topic: TopicSource, form: Form | None) -> bool:
    return True


def _taught(topic: TopicSource, form: Form | None) -> bool:
    return topic.teaching is not None


def _priced(topic: TopicSource, form: Form | None) -> bool:
    return form is not None and form.cost is not None


def _class(given: Material) -> Headed:
    return class_view(given.course, given.topic.scenario, given.sheet_form, given.names)


def _cost(given: Material) -> Headed:
    return cost_view(given.course, given.topic.scenario, given.sheet_form, given.names)


def _class_key(given: Material) -> Headed:
    return class_key_view(given.course, given.topic.scenario, given.teaching, given.mark)


def _class_grid(given: Material) -> Headed:
    return class_grid_view(given.course, given.topic.scenario, given.form, given.mark)


def _cost_key(given: Material) -> Headed:
    return cost_key_view(given.course, given.topic.scenario, given.form, given.mark)


def _canvas(given: Material) -> Headed:
    return canvas_view(given.course, given.topic.scenario, given.sheet_form, given.names)


def _canvas_key(given: Material) -> Headed:
    scenario, designs = given.topic.scenario, given.topic.designs
    rows = given.basis.model.gathered.traffic.rows if given.basis else {}
    return canvas_key_view(given.course, scenario, designs, rows, given.form, given.mark)


def _score(given: Material) -> Headed:
    return score_view(given.course, given.topic.scenario, given.sheet_form, given.names)


def _score_key(given: Material) -> Headed:
    return score_key_view(given.course, given.topic.scenario, given.mark)


def _score_grid(given: Material) -> Headed:
    return score_grid_view(given.course, given.topic.scenario, given.form, given.mark)


def _rubric(given: Material) -> Headed:
    return rubric_view(given.course, given.topic.scenario)


def _guide(given: Material) -> Headed:
    return guide_view(given.course, given.topic.scenario, given.teaching, given.mark)


WITH_FRAGMENT = ("pdf", "html", "docx", "md", "fragment")
DOCUMENTS: Mapping[str, Document] = {
    document.name: document
    for document in (
        Document("class", "Class worksheet", "class", True, _class, _always, pages=2, formats=WITH_FRAGMENT),
        Document("cost", "Cost sheet", "cost", True, _cost, _priced, pages=2, formats=WITH_FRAGMENT),
        Document("canvas", "Design canvas", "canvas", True, _canvas, _always, pages=1),
        Document("score", "ML Test Score sheet", "score", True, _score, _always, pages=2),
        Document("class-grid", "Marking grid of the class worksheet", "class", False, _class_grid, _always, "grid"),
        Document("cost-key", "Key to the cost sheet", "cost", False, _cost_key, _priced),
        Document("canvas-key", "Key to the design canvas", "canvas", False, _canvas_key, _priced),
        Document("score-grid", "Marking grid of the ML Test Score sheet", "score", False, _score_grid, _always, "grid"),
        Document("class-key", "Key to the class worksheet", "class", False, _class_key, _taught, each="topic"),
        Document("score-key", "Key to the ML Test Score sheet", "score", False, _score_key, _always, each="topic"),
        Document("rubric", "Rubric for students", "rubric", True, _rubric, _always, each="topic"),
        Document("guide", "Instructor guide", "guide", False, _guide, _taught, each="topic"),
    )
}
"""What is printed.  Students' handouts are made from the form without its answers."""

SHEETS = tuple(dict.fromkeys(document.sheet for document in DOCUMENTS.values()))

FORMATS: Mapping[str, Callable[[Press, str, Headed], bytes]] = {
    "pdf": lambda press, document, view: press.pdf(document, view),
    "html": lambda press, document, view: press.page(document, view),
    "docx": lambda press, document, view: press.word(document, view),
    "md": lambda press, document, view: press.markdown(document, view),
    "fragment": lambda press, document, view: press.html(document, view).encode(),
}
"""How a view becomes a file: paper, a page that stands alone, Word, Markdown, a piece of somebody else's page."""

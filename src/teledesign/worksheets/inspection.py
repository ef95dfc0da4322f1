"""Whether printed documents are fit to hand out: paper, margins, type, headings and room to write, measured.

What is measured is the PDF itself, as a printer gets it, and not what a template meant to do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.course_file import CourseFile
from teledesign.findings import MissingExtra
from teledesign.roster import deal, numbered
from teledesign.worksheets.documents import DOCUMENTS, Document, TopicSource
from teledesign.worksheets.handouts import Order, make, refuse_errors
from teledesign.worksheets.press import Press

__all__ = ["PAPERS", "Asked", "Inspected", "Measured", "Room", "faults", "inspect", "measured"]

PAPERS: Mapping[str, tuple[float, float]] = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height in millimetres."""
POINT = 25.4 / 72
"""Millimetres of a point."""
LEAST_MARGIN = 8.0
"""Millimetres at every edge: office printers leave up to 6 white."""
LEAST_TYPE = 9.0
FOOT = 15.0
"""Millimetres at the foot of a page where no text of the document stands."""
TEXT, PATH = 1, 2
"""Kinds of page objects, as PDFium numbers them."""
NARROW = 0.5
"""A rule is no higher than that many millimetres, …"""
ACROSS = 0.6
"""… and is at least that share of the page wide."""
CLOSE = (6.0, 16.0)
"""Millimetres between rules that belong together."""
FEWEST = 4
"""As many rules as that make room to write; fewer divide a page."""


@dataclass(frozen=True)
class Room:
    """Room to write: how many rules in a row, and the least distance between two of them in millimetres."""

    rules: int
    distance: float


@dataclass(frozen=True)
class Asked:
    """The room that a sheet must have: so many places with at least so many rules, so far apart."""

    places: int
    rules: int
    distance: float


ROOM: Mapping[str, Asked] = {
    "class": Asked(4, 8, 6.2),
    "cost": Asked(2, 4, 6.2),
    "canvas": Asked(1, 9, 10.4),
    "score": Asked(2, 18, 7.5),
}
"""Sheet -> the room to write that it must have; tables count by the rules between their rows."""


@dataclass(frozen=True)
class Measured:
    """A PDF as it lies on the desk; lengths in millimetres, type in points."""

    sizes: tuple[tuple[float, float], ...]
    margin: float
    type: float
    stranded: tuple[int, ...]
    """Pages on which a heading stands last."""
    bookmarks: int
    tagged: bool
    room: tuple[Room, ...]

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self.sizes)


@dataclass(frozen=True)
class Inspected:
    """One document on one paper, with what is wrong about it."""

    topic: str
    document: str
    paper: str
    measured: Measured
    faults: tuple[str, ...]

    @property
    def asked(self) -> Asked | None:
        """The room to write that it must have; None for what is only read."""
        return ROOM.get(self.document)


def inspect(
    course: CourseFile, topics: Sequence[TopicSource], press: Press, papers: Sequence[str] = tuple(PAPERS)
) -> Iterator[Inspected]:
    """Every document of the topics on every paper, printed for one group and measured.

    Raises Refusal where one cannot be printed.
    """
    for paper in papers:
        on_paper = course.model_copy(update={"paper": paper})
        for topic in topics:
            name = topic.scenario.scenario
            made = refuse_errors(make(on_paper, [topic], Order(deal(numbered(1), [name])), press))
            for handout in made.made:
                document = DOCUMENTS[handout.document]
                found = measured((made.student if document.for_students else made.instructor)[handout.path])
                yield Inspected(name, document.name, paper, found, tuple(faults(document, paper, found)))


def faults(document: Document, paper: str, found: Measured) -> Iterator[str]:
    """What is wrong with a document as it was measured."""
    if document.pages not in (None, found.pages):
        yield f"has {found.pages} pages and not {document.pages}"
    if any(abs(a - b) > 0.5 for size in found.sizes for a, b in zip(sorted(size), sorted(PAPERS[paper]), strict=True)):
        yield f"is not on {paper}"
    if found.margin < LEAST_MARGIN:
        yield f"comes within {found.margin:.1f} mm of an edge"
    if found.type < LEAST_TYPE:
        yield f"has type of {found.type:g} pt"
    for page in found.stranded:
        yield f"has a heading at the foot of page {page}"
    if not found.tagged:
        yield "is not tagged"
    if not found.bookmarks:
        yield "has no bookmarks"
    asked = ROOM.get(document.name)
    if asked:
        enough = [one for one in found.room if one.rules >= asked.rules and one.distance >= asked.distance]
        if len(enough) < asked.places:
            yield f"has {len(enough)} places to write and not {asked.places}"


def measured(pdf: bytes) -> Measured:
    """Look at every object on every page of a PDF."""
    try:
        import pypdfium2
        from pypdfium2 import raw
    except ModuleNotFoundError as error:
        raise MissingExtra("pypdfium2", "course") from error
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [_Page(page) for page in document]
        return Measured(
            sizes=tuple(page.size for page in pages),
            margin=round(min(page.margin for page in pages), 2),
            type=min((size for page in pages for size in page.types), default=0.0),
            stranded=tuple(number for number, page in enumerate(pages, 1) if page.is_stranded),
            bookmarks=sum(1 for _ in document.get_toc()),
            tagged=bool(raw.FPDFCatalog_IsTagged(document)),
            room=tuple(room for page in pages for room in page.room),
        )
    finally:
        document.close()


@dataclass(frozen=True)
class _Box:
    """A page object in millimetres from the top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class _Page:
    """The boxes of a page's texts and rules."""

    def __init__(self, page: Any) -> None:
        width, height = page.get_size()
        self.size = (round(width * POINT, 1), round(height * POINT, 1))
        self.types: list[float] = []
        boxes: list[_Box] = []
        texts: list[_Box] = []
        headings: list[_Box] = []
        rules: list[float] = []
        for thing in page.get_objects(filter=[TEXT, PATH]):
            left, bottom, right, top = thing.get_bounds()
            box = _Box(left * POINT, (height - top) * POINT, right * POINT, (height - bottom) * POINT)
            boxes.append(box)
            if thing.type == TEXT:
                self.types.append(_type_of(thing))
                (headings if "SourceSerif" in _font_of(thing) else texts).append(box)
            elif box.bottom - box.top < NARROW and box.right - box.left > ACROSS * self.size[0]:
                rules.append((box.top + box.bottom) / 2)
        self.margin = min(min(box.left, box.top, self.size[0] - box.right, self.size[1] - box.bottom) for box in boxes)
        body = [box for box in texts if box.bottom < self.size[1] - FOOT]
        self.is_stranded = any(
            not any(box.top > heading.bottom for box in body) and not any(rule > heading.bottom for rule in rules)
            for heading in headings
        )
        self.room = tuple(_rooms(sorted(rules)))


def _rooms(rules: Sequence[float]) -> Iterator[Room]:
    """Runs of rules that are near one another."""
    run: list[float] = []
    for rule in (*rules, float("inf")):
        if run and not CLOSE[0] <= rule - run[-1] <= CLOSE[1]:
            if len(run) >= FEWEST:
                yield Room(len(run), round(min(below - above for above, below in itertools.pairwise(run)), 1))
            run = []
        run.append(rule)


def _type_of(text: Any) -> float:
    import ctypes

    from pypdfium2 import raw

    size = ctypes.c_float()
    raw.FPDFTextObj_GetFontSize(text.raw, size)
    return round(abs(float(size.value) * float(text.get_matrix().d)), 2)


def _font_of(text: Any) -> str:
    import ctypes

    from pypdfium2 import raw

    name = ctypes.create_string_buffer(80)
    raw.FPDFFont_GetBaseFontName(raw.FPDFTextObj_GetFont(text.raw), name, 80)
    return name.value.decode("ascii", "replace")

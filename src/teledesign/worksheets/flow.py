"""A document as a flow of blocks, read from its HTML, so that Word and Markdown are printed from the one template."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

__all__ = ["Block", "Cell", "Flow", "Heading", "Items", "Lines", "Paragraph", "Row", "Run", "Runs", "Table", "flow_of"]


@dataclass(frozen=True)
class Run:
    """Text in one manner; a blank is room to write so many letters, a formula has its MathML beside its plain text."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    formula: Element | None = None
    blank: int = 0
    href: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading below the title; the highest level is 1."""

    level: int
    runs: Runs


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: plain, or in one of the `MANNERS`: the bar of an instructor's copy, the subtitle, small."""

    runs: Runs
    manner: str = ""


@dataclass(frozen=True)
class Items:
    """A list with bullets."""

    items: tuple[Runs, ...]


@dataclass(frozen=True)
class Lines:
    """Lines to write on."""

    count: int


@dataclass(frozen=True)
class Cell:
    """A cell of a table."""

    runs: Runs
    head: bool = False
    number: bool = False
    span: int = 1


@dataclass(frozen=True)
class Row:
    """A row; a tall one is to be written in."""

    cells: tuple[Cell, ...]
    tall: bool = False

    @property
    def blank(self) -> bool:
        """Whether most of its cells are to be filled in."""
        return sum(not cell.runs for cell in self.cells) * 2 > len(self.cells)


@dataclass(frozen=True)
class Table:
    """A table: rows that head it, the others, and what it is about."""

    head: tuple[Row, ...]
    body: tuple[Row, ...]
    about: str = ""

    @property
    def columns(self) -> int:
        """How many columns it has."""
        return max(sum(cell.span for cell in row.cells) for row in (*self.head, *self.body))


Block = Heading | Paragraph | Items | Lines | Table


@dataclass(frozen=True)
class Flow:
    """A whole document."""

    blocks: tuple[Block, ...]
    landscape: bool = False


def flow_of(fragment: str) -> Flow:
    """The blocks of a document's HTML fragment."""
    reader = _Reader()
    reader.feed(fragment)
    reader.close()
    return Flow(tuple(reader.blocks), reader.landscape)


@dataclass
class _Part:
    """A table while it is read."""

    head: list[Row] = field(default_factory=list)
    body: list[Row] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    tall: bool = False
    about: str = ""


_MANNERS: Mapping[str, Callable[[Run], Run]] = {
    "strong": lambda run: replace(run, bold=True),
    "em": lambda run: replace(run, italic=True),
    "code": lambda run: replace(run, code=True),
}
BLANK, LONG_BLANK = 24, 66
"""Letters that fit into a place to write."""
MANNERS = ("bar", "subtitle", "small")
_TEXTS = ("p", "h3", "h4", "li", "td", "th", "caption", "dt", "dd")


class _Reader(HTMLParser):
    """Knows the tags that the templates of this folder use, and no others."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.landscape = False
        self._runs: list[Run] | None = None
        self._manner: list[tuple[str, Run]] = [("", Run(""))]
        self._classes = ""
        self._items: list[Runs] = []
        self._table: _Part | None = None
        self._cell = Cell(())
        self._in_head = False
        self._silent = 0
        self._on_one_line = self._small = False
        self._formula: TreeBuilder | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "math":
            self._formula = TreeBuilder()
        if self._formula is not None:
            self._formula.start(tag, given)
            return
        classes = given.get("class", "")
        if tag == "style":
            self._silent += 1
        elif tag == "div":
            self.landscape |= "td-landscape" in classes
            if "td-lines" in classes and (found := re.search(r"--lines: (\d+)", given.get("style", ""))):
                self.blocks.append(Lines(int(found[1])))
        elif tag in ("table", "dl"):
            self._table = _Part(about=self._last_heading())
        elif tag in ("thead", "tbody"):
            self._in_head = tag == "thead"
        elif tag == "tr" and self._table:
            self._table.tall = "td-tall" in classes
        elif tag == "ul":
            self._items = []
            self._on_one_line = "td-small" in classes or "td-line" in classes
            self._small = "td-small" in classes
        elif tag == "br" and self._runs is not None:
            self._runs.append(Run("\n"))
        elif tag in (*_MANNERS, "a", "span"):
            self._open(tag, classes, given.get("href", ""))
        if tag in _TEXTS:
            self._runs = []
            self._classes = classes
            span = given.get("colspan", "1")
            self._cell = Cell((), tag in ("th", "dt"), "td-number" in classes, int(span) if span.isdigit() else 1)

    def _open(self, tag: str, classes: str, href: str) -> None:
        manner = self._manner[-1][1]
        if tag in _MANNERS:
            manner = _MANNERS[tag](manner)
        elif tag == "a":
            manner = replace(manner, href=href)
        elif "td-blank" in classes and self._runs is not None:
            self._runs.append(Run("", blank=LONG_BLANK if "td-long" in classes else BLANK))
        self._manner.append((tag, manner))

    def handle_data(self, data: str) -> None:
        if self._formula is not None:
            self._formula.data(data)
            return
        text = re.sub(r"\s+", " ", data)
        if self._silent or (not text.strip() and self._runs is None):
            return
        if self._runs is not None:
            self._runs.append(replace(self._manner[-1][1], text=text))
        elif self.blocks and isinstance(last := self.blocks[-1], Heading):
            self.blocks[-1] = replace(last, runs=(*last.runs, Run(f" · {text.strip()}")))

    def handle_endtag(self, tag: str) -> None:
        if self._formula is not None:
            self._formula.end(tag)
            if tag == "math":
                self._keep(self._formula.close())
            return
        if tag == "style":
            self._silent -= 1
        if len(self._manner) > 1 and self._manner[-1][0] == tag:
            self._manner.pop()
        table = self._table
        if tag in _TEXTS and self._runs is not None:
            runs, self._runs = _trimmed(self._runs), None
            if tag == "p" and runs:
                manner = next((name for name in MANNERS if f"td-{name}" in self._classes), "")
                self.blocks.append(Paragraph(runs, manner))
            elif tag in ("h3", "h4"):
                self.blocks.append(Heading(1 if tag == "h3" else 2, runs))
            elif tag == "li":
                self._items.append(runs)
            elif tag == "caption" and table:
                table.about = "".join(run.text for run in runs)
            elif table:
                table.cells.append(replace(self._cell, runs=runs))
        if tag in ("tr", "dd") and table:
            (table.head if self._in_head else table.body).append(Row(tuple(table.cells), table.tall))
            table.cells = []
        elif tag in ("table", "dl") and table:
            self._in_head, self._table = False, None
            self.blocks.append(Table(tuple(table.head), tuple(table.body), table.about))
        elif tag == "ul" and self._on_one_line:
            self.blocks.append(Paragraph(_joined(self._items), "small" if self._small else ""))
        elif tag == "ul":
            self.blocks.append(Items(tuple(self._items)))

    def _keep(self, formula: Element) -> None:
        """A formula that has been read, as a run."""
        self._formula = None
        text = " ".join(one.text for one in formula.iter() if one.text and one.tag != "annotation")
        if self._runs is not None:
            self._runs.append(Run(text, formula=formula))

    def _last_heading(self) -> str:
        for block in reversed(self.blocks):
            if isinstance(block, Heading):
                return "".join(run.text for run in block.runs)
        return ""


def _joined(items: Sequence[Runs]) -> Runs:
    """The items of a list on one line, with dots between them."""
    return tuple(run for place, runs in enumerate(items) for run in ((Run(" · "),) if place else ()) + runs)


def _trimmed(runs: list[Run]) -> Runs:
    """Runs without space at either end, and no empty ones."""
    kept = [run for run in runs if run.text or run.blank]
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip(" "))
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(" "))
    return tuple(run for run in kept if run.text or run.blank)

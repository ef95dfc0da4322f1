"""A document for Word: real styles, bordered tables, page headers, formulas; the same flow gives the same bytes.

WordprocessingML as ECMA-376 (Office Open XML, part 1) has it.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from teledesign.rendering import visible
from teledesign.worksheets.flow import Block, Cell, Flow, Heading, Items, Lines, Paragraph, Row, Run, Runs, Table
from teledesign.worksheets.views import Heading as PageHeading
from teledesign.worksheets.word_math import equation
from teledesign.worksheets.word_styles import NUMBERING, SETTINGS, TINT, fonts, styles

__all__ = ["word"]

MM = 1440 / 25.4
"""Twentieths of a point, in which Word measures."""
PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
MARGIN, TOP, BOTTOM = 18.0, 19.0, 15.0
CHARACTER, PADDING = 108, 180
"""Of a table, in twentieths of a point: a wide letter, and what stands left and right of a cell's text."""
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def word(flow: Flow, heading: PageHeading, paper: str, date: dt.date) -> bytes:
    """The document as a .docx file."""
    width, height = (round(side * MM) for side in sorted(PAPERS[paper], reverse=flow.landscape))
    page = _Page(width - 2 * round(MARGIN * MM))
    body = "".join(_block(block, page, stays=stays) for block, stays in zip(flow.blocks, _stays(flow), strict=True))
    title = _paragraph("Title", _text(Run(heading.title)))
    section = _section(width, height, flow.landscape)
    files = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(_PACKAGE_PARTS),
        "docProps/core.xml": _core(heading, date),
        "word/document.xml": _root("document", f"<w:body>{title}{body}{section}</w:body>"),
        "word/_rels/document.xml.rels": _relations(_PARTS, page.addresses),
        "word/styles.xml": _root("styles", styles(heading.language, paper)),
        "word/numbering.xml": _root("numbering", NUMBERING),
        "word/settings.xml": _root("settings", SETTINGS),
        "word/fontTable.xml": _root("fonts", fonts()),
        "word/header1.xml": _root("hdr", _page_header(heading, width)),
        "word/footer1.xml": _root("ftr", _page_footer(heading, width)),
    }
    return _zipped(files, date)


def _zipped(files: dict[str, str], date: dt.date) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (date.year, date.month, date.day, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, content.encode())
    return made.getvalue()


class _Page:
    """How wide a line is, and the addresses that are linked to, each with the id by which Word knows it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.addresses: dict[str, str] = {}

    def id_of(self, address: str) -> str:
        return self.addresses.setdefault(address, f"link{len(self.addresses) + 1}")


# --- Blocks ---

MANNERS = {"bar": "InstructorBar", "subtitle": "Subtitle", "small": "Small"}
"""How a paragraph is meant -> its style."""


def _stays(flow: Flow) -> list[bool]:
    """Whether each block stays on the page of the next: texts do before a table and before lines to write on."""
    stays: list[bool] = []
    after: Block | None = None
    for block in reversed(flow.blocks):
        text_too = isinstance(block, Paragraph) and isinstance(after, Paragraph) and stays[-1]
        stays.append(isinstance(after, Table | Lines) or text_too)
        after = block
    return stays[::-1]


def _block(block: Block, page: _Page, *, stays: bool) -> str:
    kept = "<w:keepNext/>" if stays else ""
    match block:
        case Heading(level, runs):
            return _paragraph(f"Heading{level}", _runs(runs, page))
        case Paragraph(runs, manner):
            return _paragraph(MANNERS.get(manner, ""), _runs(runs, page), kept)
        case Items(items):
            return "".join(_paragraph("ListBullet", _runs(runs, page), kept) for runs in items)
        case Lines(count):
            return _paragraph("AnswerLine", "", "<w:keepNext/>") * (count - 1) + _paragraph("AnswerLine", "")
        case Table():
            return _table(block, page) + _paragraph("AfterTable", "")


def _paragraph(style: str, inside: str, more: str = "") -> str:
    properties = (f'<w:pStyle w:val="{style}"/>' if style else "") + more
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inside}</w:p>"


def _runs(runs: Runs, page: _Page) -> str:
    return "".join(_run(run, page) for run in runs)


def _run(run: Run, page: _Page) -> str:
    if run.blank:
        return f'<w:r><w:rPr><w:u w:val="single"/></w:rPr><w:t xml:space="preserve">{chr(0xA0) * run.blank}</w:t></w:r>'
    if run.formula is not None:
        return equation(run.formula)
    if run.href:
        style = '<w:rPr><w:rStyle w:val="Hyperlink"/></w:rPr>'
        return f'<w:hyperlink r:id="{page.id_of(run.href)}">{_text(run, style)}</w:hyperlink>'
    return _text(run)


def _text(run: Run, style: str = "") -> str:
    if not style:
        marks = ('<w:rStyle w:val="Code"/>' if run.code else "") + "<w:b/>" * run.bold + "<w:i/>" * run.italic
        style = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    pieces = _plain(run.text).split("\n")
    inside = "<w:br/>".join(f'<w:t xml:space="preserve">{piece}</w:t>' if piece else "" for piece in pieces)
    return f"<w:r>{style}{inside}</w:r>"


def _plain(text: str) -> str:
    return escape(visible(text))


# --- Tables ---


def _table(table: Table, page: _Page) -> str:
    widths = _widths(table, page.width)
    about = f"<w:tblCaption w:val={quoteattr(visible(table.about))}/>" if table.about else ""
    look = '<w:tblLook w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
    properties = f'<w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/>{look}{about}'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = [_row(row, widths, page, head=True) for row in table.head]
    rows += [_row(row, widths, page, head=False) for row in table.body]
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _widths(table: Table, whole: int) -> list[int]:
    """Columns that hold their longest word, and share the rest as their texts ask for; empty ones get room to write."""
    least, wanted = [4] * table.columns, [1.0] * table.columns
    for row in (*table.head, *table.body):
        at = 0
        for cell in row.cells:
            if cell.span == 1:
                words = "".join(run.text for run in cell.runs).split()
                least[at] = max(least[at], min(18, max(map(len, words), default=0)))
                wanted[at] = max(wanted[at], min(120.0, sum(map(len, words))))
            at += cell.span
    for at in range(table.columns):
        if table.body and all(_is_blank(row, at) for row in table.body):
            wanted[at] = max(wanted[at], 40.0)
    firm = [CHARACTER * length + PADDING for length in least]
    rest = max(0, whole - sum(firm))
    return [round(base + rest * share / sum(wanted)) for base, share in zip(firm, wanted, strict=True)]


def _is_blank(row: Row, column: int) -> bool:
    return column < len(row.cells) and row.cells[column].span == 1 and not row.cells[column].runs


def _row(row: Row, widths: Sequence[int], page: _Page, *, head: bool) -> str:
    height = '<w:trHeight w:val="640" w:hRule="atLeast"/>' if row.tall or (row.blank and not head) else ""
    properties = "<w:cantSplit/>" + height + ("<w:tblHeader/>" if head else "")
    cells, at = "", 0
    for cell in row.cells:
        cells += _cell(cell, sum(widths[at : at + cell.span]), page, head=head)
        at += cell.span
    return f"<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>"


def _cell(cell: Cell, width: int, page: _Page, *, head: bool) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{TINT}"/>' if head else ""
    align = ("<w:keepNext/>" if head else "") + ('<w:jc w:val="right"/>' if cell.number else "")
    runs = tuple(Run(run.text, True, run.italic, run.code, run.formula, run.blank, run.href) for run in cell.runs)
    inside = _paragraph("TableText", _runs(runs if cell.head else cell.runs, page), align)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{shade}</w:tcPr>{inside}</w:tc>'


# --- Pages ---


def _section(width: int, height: int, landscape: bool) -> str:
    margin, edge = round(MARGIN * MM), round(8 * MM)
    turned = ' w:orient="landscape"' if landscape else ""
    return (
        '<w:sectPr><w:headerReference w:type="default" r:id="header1"/>'
        '<w:footerReference w:type="default" r:id="footer1"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar w:top="{round(TOP * MM)}" w:right="{margin}" w:bottom="{round(BOTTOM * MM)}" w:left="{margin}" '
        f'w:header="{edge}" w:footer="{edge}" w:gutter="0"/></w:sectPr>'
    )


def _tabs(width: int) -> str:
    return f'<w:tabs><w:tab w:val="right" w:pos="{width - 2 * round(MARGIN * MM)}"/></w:tabs>'


def _page_header(heading: PageHeading, width: int) -> str:
    who = f"\tGroup {heading.group}   Form {heading.form}" if heading.group else ""
    return _paragraph("Header", _tabbed(f"{heading.course} · {heading.topic}{who}"), _tabs(width))


def _page_footer(heading: PageHeading, width: int) -> str:
    told = [f"Settings code {heading.settings}", heading.standing] if heading.settings else []
    left = " · ".join(part for part in (*told, heading.mark) if part)
    pages = f"{_text(Run('Page '))}{_field('PAGE')}{_text(Run(' of '))}{_field('NUMPAGES')}"
    return _paragraph("Footer", f"{_tabbed(left)}<w:r><w:tab/></w:r>{pages}", _tabs(width))


def _tabbed(text: str) -> str:
    return "<w:r><w:tab/></w:r>".join(_text(Run(part)) for part in text.split("\t"))


def _field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


# --- Parts ---


def _root(name: str, inside: str) -> str:
    return f"{HEAD}<w:{name} {NAMESPACES}>{inside}</w:{name}>"


_PACKAGE_PARTS = (
    ("document", f"{RELATIONS}/officeDocument", "word/document.xml"),
    ("core", f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
)
_PARTS = tuple(
    (name, f"{RELATIONS}/{kind}", f"{name}.xml")
    for name, kind in (
        ("styles", "styles"),
        ("numbering", "numbering"),
        ("settings", "settings"),
        ("fontTable", "fontTable"),
        ("header1", "header"),
        ("footer1", "footer"),
    )
)


def _relations(parts: Sequence[tuple[str, str, str]], links: dict[str, str] | None = None) -> str:
    made = [f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in parts]
    made += [
        f'<Relationship Id="{name}" Type="{RELATIONS}/hyperlink" Target={quoteattr(address)} TargetMode="External"/>'
        for address, name in (links or {}).items()
    ]
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{"".join(made)}</Relationships>'


def _content_types() -> str:
    kinds = {"document": "document.main", "header1": "header", "footer1": "footer"}
    names = ("document", "styles", "numbering", "settings", "fontTable", "header1", "footer1")
    parts = [
        f'<Override PartName="/word/{name}.xml" ContentType="{WORD}.{kinds.get(name, name)}+xml"/>' for name in names
    ]
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    parts.append(f'<Override PartName="/docProps/core.xml" ContentType="{core}"/>')
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    defaults = (
        f'<Default Extension="rels" ContentType="{rels}"/><Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{HEAD}<Types xmlns="{PACKAGE}/content-types">{defaults}{"".join(parts)}</Types>'


def _core(heading: PageHeading, date: dt.date) -> str:
    stamp = f"{date.isoformat()}T12:00:00Z"
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{_plain(heading.title)}</dc:title><dc:subject>{_plain(heading.subtitle)}</dc:subject>"
        f"<dc:creator>{_plain(heading.author)}</dc:creator><dc:language>{heading.language}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified></cp:coreProperties>'
    )

"""A document for Word: real styles, bordered tables, page headers, formulas; the same flow gives the same bytes.

WordprocessingML as ECMA-376 (Office Open XML, part 1) has it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from teledesign.rendering import visible
from teledesign.worksheets.flow import Block, Cell, Flow, Heading, Items, Lines, Paragraph, Row, Run, Runs, Table
from teledesign.worksheets.views import Heading as PageHeading

__all__ = ["word"]

MM = 1440 / 25.4
"""Twentieths of a point, in which Word measures."""
PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
MARGIN = 18.0
CHARACTER, PADDING = 115, 180
"""Of a table, in twentieths of a point: a wide letter, and what stands left and right of a cell's text."""
INK, ACCENT, QUIET, RULE, TINT = "16232B", "124E5C", "5A6368", "A8A8A8", "F1F1F1"
LANGUAGES = {"en": "en-GB"}
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
    body = "".join(_block(block, page) for block in flow.blocks)
    title = _paragraph("Title", _text(Run(heading.title))) + _paragraph("Subtitle", _text(Run(heading.subtitle)))
    section = _section(width, height, flow.landscape)
    files = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(_PACKAGE_PARTS),
        "docProps/core.xml": _core(heading, date),
        "word/document.xml": _root("document", f"<w:body>{title}{body}{section}</w:body>"),
        "word/_rels/document.xml.rels": _relations(_PARTS, page.addresses),
        "word/styles.xml": _root("styles", _styles(LANGUAGES.get(heading.language, heading.language))),
        "word/numbering.xml": _root("numbering", _NUMBERING),
        "word/settings.xml": _root("settings", _SETTINGS),
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


def _block(block: Block, page: _Page) -> str:
    match block:
        case Heading(level, runs):
            return _paragraph(f"Heading{level}", _runs(runs, page))
        case Paragraph(runs, manner):
            return _paragraph({"bar": "InstructorBar", "small": "Small"}.get(manner, ""), _runs(runs, page))
        case Items(items):
            return "".join(_paragraph("ListBullet", _runs(runs, page)) for runs in items)
        case Lines(count):
            return _paragraph("AnswerLine", "") * count
        case Table():
            return _table(block, page) + _paragraph("AfterTable", "")


def _paragraph(style: str, inside: str, more: str = "") -> str:
    properties = (f'<w:pStyle w:val="{style}"/>' if style else "") + more
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inside}</w:p>"


def _runs(runs: Runs, page: _Page) -> str:
    return "".join(_run(run, page) for run in runs)


def _run(run: Run, page: _Page) -> str:
    if run.blank:
        return f'<w:r><w:rPr><w:u w:val="single"/></w:rPr><w:t xml:space="preserve">{chr(0xA0) * 24}</w:t></w:r>'
    if run.formula:
        return _formula(run.text)
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


_POWER = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _formula(text: str) -> str:
    """An equation that Word can edit: one division becomes a fraction, a power of ten a superscript."""
    equation, _, rest = text.partition("; ")
    left, equals, right = equation.partition(" = ")
    above, divided, below = left.partition(" ÷ ")
    if divided and " ÷ " not in below:
        inside = f"<m:f><m:num>{_maths(above)}</m:num><m:den>{_maths(below)}</m:den></m:f>"
    else:
        inside = _maths(left)
    inside += _maths(f"{equals}{right}") if equals else ""
    return f"<m:oMath>{inside}</m:oMath>" + (_text(Run(f"; {rest}")) if rest else "")


def _maths(text: str) -> str:
    made, at = "", 0
    for found in _POWER.finditer(text):
        made += _maths_run(text[at : found.start()])
        power = _maths_run(found[1].translate(_DIGITS))
        made += f"<m:sSup><m:e>{_maths_run('10')}</m:e><m:sup>{power}</m:sup></m:sSup>"
        at = found.end()
    return made + _maths_run(text[at:])


def _maths_run(text: str) -> str:
    if not text:
        return ""
    return f'<m:r><m:rPr><m:nor/></m:rPr><m:t xml:space="preserve">{_plain(text)}</m:t></m:r>'


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
    height = '<w:trHeight w:val="720" w:hRule="atLeast"/>' if row.tall or (row.blank and not head) else ""
    properties = "<w:cantSplit/>" + height + ("<w:tblHeader/>" if head else "")
    cells, at = "", 0
    for cell in row.cells:
        cells += _cell(cell, sum(widths[at : at + cell.span]), page, head=head)
        at += cell.span
    return f"<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>"


def _cell(cell: Cell, width: int, page: _Page, *, head: bool) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{TINT}"/>' if head else ""
    align = '<w:jc w:val="right"/>' if cell.number else ""
    runs = tuple(Run(run.text, True, run.italic, run.code, run.formula, run.blank, run.href) for run in cell.runs)
    inside = _paragraph("TableText", _runs(runs if cell.head else cell.runs, page), align)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{shade}</w:tcPr>{inside}</w:tc>'


# --- Pages ---


def _section(width: int, height: int, landscape: bool) -> str:
    margin, edge = round(MARGIN * MM), round(9 * MM)
    turned = ' w:orient="landscape"' if landscape else ""
    return (
        '<w:sectPr><w:headerReference w:type="default" r:id="header1"/>'
        '<w:footerReference w:type="default" r:id="footer1"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar w:top="{margin + 300}" w:right="{margin}" w:bottom="{margin}" w:left="{margin}" '
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
    names = ("document", "styles", "numbering", "settings", "header1", "footer1")
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


def _border(side: str, size: int = 4, color: str = RULE) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="1" w:color="{color}"/>'


_BOXED = "".join(_border(side) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
_SETTINGS = '<w:defaultTabStop w:val="720"/><w:compat><w:compatSetting w:name="compatibilityMode" ' + (
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
)
_NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/>'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/>'
    '<w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>'
    '<w:pPr><w:ind w:left="360" w:hanging="240"/></w:pPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def _style(name: str, title: str, paragraph: str = "", run: str = "", based: str = "Normal", follow: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{title}"/>'
        + (f'<w:basedOn w:val="{based}"/>' if based else "")
        + (f'<w:next w:val="{follow}"/>' if follow else "")
        + "<w:qFormat/>"
        + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{run}</w:rPr>" if run else "")
        + "</w:style>"
    )


def _character_style(name: str, run: str) -> str:
    return f'<w:style w:type="character" w:styleId="{name}"><w:name w:val="{name}"/><w:rPr>{run}</w:rPr></w:style>'


def _font(size: int, color: str = INK, *, bold: bool = False, serif: bool = False) -> str:
    family = '<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:cs="Cambria"/>' if serif else ""
    return f'{family}{"<w:b/>" if bold else ""}<w:color w:val="{color}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'


def _spacing(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}"/>'


def _styles(language: str) -> str:
    return "".join(_style_parts(language))


def _style_parts(language: str) -> Iterator[str]:
    fonts = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Calibri" w:cs="Calibri"/>'
    yield (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:color w:val="{INK}"/>'
        f'<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="{language}"/></w:rPr></w:rPrDefault>'
        f"<w:pPrDefault><w:pPr>{_spacing(0, 80)}</w:pPr></w:pPrDefault></w:docDefaults>"
    )
    yield '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
    yield _style("Title", "Title", _spacing(0, 0), _font(36, serif=True, bold=True), follow="Subtitle")
    yield _style("Subtitle", "Subtitle", _spacing(0, 120), _font(23, ACCENT, bold=True), follow="Normal")
    kept = "<w:keepNext/><w:keepLines/>"
    for level, size in ((1, 27), (2, 22)):
        outline = f'{kept}{_spacing(200, 60)}<w:outlineLvl w:val="{level - 1}"/>'
        yield _style(f"Heading{level}", f"heading {level}", outline, _font(size, ACCENT, bold=True, serif=level == 1))
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    yield _style("ListBullet", "List Bullet", f"{number}{_spacing(0, 40)}")
    yield _style("Small", "Small", run=_font(18, QUIET))
    yield _style("TableText", "Table Text", _spacing(20, 20), _font(19))
    yield _style("AfterTable", "After Table", _spacing(0, 0), _font(12))
    line = f'<w:pBdr>{_border("bottom", 6)}{_border("between", 6)}</w:pBdr><w:spacing w:before="0" w:after="0" '
    yield _style("AnswerLine", "Answer Line", f'{line}w:line="460" w:lineRule="exact"/>')
    bar = f'<w:shd w:val="clear" w:color="auto" w:fill="{INK}"/>{_spacing(0, 120)}'
    yield _style("InstructorBar", "Instructor Bar", bar, _font(19, "FFFFFF", bold=True))
    yield _style("Header", "header", f"<w:pBdr>{_border('bottom')}</w:pBdr>{_spacing(0, 0)}", _font(18, QUIET))
    yield _style("Footer", "footer", _spacing(0, 0), _font(18, QUIET))
    code = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>'
    yield _character_style("Code", code)
    link = f'<w:color w:val="{ACCENT}"/><w:u w:val="single"/>'
    yield _character_style("Hyperlink", link)
    margins = '<w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
    yield (
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:qFormat/><w:tblPr>'
        f"<w:tblBorders>{_BOXED}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )

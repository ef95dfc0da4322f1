"""Handouts for Word and as Markdown: the same texts as on paper, in files that other programs read."""

from __future__ import annotations

import datetime as dt
import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pypandoc
import pytest
from markdown_it import MarkdownIt
from openxml_audit import FileFormat, OpenXmlValidator
from pypdf import PdfReader

from teledesign.course_file import CourseFile
from teledesign.form import PUBLIC_SECRET
from teledesign.roster import RosterGroup
from teledesign.worksheets import DOCUMENTS, Handouts, Order, Press, TopicSource, make
from teledesign.worksheets.flow import Heading, Items, Lines, Paragraph, Run, Table, flow_of
from worksheet_examples import HOSTILE, prices, small_scenario, small_teaching

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
THEME = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme"
OPTIONAL = f"A required relationship type '{THEME}' is missing."
"""The audit asks for a theme; the standard lets a document do without one."""


@pytest.fixture(scope="module")
def made() -> Handouts:
    course = CourseFile.model_validate(
        {"format": 1, "title": "Telemetry design", "date": "2026-11-23", "topics": ["ask-a-plant"], "paper": "letter"}
    )
    product = small_scenario().product.model_dump(mode="json") | {"goal": f"{HOSTILE} & a line"}
    source = TopicSource(small_scenario(product=product), small_teaching(notes=[HOSTILE]), prices())
    dealt = {"ask-a-plant": (RosterGroup("Red <1>", members=("Ada & Bo",)),)}
    press = Press(dt.date(2026, 11, 23))
    order = Order(dealt, PUBLIC_SECRET, formats=("docx", "md"), names=True)
    first, second = (make(course, [source], order, press) for _ in range(2))
    assert first.findings == ()
    assert (first.student, first.instructor) == (second.student, second.instructor)
    return first


def file_of(made: Handouts, document: str, kind: str) -> bytes:
    (path,) = (one.path for one in made.made if (one.document, one.format) == (document, kind))
    return {**made.student, **made.instructor}[path]


def parts(data: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert {entry.date_time for entry in zipped.infolist()} == {(2026, 11, 23, 12, 0, 0)}
        return {name: ElementTree.fromstring(zipped.read(name)) for name in zipped.namelist()}


def text_of(element: ElementTree.Element) -> str:
    return "".join(one.text or "" for one in element.iter() if one.tag in (f"{W}t", f"{M}t"))


every_document = pytest.mark.parametrize("document", list(DOCUMENTS))


@every_document
def test_a_word_file_keeps_to_its_format(document: str, made: Handouts) -> None:
    held = parts(file_of(made, document, "docx"))
    body = held["word/document.xml"]
    styles = {style.get(f"{W}styleId") for style in held["word/styles.xml"].iter(f"{W}style")}
    used = {one.get(f"{W}val") for tag in ("pStyle", "rStyle", "tblStyle") for one in body.iter(f"{W}{tag}")}
    assert {"Title", "Subtitle"} <= used <= styles
    for table in body.iter(f"{W}tbl"):
        columns = len(list(table.iter(f"{W}gridCol")))
        for row in table.iter(f"{W}tr"):
            spans = [cell.find(f"{W}tcPr/{W}gridSpan") for cell in row.findall(f"{W}tc")]
            assert sum(1 if span is None else int(span.get(f"{W}val", "")) for span in spans) == columns
            assert all(cell.findall(f"{W}p") for cell in row.findall(f"{W}tc"))


def test_word_files_are_valid_by_the_schema(made: Handouts, tmp_path: Path) -> None:
    """By openxml-audit, which ports the checks of Microsoft's Open XML SDK; a broken file shows that it looks."""
    validator = OpenXmlValidator(file_format=FileFormat.OFFICE_2019)

    def complaints(data: bytes) -> list[str]:
        path = tmp_path / "handout.docx"
        path.write_bytes(data)
        told = [error.description for error in validator.validate(str(path)).errors]
        return [said for said in told if said != OPTIONAL]

    for document in DOCUMENTS:
        assert complaints(file_of(made, document, "docx")) == [], document
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file_of(made, "class", "docx"))) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            swapped = re.sub(rb"(<w:pStyle [^>]*/>)(<w:keepNext/>)", rb"\2\1", good.read(name))
            bad.writestr(name, swapped)
    assert any("pStyle" in said for said in complaints(broken.getvalue()))


@every_document
def test_page_heads_carry_group_and_form(document: str, made: Handouts) -> None:
    held = parts(file_of(made, document, "docx"))
    (form,) = {one.form for one in made.made if one.form}
    head, foot = (text_of(held[f"word/{name}1.xml"]) for name in ("header", "footer"))
    of_group = DOCUMENTS[document].each == "group"
    assert (f"Group Red <1>   Form {form}" in head) == of_group
    assert ("Settings code" in foot) == of_group
    fields = {field.get(f"{W}instr") for field in held["word/footer1.xml"].iter(f"{W}fldSimple")}
    assert fields == {" PAGE ", " NUMPAGES "}
    size = held["word/document.xml"].find(f".//{W}pgSz")
    assert size is not None
    sides = sorted(int(size.get(f"{W}{side}", "0")) / 1440 * 25.4 for side in ("w", "h"))
    assert sides == pytest.approx([215.9, 279.4], abs=0.1)


@every_document
@pytest.mark.parametrize("kind", ["docx", "md"])
def test_pandoc_reads_what_was_written(document: str, kind: str, made: Handouts, tmp_path: Path) -> None:
    path = tmp_path / f"handout.{kind}"
    path.write_bytes(file_of(made, document, kind))
    read = pypandoc.convert_file(
        path, "plain", format="gfm" if kind == "md" else "docx", extra_args=["--wrap=none", "--standalone"]
    )
    words = re.sub(r"\W", "", read)
    assert "Namingplantsfromphotos" in words
    hostile = re.sub(r"\W", "", HOSTILE)
    if document in ("class", "canvas", "guide"):
        assert hostile in words
    if document in ("class", "cost", "canvas", "score"):
        assert "AdaBo" in words


def test_formulas_and_links_of_word(made: Handouts) -> None:
    key = parts(file_of(made, "cost-key", "docx"))["word/document.xml"]
    formulas = list(key.iter(f"{M}oMath"))
    assert len(formulas) >= 8
    assert list(key.iter(f"{M}f"))
    assert list(key.iter(f"{M}sSup"))
    (power,) = {text_of(one) for one in key.iter(f"{M}sSup")} & {"109"}
    assert power == "109"


@pytest.mark.libreoffice
def test_libreoffice_opens_every_word_file(made: Handouts, tmp_path: Path, tool: Callable[[str], str]) -> None:
    for path, data in {**made.student, **made.instructor}.items():
        if path.endswith(".docx"):
            (tmp_path / Path(path).name).write_bytes(data)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [tool("libreoffice"), profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path / "out")]
    subprocess.run([*command, *sorted(tmp_path.glob("*.docx"))], check=True, capture_output=True, timeout=180)
    printed = sorted(path.stem for path in (tmp_path / "out").glob("*.pdf"))
    assert printed == sorted(path.stem for path in tmp_path.glob("*.docx"))
    for name, pages in (("class", 2), ("canvas", 1)):
        assert len(PdfReader(next((tmp_path / "out").glob(f"*-{name}.pdf"))).pages) == pages
    sheet = next((tmp_path / "out").glob("*-class.pdf"))
    shown = subprocess.run([tool("pdftotext"), sheet, "-"], capture_output=True, text=True, check=True).stdout
    assert "Group Red <1>" in shown
    assert "What to capture" in shown


@every_document
def test_markdown_holds_no_html_of_others(document: str, made: Handouts) -> None:
    text = file_of(made, document, "md").decode()
    page = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script" not in page
    assert set(re.findall(r"<(\w+)", text)) <= {"br"}
    assert "<h1>Naming plants from photos</h1>" in page


def test_a_flow_is_read_from_its_page() -> None:
    flow = flow_of(
        '<div class="td-paper td-landscape"><style>p {}</style><header><p>Head</p></header>'
        "<h3>One</h3><span>3 points</span>"
        '<p>Plain <strong>bold</strong> <span class="td-blank"></span></p><ul><li>a</li><li>b</li></ul>'
        '<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td colspan="2">c</td></tr></tbody></table>'
        '<div class="td-lines" style="--lines: 8"></div></div>'
    )
    assert flow.landscape
    head, one, plain, items, table, lines = flow.blocks
    assert head == Paragraph((Run("Head"),))
    assert one == Heading(1, (Run("One"), Run(" · 3 points")))
    assert isinstance(plain, Paragraph)
    assert [run.bold for run in plain.runs] == [False, True, False, False]
    assert plain.runs[-1].blank
    assert items == Items(((Run("a"),), (Run("b"),)))
    assert isinstance(table, Table)
    assert (table.columns, table.about) == (2, "One · 3 points")
    assert lines == Lines(8)

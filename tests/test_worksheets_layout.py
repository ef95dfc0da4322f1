"""Pages as they come out of the printer: every document, on every paper, of every topic."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import subprocess
from collections import Counter
from collections.abc import Callable

import pytest
import typst

from paper_checks import Paper, paper
from teledesign.course_file import CourseFile
from teledesign.form import PUBLIC_SECRET
from teledesign.worksheets import DOCUMENTS, PAPERS, Handouts, Inspected, Press, Sheet, inspect, pile
from teledesign.worksheets.inspection import Measured, Room, faults, measured
from worksheet_examples import TOPICS, file_of, made_for, topic_source

LANDSCAPE = ("canvas", "canvas-key")
LOOKED_AT = {"shoe-brand": "letter", "photo-tagging": "a4"}
"""What is measured a second time, with other tools: one topic on each paper."""


@pytest.fixture(scope="module")
def course() -> CourseFile:
    return CourseFile.model_validate(
        {"format": 1, "title": "Telemetry design", "date": "2026-11-23", "topics": ["shoe-brand"]}
    )


@pytest.fixture(scope="module")
def press() -> Press:
    return Press(dt.date(2026, 11, 23))


@pytest.fixture(scope="module")
def inspected(course: CourseFile, press: Press) -> dict[tuple[str, str, str], Inspected]:
    topics = [topic_source(name) for name in ("small", *TOPICS)]
    return {(one.topic, one.document, one.paper): one for one in inspect(course, topics, press)}


@pytest.fixture(scope="module")
def printed(course: CourseFile, press: Press) -> dict[str, Handouts]:
    """The two topics that are looked at, each on its paper."""
    return {
        name: made_for(course.model_copy(update={"paper": on}), [topic_source(name)], ["1"], PUBLIC_SECRET, press)
        for name, on in LOOKED_AT.items()
    }


@pytest.fixture(scope="module")
def sheets(printed: dict[str, Handouts], tool: Callable[[str], str]) -> dict[tuple[str, str], Paper]:
    return {
        (name, document): paper(file_of(handouts, document), tool("pdftotext"))
        for name, handouts in printed.items()
        for document in DOCUMENTS
    }


def test_every_document_on_every_paper_is_fit_to_hand_out(
    inspected: dict[tuple[str, str, str], Inspected],
) -> None:
    everything = set(itertools.product(("ask-a-plant", *TOPICS), DOCUMENTS, PAPERS))
    assert set(inspected) == everything
    assert {key: one.faults for key, one in inspected.items() if one.faults} == {}


every_looked_at = pytest.mark.parametrize("topic", list(LOOKED_AT))


@every_looked_at
def test_other_tools_measure_the_same(
    topic: str,
    inspected: dict[tuple[str, str, str], Inspected],
    sheets: dict[tuple[str, str], Paper],
    tool: Callable[[str], str],
) -> None:
    on = LOOKED_AT[topic]
    for document in DOCUMENTS:
        sheet, found = sheets[topic, document], inspected[topic, document, on].measured
        width, height = sorted(PAPERS[on], reverse=document in LANDSCAPE)
        assert sheet.pages == found.pages
        assert sheet.sizes == [pytest.approx((width, height), abs=0.1)] * sheet.pages
        assert found.sizes == tuple(pytest.approx((width, height), abs=0.1) for _ in sheet.sizes)
        assert sheet.smallest_type() == found.type >= 9
        assert sheet.fonts_without_file() == []
        assert sheet.ink_outside(found.margin - 1, tool("pdftoppm")) == []
        assert len(sheet.reader.outline) > 0
        for page in sheet.words:
            assert all(word.left > 13.5 and word.right < width - 13.5 for word in page)
            assert all(word.top > 5 and word.bottom < height - 8 for word in page)


@every_looked_at
def test_no_heading_stands_last_on_its_page(topic: str, sheets: dict[tuple[str, str], Paper]) -> None:
    for document in DOCUMENTS:
        sheet = sheets[topic, document]
        for page, (_, height), headings in zip(sheet.words, sheet.sizes, headings_of(sheet), strict=True):
            body = [word for word in page if word.bottom < height - 15]
            for heading in headings:
                below = [word for word in body if word.bottom > heading + 3]
                last = document.endswith("-grid")  # lines to write on stand below its last heading
                assert below or last, f"a heading of {document} {heading:.0f} mm down has nothing under it"


def headings_of(sheet: Paper) -> list[list[float]]:
    """How far down each page its headings stand: words set in the headings' face."""
    found: list[list[float]] = []
    for page, (_, height) in zip(sheet.reader.pages, sheet.sizes, strict=True):
        tops: list[float] = []

        def seen(
            text: str,
            cm: list[float],
            tm: list[float],
            font: dict | None,
            size: float,
            tops: list[float] = tops,
            height: float = height,
        ) -> None:
            if text.strip() and font and "SourceSerif" in str(font["/BaseFont"]):
                y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                tops.append(height - y / 72 * 25.4)

        page.extract_text(visitor_text=seen)
        found.append(tops)
    return found


@every_looked_at
def test_every_question_has_eight_lines_to_write_on(
    topic: str, sheets: dict[tuple[str, str], Paper], tool: Callable[[str], str]
) -> None:
    sheet = sheets[topic, "class"]
    for page, expected in ((1, 1), (2, 3)):
        points = sorted(word.top for word in sheet.words[page - 1] if word.text == "points" and word.left > 150)
        assert len(points) == expected
        rules = sheet.rules(page, tool("pdftoppm"))
        for start, end in zip(points, [*points[1:], 297.0], strict=True):
            own = [rule for rule in rules if start + 6 < rule < end]
            steps = [below - above for above, below in itertools.pairwise(own)]
            assert len(own) >= 8
            assert min(steps) > (6.7 if LOOKED_AT[topic] == "a4" else 6.2)


def test_a_pdf_can_be_read_aloud(sheets: dict[tuple[str, str], Paper]) -> None:
    for document in DOCUMENTS:
        reader = sheets["photo-tagging", document].reader
        catalog = reader.trailer["/Root"]
        assert catalog["/MarkInfo"]["/Marked"] == True  # noqa: E712 (pypdf has booleans of its own)
        assert catalog["/Lang"] == "en"
        assert catalog["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
        assert "/StructTreeRoot" in catalog
        metadata = catalog["/Metadata"].get_data().decode()
        assert re.search(r"pdfuaid:part>1<|pdfuaid:part=\"1\"", metadata)
        assert reader.metadata is not None
        assert reader.metadata.title
        assert reader.metadata.creation_date == dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


# --- What the measuring finds ---

POOR = """
#set document(title: "Poor")
#set page(paper: "a4", margin: (x: 5mm, y: 20mm))
#set text(font: "Source Sans 3", size: 8pt)
#for at in range(3) { v(7mm); line(length: 100%) }
#v(1fr)
#text(font: "Source Serif 4", size: 13pt)[Last]
#pagebreak()
more
"""


def test_a_poor_sheet_is_told_in_words() -> None:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[topic_fonts()])
    made = typst.compile(POOR.encode(), font_paths=fonts, ignore_system_fonts=True, pdf_tags=False)
    assert isinstance(made, bytes)
    found = measured(made)
    assert (found.pages, found.type, found.stranded, found.room) == (2, 8.0, (1,), ())
    assert found.margin == pytest.approx(5, abs=0.4)
    assert list(faults(DOCUMENTS["canvas"], "letter", found)) == [
        "has 2 pages and not 1",
        "is not on letter",
        f"comes within {found.margin:.1f} mm of an edge",
        "has type of 8 pt",
        "has a heading at the foot of page 1",
        "is not tagged",
        "has no bookmarks",
        "has 0 places to write and not 1",
    ]


def topic_fonts() -> str:
    from teledesign.resources import packaged_course

    return str(packaged_course() / "templates" / "fonts")


def test_room_that_is_too_narrow_is_no_room() -> None:
    good = Measured(((210.0, 297.0),) * 2, 11.0, 9.0, (), 5, True, (Room(8, 7.1),) * 4)
    assert list(faults(DOCUMENTS["class"], "a4", good)) == []
    tight = Measured(good.sizes, 11.0, 9.0, (), 5, True, (*good.room[:3], Room(8, 5.0)))
    assert list(faults(DOCUMENTS["class"], "a4", tight)) == ["has 3 places to write and not 4"]


# --- Piles for the printer ---


def test_a_pile_is_tagged_as_its_sheets_are(printed: dict[str, Handouts], tool: Callable[[str], str]) -> None:
    """The structure of a pile, as poppler tells it, is that of its sheets one after another."""
    names = ("class", "cost", "canvas")
    pdfs = {name: file_of(printed["photo-tagging"], name) for name in names}
    sheets = [Sheet(f"Group {number} · {name}", pdf) for number in (1, 2) for name, pdf in pdfs.items()]
    whole = pile(sheets)
    assert whole == pile(iter(sheets))

    def structure(pdf: bytes) -> tuple[list[str], Counter[str]]:
        """The elements with their texts in order, and their attributes, which may be listed in any order."""
        command = [tool("pdfinfo"), "-struct-text", "-"]
        shown = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
        lines = [re.sub(r"([<(])\d+-U", r"\1U", line.strip()) for line in shown.splitlines()]
        attributes = Counter(line for line in lines if line.startswith("/"))
        return [line for line in lines if not line.startswith("/")], attributes

    elements, attributes = zip(*map(structure, pdfs.values()), strict=True)
    one_group = list(itertools.chain(*elements))
    assert len(one_group) > 500
    assert structure(whole) == (one_group * 2, sum((*attributes, *attributes), Counter()))
    look = paper(whole, tool("pdftotext"))
    assert look.pages == 2 * (2 + 2 + 2)
    assert [one.title for one in look.reader.outline] == [  # type: ignore[union-attr]
        f"Group {number} · {name}" for number in (1, 2) for name in names
    ]
    assert "Page 1 of 1" in " ".join(word.text for word in look.words[4])
    assert look.words[5] == []
    root = look.reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert re.search(r"pdfuaid:part>1<|pdfuaid:part=\"1\"", root["/Metadata"].get_data().decode())
    parents = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    pages = [page["/StructParents"] for page in look.reader.pages if "/StructParents" in page]
    assert list(parents[::2]) == pages == list(range(10))
    ids = [str(name) for name in root["/StructTreeRoot"]["/IDTree"]["/Kids"][0].get_object()["/Names"][::2]]
    assert ids == sorted(set(ids))

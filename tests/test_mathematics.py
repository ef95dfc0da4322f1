"""Formulas as mathematics: every one of every topic in each face, worked out from what is printed; names of others."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pypandoc
import pypdfium2
import pytest
from markdown_it import MarkdownIt
from openxml_audit import FileFormat, OpenXmlValidator

from mathematics import read_back, worked_out
from teledesign.costs import CostModel, cost_model, gathered
from teledesign.costs.model import effects_of
from teledesign.costs.model import worked_out as values_of
from teledesign.course import Course
from teledesign.design import collect_everything
from teledesign.detection import FORMULAS
from teledesign.form import PUBLIC_SECRET
from teledesign.formulas import Formula, Notation, equation, in_mathml, in_tex, number, plain_number, row, said, word
from teledesign.rendering import TARGETS, Templates
from teledesign.resources import packaged_course
from teledesign.worksheets import Press, draw_form
from teledesign.worksheets.basis import cost_basis
from teledesign.worksheets.cost_views import AnswerView, CostKeyView, cost_key_view
from teledesign.worksheets.flow import flow_of
from teledesign.worksheets.markdown import markdown
from teledesign.worksheets.views import Heading
from teledesign.worksheets.word import word as word_file

TOPICS = ("shoe-brand", "photo-tagging", "playlists", "code-completion")
HOSTILE = '</math><script>alert(1)</script> $x$ \\input{a} #panic() & "q" *b* [c](http://d.example) | `e` \u202e ~_^%'
VISIBLE = HOSTILE.replace("\u202e", "")
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
HEADING = Heading("Formulas", "all of them", "A course", "Somebody", "A topic")
Case = tuple[Formula, Mapping[str, float]]


@dataclass(frozen=True)
class Sheet:
    """A handout that holds nothing but formulas, each with what it says."""

    heading: Heading
    formulas: tuple[tuple[Notation, str], ...]
    paper: str = "a4"


SHEET_OF_FORMULAS = """\
{% include "worksheets/paper.typ" %}
#show: handout
#for (math, says) in view.formulas [#maths(math, says) \\ ]
"""


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "worksheets").mkdir()
    (folder / "worksheets" / "formulas.typ").write_text(SHEET_OF_FORMULAS, "utf-8")
    return Press(dt.date(2026, 11, 23), [folder])


def cases(model: CostModel) -> Iterator[Case]:
    """Every formula of an estimate with the numbers it takes: quantities, workings, effects, prices, detection."""
    values = values_of(model, {})
    held = {**values, **effects_of(model, values)}
    for step in (*model.steps, *model.effects):
        yield step.formula, held
    for item in model.items:
        yield item.formula, values
        if item.other is not None:
            yield item.other, values
        if item.billing is not None:
            quantity = item.quantity(values)
            yield item.billing.formula, item.billing.given(quantity, item.other_quantity(values), 1.0)
    shares = {"before": 0.9, "after": 0.88, "change": 0.02, "likeness": 0.1, "kept": 0.25, "z_sure": 1.96}
    counts = {"rows_needed": 3841.0, "rows_a_day": 250.0, "rows": 1e6, "rows_each": 12.5, "z_seen": 0.84, "surely": 3.0}
    for formula in FORMULAS.values():
        yield formula, {**shares, **counts}


@pytest.fixture(scope="module", params=TOPICS)
def printed(request: pytest.FixtureRequest, site_course: Course) -> list[Case]:
    """The formulas of a topic, with the numbers that print shows: six digits of each."""
    scenario = site_course.topic(request.param).scenario
    sheet = site_course.price_sheet()
    model = cost_model(gathered(scenario, collect_everything(scenario), sheet), sheet)
    return [
        (one, {name: float(plain_number(values[name]).replace(",", "")) for name in one.names})
        for one, values in cases(model)
    ]


def test_what_a_page_prints_is_what_is_worked_out(printed: list[Case]) -> None:
    assert len(printed) > 60
    for formula, values in printed:
        value = pytest.approx(formula.evaluate(values), rel=1e-9)
        assert worked_out(formula.mathml(), dict(values)) == value, formula.text
        put_in = formula.mathml({name: number(one) for name, one in values.items()})
        assert "data-name" not in put_in
        assert worked_out(put_in, {}) == value, formula.text
        assert set(read_back(formula.mathml(), formula.names).names) == set(formula.names)


def test_paper_and_word_show_the_same_numbers(printed: list[Case], press: Press, tmp_path: Path) -> None:
    filled = [formula.notation({name: number(one) for name, one in values.items()}) for formula, values in printed]
    pdf = press.pdf("formulas", Sheet(HEADING, tuple((one, "a formula") for one in filled)))
    with pypdfium2.PdfDocument(pdf) as pages:
        on_paper = re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pages))
    html = "".join(f"<p>{in_mathml(one)}</p>" for one in filled)
    assert valid_word(html, tmp_path) == []
    in_word = pypandoc.convert_file(tmp_path / "formulas.docx", "latex", format="docx", extra_args=["--wrap=none"])
    for numbers in (figures(one) for one in filled):
        for text in numbers:
            assert text in on_paper
            assert text.replace("−", "-") in in_word
    ceilings = sum(str(one).count("⌈⌉") for one in filled)
    assert on_paper.count("⌈") == in_word.count(r"\lceil") == ceilings > 0


def figures(one: Notation) -> list[str]:
    own = [one.text] if one.kind == "number" else []
    return own + [text for part in one.parts for text in figures(part)]


def valid_word(html: str, folder: Path) -> list[str]:
    """What the checker of Word's format says of a document, which is left in the folder."""
    path = folder / "formulas.docx"
    path.write_bytes(word_file(flow_of(f"<div>{html}</div>"), HEADING, "a4", dt.date(2026, 11, 23)))
    told = [error.description for error in OpenXmlValidator(file_format=FileFormat.OFFICE_2019).validate(path).errors]
    return [said for said in told if "relationship type" not in said]


EVERY_KIND = (
    "max(a / b, sqrt(c)) + (a - b) ** 2 * ceil_to(c, 0.5) + over(a, b) if a >= 2500000 else -1 * floor_to(c, 1)"
)


def test_every_kind_of_notation_in_word_and_markdown() -> None:
    math = in_mathml(equation(f"d = {EVERY_KIND}"))
    flow = flow_of(f"<p>So {math}; and more</p>")
    data = word_file(flow, HEADING, "a4", dt.date(2026, 11, 23))
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        body = ElementTree.fromstring(held.read("word/document.xml"))
    tags = {one.tag.removeprefix(M) for one in body.iter() if one.tag.startswith(M)}
    assert {"oMath", "f", "rad", "sSup", "d", "m"} <= tags
    fences = [one.get(f"{M}val") for tag in ("begChr", "endChr") for one in body.iter(f"{M}{tag}")]
    assert {"(", ")", "⌈", "⌉", "⌊", "⌋", "{", ""} == set(fences)
    shown = "".join(one.text or "" for one in body.iter(f"{M}t"))
    assert "2,500,000" in shown
    assert "\\" not in shown
    small = flow_of(f"<p>So {in_mathml(equation('d = a / b ** 2'))}; and more</p>")
    assert markdown(small, HEADING).decode().endswith("\n\nSo $d = \\frac{a}{{b}^{2}}$; and more\n")


# --- Names of others ---


def test_a_hostile_name_is_a_name_in_every_face(press: Press, tmp_path: Path) -> None:
    hostile = row(word(HOSTILE, HOSTILE), said(HOSTILE))
    math = in_mathml(hostile)
    root = ElementTree.fromstring(math)
    assert {one.tag for one in root.iter()} == {"math", "semantics", "mrow", "mi", "mtext", "annotation"}
    assert root.findtext(".//mi") == VISIBLE
    assert root.findtext(".//mtext") == VISIBLE.replace(" ", "\u00a0")
    tex = in_tex(hostile)
    assert root.findtext(".//annotation") == tex
    names = "backslash|asciicircum|asciitilde|less|greater|bar|quotedbl|asciigrave"
    bare = re.sub(rf"\\text(?:{names})\{{\}}|\\[{{}}$&#%_]", "", tex)
    assert re.fullmatch(r"(?:\\text\{[^\\{}$&#%_^~<>|\"`]*\} ?){2}", bare)
    paper = press.pdf("formulas", Sheet(HEADING, ((hostile, HOSTILE),)))
    with pypdfium2.PdfDocument(paper) as pages:
        text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "#panic()" in text
    assert "\\input{a}" in text
    flow = flow_of(f"<p>{math}</p>")
    assert valid_word(f"<p>{math}</p>", tmp_path) == []
    page = MarkdownIt("commonmark").enable("table").render(markdown(flow, HEADING).decode())
    assert "<script" not in page
    assert "<a " not in page
    assert "$x$ \\input{a}" in page
    for target in ("html", "markdown", "tex"):
        shown = Templates(target, {"a": "{{ view.math }}"}).render("a", {"view": {"math": hostile}})
        assert "<script" not in shown
        assert TARGETS[target].formula is not None
    with pytest.raises(TypeError, match="a template prints"):
        Templates("typst", {"a": "{{ view.math }}"}).render("a", {"view": {"math": hostile}})


# --- Keys and pages ---


@pytest.fixture(scope="module", params=TOPICS)
def key(request: pytest.FixtureRequest, site_course: Course) -> CostKeyView:
    scenario = site_course.topic(request.param).scenario
    form = draw_form(scenario, "1", PUBLIC_SECRET, basis=cost_basis(scenario, site_course.price_sheet()))
    return cost_key_view(site_course.file, scenario, form, "mark")


def test_a_key_s_mathematics_is_its_answer(key: CostKeyView) -> None:
    for answer in (*key.answers, *key.content):
        math = worked(answer)
        working, _, quantity = math.partition(" = ")
        value = float(quantity.split()[0].replace(",", "")) if quantity else said_number(answer)
        assert worked_out(working, {}) == pytest.approx(value, rel=1e-3), answer.asks


def worked(answer: AnswerView) -> str:
    """The working alone, and what it comes to where the key says that beside it."""
    assert answer.math is not None
    parts = list(answer.math.parts) if answer.math.kind == "row" else [answer.math]
    signs = [place for place, one in enumerate(parts) if one.text == "="]
    end = signs[0] if signs else len(parts)
    rest = "".join(one.text for one in parts[end + 1 :])
    return in_mathml(row(*parts[:end])) + (f" = {rest}" if rest else "")


def said_number(answer: AnswerView) -> float:
    return float(answer.shown.replace(",", ""))


def test_formulas_on_pages_of_the_lecture_hold() -> None:
    texts = [
        (path.name, text)
        for path in sorted((packaged_course() / "site").rglob("*.md"))
        for text in re.findall(r'\{\{ formula\("([^"]*)"\) \}\}', path.read_text("utf-8"))
    ]
    assert len(texts) >= 7
    for name, text in texts:
        assert in_mathml(equation(text)).startswith("<math>")
        values = [
            float(Formula.parse(side, ()).evaluate({}))
            for side in re.split(" [=≈] ", text)
            if not re.search("[a-z]", side)
        ]
        assert values == pytest.approx([values[0]] * len(values) if values else [], rel=0.005), (name, text)

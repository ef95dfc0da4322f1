"""The spreadsheet of an estimate: recalculated by LibreOffice it says what Python and the page's script say."""

import datetime as dt
import io
import json
import random
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
import xlsxwriter

from javascript import ENGINE
from teledesign.cli import run
from teledesign.costs import estimate
from teledesign.costs.cells import CostCells, cell_name, cost_cells
from teledesign.costs.page import page_model
from teledesign.course import CourseLocation, find_course, open_design, open_price_sheets
from teledesign.formulas import Formula
from teledesign.outputs.spreadsheet import spreadsheet
from teledesign.resources import packaged_course

if TYPE_CHECKING:
    from playwright.sync_api import Page

WHEN = dt.date(2026, 11, 23)
CASES = (
    ("shoe-brand", "teaching"),
    ("photo-tagging", "datadog"),
    ("playlists", "aws"),
    ("code-completion", "google-cloud"),
)
RECALCULATE = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
Book = openpyxl.Workbook


@pytest.fixture(scope="module")
def location() -> CourseLocation:
    return find_course(packaged_course())


@pytest.fixture(scope="module")
def cases(location: CourseLocation) -> dict[tuple[str, str], CostCells]:
    found = {}
    for topic, sheet in CASES:
        scenario, design = open_design(topic, location)
        found[topic, sheet] = cost_cells(scenario, design, open_price_sheets((sheet,), location))
    return found


def opened(data: bytes) -> Book:
    return openpyxl.load_workbook(io.BytesIO(data))


def at(book: Book, name: str):
    """The cell of a name."""
    sheet, place = next(iter(book.defined_names[name].destinations))
    return book[sheet][place]


def amounts(book: Book) -> dict[str, object]:
    """Title of a line item -> what its amount's cell shows."""
    rows = list(book["Estimate"].iter_rows())
    head = next(number for number, row in enumerate(rows) if row[0].value == "Line item")
    return {str(row[0].value): row[5].value for row in rows[head + 1 :] if row[0].value and row[1].value}


def with_values(cells: CostCells, values: Mapping[str, object]) -> bytes:
    """The workbook with other values typed into its named cells."""
    book = opened(spreadsheet(cells, WHEN))
    for name, value in values.items():
        at(book, name).value = value
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


WRONG = (("sampling", 2), ("users", "many"))
"""Named cells and what must not stand there."""


@pytest.fixture(scope="module")
def drawn(cases: dict[tuple[str, str], CostCells]) -> dict[tuple[str, str], list[dict[str, float]]]:
    """Two random settings for each case."""
    rng = random.Random(20261123)
    return {case: [drawn_settings(cells, rng) for _ in range(2)] for case, cells in cases.items()}


@pytest.fixture(scope="module")
def recalculated(
    cases: dict[tuple[str, str], CostCells],
    drawn: dict[tuple[str, str], list[dict[str, float]]],
    tool: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Book]:
    """Every workbook that is asked about, by name, as LibreOffice works it out anew; its start takes the most time."""
    books = {"primitives": primitives()}
    books |= {f"wrong-{name}": with_values(cases[CASES[0]], {name: value}) for name, value in WRONG}
    for case, settings in drawn.items():
        books |= {f"{'-'.join(case)}-{number}": with_values(cases[case], one) for number, one in enumerate(settings)}
    profile, given, out = (tmp_path_factory.mktemp(name) for name in ("profile", "given", "out"))
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, "utf-8")
    for name, data in books.items():
        (given / f"{name}.xlsx").write_bytes(data)
    options = [f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx", "--outdir", str(out)]
    paths = [str(given / f"{name}.xlsx") for name in books]
    subprocess.run([tool("libreoffice"), *options, *paths], check=True, capture_output=True, timeout=120)
    return {name: openpyxl.load_workbook(out / f"{name}.xlsx", data_only=True) for name in books}


# --- The file ---


def test_every_number_is_named_and_every_formula_is_live(cases: dict[tuple[str, str], CostCells]) -> None:
    cells = cases["shoe-brand", "teaching"]
    book = opened(spreadsheet(cells, WHEN))
    for cell in cells.cells:
        held = at(book, cell.name).value
        if cell.formula:
            assert held == f"={cell.formula}"
        else:
            assert held == pytest.approx(cell.value)
    amount = {row.row.title: row for row in cells.rows}
    for title, shown in amounts(book).items():
        assert str(shown).startswith("=") or amount[title].amount is None


def test_units_stand_beside_and_sources_are_notes(cases: dict[tuple[str, str], CostCells]) -> None:
    cells = cases["playlists", "aws"]
    book = opened(spreadsheet(cells, WHEN))
    for cell in cells.of("price"):
        noted = at(book, cell.name).comment
        assert noted is not None
        assert "As of 20" in noted.text
    units = {one.name: one.unit for one in cells.cells}
    hot = at(book, "hot_days")
    assert book["Estimate"].cell(hot.row, hot.column + 1).value == units["hot_days"] == "day"


def test_what_python_works_out_is_in_the_file(cases: dict[tuple[str, str], CostCells]) -> None:
    """A reader that does not calculate, as a preview on a phone, sees the right numbers."""
    for cells in cases.values():
        book = openpyxl.load_workbook(io.BytesIO(spreadsheet(cells, WHEN)), data_only=True)
        assert at(book, "total_firm").value == cells.estimate.total.amount
        assert at(book, "total_users").value == cells.estimate.totals["user"].amount
        shown = amounts(book)
        for row in cells.estimate.rows:
            assert shown[row.title] == ("unknown" if row.amount is None else row.amount)


def test_the_same_bytes_each_time(cases: dict[tuple[str, str], CostCells]) -> None:
    cells = cases["shoe-brand", "teaching"]
    assert spreadsheet(cells, WHEN) == spreadsheet(cells, WHEN)


def test_text_is_never_a_formula(location: CourseLocation) -> None:
    scenario, design = open_design("shoe-brand", location)
    sheet = open_price_sheets((), location)
    hostile = '=HYPERLINK("http://example.org","x")'
    cells = cost_cells(
        scenario, design.model_copy(update={"title": hostile}), sheet.model_copy(update={"title": hostile})
    )
    book = opened(spreadsheet(cells, WHEN))
    texts = [cell for tab in book for row in tab.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert texts
    for cell in texts:
        assert cell.data_type == "s"
        assert cell.quotePrefix


def test_names_that_look_like_cells_get_an_underscore() -> None:
    assert [cell_name(name) for name in ("q1", "abc12", "R", "users", "runs_1")] == [
        "q1_",
        "abc12_",
        "R_",
        "users",
        "runs_1",
    ]


# --- Recalculated ---

FORMULAS = (
    "ceil_to(q, step)",
    "floor_to(q, step)",
    "money(q)",
    "over(q, step)",
    "package(q, step, price)",
    "graduated(q, price, step, 0.5, 10, 0.25)",
    "volume(q, price, step, 0.5, 10, 0.25)",
    "flat_included(q, 3, step, price)",
    "minimum(q, 7)",
    "max_of(q, step, 2)",
    "min(q, step)",
    "sqrt(q)",
    "q ** 3 - -q",
    "1 if q >= step else 2 if q == 1.1 else 3",
    "-(q - step) * 2 / (1 + q)",
)
NUMBERS = (0.0, 0.07, 1.1, 4.35, 9.999999, 10.0, 10.000001, 1.1 * 3, 0.1 * 3, 1e-12, 123456.785, 2.675, 1e9 + 0.5)


STEP, PRICE = 1.1, 0.07


def read_formulas() -> list[Formula]:
    return [Formula.parse(text, ("q", "step", "price")) for text in FORMULAS]


def primitives() -> bytes:
    """A workbook with every formula at every number."""
    out = io.BytesIO()
    values = {"step": STEP, "price": PRICE}
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        tab = book.add_worksheet("T")
        for row, number in enumerate(NUMBERS):
            tab.write_number(row, 0, number)
            for column, formula in enumerate(read_formulas(), 1):
                spelt = formula.spreadsheet(lambda name, row=row: f"A{row + 1}" if name == "q" else repr(values[name]))
                tab.write_formula(row, column, f"={spelt}")
    return out.getvalue()


@pytest.mark.libreoffice
def test_primitives_agree_at_their_bounds(recalculated: dict[str, Book]) -> None:
    found = recalculated["primitives"]["T"]
    for row, number in enumerate(NUMBERS):
        for column, formula in enumerate(read_formulas(), 1):
            ours = float(formula.evaluate({"q": number, "step": STEP, "price": PRICE}))
            shown = found.cell(row + 1, column + 1).value
            assert shown == pytest.approx(ours, rel=1e-12, abs=1e-12), (formula.text, number)


def drawn_settings(cells: CostCells, rng: random.Random) -> dict[str, float]:
    """Random settings, bounds among them; factors that leave no world are drawn near their value."""
    settings = {}
    for cell in cells.of("lever", "assumption"):
        assert cell.low is not None
        assert cell.high is not None
        if rng.random() < 0.6:
            near = min(cell.high, max(cell.low, cell.value * rng.choice((0.1, 0.5, 0.99, 1.1, 2, 7))))
            free = rng.choice((cell.low, cell.high, rng.uniform(cell.low, cell.high), near, round(near, 2)))
            settings[cell.name] = float(min(cell.high, max(cell.low, near if abs(free) > 1e7 else free)))
    return settings


@pytest.mark.browser
@pytest.mark.libreoffice
def test_python_page_and_spreadsheet_agree_on_random_settings(
    drawn: dict[tuple[str, str], list[dict[str, float]]],
    location: CourseLocation,
    page: "Page",
    recalculated: dict[str, Book],
) -> None:
    for (topic, prices), settings in drawn.items():
        scenario, design = open_design(topic, location)
        sheet = open_price_sheets((prices,), location)
        page.goto("about:blank")
        page.add_script_tag(content=ENGINE + page_model(scenario, design, sheet).js)
        told = page.evaluate("drawn => drawn.map(one => teledesignCost.model(one))", settings)
        for number, (one, by_script) in enumerate(zip(settings, told, strict=True)):
            ours = estimate(scenario, design, sheet, settings=one)
            assert [row["amount"] for row in by_script["rows"]] == [row.amount for row in ours.rows]
            book = recalculated[f"{topic}-{prices}-{number}"]
            shown = amounts(book)
            for row in ours.rows:
                wanted = "unknown" if row.amount is None else pytest.approx(row.amount, rel=1e-12, abs=1e-9)
                assert shown[row.title] == wanted, (topic, number, row.item)
            assert at(book, "total_firm").value == pytest.approx(ours.total.amount, rel=1e-12, abs=1e-9)


@pytest.mark.libreoffice
def test_a_number_out_of_its_bounds_leaves_no_total(recalculated: dict[str, Book]) -> None:
    for name, _ in WRONG:
        book = recalculated[f"wrong-{name}"]
        assert str(at(book, "total_firm").value).startswith("#")
        assert at(book, "outside").value == 1


# --- The command ---


def test_cost_writes_one_with_the_settings_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out" / "lean.xlsx"
    asked = ["cost", "playlists/lean", "--set", "sampling=0.2", "--course", str(packaged_course())]
    assert run([*asked, "--spreadsheet", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    book = openpyxl.load_workbook(path, data_only=True)
    assert at(book, "sampling").value == 0.2
    assert at(book, "total_firm").value == told["totals"]["firm"]["amount"]


@pytest.mark.parametrize(
    ("designs", "name", "sentence"),
    [
        (["playlists"], "lean.csv", "Give it a name that ends in .xlsx"),
        (["playlists", "playlists/lean"], "lean.xlsx", "a spreadsheet holds one design"),
    ],
)
def test_what_can_be_no_spreadsheet_is_refused(
    designs: list[str], name: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cost", *designs, "--spreadsheet", str(tmp_path / name), "--course", str(packaged_course())]) == 1
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

"""An estimate as a spreadsheet: live formulas over named cells, units beside them, sources as notes.

Whoever changes a lever sees the bill change, in Excel, LibreOffice or anything else that reads the format; nothing but
the levers and assumptions is meant to be typed over, and a number out of its bounds leaves no total.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.costs.cells import QUANTITY, CostCells, NamedCell, RowCells, cost_cells
from teledesign.design import collect_everything
from teledesign.findings import MissingExtra
from teledesign.formulas import money_in_cell
from teledesign.prices import PriceSheet
from teledesign.rendering import visible
from teledesign.results.estimate import Payer
from teledesign.scenario import Scenario

__all__ = ["SPREADSHEET", "spreadsheet", "topic_spreadsheet"]

SPREADSHEET = "{}-costs.xlsx"
"""The file's name, from a topic's or a design's."""

INK, SOFT, RULE, PANEL = "#1d2b30", "#47585f", "#d5dee2", "#f4f8f9"
PETROL, AMBER_SOFT, WRONG = "#0f4c5c", "#fdf1e0", "#a3261b"
FACE = "Calibri"

PAYERS: Mapping[Payer, str] = {"firm": "the firm", "user": "users", "none": "nobody"}
TOTALS: tuple[tuple[Payer, str, str], ...] = (
    ("firm", "total_firm", "The firm pays a month"),
    ("user", "total_users", "Users pay a month, together"),
)
TOTAL_ROW = 3
"""Where the totals begin on the first sheet, counted from 0."""

HOW = "Type over the tinted numbers, here and under Assumptions; everything else follows."
ASSUMED = "What may be doubted. Type over the tinted numbers; the bill on the first sheet follows."
WORKED = "Quantities on the way from the levers to the bill, one formula each."
NO_INVOICE = "What is paid in another coin than money."

GIVEN: Mapping[str, object] = {"bg_color": AMBER_SOFT, "border": 1, "border_color": RULE, "locked": False}
FORMATS: Mapping[str, Mapping[str, object]] = {
    "plain": {},
    "wrapped": {"text_wrap": True},
    "soft": {"font_color": SOFT, "text_wrap": True, "indent": 1},
    "title": {"bold": True, "font_size": 16, "font_color": PETROL},
    "section": {"bold": True, "font_size": 12, "font_color": PETROL},
    "head": {"bold": True, "bg_color": PANEL, "bottom": 1, "bottom_color": RULE, "text_wrap": True},
    "unit": {"indent": 1},
    "bound": {"num_format": "[>=1000]#,##0;General", "font_color": SOFT},
    "given": {**GIVEN, "num_format": "[>=1000]#,##0;General"},
    "worked": {"num_format": "[=0]0;[<1]0.0000##;#,##0.00"},
    "money": {"num_format": "#,##0.00"},
    "total": {"num_format": "#,##0.00", "bold": True, "font_size": 14, "top": 1, "top_color": RULE},
    "label": {"bold": True, "font_size": 12},
    "wrong": {"font_color": WRONG, "bold": True, "text_wrap": True},
}


def spreadsheet(cells: CostCells, when: dt.date) -> bytes:
    """The workbook of an estimate, stamped with `when`.  Raises MissingExtra without XlsxWriter."""
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtra("xlsxwriter", "course") from None
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        _Book(book, cells).write(when)
    return out.getvalue()


def topic_spreadsheet(scenario: Scenario, prices: PriceSheet, when: dt.date) -> bytes:
    """The workbook of collecting everything.  Raises MissingExtra without XlsxWriter."""
    return spreadsheet(cost_cells(scenario, collect_everything(scenario), prices), when)


@dataclass(frozen=True)
class _Column:
    """A column of a table: its heading and how wide it is, in characters."""

    title: str
    width: float


INPUT_COLUMNS = (
    _Column("What", 44),
    _Column("Name", 20),
    _Column("Value", 16),
    _Column("Unit", 18),
    _Column("Lowest", 12),
    _Column("Highest", 14),
    _Column("Remarks", 84),
)
BILL_COLUMNS = (
    _Column("Line item", 44),
    _Column("Who pays", 20),
    _Column("Quantity a month", 16),
    _Column("Unit", 18),
    _Column("Unrounded", 12),
    _Column("Amount", 14),
    _Column("Price", 84),
    _Column("How the quantity is counted", 80),
)
WORKED_COLUMNS = (
    _Column("What", 44),
    _Column("Name", 24),
    _Column("Value", 18),
    _Column("Unit", 18),
    _Column("Formula", 100),
)
PRICE_COLUMNS = (
    _Column("What", 44),
    _Column("Name", 32),
    _Column("Value", 16),
    _Column("Unit", 22),
    _Column("Where it was read", 90),
)


class _Book:
    """The sheets of one workbook, and where each named cell stands."""

    def __init__(self, book: Any, cells: CostCells) -> None:
        self.book = book
        self.cells = cells
        self.formats = {
            name: book.add_format({"font_name": FACE, "font_color": INK, "valign": "top", **extra})
            for name, extra in FORMATS.items()
        }
        self.quoted = book.add_format({"font_name": FACE, "font_color": INK, "valign": "top", "quote_prefix": True})
        self.bounds: list[tuple[str, int, int]] = []
        self.bill = (0, 0)

    def write(self, when: dt.date) -> None:
        """All sheets, in the order in which a reader wants them."""
        estimate = self.cells.estimate
        stamp = dt.datetime(when.year, when.month, when.day)
        self.book.set_properties(
            {"title": visible(f"{estimate.design_title}: what it costs"), "author": "teledesign", "created": stamp}
        )
        self.book.set_calc_mode("auto")
        first, assumptions, workings, prices, effects = (
            self.book.add_worksheet(name) for name in ("Estimate", "Assumptions", "Workings", "Prices", "No invoice")
        )
        self._estimate(first)
        self._inputs(assumptions, self.cells.of("assumption"), self._opening(assumptions, "Assumptions", ASSUMED))
        row = self._opening(workings, "Workings", WORKED)
        row = self._worked(workings, self.cells.of("working"), row)
        self._text(workings, row + 1, 0, "Facts that follow from the scenario and the design", "section")
        self._worked(workings, self.cells.of("fact"), row + 2)
        self._prices(prices, self._opening(prices, "Prices", f"{estimate.sheet_title}, in {estimate.currency}."))
        self._worked(effects, self.cells.of("effect"), self._opening(effects, "What no invoice shows", NO_INVOICE))
        self._totals(first)
        for sheet in self.book.worksheets():
            sheet.hide_gridlines(2)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.set_paper(9)
        first.print_area(0, 0, self.bill[1] + 40, 6)
        first.activate()

    # --- Sheets ---

    def _opening(self, sheet: Any, title: str, says: str) -> int:
        """A sheet's title and what it holds; gives the row where its table begins."""
        self._text(sheet, 0, 0, title, "title")
        self._text(sheet, 1, 0, says, "plain")
        return 3

    def _estimate(self, sheet: Any) -> None:
        estimate = self.cells.estimate
        self._text(sheet, 0, 0, f"{estimate.design_title}: what it costs", "title")
        self._text(sheet, 1, 0, f"{estimate.sheet_title}, as of {estimate.as_of}. {HOW}", "plain")
        self._text(sheet, TOTAL_ROW + 3, 0, "Levers", "section")
        after = self._inputs(sheet, (*self._users(), *self.cells.of("lever")), TOTAL_ROW + 4)
        self._text(sheet, after + 1, 0, "The bill, line by line", "section")
        self._bill(sheet, after + 2)
        sheet.freeze_panes(TOTAL_ROW + 2, 1)

    def _users(self) -> tuple[NamedCell, ...]:
        return tuple(cell for cell in self.cells.cells if cell.name == "users")

    def _inputs(self, sheet: Any, cells: Sequence[NamedCell], row: int) -> int:
        """What can be set, with its bounds; gives the row after it."""
        self._head(sheet, row, INPUT_COLUMNS)
        held = [cell for cell in cells if cell.name != "users" or sheet.get_name() == "Estimate"]
        for at, cell in enumerate(held, row + 1):
            assert cell.low is not None
            assert cell.high is not None
            self._text(sheet, at, 0, cell.title, "wrapped")
            self._text(sheet, at, 1, cell.name, "soft")
            sheet.write_number(at, 2, cell.value, self.formats["given"])
            self._named(sheet, at, cell)
            self._text(sheet, at, 3, _unit(cell.unit), "unit")
            sheet.write_number(at, 4, cell.low, self.formats["bound"])
            sheet.write_number(at, 5, cell.high, self.formats["bound"])
            self._text(sheet, at, 6, cell.says, "soft")
            sheet.data_validation(
                at,
                2,
                at,
                2,
                {
                    "validate": "decimal",
                    "criteria": "between",
                    "minimum": cell.low,
                    "maximum": cell.high,
                    "error_title": "Out of bounds",
                    "error_message": f"Write a number from {cell.low:g} to {cell.high:g}.",
                },
            )
        self.bounds.append((sheet.get_name(), row + 2, row + 1 + len(held)))
        return row + 1 + len(held)

    def _worked(self, sheet: Any, cells: Sequence[NamedCell], row: int) -> int:
        """What is worked out, with its formula; gives the row after it."""
        self._head(sheet, row, WORKED_COLUMNS)
        for at, cell in enumerate(cells, row + 1):
            self._text(sheet, at, 0, cell.title, "wrapped")
            self._text(sheet, at, 1, cell.name, "soft")
            self._value(sheet, at, cell)
            self._text(sheet, at, 3, _unit(cell.unit), "unit")
            self._text(sheet, at, 4, cell.text or cell.says, "soft")
        return row + 1 + len(cells)

    def _prices(self, sheet: Any, row: int) -> None:
        self._head(sheet, row, PRICE_COLUMNS)
        for at, cell in enumerate(self.cells.of("price"), row + 1):
            self._text(sheet, at, 0, cell.title, "wrapped")
            self._text(sheet, at, 1, cell.name, "soft")
            self._value(sheet, at, cell)
            self._text(sheet, at, 3, _unit(cell.unit), "unit")
            self._text(sheet, at, 4, cell.says, "soft")
            self._note(sheet, at, 2, cell.says)

    def _bill(self, sheet: Any, row: int) -> None:
        self._head(sheet, row, BILL_COLUMNS)
        rows = self.cells.rows
        for at, one in enumerate(rows, row + 1):
            self._line(sheet, at, one)
        self.bill = (row + 2, row + 1 + len(rows))
        chart = self.book.add_chart({"type": "bar"})
        name, (first, last) = sheet.get_name(), (row + 1, row + len(rows))
        chart.add_series(
            {
                "name": f"Amount, {self.cells.estimate.currency} a month",
                "categories": [name, first, 0, last, 0],
                "values": [name, first, 5, last, 5],
                "fill": {"color": PETROL},
                "gap": 40,
            }
        )
        chart.set_title({"name": "Where the money goes", "name_font": {"name": FACE, "size": 12, "color": INK}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "num_font": {"name": FACE, "size": 9}})
        chart.set_x_axis({"num_format": "#,##0", "num_font": {"name": FACE, "size": 9}, "label_position": "low"})
        chart.set_size({"width": 900, "height": 24 * len(rows) + 80})
        sheet.insert_chart(last + 3, 0, chart, {"description": "Amount of every line item as a bar"})

    def _line(self, sheet: Any, at: int, one: RowCells) -> None:
        row, cell = one.row, f"C{at + 1}"
        self._text(sheet, at, 0, row.title, "wrapped")
        self._note(sheet, at, 0, row.says)
        self._text(sheet, at, 1, PAYERS[row.payer], "plain")
        quantity = row.quantity.value
        sheet.write_formula(at, 2, f"={one.quantity}", self.formats["worked"], quantity)
        self._text(sheet, at, 3, _unit(row.quantity.unit), "unit")
        if one.amount is None:
            self._text(sheet, at, 5, "unknown", "wrong")
        else:
            amount = one.amount.replace(QUANTITY, cell)
            sheet.write_formula(at, 4, f"={amount}", self.formats["money"], one.exact)
            rounded = f"=IF(outside>0,NA(),{money_in_cell(f'E{at + 1}')})"
            sheet.write_formula(at, 5, rounded, self.formats["money"], row.amount)
        price = row.price.told if row.price else ""
        self._text(sheet, at, 6, one.source if one.amount is None or row.covered else price, "soft")
        self._note(sheet, at, 5, one.source)
        self._text(sheet, at, 7, row.quantity.formula, "soft")

    def _totals(self, sheet: Any) -> None:
        """The totals at the head of the first sheet, and whether any number is out of its bounds."""
        estimate, (first, last) = self.cells.estimate, self.bill
        wrong = "+".join(f"SUMPRODUCT(1-{_within(name, a, z)})" for name, a, z in self.bounds)
        for at, (payer, name, title) in enumerate(TOTALS, TOTAL_ROW):
            total = estimate.totals[payer]
            least = ", at least (a price is unknown)" if total.at_least else ""
            self._text(sheet, at, 0, f"{title}{least}", "label")
            summed = f'SUMIF(B{first}:B{last},"{PAYERS[payer]}",F{first}:F{last})'
            sheet.write_formula(at, 2, f"=IF(outside>0,NA(),ROUND({summed},2))", self.formats["total"], total.amount)
            self._text(sheet, at, 3, estimate.currency, "unit")
            self.book.define_name(name, f"='Estimate'!$C${at + 1}")
        at = TOTAL_ROW + len(TOTALS)
        sheet.write_formula(at, 2, f"={wrong}", self.formats["bound"], 0)
        self.book.define_name("outside", f"='Estimate'!$C${at + 1}")
        self._text(sheet, at, 0, "Numbers out of their bounds", "plain")
        says = '=IF(outside>0,"Correct the numbers that are out of their bounds; until then there is no total.","")'
        sheet.write_formula(at, 6, says, self.formats["wrong"], "")

    # --- Cells ---

    def _head(self, sheet: Any, row: int, columns: Iterable[_Column]) -> None:
        for at, column in enumerate(columns):
            sheet.write_string(row, at, column.title, self.formats["head"])
            sheet.set_column(at, at, column.width)

    def _value(self, sheet: Any, at: int, cell: NamedCell) -> None:
        if cell.formula:
            sheet.write_formula(at, 2, f"={cell.formula}", self.formats["worked"], cell.value)
        else:
            sheet.write_number(at, 2, cell.value, self.formats["plain"])
        self._named(sheet, at, cell)

    def _named(self, sheet: Any, at: int, cell: NamedCell) -> None:
        self.book.define_name(cell.name, f"='{sheet.get_name()}'!$C${at + 1}")

    def _text(self, sheet: Any, row: int, column: int, text: str, style: str) -> None:
        """Text, never a formula: what looks like one is marked as text for whoever edits the cell."""
        shown = visible(text)
        risky = shown[:1] in ("=", "+", "-", "@")
        sheet.write_string(row, column, shown, self.quoted if risky else self.formats[style])

    def _note(self, sheet: Any, row: int, column: int, text: str) -> None:
        if text:
            sheet.write_comment(row, column, visible(text), {"author": "teledesign", "x_scale": 2.2, "font_name": FACE})


def _unit(text: str) -> str:
    """A unit as one reads it; a plain number has none."""
    return "" if text == "1" else text


def _within(sheet: str, first: int, last: int) -> str:
    """1 for each row of inputs whose value is a number within its bounds."""
    value, low, high = (f"'{sheet}'!{column}{first}:{column}{last}" for column in "CEF")
    return f"ISNUMBER({value})*({value}>={low})*({value}<={high})"

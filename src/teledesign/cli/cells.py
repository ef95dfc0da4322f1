"""Estimates and bills as CSV, for spreadsheets: no cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Protocol

from teledesign.rendering import spreadsheet_cell
from teledesign.results.estimate import Bill, Estimate, EstimateRow, PriceUsed
from teledesign.results.forecast import Ranges, RowBand

__all__ = ["answers_csv", "bill_csv", "estimates_csv", "table_csv"]

Cell = str | float

PRICE = ("price", "source", "status", "as_of", "region")
ESTIMATE = ("scenario", "design", "item", "title", "payer", "quantity", "unit", "amount", "currency")
BILL = ("row", "title", "used", "free", "billed", "unit", "formula", "numbers", "amount", "currency")


def table_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([spreadsheet_cell(cell) for cell in row])
    return out.getvalue()


def estimates_csv(estimates: Iterable[Estimate]) -> str:
    """A line for every line item of every estimate."""
    rows = [_estimate_row(one, row) for one in estimates for row in one.rows]
    return table_csv((*ESTIMATE, "formula", "numbers", *PRICE), rows)


def _estimate_row(one: Estimate, row: EstimateRow) -> list[Cell]:
    quantity = row.quantity
    cells: list[Cell] = [one.scenario, one.design, row.item, row.title, row.payer, quantity.value, quantity.unit]
    return [
        *cells,
        _amount(row.amount),
        one.currency,
        quantity.formula,
        quantity.numbers,
        *_price(row.price, row.covered),
    ]


def bill_csv(bill: Bill) -> str:
    """A line for every row of a bill."""
    return table_csv(
        (*BILL, *PRICE),
        [
            [
                *(row.price.name, row.price.title, row.quantity, row.free, row.billable, row.price.unit),
                *(row.price.formula, row.price.numbers, _amount(row.amount), bill.currency, *_price(row.price)),
            ]
            for row in bill.rows
        ],
    )


def _price(price: PriceUsed | None, instead: str = "") -> list[Cell]:
    if price is None:
        return [instead, "", "", "", ""]
    return [price.told, price.source, price.status, price.as_of.isoformat(), price.region or ""]


def _amount(amount: float | None) -> Cell:
    return "unknown" if amount is None else amount


class Answered(Protocol):
    """An estimate with what was asked besides."""

    @property
    def estimate(self) -> Estimate: ...

    @property
    def ranges(self) -> Ranges | None: ...


def answers_csv(answers: Sequence[Answered]) -> str:
    """A line for every line item: of the months where they were asked for, else of the ranges, else of the estimate."""
    ranged = [one.ranges for one in answers if one.ranges is not None]
    if not ranged:
        return estimates_csv(one.estimate for one in answers)
    rows: list[list[Cell]] = []
    for found in ranged:
        months = [(str(month.number), month.rows) for month in found.months] or [("", found.rows)]
        for month, bands in months:
            rows += [[found.scenario, found.design, month, *_band(row), found.currency] for row in bands]
    return table_csv(("scenario", "design", "month", "item", "title", "payer", "p10", "p50", "p90", "currency"), rows)


def _band(row: RowBand) -> list[Cell]:
    band = row.band
    values: list[Cell] = ["unknown"] * 3 if band is None else [band.p10, band.p50, band.p90]
    return [row.item, row.title, row.payer, *values]

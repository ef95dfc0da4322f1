"""An estimate as cells: every number it stands on, named, and every formula in a spreadsheet's own functions.

No file is written here.  Each cell carries what Python works out for it, so that a reader which does not calculate
shows the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from teledesign.costs.collected import Traffic
from teledesign.costs.estimating import estimate_of
from teledesign.costs.model import CostModel, Item, Step, cost_model, effects_of, worked_out
from teledesign.costs.traffic import gathered
from teledesign.design import Design
from teledesign.expectation import Expectation
from teledesign.prices import STATUSES, PriceRow, PriceSheet
from teledesign.results.estimate import Estimate, EstimateRow, Input
from teledesign.scenario import Scenario

__all__ = ["QUANTITY", "CellRole", "CostCells", "NamedCell", "RowCells", "cost_cells"]

CellRole = Literal["lever", "assumption", "fact", "price", "working", "effect"]

QUANTITY = "{quantity}"
"""Stands in an amount's formula where the quantity's cell goes."""

_REFERENCE = re.compile(r"[A-Za-z]{1,3}[0-9]+|[RrCc][0-9]*|[Rr][0-9]+[Cc][0-9]+")
"""Names that a spreadsheet takes for a cell."""


@dataclass(frozen=True)
class NamedCell:
    """A named number: typed in, or worked out by `formula` (what stands after the `=`); `text` is it as we write it.

    `value` is what it comes to.  Only levers and assumptions may be changed, from `low` to `high`.
    """

    name: str
    title: str
    unit: str
    role: CellRole
    value: float
    says: str = ""
    formula: str = ""
    text: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class RowCells:
    """A line item: formulas of its quantity and of its amount before rounding; no amount where none is known."""

    row: EstimateRow
    quantity: str
    amount: str | None
    exact: float | None
    source: str


@dataclass(frozen=True)
class CostCells:
    """All cells of an estimate with the settings it was made with."""

    estimate: Estimate
    cells: tuple[NamedCell, ...]
    rows: tuple[RowCells, ...]

    def of(self, *roles: CellRole) -> tuple[NamedCell, ...]:
        """The cells of these roles, in their order."""
        return tuple(cell for cell in self.cells if cell.role in roles)


def cost_cells(
    scenario: Scenario,
    design: Design,
    sheet: PriceSheet,
    *,
    settings: Mapping[str, float] | None = None,
    expected: Expectation | Traffic | None = None,
) -> CostCells:
    """The cells of a design's estimate.  Raises Refusal for settings that are not possible."""
    model = cost_model(gathered(scenario, design, sheet, expected), sheet)
    estimate = estimate_of(model, settings or {})
    values = worked_out(model, settings or {})
    effects = effects_of(model, values)
    cells = (
        *(_input(one) for one in estimate.inputs),
        *_prices(model),
        *(_worked(step, "working", values[step.name]) for step in model.steps),
        *_others(model, values),
        *(_worked(step, "effect", effects[step.name]) for step in model.effects),
    )
    assert len({cell.name.lower() for cell in cells}) == len(cells), "two cells share a name"
    rows = tuple(_row(item, row, values, sheet) for item, row in zip(model.items, estimate.rows, strict=True))
    return CostCells(estimate, cells, rows)


def cell_name(name: str) -> str:
    """A name as a spreadsheet takes it: one that would be a cell's address has an underscore after it."""
    return f"{name}_" if _REFERENCE.fullmatch(name) else name


def _input(one: Input) -> NamedCell:
    doubt = f"It may really be {one.doubt[0]:g} to {one.doubt[1]:g}." if one.doubt else ""
    says = " ".join(part for part in (one.says, doubt) if part)
    return NamedCell(
        cell_name(one.name), one.title, one.unit, one.role, float(one.value), says, low=one.low, high=one.high
    )


def _worked(step: Step, role: CellRole, value: float) -> NamedCell:
    formula = step.formula.spreadsheet(cell_name)
    text = step.formula.text
    return NamedCell(cell_name(step.name), step.title, str(step.unit), role, float(value), "", formula, text)


def _price_name(row: str, number: str) -> str:
    return f"{row}__{number}"


def _other_name(item: Item) -> str:
    return f"{item.line.name}__other"


def _prices(model: CostModel) -> Iterator[NamedCell]:
    """The numbers of every price that a line item is billed by, each once."""
    seen: set[str] = set()
    for item in model.items:
        if item.billing is None or item.row is None or item.price_name in seen:
            continue
        seen.add(item.price_name)
        for number, value in item.billing.numbers.items():
            words = number.replace("_", " ")
            yield NamedCell(
                _price_name(item.price_name, number),
                f"{item.row.title}: {words}",
                str(item.billing.units[number]),
                "price",
                float(value),
                source_of(item.row, model.sheet),
            )


def source_of(row: PriceRow, sheet: PriceSheet) -> str:
    """Where a price was read, when, and how sure it is."""
    region = f", {row.region}" if row.region else ""
    return f"{row.source}{region}. As of {row.as_of or sheet.as_of}. {STATUSES[row.status].capitalize()}."


def _others(model: CostModel, values: Mapping[str, Any]) -> Iterator[NamedCell]:
    """The other measures of prices that take the larger of two."""
    for item in model.items:
        if item.other is not None and item.row is not None and item.row.each is not None:
            factor = item.other_factor
            formula = _times(item.other.spreadsheet(cell_name), factor.numerator, factor.denominator)
            title = f"{item.line.title}, the other measure"
            value = float(item.other_quantity(values))
            yield NamedCell(
                _other_name(item), title, str(item.row.each.unit), "working", value, "", formula, item.other.text
            )


def _times(formula: str, numerator: int, denominator: int) -> str:
    """A quantity in the unit of its price."""
    above = f"*{numerator}" if numerator != 1 else ""
    below = f"/{denominator}" if denominator != 1 else ""
    return f"{formula}{above}{below}"


def _row(item: Item, row: EstimateRow, values: Mapping[str, Any], sheet: PriceSheet) -> RowCells:
    quantity = _times(item.formula.spreadsheet(cell_name), item.factor.numerator, item.factor.denominator)
    source = source_of(item.row, sheet) if item.row else ""
    if item.covered:
        return RowCells(row, quantity, "0", 0.0, item.covered)
    if item.billing is None:
        return RowCells(row, quantity, None, None, item.why_unknown)
    given = item.billing.given(item.quantity(values), item.other_quantity(values), values["free_tier"])
    exact = float(item.billing.formula.evaluate(given))
    return RowCells(row, quantity, item.billing.formula.spreadsheet(_billed(item)), exact, source)


def _billed(item: Item) -> Callable[[str], str]:
    """How a price's formula writes its names: the quantity's cell, the other measure's, and the price's own."""
    assert item.billing is not None
    free = item.billing.free

    def spell(name: str) -> str:
        if name == "q":
            return QUANTITY
        if name == "other":
            return _other_name(item)
        if name == "included" and free:
            return f"({_price_name(item.price_name, name)}*free_tier)"
        return _price_name(item.price_name, name)

    return spell

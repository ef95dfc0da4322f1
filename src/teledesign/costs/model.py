"""The cost model of one design on one sheet: inputs, workings and line items as checked formulas, in order.

Numbers (`worked_out`) and the page's script are both printed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from teledesign.costs.collected import Gathered
from teledesign.costs.items import LINE_ITEMS, WORKINGS, LineItem, terms
from teledesign.costs.settings import Setting, settings_of
from teledesign.formulas import Formula
from teledesign.prices import Billing, PriceRow, PriceSheet
from teledesign.results.estimate import Input
from teledesign.units import NUMBER, UNITS, Unit, UnitError, factor_between, parse_unit

__all__ = ["CostModel", "Item", "Step", "cost_model", "worked_out"]


@dataclass(frozen=True)
class Step:
    """A working: what it is called and its checked formula."""

    name: str
    title: str
    unit: Unit
    formula: Formula


@dataclass(frozen=True)
class Item:
    """A line item with its quantity's formula and, where the sheet has one that fits, its price.

    The quantity in the price's unit is the formula's value times `factor`.
    """

    line: LineItem
    formula: Formula
    unit: Unit
    factor: Fraction
    row: PriceRow | None
    billing: Billing | None
    levers: tuple[str, ...]
    why_unknown: str = ""

    def quantity(self, values: Mapping[str, Any]) -> Any:
        """The month's quantity in the unit of its price."""
        value = self.formula.evaluate(values)
        return value * float(self.factor.numerator) / float(self.factor.denominator)


@dataclass(frozen=True)
class CostModel:
    """All formulas of an estimate with their inputs."""

    gathered: Gathered
    sheet: PriceSheet
    settings: tuple[Setting, ...]
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    items: tuple[Item, ...]

    @property
    def facts(self) -> dict[str, float]:
        """The inputs that cannot be set."""
        return {one.name: one.value for one in self.inputs if not one.settable}


def cost_model(gathered: Gathered, sheet: PriceSheet) -> CostModel:
    """Put the formulas of a design together and check their units."""
    settings = settings_of(gathered, sheet)
    inputs = (*(_setting(one) for one in settings), *_facts(gathered))
    units = {one.name: parse_unit(one.unit) for one in inputs}
    assert len(units) == len(inputs), "two inputs share a name"
    steps = []
    for working in WORKINGS:
        text = terms(working.formula, gathered.shape)
        if text is None:
            continue
        step = Step(working.name, working.title, parse_unit(working.unit), Formula.parse(text, units))
        assert _factor(step.formula, units, step.unit) == 1, f"{step.name} does not come out in {step.unit}"
        units[step.name] = step.unit
        steps.append(step)
    items = tuple(_item(line, gathered, sheet, units, steps) for line in LINE_ITEMS)
    return CostModel(gathered, sheet, settings, inputs, tuple(steps), items)


def _setting(one: Setting) -> Input:
    return Input(one.name, one.title, one.default, one.unit, one.role, one.low, one.high, one.default, one.says)


def _facts(gathered: Gathered) -> list[Input]:
    return [
        Input(name, title, value, unit, "fact", value, value, value)
        for name, (title, unit, value) in gathered.facts().items()
    ]


def _item(line: LineItem, gathered: Gathered, sheet: PriceSheet, units: Mapping[str, Unit], steps: list[Step]) -> Item:
    row = sheet.rows.get(line.price)
    offered = [Formula.parse(terms(text, gathered.shape) or "0", units) for text in line.quantities]
    if row is None:
        why = f"the sheet has no row {line.price}"
        return _unpriced(line, offered[0], units, steps, None, why)
    for formula in offered:
        try:
            factor = _factor(formula, units, row.monthly)
        except UnitError:
            continue
        billing = row.billing(sheet.currency)
        why = "" if billing else f"nobody has seen the price {line.price}"
        return Item(line, formula, row.unit, factor, row, billing, _levers(formula, steps), why)
    why = f"the sheet's price {line.price} is per {row.unit}, which does not fit what is counted"
    return _unpriced(line, offered[0], units, steps, row, why)


def _unpriced(
    line: LineItem, formula: Formula, units: Mapping[str, Unit], steps: list[Step], row: PriceRow | None, why: str
) -> Item:
    counted = (formula.unit(units) or NUMBER) * UNITS["month"]
    return Item(line, formula, counted, Fraction(1), row, None, _levers(formula, steps), why)


def _factor(formula: Formula, units: Mapping[str, Unit], wanted: Unit) -> Fraction:
    """What a formula's value is multiplied by to be in the unit wanted.  Raises UnitError."""
    unit = formula.unit(units)
    return Fraction(1) if unit is None else factor_between(unit, wanted)


def _levers(formula: Formula, steps: list[Step]) -> tuple[str, ...]:
    """The names of inputs that a formula comes down to."""
    behind = {step.name: step.formula.names for step in steps}
    found: dict[str, None] = {}
    waiting = list(formula.names)
    while waiting:
        name = waiting.pop(0)
        if name in behind:
            waiting[:0] = behind[name]
        else:
            found[name] = None
    return tuple(found)


def worked_out(model: CostModel, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Every input and working by name; a setting that is not given has its default.  Arrays are welcome."""
    values: dict[str, Any] = {one.name: one.value for one in model.inputs} | dict(settings)
    for step in model.steps:
        values[step.name] = step.formula.evaluate(values)
    return values


def with_settings(inputs: tuple[Input, ...], settings: Mapping[str, float]) -> tuple[Input, ...]:
    """The inputs with values put in."""
    return tuple(replace(one, value=float(settings.get(one.name, one.value))) for one in inputs)

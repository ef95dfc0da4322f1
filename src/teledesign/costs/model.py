"""The cost model of one design on one sheet: inputs, workings and line items as checked formulas, in order.

Numbers (`worked_out`) and the page's script are both printed from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from teledesign.costs.collected import Gathered
from teledesign.costs.items import EFFECTS, LINE_ITEMS, WORKINGS, EffectItem, LineItem, Working
from teledesign.costs.settings import Setting, settings_of
from teledesign.costs.terms import terms
from teledesign.findings import Finding, Refusal, nearest
from teledesign.formulas import Formula, money
from teledesign.prices import Billing, PriceRow, PriceSheet
from teledesign.results.estimate import Input
from teledesign.units import NUMBER, UNITS, Unit, UnitError, factor_between, parse_unit

__all__ = ["CostModel", "Item", "Step", "cost_model", "effects_of", "worked_out"]


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

    The quantity in the price's unit is the formula's value times `factor`.  A price that takes the larger of two
    measures has the other one's formula too.  `covered` says what pays for an item that is not billed by itself.
    """

    line: LineItem
    formula: Formula
    unit: Unit
    factor: Fraction
    row: PriceRow | None
    billing: Billing | None
    levers: tuple[str, ...]
    why_unknown: str = ""
    covered: str = ""
    price_name: str = ""
    other: Formula | None = None
    other_factor: Fraction = Fraction(1)

    def quantity(self, values: Mapping[str, Any]) -> Any:
        """The month's quantity in the unit of its price."""
        return _scaled(self.formula.evaluate(values), self.factor)

    def other_quantity(self, values: Mapping[str, Any]) -> Any:
        """The other measure of a price that takes the larger of two; 0 for other prices."""
        return 0.0 if self.other is None else _scaled(self.other.evaluate(values), self.other_factor)

    def amount(self, values: Mapping[str, Any], quantity: Any) -> Any:
        """What a month's quantity costs, to the cent; None where it is unknown.  Arrays are welcome."""
        if self.covered:
            return 0.0
        if self.billing is None:
            return None
        given = self.billing.given(quantity, self.other_quantity(values), values["free_tier"])
        return money(self.billing.formula.evaluate(given))


def _scaled(value: Any, factor: Fraction) -> Any:
    return value * float(factor.numerator) / float(factor.denominator)


@dataclass(frozen=True)
class CostModel:
    """All formulas of an estimate with their inputs."""

    gathered: Gathered
    sheet: PriceSheet
    settings: tuple[Setting, ...]
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    items: tuple[Item, ...]
    effects: tuple[Step, ...]

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
    _check_serving(sheet)
    steps = _steps(WORKINGS, gathered, units)
    effects = _steps(EFFECTS, gathered, units)
    items = tuple(_item(line, gathered, sheet, units, steps) for line in LINE_ITEMS)
    return CostModel(gathered, sheet, settings, inputs, tuple(steps), items, tuple(effects))


def _steps(workings: Sequence[Working | EffectItem], gathered: Gathered, units: dict[str, Unit]) -> list[Step]:
    """The workings as checked formulas; each has its name and unit in `units` from then on."""
    steps = []
    for working in workings:
        text = terms(working.formula, gathered.shape)
        if text is None:
            continue
        step = Step(working.name, working.title, parse_unit(working.unit), Formula.parse(text, units))
        assert _factor(step.formula, units, step.unit) == 1, f"{step.name} does not come out in {step.unit}"
        units[step.name] = step.unit
        steps.append(step)
    return steps


def _check_serving(sheet: PriceSheet) -> None:
    """Refuse a sheet that pays for line items that there are not.  Raises Refusal."""
    known = {line.price for line in LINE_ITEMS}
    findings = []
    for key in ("serves", "covered"):
        for name in getattr(sheet, key):
            if name not in known:
                close = nearest(name, known)
                remedy = f"Did you mean {close}?" if close else f"There are {', '.join(sorted(known))}"
                findings.append(
                    Finding("unknown-line-item", f"there is no line item {name}. {remedy}", f"{key}.{name}")
                )
    if findings:
        raise Refusal(f"the price sheet {sheet.prices} pays for something else. Correct it", findings)


def _setting(one: Setting) -> Input:
    return Input(
        one.name, one.title, one.default, one.unit, one.role, one.low, one.high, one.default, one.says, one.doubt
    )


def _facts(gathered: Gathered) -> list[Input]:
    return [
        Input(name, title, value, unit, "fact", value, value, value)
        for name, (title, unit, value) in gathered.facts().items()
    ]


def _item(line: LineItem, gathered: Gathered, sheet: PriceSheet, units: Mapping[str, Unit], steps: list[Step]) -> Item:
    name = sheet.row_name(line.price)
    row = None if name is None else sheet.rows[name]
    ways = line.two_measures if row is not None and row.each is not None and line.two_measures else line.quantities
    offered = [Formula.parse(terms(text, gathered.shape) or "0", units) for text in ways]
    if row is None or name is None:
        covered = sheet.covered.get(line.price, "")
        why = "" if covered else f"the sheet has no row {line.price}"
        return _unpriced(line, offered[0], units, steps, None, why, covered)
    if row.each is not None:
        return _of_two(line, name, row, offered, sheet, units, steps)
    for formula in offered:
        try:
            factor = _factor(formula, units, row.monthly)
        except UnitError:
            continue
        billing = row.billing(sheet.currency)
        why = "" if billing else f"nobody has seen the price {name}"
        levers = _levers(formula, steps, billing)
        return Item(line, formula, row.unit, factor, row, billing, levers, why, price_name=name)
    why = f"the sheet's price {name} is per {row.unit}, which does not fit what is counted"
    return _unpriced(line, offered[0], units, steps, row, why, price_name=name)


def _of_two(
    line: LineItem,
    name: str,
    row: PriceRow,
    offered: list[Formula],
    sheet: PriceSheet,
    units: Mapping[str, Unit],
    steps: list[Step],
) -> Item:
    """A line item whose price takes the larger of two measures."""
    assert row.each is not None
    try:
        formula, other = offered
        factor, other_factor = _factor(formula, units, row.monthly), _factor(other, units, row.each.unit)
    except ValueError:
        why = f"the sheet's price {name} is per {row.unit} or {row.each}, which does not fit what is counted"
        return _unpriced(line, offered[0], units, steps, row, why, price_name=name)
    billing = row.billing(sheet.currency)
    why = "" if billing else f"nobody has seen the price {name}"
    levers = tuple(dict.fromkeys((*_levers(formula, steps, billing), *_levers(other, steps, None))))
    return Item(line, formula, row.unit, factor, row, billing, levers, why, "", name, other, other_factor)


def _unpriced(
    line: LineItem,
    formula: Formula,
    units: Mapping[str, Unit],
    steps: list[Step],
    row: PriceRow | None,
    why: str,
    covered: str = "",
    price_name: str = "",
) -> Item:
    counted = (formula.unit(units) or NUMBER) * UNITS["month"]
    levers = _levers(formula, steps, None)
    return Item(line, formula, counted, Fraction(1), row, None, levers, why, covered, price_name)


def _factor(formula: Formula, units: Mapping[str, Unit], wanted: Unit) -> Fraction:
    """What a formula's value is multiplied by to be in the unit wanted.  Raises UnitError."""
    unit = formula.unit(units)
    return Fraction(1) if unit is None else factor_between(unit, wanted)


def _levers(formula: Formula, steps: list[Step], billing: Billing | None) -> tuple[str, ...]:
    """The names of inputs that a formula, and what it is billed by, come down to."""
    behind = {step.name: step.formula.names for step in steps}
    found: dict[str, None] = {}
    waiting = list(formula.names)
    while waiting:
        name = waiting.pop(0)
        if name in behind:
            waiting[:0] = behind[name]
        else:
            found[name] = None
    if billing is not None and billing.free and "included" in billing.numbers:
        found["free_tier"] = None
    return tuple(found)


def worked_out(model: CostModel, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Every input and working by name; a setting that is not given has its default.  Arrays are welcome."""
    values: dict[str, Any] = {one.name: one.value for one in model.inputs} | dict(settings)
    for step in model.steps:
        values[step.name] = step.formula.evaluate(values)
    return values


def effects_of(model: CostModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """What no invoice shows, by name, from inputs and workings."""
    held = dict(values)
    for step in model.effects:
        held[step.name] = step.formula.evaluate(held)
    return {step.name: held[step.name] for step in model.effects}


def with_settings(inputs: tuple[Input, ...], settings: Mapping[str, float]) -> tuple[Input, ...]:
    """The inputs with values put in."""
    return tuple(replace(one, value=float(settings.get(one.name, one.value))) for one in inputs)

"""Estimates: the cost model worked out for one choice of settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from teledesign.costs.billing import price_used
from teledesign.costs.collected import Gathered, Traffic
from teledesign.costs.items import EFFECTS
from teledesign.costs.model import CostModel, Item, cost_model, effects_of, with_settings, worked_out
from teledesign.costs.settings import check_settings
from teledesign.costs.traffic import gathered
from teledesign.design import Design
from teledesign.expectation import Expectation
from teledesign.formulas import Formula, money
from teledesign.prices import PriceSheet
from teledesign.results.estimate import Effect, Estimate, EstimateRow, Payer, PriceUsed, Total, Worked
from teledesign.scenario import Scenario

__all__ = ["estimate", "estimate_of"]

NO_SETTINGS: Mapping[str, float] = {}


def estimate(
    scenario: Scenario,
    design: Design,
    sheet: PriceSheet,
    *,
    settings: Mapping[str, float] = NO_SETTINGS,
    expected: Expectation | Traffic | None = None,
) -> Estimate:
    """What a design costs in a month.

    `settings` puts values in place of levers and assumptions; `expected` is the algebra's answer where it is known
    already.  Raises Refusal for a name that cannot be set or a value out of bounds.
    """
    return estimate_of(cost_model(gathered(scenario, design, sheet, expected), sheet), settings)


def estimate_of(model: CostModel, settings: Mapping[str, float] = NO_SETTINGS) -> Estimate:
    """The estimate of a model that is put together already."""
    check_settings(model.settings, settings, model.facts)
    values = worked_out(model, settings)
    rows = tuple(_row(item, model, values) for item in model.items)
    payers: list[Payer] = ["firm", "user", *(row.payer for row in rows)]
    totals = {payer: _total(rows, payer) for payer in dict.fromkeys(payers)}
    source: Gathered = model.gathered
    reached = values["users"] * values["targeting"]
    return Estimate(
        scenario=source.scenario.scenario,
        design=source.design.design,
        design_title=source.design.title,
        sheet=model.sheet.prices,
        sheet_title=model.sheet.title,
        as_of=model.sheet.as_of,
        currency=model.sheet.currency,
        inputs=with_settings(model.inputs, settings),
        worked=tuple(
            _worked(step.name, step.title, step.formula, values, values[step.name], str(step.unit))
            for step in model.steps
        ),
        rows=rows,
        totals=totals,
        user_per_month=totals["user"].amount / reached if reached and not totals["user"].at_least else None,
        budget=source.design.budget_usd_per_month,
        effects=tuple(_effects(model, values)),
    )


def _effects(model: CostModel, values: Mapping[str, float]) -> Iterator[Effect]:
    found = effects_of(model, values)
    held = {**values, **found}
    says = {one.name: one.says for one in EFFECTS}
    for step in model.effects:
        worked = _worked(step.name, step.title, step.formula, held, found[step.name], str(step.unit))
        yield Effect(worked, says[step.name])


def _worked(name: str, title: str, formula: Formula, values: Mapping[str, float], value: float, unit: str) -> Worked:
    return Worked(name, title, formula.text, formula.with_numbers(values), formula.tex(), value, unit)


def _row(item: Item, model: CostModel, values: Mapping[str, float]) -> EstimateRow:
    line = item.line
    quantity = item.quantity(values)
    amount = item.amount(values, quantity)
    return EstimateRow(
        item=line.name,
        title=line.title,
        payer=line.payer,
        quantity=_worked(line.name, line.title, item.formula, values, quantity, str(item.unit)),
        price=_price(item, model.sheet, values, quantity),
        amount=None if amount is None else float(amount),
        levers=item.levers,
        why_unknown=item.why_unknown,
        covered=item.covered,
        says=line.says,
    )


def _price(item: Item, sheet: PriceSheet, values: Mapping[str, float], quantity: float) -> PriceUsed | None:
    if item.row is None:
        return None
    other, free = item.other_quantity(values), values["free_tier"]
    return price_used(item.price_name, item.row, item.billing, sheet, quantity, other, free)


def _total(rows: Iterable[EstimateRow], payer: Payer) -> Total:
    """The sum of rounded rows, in their order, as the page adds them."""
    amount, at_least = 0.0, False
    for row in rows:
        if row.payer != payer:
            continue
        if row.amount is None:
            at_least = True
        else:
            amount = amount + row.amount
    return Total(float(money(amount)), at_least)

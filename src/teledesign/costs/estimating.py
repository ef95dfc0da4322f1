"""Estimates and bills: the cost model worked out for one choice of settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from teledesign.costs.collected import Gathered, Traffic
from teledesign.costs.model import CostModel, Item, cost_model, with_settings, worked_out
from teledesign.costs.settings import check_settings
from teledesign.costs.traffic import gathered
from teledesign.design import Design
from teledesign.expectation import Expectation
from teledesign.findings import Finding, Refusal, nearest
from teledesign.formulas import Formula, money, tex_number, tex_words
from teledesign.prices import Billing, PriceRow, PriceSheet, Quantities
from teledesign.results.estimate import Bill, BillRow, Estimate, EstimateRow, Payer, PriceUsed, Total, Worked
from teledesign.scenario import Scenario
from teledesign.units import NUMBER, UnitError

__all__ = ["bill", "estimate", "estimate_of"]

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
    )


def _worked(name: str, title: str, formula: Formula, values: Mapping[str, float], value: float, unit: str) -> Worked:
    return Worked(name, title, formula.text, formula.with_numbers(values), formula.tex(), value, unit)


def _row(item: Item, model: CostModel, values: Mapping[str, float]) -> EstimateRow:
    line = item.line
    quantity = item.quantity(values)
    amount = float(money(item.billing.amount(quantity))) if item.billing else None
    return EstimateRow(
        item=line.name,
        title=line.title,
        payer=line.payer,
        quantity=_worked(line.name, line.title, item.formula, values, quantity, str(item.unit)),
        price=_price(line.price, item.row, item.billing, model.sheet, quantity) if item.row else None,
        amount=amount,
        levers=item.levers,
        why_unknown=item.why_unknown,
        says=line.says,
    )


def _price(name: str, row: PriceRow, billing: Billing | None, sheet: PriceSheet, quantity: float) -> PriceUsed:
    numbers = {} if billing is None else {"q": quantity, **billing.numbers}
    symbols = {key: tex_number(value) for key, value in numbers.items() if key != "q"} | {"q": "q"}
    return PriceUsed(
        name=name,
        title=row.title,
        told=row.told(sheet.currency),
        unit=str(row.unit),
        formula=row.formula_text,
        numbers=billing.formula.with_numbers(numbers) if billing else "",
        tex=billing.formula.tex(symbols) if billing else tex_words("unknown"),
        source=row.source,
        status=row.status,
        as_of=row.as_of or sheet.as_of,
        region=row.region,
    )


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


def bill(sheet: PriceSheet, quantities: Quantities) -> Bill:
    """A month's plain quantities on a sheet.  Raises Refusal for rows it does not have and units that do not fit."""
    rows: list[BillRow] = []
    findings: list[Finding] = []
    for name, measure in quantities.quantities.items():
        row = sheet.rows.get(name)
        path = f"quantities.{name}"
        if row is None:
            close = nearest(name, sheet.rows)
            remedy = f"Did you mean {close}?" if close else f"It has {', '.join(sheet.rows)}"
            findings.append(Finding("unknown-price", f"the sheet has no row {name}. {remedy}", path))
            continue
        try:
            quantity = measure.number if measure.unit == NUMBER else measure.in_unit(row.unit)
        except UnitError as mistake:
            findings.append(Finding("wrong-unit", str(mistake), path))
            continue
        billing = row.billing(sheet.currency)
        amount = float(money(billing.amount(quantity))) if billing else None
        rows.append(BillRow(_price(name, row, billing, sheet, quantity), quantity, amount))
    if findings:
        raise Refusal("these quantities cannot be billed. Correct them", findings)
    total = 0.0
    for one in rows:
        total = total + (one.amount or 0.0)
    return Bill(
        title=quantities.title or "Plain quantities",
        sheet=sheet.prices,
        sheet_title=sheet.title,
        as_of=sheet.as_of,
        currency=sheet.currency,
        rows=tuple(rows),
        total=Total(float(money(total)), any(one.amount is None for one in rows)),
    )

"""Estimates and bills as a person reads them in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from teledesign.cli.console import open_console
from teledesign.formulas import plain_number
from teledesign.results.estimate import Bill, Effect, Estimate, EstimateRow, PriceUsed, Worked
from teledesign.units import with_unit

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["explanation", "print_bill", "print_estimate"]

PAID_BY = {"firm": "paid by the firm", "user": "paid by users", "none": "paid by nobody"}


def print_estimate(estimate: Estimate) -> None:
    """The line items with formula, numbers, price and source; then the totals."""
    from rich.table import Table

    console = open_console()
    table = Table(title=f"{estimate.design_title} ({estimate.scenario}), a month", title_justify="left")
    table.add_column("Line item")
    table.add_column("Quantity and its formula", ratio=3)
    table.add_column("Price and its source", ratio=2)
    table.add_column(estimate.currency, justify="right", no_wrap=True)
    for row in estimate.rows:
        quantity = row.quantity
        table.add_row(
            _cell(row.title, PAID_BY[row.payer]),
            _cell(with_unit(plain_number(quantity.value), quantity.unit), quantity.formula, f"= {quantity.numbers}"),
            _price(row.price) if row.price else _cell(row.covered or row.why_unknown),
            _amount(row.amount),
        )
        table.add_section()
    console.print(table)
    for line in _below(estimate):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _below(estimate: Estimate) -> Iterator[str]:
    yield f"The firm pays {estimate.total.shown(estimate.currency)} a month."
    for row in estimate.rows:
        if row.amount is None:
            yield f"{row.title} is unknown and not in the total: {row.why_unknown}."
    users = estimate.totals["user"]
    yield f"Users together pay {users.shown(estimate.currency)}{_each(estimate)}."
    if estimate.effects:
        told = ", ".join(f"{one.quantity.title.lower()}: {_effect(one)}" for one in estimate.effects)
        yield f"On no invoice: {told}."
    if estimate.budget is not None and estimate.currency == "USD":
        spare = estimate.budget - estimate.total.amount
        known = ", as far as prices are known" if spare >= 0 and estimate.total.at_least else ""
        told = f"{abs(spare):,.2f} {'to spare' if spare >= 0 else 'too much'}{known}"
        yield f"The budget is {estimate.budget:,.2f} USD: {told}."
    elif estimate.budget is not None:
        yield f"The budget is {estimate.budget:,.2f} USD; these prices are in {estimate.currency}."
    yield (
        f"Prices: {estimate.sheet_title}, {estimate.as_of}. At full volume, with all days of retention filled; "
        "without growth, discounts and taxes."
    )
    yield "Set a lever with --set NAME=VALUE: " + ", ".join(
        f"{one.name}={plain_number(one.value)}" for one in estimate.inputs if one.role == "lever"
    )


def _each(estimate: Estimate) -> str:
    """What one user pays, where that is more than nothing."""
    each = estimate.user_per_month
    if not each:
        return ""
    cents = f"{each:,.2f} {estimate.currency}" if each >= 0.005 else f"less than 0.01 {estimate.currency}"
    return f", {cents} each and {plain_number(each * 1000)} for every thousand of them"


def _effect(effect: Effect) -> str:
    quantity = effect.quantity
    return with_unit(plain_number(quantity.value), quantity.unit.partition("/")[0])


def print_bill(bill: Bill) -> None:
    """The rows of a bill: what was used, what of it was free, what is billed, by which formula and price; its total."""
    from rich.table import Table

    console = open_console()
    table = Table(title=f"{bill.title}, a month of {bill.month}", title_justify="left")
    table.add_column("Price row")
    for title in ("Used", "Free", "Billed"):
        table.add_column(title, justify="right")
    table.add_column("Formula", ratio=2)
    table.add_column("Price and its source", ratio=2)
    table.add_column(bill.currency, justify="right", no_wrap=True)
    for row in bill.rows:
        table.add_row(
            _cell(row.price.title, row.price.name),
            with_unit(plain_number(row.quantity), row.price.unit),
            plain_number(row.free) if row.free else "",
            plain_number(row.billable),
            _cell(row.price.formula, f"= {row.price.numbers}" if row.price.numbers else ""),
            _price(row.price),
            _amount(row.amount),
        )
        table.add_section()
    console.print(table)
    taken = "" if bill.free_tier else " Free allowances are not taken off."
    total = f"In all {bill.total.shown(bill.currency)}. Prices: {bill.sheet_title}, {bill.as_of}.{taken}"
    console.print(total, markup=False, highlight=False, soft_wrap=True)


def explanation(estimate: Estimate, row: EstimateRow) -> str:
    """How one line item comes about, from its inputs to its amount."""
    return "\n".join(_explained(estimate, row))


def _explained(estimate: Estimate, row: EstimateRow) -> Iterator[str]:
    yield f"{row.title} ({row.item}), {PAID_BY[row.payer]}: {estimate.design_title} ({estimate.scenario})"
    yield row.says
    steps = list(_behind(estimate, row.quantity))
    names = [name for step in (*steps, row.quantity) for name in _names(step.formula)]
    held = {one.name: one for one in estimate.inputs}
    yield "\nFrom"
    for name in dict.fromkeys(names):
        if name in held:
            one = held[name]
            yield f"  {name} = {with_unit(plain_number(one.value), one.unit)}   {one.title} ({one.role})"
    yield "\nthrough"
    for step in (*steps, row.quantity):
        yield f"  {step.name} = {step.formula}"
        yield f"    = {step.numbers}"
        yield f"    = {with_unit(plain_number(step.value), step.unit)}"
    if row.covered:
        yield f"\nNothing is billed for it: {row.covered}"
        return
    if row.price is None or row.amount is None:
        yield f"\nThe amount is unknown: {row.why_unknown}."
        return
    yield f"\nPrice: {row.price.told} ({row.price.status}, {row.price.as_of})"
    yield f"  {row.price.source}"
    yield f"  {row.price.formula}"
    yield f"    = {row.price.numbers}"
    yield f"    = {row.amount:,.2f} {estimate.currency}"


def _behind(estimate: Estimate, last: Worked) -> Iterable[Worked]:
    """The workings that a formula needs, in order."""
    needed = set(_names(last.formula))
    for step in reversed(estimate.worked):
        if step.name in needed:
            needed |= set(_names(step.formula))
    return [step for step in estimate.worked if step.name in needed]


def _names(formula: str) -> list[str]:
    return re.findall(r"[a-z_][a-z0-9_]*", formula)


def _cell(first: str, *others: str) -> Text:
    from rich.text import Text

    cell = Text(first)
    for other in others:
        if other:
            cell.append(f"\n{other}", style="dim")
    return cell


def _price(price: PriceUsed) -> Text:
    return _cell(price.told, f"{price.status}, {price.as_of}: {price.source}")


def _amount(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"

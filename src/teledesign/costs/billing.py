"""Bills: plain quantities of a month, perhaps changing within it, on a price sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

from teledesign.findings import Finding, Refusal, nearest
from teledesign.formulas import Formula, ceil_to, floor_to, in_tex, money, number, said
from teledesign.prices import Billing, PriceRow, PriceSheet, Rounding
from teledesign.results.estimate import Bill, BillRow, PriceUsed, Total
from teledesign.units import NUMBER, UNITS, Measure, Unit, UnitError, convert
from teledesign.usage import Amount, Moment, Month, Quantities

__all__ = ["bill", "billed_size", "price_used"]

BYTE = UNITS["byte"]
TIMES = ("month", "second")
DAY_S = 86400.0

MOST_AMOUNT = 2**53 / 100
"""Beyond it a number is wider apart from the next than a cent."""


def bill(sheet: PriceSheet, quantities: Quantities, *, free_tier: bool | None = None) -> Bill:
    """A month's plain quantities on a sheet.

    `free_tier` says whether free allowances are taken off, whatever the quantities say.  Raises Refusal for rows the
    sheet does not have, units that do not fit and times outside the month.
    """
    month = quantities.month or Month(sheet.month_hours)
    taken = quantities.free_tier == "yes" if free_tier is None else free_tier
    rows: list[BillRow] = []
    findings: list[Finding] = []
    for name, amounts in quantities.quantities.items():
        row = sheet.rows.get(name)
        path = f"quantities.{name}"
        if row is None:
            close = nearest(name, sheet.rows)
            remedy = f"Did you mean {close}?" if close else f"It has {', '.join(sheet.rows)}"
            findings.append(Finding("unknown-price", f"the sheet has no row {name}. {remedy}", path))
            continue
        try:
            rows.append(_billed(name, row, amounts, sheet, month, taken))
        except UnitError as mistake:
            findings.append(Finding("wrong-unit", str(mistake), path))
        except ValueError as mistake:
            findings.append(Finding("wrong-quantity", str(mistake), path))
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
        month=str(month),
        free_tier=taken,
        rows=tuple(rows),
        total=Total(float(money(total)), any(one.amount is None for one in rows)),
    )


def _billed(
    name: str, row: PriceRow, amounts: Iterable[Amount], sheet: PriceSheet, month: Month, free_tier: bool
) -> BillRow:
    quantity = other = 0.0
    for amount in amounts:
        quantity = quantity + used_quantity(row, amount, month)
        other = other + _other(row, amount)
    billing = row.billing(sheet.currency)
    free = 1.0 if free_tier else 0.0
    amount_due = float(money(billing.amount(quantity, other, free))) if billing else None
    if amount_due is not None and amount_due > MOST_AMOUNT:
        raise ValueError("this comes to more than can be told to the cent. Write a smaller quantity")
    used, billable = _parts(row, billing, quantity, other, free)
    price = price_used(name, row, billing, sheet, quantity, other, free)
    return BillRow(price, quantity, amount_due, max(0.0, used - billable), billable)


def _parts(row: PriceRow, billing: Billing | None, quantity: float, other: float, free: float) -> tuple[float, float]:
    """What counts as used, and what of it is paid for."""
    if billing is None:
        return quantity, quantity
    given = billing.given(quantity, other, free) | {"other": other}
    texts = (row.used_text, row.billable_text)
    used, billable = (float(Formula.parse(text, tuple(given)).evaluate(given)) for text in texts)
    return used, billable


def used_quantity(row: PriceRow, amount: Amount, month: Month) -> float:
    """What one amount comes to in the row's unit.  Raises UnitError, and ValueError for times that make no sense."""
    seconds = Fraction(month.hours) * 3600
    wanted = row.unit
    measure = amount.amount
    if measure.unit == NUMBER:
        measure = Measure(measure.number, _counted_unit(row.unit) if _is_stay(amount) else row.unit)
    if amount.size is not None:
        measure = _sized(row, measure, amount.size)
    elif row.chunk is not None and measure.unit.exponents == (row.unit * BYTE).exponents:
        raise ValueError("bytes cannot be counted in pieces. Give how many there are, and size")
    lasts_for_time = _lasting(wanted) and not _lasting(measure.unit)
    if lasts_for_time:
        stayed = _stay(row, amount, month)
        measure = Measure(measure.number * stayed, measure.unit * UNITS["second"])
    elif _is_stay(amount):
        said = Measure(measure.number, row.unit) if amount.amount.unit == NUMBER else amount.amount
        raise ValueError(f"{said} is used up, and does not stay for a time. Take from and to out, or give a level")
    source, target = measure.unit.with_month(seconds), wanted.with_month(seconds)
    if source.exponents != target.exponents:
        raise UnitError(f"{amount.amount.unit} and {row.unit} do not measure the same. Use a unit that fits")
    return convert(measure.number, source, target)


def _other(row: PriceRow, amount: Amount) -> float:
    if row.each is None:
        if amount.other is not None:
            raise ValueError("this price looks at one measure only. Take other out")
        return 0.0
    return 0.0 if amount.other is None else amount.other.in_unit(row.each.unit)


def _is_stay(amount: Amount) -> bool:
    return amount.start is not None or amount.to is not None


def _lasting(unit: Unit) -> bool:
    return any(name in TIMES and power > 0 for name, power in unit.exponents)


def _counted_unit(unit: Unit) -> Unit:
    """What of a unit such as GB-month or stream-hour is there at one moment."""
    exponents = dict(unit.exponents)
    factor = unit.factor
    for name in TIMES:
        power = exponents.pop(name, 0)
        if name == "second" and power:
            factor = factor / 3600**power
    return Unit(factor, tuple(sorted(exponents.items())))


def _stay(row: PriceRow, amount: Amount, month: Month) -> float:
    """Seconds that something is there, as billed: rounded, and not shorter than the shortest."""
    whole = month.hours * 3600
    start, end = (_second(moment, month, edge) for moment, edge in ((amount.start, 0.0), (amount.to, whole)))
    if not 0 <= start <= whole or not 0 <= end <= whole:
        outside = amount.start if not 0 <= start <= whole else amount.to
        raise ValueError(f"{outside} is outside the month of {month}. Bill each month by itself")
    if end < start:
        raise ValueError(f"it ends ({amount.to}) before it begins ({amount.start}). Swap from and to")
    stayed = end - start
    rounding = row.rounding
    if rounding is not None and rounding.of == "stay":
        stayed = _rounded(stayed, rounding.step.in_unit(UNITS["second"]), rounding)
    if row.least_days is not None and amount.start is not None and end < whole:
        stayed = max(stayed, row.least_days * DAY_S)
    return stayed


def _second(moment: Moment | None, month: Month, edge: float) -> float:
    if moment is None:
        return edge
    if moment.at is None:
        return moment.after_s
    if month.begins is None:
        raise ValueError(f"{moment} needs a month of the calendar. Write month: {moment.at:%Y-%m}")
    since: dt.timedelta = moment.at - month.begins
    return since.total_seconds()


def _sized(row: PriceRow, counted: Measure, size: Measure) -> Measure:
    """So many things of a size, as what the row counts: their bytes, rounded each, or the pieces they make."""
    if size.unit.exponents != BYTE.exponents:
        raise UnitError(f"a size of {size} is not in bytes. Write a size such as 1.2 kB")
    weight = size.in_unit(BYTE)
    if row.chunk is not None:
        pieces = max(1.0, float(ceil_to(weight, row.chunk.in_unit(BYTE))) / row.chunk.in_unit(BYTE))
        return Measure(counted.number * pieces, counted.unit)
    number = convert(counted.number, counted.unit, Unit(exponents=counted.unit.exponents))
    held = tuple(one for one in counted.unit.exponents if one[0] in TIMES)
    return Measure(number * billed_size(row, weight), Unit(exponents=held) * BYTE)


def billed_size(row: PriceRow, size: float) -> float:
    """The bytes that a row bills for a record or request of that size."""
    rounding = row.rounding
    if rounding is not None and rounding.of in ("record", "request"):
        size = _rounded(size, rounding.step.in_unit(BYTE), rounding)
    return size if row.smallest is None else max(size, row.smallest.in_unit(BYTE))


def _rounded(value: float, step: float, rounding: Rounding) -> float:
    return float((ceil_to if rounding.up_to else floor_to)(value, step))


def price_used(
    name: str,
    row: PriceRow,
    billing: Billing | None,
    sheet: PriceSheet,
    quantity: float,
    other: float = 0.0,
    free: float = 1.0,
) -> PriceUsed:
    """A price as it was used for a quantity."""
    numbers = {} if billing is None else billing.given(quantity, other, free)
    shown = {key: number(value) for key, value in numbers.items() if key != "q"}
    return PriceUsed(
        name=name,
        title=row.title,
        told=row.told(sheet.currency),
        unit=str(row.unit),
        formula=row.formula_text,
        numbers=billing.formula.with_numbers(numbers) if billing else "",
        tex=billing.formula.tex(shown) if billing else in_tex(said("unknown")),
        source=row.source,
        status=row.status,
        as_of=row.as_of or sheet.as_of,
        region=row.region,
    )

"""Ranges, months, solutions, comparisons and detectability as a person reads them in a terminal."""

from __future__ import annotations

import math

from teledesign.cli.console import open_console
from teledesign.formulas import plain_number
from teledesign.results.detecting import Detectability, Seen
from teledesign.results.estimate import Estimate
from teledesign.results.forecast import Band, Comparison, Ranges, Solution
from teledesign.units import with_unit

__all__ = ["print_comparison", "print_detectability", "print_ranges", "print_solution"]

SWINGS = 8


def print_ranges(found: Ranges) -> None:
    """The bands of line items and totals, what swings the total, and months where there are any."""
    from rich.table import Table

    title = f"{found.design_title} ({found.scenario}), a month, {found.runs:,} draws"
    table = Table(title=title, title_justify="left")
    table.add_column("Line item")
    for name in ("P10", "P50", "P90"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.rows:
        if row.band is None or row.band.p90:
            table.add_row(row.title, *_band(row.band))
    table.add_section()
    for payer, total in found.totals.items():
        least = "at least, " if found.at_least[payer] else ""
        table.add_row(f"The {payer} pays, {least}{found.currency}", *_band(total))
    open_console().print(table)
    _say("One draw in ten is below P10, half are below P50, nine in ten below P90.")
    _say("What swings the firm's total most, each alone from its low to its high end:")
    for one in found.swings[:SWINGS]:
        if one.width:
            ends = f"{plain_number(one.uncertain.low)} to {plain_number(one.uncertain.high)}"
            _say(f"  {one.width:>12,.2f}  {one.uncertain.name}: {ends} gives {one.at_low:,.2f} to {one.at_high:,.2f}")
    if found.months:
        _print_months(found)


def _print_months(found: Ranges) -> None:
    from rich.table import Table

    table = Table(title="Months, from the first with nothing stored", title_justify="left")
    for name in (
        "Month",
        "Users",
        "one in ten below",
        "half below",
        "nine in ten below",
        "hot storage",
        "cold storage",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for month in found.months:
        stored = {row.item: row.band for row in month.rows}
        halves = [stored[name] for name in ("hot_storage", "cold_storage")]
        shown = ["unknown" if one is None else f"{one.p50:,.2f}" for one in halves]
        table.add_row(str(month.number), f"{month.users:,.0f}", *_band(month.totals["firm"]), *shown)
    open_console().print(table)


def _band(band: Band | None) -> list[str]:
    return ["unknown"] * 3 if band is None else [f"{value:,.2f}" for value in (band.p10, band.p50, band.p90)]


def print_solution(found: Solution, estimate: Estimate) -> None:
    """The setting that keeps the budget, what is to spare, and what stands in the way of more."""
    budget = f"{found.budget:,.2f} {found.currency}"
    _say(f"{estimate.design_title} ({estimate.scenario}), a budget of {budget} a month")
    least = f" ({found.total.shown(found.currency)}: some prices are unknown)" if found.total.at_least else ""
    if found.value is None:
        _say(f"No {found.lever} keeps it: it costs {found.total.amount:,.2f} {found.currency} at the least{least}.")
        _say(f"The largest line item then is {found.binding_title} ({found.binding}), {found.binding_grows:,.2f}.")
        return
    setting = f"{found.lever}={_exact(found.value)}"
    _say(f"{setting} keeps it: {found.total.amount:,.2f} {found.currency}, {found.slack:,.2f} to spare{least}.")
    if found.whole:
        _say("There is no need to go without anything of it.")
    else:
        first = f"{found.binding_title} ({found.binding})"
        _say(f"One step further {first} grows by {found.binding_grows:,.2f} and breaks it.")


def _exact(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def print_comparison(found: Comparison) -> None:
    """Two estimates line by line, and the difference lever by lever."""
    from rich.table import Table

    table = Table(title=f"A month in {found.currency}", title_justify="left")
    table.add_column("Line item")
    for name in (found.first, found.second, "Difference"):
        table.add_column(name, justify="right")
    for _, title, one, other in found.rows:
        if one is None or other is None:
            table.add_row(
                title, *("unknown" if amount is None else f"{amount:,.2f}" for amount in (one, other)), "unknown"
            )
        elif one or other:
            table.add_row(title, f"{one:,.2f}", f"{other:,.2f}", f"{other - one:+,.2f}")
    table.add_section()
    one_total, other_total = found.totals
    shown = [total.shown(found.currency) for total in found.totals]
    table.add_row("The firm pays", *shown, f"{other_total.amount - one_total.amount:+,.2f}")
    open_console().print(table)
    _say("Lever by lever, each after those above it:")
    for change in found.changes:
        rows = sorted(change.rows.items(), key=lambda pair: -abs(pair[1]))[:3]
        most = ", ".join(f"{name} {amount:+,.2f}" for name, amount in rows) or "nothing"
        _say(f"  {change.difference:>+12,.2f}  {change.title} ({change.before} → {change.after}): {most}")


def print_detectability(found: Detectability) -> None:
    """Days to a change, overall and in a slice; charts; cost against days over sampling rates."""
    from rich.table import Table

    way = "fall" if found.change < 0 else "rise"
    _say(
        f"{found.design_title} ({found.scenario}): to see {found.metric_title} {way} by {abs(found.change):g}, "
        f"{found.confidence:.0%} sure, with a chance of {found.power:.0%}"
    )
    for seen in (found.overall, found.slice):
        if seen:
            _say(f"  {seen.title}: {_seen(seen)}")
    for chart in found.charts:
        days = _days(chart.days) + (f", in the slice {_days(chart.days_in_slice)}" if chart.days_in_slice else "")
        spacing = _days(chart.false_alarm_days)
        _say(f"  {chart.method} at {chart.limit:g}: a false alarm in {spacing}; it tells in {days}.")
    table = Table(title="Cost against days", title_justify="left")
    table.add_column("sampling", justify="right")
    table.add_column(f"{'at least ' if found.at_least else ''}{found.currency} a month", justify="right")
    table.add_column("days, all", justify="right")
    if found.slice:
        table.add_column("days, slice", justify="right")
        table.add_column("cost of the slice alone", justify="right")
    for rate in found.rates:
        cells = [plain_number(rate.sampling), f"{rate.cost:,.2f}", _number(rate.days)]
        if found.slice:
            aimed = "cannot be targeted" if rate.targeted_cost is None else f"{rate.targeted_cost:,.2f}"
            cells += [_number(rate.days_in_slice), aimed]
        table.add_row(*cells)
    open_console().print(table)


def _seen(seen: Seen) -> str:
    rare = "nothing" if math.isinf(seen.rarest_in_a_month) else f"one row in {1 / seen.rarest_in_a_month:,.0f}"
    smallest = "no change" if math.isinf(seen.smallest_in_a_week) else plain_number(seen.smallest_in_a_week)
    rows = with_unit(plain_number(math.floor(seen.rows_per_day)), "rows")
    worth = math.floor(seen.worth_per_day)
    if worth < math.floor(seen.rows_per_day):
        rows = f"{rows} a day (worth {plain_number(worth)}, for rows of one user resemble each other)"
    else:
        rows = f"{rows} a day"
    return (
        f"{plain_number(seen.share)} now, {rows}, {plain_number(math.ceil(seen.rows_needed))} needed before and "
        f"after: {_days(seen.days)}. A week shows {smallest}, a month {rare} at least once."
    )


def _days(days: float | None) -> str:
    shown = _number(days)
    return shown if shown == "never" else f"{shown} day{'' if shown == '1' else 's'}"


def _number(days: float | None) -> str:
    return "never" if days is None or math.isinf(days) or days >= 1e9 else plain_number(round(days, 1))


def _say(line: str) -> None:
    open_console().print(line, markup=False, highlight=False, soft_wrap=True)

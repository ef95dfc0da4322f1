"""`teledesign price`: an itemised bill for plain quantities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from teledesign.cli.answers import echo_json
from teledesign.course import find_course, open_prices, shown
from teledesign.findings import Refusal
from teledesign.reading import read_quantities

if TYPE_CHECKING:
    from teledesign.usage import Quantities

__all__ = ["price"]


@click.command("price")
@click.argument("sheet")
@click.argument("quantities", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--month", metavar="2026-02|HOURS", help="Which month, or how many hours it has: 720, 730 or 744.")
@click.option("--free-tier/--no-free-tier", default=None, help="Take free allowances off, or do not.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def price(
    sheet: str,
    quantities: Path,
    month: str | None,
    free_tier: bool | None,
    as_json: bool,
    as_csv: bool,
    course: Path | None,
) -> None:
    """Bill plain quantities of a month on a price sheet.

    SHEET is a name or a file; QUANTITIES names rows of the sheet with a month's quantity of each: a number,
    a measure such as 250 million event, or amounts with from and to.
    """
    from teledesign.costs import bill

    location = find_course(course)
    click.echo(str(location), err=as_json or as_csv)
    prices = open_prices(sheet, location)
    read = read_quantities(shown(quantities))
    if read.value is None:
        raise Refusal(f"{quantities} has mistakes. Correct them first", read.findings)
    try:
        found = bill(prices, _of_month(read.value, month), free_tier=free_tier)
    except Refusal as refusal:
        placed = [replace(finding, place=read.place(finding.path)) for finding in refusal.findings]
        raise Refusal(refusal.message, placed) from None
    if as_json:
        echo_json(found.as_json())
    elif as_csv:
        from teledesign.cli.cells import bill_csv

        click.echo(bill_csv(found), nl=False)
    else:
        from teledesign.cli.tables import print_bill

        print_bill(found)


def _of_month(quantities: Quantities, month: str | None) -> Quantities:
    """The quantities, of the month that the command line names."""
    if month is None:
        return quantities
    from teledesign.usage import parse_month

    try:
        return quantities.model_copy(update={"month": parse_month(month if "-" in month else _hours(month))})
    except ValueError as mistake:
        raise click.BadParameter(str(mistake), param_hint="--month") from None


def _hours(text: str) -> float | str:
    try:
        return float(text.removesuffix("h"))
    except ValueError:
        return text

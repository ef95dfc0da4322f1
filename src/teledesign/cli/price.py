"""`teledesign price`: an itemised bill for plain quantities."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from teledesign.course import find_course, open_prices, shown
from teledesign.findings import Refusal
from teledesign.reading import read_quantities

__all__ = ["price"]


@click.command("price")
@click.argument("sheet")
@click.argument("quantities", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def price(sheet: str, quantities: Path, as_json: bool, course: Path | None) -> None:
    """Bill plain quantities of a month on a price sheet.

    SHEET is a name or a file; QUANTITIES names rows of the sheet with a month's quantity of each.
    """
    from teledesign.costs import bill

    location = find_course(course)
    click.echo(str(location), err=as_json)
    prices = open_prices(sheet, location)
    read = read_quantities(shown(quantities))
    if read.value is None:
        raise Refusal(f"{quantities} has mistakes. Correct them first", read.findings)
    try:
        found = bill(prices, read.value)
    except Refusal as refusal:
        placed = [replace(finding, place=read.place(finding.path)) for finding in refusal.findings]
        raise Refusal(refusal.message, placed) from None
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        from teledesign.cli.tables import print_bill

        print_bill(found)

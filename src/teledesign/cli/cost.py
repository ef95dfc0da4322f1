"""`teledesign cost`: what a design costs a month."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

from teledesign.course import find_course, open_design, open_prices
from teledesign.findings import Refusal, nearest
from teledesign.results.estimate import Estimate

__all__ = ["cost"]


def _settings(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    """NAME=VALUE pairs as numbers; the last of a name wins, as on any command line."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not math.isfinite(found[name.strip()]):
            raise click.BadParameter(f"{text!r} is no setting. Write NAME=NUMBER, such as sampling=0.1")
    return found


@click.command("cost")
@click.argument("designs", nargs=-1, required=True, metavar="SCENARIO|DESIGN...")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", callback=_settings, help="Set a lever.")
@click.option("--prices", metavar="NAME|FILE", help="The price sheet; the course's own if not given.")
@click.option("--explain", metavar="LINE", help="Show how one line item comes about.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON: one object, or a list for several designs.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the line items as CSV.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def cost(
    designs: tuple[str, ...],
    settings: dict[str, float],
    prices: str | None,
    explain: str | None,
    as_json: bool,
    as_csv: bool,
    course: Path | None,
) -> None:
    """Estimate what a design costs a month, line by line.

    A scenario stands for its collect-everything design; SCENARIO/DESIGN is a design of the course.
    """
    from teledesign.costs import estimate

    location = find_course(course)
    click.echo(str(location), err=as_json or as_csv)
    sheet = open_prices(prices, location)
    found = [estimate(*open_design(name, location), sheet, settings=settings) for name in designs]
    if as_json:
        plain = [one.as_json() for one in found]
        click.echo(json.dumps(plain if len(plain) > 1 else plain[0], indent=2, ensure_ascii=False))
    elif as_csv:
        from teledesign.cli.cells import estimates_csv

        click.echo(estimates_csv(found), nl=False)
    elif explain:
        click.echo("\n\n".join(_explained(one, explain) for one in found))
    else:
        from teledesign.cli.tables import print_estimate

        for one in found:
            print_estimate(one)


def _explained(estimate: Estimate, name: str) -> str:
    rows = {row.item: row for row in estimate.rows}
    if name not in rows:
        close = nearest(name, rows)
        raise Refusal(
            f"there is no line item {name!r}. " + (f"Did you mean {close}?" if close else f"Known: {', '.join(rows)}")
        )
    from teledesign.cli.tables import explanation

    return explanation(estimate, rows[name])

"""`teledesign cost`: what a design costs a month, how sure that is, what fits a budget, and what one would see."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from teledesign.cli.answers import echo_json
from teledesign.course import find_course, open_design, open_price_sheets
from teledesign.findings import Refusal, nearest
from teledesign.results.estimate import Estimate

if TYPE_CHECKING:
    from teledesign.costs import CostModel
    from teledesign.course import CourseLocation
    from teledesign.design import Design
    from teledesign.expectation import Expectation
    from teledesign.prices import PriceSheet
    from teledesign.results.detecting import Detectability
    from teledesign.results.forecast import Comparison, Ranges, Solution
    from teledesign.scenario import Scenario

__all__ = ["cost"]

RUNS = 10_000
A_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
"""A number as the estimator's page takes it too; Python's own reader takes `1_0` and `nan` besides."""


def _numbers(text: str, example: str, counts: tuple[int, ...] = (1,)) -> tuple[str, list[float]]:
    """A name and its numbers from NAME=A, NAME=A:B or NAME=A:B:C."""
    name, _, value = text.partition("=")
    parts = [part.strip() for part in value.split(":")]
    if not name.strip() or len(parts) not in counts or not all(A_NUMBER.fullmatch(part) for part in parts):
        raise click.BadParameter(f"{text!r} is no {example}")
    numbers = [float(part) for part in parts]
    if not all(map(math.isfinite, numbers)):
        raise click.BadParameter(f"{text!r} is no {example}")
    return name.strip(), numbers


def _settings(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    """NAME=VALUE pairs as numbers; the last of a name wins, as on any command line."""
    example = "setting. Write NAME=NUMBER, such as sampling=0.1"
    return {name: numbers[0] for name, numbers in (_numbers(text, example) for text in given)}


def _ranges(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, list[float]]:
    """NAME=LOW:HIGH or NAME=LOW:LIKELIEST:HIGH."""
    found = {}
    example = "range. Write NAME=LOW:HIGH or NAME=LOW:LIKELIEST:HIGH, such as users=1000000:3000000"
    for text in given:
        name, numbers = _numbers(text, example, (2, 3))
        if numbers != sorted(numbers):
            raise click.BadParameter(f"{text!r} runs backwards. Write the smaller number first")
        found[name] = numbers
    return found


def _where(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """NAME=VALUE pairs as conditions; several values of a name are or."""
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise click.BadParameter(f"{text!r} is no slice. Write NAME=VALUE, such as platform=ios")
        found[name.strip()] = (*found.get(name.strip(), ()), value.strip())
    return found


@dataclass(frozen=True)
class Asked:
    """What is asked beside the plain estimate."""

    settings: dict[str, float]
    form: str | None
    runs: int | None
    months: int | None
    seed: int
    wider: dict[str, list[float]]
    budget: float | None
    solve: str | None
    against: dict[str, float]
    detect: str | None
    drop: float | None
    where: dict[str, tuple[str, ...]]
    at_form: dict[str, float] = field(default_factory=dict)
    """The settings of the form that is asked for."""

    @property
    def ends(self) -> dict[str, tuple[float, float]]:
        """Name -> how low and how high it may be."""
        return {name: (numbers[0], numbers[-1]) for name, numbers in self.wider.items()}

    @property
    def likeliest(self) -> dict[str, float]:
        """The likeliest values that stand in ranges, by name."""
        return {name: numbers[1] for name, numbers in self.wider.items() if len(numbers) == 3}

    @property
    def anything(self) -> bool:
        """Whether it is more than the plain estimate."""
        asked = (self.runs, self.months, self.solve, self.detect)
        return any(one is not None for one in asked) or bool(self.wider or self.against)


@dataclass(frozen=True)
class Answer:
    """The estimate of one design and what was asked of it besides."""

    estimate: Estimate
    ranges: Ranges | None = None
    solution: Solution | None = None
    against: Comparison | None = None
    detectability: Detectability | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data: the estimate, and each thing asked under its own name."""
        parts = {
            "ranges": self.ranges,
            "solution": self.solution,
            "comparison": self.against,
            "detectability": self.detectability,
        }
        return {"estimate": self.estimate.as_json(), **{name: one.as_json() for name, one in parts.items() if one}}


@click.command("cost")
@click.argument("designs", nargs=-1, required=True, metavar="SCENARIO|DESIGN...")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", callback=_settings, help="Set a lever.")
@click.option("--form", metavar="ID", help="Start from the numbers of a form: its id, or the settings code of a sheet.")
@click.option(
    "--prices", multiple=True, metavar="NAME|FILE", help="Price sheet; a second pays for what the first does not."
)
@click.option("--explain", metavar="LINE", help="Show how one line item comes about.")
@click.option(
    "--runs", type=int, metavar="N", help="Draw what is uncertain N times: ranges, and what swings the total."
)
@click.option("--months", type=int, metavar="N", help="Tell the next N months: growth, and stores that fill up.")
@click.option(
    "--range",
    "wider",
    multiple=True,
    metavar="NAME=LOW:HIGH",
    callback=_ranges,
    help="Say how uncertain it is; LOW:LIKELIEST:HIGH sets it too.",
)
@click.option("--seed", type=int, default=0, metavar="N", help="Other draws.")
@click.option(
    "--budget", type=float, metavar="USD", help="What it may cost; the design's own if not given. Beyond it, exit 1."
)
@click.option(
    "--solve", metavar="LEVER", help="Find the setting that keeps the budget: sampling, hot_days, batch, targeting."
)
@click.option("--against", multiple=True, metavar="NAME=VALUE", callback=_settings, help="Compare with other settings.")
@click.option("--compare", is_flag=True, help="Put the designs side by side, and tell what makes the difference.")
@click.option("--detect", metavar="METRIC", help="Tell how long a change of a metric takes to show.")
@click.option("--drop", type=float, metavar="SHARE", help="The change for the worse, such as 0.02 for two points.")
@click.option("--slice", "where", multiple=True, metavar="NAME=VALUE", callback=_where, help="And in this slice.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON: one object, or a list for several designs.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the line items, or what was asked besides, as CSV.")
@click.option(
    "--spreadsheet",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write it as FILE.xlsx, with live formulas.",
)
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def cost(
    designs: tuple[str, ...],
    prices: tuple[str, ...],
    explain: str | None,
    compare: bool,
    as_json: bool,
    as_csv: bool,
    spreadsheet: Path | None,
    course: Path | None,
    **asked: Any,
) -> int:
    """Estimate what a design costs a month, line by line.

    A scenario stands for its collect-everything design; SCENARIO/DESIGN is a design of the course. A design that
    costs more than its budget, or than --budget, is shown all the same and exits with 1.
    """
    wanted = _checked(Asked(**asked), len(designs), compare)
    ways = {"--explain": explain is not None, "--json": as_json, "--csv": as_csv}
    if sum(ways.values()) > 1:
        chosen = " and ".join(way for way, asked_for in ways.items() if asked_for)
        raise click.UsageError(f"{chosen} are ways to print one answer. Choose one.")
    if explain is not None and wanted.anything:
        raise click.UsageError("--explain is told of the plain estimate. Ask the other questions by themselves.")
    location = find_course(course)
    click.echo(str(location), err=as_json or as_csv)
    sheet = open_price_sheets(prices, location)
    opened = [open_design(name, location) for name in designs]
    wanted = _at_form(wanted, opened, location)
    if compare:
        _show_comparisons(_beside(opened, sheet, wanted.at_form | wanted.settings), as_json)
        return 0
    answers = list(_answers(opened, sheet, wanted))
    if spreadsheet:
        from teledesign.cli.workbooks import write_spreadsheet

        written = write_spreadsheet(spreadsheet, opened, sheet, answers[0].estimate.settings)
        click.echo(f"Spreadsheet: {written}", err=True)
    _show(answers, wanted, explain, as_json=as_json, as_csv=as_csv)
    beyond = list(_beyond_budget(answers))
    for sentence in beyond:
        click.echo(sentence, err=True)
    return 1 if beyond else 0


def _at_form(asked: Asked, opened: list[tuple[Scenario, Design]], location: CourseLocation) -> Asked:
    """With the settings of the form that is asked for.  Raises Refusal."""
    if asked.form is None:
        return asked
    from teledesign.cli.form_numbers import settings_of_form

    scenarios = {scenario.scenario: scenario for scenario, _ in opened}
    if len(scenarios) > 1:
        raise Refusal(f"a form belongs to one topic, and these are {', '.join(scenarios)}. Ask for one at a time")
    (scenario,) = scenarios.values()
    return replace(asked, at_form=settings_of_form(asked.form, scenario, location))


def _show(answers: list[Answer], wanted: Asked, explain: str | None, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        plain = [one.as_json() if wanted.anything else one.estimate.as_json() for one in answers]
        echo_json(plain if len(plain) > 1 else plain[0])
    elif as_csv:
        from teledesign.cli.cells import answers_csv

        click.echo(answers_csv(answers), nl=False)
    elif explain:
        click.echo("\n\n".join(_explained(one.estimate, explain) for one in answers))
    else:
        _print(answers, wanted)


def _beyond_budget(answers: list[Answer]) -> Iterator[str]:
    """A sentence for each design that costs more than it may, and for each budget that no setting keeps."""
    for one in answers:
        estimate, total = one.estimate, one.estimate.total
        name = f"{estimate.scenario}/{estimate.design}"
        if one.solution is not None:
            if one.solution.value is None:
                spent = f"{one.solution.budget:,.2f} {estimate.currency}"
                yield f"Over budget: no {one.solution.lever} of {name} keeps {spent}. Turn another lever too."
        elif estimate.budget is not None and estimate.currency == "USD" and total.amount > estimate.budget:
            more = f"{total.amount - estimate.budget:,.2f} USD more than its budget of {estimate.budget:,.2f} USD"
            yield f"Over budget: {name} costs {more}. Add --solve sampling for a setting that keeps it."


def _checked(asked: Asked, designs: int, compare: bool) -> Asked:
    """Refuse options that make no sense together."""
    if (asked.detect is None) != (asked.drop is None):
        raise click.UsageError("--detect METRIC and --drop SHARE go together. Add the other one.")
    if asked.where and asked.detect is None:
        raise click.UsageError("--slice says where a change is looked for. Add --detect METRIC and --drop SHARE.")
    if asked.budget is not None and asked.solve is None and not 0 <= asked.budget < math.inf:
        raise click.UsageError(f"--budget {asked.budget:g} is no amount. Write a number of 0 or more.")
    for name, value in asked.likeliest.items():
        if asked.settings.get(name, value) != value:
            raise click.UsageError(f"--set and --range say two likeliest values of {name}. Keep one.")
    if compare and (designs < 2 or asked.anything or asked.budget is not None):
        raise click.UsageError("--compare takes two designs or more, and settings with --set. Name another design.")
    return replace(asked, settings=asked.settings | asked.likeliest)


def _answers(opened: list[tuple[Scenario, Design]], sheet: PriceSheet, asked: Asked) -> Iterator[Answer]:
    from teledesign.costs import cost_model, estimate_of, gathered
    from teledesign.expectation import expected_of

    expected: dict[str, Expectation] = {}
    for scenario, design in opened:
        algebra = expected.setdefault(scenario.scenario, expected_of(scenario))
        model = cost_model(gathered(scenario, design, sheet, algebra), sheet)
        own = replace(asked, settings=_fitting(asked.at_form, model) | asked.settings)
        estimate = estimate_of(model, own.settings)
        if own.budget is not None:
            estimate = replace(estimate, budget=own.budget)
        yield _answer(model, estimate, algebra, own)


def _fitting(at_form: dict[str, float], model: CostModel) -> dict[str, float]:
    """A form's settings; those that leave a payload out are not needed where the design carries none."""
    known = {one.name for one in model.settings}
    return {name: value for name, value in at_form.items() if name in known or value}


def _answer(model: CostModel, estimate: Estimate, expected: Expectation, asked: Asked) -> Answer:
    drawn = solution = against = seen = None
    if asked.runs is not None or asked.months is not None or asked.wider:
        from teledesign.costs.ranges import ranges

        runs = RUNS if asked.runs is None else asked.runs
        drawn = ranges(model, asked.settings, runs=runs, months=_count(asked.months), seed=asked.seed, wider=asked.ends)
    if asked.solve is not None:
        if estimate.budget is None:
            raise Refusal(f"{estimate.design} has no budget of its own. Add --budget with an amount")
        from teledesign.costs.solving import solve

        solution = solve(model, asked.settings, asked.solve, estimate.budget)
    if asked.against:
        from teledesign.costs.comparing import compare_settings

        against = compare_settings(model, asked.settings, {**asked.settings, **asked.against})
    if asked.detect is not None and asked.drop is not None:
        from teledesign.costs.detecting import detectability

        seen = detectability(
            model, expected, asked.detect, asked.drop, where=asked.where or None, settings=asked.settings
        )
    return Answer(estimate, drawn, solution, against, seen)


def _count(months: int | None) -> int:
    if months is not None and months < 1:
        raise Refusal(f"{months:,} months cannot be told. Write --months with a number from 1 to 60")
    return months or 0


def _beside(opened: list[tuple[Scenario, Design]], sheet: PriceSheet, settings: dict[str, float]) -> list[Comparison]:
    from teledesign.costs.comparing import compare_designs
    from teledesign.expectation import expected_of

    scenario, first = opened[0]
    expected = expected_of(scenario)
    return [compare_designs(scenario, first, other, sheet, settings, expected) for _, other in opened[1:]]


def _show_comparisons(found: list[Comparison], as_json: bool) -> None:
    if as_json:
        plain = [one.as_json() for one in found]
        echo_json(plain if len(plain) > 1 else plain[0])
        return
    from teledesign.cli.forecasts import print_comparison

    for one in found:
        print_comparison(one)


def _print(answers: list[Answer], asked: Asked) -> None:
    from teledesign.cli.tables import print_estimate

    for one in answers:
        if not asked.anything:
            print_estimate(one.estimate)
            continue
        from teledesign.cli.forecasts import print_comparison, print_detectability, print_ranges, print_solution

        if one.ranges:
            print_ranges(one.ranges)
        if one.solution:
            print_solution(one.solution, one.estimate)
        if one.against:
            print_comparison(one.against)
        if one.detectability:
            print_detectability(one.detectability)


def _explained(estimate: Estimate, name: str) -> str:
    rows = {row.item: row for row in estimate.rows}
    if name not in rows:
        close = nearest(name, rows)
        raise Refusal(
            f"there is no line item {name!r}. " + (f"Did you mean {close}?" if close else f"Known: {', '.join(rows)}")
        )
    from teledesign.cli.tables import explanation

    return explanation(estimate, rows[name])

"""Ranges: the estimate under many draws of its uncertain inputs, and what swings it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from teledesign.costs.draws import triangular, uniform
from teledesign.costs.model import CostModel, worked_out
from teledesign.costs.months import in_month
from teledesign.costs.settings import check_settings
from teledesign.findings import Finding, Refusal
from teledesign.formulas import money, plain_number
from teledesign.results.estimate import Payer
from teledesign.results.forecast import Band, Month, Ranges, RowBand, Swing, Uncertain

__all__ = ["MONTH_RUNS", "MOST_MONTHS", "MOST_RUNS", "Priced", "Range", "priced", "ranges", "uncertain_inputs"]

MOST_RUNS = 1_000_000
MONTH_RUNS = 10_000
MOST_MONTHS = 60
CHUNK = 32768
"""Draws worked out at once: enough to forget what each step costs, few enough for a processor's cache."""

Floats = NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True)
class Priced:
    """The amounts of all line items at some settings, numbers or arrays; None where unknown."""

    amounts: tuple[Any, ...]
    totals: dict[Payer, Any]


def priced(model: CostModel, settings: Mapping[str, Any]) -> Priced:
    """Work a model out without words; arrays are welcome."""
    values = worked_out(model, settings)
    amounts = tuple(item.amount(values, item.quantity(values)) for item in model.items)
    totals: dict[Payer, Any] = {"firm": 0.0, "user": 0.0}
    for item, amount in zip(model.items, amounts, strict=True):
        if amount is not None:
            totals[item.line.payer] = totals[item.line.payer] + amount
    return Priced(amounts, {payer: money(total) for payer, total in totals.items()})


def at_least(model: CostModel) -> dict[Payer, bool]:
    """Payer -> whether a line item of theirs is unknown."""
    found: dict[Payer, bool] = {"firm": False, "user": False}
    for item in model.items:
        found[item.line.payer] = found[item.line.payer] or (item.billing is None and not item.covered)
    return found


def uncertain_inputs(
    model: CostModel, settings: Mapping[str, float], wider: Mapping[str, Range]
) -> tuple[Uncertain, ...]:
    """The inputs that are drawn: those in doubt and not set, and those with a range of their own.  Raises Refusal."""
    known = {one.name: one for one in model.inputs if one.settable}
    check_settings(model.settings, {name: low for name, (low, _) in wider.items()}, model.facts)
    check_settings(model.settings, {name: high for name, (_, high) in wider.items()}, model.facts)
    found, findings = [], []
    for name, one in known.items():
        doubt = wider.get(name, None if name in settings else one.doubt)
        mode = float(settings.get(name, one.value))
        if doubt is None:
            continue
        low, high = doubt
        if not low <= mode <= high:
            shown = f"{plain_number(low)} to {plain_number(high)}"
            message = f"its likeliest value {plain_number(mode)} is outside {shown}. Set it too, or widen the range"
            findings.append(Finding("range-without-value", message, name))
        elif low < high:
            found.append(Uncertain(name, one.title, one.unit, float(low), mode, float(high)))
    if findings:
        raise Refusal("these ranges cannot be drawn from. Correct them", findings)
    return tuple(found)


def ranges(
    model: CostModel,
    settings: Mapping[str, float],
    *,
    runs: int,
    months: int = 0,
    seed: int = 0,
    wider: Mapping[str, Range] | None = None,
) -> Ranges:
    """The tenth, half and nine tenths of every line item and total, over draws of what is uncertain.

    Months are worked out with at most `MONTH_RUNS` draws, the first of the same.  Raises Refusal for settings and
    ranges that cannot be, and for more draws or months than are worked out.
    """
    check_settings(model.settings, settings, model.facts)
    check_counts(runs, months)
    uncertain = uncertain_inputs(model, settings, wider or {})
    amounts, totals = _drawn(model, settings, uncertain, runs, seed)
    source = model.gathered
    return Ranges(
        scenario=source.scenario.scenario,
        design=source.design.design,
        design_title=source.design.title,
        sheet_title=model.sheet.title,
        as_of=model.sheet.as_of,
        currency=model.sheet.currency,
        runs=runs,
        seed=seed,
        uncertain=uncertain,
        rows=_rows(model, amounts),
        totals={payer: band(total) for payer, total in totals.items()},
        at_least=at_least(model),
        swings=tuple(sorted(_swings(model, settings, uncertain), key=lambda one: -one.width)),
        months=tuple(_months(model, settings, uncertain, min(runs, MONTH_RUNS), months, seed)),
    )


def check_counts(runs: int, months: int) -> None:
    """Refuse a number of draws or months out of bounds.  Raises Refusal."""
    if not 1 <= runs <= MOST_RUNS:
        raise Refusal(f"{runs:,} draws cannot be worked out. Write --runs with a number from 1 to {MOST_RUNS:,}")
    if not 0 <= months <= MOST_MONTHS:
        raise Refusal(f"{months:,} months cannot be told. Write --months with a number from 1 to {MOST_MONTHS}")


def draws_of(uncertain: tuple[Uncertain, ...], seed: int, first: int, count: int) -> dict[str, Floats]:
    """Name -> its draws of some runs."""
    return {
        one.name: triangular(uniform(seed, one.name, first, count), one.low, one.mode, one.high) for one in uncertain
    }


def _drawn(
    model: CostModel, settings: Mapping[str, float], uncertain: tuple[Uncertain, ...], runs: int, seed: int
) -> tuple[list[Any], dict[Payer, Any]]:
    """Every line item's amounts and the totals, a number where nothing uncertain moves it."""
    amounts: list[Any] = [None] * len(model.items)
    totals: dict[Payer, Any] = {}
    for first in range(0, runs, CHUNK):
        count = min(CHUNK, runs - first)
        found = priced(model, {**settings, **draws_of(uncertain, seed, first, count)})
        for at, amount in enumerate(found.amounts):
            amounts[at] = _put(amounts[at], amount, first, runs)
        for payer, total in found.totals.items():
            totals[payer] = _put(totals.get(payer), total, first, runs)
    return amounts, totals


def _put(held: Any, part: Any, first: int, runs: int) -> Any:
    if not isinstance(part, np.ndarray) or not part.ndim:
        return None if part is None else float(part)
    if held is None:
        held = np.empty(runs)
    held[first : first + len(part)] = part
    return held


def band(values: Any) -> Band:
    """The smallest value with a tenth, half, nine tenths of all values at or below it."""
    if not isinstance(values, np.ndarray) or not values.ndim:
        return Band(float(values), float(values), float(values))
    places = [-(-len(values) * tenths // 10) - 1 for tenths in (1, 5, 9)]
    parted = np.partition(values, places)
    return Band(*(float(parted[place]) for place in places))


def _rows(model: CostModel, amounts: list[Any] | tuple[Any, ...]) -> tuple[RowBand, ...]:
    return tuple(
        RowBand(item.line.name, item.line.title, item.line.payer, None if amount is None else band(amount))
        for item, amount in zip(model.items, amounts, strict=True)
    )


def _swings(model: CostModel, settings: Mapping[str, float], uncertain: tuple[Uncertain, ...]) -> Iterator[Swing]:
    for one in uncertain:
        ends = (float(priced(model, {**settings, one.name: end}).totals["firm"]) for end in (one.low, one.high))
        yield Swing(one, *ends)


def _months(
    model: CostModel, settings: Mapping[str, float], uncertain: tuple[Uncertain, ...], runs: int, months: int, seed: int
) -> Iterator[Month]:
    drawn: dict[str, Any] = {**settings, **draws_of(uncertain, seed, 0, runs)}
    for number in range(1, months + 1):
        changed = in_month(model, drawn, number)
        found = priced(model, {**drawn, **changed})
        totals = {payer: band(total) for payer, total in found.totals.items()}
        yield Month(number, band(changed["users"]).p50, totals, _rows(model, found.amounts))

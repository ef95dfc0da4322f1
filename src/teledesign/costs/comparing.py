"""Comparing: two designs, or one under two settings, and what each lever has to do with the difference.

The second is made out of the first one part at a time, in the order of a design (settings in the order of an
estimate); each part's change of the total is its share, so that the shares add up to the difference.  Where parts
play together, the order decides whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from teledesign.costs.collected import Traffic
from teledesign.costs.estimating import estimate_of
from teledesign.costs.model import CostModel, cost_model
from teledesign.costs.traffic import gathered
from teledesign.design import Design
from teledesign.expectation import Expectation
from teledesign.findings import Refusal
from teledesign.formulas import money, plain_number
from teledesign.prices import PriceSheet
from teledesign.results.estimate import Estimate
from teledesign.results.forecast import Change, Comparison
from teledesign.scenario import Scenario

__all__ = ["compare_designs", "compare_settings"]

PARTS: Mapping[str, str] = {
    "targeting": "Targeting",
    "sampling": "Sampling",
    "collects": "Events and fields collected",
    "summaries": "Counting up on the device",
    "payloads": "Payloads",
    "transport": "Batches, flush and compression",
    "retention": "Retention",
    "exports": "Copies out of the cloud",
    "queries": "Queries",
    "series": "Metric series",
    "monitors": "Monitors",
    "labels": "Labels",
    "care": "Work around the data",
}
"""Part of a design -> what it is called, in the order in which they are changed."""


def compare_settings(model: CostModel, first: Mapping[str, float], second: Mapping[str, float]) -> Comparison:
    """One design under two settings.  Raises Refusal for settings that cannot be."""
    before, after = estimate_of(model, first), estimate_of(model, second)
    held = dict(first)
    found = before
    changes = []
    defaults = {one.name: one for one in model.settings}
    for name in (one for one in defaults if one in first or one in second):
        old = float(held.get(name, defaults[name].default))
        new = float(second.get(name, defaults[name].default))
        if old == new:
            continue
        held[name] = new
        then = estimate_of(model, held)
        changes.append(_change(name, defaults[name].title, plain_number(old), plain_number(new), found, then))
        found = then
    return _compared("first settings", "second settings", before, after, changes)


def compare_designs(
    scenario: Scenario,
    first: Design,
    second: Design,
    sheet: PriceSheet,
    settings: Mapping[str, float],
    expected: Expectation | Traffic | None = None,
) -> Comparison:
    """Two designs of one scenario.  Raises Refusal where they are of two."""
    if first.scenario != second.scenario:
        raise Refusal(
            f"{first.design} is for {first.scenario} and {second.design} for {second.scenario}. Compare two of one"
        )
    traffic: Expectation | Traffic = Expectation(scenario) if expected is None else expected
    estimates = {one.design: _estimate(scenario, one, sheet, settings, traffic) for one in (first, second)}
    before, after = estimates[first.design], _estimate(scenario, second, sheet, settings, traffic)
    changes = list(_changes(scenario, first, second, sheet, settings, traffic, before))
    return _compared(first.title, second.title, before, after, changes)


def _estimate(
    scenario: Scenario, design: Design, sheet: PriceSheet, settings: Mapping[str, float], traffic: Expectation | Traffic
) -> Estimate:
    model = cost_model(gathered(scenario, design, sheet, traffic), sheet)
    known = {one.name for one in model.settings}
    # A payload or query that only the other design has is no mistake here.
    return estimate_of(model, {name: value for name, value in settings.items() if name in known})


def _changes(
    scenario: Scenario,
    first: Design,
    second: Design,
    sheet: PriceSheet,
    settings: Mapping[str, float],
    traffic: Expectation | Traffic,
    before: Estimate,
) -> Iterator[Change]:
    design, found = first, before
    for part, title in PARTS.items():
        old, new = getattr(design, part), getattr(second, part)
        if old == new:
            continue
        design = design.model_copy(update={part: new})
        then = _estimate(scenario, design, sheet, settings, traffic)
        yield _change(part, title, _told(old), _told(new), found, then)
        found = then


def _told(part: Any) -> str:
    """A part of a design in a few words, where a few words will do."""
    if hasattr(part, "model_fields_set"):
        return ", ".join(
            f"{name} {getattr(part, name)}" for name in type(part).model_fields if name in part.model_fields_set
        )
    if isinstance(part, dict | tuple):
        return str(len(part))
    return "none" if part is None else str(part)


def _change(lever: str, title: str, before: str, after: str, one: Estimate, other: Estimate) -> Change:
    rows = {row.item: row.amount or 0.0 for row in one.rows}
    moved = {row.item: float(money((row.amount or 0.0) - rows[row.item])) for row in other.rows}
    difference = float(money(other.total.amount - one.total.amount))
    return Change(lever, title, before, after, difference, {name: amount for name, amount in moved.items() if amount})


def _compared(first: str, second: str, before: Estimate, after: Estimate, changes: list[Change]) -> Comparison:
    rows = tuple(
        (one.item, one.title, one.amount, other.amount) for one, other in zip(before.rows, after.rows, strict=True)
    )
    return Comparison(first, second, before.currency, (before.total, after.total), rows, tuple(changes))

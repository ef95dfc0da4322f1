"""Solving: the setting of one lever at which a budget is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teledesign.costs.model import CostModel
from teledesign.costs.ranges import at_least, priced
from teledesign.costs.settings import Setting, check_settings
from teledesign.findings import Refusal, nearest
from teledesign.formulas import money
from teledesign.results.estimate import Total
from teledesign.results.forecast import Solution

__all__ = ["ALIASES", "SOLVED", "solve"]

ALIASES: Mapping[str, str] = {"retention_days": "hot_days", "retention": "hot_days", "rate": "sampling"}


@dataclass(frozen=True)
class Solved:
    """How a lever is searched: its settings from the one wanted least to the one wanted most, and its finest step."""

    wants_more: bool
    step: float


SOLVED: Mapping[str, Solved] = {
    "sampling": Solved(True, 1e-6),
    "targeting": Solved(True, 1e-6),
    "hot_days": Solved(True, 1.0),
    "cold_days": Solved(True, 1.0),
    "batch": Solved(False, 1.0),
}
"""Lever -> how a setting is looked for.  More of the first ones shows more; a smaller batch is there sooner."""

GRID = 512


def solve(model: CostModel, settings: Mapping[str, float], lever: str, budget: float) -> Solution:
    """The best setting of a lever that keeps the firm's total within a budget; all else stays as it is.

    Raises Refusal for a lever that cannot be solved for, and for a budget that is no amount.
    """
    name = ALIASES.get(lever, lever)
    if name not in SOLVED:
        known = (*SOLVED, *ALIASES)
        close = nearest(name, known)
        remedy = f"Did you mean {close}?" if close else f"These can be solved for: {', '.join(known)}"
        raise Refusal(f"there is no solving for {lever!r}. {remedy}")
    if not 0 <= budget < np.inf:
        raise Refusal(f"a budget of {budget:g} cannot be kept. Write --budget with an amount of 0 or more")
    check_settings(model.settings, settings, model.facts)
    setting = {one.name: one for one in model.settings}[name]
    return _solved(model, settings, setting, SOLVED[name], budget)


def _solved(model: CostModel, settings: Mapping[str, float], setting: Setting, how: Solved, budget: float) -> Solution:
    def total(value: float) -> float:
        return float(priced(model, {**settings, setting.name: value}).totals["firm"])

    steps = _steps(setting, how)
    totals = np.broadcast_to(priced(model, {**settings, setting.name: steps}).totals["firm"], steps.shape)
    fitting = np.flatnonzero(totals <= budget)
    if not len(fitting):
        cheapest = float(steps[int(np.argmin(totals))])
        return _told(model, settings, setting, budget, None, cheapest, cheapest)
    best = int(fitting[-1])
    if best == len(steps) - 1:
        value = float(steps[best])
        return _told(model, settings, setting, budget, value, value, value, whole=True)
    fits, breaks = _between(total, float(steps[best]), float(steps[best + 1]), how.step, budget)
    return _told(model, settings, setting, budget, fits, fits, breaks)


def _steps(setting: Setting, how: Solved) -> NDArray[np.float64]:
    """Settings from the one wanted least to the one wanted most, denser where they are small, on whole steps."""
    even = np.arange(GRID + 1) / GRID
    spread = setting.low + (setting.high - setting.low) * even * even * even
    whole = np.unique(np.floor(spread / how.step + 0.5) * how.step)
    whole = np.minimum(np.maximum(whole, setting.low), setting.high)
    return whole if how.wants_more else whole[::-1]


def _between(
    total: Callable[[float], float], fits: float, breaks: float, step: float, budget: float
) -> tuple[float, float]:
    """The last whole step that fits before one that does not, by halving."""
    low, high = round(fits / step), round(breaks / step)
    while abs(high - low) > 1:
        middle = (low + high) // 2
        if total(_at(middle, step)) <= budget:
            low = middle
        else:
            high = middle
    return _at(low, step), _at(high, step)


def _at(steps: int, step: float) -> float:
    """A whole number of steps as one would write it: 0.05, not 0.05 and noise."""
    return steps * step if step >= 1 else steps / round(1 / step)


def _told(
    model: CostModel,
    settings: Mapping[str, float],
    setting: Setting,
    budget: float,
    value: float | None,
    at: float,
    beyond: float,
    whole: bool = False,
) -> Solution:
    """The solution with the line item that grows most from where it fits to where it breaks.

    Where nothing grows (all fits, or nothing does), the largest line item.
    """
    here, there = (priced(model, {**settings, setting.name: one}).amounts for one in (at, beyond))
    grows = [0.0 if a is None or b is None else float(b) - float(a) for a, b in zip(here, there, strict=True)]
    firm = [item.line.payer == "firm" for item in model.items]
    sizes = grows if at != beyond else [0.0 if a is None else float(a) for a in here]
    first = max(range(len(sizes)), key=lambda index: (firm[index], sizes[index]))
    amount = float(priced(model, {**settings, setting.name: at}).totals["firm"])
    line = model.items[first].line
    return Solution(
        lever=setting.name,
        title=setting.title,
        unit=setting.unit,
        budget=budget,
        currency=model.sheet.currency,
        value=value,
        total=Total(amount, at_least(model)["firm"]),
        slack=float(money(budget - amount)),
        binding=line.name,
        binding_title=line.title,
        binding_grows=float(money(sizes[first])),
        whole=whole,
    )

"""Small absorbing Markov chains: how often each step is visited, and how an episode ends.

Many chains of the same steps are solved at once: every number may be an array with an entry per chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chain", "Endless", "Row", "series", "solve", "whole_power"]

Floats = NDArray[np.float64]
Row = Mapping[int, Floats]
"""Target -> chance: a step's number, or a negative code for a way to end."""


class Endless(ValueError):
    """No end is reachable from some step that is."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Expected visits of each step of one episode, and the chance of each way to end."""

    visits: tuple[Floats, ...]
    ends: Mapping[int, Floats]


def solve(rows: Sequence[Row | None], kept: Sequence[Floats] | None = None) -> Chain:
    """The chain that begins at step 0; `rows[j]` is None for a step that cannot be reached.

    `kept[j]` is the chance to survive a visit of step j (1 where left out): with it, visits and ends are those of
    the walks that survive every visit.  Solves v = e0 + v Q by elimination, without a linear-algebra
    library, whose last bits depend on the machine.  Raises Endless.
    """
    flows = [dict(row or {}) for row in rows]
    if kept is not None:
        flows = [
            {target: chance * survives for target, chance in row.items()}
            for row, survives in zip(flows, kept, strict=True)
        ]
    order = [j for j, row in enumerate(rows) if row is not None]
    visits = _visits(flows, order)
    ends: dict[int, Floats] = {}
    for j in order:
        for target, chance in flows[j].items():
            if target < 0:
                ended = visits[j] * chance
                ends[target] = ends[target] + ended if target in ends else ended
    return Chain(tuple(visits), ends)


def _visits(flows: Sequence[Row], order: Sequence[int]) -> list[Floats]:
    """Back to front, each step is folded into those that lead to it; front to back, its visits come out."""
    into: list[dict[int, Floats]] = [{} for _ in flows]
    led_to: list[set[int]] = [set() for _ in flows]
    places = {j: place for place, j in enumerate(order)}
    for j in order:
        for target, chance in flows[j].items():
            if target >= 0:
                into[target][j] = chance
                led_to[j].add(target)
    nothing: Floats = np.zeros(())
    begun = [nothing] * len(flows)
    if order:
        begun[0] = np.ones(())
    for place in range(len(order) - 1, -1, -1):
        j = order[place]
        stay = into[j].pop(j, None)
        if stay is not None:
            if np.any(stay >= 1.0 - 1e-12):
                raise Endless("a step is never left")
            factor = 1.0 / (1.0 - stay)
            into[j] = {source: chance * factor for source, chance in into[j].items()}
            begun[j] = begun[j] * factor
        for i in led_to[j]:
            if places[i] >= place:
                continue
            through = into[i].pop(j)
            begun[i] = begun[i] + through * begun[j]
            for source, chance in into[j].items():
                into[i][source] = into[i].get(source, nothing) + through * chance
                led_to[source].add(i)
    visits = [nothing] * len(flows)
    for j in order:
        total = begun[j]
        for source, chance in into[j].items():
            total = total + visits[source] * chance
        visits[j] = total
    return visits


def series(ratio: Floats, most: int) -> Floats:
    """1 + ratio + ... + ratio^(most - 1): how many follow one another when each is followed with chance `ratio`."""
    ratio = np.asarray(ratio, dtype=np.float64)
    ever = ratio >= 1.0
    below = np.where(ever, 0.0, ratio)
    return np.where(ever, float(most), (1.0 - whole_power(below, most)) / (1.0 - below))


def whole_power(base: Floats, exponent: int) -> Floats:
    """A number to a whole power, by squaring (the library's power may differ in its last bit)."""
    found = np.ones(np.shape(base))
    while exponent:
        if exponent & 1:
            found = found * base
        base = base * base
        exponent >>= 1
    return found

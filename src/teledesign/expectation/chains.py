"""Small absorbing Markov chains: how often each step is visited, and how an episode ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Chain", "Endless", "series", "solve"]

Row = Mapping[int, float]
"""Target -> chance: a step's number, or a negative code for a way to end."""


class Endless(ValueError):
    """No end is reachable from some step that is."""


@dataclass(frozen=True)
class Chain:
    """Expected visits of each step of one episode, and the chance of each way to end."""

    visits: tuple[float, ...]
    ends: Mapping[int, float]


def solve(rows: Sequence[Row | None], kept: Sequence[float] | None = None) -> Chain:
    """The chain that begins at step 0; `rows[j]` is None for a step that cannot be reached.

    `kept[j]` is the chance to survive a visit of step j (1 where left out): with it, visits and ends are those of
    the walks that survive every visit.  Solves v = e0 + v Q by elimination, without a linear-algebra
    library, whose last bits depend on the machine.  Raises Endless.
    """
    size = len(rows)
    survive = list(kept) if kept is not None else [1.0] * size
    flows: list[dict[int, float]] = [
        {target: chance * survive[j] for target, chance in row.items() if chance > 0} if row else {}
        for j, row in enumerate(rows)
    ]
    order = [j for j in range(size) if rows[j] is not None]
    visits = _visits(flows, order, size)
    ends: dict[int, float] = {}
    for j in order:
        for target, chance in flows[j].items():
            if target < 0:
                ends[target] = ends.get(target, 0.0) + visits[j] * chance
    return Chain(tuple(visits), ends)


def _visits(flows: Sequence[Mapping[int, float]], order: Sequence[int], size: int) -> list[float]:
    """Back to front, each step is folded into those that lead to it; front to back, its visits come out."""
    into: list[dict[int, float]] = [{} for _ in range(size)]
    led_to: list[set[int]] = [set() for _ in range(size)]
    places = {j: place for place, j in enumerate(order)}
    for j in order:
        for target, chance in flows[j].items():
            if target >= 0:
                into[target][j] = into[target].get(j, 0.0) + chance
                led_to[j].add(target)
    begun = [0.0] * size
    if order:
        begun[0] = 1.0
    for place in range(len(order) - 1, -1, -1):
        j = order[place]
        stay = into[j].pop(j, 0.0)
        if stay >= 1.0 - 1e-12:
            raise Endless("a step is never left")
        factor = 1.0 / (1.0 - stay)
        into[j] = {source: chance * factor for source, chance in into[j].items()}
        begun[j] *= factor
        for i in led_to[j]:
            through = into[i].pop(j, 0.0) if places[i] < place else 0.0
            if through:
                begun[i] += through * begun[j]
                for source, chance in into[j].items():
                    into[i][source] = into[i].get(source, 0.0) + through * chance
                    led_to[source].add(i)
    visits = [0.0] * size
    for j in order:
        total = begun[j]
        for source, chance in into[j].items():
            total += visits[source] * chance
        visits[j] = total
    return visits


def series(ratio: float, most: int) -> float:
    """1 + ratio + ... + ratio^(most - 1): how many follow one another when each is followed with chance `ratio`."""
    if ratio >= 1.0:
        return float(most)
    return (1.0 - whole_power(ratio, most)) / (1.0 - ratio)


def whole_power(base: float, exponent: int) -> float:
    """A number to a whole power, by squaring (the library's power may differ in its last bit)."""
    found = 1.0
    while exponent:
        if exponent & 1:
            found *= base
        base *= base
        exponent >>= 1
    return found

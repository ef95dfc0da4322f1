"""What a form's numbers change of what people do, as a table that a page can look up.

Some numbers of a form set levers (a sampling rate); others set chances in the journey, and with them how many rows
a user causes.  The algebra that works that out does not run in a page, so the page gets its answers for every
combination of such numbers.  Where answers are smooth, which they nearly always are, a few are worked out and the
others interpolated, and the interpolation is tried where it was not made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod
from typing import Any

from teledesign.form import drawn_value, steps_of
from teledesign.scenario import Scenario
from teledesign.scenario.questions import FormParameter
from teledesign.scenario.setting import with_number

__all__ = ["Behaviour", "behaviour_of", "lever_of"]

CLOSE = 1e-10
"""An interpolated answer this close (relative) to the true one is as good: it is far below a cent of any bill."""
FEW = (2, 3, 4, 5, 7)
"""How many values of a number are worked out, one try after the other, before all are."""
MOST = 3000
"""More combinations than this are no table for a page."""

Answers = Mapping[str, float]
Point = tuple[int, ...]


@dataclass(frozen=True)
class Behaviour:
    """For each combination of the numbers `by` (the last varies fastest), the values of `facts`."""

    by: Sequence[str]
    facts: Sequence[str]
    rows: Sequence[Sequence[float]]

    def as_data(self) -> dict[str, Any]:
        """Plain data for a script."""
        return {"by": list(self.by), "facts": list(self.facts), "rows": [list(row) for row in self.rows]}


def lever_of(path: str) -> str | None:
    """The lever or assumption of the estimate that a form's number sets; None where it changes what people do."""
    if path == "people.production.mode":
        return "users"
    section, _, name = path.partition(".")
    return name if section == "cost" else None


def behaviour_of(
    scenario: Scenario, answers: Callable[[Scenario], Answers], facts: Callable[[Scenario, Answers], Answers]
) -> Behaviour | None:
    """The table for a scenario's forms; None where all their numbers are levers, or there are too many combinations.

    `answers` works out what people do, by name: slow, and smooth in the numbers.  `facts` makes of that what the
    page needs: quick, and rounded as it likes.  Both give the same names every time.
    """
    numbers = {name: one for name, one in scenario.forms.items() if lever_of(one.sets) is None}
    if not numbers:
        return None
    counts = [steps_of(one) for one in numbers.values()]
    if prod(counts) > MOST:
        return None

    @cache
    def at(point: Point) -> Scenario:
        return _with(scenario, numbers.values(), point)

    @cache
    def answer(point: Point) -> Answers:
        return answers(at(point))

    found = [facts(at(point), given) for point, given in _table(counts, answer).items()]
    moving = [name for name in found[0] if any(row[name] != found[0][name] for row in found)]
    return Behaviour(tuple(numbers), tuple(moving), tuple(tuple(row[name] for name in moving) for row in found))


def _with(scenario: Scenario, numbers: Iterable[FormParameter], point: Point) -> Scenario:
    """The scenario with some numbers of its forms set."""
    for parameter, step in zip(numbers, point, strict=True):
        scenario = with_number(scenario, parameter.sets, drawn_value(parameter, step), parameter.takes_from)
    return scenario


def _table(counts: Sequence[int], answer: Callable[[Point], Answers]) -> dict[Point, Answers]:
    """The answer at every point of a grid, the last axis varying fastest."""
    every = list(product(*(range(count) for count in counts)))
    nodes = [_nodes_along(axis, counts, answer) for axis in range(len(counts))]
    tries = [tuple(chosen) for chosen in zip(*(_between(n) for n in nodes), strict=True)]
    if all(_close(_interpolated(point, nodes, answer), answer(point)) for point in tries):
        return {point: _interpolated(point, nodes, answer) for point in every}
    return {point: answer(point) for point in every}


def _nodes_along(axis: int, counts: Sequence[int], answer: Callable[[Point], Answers]) -> tuple[int, ...]:
    """As many steps of one number as its answers need, the other numbers being in the middle of their ranges."""
    middle = [count // 2 for count in counts]

    def at(step: int) -> Answers:
        return answer((*middle[:axis], step, *middle[axis + 1 :]))

    for few in FEW:
        nodes = _nodes(counts[axis], few)
        if len(nodes) == counts[axis]:
            break
        if all(
            _close(_interpolated((step,), [nodes], lambda point: at(point[0])), at(step)) for step in _between(nodes)
        ):
            return nodes
    return tuple(range(counts[axis]))


def _nodes(count: int, few: int) -> tuple[int, ...]:
    """Some of the steps 0 … count-1, both ends among them, closer together towards the ends (as Chebyshev's)."""
    if few >= count:
        return tuple(range(count))
    # Quarter-circle places without trigonometry, which may differ in its last bit from machine to machine.
    even = [2 * at / (few - 1) - 1 for at in range(few)]
    places = [(x * (3 - x * x) / 2 + 1) / 2 for x in even]
    return tuple(dict.fromkeys(int(place * (count - 1) + 0.5) for place in places))


def _between(nodes: Sequence[int]) -> tuple[int, int]:
    """Two steps to try an interpolation at, where it is likely to be worst: between the first nodes and the last."""
    if len(nodes) < 2:
        return nodes[0], nodes[0]
    return (nodes[0] + nodes[1]) // 2, (nodes[-1] + nodes[-2] + 1) // 2


def _interpolated(point: Point, nodes: Sequence[Sequence[int]], answer: Callable[[Point], Answers]) -> Answers:
    """Lagrange's polynomial through the answers at all combinations of nodes, at a point; exact at the nodes."""
    base = answer(tuple(chosen[0] for chosen in nodes))
    weights = [_weights(at, chosen) for at, chosen in zip(point, nodes, strict=True)]
    total: dict[str, float] = {}
    for corner in product(*(range(len(chosen)) for chosen in nodes)):
        weight = 1.0
        for axis, at in enumerate(corner):
            weight *= weights[axis][at]
        if weight:
            place = tuple(nodes[axis][at] for axis, at in enumerate(corner))
            for name, value in answer(place).items():
                total[name] = total.get(name, 0.0) + weight * (value - base[name])
    return {name: base[name] + more for name, more in total.items()}


def _weights(at: int, nodes: Sequence[int]) -> list[float]:
    weights = []
    for one in nodes:
        weight = 1.0
        for other in nodes:
            if other != one:
                weight *= (at - other) / (one - other)
        weights.append(weight)
    return weights


def _close(made: Answers, true: Answers) -> bool:
    return all(abs(made[name] - value) <= CLOSE * max(1e-9, abs(value)) for name, value in true.items())

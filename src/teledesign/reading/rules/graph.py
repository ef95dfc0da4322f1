"""Which steps follow which, and under which values: the journey as graphs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.reading.rules.facts import Facts
from teledesign.scenario.incidents import Effect
from teledesign.scenario.journey import AGAIN, END
from teledesign.scenario.names import Kind, Name
from teledesign.scenario.tables import ChanceRow, ChanceTable

__all__ = ["ENDS", "Graph", "Journeys", "possible", "rows_of"]

Vector = NDArray[np.float64]
ENDS = (END, AGAIN)
MANY_STEPS = 10_000
"""Steps of one episode beyond which a loop is taken for a mistake."""


def possible(
    table: ChanceTable, incident_sets: Iterable[ChanceRow] = (), fixed: Mapping[str, str] | None = None
) -> set[str]:
    """The choices with a chance above 0 in some row, where names in `fixed` have that value."""
    found = {choice for row in rows_of(table, fixed or {}) for choice, chance in row.items() if chance > 0}
    return found | {choice for row in incident_sets for choice, chance in row.chances.items() if chance > 0}


def rows_of(table: ChanceTable, fixed: Mapping[str, str]) -> Iterator[Mapping[str, float]]:
    """Every row that can apply where names in `fixed` have that value, those that slices set too."""
    if table.row is not None:
        yield table.row.chances
    if table.given is not None and table.given in fixed:
        chosen = table.rows.get(fixed[table.given], table.otherwise)
        below = [chosen] if chosen is not None else []
    else:
        below = [*table.rows.values(), *([table.otherwise] if table.otherwise is not None else [])]
    for part in below:
        yield from rows_of(part, fixed)
    for piece in table.slices:
        fits = all(name not in fixed or fixed[name] in values for name, values in piece.where.items())
        if piece.set is not None and fits:
            yield piece.set.chances


@dataclass(frozen=True)
class Graph:
    """The steps of one episode that can follow each other under some values."""

    first: str
    after: Mapping[str, frozenset[str]]

    @cached_property
    def reachable(self) -> frozenset[str]:
        """The steps that can be entered."""
        return self.from_step(self.first)

    def from_step(self, step: str, without: str | None = None) -> frozenset[str]:
        """The steps that can be entered from a step (itself too), never passing `without`."""
        found: set[str] = set()
        todo = [step] if step != without else []
        while todo:
            here = todo.pop()
            if here in found or here not in self.after:
                continue
            found.add(here)
            todo += [name for name in self.after[here] if name != without]
        return frozenset(found)

    def always_before(self, step: str, earlier: str) -> bool:
        """Whether every way to a step passes the earlier one."""
        return step == earlier or step not in self.from_step(self.first, without=earlier)

    def can_end(self, step: str) -> bool:
        """Whether some end can be reached from a step."""
        return any(not self.after[name].isdisjoint(ENDS) for name in self.from_step(step))


class Journeys:
    """The graphs of a scenario's episodes, for all values or for one value of one name."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.sets: dict[str, list[tuple[Effect, ChanceRow]]] = {}
        for incident in facts.scenario.incidents.values():
            for effect in incident.effects:
                if effect.changes and isinstance(effect.set, ChanceRow):
                    self.sets.setdefault(effect.changes, []).append((effect, effect.set))

    def sets_of(self, address: str) -> list[ChanceRow]:
        """The rows that incidents may set a table to."""
        return [row for _, row in self.sets.get(address, [])]

    def graph(self, episode: str, fixed: Mapping[str, str] | None = None) -> Graph:
        """What can follow what in an episode, where names in `fixed` have that value."""
        held = self.facts.scenario.journey[episode]
        after = {
            name: frozenset(possible(step.next, self.sets_of(f"{episode}.{name}.next"), fixed))
            for name, step in held.steps.items()
        }
        return Graph(held.first, after)

    def values(self, name: Name) -> tuple[str, ...]:
        """The values of a name that can occur at all."""
        scenario = self.facts.scenario
        table: ChanceTable | None = None
        if name.kind is Kind.OUTCOME:
            found = possible(scenario.model.outcome, self.sets_of("model.outcome"))
            if scenario.people.holdback > 0 and scenario.model.holdback_gets:
                found.add(scenario.model.holdback_gets)
            return tuple(value for value in name.values if value in found)
        if name.kind is Kind.ATTRIBUTE:
            table = scenario.people.attributes[name.name].chances
        elif name.kind is Kind.DRAW:
            table = scenario.journey[name.holder].draws[name.name].chances
        if table is None:
            return name.values
        address = f"people.{name.name}" if name.kind is Kind.ATTRIBUTE else f"{name.holder}.{name.name}"
        found = possible(table, self.sets_of(address))
        return tuple(value for value in name.values if value in found)

    def can_enter(self, episode: str, name: Name, value: str) -> frozenset[str]:
        """The steps of an episode that can be entered where the name has the value."""
        return self._entered(episode, name, value, frozenset())

    def _entered(self, episode: str, name: Name, value: str, seen: frozenset[str]) -> frozenset[str]:
        if episode in seen or episode not in self.facts.scenario.journey:
            return frozenset()
        if not self._begins(episode, name, value, seen | {episode}):
            return frozenset()
        return self.graph(episode, {name.name: value}).reachable

    def _begins(self, episode: str, name: Name, value: str, seen: frozenset[str]) -> bool:
        """Whether an episode can begin where the name has the value."""
        if episode == self.facts.names.session or name.holder == episode:
            return name.holder != episode or name.kind is not Kind.RECEIVED or self._is_handed(episode, name, value)
        if name.is_of_a_user or name.kind is Kind.CALENDAR:
            return True
        return any(
            link.step in self._entered(link.parent, name, value, seen) for link in self.facts.names.parents(episode)
        )

    def _is_handed(self, episode: str, name: Name, value: str) -> bool:
        for link in self.facts.names.parents(episode):
            parent = self.facts.scenario.journey.get(link.parent)
            start = parent.steps[link.step].starts[episode] if parent else None
            if start is not None and start.holding.get(name.name) == value:
                return True
        return False

    def longest(self, episode: str) -> float:
        """A bound on the expected steps of an episode: in each step the row that leads on longest."""
        return self._worst(episode, 1.0, dict.fromkeys(ENDS, 0.0))

    def again_at_most(self, episode: str) -> float:
        """A bound on the chance that an episode ends with `again`: in each step the row likeliest to."""
        return self._worst(episode, 0.0, {END: 0.0, AGAIN: 1.0})

    def _worst(self, episode: str, per_step: float, at_the_end: Mapping[str, float]) -> float:
        """The largest expected sum of what steps and ends count, by policy iteration (Howard, 1960).

        Infinite where some choice of rows never ends.
        """
        steps = sorted(self.graph(episode).reachable)
        index = {step: position for position, step in enumerate(steps)}
        options = [self._options(episode, step, index, at_the_end) for step in steps]
        chosen = [0] * len(steps)
        value = np.zeros(len(steps))
        for _ in range(100):
            moves = np.array([rows[k][0] for rows, k in zip(options, chosen, strict=True)])
            ends = np.array([rows[k][1] for rows, k in zip(options, chosen, strict=True)])
            try:
                value = np.linalg.solve(np.eye(len(steps)) - moves, per_step + ends)
            except np.linalg.LinAlgError:
                return math.inf
            if not np.all(np.isfinite(value)) or value.min() < -1e-9:
                return math.inf
            better = [_best(rows, k, value) for rows, k in zip(options, chosen, strict=True)]
            if better == chosen:
                break
            chosen = better
        return float(value[index[self.facts.scenario.journey[episode].first]])

    def _options(
        self, episode: str, step: str, index: Mapping[str, int], at_the_end: Mapping[str, float]
    ) -> list[tuple[Vector, float]]:
        """The rows a step can have: chances to each step, and what its ends count."""
        table = self.facts.scenario.journey[episode].steps[step].next
        rows = [*rows_of(table, {}), *(row.chances for row in self.sets_of(f"{episode}.{step}.next"))]
        found = []
        for row in rows:
            moves = np.zeros(len(index))
            for name, chance in row.items():
                if name in index:
                    moves[index[name]] += chance
            found.append((moves, sum(chance * at_the_end.get(name, 0.0) for name, chance in row.items())))
        return found


def _best(rows: list[tuple[Vector, float]], chosen: int, value: Vector) -> int:
    """The row worth most; the chosen one where none is worth more."""
    worth = [float(moves @ value) + end for moves, end in rows]
    best = max(range(len(rows)), key=worth.__getitem__)
    return best if worth[best] > worth[chosen] + 1e-9 * abs(worth[chosen]) + 1e-12 else chosen

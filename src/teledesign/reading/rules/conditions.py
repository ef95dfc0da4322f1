"""Every condition of a scenario: each `given`, each `where`, with what is known where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.reading.rules.facts import Facts, Path, Values
from teledesign.reading.rules.placed import PlacedTable
from teledesign.scenario.incidents import Incident
from teledesign.scenario.metrics import Counted
from teledesign.scenario.tables import ChanceSlice, ChanceTable, NumberTable, SizeSlice, SizeTable

__all__ = ["Condition", "conditions_of"]


@dataclass(frozen=True)
class Condition:
    """A name that something hangs on, with the values it is compared with, each at its place."""

    path: Path
    name: str
    values: tuple[tuple[Path, str | float], ...]
    known: Mapping[str, Values]
    known_where: str


def conditions_of(facts: Facts) -> Iterator[Condition]:
    """Every condition of the scenario."""
    for placed in facts.tables:
        yield from _of_a_table(placed, placed.path, placed.table)
    yield from _of_incidents(facts)
    yield from _of_metrics(facts)
    users: dict[str, Values] = {name.name: name.values for name in facts.names.held_by("user")}
    for attribute, value in facts.scenario.people.unrecorded.items():
        path = ("people", "unrecorded", attribute)
        yield Condition(path, attribute, ((path, value),), users, "among the attributes")


def _of_a_table(placed: PlacedTable, path: Path, table: ChanceTable | SizeTable | NumberTable) -> Iterator[Condition]:
    known: dict[str, Values] = {name: held.values for name, held in placed.visible.items()}
    if table.given is not None:
        values = tuple(((*path, value), value) for value in table.rows)
        yield Condition((*path, "given"), table.given, values, known, "here")
    if isinstance(table, NumberTable):
        return
    for value, row in table.rows.items():
        yield from _of_a_table(placed, (*path, value), row)
    if table.otherwise is not None:
        yield from _of_a_table(placed, (*path, "else"), table.otherwise)
    slices: tuple[ChanceSlice | SizeSlice, ...] = table.slices
    for index, part in enumerate(slices):
        yield from where_conditions(part.where, (*path, "slices", index, "where"), known, "here")


def where_conditions(
    where: Mapping[str, tuple[str | float, ...]], path: Path, known: Mapping[str, Values], known_where: str
) -> Iterator[Condition]:
    """The conditions of one `where`."""
    for name, values in where.items():
        at = (*path, name)
        placed = tuple(((*at, index) if len(values) > 1 else at, value) for index, value in enumerate(values))
        yield Condition(at, name, placed, known, known_where)


def _of_incidents(facts: Facts) -> Iterator[Condition]:
    users: dict[str, Values] = {name.name: name.values for name in facts.names.held_by("user")}
    for name, incident in facts.scenario.incidents.items():
        path: Path = ("incidents", name)
        for index, effect in enumerate(incident.effects):
            known = {key: held.values for key, held in facts.visible_to(effect).items()}
            here = f"where effect {index + 1} strikes" if len(incident.effects) > 1 else "where the effect strikes"
            if not known:
                continue
            yield from where_conditions(incident.where, (*path, "where"), known, here)
            yield from where_conditions(effect.where, (*path, "effects", index, "where"), known, here)
            events = facts.recorded_events(effect) if effect.when else ()
            for event in events:
                if event in facts.columns:
                    at = (*path, "effects", index, "when")
                    yield from where_conditions(effect.when, at, facts.columns[event], f"in {event}")
        for attribute, value in (incident.brings.holding if incident.brings else {}).items():
            at = (*path, "brings", "holding", attribute)
            yield Condition(at, attribute, ((at, value),), users, "among the attributes")
        yield from _of_signals(facts, incident, path)


def _of_signals(facts: Facts, incident: Incident, path: Path) -> Iterator[Condition]:
    for key, signal in (("signal", incident.signal), ("decoy_signal", incident.decoy_signal)):
        metric = facts.scenario.metrics.get(signal.metric) if signal else None
        counted = metric.of if metric else None
        known = facts.known_to(counted) if counted else None
        if metric and metric.field:
            known = facts.columns.get(metric.field.partition(".")[0])
        if signal and known is not None:
            yield from where_conditions(signal.where, (*path, key, "where"), known, f"in the metric {signal.metric}")


def _of_metrics(facts: Facts) -> Iterator[Condition]:
    counted: list[tuple[Path, Counted | None]] = []
    for name, metric in facts.scenario.metrics.items():
        counted += [(("metrics", name, "of"), metric.of), (("metrics", name, "per"), metric.per)]
    for name, anchor in facts.scenario.anchors.items():
        counted += [(("anchors", name, "of"), anchor.of), (("anchors", name, "per"), anchor.per)]
    for path, count in counted:
        known = facts.known_to(count) if count else None
        if count is not None and known is not None:
            at = (*path, count.name) if count.name else (*path, "where")
            yield from where_conditions(count.where, at, known, f"of {count.target}")

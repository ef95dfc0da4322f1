"""Incidents: at work while the log runs, for somebody, one at a time, where a metric can see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from teledesign.reading.rules.effects import effects, is_person
from teledesign.reading.rules.events import metric_events
from teledesign.reading.rules.facts import Facts, Path, Said
from teledesign.reading.rules.graph import Journeys
from teledesign.reading.rules.people import share_at
from teledesign.scenario.incidents import Effect, Incident
from teledesign.scenario.metrics import PER_BUILT_IN
from teledesign.scenario.names import Kind, Name
from teledesign.scenario.quantities import DAY_S, Range
from teledesign.scenario.schedule import both
from teledesign.scenario.tables import ChanceSlice, ChanceTable, SizeSlice, SizeTable

Where = Mapping[str, tuple[str | float, ...]]


@dataclass(frozen=True)
class Window:
    """The moments at which an incident can be at work, over all its draws."""

    begins: float
    latest: float
    ends: float

    @classmethod
    def of(cls, incident: Incident) -> Window:
        """The widest window of an incident."""
        begins = incident.begins
        low, high = (begins.low, begins.high) if isinstance(begins, Range) else (begins, begins)
        return cls(low, high, high + incident.lasts + incident.fade)

    def overlaps(self, other: Window) -> bool:
        """Whether both can be at work at one moment."""
        return self.begins < other.ends and other.begins < self.ends


def windows_fit(facts: Facts) -> Iterator[Said]:
    """Incidents begin, last, and can show, before the log ends."""
    days = facts.scenario.product.clock.days
    for name, incident in facts.scenario.incidents.items():
        path = ("incidents", name)
        if Window.of(incident).latest >= days * DAY_S:
            message = f"the log ends with day {days}, before this begins. Begin earlier, or let clock.days be more"
            yield (*path, "begins"), message
        if incident.lasts <= 0:
            yield (*path, "lasts"), "what lasts no time never strikes. Write a time above 0, or for good"
        if incident.needs_days is not None and incident.needs_days > days:
            yield (*path, "needs_days"), f"the log has {days} days. Need fewer, or let clock.days be more"
        for index, month in enumerate(incident.season):
            if not 1 <= month <= 12:
                yield (*path, "season", index), f"{month} is no month. Write 1 to 12"


def empty_scopes(facts: Facts) -> Iterator[Said]:
    """Incidents that can hit nobody."""
    journeys = Journeys(facts)
    for name, incident in facts.scenario.incidents.items():
        scopes: list[tuple[Path, Where]] = [(("incidents", name, "where"), incident.where)]
        scopes += [
            (("incidents", name, "effects", index, "where"), effect.where)
            for index, effect in enumerate(incident.effects)
        ]
        for path, where in scopes:
            for condition, values in where.items():
                held = facts.names.get(condition.rpartition(".")[2])
                if held is None or not held.values or any(value not in held.values for value in values):
                    continue
                if not any(_occurs(facts, journeys, held, str(value), Window.of(incident)) for value in values):
                    what = f"nobody has {condition} {' or '.join(str(value) for value in values)}"
                    yield (
                        (*path, condition),
                        f"{what} while this lasts, so it hits nobody. Widen the scope or the window",
                    )


def _occurs(facts: Facts, journeys: Journeys, name: Name, value: str, window: Window) -> bool:
    if name.kind is not Kind.ROLLOUT:
        return value in journeys.values(name)
    rollout = facts.scenario.people.attributes[name.name].rollout
    if rollout is None:
        return True
    end = min(window.ends, facts.scenario.product.clock.days * DAY_S)
    points = rollout.breakpoints
    versions = list(points)
    at = versions.index(value)
    for moment in np.linspace(window.begins, max(window.begins, end - 1.0), 200):
        reached = min(share_at(points[version], float(moment)) for version in versions[: at + 1])
        after = share_at(points[versions[at + 1]], float(moment)) if at + 1 < len(versions) else 0.0
        if reached > after:
            return True
    return False


def sets_overlap(facts: Facts) -> Iterator[Said]:
    """Two `set`s that can both hold: which one counts would hang on the order of the file."""
    for placed in facts.tables:
        if isinstance(placed.table, ChanceTable | SizeTable):
            yield from _slices_overlap(placed.table, placed.path)
    found = [
        (path, name, incident, effect) for path, name, incident, effect in effects(facts) if effect.set is not None
    ]
    for at, (path, name, incident, effect) in enumerate(found):
        for _, other_name, other_incident, other in found[:at]:
            same = effect.changes == other.changes
            if not same or not _compatible(both(incident.where, effect.where), both(other_incident.where, other.where)):
                continue
            if incident.brings or other_incident.brings:
                continue  # what is said of the extra users comes last
            if name == other_name or Window.of(incident).overlaps(Window.of(other_incident)):
                whom = "another effect" if name == other_name else f"the incident {other_name}"
                message = f"{whom} sets {effect.changes} too, for the same people at the same time. Part them by where"
                yield (*path, "set"), message if name == other_name else f"{message} or time"


def _slices_overlap(table: ChanceTable | SizeTable, path: Path) -> Iterator[Said]:
    slices: tuple[ChanceSlice | SizeSlice, ...] = table.slices
    setting = [(index, part) for index, part in enumerate(slices) if part.set is not None]
    for at, (index, part) in enumerate(setting):
        for other_index, other in setting[:at]:
            if _compatible(part.where, other.where):
                message = f"slice {other_index + 1} sets the row too, for the same people. Part them by where"
                yield (*path, "slices", index, "set"), message
    for value, row in table.rows.items():
        yield from _slices_overlap(row, (*path, value))
    if table.otherwise is not None:
        yield from _slices_overlap(table.otherwise, (*path, "else"))


def _compatible(one: Where, other: Where) -> bool:
    return all(name not in other or set(values) & set(other[name]) for name, values in one.items())


def unseen_effects(facts: Facts) -> Iterator[Said]:
    """Incidents that no metric can show."""
    for name, incident in facts.scenario.incidents.items():
        if incident.brings is not None or not incident.effects:
            continue
        if not all(_strikes_something(facts, effect) for effect in incident.effects):
            continue
        touched = [_touched(facts, effect) for effect in incident.effects]
        counted = {target for metric in facts.scenario.metrics.values() for target in metric_events(metric)}
        if any(everything or counted & targets for everything, targets in touched):
            continue
        yield ("incidents", name), "no metric counts anything that this changes. Add a metric in which it shows"


def _strikes_something(facts: Facts, effect: Effect) -> bool:
    """Whether what an effect names exists; other rules speak of it where not."""
    if effect.changes:
        return effect.changes in facts.by_address or is_person(facts, effect.changes)
    return all(event in facts.scenario.events for event in facts.recorded_events(effect))


def _touched(facts: Facts, effect: Effect) -> tuple[bool, set[str]]:
    """Whether an effect touches everything, and the events, steps and built-in counts it touches."""
    if effect.changes:
        target = facts.by_address.get(effect.changes)
        episode = target.episode if target else effect.changes.partition(".")[0]
        if episode is None:
            return True, set()
        below = {name for name in facts.names.episodes if episode in facts.names.line(name)}
        written = {event for event, all_of in facts.writings.items() if any(w.episode in below for w in all_of)}
        return False, written | {step for step in facts.step_names if step.partition(".")[0] in below}
    if effect.volume is not None or effect.verb in ("loses", "duplicates", "delays", "shifts_clock"):
        return True, set()
    return False, {*facts.recorded_events(effect), *(PER_BUILT_IN[3:]), "seq_gaps"}

"""What the rules ask about a scenario: its tables and the names known there, its conditions, who writes an event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from teledesign.findings import nearest
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE, Event, EventField
from teledesign.scenario.incidents import Effect, Incident
from teledesign.scenario.journey import Emission, Step
from teledesign.scenario.metrics import OF_BUILT_IN, PER_BUILT_IN, Counted
from teledesign.scenario.names import Kind, Name, Names
from teledesign.scenario.tables import ChanceSlice, ChanceTable, NumberTable, SizeSlice, SizeTable

__all__ = ["Condition", "Facts", "Path", "PlacedTable", "Said", "Values", "Writing", "remedy"]

Path = tuple[str | int, ...]
Said = tuple[Path, str]
"""Where a rule found something, and what it says: what is wrong, a full stop, what to do."""
Values = tuple[str | float, ...] | None
"""The values a name can have: none at all for a number, None where nobody can tell."""


@dataclass(frozen=True)
class PlacedTable:
    """A table, where it stands in the file and what may be named in it."""

    path: Path
    table: ChanceTable | SizeTable | NumberTable
    visible: Mapping[str, Name]
    episode: str | None = None
    step: str | None = None
    address: str | None = None
    """How incidents and forms call it: `face.suggested.next`; none where they cannot change it."""


@dataclass(frozen=True)
class Condition:
    """A name that something hangs on, with the values it is compared with, each at its place."""

    path: Path
    name: str
    values: tuple[tuple[Path, str | float], ...]
    known: Mapping[str, Values]
    known_where: str


@dataclass(frozen=True)
class Writing:
    """A step that writes an event; `emission` is none for a beat."""

    episode: str
    step: str
    path: Path
    emission: Emission | None


@dataclass(frozen=True)
class Facts:
    """A scenario as rules see it."""

    scenario: Scenario
    data: object
    """The document the scenario was read from."""
    folder: str | None
    """The folder the file lies in, where that should be the scenario's id."""
    course_date: dt.date | None

    @cached_property
    def names(self) -> Names:
        """Every name of the scenario."""
        return Names.of(self.scenario)

    @cached_property
    def tables(self) -> tuple[PlacedTable, ...]:
        """Every table, in the order of the file."""
        return tuple(_tables(self.scenario, self.names))

    @cached_property
    def by_address(self) -> Mapping[str, PlacedTable]:
        """The tables of the world by the path that incidents and forms call them."""
        return {table.address: table for table in self.tables if table.address}

    @cached_property
    def writings(self) -> Mapping[str, tuple[Writing, ...]]:
        """Event -> the steps that write it."""
        found: dict[str, list[Writing]] = {}
        for episode, step_name, step, path in self.steps:
            for emission in step.emits:
                writing = Writing(episode, step_name, (*path, "emits", emission.event), emission)
                found.setdefault(emission.event, []).append(writing)
            for event in step.beats:
                found.setdefault(event, []).append(Writing(episode, step_name, (*path, "beats", event), None))
        return {event: tuple(writings) for event, writings in found.items()}

    @property
    def steps(self) -> Iterator[tuple[str, str, Step, Path]]:
        """Every step: episode, name, step, path."""
        for episode_name, episode in self.scenario.journey.items():
            for name, step in episode.steps.items():
                yield episode_name, name, step, ("journey", episode_name, "steps", name)

    def step(self, dotted: str) -> Step | None:
        """The step called `episode.step`, if there is one."""
        episode, _, name = dotted.partition(".")
        held = self.scenario.journey.get(episode)
        return held.steps.get(name) if held else None

    @cached_property
    def step_names(self) -> tuple[str, ...]:
        """`episode.step` of all."""
        return tuple(f"{episode}.{name}" for episode, name, _, _ in self.steps)

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, Values]]:
        """Event -> column -> its values: the envelope, then the event's own fields."""
        envelope = {column: self._envelope_values(column) for column in ENVELOPE}
        return {
            name: {**envelope, **{field: self._field_values(name, event, field) for field in event.fields}}
            for name, event in self.scenario.events.items()
        }

    def _envelope_values(self, column: str) -> Values:
        if column == "variant":
            return ("holdback", "on")
        known = self.names.get(column)
        return known.values if known is not None and known.is_of_a_user else None

    def _field_values(self, event: str, held: Event, field: str) -> Values:
        origin: EventField = held.fields[field]
        if origin.copied:
            known = self.names.get(origin.copied)
            return known.values if known is not None else None
        if origin.draw:
            return origin.draw.chances.choices if origin.draw.chances else ()
        if origin.always is not None:
            return (origin.always,)
        if origin.given_by:
            emissions = [writing.emission for writing in self.writings.get(event, ()) if writing.emission]
            handed = [emission.hands[field] for emission in emissions if field in emission.hands]
            return tuple(v for value in handed for v in (value.choices if isinstance(value, ChanceTable) else (value,)))
        return () if origin.elapsed_since else None

    def known_to_step(self, step: str) -> Mapping[str, Values]:
        """What `where` may name of a step of truth: every name its steps may use."""
        episode = step.partition(".")[0]
        return {name: held.values for name, held in self.names.visible(episode).items()}

    def known_to(self, counted: Counted) -> Mapping[str, Values] | None:
        """What `where` may name of what is counted; none where it is unknown (another rule says so)."""
        if counted.is_truth:
            return self.known_to_step(counted.target) if self.step(counted.target) else None
        if counted.target in (*PER_BUILT_IN, *OF_BUILT_IN):
            return dict.fromkeys(ENVELOPE) | {name.name: name.values for name in self.names.held_by("user")}
        return self.columns.get(counted.target)

    def number_table(self, name: Name) -> SizeTable | None:
        """The table a number is drawn from."""
        if name.kind is Kind.SCORE:
            return self.scenario.model.score
        if name.kind is Kind.LATENCY:
            return self.scenario.model.latency
        held = self.scenario.journey.get(name.holder)
        draw = held.draws.get(name.name) if held else None
        return draw.size if draw else None

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition of the scenario."""
        return tuple(_conditions(self))

    def recorded_events(self, effect: Effect) -> tuple[str, ...]:
        """The events a recording effect touches."""
        for listed in (effect.stops, effect.repeats, effect.samples):
            if listed:
                return tuple(self.client_events) if "all" in listed else listed
        for field in (effect.writes, effect.renames, effect.rescales, effect.blanks):
            if field:
                event, dot, _ = field.partition(".")
                return (event,) if dot else tuple(self.client_events)
        if effect.sends:
            return (effect.sends,)
        return tuple(self.client_events)

    @cached_property
    def client_events(self) -> tuple[str, ...]:
        """The events that clients write."""
        return tuple(
            n for n, event in self.scenario.events.items() if event.recorded_by == "client" and n in self.writings
        )

    def visible_to(self, effect: Effect) -> Mapping[str, Name]:
        """The names that can narrow the scope of an effect: those known wherever it strikes."""
        if effect.changes:
            episode, _, last = effect.changes.partition(".")
            if last == "person" and episode in self.scenario.journey:
                return self.names.visible(episode)
            table = self.by_address.get(effect.changes)
            return table.visible if table else {}
        if effect.volume is not None:
            return {name.name: name for name in self.names.held_by("user")}
        episodes = dict.fromkeys(w.episode for e in self.recorded_events(effect) for w in self.writings.get(e, ()))
        if effect.sends and effect.at:
            episodes = {effect.at.partition(".")[0]: None}
        shared = [self.names.visible(episode) for episode in episodes if episode in self.scenario.journey]
        first = shared[0] if shared else {name.name: name for name in self.names.held_by("user")}
        return {name: held for name, held in first.items() if all(name in other for other in shared)}


def remedy(name: str, known: Iterable[str]) -> str:
    """What to do about an unknown name: the nearest one, or what there is."""
    names = list(dict.fromkeys(known))
    close = nearest(name, names)
    if close:
        return f"Did you mean {close}?"
    if not names:
        return "Take it out"
    return (
        f"Use {names[0]}"
        if len(names) == 1
        else f"Use one of {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
    )


def _tables(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    yield from _of_people(scenario, names)
    yield from _of_the_model(scenario, names)
    yield from _of_the_journey(scenario, names)
    yield from _of_fields(scenario, names)
    yield from _of_delivery(scenario, names)


def _of_people(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    for name, attribute in scenario.people.attributes.items():
        if attribute.chances:
            visible = names.visible_to_attribute(name)
            path = ("people", "attributes", name)
            yield PlacedTable(path, attribute.chances, visible, address=f"people.{name}")


def _of_the_model(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    carrier = scenario.model.for_each
    for name in ("outcome", "score", "latency"):
        table = getattr(scenario.model, name)
        if table is not None and carrier in scenario.journey:
            visible = names.visible(carrier, name)
            yield PlacedTable(("model", name), table, visible, carrier, address=f"model.{name}")


def _of_the_journey(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    for episode_name, episode in scenario.journey.items():
        here = ("journey", episode_name)
        for name, draw in episode.draws.items():
            table = draw.chances or draw.size
            if table is not None:
                visible = names.visible(episode_name, name)
                address = f"{episode_name}.{name}"
                yield PlacedTable((*here, "draws", name), table, visible, episode_name, address=address)
        visible = names.visible(episode_name)
        for name, step in episode.steps.items():
            at = (*here, "steps", name)
            for key, table in (("takes", step.takes), ("next", step.next)):
                if table is not None:
                    address = f"{episode_name}.{name}.{key}"
                    yield PlacedTable((*at, key), table, visible, episode_name, name, address)
            for child, start in step.starts.items():
                for key, size in (("count", start.count), ("after", start.after)):
                    if size is not None:
                        address = f"{episode_name}.{name}.starts.{child}.{key}"
                        yield PlacedTable((*at, "starts", child, key), size, visible, episode_name, name, address)
            for emission in step.emits:
                for field, handed in emission.hands.items():
                    if isinstance(handed, ChanceTable):
                        path = (*at, "emits", emission.event, field)
                        address = f"{episode_name}.{name}.emits.{emission.event}.{field}"
                        yield PlacedTable(path, handed, visible, episode_name, name, address)


def _of_fields(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    """The tables of fields drawn for a row, once per step that writes the row."""
    for episode_name, episode in scenario.journey.items():
        for step_name, step in episode.steps.items():
            for event in dict.fromkeys([*(emission.event for emission in step.emits), *step.beats]):
                fields = scenario.events[event].fields if event in scenario.events else {}
                for name, field in fields.items():
                    table = (field.draw.chances or field.draw.size) if field.draw else None
                    if table is not None:
                        path = ("events", event, "fields", name, "draw")
                        visible, address = names.visible(episode_name), f"events.{event}.{name}"
                        yield PlacedTable(path, table, visible, episode_name, step_name, address)


def _of_delivery(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    delivery = scenario.delivery
    found: list[tuple[Path, NumberTable | SizeTable | None]] = [
        (("delivery", "loss"), delivery.loss),
        (("delivery", "delay"), delivery.delay),
        (("delivery", "duplicates", "chance"), delivery.duplicates.chance if delivery.duplicates else None),
        (("delivery", "offline", "chance"), delivery.offline.chance if delivery.offline else None),
        (("delivery", "offline", "delay"), delivery.offline.delay if delivery.offline else None),
        (("delivery", "clock", "wrong_by"), delivery.clock.wrong_by if delivery.clock else None),
    ]
    users = {name.name: name for name in names.held_by("user")}
    for path, table in found:
        if table is not None:
            yield PlacedTable(path, table, users)


def _conditions(facts: Facts) -> Iterator[Condition]:
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


def is_number(held: Name | None) -> bool:
    """Whether a name is known and stands for a number."""
    return held is not None and (held.is_number or held.kind is Kind.NUMBER)

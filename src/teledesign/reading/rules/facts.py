"""What the rules ask about a scenario: its tables and the names known there, who writes an event, what it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from teledesign.expectation import Expectation, expected_of
from teledesign.findings import nearest
from teledesign.reading.rules.placed import Path, PlacedTable, placed_tables
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE, Event, EventField
from teledesign.scenario.incidents import Effect, Incident
from teledesign.scenario.journey import Emission, Step
from teledesign.scenario.metrics import OF_BUILT_IN, PER_BUILT_IN, Counted
from teledesign.scenario.names import Kind, Name, Names
from teledesign.scenario.schedule import settled
from teledesign.scenario.tables import ChanceTable, SizeTable

__all__ = ["Facts", "Path", "Said", "Values", "Writing", "is_number", "remedy"]

Said = tuple[Path, str]
"""Where a rule found something, and what it says: what is wrong, a full stop, what to do."""
Values = tuple[str | float, ...] | None
"""The values a name can have: none at all for a number, None where nobody can tell."""


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
    def expectation(self) -> Expectation:
        """What the scenario leads one to expect.  Only for one without other mistakes."""
        return expected_of(self.scenario)

    def ends_of(self, incident: str) -> tuple[Incident, ...]:
        """An incident with all its ranges at their lower ends, and with all at their upper ends; once without any."""
        if incident not in self._ends:
            held = self.scenario.incidents[incident]
            low, high = settled(held, lambda _: 0.0), settled(held, lambda _: 1.0)
            self._ends[incident] = (low,) if low is high else (low, high)
        return self._ends[incident]

    @cached_property
    def _ends(self) -> dict[str, tuple[Incident, ...]]:
        return {}

    @cached_property
    def tables(self) -> tuple[PlacedTable, ...]:
        """Every table, in the order of the file."""
        return tuple(placed_tables(self.scenario, self.names))

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


def is_number(held: Name | None) -> bool:
    """Whether a name is known and stands for a number."""
    return held is not None and (held.is_number or held.kind is Kind.NUMBER)

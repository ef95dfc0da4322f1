"""What a log's rows hold: the envelope, the union of all events' fields, and a record per event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from teledesign.findings import Refusal
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE, EventField
from teledesign.scenario.faults import FaultPlan
from teledesign.scenario.names import Names
from teledesign.simulation.rows.columns import (
    RATE_DECIMALS,
    VARIANTS,
    Column,
    Type,
    column_of,
    merged_with,
    printable,
    with_lies,
)
from teledesign.simulation.rows.kinds import Kinds, field_name, printed_kinds, row_kinds

if TYPE_CHECKING:
    from teledesign.design import Collected, Design

__all__ = ["EventLayout", "Layout", "causes_among", "rows_of"]

MOST_FAULTS = 27
"""Effects a row can remember, beside what ordinary weather does to it: see `faults`."""


@dataclass(frozen=True)
class EventLayout:
    """One event's own fields by name: their origins and columns.  What no step writes has no rows and no columns."""

    name: str
    code: int
    by_server: bool
    has_rows: bool
    fields: Mapping[str, EventField]
    columns: Mapping[str, Column]
    causes: int
    struck: str = ""
    """The NumPy type of `struck` (see `scenario.faults`); empty where nothing befalls rows."""
    is_sampled: bool = False
    """Whether its rows can have a `sample_rate` other than 1."""
    is_played: bool = True
    """Whether its rows are looked at at all: some are only counted up into a summary."""
    is_summary: bool = False
    """Whether its rows are counts of others, made on the device."""
    says: str = ""
    """What its rows say."""

    @cached_property
    def kinds(self) -> Kinds:
        """What is kept of one row while a block is played: what every row has, then the event's own fields.

        `struck` says which effects of incidents hit it; `rate` is what `sample_rate` says of it.
        """
        return {
            **row_kinds(self.causes),
            **({"rate": "u4"} if self.is_sampled else {}),
            **({"struck": self.struck} if self.struck else {}),
            **self.field_kinds,
        }

    @cached_property
    def field_kinds(self) -> Kinds:
        """The event's own fields among them."""
        return {field_name(name): column.dtype for name, column in self.columns.items()}


@dataclass(frozen=True)
class Layout:
    """The columns of a scenario's log, made with `Layout.of(scenario)`: the scenario's events, then summaries."""

    events: tuple[EventLayout, ...]
    envelope: tuple[Column, ...]
    fields: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column, in the order written."""
        return self.envelope + self.fields

    @cached_property
    def causes(self) -> int:
        """Persons a row depends on beside its user: as many as any event's rows do."""
        return max((event.causes for event in self.events), default=0)

    @cached_property
    def kinds(self) -> Kinds:
        """What every row of a log has, whatever its event: `event` is its code, `rate` only where one is sampled."""
        return {**row_kinds(self.causes), **self.printed_kinds}

    @cached_property
    def printed_kinds(self) -> Kinds:
        """What of that is needed to print a row."""
        is_sampled = any(event.is_sampled for event in self.events)
        return {**printed_kinds(), **({"rate": "u4"} if is_sampled else {}), "event": "u2"}

    @property
    def summaries(self) -> tuple[EventLayout, ...]:
        """The summaries of a design, in its order."""
        return tuple(event for event in self.events if event.is_summary)

    @classmethod
    def of(cls, scenario: Scenario, faults: Sequence[FaultPlan] = (), design: Design | None = None) -> Layout:
        """The layout of a scenario's log, or of what a design keeps of it.

        `faults` say what has to be kept between the passes, and change no column.  Raises Refusal for fields that
        cannot stand in one column.
        """
        return _Maker(scenario, tuple(faults), design).layout()


@dataclass(frozen=True)
class _Maker:
    scenario: Scenario
    faults: tuple[FaultPlan, ...]
    design: Design | None

    @cached_property
    def names(self) -> Names:
        return Names.of(self.scenario)

    @cached_property
    def collected(self) -> Mapping[str, Collected | None]:
        """How each event that has rows is collected; whole, if nothing is said of it."""
        if self.design is None:
            return dict.fromkeys(self.scenario.events)
        return self.design.collected(self.scenario)

    @cached_property
    def emitters(self) -> Mapping[str, tuple[str, ...]]:
        return {name: _emitters(self.scenario, name) for name in self.scenario.events}

    def layout(self) -> Layout:
        merged: dict[str, Column] = {}
        for event, name, column in _all_fields(self.scenario, self.names):
            if name in ENVELOPE:
                raise Refusal(f"the field {name} of {event} has the name of an envelope column. Rename it")
            if self.keeps(event, name):
                merged[name] = merged_with(merged.get(name), column, event)
        events = [self.event(code, name, merged) for code, name in enumerate(self.scenario.events)]
        events += self.summaries(len(events))
        merged |= {name: column for event in events if event.is_summary for name, column in event.columns.items()}
        kinds = tuple(event.name for event in events)
        return Layout(tuple(events), _envelope(self.scenario, self.names, kinds), tuple(merged.values()))

    def event(self, code: int, name: str, merged: Mapping[str, Column]) -> EventLayout:
        event = self.scenario.events[name]
        counted_up = {of for summary in (self.design.summaries.values() if self.design else ()) for of in summary.of}
        has_rows = bool(self.emitters[name]) and name in self.collected
        kept = [field for field in event.fields if has_rows and self.keeps(name, field)]
        weighed = {number for fault in self.faults if fault.effect.says_so == "yes" for number in fault.events}
        struck = _struck_type(len(self.faults))
        return EventLayout(
            name=name,
            code=code,
            by_server=event.recorded_by == "server",
            has_rows=has_rows,
            fields=event.fields,
            columns={field: merged[field] for field in kept},
            causes=causes_among(self.names, self.emitters[name]),
            struck="" if event.recorded_by == "server" else struck,
            is_sampled=code in weighed or (name in self.collected and self.is_sampled(self.collected[name])),
            is_played=has_rows or name in counted_up,
            says=str(event.says),
        )

    def keeps(self, event: str, field: str) -> bool:
        if event not in self.collected:
            return False
        collected = self.collected[event]
        return collected is None or collected.keeps(field)

    def is_sampled(self, collected: Collected | None) -> bool:
        if self.design is None:
            return False
        keep = self.design.sampling.keep if collected is None or collected.keep is None else collected.keep
        return keep < 1 or self.design.targeting.share < 1

    def summaries(self, first: int) -> list[EventLayout]:
        held = self.design.summaries if self.design else {}
        taken = [name for name in held if name in self.scenario.events]
        if taken:
            raise Refusal(f"the summary {taken[0]} has the name of an event. Rename it")
        return [
            EventLayout(
                name=name,
                code=first + number,
                by_server=False,
                has_rows=True,
                fields={},
                columns={rows_of(event): Column(rows_of(event), Type.NUMBER) for event in summary.of},
                causes=max(causes_among(self.names, self.emitters[event]) for event in summary.of),
                is_sampled=self.is_sampled(None),
                is_summary=True,
                says=str(summary.says or "Rows counted up on the device."),
            )
            for number, (name, summary) in enumerate(held.items())
        ]


def rows_of(event: str) -> str:
    """The column of a summary that counts the rows of an event."""
    return f"rows_of_{event}"


def _struck_type(bits: int) -> str:
    """The smallest type with so many bits; none for no bits.  Raises Refusal where there are too many."""
    if bits > MOST_FAULTS:
        raise Refusal(f"{bits} effects on rows are too many for one log. Let at most {MOST_FAULTS} run at once")
    return next((f"u{size}" for size in (1, 2, 4, 8) if bits <= 8 * size), "u8") if bits else ""


def _envelope(scenario: Scenario, names: Names, events: tuple[str, ...]) -> tuple[Column, ...]:
    kinds = {
        "event_id": Column("event_id", Type.ID),
        "event": Column("event", Type.TEXT, values=events),
        "ts": Column("ts", Type.TIME),
        "received_at": Column("received_at", Type.TIME),
        "user_id": Column("user_id", Type.USER, prefix="u"),
        "session_id": Column("session_id", Type.ID, prefix="s"),
        "interaction_id": Column("interaction_id", Type.ID, prefix="i"),
        "seq": Column("seq", Type.NUMBER),
        "variant": Column("variant", Type.TEXT, values=VARIANTS),
        "sample_rate": Column("sample_rate", Type.NUMBER, decimals=RATE_DECIMALS),
    }
    for name in ("platform", "app_version", "model_version"):
        known = names.get(name)
        values = known.values if known is not None and known.is_of_a_user else ()
        kinds[name] = Column(name, Type.TEXT, values=printable(name, values))
    return tuple(kinds[name] for name in ENVELOPE)


def _emitters(scenario: Scenario, event: str) -> tuple[str, ...]:
    """The episodes whose steps write an event."""
    return tuple(
        name
        for name, episode in scenario.journey.items()
        if any(event in step.beats or any(e.event == event for e in step.emits) for step in episode.steps.values())
    )


def causes_among(names: Names, episodes: tuple[str, ...]) -> int:
    """How many other persons' doings a row of these episodes can depend on: hand-overs `by` on the way to it."""

    def handed_over(episode: str, seen: frozenset[str]) -> int:
        if episode in seen:
            return 0
        parents = names.parents(episode)
        return max(
            (handed_over(link.parent, seen | {episode}) + (link.by is not None) for link in parents),
            default=0,
        )

    return max((handed_over(episode, frozenset()) for episode in episodes), default=0)


def _all_fields(scenario: Scenario, names: Names) -> list[tuple[str, str, Column]]:
    return [
        (
            event_name,
            field_name,
            with_lies(scenario, event_name, column_of(scenario, names, event_name, field_name, field)),
        )
        for event_name, event in scenario.events.items()
        if _emitters(scenario, event_name)
        for field_name, field in event.fields.items()
    ]

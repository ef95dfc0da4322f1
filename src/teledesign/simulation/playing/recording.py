"""What the log would hold of a block: one record per event written, fields gathered only now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario.events import EventField
from teledesign.scenario.names import HOLDBACK
from teledesign.scenario.quantities import SECONDS
from teledesign.simulation.luck.chance import Choices
from teledesign.simulation.luck.draws import Ids, hashed
from teledesign.simulation.playing.frames import INCIDENT, Frame, Integers
from teledesign.simulation.playing.marks import marks, sent_by
from teledesign.simulation.playing.played import Moments, Played
from teledesign.simulation.playing.script import EmissionScript, Script, StepScript
from teledesign.simulation.rows.columns import NO_CODE, NOTHING, RATE_DECIMALS, Column, Type, decimals_of
from teledesign.simulation.rows.kinds import LONG_BEFORE, cause_at, cause_user, field_name, session_kinds, who_kinds
from teledesign.simulation.rows.layout import EventLayout
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.rows.records import Records

__all__ = ["Recorder", "Written", "cause_count", "causes_of"]

ENVELOPE_ATTRIBUTES = ("platform", "app_version", "model_version")


@dataclass(frozen=True)
class Written:
    """Rows of a frame that wrote an event."""

    frame: Frame
    step: StepScript
    emission: EmissionScript
    rows: Integers
    after: Integers
    order: Integers
    visit: Integers | int

    @cached_property
    def ids(self) -> Ids:
        """The address of each row: what its own draws go by."""
        return hashed(self.frame.ids[self.rows], self.emission.key, self.visit)

    @cached_property
    def at(self) -> Integers:
        """When each row was written."""
        return self.frame.at[self.rows] + self.after

    def column(self, name: str) -> npt.NDArray[Any]:
        """The codes or numbers of a name for these rows."""
        if name.startswith(INCIDENT):
            return self.frame.struck(name, self.rows, self.at).view(np.uint8)
        return self.frame.column_at(name, self.rows)

    def kept(self, keep: npt.NDArray[np.bool_]) -> Written:
        """Some of the rows."""
        if keep.all():
            return self
        visit = self.visit if isinstance(self.visit, int) else self.visit[keep]
        return Written(self.frame, self.step, self.emission, self.rows[keep], self.after[keep], self.order[keep], visit)


class Recorder:
    """Turns what was played into records; sessions of a block are numbered as they are met."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.sessions = 0
        self._numbers: dict[int, tuple[Frame, int]] = {}
        self._packed: dict[tuple[int, int], Records] = {}
        self._seen: dict[int, npt.NDArray[np.bool_]] = {}

    def record(self, played: Iterable[Played]) -> list[Recorded]:
        """The records of all events that anything played wrote."""
        by_event: dict[int, list[Written]] = {}
        for part in played:
            for (step_number, kind, place), moments in part.emitted.items():
                step = part.frame.episode.steps[step_number]
                emission = getattr(step, kind)[place]
                if not self.script.layout.events[emission.plan.event].is_played:
                    continue
                for one in moments:
                    written = self._in_the_log(part.frame, step, emission, one)
                    if len(written.rows):
                        by_event.setdefault(emission.plan.event, []).append(written)
        return [self.recorded(self.script.layout.events[event], by_event[event]) for event in sorted(by_event)]

    def _in_the_log(self, frame: Frame, step: StepScript, emission: EmissionScript, here: Moments) -> Written:
        """The rows of clients that record (servers always do)."""
        written = Written(frame, step, emission, here.rows, here.after, here.order, here.visit)
        if emission.fault is not None:
            written = written.kept(sent_by(emission.fault, frame, written.rows, written.at, written.ids))
        if not self.script.plan.by_server[emission.plan.event] and self.script.plan.unrecorded:
            anchor, rows = frame.anchor
            seen = self.seen(anchor)
            written = written.kept(seen[written.rows if rows is None else rows[written.rows]])
        return written

    def seen(self, anchor: Frame) -> npt.NDArray[np.bool_]:
        """Whether the clients of sessions record."""
        if id(anchor) not in self._seen:
            self._seen[id(anchor)] = self.script.population.recorded(anchor.users, anchor.session_at)
        return self._seen[id(anchor)]

    def recorded(self, layout: EventLayout, parts: list[Written]) -> Recorded:
        """Records of one event, as if every client recorded."""
        total = sum(len(part.rows) for part in parts)
        records = Records.empty(layout.kinds, total)
        for name in ("fate", "clock"):
            records[name] = 0
        if layout.is_sampled:
            records["rate"] = 10**RATE_DECIMALS
        session, order = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
        first = 0
        for part in parts:
            here = slice(first, first + len(part.rows))
            first = here.stop
            anchor, rows = part.frame.anchor
            place = part.rows if rows is None else rows[part.rows]
            session[here] = self._number(anchor) + place
            order[here] = part.frame.happened[part.rows] + part.order
            records["at"][here] = part.at
            records["key"][here] = part.ids
            for name, values in self.packed(anchor, layout.causes).columns.items():
                values.take(place, out=records[name][here], mode="clip")  # "raise" would copy it once more
            records["interaction"][here] = interaction_ids(part.frame, part.rows)
            if layout.struck:
                records["struck"][here] = marks(
                    self.script.plan.faults,
                    part.frame,
                    part.rows,
                    records["at"][here],
                    layout.code,
                    part.emission.fault,
                )
            for name, column in layout.columns.items():
                records[field_name(name)][here] = self._field(part, name, layout.fields[name], column)
        return Recorded(layout, records, session, order)

    @property
    def anchors(self) -> list[Frame]:
        """The frames of the sessions met so far, in the order in which they are numbered."""
        return [frame for frame, _ in self._numbers.values()]

    def _number(self, anchor: Frame) -> int:
        """The number of the first session of a frame; the frame is held so that its identity stays its own."""
        if id(anchor) not in self._numbers:
            self._numbers[id(anchor)] = (anchor, self.sessions)
            self.sessions += len(anchor)
        return self._numbers[id(anchor)][1]

    def packed(self, anchor: Frame, causes: int) -> Records:
        """What all rows of a session share, one record per session of a frame."""
        key = (id(anchor), causes)
        if key not in self._packed:
            self._number(anchor)
            self._packed[key] = self._pack(anchor, causes)
        return self._packed[key]

    def who(self, anchor: Frame) -> Records:
        """Of that, only the user and on whose staying all depends."""
        causes = cause_count(anchor)
        return self.packed(anchor, causes).only(who_kinds(causes))

    def _pack(self, anchor: Frame, causes: int) -> Records:
        found = Records.empty(session_kinds(causes), len(anchor))
        found["user"] = anchor.users
        found["session"] = anchor.ids
        for name in ENVELOPE_ATTRIBUTES:
            known = self.script.plan.names.get(name)
            found[name] = anchor.column(name) if known is not None and known.is_of_a_user else NO_CODE
        found["variant"] = anchor.column(HOLDBACK)
        depends_on = causes_of(anchor)
        for number in range(causes):
            users, moments = depends_on[number] if number < len(depends_on) else (anchor.users, LONG_BEFORE)
            found[cause_user(number)] = users
            found[cause_at(number)] = moments
        return found

    # Fields

    def _field(self, part: Written, name: str, field: EventField, column: Column) -> npt.NDArray[Any] | int:
        if field.copied is not None:
            return self._copied(part, field, column)
        if field.draw is not None:
            return self._drawn(part, name, field, column)
        if field.elapsed_since is not None:
            waited = elapsed(part, field.elapsed_since)
            return np.where(waited < 0, NOTHING[Type.NUMBER], multiples(waited / 1000.0, field, column))
        if field.id is not None:
            return ids_of(part.frame, field.id, part.rows)
        if field.person is not None:
            return part.frame.person(field.person)[part.rows]
        if field.always is not None:
            return constant(field.always, column)
        return self._handed(part, name, column)

    def _copied(self, part: Written, field: EventField, column: Column) -> npt.NDArray[Any]:
        assert field.copied is not None
        values = part.column(field.copied)
        known = self.script.plan.names.get(field.copied)
        if known is not None and known.values:
            return codes_of(known.values, column)[np.asarray(values, dtype=np.int64)]
        return multiples(np.asarray(values, dtype=np.float64), field, column)

    def _drawn(self, part: Written, name: str, field: EventField, column: Column) -> npt.NDArray[Any]:
        drawn = part.emission.fields[name]

        def bits() -> Ids:
            return hashed(part.ids, drawn.key)

        if isinstance(drawn.table, Choices):
            codes = codes_of(drawn.table.baked.choices, column)
            return codes[drawn.table.choose(part.column, len(part.rows), bits)]
        return multiples(drawn.table.draw(part.column, len(part.rows), bits), field, column)

    def _handed(self, part: Written, name: str, column: Column) -> npt.NDArray[Any] | int:
        table = part.emission.hands.get(name)
        if table is None:
            value = part.emission.plan.hands.get(name)
            if value is None:
                return NO_CODE if column.type is Type.TEXT else NOTHING[column.type]
            assert isinstance(value, str | float | int)
            return constant(value, column)
        key = self.script.population.key(f"events.{self.script.plan.events[part.emission.plan.event]}.{name}")
        codes = codes_of(table.baked.choices, column)
        return codes[table.choose(part.column, len(part.rows), lambda: hashed(part.ids, key))]


def causes_of(anchor: Frame) -> list[tuple[Integers, Integers]]:
    """Who must still have been there when their session began, for these sessions to come about."""
    if anchor.parent is None:
        return []
    parent, rows = anchor.parent.anchor
    place = anchor.row if rows is None else rows[anchor.row]
    before = [(users[place], moments[place]) for users, moments in causes_of(parent)]
    if anchor.by is None:
        return before
    return [*before, (parent.users[place], parent.at[place])]


def cause_count(anchor: Frame) -> int:
    """On how many persons beside their user these sessions depend."""
    return 0 if anchor.parent is None else cause_count(anchor.parent.anchor[0]) + (anchor.by is not None)


def interaction_ids(frame: Frame, rows: Integers) -> Ids | int:
    """The id of the nearest interaction each row belongs to; 0 where there is none."""
    if frame.episode.plan.kind == "interaction":
        return frame.ids[rows]
    return 0 if frame.parent is None else interaction_ids(frame.parent, frame.row[rows])


def ids_of(frame: Frame, episode: str, rows: Integers) -> Ids:
    """The ids of an ancestor episode."""
    if frame.episode.plan.name == episode:
        return frame.ids[rows]
    assert frame.parent is not None, f"{episode} is no ancestor"
    return ids_of(frame.parent, episode, frame.row[rows])


def elapsed(part: Written, since: str) -> Integers:
    """Milliseconds since a step of the episode (or of the nearest ancestor that has it), or since `begin`.

    -1 where an incident writes a row though that step was never entered.
    """
    frame, rows, moment = part.frame, part.rows, part.after
    if since == "begin":
        return moment
    while since not in frame.entered and frame.parent is not None:
        assert frame.offset is not None
        moment = moment + frame.offset[rows]
        frame, rows = frame.parent, frame.row[rows]
    if part.emission.fault is not None:
        entered = frame.entered[since][rows] if since in frame.entered else np.full(len(rows), -1, dtype=np.int64)
        return np.where(entered < 0, -1, moment - entered)
    return moment - frame.entered[since][rows]


def multiples(values: npt.NDArray[np.floating[Any]], field: EventField, column: Column) -> Integers:
    """Numbers in the field's unit as whole multiples of 10**-decimals of the column, rounded as the field says."""
    own = decimals_of(field) if field.round is not None or field.unit else column.decimals
    unit = SECONDS.get(field.unit or "", 1.0)
    step = field.round if field.round is not None else 1.0 / 10**own
    whole: Integers = np.floor(values / (unit * step) + 0.5).astype(np.int64)
    whole *= round(step * 10**column.decimals)
    return whole


def constant(value: str | float, column: Column) -> int:
    """The code or number of a constant."""
    if column.type is Type.TEXT:
        return column.values.index(value if isinstance(value, str) else f"{value:g}")
    found: int = round(float(value) * 10**column.decimals)
    return found


def codes_of(values: Iterable[str], column: Column) -> npt.NDArray[np.uint8]:
    """The column's code of each value."""
    place: Mapping[str, int] = {value: code for code, value in enumerate(column.values)}
    return np.array([place.get(value, NO_CODE) for value in values], dtype=np.uint8)

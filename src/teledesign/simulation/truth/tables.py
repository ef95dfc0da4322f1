"""The truth of a log, for its instructor: every interaction with its hidden outcome, and what happened each day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario.names import HOLDBACK, Kind, Name
from teledesign.simulation.files.ahead import InTurn
from teledesign.simulation.files.parquet import GROUP, coded_ids, ids, plain, pyarrow_or_refusal, texts, times
from teledesign.simulation.files.printer import USER_DIGITS, Printer
from teledesign.simulation.people.population import DAY_MS
from teledesign.simulation.playing.played import Moments, Played
from teledesign.simulation.playing.recording import Recorder, cause_count
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.columns import NO_CODE
from teledesign.simulation.rows.kinds import Kinds, who_kinds
from teledesign.simulation.rows.ordering import by_moment, by_moment_and
from teledesign.simulation.rows.records import Records, joined
from teledesign.simulation.whole import whole_file

__all__ = [
    "ENTERED",
    "INTERACTIONS",
    "Staying",
    "TruthLayout",
    "days_entered",
    "interactions",
    "on_days",
    "steps_entered",
    "within",
    "write_truth",
]

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

INTERACTIONS = "truth of interactions"
ENTERED = "truth of steps"
ENCODINGS = {"string": "DELTA_LENGTH_BYTE_ARRAY", "timestamp[ms]": "DELTA_BINARY_PACKED"}
"""How columns that have no dictionary are written, by Arrow type; others plainly."""


@dataclass(frozen=True)
class TruthLayout:
    """The columns of `truth.parquet`: what every interaction drew, along its line of episodes, and who it was."""

    script: Script

    @property
    def causes(self) -> int:
        """Persons a row depends on: as many as any event's rows do."""
        return self.script.layout.causes

    @cached_property
    def episodes(self) -> tuple[int, ...]:
        """The numbers of the episodes that are interactions."""
        return tuple(e.plan.number for e in self.script.episodes if e.plan.kind == "interaction")

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """What is told of each: attributes of whoever acts, then draws in file order."""
        names = self.script.plan.names
        lines = {self.script.episodes[n].plan.name for e in self.episodes for n in self.script.episodes[e].plan.line}
        own = [name for name in names.declared if name.is_of_a_user or name.holder in lines]
        return tuple(name for name in own if name.kind is not Kind.PERSON)

    @cached_property
    def kinds(self) -> Kinds:
        """What is kept of one interaction."""
        held = {"at": "i8", "id": "u8", "episode": "u1", "last_step": "u1", "recorded": "u1", "session": "u8"}
        known = {f"is_{name.name}": "u1" if name.values else "f8" for name in self.names}
        return {**held, **who_kinds(self.causes), **known}

    @cached_property
    def entered(self) -> Kinds:
        """What is kept of one step entered, beside on whom it depends."""
        return {"at": "i8", "step": "u2"}

    @cached_property
    def steps(self) -> dict[tuple[int, int], int]:
        """(episode, step) -> the step's number among all."""
        every = [(e.plan.number, step.number) for e in self.script.episodes for step in e.steps]
        return {step: number for number, step in enumerate(every)}


@dataclass(frozen=True)
class Staying:
    """Which users of a block are known to stay as long as the log lasts: a flag for each, from user `first` on."""

    first: int
    known: Flags

    def of(self, part: Played) -> Flags | None:
        """For each row whether its session's user is known to stay; None where others, of other blocks, have a say."""
        anchor, rows = part.frame.anchor
        if cause_count(anchor):
            return None
        known = self.known[anchor.users - self.first]
        return known if rows is None else known[rows]


def interactions(layout: TruthLayout, recorder: Recorder, played: Iterable[Played]) -> Records:
    """Every interaction of a block, by begin."""
    parts = [part for part in played if part.frame.episode.plan.number in layout.episodes]
    told = joined([_interactions(layout, recorder, part) for part in parts], layout.kinds)
    return told.taken(by_moment(told["at"]))


def steps_entered(
    layout: TruthLayout, recorder: Recorder, played: Iterable[Played], staying: Staying | None, counted: Integers
) -> Iterator[Records]:
    """The steps of a block that somebody's leaving may undo, part by part and in no order.

    There are many more steps than rows, so the others are `counted` at once, as (step, day).
    """
    days = counted.shape[1]
    for part in played:
        stays = None if staying is None else staying.of(part)
        for step, moments in part.entered.items():
            for here in moments:
                if stays is not None:
                    stay = stays[here.rows]
                    at = (part.frame.at[here.rows] + here.after)[stay]
                    day = at[at < days * DAY_MS] // DAY_MS
                    counted[layout.steps[part.frame.episode.plan.number, step]] += np.bincount(day, minlength=days)
                    here = here.of(~stay)
                yield _entered(layout, recorder, part, step, here)


def _interactions(layout: TruthLayout, recorder: Recorder, part: Played) -> Records:
    frame = part.frame
    found = Records.empty(layout.kinds, len(frame))
    found["at"], found["id"] = frame.at, frame.ids
    found["episode"] = frame.episode.plan.number
    assert part.ended is not None
    found["last_step"] = part.ended.last
    anchor, rows = frame.anchor
    seen, packed = recorder.seen(anchor), recorder.packed(anchor, layout.causes)
    found["recorded"] = seen if rows is None else seen[rows]
    for held in ("session", *who_kinds(layout.causes)):
        found[held] = packed[held] if rows is None else packed[held][rows]
    known = layout.script.plan.names.visible(frame.episode.plan.name)
    for name in layout.names:
        if name.name in known:
            found[f"is_{name.name}"] = frame.column(name.name)
        else:
            found[f"is_{name.name}"] = NO_CODE if name.values else np.nan
    return found


def _entered(layout: TruthLayout, recorder: Recorder, part: Played, step: int, here: Moments) -> Records:
    frame = part.frame
    anchor, rows = frame.anchor
    who = recorder.who(anchor)
    found = Records.empty({**layout.entered, **who.kinds}, len(here.rows))
    found["at"] = frame.at[here.rows] + here.after
    found["step"] = layout.steps[frame.episode.plan.number, step]
    place = here.rows if rows is None else rows[here.rows]
    for name, values in who.columns.items():
        found[name] = values[place]
    return found


def days_entered(layout: TruthLayout, records: Records, there: Flags, days: int) -> Integers:
    """How often each step was entered on each day of the log by those who were there: shape (steps, days)."""
    rows = within(records, there, days)
    place = on_days(records["step"].take(rows), records["at"].take(rows), days)
    return np.bincount(place, minlength=len(layout.steps) * days).reshape(len(layout.steps), days)


def within(records: Records, there: Flags, days: int) -> Integers:
    """The records of those who were there, of what happened before the last day ended."""
    return np.flatnonzero(there & (records["at"] < days * DAY_MS))


def on_days(what: npt.NDArray[np.integer[Any]], at: Integers, days: int) -> Integers:
    """A number for each kind of thing on each day of the log."""
    return what * np.int64(days) + at // DAY_MS


def write_truth(
    path: Path, layout: TruthLayout, printer: Printer, spans: Iterable[Records], ahead: bool = False
) -> int:
    """Interactions as Parquet, by begin, one span of time after another; how many there are.

    The file is there whole or not at all.
    """
    pa = pyarrow_or_refusal()
    written = 0
    with whole_file(path) as file:
        some = _columns(pa, layout, printer, Records.zeros(layout.kinds, 0))
        kinds = {name: column.type for name, column in some.items()}
        with pa.parquet.ParquetWriter(
            file,
            pa.schema(kinds),
            compression="zstd",
            use_dictionary=[name for name, kind in kinds.items() if pa.types.is_dictionary(kind)],
            column_encoding={name: ENCODINGS[str(kind)] for name, kind in kinds.items() if str(kind) in ENCODINGS},
            write_statistics=["begins"],
            store_schema=False,
        ) as writer:
            turns = InTurn(ahead)
            for records in spans:
                order = by_moment_and(records["at"], records["id"].take, lambda rows: ())
                table = pa.table(_columns(pa, layout, printer, records.taken(order)))
                turns.do(writer.write_table, table, GROUP)
                written += len(records)
            turns.finish()
    return written


def _columns(pa: Any, layout: TruthLayout, printer: Printer, records: Records) -> dict[str, Any]:
    plan = layout.script.plan
    users = printer.user_ids(records["user"])
    columns: dict[str, Any] = {
        "interaction_id": ids(pa, printer.episode_ids(records["id"]), "i", 16),
        "session_id": coded_ids(pa, printer.episode_ids(records["session"]), "s", 16),
        "user_id": coded_ids(pa, users, "u", USER_DIGITS),
        "begins": times(pa, records["at"], printer.start),
        "episode": texts(pa, records["episode"], [episode.name for episode in plan.episodes]),
        "recorded": texts(pa, records["recorded"], ["no", "yes"]),
        "last_step": _last_steps(pa, layout, records),
    }
    for name in layout.names:
        values = records[f"is_{name.name}"]
        label = "holdback" if name.name == HOLDBACK else name.name
        columns[label] = _texts(pa, values, name.values) if name.values else _numbers(pa, values)
    return columns


def _last_steps(pa: Any, layout: TruthLayout, records: Records) -> Any:
    names = [step.plan.name for episode in layout.script.episodes for step in episode.steps]
    first = np.cumsum([0, *(len(episode.steps) for episode in layout.script.episodes)])
    return texts(pa, first[records["episode"]] + records["last_step"], names)


def _texts(pa: Any, codes: npt.NDArray[np.uint8], values: Sequence[str]) -> Any:
    missing = codes == NO_CODE
    if not missing.any():
        return texts(pa, codes, values)
    return texts(pa, np.where(missing, 0, codes), values, ~missing)


def _numbers(pa: Any, values: npt.NDArray[np.float64]) -> Any:
    missing = np.isnan(values)
    rounded = np.floor(values * 1e6 + 0.5) / 1e6
    if not missing.any():
        return plain(pa, pa.float64(), rounded)
    return plain(pa, pa.float64(), np.where(missing, 0.0, rounded), ~missing)

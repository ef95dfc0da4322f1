"""Rows of a slice of arrival time on their way from the runs of all blocks into the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.simulation.luck.draws import Ids, hashed
from teledesign.simulation.rows.columns import RATE_DECIMALS
from teledesign.simulation.rows.kinds import LONG_BEFORE
from teledesign.simulation.rows.layout import EventLayout, Layout
from teledesign.simulation.rows.ordering import by_moment_and, ordered_by
from teledesign.simulation.rows.records import Records
from teledesign.simulation.rows.runs import Runs, Section

__all__ = ["Arrived", "Page", "Rows", "arrived_in", "in_order_of_arrival", "log_sections"]

Integers = npt.NDArray[np.int64]
LOG = "all rows"
"""The section of a run that holds what all rows of its block have, in order of arrival; each event's own fields lie in
a section of the event's name (which has no spaces), in the same order."""
PLACE = "place"
"""Where a row of fields has the rest of itself in that section."""


def log_sections(layout: Layout, parts: Sequence[tuple[EventLayout, Records]]) -> Iterator[Section]:
    """What a run holds of a block's rows, each event's of which are in no order yet."""
    total = sum(len(records) for _, records in parts)
    if not total:
        return
    received = np.concatenate([records["received"] for _, records in parts])
    order = ordered_by(received - received.min())
    columns = {name: _of_all(name, kind, parts).take(order) for name, kind in layout.kinds.items()}
    yield Section(LOG, [Records(columns, total)], by="received")
    kinds = columns["event"]
    begin = 0
    for event, records in parts:
        if event.columns:
            places = np.flatnonzero(kinds == event.code)
            fields = records.only(event.field_kinds).taken(order[places] - begin)
            fields.columns[PLACE] = places.astype(np.int32)
            yield Section(event.name, [fields], by=PLACE, within=LOG)
        begin += len(records)


def _of_all(name: str, kind: str, parts: Sequence[tuple[EventLayout, Records]]) -> npt.NDArray[Any]:
    """A column of all rows, event after event."""
    if name == "event":
        return np.repeat(np.array([event.code for event, _ in parts], dtype=kind), [len(held) for _, held in parts])
    return np.concatenate([held[name] if name in held else _missing(name, kind, held) for _, held in parts])


def _missing(name: str, kind: str, held: Records) -> npt.NDArray[Any]:
    """What stands in a column that rows of other events have."""
    if name == "rate":
        return np.full(len(held), 10**RATE_DECIMALS, dtype=kind)
    return held["user"] if kind == "u4" else np.full(len(held), LONG_BEFORE)


@dataclass(frozen=True)
class Arrived:
    """Rows that arrived in a span of time, in no order; the fields of each event's in the order of its rows."""

    layout: Layout
    rows: Records
    fields: Mapping[int, Records]

    def to_be_printed(self) -> Arrived:
        """The same without what only says whether a row gets into the log."""
        return replace(self, rows=self.rows.only(self.layout.printed_kinds))

    def places(self) -> Integers:
        """For each row the place of its fields among those of its event."""
        found = np.empty(len(self.rows), dtype=np.int64)
        for code in self.fields:
            here = np.flatnonzero(self.rows["event"] == code)
            found[here] = np.arange(len(here))
        return found


def arrived_in(layout: Layout, runs: Runs, slice_number: int) -> Arrived:
    """The rows of all runs that arrived in a slice; those that never reached the log too."""
    events = [event for event in layout.events if event.columns]
    found = runs.of_slice(slice_number, {LOG: layout.kinds, **{event.name: event.field_kinds for event in events}})
    return Arrived(layout, found[LOG], {event.code: found[event.name] for event in events})


@dataclass(frozen=True)
class Rows:
    """The rows of one event in a page: their fields, and the place of each in the page.

    `printed` holds columns made ready for printing, so that several formats share them.
    """

    layout: EventLayout
    fields: Records
    place: Integers
    printed: dict[str, npt.NDArray[Any]] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.place)

    def between(self, first: int, last: int) -> Rows:
        """The rows whose place is from `first` up to, not including, `last`; places count from `first`."""
        low, high = (int(bound) for bound in np.searchsorted(self.place, (first, last)))
        return Rows(
            self.layout,
            self.fields.between(low, high),
            self.place[low:high] - first,
            {name: values[low:high] for name, values in self.printed.items()},
        )


@dataclass(frozen=True)
class Page:
    """Rows in order of arrival: what all have, and each event's own.  `printed` as for `Rows`."""

    rows: Records
    parts: tuple[Rows, ...]
    printed: dict[str, npt.NDArray[Any]] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.rows)

    def in_pieces(self, size: int) -> Iterator[Page]:
        """The rows in order, `size` at a time."""
        for first in range(0, len(self), size):
            last = min(first + size, len(self))
            parts = (part.between(first, last) for part in self.parts)
            printed = {name: values[first:last] for name, values in self.printed.items()}
            yield Page(self.rows.between(first, last), tuple(part for part in parts if len(part)), printed)


def in_order_of_arrival(arrived: Arrived, keep: Integers, size: int) -> Iterator[Page]:
    """Some rows by arrival, then (telling nothing) by scrambled session, `seq` and key: `size` of them at a time."""
    rows = arrived.rows

    def last(some: Integers) -> tuple[npt.NDArray[Any], ...]:
        return rows["key"][keep[some]], rows["seq"][keep[some]]

    def session(some: Integers) -> Ids:
        return hashed(rows["session"][keep[some]], np.uint64(0))

    order = keep[by_moment_and(rows["received"][keep], session, last)]
    places = arrived.places()
    for first in range(0, len(order), size):
        yield _page(arrived, order[first : first + size], places)


def _page(arrived: Arrived, some: Integers, places: Integers) -> Page:
    """Some rows, in this order, with their fields."""
    rows = arrived.rows.taken(some)
    parts = []
    for event in arrived.layout.events:
        here = np.flatnonzero(rows["event"] == event.code)
        if len(here):
            fields = arrived.fields.get(event.code)
            held = Records({}, len(here)) if fields is None else fields.taken(places[some[here]])
            parts.append(Rows(event, held, here))
    return Page(rows, tuple(parts))

"""Rows that incidents keep clients from writing: only the truth counts them, as no log has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from teledesign.simulation.files.slices import FATE_BITS, Moments, Slice, fates_of, still_there
from teledesign.simulation.rows.kinds import who_kinds
from teledesign.simulation.rows.layout import Layout
from teledesign.simulation.rows.ordering import by_moment
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.rows.runs import Runs, Section
from teledesign.simulation.sending.collection import Collection

__all__ = ["stopped_between", "stopped_sections"]

Integers = npt.NDArray[np.int64]
KINDS = {"at": "i8", "fate": "u4"}
"""What is kept of them, beside on whom they depend."""


def _section(event: str) -> str:
    return f"stopped {event}"


def stopped_sections(collection: Collection | None, stopped: Iterable[Recorded]) -> Iterator[Section]:
    """What a block's run holds of them, in order of time: those that a design would have collected."""
    for part in stopped:
        if len(part):
            records = (part if collection is None else collection.kept(part)).records
            some = records.only({**KINDS, **who_kinds(part.layout.causes)})
            yield Section(_section(part.layout.name), [some.taken(by_moment(records["at"]))], by="at")


def stopped_between(layout: Layout, runs: Runs, span: Slice, left: Moments) -> Integers:
    """How many rows of each event have each bit of `fate`, by when they happened, of people who were still there."""
    found = np.zeros((len(layout.events), FATE_BITS), dtype=np.int64)
    sections = {_section(event.name): {**KINDS, **who_kinds(event.causes)} for event in layout.events}
    stopped = runs.of_slice(span.number, sections)
    for event in layout.events:
        found[event.code] = fates_of(still_there(stopped[_section(event.name)], left)["fate"])
    return found

"""Pass two: a slice of arrival time, merged over all blocks, cut where people left, and written as parts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from teledesign.results.log import Part
from teledesign.simulation.files.digests import RowDigest, digest_of
from teledesign.simulation.files.parquet import GROUP
from teledesign.simulation.files.printer import Printer
from teledesign.simulation.files.writers import FORMATS
from teledesign.simulation.luck.draws import hashed
from teledesign.simulation.people.departures import NEVER
from teledesign.simulation.rows.arriving import Page, arrived_in, in_order_of_arrival
from teledesign.simulation.rows.kinds import cause_at, cause_user
from teledesign.simulation.rows.layout import Layout
from teledesign.simulation.rows.records import Records
from teledesign.simulation.rows.runs import Runs

__all__ = [
    "CLUSTERS",
    "FATE_BITS",
    "Moments",
    "Slice",
    "SliceReport",
    "clusters_of",
    "cut",
    "fates_of",
    "is_whole",
    "still_there",
    "there",
    "write_slice",
]

PART_ROWS = 1_000_000
"""Rows a part aims at; none has a quarter more, as far as time can be cut."""
DAY_PARTS = 1
"""A log is put away by day once the average day has this many parts."""
DAY_MS = 86_400_000
FATE_BITS = 32
CLUSTERS = 4096
"""Groups of users by whom the spread of counts is estimated."""

Moments = npt.NDArray[np.int64]
"""When each user left, `NEVER` for those who stayed."""
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """A span of arrival time, in ms after the start; rows after the end of the log are counted, not written."""

    number: int
    first: int
    last: int
    in_log: bool
    by_day: bool = False
    """Whether it lies within one day, in a folder of that day."""


@dataclass(frozen=True)
class SliceReport:
    """What came of a slice: parts, digest, and rows per event and group of users (late ones too)."""

    parts: tuple[Part, ...]
    rows: int
    digest: RowDigest
    counts: Integers
    logged: Integers
    fates: Integers
    """How many rows of each event have each bit of `fate`: shape (events, 32)."""


def cut(rows_per_bin: Integers, bin_ms: int, end_ms: int) -> list[Slice]:
    """Slices of about `PART_ROWS` rows, on the borders of bins, and one for what comes after the end of the log.

    Where a day has rows enough for a part of its own, its borders are those of parts too.
    """
    days = [bin_ms * (DAY_MS // bin_ms) * day for day in range(1, end_ms // DAY_MS)] if DAY_MS % bin_ms == 0 else []
    by_day = bool(days) and int(rows_per_bin.sum()) >= DAY_PARTS * PART_ROWS * (len(days) + 1)
    spans = list(pairwise([0, *(days if by_day else []), end_ms]))
    edges = {0, end_ms}
    for first, last in spans:
        edges |= {first, last, *_borders(rows_per_bin[first // bin_ms : -(-last // bin_ms)], first, bin_ms, last)}
    found = pairwise(sorted(edges))
    slices = [Slice(number, first, last, True, by_day) for number, (first, last) in enumerate(found)]
    return [*slices, Slice(len(slices), end_ms, int(NEVER), False)]


def _borders(rows_per_bin: Integers, first: int, bin_ms: int, end_ms: int) -> list[int]:
    """Where a span of time is cut into parts."""
    total = int(rows_per_bin.sum())
    parts = max(1, round(total / PART_ROWS), -(-total // (PART_ROWS + PART_ROWS // 4)))
    reached = np.cumsum(rows_per_bin)
    goals = [total * part // parts for part in range(1, parts)]
    return [min(first + (int(place) + 1) * bin_ms, end_ms) for place in np.searchsorted(reached, goals)]


def there(records: Records, left: Moments) -> Flags:
    """Whether each record's person, and everybody they depend on, had not left."""
    found: Flags = left.take(records["user"]) >= records["at"]
    number = 0
    while cause_user(number) in records:
        found &= left.take(records[cause_user(number)]) >= records[cause_at(number)]
        number += 1
    return found


def still_there(records: Records, left: Moments) -> Records:
    """The records whose person, and everybody they depend on, had not left."""
    return records.where(there(records, left))


def owners(records: Records) -> npt.NDArray[np.uint32]:
    """The user whose session led to each row."""
    return records[cause_user(0) if cause_user(0) in records else "user"]


def clusters_of(users: npt.NDArray[np.integer[Any]]) -> Integers:
    """The group each user is in."""
    return (hashed(users.astype(np.uint64), np.uint64(1)) & np.uint64(CLUSTERS - 1)).astype(np.int64)


def write_slice(
    printer: Printer,
    runs: Runs,
    span: Slice,
    left: Moments,
    folder: Path,
    formats: Sequence[str],
    stem: str,
    kept_out: int,
    known: Mapping[str, Part],
    ahead: bool,
) -> SliceReport:
    """Merge and write one slice, without the rows whose `fate` has a bit of `kept_out`.

    `known` parts that are in the folder already are not written again; `ahead` as for `InTurn`.
    """
    layout = printer.layout
    arrived = arrived_in(layout, runs, span.number)
    rows = arrived.rows
    keep = there(rows, left)
    fates = fates_by_event(layout, rows, keep)
    kept = np.flatnonzero(keep & (rows["fate"] & np.uint32(kept_out) == 0))
    counts = _counts(layout, rows, kept, len(left))
    if not span.in_log:
        return SliceReport((), 0, RowDigest(), counts, np.zeros(len(layout.events), dtype=np.int64), fates)
    del rows
    arrived = arrived.to_be_printed()
    logged = counts.sum(axis=1)
    digest = RowDigest()
    names = [f"{stem}.{form}" for form in formats]
    files = {
        name: PartFile(printer, folder, name, form, ahead)
        for name, form in zip(names, formats, strict=True)
        if name not in known or not is_whole(folder, known[name])
    }
    for page in in_order_of_arrival(arrived, kept, GROUP):
        digest += digest_of(printer, page)
        for file in files.values():
            file.write(page)
        del page  # not to be held while the next one is made
    parts = tuple(files[name].finish(str(digest)) if name in files else known[name] for name in names)
    return SliceReport(parts, int(logged.sum()), digest, counts, logged, fates)


def _counts(layout: Layout, rows: Records, kept: Integers, users: int) -> Integers:
    """How many of the rows that are kept are of each event and group of users: shape (events, groups)."""
    owner = owners(rows)
    # Of many rows of few users, it is quicker to find the group of each user once.
    cells = clusters_of(np.arange(users)).take(owner) if users < len(rows) else clusters_of(owner)
    cells += rows["event"] * np.int64(CLUSTERS)
    found = np.bincount(cells.take(kept), minlength=len(layout.events) * CLUSTERS)
    return found.reshape(len(layout.events), CLUSTERS)


def fates_by_event(layout: Layout, rows: Records, keep: Flags) -> Integers:
    """How many of some rows of each event have each bit of `fate`: shape (events, 32)."""
    told = np.flatnonzero(keep & (rows["fate"] != 0))
    fates, events = rows["fate"][told], rows["event"][told]
    return np.array([fates_of(fates[events == event.code]) for event in layout.events]).reshape(-1, FATE_BITS)


def fates_of(fates: npt.NDArray[np.uint32]) -> Integers:
    """How many rows have each bit of `fate`."""
    told = fates[fates != 0]
    bits = int(np.bitwise_or.reduce(told, initial=0)).bit_length()
    found = np.zeros(FATE_BITS, dtype=np.int64)
    found[:bits] = [np.count_nonzero(told & np.uint32(1 << bit)) for bit in range(bits)]
    return found


def is_whole(folder: Path, part: Part) -> bool:
    """Whether a part is in the folder as it was written."""
    path = folder / part.file
    if not path.is_file() or path.stat().st_size != part.bytes:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            digest.update(chunk)
    return digest.hexdigest() == part.sha256


class PartFile:
    """A part that is written a few rows at a time and is there, once finished, whole."""

    def __init__(self, printer: Printer, folder: Path, name: str, form: str, ahead: bool) -> None:
        self.name, self.form = name, form
        self.rows = 0
        self.place = folder / name
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.temporary = self.place.with_name(f".{self.place.name}.{os.getpid()}.tmp")
        self.sink = _Counted(self.temporary.open("wb"))
        self.writer = FORMATS[form](printer, cast(BinaryIO, self.sink), ahead)

    def write(self, page: Page) -> None:
        """Write rows in order of arrival."""
        self.writer.write(page)
        self.rows += len(page)

    def finish(self, row_digest: str) -> Part:
        """Put the file into its place."""
        self.writer.close()
        self.sink.flush()
        os.fsync(self.sink.file.fileno())
        self.sink.file.close()
        os.replace(self.temporary, self.place)
        return Part(self.name, self.form, self.rows, self.sink.bytes, self.sink.digest.hexdigest(), row_digest)


class _Counted:
    """A file to write to that counts its bytes and knows their SHA-256."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.bytes = 0
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        self.bytes += len(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()

    def tell(self) -> int:
        return self.bytes

    def close(self) -> None:
        """Nothing: the part closes the file when it is whole."""

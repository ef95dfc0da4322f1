"""Runs: what pass one leaves on disk for pass two, one file per block; a run holds sections, and a section columns."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from teledesign.simulation.rows.kinds import Kinds
from teledesign.simulation.rows.records import Records
from teledesign.simulation.whole import whole_file

__all__ = ["Run", "Span", "all_of", "gathered", "in_pieces", "spans_between", "write_run"]

ALIGNED = 8
"""Columns begin at multiples of so many bytes, so that they can be searched where they lie."""


def write_run(path: Path, sections: Iterable[tuple[str, Iterable[Records]]]) -> None:
    """Write records by section name, part by part and column by column, and beside the file where each column lies."""
    index: dict[str, list[dict[str, Any]]] = {}
    with whole_file(path, lasts=False) as file:
        for name, parts in sections:
            index[name] = [_written(file, records) for records in parts if len(records)]
        path.with_suffix(".json").write_text(json.dumps(index), "utf-8")


def _written(file: BinaryIO, records: Records) -> dict[str, Any]:
    """Write the columns of a part; how many rows it has, where each column begins and how wide it is."""
    columns = {}
    for name, values in records.columns.items():
        file.write(bytes(-file.tell() % ALIGNED))
        columns[name] = (file.tell(), values.itemsize)
        file.write(np.ascontiguousarray(values).view(np.uint8).data)
    return {"rows": len(records), "columns": columns}


@dataclass(frozen=True)
class Span:
    """Some rows of a part of a section: where its columns begin in the run, how wide they are, and which rows."""

    columns: Mapping[str, tuple[int, int]]
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class Run(AbstractContextManager["Run"]):
    """A run on disk, open as long as it is asked; only what is asked for is read."""

    file: BinaryIO
    bytes: mmap.mmap | bytes
    index: Mapping[str, Sequence[Mapping[str, Any]]]

    @classmethod
    def open(cls, path: Path) -> Run:
        """Read where each section lies."""
        index = json.loads(path.with_suffix(".json").read_text("utf-8"))
        file = path.open("rb")
        is_empty = not os.fstat(file.fileno()).st_size
        return cls(file, b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), index)

    def __exit__(self, *problem: object) -> None:
        if isinstance(self.bytes, mmap.mmap):
            self.bytes.close()
        self.file.close()

    def all_of(self, section: str) -> list[Span]:
        """All rows of a section."""
        return [Span(part["columns"], 0, part["rows"]) for part in self.index.get(section, ())]

    def between(self, section: str, by: str, first: int, last: int) -> list[Span]:
        """The rows of a section with `first` <= `by` < `last`; each part is sorted by that column."""
        found = []
        for part in self.index.get(section, ()):
            begin, width = part["columns"][by]
            values = np.frombuffer(self.bytes, f"i{width}", part["rows"], begin)
            # Bounds of another type would turn the whole column into theirs.
            low, high = values.searchsorted(np.array((first, last), dtype=values.dtype)).tolist()
            del values  # an open column would keep the file open
            found.append(Span(part["columns"], low, high))
        return found


def gathered(runs: Sequence[Path], kinds: Kinds, spans: Sequence[Sequence[Span]]) -> Records:
    """Some columns of the rows found in each run, one run after another; no two runs are open at once."""
    found = Records.empty(kinds, sum(len(span) for each in spans for span in each))
    free = {name: memoryview(values.data) for name, values in found.columns.items()}
    for path, each in zip(runs, spans, strict=True):
        if not any(map(len, each)):
            continue
        with path.open("rb", buffering=0) as file:
            for name in kinds:
                free[name] = _read(file, each, name, free[name])
    return found


def _read(file: FileIO, spans: Iterable[Span], name: str, free: memoryview) -> memoryview:
    """Read a column of some rows; what is left of the place for it."""
    for span in spans:
        begin, width = span.columns[name]
        file.seek(begin + width * span.first)
        if len(span) and file.readinto(free[: len(span)].cast("B")) != width * len(span):
            raise OSError(f"{Path(file.name).name}, which a log is made from, ended too early")
        free = free[len(span) :]
    return free


def all_of(run: Path, section: str, kinds: Kinds, size: int) -> Iterator[Records]:
    """All records of a section of a run, as many parts of it at a time as make about `size` records."""
    with Run.open(run) as opened:
        spans = opened.all_of(section)
    some: list[Span] = []
    for span in spans:
        some.append(span)
        if sum(map(len, some)) >= size:
            yield gathered([run], kinds, [some])
            some = []
    yield gathered([run], kinds, [some])


def in_pieces(runs: Sequence[Path], section: str, kinds: Kinds, first: int, last: int, size: int) -> Iterator[Records]:
    """The records of a section of all runs with `first` <= `at` < `last`, in spans of about `size` records."""
    found = spans_between(runs, [section], "at", first, last).get(section, [])
    count = sum(len(span) for each in found for span in each)
    pieces = max(1, -(-count // size))
    edges = [first + (last - first) * piece // pieces for piece in range(pieces + 1)]
    for begin, end in pairwise(edges):
        some = spans_between(runs, [section], "at", begin, end) if pieces > 1 else {section: found}
        yield gathered(runs, kinds, some.get(section, [[] for _ in runs]))


def spans_between(
    runs: Sequence[Path], sections: Sequence[str], by: str, first: int, last: int
) -> dict[str, list[list[Span]]]:
    """Where each run has the rows of sections with `first` <= `by` < `last`; no section that no run has."""
    found: dict[str, list[list[Span]]] = {}
    for number, path in enumerate(runs):
        with Run.open(path) as run:
            for section in run.index.keys() & set(sections):
                spans = found.setdefault(section, [[] for _ in runs])
                spans[number] = run.between(section, by, first, last)
    return found

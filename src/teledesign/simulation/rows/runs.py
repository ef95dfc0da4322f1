"""Runs: what pass one leaves on disk for pass two, one file per block, every event's records in order of arrival."""

from __future__ import annotations

import json
import mmap
import os
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from teledesign.simulation.rows.records import Records
from teledesign.simulation.whole import whole_file

__all__ = ["Run", "gathered", "in_pieces", "whole", "write_run"]


def write_run(path: Path, sections: Iterable[tuple[str, Iterable[Records]]]) -> None:
    """Write records by section name, part by part, and beside the file where each section lies."""
    index = {}
    with whole_file(path, lasts=False) as file:
        for name, parts in sections:
            begin, count = file.tell(), 0
            for records in parts:
                file.write(np.ascontiguousarray(records).view(np.uint8).data if len(records) else b"")
                count += len(records)
            index[name] = (begin, count)
        path.with_suffix(".json").write_text(json.dumps(index), "utf-8")


@dataclass(frozen=True)
class Run(AbstractContextManager["Run"]):
    """A run on disk, open as long as it is asked; only what is asked for is read."""

    file: BinaryIO
    bytes: mmap.mmap | bytes
    index: Mapping[str, tuple[int, int]]

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

    def all_of(self, section: str, record: np.dtype[np.void]) -> tuple[int, int]:
        """Between which bytes a section lies."""
        begin, count = self.index.get(section, (0, 0))
        return begin, begin + count * record.itemsize

    def bounds(self, section: str, record: np.dtype[np.void], first: int, last: int, by: str) -> tuple[int, int]:
        """Between which bytes the records of a section, sorted `by` a moment, have `first` <= moment < `last`."""
        begin, count = self.index.get(section, (0, 0))
        assert record.fields is not None
        offset = begin + record.fields[by][1]

        def moment(row: int) -> int:
            place = offset + row * record.itemsize
            return int.from_bytes(self.bytes[place : place + 8], sys.byteorder, signed=True)

        low = bisect_left(range(count), first, key=moment)
        high = bisect_left(range(count), last, lo=low, key=moment)
        return begin + low * record.itemsize, begin + high * record.itemsize


def whole(run: Path, sections: Mapping[str, np.dtype[np.void]]) -> dict[str, Records]:
    """All records of some sections of a run."""
    with Run.open(run) as opened:
        bounds = [opened.all_of(name, record) for name, record in sections.items()]
    return _read([run], sections, [bounds])


def gathered(
    runs: Sequence[Path], sections: Mapping[str, np.dtype[np.void]], first: int, last: int, by: str = "at"
) -> dict[str, Records]:
    """The records of some sections of all runs, one run after another, with `first` <= moment < `last`.

    The sections are sorted by that moment.  No two runs are open at once, and no record is copied twice.
    """
    return _read(runs, sections, _bounds(runs, sections, first, last, by))


def in_pieces(
    runs: Sequence[Path], section: str, record: np.dtype[np.void], first: int, last: int, size: int
) -> Iterator[Records]:
    """The records of a section of all runs with `first` <= moment < `last`, in spans of about `size` records."""
    held = {section: record}
    bytes_held = sum(high - low for ((low, high),) in _bounds(runs, held, first, last, "at"))
    pieces = max(1, -(-bytes_held // (record.itemsize * size)))
    edges = [first + (last - first) * piece // pieces for piece in range(pieces + 1)]
    for begin, end in pairwise(edges):
        yield gathered(runs, held, begin, end)[section]


def _bounds(
    runs: Sequence[Path], sections: Mapping[str, np.dtype[np.void]], first: int, last: int, by: str
) -> list[list[tuple[int, int]]]:
    found = []
    for path in runs:
        with Run.open(path) as run:
            found.append([run.bounds(name, record, first, last, by) for name, record in sections.items()])
    return found


def _read(
    runs: Sequence[Path], sections: Mapping[str, np.dtype[np.void]], bounds: Sequence[Sequence[tuple[int, int]]]
) -> dict[str, Records]:
    sizes = np.array([[high - low for low, high in each] for each in bounds], dtype=np.int64).sum(axis=0)
    found = {
        name: np.empty(size // record.itemsize, dtype=record)
        for (name, record), size in zip(sections.items(), sizes.tolist(), strict=True)
    }
    free = [records.view(np.uint8).data for records in found.values()]
    for path, each in zip(runs, bounds, strict=True):
        with path.open("rb") as file:
            for number, (low, high) in enumerate(each):
                file.seek(low)
                if file.readinto(free[number][: high - low]) != high - low:
                    raise OSError(f"{path.name}, which a log is made from, ended too early")
                free[number] = free[number][high - low :]
    return found

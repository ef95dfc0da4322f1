"""Runs: what pass one leaves on disk for pass two, one file per block; a run holds sections, and a section columns."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from teledesign.simulation.rows.kinds import Kinds
from teledesign.simulation.rows.records import Records
from teledesign.simulation.whole import whole_file

__all__ = ["Part", "Run", "Runs", "Section", "write_run"]

Integers = npt.NDArray[np.int64]
ALIGNED = 8
"""Columns begin at multiples of so many bytes, so that they can be searched where they lie."""


@dataclass(frozen=True)
class Section:
    """Rows to be written under a name.

    `by` is the column by which they are sorted, all in one part: a moment, or the place of each among the rows of the
    section `within`.  Without it they are in no order, and in any number of parts.
    """

    name: str
    parts: Iterable[Records]
    by: str = ""
    within: str = ""


def write_run(path: Path, sections: Iterable[Section]) -> None:
    """Write sections part by part and column by column, and beside the file where each column lies."""
    index: dict[str, dict[str, Any]] = {}
    with whole_file(path, lasts=False) as file:
        for section in sections:
            parts = [_written(file, records) for records in section.parts if len(records)]
            index[section.name] = {"by": section.by, "within": section.within, "parts": parts}
        path.with_suffix(".json").write_text(json.dumps(index), "utf-8")


def _written(file: BinaryIO, records: Records) -> dict[str, Any]:
    """Write the columns of a part; how many rows it has, where each column begins and how it is held."""
    columns = {}
    for name, values in records.columns.items():
        file.write(bytes(-file.tell() % ALIGNED))
        columns[name] = (file.tell(), values.dtype.str)
        file.write(np.ascontiguousarray(values).view(np.uint8).data)
    return {"rows": len(records), "columns": columns}


@dataclass(frozen=True)
class Part:
    """A part of a section of a run: its rows, and for each column where it begins and how it is held."""

    rows: int
    columns: Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class Run:
    """A run on disk: the parts of each section, and by what those are sorted that are."""

    path: Path
    parts: Mapping[str, Sequence[Part]]
    sorted: Mapping[str, tuple[str, str]]
    """Section -> `by` and `within` of `Section`."""

    @classmethod
    def of(cls, path: Path) -> Run:
        """Read where each section lies.  A damaged index raises one of many things."""
        index = json.loads(path.with_suffix(".json").read_text("utf-8"))
        parts = {
            name: [
                Part(part["rows"], {column: (begin, kind) for column, (begin, kind) in part["columns"].items()})
                for part in held["parts"]
            ]
            for name, held in index.items()
        }
        by = {name: (held["by"], held["within"]) for name, held in index.items() if held["by"] and held["parts"]}
        return cls(path, parts, by)

    def searched(self, sections: Iterable[str], moments: Integers) -> dict[str, Integers]:
        """The first row of each sorted section at or after each moment (after what its `within` has before it)."""
        found: dict[str, Integers] = {}
        wanted = [name for name in sections if name in self.sorted]
        if wanted:
            with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                for name in wanted:
                    self._search(content, name, moments, found)
        return found

    def _search(self, content: mmap.mmap, name: str, moments: Integers, found: dict[str, Integers]) -> Integers:
        if name not in found:
            by, within = self.sorted[name]
            wanted = self._search(content, within, moments, found) if within else moments
            (part,) = self.parts[name]
            begin, kind = part.columns[by]
            values = np.frombuffer(content, kind, part.rows, begin)
            # Moments of another type would turn the whole column into theirs.
            found[name] = values.searchsorted(wanted.astype(values.dtype))
            del values  # an open column would keep the file open
        return found[name]


class Runs:
    """The runs of all blocks, as pass two reads them slice by slice.

    Where a run's columns lie is read once, and where slices cut its sections is searched once for all slices: there are
    as many pairs of a run and a slice as the square of a log's size.  `edges` are the moments between slices.
    """

    def __init__(self, paths: Sequence[Path], edges: Integers) -> None:
        self.paths = tuple(paths)
        self.edges = edges
        self._held: dict[int, tuple[Run, dict[str, npt.NDArray[np.int32]]]] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def of_slice(self, slice_number: int, wanted: Mapping[str, Kinds]) -> dict[str, Records]:
        """The rows of sorted sections that lie in a slice, one run after another."""
        return self._read(wanted, [self._spans(number, wanted, slice_number) for number in range(len(self))])

    def in_pieces(self, slice_number: int, section: str, kinds: Kinds, size: int) -> Iterator[Records]:
        """The rows of a section that lie in a slice, in spans of time that hold about `size` rows each."""
        spans = [self._spans(number, [section], slice_number) for number in range(len(self))]
        count = sum(last - first for each in spans for first, last in each.values())
        pieces = -(-count // size)
        if pieces <= 1:
            yield self._read({section: kinds}, spans)[section]
            return
        first, last = self.edges[slice_number : slice_number + 2].tolist()
        edges = np.array([first + (last - first) * piece // pieces for piece in range(pieces + 1)])
        found = [self._held[number][0].searched([section], edges) for number in range(len(self))]
        for piece in range(pieces):
            some = [{name: _between(bounds, piece) for name, bounds in each.items()} for each in found]
            yield self._read({section: kinds}, some)[section]

    def all_of(self, number: int, section: str, size: int) -> Iterator[Records]:
        """All rows of a section of a run with all their columns, as many parts at a time as make about `size` rows."""
        parts = self._run(number)[0].parts.get(section, ())
        for _, alike in groupby(parts, key=lambda part: list(part.columns)):
            some: list[Part] = []
            for part in alike:
                some.append(part)
                if sum(each.rows for each in some) >= size:
                    yield self._parts(number, some)
                    some = []
            if some:
                yield self._parts(number, some)

    def _run(self, number: int) -> tuple[Run, dict[str, npt.NDArray[np.int32]]]:
        """A run, and for each sorted section its first row in each slice."""
        if number not in self._held:
            run = Run.of(self.paths[number])
            bounds = run.searched(run.sorted, self.edges)
            self._held[number] = run, {name: found.astype(np.int32) for name, found in bounds.items()}
        return self._held[number]

    def _spans(self, number: int, sections: Iterable[str], slice_number: int) -> dict[str, tuple[int, int]]:
        """The first row of each section that lies in a slice, and the first that lies after it."""
        _, bounds = self._run(number)
        return {name: _between(bounds[name], slice_number) for name in sections if name in bounds}

    def _read(self, wanted: Mapping[str, Kinds], spans: Sequence[Mapping[str, tuple[int, int]]]) -> dict[str, Records]:
        """Columns of the rows between `spans` of each run and section; no two runs are open at once."""
        rows = dict.fromkeys(wanted, 0)
        for each in spans:
            for name, (first, last) in each.items():
                rows[name] += last - first
        found = {name: _Filled(Records.empty(kinds, rows[name])) for name, kinds in wanted.items()}
        for number, each in enumerate(spans):
            some = [(name, first, last) for name, (first, last) in each.items() if last > first]
            if some:
                run, _ = self._run(number)
                with run.path.open("rb", buffering=0) as file:
                    for name, first, last in some:
                        found[name].read(file, run.parts[name][0], first, last)
        return {name: filled.records for name, filled in found.items()}

    def _parts(self, number: int, parts: Sequence[Part]) -> Records:
        """Whole parts of a run, of the same columns."""
        kinds = {name: kind for name, (_, kind) in parts[0].columns.items()}
        found = _Filled(Records.empty(kinds, sum(part.rows for part in parts)))
        with self.paths[number].open("rb", buffering=0) as file:
            for part in parts:
                found.read(file, part, 0, part.rows)
        return found.records


def _between(bounds: npt.NDArray[np.integer[Any]], number: int) -> tuple[int, int]:
    return int(bounds[number]), int(bounds[number + 1])


class _Filled:
    """Records that are filled from runs, from the first row on."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.rows = 0
        self.free = {name: memoryview(values.view(np.uint8).data) for name, values in records.columns.items()}

    def read(self, file: BinaryIO, part: Part, first: int, last: int) -> None:
        """Read some rows of a part."""
        ends = self.rows + last - first
        for name, free in self.free.items():
            begin, kind = part.columns[name]
            width = np.dtype(kind).itemsize
            file.seek(begin + width * first)
            if file.readinto(free[width * self.rows : width * ends]) != width * (last - first):  # type: ignore[attr-defined]
                raise OSError(f"{Path(file.name).name}, which a log is made from, ended too early")
        self.rows = ends

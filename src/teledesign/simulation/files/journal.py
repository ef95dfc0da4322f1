"""What is already done of an unfinished log: beside each block's run and each slice's parts stands what came of them.

A resumed run believes an entry only if what it speaks of is whole: the bytes of a run add up, parts have their SHA-256.
Entries hold numbers and plain text, never objects.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from teledesign.results.log import Part
from teledesign.simulation.files.digests import RowDigest
from teledesign.simulation.files.slices import SliceReport, is_whole
from teledesign.simulation.people.departures import Triggers
from teledesign.simulation.rows.runs import Run
from teledesign.simulation.whole import whole_file

__all__ = ["BlockReport", "Journal", "SliceDone"]

Integers = npt.NDArray[np.int64]
Held = Mapping[str, npt.NDArray[Any]]
Done = TypeVar("Done")
CHUNK = 1 << 22
DAMAGED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading an entry may raise that a crash, or somebody, has damaged."""


@dataclass(frozen=True)
class BlockReport:
    """What the rest must know of a block that was played."""

    triggers: Triggers
    rows_per_bin: Integers
    sessions: int
    entered: Integers | None = None
    """For the truth: how often those who are known to stay entered each step on each day."""


@dataclass(frozen=True)
class SliceDone:
    """A written slice, and what its truth came to."""

    report: SliceReport
    interactions: int = 0
    entered: Integers | None = None
    outcomes: Integers | None = None


@dataclass(frozen=True)
class Journal:
    """The entries of an unfinished log, in its folder of runs; `believed` says whether earlier ones count."""

    folder: Path
    believed: bool

    # Blocks

    def note_block(self, number: int, run: Path, report: BlockReport) -> None:
        """A block was played and its run is on disk."""
        held = {name: getattr(report.triggers, name) for name in Triggers.__dataclass_fields__}
        numbers = np.array([report.sessions, run.stat().st_size, _sum_of(run)], dtype=np.uint64)
        held |= {"rows_per_bin": report.rows_per_bin, "numbers": numbers}
        held |= {"entered": report.entered} if report.entered is not None else {}
        self._write(self._entry("block", number), held)

    def block(self, number: int, run: Path) -> BlockReport | None:
        """What came of a block, if its run is there and whole."""
        return self._believed(self._entry("block", number), partial(_block, run))

    # Slices

    def note_slice(self, number: int, done: SliceDone) -> None:
        """A slice was written."""
        report = done.report
        digest = report.digest
        told = {
            "parts": [asdict(part) for part in report.parts],
            "numbers": [report.rows, done.interactions, digest.rows, digest.first, digest.second],
        }
        held: dict[str, npt.NDArray[Any]] = {
            "told": np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
            "counts": report.counts,
            "logged": report.logged,
            "fates": report.fates,
        }
        held |= {name: getattr(done, name) for name in ("entered", "outcomes") if getattr(done, name) is not None}
        self._write(self._entry("slice", number), held)

    def slice(self, number: int, folder: Path, truth: Path | None, with_truth: bool) -> SliceDone | None:
        """What came of a slice, if its parts (and its truth) are there and whole."""
        return self._believed(self._entry("slice", number), partial(_slice, folder, truth, with_truth))

    # Entries

    def _entry(self, kind: str, number: int) -> Path:
        return self.folder / f"{kind}-{number:06d}.done.npz"

    def _write(self, path: Path, held: Mapping[str, npt.NDArray[Any]]) -> None:
        with whole_file(path, lasts=False) as file:
            np.savez(file, **held)  # type: ignore[arg-type]

    def _believed(self, path: Path, made: Callable[[Held], Done | None]) -> Done | None:
        """What an entry comes to; nothing where it is not there, damaged, or not to be believed."""
        if not self.believed or not path.is_file():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                return made({name: held[name] for name in held.files})
        except DAMAGED:
            return None


def _block(run: Path, found: Held) -> BlockReport | None:
    """What came of a block, if its run is whole."""
    sessions, size, total = found["numbers"].tolist()
    if not run.is_file() or run.stat().st_size != size or _sum_of(run) != total:
        return None
    Run.of(run)  # raises what a damaged index raises
    triggers = Triggers(*(found[name] for name in Triggers.__dataclass_fields__))
    return BlockReport(triggers, found["rows_per_bin"], sessions, found.get("entered"))


def _slice(folder: Path, truth: Path | None, with_truth: bool, found: Held) -> SliceDone | None:
    """What came of a slice, if its files are whole."""
    if with_truth and (truth is None or not truth.is_file() or "entered" not in found):
        return None
    told = json.loads(found["told"].tobytes())
    parts = tuple(Part(**part) for part in told["parts"])
    if not all(is_whole(folder, part) for part in parts):
        return None
    rows, interactions, *digest = told["numbers"]
    report = SliceReport(parts, rows, RowDigest(*digest), found["counts"], found["logged"], found["fates"])
    return SliceDone(report, interactions, found.get("entered"), found.get("outcomes"))


def _sum_of(path: Path) -> int:
    """The bytes of a file added up in words of eight: not against malice, against what a crash leaves half written."""
    total = np.uint64(0)
    with path.open("rb") as file, np.errstate(over="ignore"):
        while chunk := file.read(CHUNK):
            words = np.frombuffer(chunk.ljust(-(-len(chunk) // 8) * 8, b"\0"), dtype="<u8")
            total = total + np.add.reduce(words, dtype=np.uint64)
    return int(total)

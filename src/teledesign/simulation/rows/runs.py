"""Runs: what pass one leaves on disk for pass two, one file per block, every event's records in order of arrival."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from teledesign.simulation.rows.records import Records, copied

__all__ = ["Run", "write_run"]


def write_run(path: Path, sections: Mapping[str, Records]) -> None:
    """Write records by section name, and beside the file where each section lies."""
    index = {}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        for name, records in sections.items():
            index[name] = (file.tell(), len(records))
            file.write(np.ascontiguousarray(records).view(np.uint8).data if len(records) else b"")
    path.with_suffix(".json").write_text(json.dumps(index), "utf-8")
    os.replace(temporary, path)


@dataclass(frozen=True)
class Run:
    """A run on disk; only what is asked for is read, and nothing stays mapped into memory."""

    path: Path
    index: Mapping[str, tuple[int, int]]

    @classmethod
    def open(cls, path: Path) -> Run:
        """Read where each section lies."""
        return cls(path, json.loads(path.with_suffix(".json").read_text("utf-8")))

    def between(self, section: str, record: np.dtype[np.void], first: int, last: int, by: str = "at") -> Records:
        """A copy of the records of a section, sorted `by` a moment, with `first` <= moment < `last`."""
        place, count = self.index.get(section, (0, 0))
        if not count:
            return np.zeros(0, dtype=record)
        whole: Records = np.memmap(self.path, dtype=record, mode="r", offset=place, shape=(count,))
        low, high = np.searchsorted(whole[by], (first, last))
        return copied(np.asarray(whole)[low:high])

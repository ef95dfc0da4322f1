"""The formats of a log, each from the same rows, each a pure function of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Protocol

from teledesign.simulation.files.lines import CSV, JSON, PackedPart, TextPart, ZippedPart
from teledesign.simulation.files.parquet import ParquetPart
from teledesign.simulation.files.printer import Printer
from teledesign.simulation.rows.arriving import Page

__all__ = ["FORMATS", "NEEDING_ARROW", "Writer"]


class Writer(Protocol):
    """Writes a part, some rows at a time."""

    def write(self, page: Page) -> None:
        """Write rows in order of arrival."""

    def close(self) -> None:
        """Finish the part; the sink stays open."""


FORMATS: dict[str, Callable[[Printer, BinaryIO, bool], Writer]] = {
    "parquet": ParquetPart,
    "jsonl": partial(TextPart, JSON),
    "csv": partial(TextPart, CSV),
    "jsonl.gz": partial(ZippedPart, JSON),
    "csv.gz": partial(ZippedPart, CSV),
    "jsonl.zst": partial(PackedPart, JSON),
    "csv.zst": partial(PackedPart, CSV),
}
"""Format, which is also the ending of its files -> what writes a part of it, ahead in a thread or not."""
NEEDING_ARROW = frozenset({"parquet", "jsonl.zst", "csv.zst"})

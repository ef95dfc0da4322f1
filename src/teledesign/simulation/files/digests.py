"""A digest of a log's values that does not depend on format, parts or order: the sum of one hash per row."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.simulation.files.printer import Printer
from teledesign.simulation.luck.draws import Ids, hashed
from teledesign.simulation.rows.arriving import Page
from teledesign.simulation.rows.columns import Column, Type

__all__ = ["RowDigest", "digest_of"]

_FIRST, _SECOND = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)


class RowDigest:
    """Two 64-bit sums over rows, and how many there were.  Digests of parts add up to the digest of the log."""

    def __init__(self, rows: int = 0, first: int = 0, second: int = 0) -> None:
        self.rows, self.first, self.second = rows, first, second

    def __add__(self, other: RowDigest) -> RowDigest:
        wrap = (1 << 64) - 1
        return RowDigest(self.rows + other.rows, (self.first + other.first) & wrap, (self.second + other.second) & wrap)

    def __str__(self) -> str:
        return hashlib.sha256(f"{self.rows} {self.first} {self.second}".encode()).hexdigest()


def digest_of(printer: Printer, page: Page) -> RowDigest:
    """The digest of some rows."""
    mixed = _row_hashes(printer, page)
    return RowDigest(len(page), _sum(hashed(mixed, _FIRST)), _sum(hashed(mixed, _SECOND)))


def _row_hashes(printer: Printer, page: Page) -> Ids:
    names = np.array([_number(f"event {event.name}") for event in printer.layout.events], dtype=np.uint64)
    mixed: Ids = names[page.rows["event"]]
    for column in printer.layout.envelope:
        if column.name not in ("event", "sample_rate"):
            mixed += _hashes(column, printer.shared(column, page), printer.shared_missing(column, page))
    rates = next(column for column in printer.layout.envelope if column.name == "sample_rate")
    for part in page.parts:
        found = np.zeros(len(part), dtype=np.uint64)
        if part.layout.is_sampled:
            found += _hashes(rates, printer.shared(rates, page)[part.place], None)
        for column in printer.layout.fields:
            if column.name in part.layout.columns:
                found += _hashes(column, printer.own(column, part), printer.own_missing(column, part))
        mixed[part.place] += found
    return mixed


def _hashes(column: Column, values: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None) -> Ids:
    """What a column adds to each row: its number times an odd one of its own (multilinear hashing), or its text's."""
    if column.type is Type.TEXT:
        texts = [*(f"{column.name} {value}" for value in column.values), f"{column.name} is empty"]
        table = np.array([_number(text) for text in texts], dtype=np.uint64)
        texts_of: Ids = table[np.minimum(values, len(column.values))]
        return texts_of
    found: Ids = values.view(np.uint64) * (np.uint64(_number(f"{column.name} {column.decimals}")) | np.uint64(1))
    if missing is not None:
        found[missing] = _number(f"{column.name} is empty")
    return found


@lru_cache(maxsize=1 << 12)
def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _sum(numbers: npt.NDArray[np.uint64]) -> int:
    return int(np.add.reduce(numbers, dtype=np.uint64))

"""A digest of a log's values that does not depend on format, parts or order: the sum of one hash per row."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from teledesign.scenario.events import ENVELOPE
from teledesign.simulation.files.printer import Printer
from teledesign.simulation.luck.draws import Ids, hashed
from teledesign.simulation.rows.arriving import Rows
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


def digest_of(printer: Printer, rows: list[Rows]) -> RowDigest:
    """The digest of some rows."""
    total = RowDigest()
    for part in rows:
        mixed = _row_hashes(printer, part)
        total += RowDigest(len(part), _sum(hashed(mixed, _FIRST)), _sum(hashed(mixed, _SECOND)))
    return total


def _row_hashes(printer: Printer, rows: Rows) -> Ids:
    mixed = np.full(len(rows), _number(f"event {rows.layout.name}"), dtype=np.uint64)
    for column in printer.layout.columns:
        if column.name == "event" or (column.name == "sample_rate" and not rows.layout.is_sampled):
            continue
        if column.name not in ENVELOPE and column.name not in rows.layout.columns:
            continue
        mixed += _column_hashes(printer, column, rows)
    return mixed


def _column_hashes(printer: Printer, column: Column, rows: Rows) -> Ids:
    """What a column adds to each row: its number times an odd one of its own (multilinear hashing), or its text's."""
    values = printer.value(column, rows)
    if column.type is Type.TEXT:
        texts = [*(f"{column.name} {value}" for value in column.values), f"{column.name} is empty"]
        table = np.array([_number(text) for text in texts], dtype=np.uint64)
        texts_of: Ids = table[np.minimum(values, len(column.values))]
        return texts_of
    found: Ids = values.astype(np.uint64)
    found *= np.uint64(_number(f"{column.name} {column.decimals}")) | np.uint64(1)
    missing = printer.missing(column, rows)
    if missing is not None:
        found[missing] = _number(f"{column.name} is empty")
    return found


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _sum(numbers: npt.NDArray[np.uint64]) -> int:
    return int(np.add.reduce(numbers, dtype=np.uint64))

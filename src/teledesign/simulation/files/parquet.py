"""Parquet: columns of a part put together from the rows of all events, and written a row group at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from teledesign.findings import MissingExtra
from teledesign.scenario.events import ENVELOPE
from teledesign.simulation.files.ahead import InTurn
from teledesign.simulation.files.printer import USER_DIGITS, Printer
from teledesign.simulation.luck.ids import hex_digits
from teledesign.simulation.rows.arriving import Page
from teledesign.simulation.rows.columns import Column, Type
from teledesign.simulation.rows.distinct import distinct

__all__ = ["GROUP", "ParquetPart", "coded_ids", "ids", "plain", "pyarrow_or_refusal", "texts", "times"]

Flags = npt.NDArray[np.bool_]

GROUP = 1 << 17
"""Rows written at once: a row group."""
EPOCH = dt.date(1970, 1, 1)
ALWAYS = frozenset({"event_id", "event", "ts", "received_at", "user_id", "session_id", "seq", "sample_rate"})
"""Columns that every row has a value in: the file says so, which spares writing where there is one."""


def pyarrow_or_refusal() -> Any:
    """pyarrow with its Parquet part.  Raises MissingExtra."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("pyarrow", "logs") from None
    return pyarrow


class ParquetPart:
    """A Parquet file: zstd, dictionaries for low-cardinality columns only, deltas for times and counts.

    Only times have statistics: rows lie in order of arrival, so a reader can skip by time and by little else, and
    the smallest and largest values of everything would cost a quarter of the writing.
    """

    def __init__(self, printer: Printer, sink: BinaryIO, ahead: bool = False) -> None:
        pa = pyarrow_or_refusal()
        self.printer = printer
        self.turns = InTurn(ahead)
        columns = printer.layout.columns
        by_dictionary = [column.name for column in columns if _by_dictionary(column)]
        encodings = {column.name: _encoding(column) for column in columns if column.name not in by_dictionary}
        fields = [(column.name, _arrow_type(pa, column), column.name not in ALWAYS) for column in columns]
        self.schema = pa.schema([pa.field(*field) for field in fields])
        self.writer = pa.parquet.ParquetWriter(
            pa.PythonFile(sink, "w"),
            self.schema,
            compression="zstd",
            use_dictionary=by_dictionary,
            column_encoding=encodings,
            write_statistics=[column.name for column in columns if column.type is Type.TIME],
            store_schema=False,
        )

    def write(self, page: Page) -> None:
        """One row group."""
        pa = pyarrow_or_refusal()
        arrays = [_arrow(pa, self.printer, column, page) for column in self.printer.layout.columns]
        self.turns.do(self.writer.write_table, pa.table(arrays, schema=self.schema), GROUP)

    def close(self) -> None:
        """Write the footer."""
        self.turns.finish()
        self.writer.close()


def _by_dictionary(column: Column) -> bool:
    return column.type in (Type.TEXT, Type.USER) or column.name in ("session_id", "sample_rate")


def _encoding(column: Column) -> str:
    if column.type is Type.TIME or _is_whole(column):
        return "DELTA_BINARY_PACKED"
    return "DELTA_LENGTH_BYTE_ARRAY" if column.type is Type.ID else "PLAIN"


def _is_whole(column: Column) -> bool:
    return column.type is Type.NUMBER and not column.decimals


def _arrow_type(pa: Any, column: Column) -> Any:
    match column.type:
        case Type.TIME:
            return pa.timestamp("ms")
        case Type.NUMBER:
            return pa.int64() if _is_whole(column) else pa.float64()
    return pa.dictionary(pa.int32(), pa.string()) if _by_dictionary(column) else pa.string()


def _arrow(pa: Any, printer: Printer, column: Column, page: Page) -> Any:
    present, values = _whole(printer, column, page) if column.name in ENVELOPE else _spread(printer, column, page)
    match column.type:
        case Type.TIME:
            return times(pa, values, printer.start, present)
        case Type.TEXT:
            return texts(pa, values, column.values, present)
        case Type.NUMBER if column.decimals:
            return plain(pa, pa.float64(), values / float(10**column.decimals), present)
        case Type.NUMBER:
            return plain(pa, pa.int64(), values, present)
    digits = USER_DIGITS if column.type is Type.USER else 16
    if not _by_dictionary(column):
        return ids(pa, values, column.prefix, digits, present)
    return coded_ids(pa, values, column.prefix, digits, present)


# Arrays from buffers: `pyarrow.array` would import pandas to look at what it is given.


def plain(pa: Any, kind: Any, values: npt.NDArray[Any], present: Flags | None = None) -> Any:
    """Numbers of an Arrow type, where they are `present`."""
    return pa.Array.from_buffers(kind, len(values), [_validity(pa, present), pa.py_buffer(values)])


def times(pa: Any, values: npt.NDArray[np.int64], start: dt.date, present: Flags | None = None) -> Any:
    """Moments in ms after the start of a day."""
    since = (start - EPOCH).days * 86_400_000
    return plain(pa, pa.timestamp("ms"), values + since, present)


def texts(pa: Any, codes: npt.NDArray[Any], values: Sequence[str], present: Flags | None = None) -> Any:
    """Texts by code, with a dictionary."""
    encoded = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    held = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    indices = plain(pa, pa.int32(), codes.astype(np.int32, copy=False), present)
    return pa.DictionaryArray.from_arrays(indices, pa.Array.from_buffers(pa.string(), len(values), held), safe=False)


def ids(pa: Any, values: npt.NDArray[np.uint64], prefix: str, digits: int, present: Flags | None = None) -> Any:
    """Ids as text: a prefix and so many hexadecimal digits."""
    found = np.empty((len(values), len(prefix) + digits), dtype=np.uint8)
    found[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    found[:, len(prefix) :] = hex_digits(values, digits)
    offsets = np.arange(0, found.size + 1, found.shape[1], dtype=np.int32)
    held = [_validity(pa, present), pa.py_buffer(offsets), pa.py_buffer(found)]
    return pa.Array.from_buffers(pa.string(), len(values), held)


def coded_ids(pa: Any, values: npt.NDArray[np.uint64], prefix: str, digits: int, present: Flags | None = None) -> Any:
    """Ids as text, with a dictionary of those there are."""
    rows, codes = distinct(values)
    indices = plain(pa, pa.int32(), codes, present)
    return pa.DictionaryArray.from_arrays(indices, ids(pa, values[rows], prefix, digits), safe=False)


def _validity(pa: Any, present: Flags | None) -> Any:
    return None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))


def _whole(printer: Printer, column: Column, page: Page) -> tuple[Flags | None, npt.NDArray[Any]]:
    """A column that all rows have, and where it has values (None: everywhere)."""
    if column.name == "event":
        return None, page.rows["event"]
    values, missing = printer.shared(column, page), printer.shared_missing(column, page)
    return (None, values) if missing is None else (~missing, np.where(missing, 0, values))


def _spread(printer: Printer, column: Column, page: Page) -> tuple[Flags | None, npt.NDArray[Any]]:
    """A field over all rows in order of arrival, and where it has values (None: everywhere)."""
    kind = {Type.USER: "u8", Type.TEXT: "i4"}.get(column.type, column.dtype)
    values = np.zeros(len(page), dtype=kind)
    present = np.zeros(len(page), dtype=bool)
    for part in page.parts:
        if column.name not in part.layout.columns:
            continue
        values[part.place] = printer.own(column, part)
        present[part.place] = True
        missing = printer.own_missing(column, part)
        if missing is not None:
            present[part.place[missing]] = False
            values[part.place[missing]] = 0
    return None if present.all() else present, values

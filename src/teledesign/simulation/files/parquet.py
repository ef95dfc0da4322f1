"""Parquet: columns of a part put together from the rows of all events, and written a row group at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from teledesign.findings import MissingExtra
from teledesign.scenario.events import ENVELOPE
from teledesign.simulation.files.printer import USER_DIGITS, Printer
from teledesign.simulation.luck.ids import hex_digits
from teledesign.simulation.rows.arriving import Rows
from teledesign.simulation.rows.layout import Column, Type

__all__ = ["EPOCH", "GROUP", "ParquetPart", "pyarrow_or_refusal"]

GROUP = 1 << 17
"""Rows written at once: a row group."""
EPOCH = dt.date(1970, 1, 1)


def pyarrow_or_refusal() -> Any:
    """pyarrow with its Parquet part.  Raises MissingExtra."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("pyarrow", "logs") from None
    return pyarrow


class ParquetPart:
    """A Parquet file: zstd, dictionaries for low-cardinality columns only, deltas for times and counts."""

    def __init__(self, printer: Printer, sink: BinaryIO) -> None:
        pa = pyarrow_or_refusal()
        self.printer = printer
        columns = printer.layout.columns
        by_dictionary = [column.name for column in columns if _by_dictionary(column)]
        encodings = {column.name: _encoding(column) for column in columns if column.name not in by_dictionary}
        self.schema = pa.schema([(column.name, _arrow_type(pa, column)) for column in columns])
        self.writer = pa.parquet.ParquetWriter(
            pa.PythonFile(sink, "w"),
            self.schema,
            compression="zstd",
            use_dictionary=by_dictionary,
            column_encoding=encodings,
            write_statistics=[column.name for column in columns if column.type is not Type.ID],
            store_schema=False,
        )

    def write(self, rows: list[Rows]) -> None:
        """One row group."""
        pa = pyarrow_or_refusal()
        arrays = [_arrow(pa, self.printer, column, rows) for column in self.printer.layout.columns]
        self.writer.write_table(pa.table(arrays, schema=self.schema), row_group_size=GROUP)

    def close(self) -> None:
        """Write the footer."""
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


def _arrow(pa: Any, printer: Printer, column: Column, rows: list[Rows]) -> Any:
    total = sum(len(part) for part in rows)
    present, values = _spread(printer, column, rows, total)
    validity = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    match column.type:
        case Type.TIME:
            since = (printer.start - EPOCH).days * 86_400_000
            return pa.Array.from_buffers(pa.timestamp("ms"), total, [validity, pa.py_buffer(values + since)])
        case Type.TEXT:
            codes = values.astype(np.int32)
            texts = _strings(pa, column.values)
            indices = pa.Array.from_buffers(pa.int32(), total, [validity, pa.py_buffer(codes)])
            return pa.DictionaryArray.from_arrays(indices, texts, safe=False)
        case Type.NUMBER if column.decimals:
            number = values / float(10**column.decimals)
            return pa.Array.from_buffers(pa.float64(), total, [validity, pa.py_buffer(number)])
        case Type.NUMBER:
            return pa.Array.from_buffers(pa.int64(), total, [validity, pa.py_buffer(values)])
    if not _by_dictionary(column):
        return _id_texts(pa, column, values, validity)
    coded = pa.Array.from_buffers(pa.uint64(), total, [validity, pa.py_buffer(values)]).dictionary_encode()
    # Straight from the buffer: `to_numpy` would import pandas.
    known = np.frombuffer(coded.dictionary.buffers()[1], dtype=np.uint64, count=len(coded.dictionary))
    return pa.DictionaryArray.from_arrays(coded.indices, _id_texts(pa, column, known, None))


def _strings(pa: Any, values: Sequence[str]) -> Any:
    """Texts as an array, from buffers: `pyarrow.array` would import pandas to look at them."""
    encoded = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(values), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    )


def _id_texts(pa: Any, column: Column, values: npt.NDArray[np.uint64], validity: Any) -> Any:
    digits = USER_DIGITS if column.type is Type.USER else 16
    prefix = column.prefix.encode()
    texts = np.empty((len(values), len(prefix) + digits), dtype=np.uint8)
    texts[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    texts[:, len(prefix) :] = hex_digits(values, digits)
    offsets = np.arange(0, texts.size + 1, texts.shape[1], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(values), [validity, pa.py_buffer(offsets), pa.py_buffer(texts)])


def _spread(
    printer: Printer, column: Column, rows: list[Rows], total: int
) -> tuple[npt.NDArray[np.bool_] | None, npt.NDArray[Any]]:
    """A column over all rows in order of arrival, and where it has values (None: everywhere)."""
    is_field = column.name not in ENVELOPE
    values = np.zeros(total, dtype="u8" if column.type in (Type.ID, Type.USER) else column.dtype)
    present = np.zeros(total, dtype=bool) if is_field else None
    for part in rows:
        if is_field and column.name not in part.layout.columns:
            continue
        values[part.place] = printer.value(column, part)
        if present is not None:
            present[part.place] = True
        missing = printer.missing(column, part)
        if missing is not None:
            present = np.ones(total, dtype=bool) if present is None else present
            present[part.place[missing]] = False
            values[part.place[missing]] = 0
    return (None if present is None or present.all() else present), values

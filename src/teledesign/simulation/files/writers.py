"""The formats of a log: Parquet, JSON lines and CSV, each from the same rows, each a pure function of them."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Protocol, cast

import numpy as np
import numpy.typing as npt

from teledesign.findings import MissingExtra
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.simulation.files.text import Bytes2D, decimal_text, table_of, time_text
from teledesign.simulation.luck.draws import Seed
from teledesign.simulation.luck.ids import Scramble, hex_digits
from teledesign.simulation.rows.arriving import Rows
from teledesign.simulation.rows.layout import NOTHING, RATE_DECIMALS, Column, Layout, Type

__all__ = ["EPOCH", "FORMATS", "GROUP", "NEEDING_ARROW", "Printer", "Writer", "in_chunks", "pyarrow_or_refusal"]

PAGE = 1 << 14
"""Rows of text put together at once, so that they stay in the cache."""
GROUP = 1 << 17
"""Rows written at once: a row group of Parquet."""
SAMPLE_RATE = 10**RATE_DECIMALS
"""The sample rate 1 in its column's decimals."""
USER_DIGITS = 8
EPOCH = dt.date(1970, 1, 1)
CODES = ("platform", "app_version", "model_version", "variant")

Codes = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Printer:
    """What is needed to print rows of one log: its layout, first day, and the scrambles of its ids."""

    layout: Layout
    start: dt.date
    event_ids: Scramble
    episode_ids: Scramble
    user_ids: Scramble

    @classmethod
    def of(cls, scenario: Scenario, layout: Layout, seed: Seed) -> Printer:
        """The printer of one scenario's log under one seed."""
        return cls(
            layout,
            scenario.product.clock.start,
            Scramble.of(seed, "event_id"),
            Scramble.of(seed, "episode_id"),
            Scramble.of(seed, "user_id", bits=32),
        )

    def value(self, column: Column, rows: Rows) -> npt.NDArray[Any]:
        """What a column holds: printed ids, times, codes or whole multiples; `missing` says where there is nothing."""
        found = rows.printed.get(column.name)
        if found is None:
            found = rows.printed[column.name] = np.ascontiguousarray(self._value(column, rows))
        return found

    def _value(self, column: Column, rows: Rows) -> npt.NDArray[Any]:
        records = rows.records
        match column.name:
            case "event_id":
                return self.event_ids(records["key"])
            case "event":
                return np.full(len(rows), rows.layout.code, dtype=column.dtype)
            case "ts":
                return np.asarray(records["at"] + records["clock"])
            case "received_at":
                return np.asarray(records["received"])
            case "user_id":
                return self.user_ids(records["session"]["user"].astype(np.uint64))
            case "session_id":
                return self.episode_ids(records["session"]["id"])
            case "interaction_id":
                return self.episode_ids(records["interaction"])
            case "seq":
                return records["seq"].astype(np.int64)
            case "sample_rate":
                rates = records["rate"] if rows.layout.is_sampled else np.full(len(rows), SAMPLE_RATE)
                return rates.astype(np.int64)
            case name if name in CODES:
                return np.asarray(records["session"][name])
        held = np.asarray(records[f"field_{column.name}"])
        if column.type is Type.ID:
            return self.episode_ids(held)
        return self.user_ids(held.astype(np.uint64)) if column.type is Type.USER else held

    def missing(self, column: Column, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Where a row has no value, or None if all have one."""
        if column.name == "interaction_id":
            found = rows.records["interaction"] == 0
        elif (column.name in ENVELOPE and column.type is not Type.TEXT) or column.name == "event":
            return None
        elif column.type is Type.TEXT:
            found = self.value(column, rows) >= len(column.values)
        elif column.type in NOTHING:
            found = rows.records[f"field_{column.name}"] == NOTHING[column.type]
        else:
            return None
        return found if found.any() else None


def pyarrow_or_refusal() -> Any:
    """pyarrow with its Parquet part.  Raises MissingExtra."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("pyarrow", "logs") from None
    return pyarrow


# Parquet


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


# Text


@dataclass(frozen=True)
class Style:
    """How a text format writes a row: what stands before and after it, around a text, and for nothing."""

    opens: bytes
    closes: bytes
    quote: bytes
    nothing: bytes
    named: bool
    separator: str


JSON = Style(b"{", b"}\n", b'"', b"null", named=True, separator="T")
CSV = Style(b"", b"\r\n", b"", b"", named=False, separator=" ")


class TextPart:
    """JSON lines, in which each row holds the envelope and its own event's fields; or one wide table of CSV."""

    def __init__(self, style: Style, printer: Printer, sink: BinaryIO) -> None:
        self.style, self.printer, self.sink = style, printer, sink
        if not style.named:
            sink.write(",".join(column.name for column in printer.layout.columns).encode() + style.closes)

    def write(self, rows: list[Rows]) -> None:
        """Some lines, a page at a time."""
        for page in in_chunks(rows, PAGE):
            self.sink.write(_lines(self.printer, page, self.style))

    def close(self) -> None:
        """Nothing is left to write."""


class ZippedPart:
    """A text format within gzip, without name and time of making."""

    def __init__(self, style: Style, printer: Printer, sink: BinaryIO) -> None:
        self.zipped = gzip.GzipFile("", "wb", compresslevel=6, fileobj=sink, mtime=0)
        self.text = TextPart(style, printer, cast(BinaryIO, self.zipped))

    def write(self, rows: list[Rows]) -> None:
        """Some lines."""
        self.text.write(rows)

    def close(self) -> None:
        """Write what gzip still holds."""
        self.zipped.close()


def in_chunks(rows: list[Rows], size: int) -> Iterator[list[Rows]]:
    """The rows in order, `size` at a time."""
    total = sum(len(part) for part in rows)
    for first in range(0, total, size):
        chunk = (part.between(first, min(first + size, total)) for part in rows)
        yield [part for part in chunk if len(part)]


def _lines(printer: Printer, rows: list[Rows], style: Style) -> bytes:
    blocks = [_lines_of_event(printer, part, style) for part in rows]
    page = np.zeros((sum(len(part) for part in rows), max(block.shape[1] for block in blocks)), dtype=np.uint8)
    for part, block in zip(rows, blocks, strict=True):
        page[part.place, : block.shape[1]] = block
    text: bytes = page[page != 0].tobytes()
    return text


def _lines_of_event(printer: Printer, rows: Rows, style: Style) -> Bytes2D:
    pieces: list[bytes | Bytes2D] = [style.opens]
    for number, column in enumerate(printer.layout.columns):
        here = column.name in ENVELOPE or column.name in rows.layout.columns
        if style.named and not here:
            continue
        before = b"," if number else b""
        if style.named:
            before += b'"%s":' % column.name.encode()
        pieces.append(before)
        if here:
            pieces.extend(_printed(printer, column, rows, style))
    pieces.append(style.closes)
    return _side_by_side(pieces, len(rows))


def _printed(printer: Printer, column: Column, rows: Rows, style: Style) -> list[bytes | Bytes2D]:
    if column.name == "event":
        return [style.quote + rows.layout.name.encode() + style.quote]
    if column.name == "sample_rate" and not rows.layout.is_sampled:
        return [b"1"]
    values = printer.value(column, rows)
    quote, nothing = style.quote.decode(), style.nothing.decode()
    match column.type:
        case Type.TEXT:
            texts = [f"{quote}{value}{quote}" for value in column.values] + [nothing]
            return [table_of(texts)[np.minimum(values, len(column.values))]]
        case Type.NUMBER:
            missing = printer.missing(column, rows)
            if missing is None:
                return [decimal_text(values, column.decimals)]
            return [_with_nothing(decimal_text(np.where(missing, 0, values), column.decimals), missing, style)]
        case Type.TIME:
            return [style.quote, _times(printer, values, rows, style), style.quote]
    digits = hex_digits(values, USER_DIGITS if column.type is Type.USER else 16)
    missing = printer.missing(column, rows)
    before, after = style.quote + column.prefix.encode(), style.quote
    if missing is None:
        return [before, digits, after]
    return [_with_nothing(_side_by_side([before, digits, after], len(rows)), missing, style)]


def _with_nothing(text: Bytes2D, missing: npt.NDArray[np.bool_], style: Style) -> Bytes2D:
    """Text, but nothing where there is no value."""
    found = np.zeros((len(text), max(text.shape[1], len(style.nothing))), dtype=np.uint8)
    found[:, : text.shape[1]] = text
    found[missing] = 0
    found[missing, : len(style.nothing)] = np.frombuffer(style.nothing, dtype=np.uint8)
    return found


def _times(printer: Printer, values: npt.NDArray[np.int64], rows: Rows, style: Style) -> Bytes2D:
    """Times as text; rows that arrive at once have both their times printed together."""
    name = f"ts with {style.separator!r}"
    known = rows.printed.get(name)
    if known is not None and np.array_equal(values, rows.printed["ts"]):
        return known
    found = time_text(values, printer.start, style.separator)
    rows.printed.setdefault(name, found)
    return found


def _side_by_side(pieces: list[bytes | Bytes2D], count: int) -> Bytes2D:
    """Pieces as one row each: what is the same in every row is laid down once."""
    same = b"".join(piece if isinstance(piece, bytes) else bytes(piece.shape[1]) for piece in pieces)
    found = np.empty((count, len(same)), dtype=np.uint8)
    found[:] = np.frombuffer(same, dtype=np.uint8)
    column = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            column += len(piece)
        else:
            found[:, column : column + piece.shape[1]] = piece
            column += piece.shape[1]
    return found


class PackedPart:
    """A text format within zstd."""

    def __init__(self, style: Style, printer: Printer, sink: BinaryIO) -> None:
        pa = pyarrow_or_refusal()
        self.packed = pa.CompressedOutputStream(pa.PythonFile(sink, "w"), "zstd")
        self.text = TextPart(style, printer, cast(BinaryIO, self.packed))

    def write(self, rows: list[Rows]) -> None:
        """Some lines."""
        self.text.write(rows)

    def close(self) -> None:
        """Write what zstd still holds."""
        self.packed.close()


class Writer(Protocol):
    """Writes a part, some rows at a time."""

    def write(self, rows: list[Rows]) -> None:
        """Write rows in order of arrival."""

    def close(self) -> None:
        """Finish the part; the sink stays open."""


FORMATS: dict[str, Callable[[Printer, BinaryIO], Writer]] = {
    "parquet": ParquetPart,
    "jsonl": partial(TextPart, JSON),
    "csv": partial(TextPart, CSV),
    "jsonl.gz": partial(ZippedPart, JSON),
    "csv.gz": partial(ZippedPart, CSV),
    "jsonl.zst": partial(PackedPart, JSON),
    "csv.zst": partial(PackedPart, CSV),
}
"""Format, which is also the ending of its files -> what writes a part of it."""
NEEDING_ARROW = frozenset({"parquet", "jsonl.zst", "csv.zst"})

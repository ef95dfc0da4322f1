"""JSON lines and CSV, plain or packed: rows put together as text, a page at a time."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from teledesign.scenario.events import ENVELOPE
from teledesign.simulation.files.ahead import InTurn
from teledesign.simulation.files.parquet import pyarrow_or_refusal
from teledesign.simulation.files.printer import USER_DIGITS, Printer
from teledesign.simulation.files.text import Bytes2D, decimal_text, table_of, time_text
from teledesign.simulation.luck.ids import hex_digits
from teledesign.simulation.rows.arriving import Page, Rows
from teledesign.simulation.rows.columns import Column, Type

__all__ = ["CSV", "JSON", "PackedPart", "TextPart", "ZippedPart"]

PAGE = 1 << 14
"""Rows of text put together at once, so that they stay in the cache."""


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

    def __init__(self, style: Style, printer: Printer, sink: BinaryIO, ahead: bool = False) -> None:
        self.style, self.printer, self.sink = style, printer, sink
        self.turns = InTurn(ahead)
        if not style.named:
            sink.write(",".join(column.name for column in printer.layout.columns).encode() + style.closes)

    def write(self, page: Page) -> None:
        """Some lines, a few at a time."""
        for some in page.in_pieces(PAGE):
            self.turns.do(self.sink.write, _lines(self.printer, some, self.style))

    def close(self) -> None:
        """Write what waits."""
        self.turns.finish()


class ZippedPart:
    """A text format within gzip, without name and time of making."""

    def __init__(self, style: Style, printer: Printer, sink: BinaryIO, ahead: bool = False) -> None:
        self.zipped = gzip.GzipFile("", "wb", compresslevel=6, fileobj=sink, mtime=0)
        self.text = TextPart(style, printer, cast(BinaryIO, self.zipped), ahead)

    def write(self, page: Page) -> None:
        """Some lines."""
        self.text.write(page)

    def close(self) -> None:
        """Write what gzip still holds."""
        self.text.close()
        self.zipped.close()


class PackedPart:
    """A text format within zstd."""

    def __init__(self, style: Style, printer: Printer, sink: BinaryIO, ahead: bool = False) -> None:
        pa = pyarrow_or_refusal()
        self.packed = pa.CompressedOutputStream(pa.PythonFile(sink, "w"), "zstd")
        self.text = TextPart(style, printer, cast(BinaryIO, self.packed), ahead)

    def write(self, page: Page) -> None:
        """Some lines."""
        self.text.write(page)

    def close(self) -> None:
        """Write what zstd still holds."""
        self.text.close()
        self.packed.close()


def _lines(printer: Printer, page: Page, style: Style) -> bytes:
    blocks = [_lines_of_event(printer, page, part, style) for part in page.parts]
    lines = np.zeros((len(page), max(block.shape[1] for block in blocks)), dtype=np.uint8)
    for part, block in zip(page.parts, blocks, strict=True):
        lines[part.place, : block.shape[1]] = block
    text: bytes = lines[lines != 0].tobytes()
    return text


def _lines_of_event(printer: Printer, page: Page, rows: Rows, style: Style) -> Bytes2D:
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
            pieces.extend(_printed(printer, column, page, rows, style))
    pieces.append(style.closes)
    return _side_by_side(pieces, len(rows))


def _printed(printer: Printer, column: Column, page: Page, rows: Rows, style: Style) -> list[bytes | Bytes2D]:
    if column.name == "event":
        return [style.quote + rows.layout.name.encode() + style.quote]
    if column.name == "sample_rate" and not rows.layout.is_sampled:
        return [b"1"]
    if column.type is Type.TIME:
        return [style.quote, _times(printer, column, page, style)[rows.place], style.quote]
    values, missing = _of_event(printer, column, page, rows)
    quote, nothing = style.quote.decode(), style.nothing.decode()
    if column.type is Type.TEXT:
        texts = [f"{quote}{value}{quote}" for value in column.values] + [nothing]
        return [table_of(texts)[np.minimum(values, len(column.values))]]
    if column.type is Type.NUMBER:
        if missing is None:
            return [decimal_text(values, column.decimals)]
        return [_with_nothing(decimal_text(np.where(missing, 0, values), column.decimals), missing, style)]
    digits = hex_digits(values, USER_DIGITS if column.type is Type.USER else 16)
    before, after = style.quote + column.prefix.encode(), style.quote
    if missing is None:
        return [before, digits, after]
    return [_with_nothing(_side_by_side([before, digits, after], len(rows)), missing, style)]


def _of_event(
    printer: Printer, column: Column, page: Page, rows: Rows
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """A column of the rows of one event, and where it has no value."""
    if column.name not in ENVELOPE:
        return printer.own(column, rows), printer.own_missing(column, rows)
    missing = printer.shared_missing(column, page)
    if missing is not None:
        missing = missing[rows.place] if missing[rows.place].any() else None
    return printer.shared(column, page)[rows.place], missing


def _with_nothing(text: Bytes2D, missing: npt.NDArray[np.bool_], style: Style) -> Bytes2D:
    """Text, but nothing where there is no value."""
    found = np.zeros((len(text), max(text.shape[1], len(style.nothing))), dtype=np.uint8)
    found[:, : text.shape[1]] = text
    found[missing] = 0
    found[missing, : len(style.nothing)] = np.frombuffer(style.nothing, dtype=np.uint8)
    return found


def _times(printer: Printer, column: Column, page: Page, style: Style) -> Bytes2D:
    """Times as text."""
    name = f"{column.name} with {style.separator!r}"
    found = page.printed.get(name)
    if found is None:
        found = page.printed[name] = time_text(printer.shared(column, page), printer.start, style.separator)
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

"""What is kept of a row between the passes: the names of its columns, and how each is held."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

__all__ = [
    "CODES",
    "LONG_BEFORE",
    "Kinds",
    "cause_at",
    "cause_user",
    "field_name",
    "printed_kinds",
    "row_kinds",
    "session_kinds",
    "who_kinds",
]

Kinds = Mapping[str, str]
"""Column -> its NumPy type."""
CODES = ("platform", "app_version", "model_version", "variant")
"""What a row says of its session by codes."""


LONG_BEFORE = np.int64(np.iinfo(np.int64).min)
"""The moment of a cause that no leaving can undo."""


def field_name(column: str) -> str:
    """What a field's column is called among those of a row."""
    return f"field_{column}"


def row_kinds(causes: int) -> Kinds:
    """What every row has.

    `at` is when it was written, `clock` how far the device's clock is off, `received` when it arrives; `fate` what
    befell it (see `faults`).
    """
    return {
        "received": "i8",
        "at": "i8",
        "clock": "i4",
        "fate": "u4",
        "key": "u8",
        **session_kinds(causes),
        "interaction": "u8",
        "seq": "i4",
    }


def printed_kinds() -> Kinds:
    """What of that stands in a log in one way or another; the rest says whether a row gets there."""
    return {name: kind for name, kind in row_kinds(causes=0).items() if name != "fate"}


def session_kinds(causes: int) -> Kinds:
    """What all rows of one session share: its id, what is known of it, and on whom it depends."""
    return {"session": "u8", **dict.fromkeys(CODES, "u1"), **who_kinds(causes)}


def who_kinds(causes: int) -> Kinds:
    """On whose staying a row depends: its user, and those without whom its session had not come about."""
    found = {"user": "u4"}
    for number in range(causes):
        found |= {cause_user(number): "u4", cause_at(number): "i8"}
    return found


def cause_user(number: int) -> str:
    """The column of the first, second ... other person on whom a row depends."""
    return f"cause_user_{number}"


def cause_at(number: int) -> str:
    """The column of the moment at which that person must still have been there."""
    return f"cause_at_{number}"

"""What a log's columns hold, whatever the format: ids as they are printed, times, codes, whole multiples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.simulation.luck.draws import Seed
from teledesign.simulation.luck.ids import Scramble
from teledesign.simulation.rows.arriving import Rows
from teledesign.simulation.rows.columns import NOTHING, RATE_DECIMALS, Column, Type
from teledesign.simulation.rows.layout import Layout

__all__ = ["USER_DIGITS", "Printer", "in_chunks"]

SAMPLE_RATE = 10**RATE_DECIMALS
"""The sample rate 1 in its column's decimals."""
USER_DIGITS = 8
"""Hexadecimal digits of a user's printed id."""
CODES = ("platform", "app_version", "model_version", "variant")


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


def in_chunks(rows: list[Rows], size: int) -> Iterator[list[Rows]]:
    """The rows in order, `size` at a time."""
    total = sum(len(part) for part in rows)
    for first in range(0, total, size):
        chunk = (part.between(first, min(first + size, total)) for part in rows)
        yield [part for part in chunk if len(part)]

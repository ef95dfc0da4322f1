"""What a log's columns hold, whatever the format: ids as they are printed, times, codes, whole multiples."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario import Scenario
from teledesign.simulation.luck.draws import Seed
from teledesign.simulation.luck.ids import Scramble
from teledesign.simulation.rows.arriving import Page, Rows
from teledesign.simulation.rows.columns import NOTHING, RATE_DECIMALS, Column, Type
from teledesign.simulation.rows.kinds import field_name
from teledesign.simulation.rows.layout import Layout
from teledesign.simulation.rows.records import Records

__all__ = ["USER_DIGITS", "Printer"]

Flags = npt.NDArray[np.bool_]

SAMPLE_RATE = 10**RATE_DECIMALS
"""The sample rate 1 in its column's decimals."""
USER_DIGITS = 8
"""Hexadecimal digits of a user's printed id."""


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

    # What all rows have

    def shared(self, column: Column, page: Page) -> npt.NDArray[Any]:
        """A column of the envelope: printed ids, times, codes or whole multiples."""
        found = page.printed.get(column.name)
        if found is None:
            found = page.printed[column.name] = self._shared(column.name, page.rows)
        return found

    def _shared(self, name: str, rows: Records) -> npt.NDArray[Any]:
        match name:
            case "event_id":
                return self.event_ids(rows["key"])
            case "ts":
                return np.asarray(rows["at"] + rows["clock"])
            case "received_at":
                return rows["received"]
            case "user_id":
                return self.user_ids(rows["user"])
            case "session_id":
                return self.episode_ids(rows["session"])
            case "interaction_id":
                return self.episode_ids(rows["interaction"])
            case "seq":
                return rows["seq"].astype(np.int64)
            case "sample_rate":
                return rows["rate"].astype(np.int64) if "rate" in rows else np.full(len(rows), SAMPLE_RATE)
        return rows[name]

    def shared_missing(self, column: Column, page: Page) -> Flags | None:
        """Where a column of the envelope has no value, or None if all rows have one."""
        if column.name == "interaction_id":
            return _any(page.rows["interaction"] == 0)
        if column.type is not Type.TEXT or column.name == "event":
            return None
        return _any(page.rows[column.name] >= len(column.values))

    # What the rows of one event have

    def own(self, column: Column, rows: Rows) -> npt.NDArray[Any]:
        """A field: printed ids, codes or whole multiples; `own_missing` says where there is nothing."""
        found = rows.printed.get(column.name)
        if found is None:
            held = rows.fields[field_name(column.name)]
            scramble = {Type.ID: self.episode_ids, Type.USER: self.user_ids}.get(column.type)
            found = rows.printed[column.name] = held if scramble is None else scramble(held)
        return found

    def own_missing(self, column: Column, rows: Rows) -> Flags | None:
        """Where a row has no value in a field, or None if all have one."""
        held = rows.fields[field_name(column.name)]
        if column.type is Type.TEXT:
            return _any(held >= len(column.values))
        return _any(held == NOTHING[column.type]) if column.type in NOTHING else None


def _any(missing: Flags) -> Flags | None:
    return missing if missing.any() else None

"""The way into the log: clocks, waiting, loss and second copies, by ordinary weather and by incidents.

Every draw belongs to the row, the session or the device, so two designs meet the same luck.  All of it happens to
rows of one block at a time; what nobody asked for is exactly off.  Servers write into the log directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from teledesign.scenario.baked_sizes import BakedSizes, bake_sizes
from teledesign.scenario.baking import amount
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.distributions import Distribution
from teledesign.scenario.tables import NumberTable, SizeTable
from teledesign.simulation.luck.chance import Quantiles
from teledesign.simulation.luck.draws import Floats, Ids, hashed, uniform
from teledesign.simulation.playing.frames import Frame
from teledesign.simulation.rows.layout import EventLayout
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.rows.records import Records, joined
from teledesign.simulation.sending.faults import AGAIN, LATE, LOST, MISSET, Fault, Faults, meant_by

__all__ = ["COPY_BIT", "Climate", "Weather", "longest_wait_ms"]

Integers = npt.NDArray[np.int64]

AFTER = SizeTable.model_validate({"median": "10 s", "p95": "2 min"})
"""How long until a row is sent again where the scenario says nothing."""
COPY_BIT = np.uint64(1 << 43)
"""Set in the keys of copies that get an id of their own; keys of rows never have it."""
COPY_BITS = np.uint64((1 << 43) - 1)
MOST_MS = 2**31 - 1


@dataclass(frozen=True)
class Climate:
    """What the rows of each session share, one entry per session of a block."""

    loss: Floats
    again: Floats
    leaf: Integers
    """Where the session's table of delays begins among all."""
    waits: Integers
    """How long its rows wait for a network, in ms."""
    clock: Integers
    """How far the device's clock is off, in ms."""
    misset: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Weather:
    """The weather of a scenario and the incidents that run, under one seed."""

    delivery: Delivery
    faults: Faults

    def key(self, name: str) -> np.uint64:
        """The key of a draw."""
        return self.faults.population.key(f"delivery.{name}")

    # Whom it meets: tables name attributes of the user, read when the session begins

    def climate(self, anchors: list[Frame]) -> Climate:
        """What the sessions of a block meet, in the order of their numbers."""
        held = [self._of_frame(anchor) for anchor in anchors]
        if len(held) == 1:
            return held[0]
        return Climate(*(np.concatenate([getattr(one, name) for one in held]) for name in Climate.__dataclass_fields__))

    def _of_frame(self, anchor: Frame) -> Climate:
        count, delivery = len(anchor), self.delivery
        again = None if delivery.duplicates is None else delivery.duplicates.chance
        clock, misset = self._clocks(anchor)
        return Climate(
            loss=_chances(delivery.loss, anchor),
            again=_chances(again, anchor),
            leaf=np.zeros(count, dtype=np.int64) if self._delay is None else self._delay.begins(anchor),
            waits=self._waits(anchor),
            clock=clock,
            misset=misset,
        )

    def _waits(self, anchor: Frame) -> Integers:
        found = np.zeros(len(anchor), dtype=np.int64)
        offline = self.delivery.offline
        if offline is None:
            return found
        chances = _chances(offline.chance, anchor)
        rows = np.flatnonzero(uniform(anchor.ids, self.key("offline")) < chances)
        if len(rows) and self._offline is not None:
            begins = self._offline.begins(anchor)[rows]
            found[rows] = self._offline.at(begins + _sixteen(hashed(anchor.ids[rows], self.key("offline.delay"))))
        return found

    def _clocks(self, anchor: Frame) -> tuple[Integers, npt.NDArray[np.bool_]]:
        clock, count = self.delivery.clock, len(anchor)
        if clock is None:
            return np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
        ids = self.faults.population.ids(anchor.users)
        scores = self._jitter.at(_sixteen(hashed(ids, self.key("clock.jitter"))))
        found = np.floor(scores * (clock.jitter * 1000.0) + 0.5).astype(np.int64)
        misset = uniform(ids, self.key("clock.wrong")) < clock.wrong
        if self._wrong_by is not None:
            rows = np.flatnonzero(misset)
            begins = self._wrong_by.begins(anchor)[rows]
            found[rows] += self._wrong_by.at(begins + _sixteen(hashed(ids[rows], self.key("clock.wrong_by"))))
        return found, misset

    @cached_property
    def _jitter(self) -> Quantiles:
        return Quantiles([Distribution("normal", 0.0, 1.0)])

    @cached_property
    def _delay(self) -> _Waits | None:
        return self._table(self.delivery.delay, "delay")

    @cached_property
    def _offline(self) -> _Waits | None:
        return self._table(self.delivery.offline.delay if self.delivery.offline else None, "offline.delay")

    @cached_property
    def _wrong_by(self) -> _Waits | None:
        return self._table(self.delivery.clock.wrong_by if self.delivery.clock else None, "clock.wrong_by")

    @cached_property
    def _after(self) -> _Waits | None:
        return self._table((self.delivery.duplicates and self.delivery.duplicates.after) or AFTER, "duplicates.after")

    def _table(self, table: SizeTable | None, name: str) -> _Waits | None:
        if table is None:
            return None
        users = {held.name: held for held in self.faults.population.plan.names.held_by("user")}
        return _Waits(bake_sizes(table, users, f"delivery.{name}"))

    # What becomes of rows

    def deliver(self, part: Recorded, climate: Climate, sent: Integers | None = None) -> Records:
        """The rows of one event with their clock, arrival and fate; those sent again stand there twice.

        `sent` is when each leaves the device, where it waits for others there.
        """
        records, event = part.records, part.layout
        if event.by_server:
            records["received"] = records["at"]
            return records
        here = part.session
        bits = hashed(records["key"], self.key("row"))
        records["clock"] = climate.clock[here]
        fate = np.where(climate.misset[here], np.uint32(MISSET), np.uint32(0))
        for fault in self.faults.about(event, "shifts_clock"):
            rows = meant_by(fault, event, records)
            records["clock"][rows] += round(float(fault.plan.effect.shifts_clock or 0.0) * 1000)
            fate[rows] |= np.uint32(fault.fate)
        waits = climate.waits[here]
        fate[waits > 0] |= np.uint32(LATE)
        if self._delay is not None:
            waits += self._delay.at(climate.leaf[here] + _sixteen(bits))
        for fault in self.faults.about(event, "delays"):
            rows = meant_by(fault, event, records)
            waits[rows] += self._of_fault(fault, records.taken(rows))
            fate[rows] |= np.uint32(fault.fate)
        records["received"] = waits + (records["at"] if sent is None else sent)
        fate[_unit(bits, 0) < climate.loss[here]] |= np.uint32(LOST)
        for fault in self.faults.about(event, "loses"):
            hit = self._struck(fault, event, records)
            hit = hit[uniform(records["key"][hit], fault.key) < amount(fault.plan.effect.loses or 0.0)]
            fate[hit] |= np.uint32(fault.fate)
        records["fate"] |= fate
        return self._with_copies(event, records, climate.again[here], _unit(bits, 1))

    def _struck(self, fault: Fault, event: EventLayout, records: Records) -> Integers:
        """The rows that a fault on the way hits, when they are written or when they arrive."""
        if fault.plan.at_arrival:
            return np.flatnonzero(self.faults.striking.on_arrival(fault.plan, records, records["received"]))
        return meant_by(fault, event, records)

    def _of_fault(self, fault: Fault, records: Records) -> Integers:
        table = self._table(fault.plan.effect.delays, fault.plan.address)
        if table is None or not len(records):
            return np.zeros(len(records), dtype=np.int64)
        begins = table.begins_of(self.faults, records)
        found = table.at(begins + _sixteen(hashed(records["key"], fault.key)))
        return found

    def _with_copies(self, event: EventLayout, records: Records, chance: Floats, drawn: Floats) -> Records:
        """The rows, and behind them second copies of those that arrived: by ordinary weather, then by incidents."""
        duplicates = self.delivery.duplicates
        new_ids = duplicates is not None and duplicates.same_id == "no"
        found = self._copied(records, np.flatnonzero(drawn < chance), AGAIN, self.key("again"), new_ids)
        copied = AGAIN
        for fault in self.faults.about(event, "duplicates"):
            rows = self._struck(fault, event, found)
            # A copy can be sent again too: its draws must not be those of the row it copies.
            ids: Ids = found["key"][rows] ^ (found["fate"][rows].astype(np.uint64) & np.uint64(copied))
            rows = rows[uniform(ids, fault.key) < amount(fault.plan.effect.duplicates or 0.0)]
            found = self._copied(found, rows, fault.fate, fault.key, fault.plan.effect.same_id == "no")
            copied |= fault.fate
        return found

    def _copied(self, records: Records, rows: Integers, fate: int, key: np.uint64, new_ids: bool) -> Records:
        rows = rows[(records["fate"][rows] & np.uint32(self.faults.kept_out)) == 0]
        if not len(rows) or self._after is None:
            return records
        copies = records.taken(rows)
        bits = hashed(copies["key"], key, 1)
        waits = 1 + self._after.at(self._after.begins_of(self.faults, copies) + _sixteen(bits))
        copies["received"] += waits
        copies["fate"] |= np.uint32(fate)
        duplicates = self.delivery.duplicates
        if duplicates is not None and duplicates.restamped > 0 and not new_ids:
            restamped = np.flatnonzero(_unit(bits, 0) < duplicates.restamped)
            copies["clock"][restamped] += np.minimum(waits[restamped], MOST_MS).astype(np.int32)
        if new_ids:
            block = copies["key"] & ~((COPY_BIT << np.uint64(1)) - np.uint64(1))
            copies["key"] = block | COPY_BIT | (bits & COPY_BITS)
        return joined([records, copies], records.kinds)


class _Waits:
    """A table of durations that names attributes of users, in whole milliseconds; clocks can be off either way."""

    def __init__(self, baked: BakedSizes) -> None:
        self.baked = baked
        self.leaf = np.maximum(baked.leaf, 0)
        held = [leaf.distribution for leaf in baked.leaves if leaf.distribution is not None]
        self.at = Quantiles(held).ms_at

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes it asks for."""
        return self.baked.names

    def begins(self, anchor: Frame) -> Integers:
        """Where the quantiles of each session begin."""
        return self._begins({name: anchor.column(name) for name in self.names}, len(anchor))

    def begins_of(self, faults: Faults, records: Records) -> Integers:
        """The same for the sessions of some records, as they are when the row is written."""
        users, population = records["user"].astype(np.int64), faults.population
        columns = {name: population.attribute(name, users, records["at"]) for name in self.names}
        return self._begins(columns, len(records))

    def _begins(self, columns: Mapping[str, npt.NDArray[np.uint8]], rows: int) -> Integers:
        if not self.names:
            return np.zeros(rows, dtype=np.int64)
        found: Integers = self.leaf[self.baked.code(columns, rows)] << 16
        return found


def _chances(table: NumberTable | None, anchor: Frame) -> Floats:
    """The chance of each session: 0 where nothing is said."""
    count = len(anchor)
    if table is None:
        return np.zeros(count)
    if table.given is None:
        return np.full(count, table.value or 0.0)
    values = anchor.script.plan.names[table.given].values
    each = np.array([table.rows.get(value, table.otherwise or 0.0) for value in values])
    found: Floats = each[np.asarray(anchor.column(table.given), dtype=np.int64)]
    return found


def _sixteen(bits: Ids) -> Integers:
    """The upper sixteen bits, as a place in a table of quantiles."""
    return (bits >> np.uint64(48)).astype(np.int64)


def _unit(bits: Ids, number: int) -> Floats:
    """The first or second 24 bits below those, as a number in (0, 1)."""
    found = ((bits >> np.uint64(24 - 24 * number)) & np.uint64(0xFFFFFF)).astype(np.float64)
    return (found + 0.5) * 2.0**-24


def longest_wait_ms(delivery: Delivery) -> int:
    """The longest that ordinary weather can keep a row from the log, in ms: every duration has an end."""
    longest = 0.0
    for table in (delivery.delay, delivery.offline.delay if delivery.offline else None):
        longest += 0.0 if table is None else _highest(table)
    if delivery.duplicates is not None:
        longest += _highest(delivery.duplicates.after or AFTER) + 0.001
    return int(longest * 1000.0 + 0.5)


def _highest(table: SizeTable) -> float:
    """The largest size that any row of a table can give, in seconds."""
    from teledesign.scenario.distributions import Distribution

    rows = [table.row] if table.row is not None else []
    own = max((float(Distribution.of(row).table()[-1]) for row in rows), default=0.0)
    below = [*table.rows.values(), *([table.otherwise] if table.otherwise else [])]
    return max([own, *map(_highest, below)])

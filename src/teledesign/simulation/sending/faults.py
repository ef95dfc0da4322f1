"""What incidents do to rows that were written, on the client: fields that are empty, lie, or stand in another unit.

A row remembers what befell it in `fate`: one bit for each kind of weather and for each effect of an incident that runs,
so that the truth can count faults.  Rows that never reach the log are carried along with the others; their bits say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from teledesign.findings import Refusal
from teledesign.scenario.baking import amount
from teledesign.scenario.plan import FaultPlan
from teledesign.simulation.luck.draws import Ids, uniform
from teledesign.simulation.people.population import Population
from teledesign.simulation.people.striking import Striking, marked
from teledesign.simulation.rows.columns import NO_CODE, NOTHING, RATE_DECIMALS, Column, Type, no_code
from teledesign.simulation.rows.kinds import CODES, field_name
from teledesign.simulation.rows.layout import EventLayout
from teledesign.simulation.rows.records import Records

__all__ = [
    "AGAIN",
    "LATE",
    "LOST",
    "MISSET",
    "WEATHER",
    "Fault",
    "Faults",
    "coded",
    "meant_by",
    "sampled_by",
    "whole_rate",
]

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LOST, AGAIN, LATE, MISSET = (1 << bit for bit in range(4))
WEATHER = {LOST: "lost", AGAIN: "sent again", LATE: "sent later", MISSET: "with a wrong clock"}
"""What ordinary weather does, by its bit."""
FIRST = 5
"""The bit of the first effect; at most `layout.MOST_FAULTS` fit behind it."""
KEPT_OUT = ("samples", "loses")
"""Verbs after which a row is not in the log."""


@dataclass(frozen=True)
class Fault:
    """A recording effect that runs."""

    plan: FaultPlan
    key: np.uint64

    @property
    def fate(self) -> int:
        """Its bit in the `fate` of rows."""
        return 1 << (FIRST + self.plan.bit)

    def strikes(self, records: Records) -> Integers:
        """The rows that are hit and that luck lets it happen to."""
        hit = marked(self.plan, records)
        chance = self.plan.effect.chance
        rows = np.flatnonzero(hit)
        return rows if chance is None else rows[uniform(records["key"][rows], self.key) < amount(chance)]


@dataclass(frozen=True)
class Faults:
    """All recording effects that act on records, in the order in which they act."""

    population: Population

    @cached_property
    def every(self) -> tuple[Fault, ...]:
        """The effects."""
        plans = self.population.plan.faults
        return tuple(Fault(plan, self.population.key(plan.address)) for plan in plans)

    @cached_property
    def striking(self) -> Striking:
        """Whom the incidents hit."""
        return Striking(self.population)

    def about(self, event: EventLayout, *verbs: str) -> Iterator[Fault]:
        """The effects that an event's rows can meet."""
        return (fault for fault in self.every if event.code in fault.plan.events and fault.plan.verb in verbs)

    @cached_property
    def kept_out(self) -> int:
        """The bits of rows that are not in the log."""
        return LOST | sum(fault.fate for fault in self.every if fault.plan.verb in KEPT_OUT)

    def on_the_client(self, event: EventLayout, records: Records) -> None:
        """What becomes of rows before they are sent; the records change in place."""
        for fault in self.about(event, *VERBS):
            if not _is_there(fault, event):
                continue
            rows = meant_by(fault, event, records)
            if len(rows):
                rows = VERBS[fault.plan.verb](fault, event, records, rows)
                records["fate"][rows] |= np.uint32(fault.fate)


def _is_there(fault: Fault, event: EventLayout) -> bool:
    """Whether the field that an effect is about is collected at all."""
    effect = fault.plan.effect
    name = _field(effect.writes or effect.renames or effect.rescales or effect.blanks)
    return name in event.columns or name not in event.fields


def meant_by(fault: Fault, event: EventLayout, records: Records) -> Integers:
    """The rows that a fault on the client strikes: hit, with the values it is about, and luck lets it."""
    rows = fault.strikes(records)
    return rows[_when(fault, event, records)[rows]]


def _when(fault: Fault, event: EventLayout, records: Records) -> Flags:
    """The rows whose own fields have the values the effect is about."""
    found = np.ones(len(records), dtype=bool)
    for name, wanted in fault.plan.effect.when.items():
        column = event.columns.get(name)
        if column is None:  # the design does not collect it
            return np.zeros(len(records), dtype=bool)
        found &= np.isin(records[field_name(name)], [coded(column, value) for value in wanted])
    return found


def coded(column: Column, value: str | float) -> int:
    """How a column holds a value."""
    if column.type is Type.TEXT:
        text = value if isinstance(value, str) else f"{value:g}"
        return column.values.index(text) if text in column.values else no_code(column)
    found: int = round(float(value) * 10**column.decimals)
    return found


def _field(place: str | None) -> str:
    """The field an effect names, with or without its event."""
    return str(place).rpartition(".")[2]


def _blank(fault: Fault, event: EventLayout, records: Records, rows: Integers) -> Integers:
    name = _field(fault.plan.effect.blanks)
    if name in event.columns:
        column = event.columns[name]
        records[field_name(name)][rows] = no_code(column) if column.type is Type.TEXT else NOTHING[column.type]
    elif name == "interaction_id":
        records["interaction"][rows] = 0
    elif name in CODES:
        records[name][rows] = NO_CODE
    else:
        raise Refusal(f"the incident {fault.plan.incident} blanks {name}, which cannot be empty. Name another field")
    return rows


def _write(fault: Fault, event: EventLayout, records: Records, rows: Integers) -> Integers:
    name, value = _field(fault.plan.effect.writes), fault.plan.effect.value
    if value is None:
        raise Refusal(f"the incident {fault.plan.incident} writes {name} and does not say what. Add value")
    records[field_name(name)][rows] = coded(event.columns[name], value)
    return rows


def _rename(fault: Fault, event: EventLayout, records: Records, rows: Integers) -> Integers:
    effect = fault.plan.effect
    name = _field(effect.renames)
    column, held = event.columns[name], records[field_name(name)]
    rows = rows[held[rows] == coded(column, str(effect.was))]
    held[rows] = coded(column, str(effect.now))
    return rows


def _rescale(fault: Fault, event: EventLayout, records: Records, rows: Integers) -> Integers:
    name, times = _field(fault.plan.effect.rescales), fault.plan.effect.times
    if times is None or isinstance(times, dict):
        raise Refusal(f"the incident {fault.plan.incident} rescales {name} and names no factor. Add times")
    held = records[field_name(name)]
    rows = rows[held[rows] != NOTHING[Type.NUMBER]]
    held[rows] = np.floor(held[rows] * amount(times) + 0.5).astype(np.int64)
    return rows


def _sample(fault: Fault, event: EventLayout, records: Records, rows: Integers) -> Integers:
    """Rows left out; of those that stay `sample_rate` tells, if the effect says so."""
    effect = fault.plan.effect
    keep = 1.0 if effect.keep is None else effect.keep
    out = uniform(sampled_by(effect.by or "event", records, rows), fault.key) >= keep
    if effect.says_so == "yes":
        stay = rows[~out]
        records["rate"][stay] = np.floor(records["rate"][stay] * keep + 0.5).astype(np.uint32)
    return rows[out]


def sampled_by(unit: str, records: Records, rows: Integers) -> Ids:
    """The ids that are kept or dropped as a whole: of users, of sessions, or of each row."""
    if unit == "user":
        return records["user"][rows].astype(np.uint64)
    found: Ids = records["session"][rows] if unit == "session" else records["key"][rows]
    return found


def whole_rate(rate: float) -> int:
    """A share kept as `rate` holds it."""
    return int(rate * 10**RATE_DECIMALS + 0.5)


VERBS: dict[str, Callable[[Fault, EventLayout, Records, Integers], Integers]] = {
    "blanks": _blank,
    "writes": _write,
    "renames": _rename,
    "rescales": _rescale,
    "samples": _sample,
}
"""What happens on the client: verb -> what it does to the rows struck; it gives those it changed."""

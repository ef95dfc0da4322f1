"""Which rows clients write at all: rows that incidents stop, let them write though nothing happened, or write twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from teledesign.simulation.luck.draws import hashed
from teledesign.simulation.people.striking import marked
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.sending.faults import Faults, meant_by
from teledesign.simulation.sending.weather import COPY_BIT, COPY_BITS

__all__ = ["OnDevices", "written"]


@dataclass(frozen=True)
class OnDevices:
    """The rows of one event that clients write, and those that they do not, with the `fate` of both."""

    written: Recorded
    stopped: Recorded


def written(faults: Faults, part: Recorded) -> OnDevices:
    """The rows of one event that clients write, before they number them."""
    for fault in faults.about(part.layout, "sends"):
        part.records["fate"][marked(fault.plan, part.records)] |= np.uint32(fault.fate)
    stopped = part.taken(np.zeros(0, dtype=np.int64))
    for fault in faults.about(part.layout, "stops"):
        keep = np.ones(len(part), dtype=bool)
        keep[meant_by(fault, part.layout, part.records)] = False
        if not keep.all():
            never = part.taken(np.flatnonzero(~keep))
            never.records["fate"] |= np.uint32(fault.fate)
            stopped, part = stopped.with_more(never), part.taken(np.flatnonzero(keep))
    for fault in faults.about(part.layout, "repeats"):
        rows = meant_by(fault, part.layout, part.records)
        if not len(rows):
            continue
        copies = part.taken(rows)
        copies.records["fate"] |= np.uint32(fault.fate)
        if fault.plan.effect.same_id != "yes":
            keys = copies.records["key"]
            block = keys & ~((COPY_BIT << np.uint64(1)) - np.uint64(1))
            copies.records["key"] = block | COPY_BIT | (hashed(keys, fault.key, 1) & COPY_BITS)
        part = part.with_more(copies)
    return OnDevices(part, stopped)

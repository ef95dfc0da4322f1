"""Which rows clients write at all: rows that an incident stops, and rows that it makes them write twice."""

from __future__ import annotations

import numpy as np

from teledesign.simulation.luck.draws import hashed
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.sending.faults import Faults, meant_by
from teledesign.simulation.sending.weather import COPY_BIT, COPY_BITS

__all__ = ["written"]


def written(faults: Faults, part: Recorded) -> Recorded:
    """The rows of one event that clients write, before they number them."""
    for fault in faults.about(part.layout, "stops"):
        keep = np.ones(len(part), dtype=bool)
        keep[meant_by(fault, part.layout, part.records)] = False
        part = part.taken(np.flatnonzero(keep)) if not keep.all() else part
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
    return part

"""Which rows recording effects of incidents hit, as far as names must be known to tell: told while rows are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario.baking import amount
from teledesign.scenario.plan import FaultPlan
from teledesign.scenario.schedule import bit_name
from teledesign.simulation.luck.draws import Ids, hashed
from teledesign.simulation.playing.frames import Frame, Integers

__all__ = ["hit_by", "marks", "sent_by"]

Flags = npt.NDArray[np.bool_]


def marks(
    faults: Iterable[FaultPlan], frame: Frame, rows: Integers, at: Integers, event: int, sent: FaultPlan | None
) -> npt.NDArray[Any]:
    """The `struck` of rows of an event: a bit for each effect that is about it and hits the row (`scenario.faults`),
    and that of the effect by which they were sent, if it was one."""
    found = np.zeros(len(rows), dtype=np.uint64)
    for fault in faults:
        if sent is not None and fault.bit == sent.bit:
            found |= np.uint64(1 << fault.bit)
        elif fault.verb != "sends" and event in fault.events:
            found[hit_by(fault, frame, rows, at)] |= np.uint64(1 << fault.bit)
    return found


def hit_by(fault: FaultPlan, frame: Frame, rows: Integers, at: Integers) -> Flags:
    """Whether conditions hold for some rows and, unless that is judged at arrival, their choosers are hit."""
    found = np.ones(len(rows), dtype=bool)
    if not fault.at_arrival:
        found = frame.struck(bit_name(fault.incident), rows, at)
    if found.any():
        found &= frame.matching(fault.where, rows)
    return found


def sent_by(fault: FaultPlan, frame: Frame, rows: Integers, at: Integers, ids: Ids) -> Flags:
    """The rows at which an incident lets a client write what did not happen; `ids` are those of the rows written."""
    found = hit_by(fault, frame, rows, at)
    if fault.effect.chance is not None:
        key = frame.script.population.key(f"{fault.address}.chance")
        luck = hashed(ids, key) >> np.uint64(12)
        found &= luck.astype(np.float64) * 2.0**-52 < amount(fault.effect.chance)
    return found

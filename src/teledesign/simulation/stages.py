"""Between what clients would send and what the log holds: collection, then delivery.  Both keep everything for now.

They stand in pass two, event by event, after departures: `collect` is where a design's sampling, targeting and dropped
fields will act, `deliver` where the weather of networks and devices, and delivery incidents, will.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from teledesign.simulation.layout import EventLayout
from teledesign.simulation.records import Records

__all__ = ["collect", "deliver"]

Integers = npt.NDArray[np.int64]


def collect(layout: EventLayout, records: Records) -> Records:
    """The rows a design keeps: everything."""
    return records


def deliver(layout: EventLayout, records: Records) -> tuple[Records, Integers]:
    """The rows that arrive and when: every row, at once."""
    return records, records["at"].astype(np.int64)

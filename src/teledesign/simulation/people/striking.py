"""Whom the incidents hit, and when: one fixed number per chooser, compared with the strength at a moment.

A chooser with the number u is hit while the strength is above u, which is one span of time: so each incident comes
down to two moments per chooser.  They are held in whole milliseconds, so that every comparison is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from teledesign.findings import Refusal
from teledesign.scenario.plan import FaultPlan, IncidentPlan, Plan
from teledesign.scenario.schedule import bit_name, hit_between
from teledesign.simulation.luck.draws import Ids, uniform
from teledesign.simulation.rows.records import Records

__all__ = ["NEVER", "Span", "Striking", "is_gradual", "marked"]

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NEVER = np.int64(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Span:
    """From when to when (not including) choosers are hit, in ms after the start; one number where all are alike."""

    on: Integers | np.int64
    off: Integers | np.int64

    def holds(self, at: Integers) -> Flags:
        """Whether each is hit at its moment."""
        found: Flags = (at >= self.on) & (at < self.off)
        return found

    def of(self, rows: Integers) -> Span:
        """The spans of some rows."""
        return Span(*(moment[rows] if isinstance(moment, np.ndarray) else moment for moment in (self.on, self.off)))

    def changes_after(self, at: Integers) -> Integers:
        """The next moment after each at which somebody begins or ceases to be hit."""
        on, off = np.broadcast_to(self.on, at.shape), np.broadcast_to(self.off, at.shape)
        return np.where(at < on, on, np.where(at < off, off, NEVER))


class Numbered(Protocol):
    """What is asked of a population: under which ids its users draw, and whom incidents bring."""

    @property
    def plan(self) -> Plan:
        """The plan that it lives by."""

    @property
    def brought(self) -> Mapping[str, tuple[int, int]]:
        """Incident -> the numbers of the users it brings: from the first up to, not including, the last."""

    def key(self, name: str) -> np.uint64:
        """The key of a dotted name under its seed."""

    def ids(self, users: Integers) -> Ids:
        """The inner ids under which users draw."""


@dataclass(frozen=True)
class Striking:
    """The incidents of a plan under one seed."""

    population: Numbered

    @property
    def plan(self) -> Plan:
        """The plan whose incidents they are."""
        return self.population.plan

    @cached_property
    def incidents(self) -> Mapping[str, IncidentPlan]:
        """The name of its bit (`incident.NAME`) -> incident."""
        return {bit_name(item.name): item for item in self.plan.incidents}

    def window(self, incident: IncidentPlan) -> Span:
        """From when to when anybody may be hit."""
        on, off = hit_between(incident.incident, np.zeros(1))
        return Span(_up(on)[0], _up(off)[0])

    def span(self, incident: IncidentPlan, ids: Ids) -> Span:
        """When the choosers with these inner ids are hit."""
        held = incident.incident
        if held.reaches == 1 and not is_gradual(incident):
            return self.window(incident)
        on, off = hit_between(held, uniform(ids, self.population.key(bit_name(incident.name))))
        return Span(_past(on) if held.ramp else _up(on), _up(off))

    def users(self, incident: IncidentPlan, users: Integers, at: Integers) -> Flags:
        """Whether users are hit at these moments; those an incident brings always are by it, and nobody else is."""
        if incident.brought is not None:
            first, last = self.population.brought[incident.name]
            found: Flags = (users >= first) & (users < last)
            return found
        return self.span(incident, self.population.ids(users)).holds(at)

    def on_arrival(self, fault: FaultPlan, records: Records, received: Integers) -> Flags:
        """Which records of a fault judged at arrival are hit: marked, and their chooser is hit when they arrive."""
        incident = self.incidents[bit_name(fault.incident)]
        if incident.chosen_by not in ("user", "session"):
            raise Refusal(
                f"the incident {fault.incident} is judged at arrival and chosen by {incident.chosen_by}. "
                "Let it be chosen by user or session"
            )
        ids = records["session"]
        if incident.chosen_by == "user":
            ids = self.population.ids(records["user"].astype(np.int64))
        return marked(fault, records) & self.span(incident, ids).holds(received)


def is_gradual(incident: IncidentPlan) -> bool:
    """Whether its choosers are hit one by one rather than all at one moment."""
    return incident.incident.ramp > 0 or incident.incident.fade > 0


def marked(fault: FaultPlan, records: Records) -> Flags:
    """Which records carry the mark of a fault."""
    if "struck" not in records:
        return np.zeros(len(records), dtype=bool)
    struck = records["struck"]
    found: Flags = (struck >> struck.dtype.type(fault.bit)) & struck.dtype.type(1) == 1
    return found


def _up(seconds: npt.NDArray[np.float64]) -> Integers:
    """The first whole millisecond at or after each moment."""
    return _whole(np.ceil(seconds * 1000.0))


def _past(seconds: npt.NDArray[np.float64]) -> Integers:
    """The first whole millisecond after each moment: on a ramp the strength must be above the number."""
    return _whole(np.floor(seconds * 1000.0) + 1.0)


def _whole(moments: npt.NDArray[np.float64]) -> Integers:
    far = ~(moments < 2.0**62)
    return np.where(far, NEVER, np.where(far, 0.0, moments).astype(np.int64))

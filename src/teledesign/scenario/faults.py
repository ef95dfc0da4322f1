"""The recording effects of the incidents that run: what befalls rows, which rows, and in which order.

Every effect of a verb in `RECORDING_VERBS` becomes one `FaultPlan`.  Those of `CLIENT_VERBS` decide which rows a client
writes at all, before it numbers them (`seq`); they are acted out while users are played.  All others befall rows
that were written; they are acted out on the way into the log, which knows no names, only records.  So
each record carries a number, `struck`, whose bit `FaultPlan.bit` is set iff the row is one of those hit: its
event is meant, the conditions hold for the client that wrote it, and the incident's chooser is hit at the moment
the row was written.  Where `at_arrival` holds, the bit tells of event and conditions alone, and the window and
the chooser are looked at when the row arrives.  Conditions on the row's own fields (`effect.when`) and luck (`chance`,
`keep`, `loses`, …; drawn by `address`, so that other draws stay as they are) are left to whoever acts the effect out.
Rows that servers write are never hit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from teledesign.scenario.events import ENVELOPE
from teledesign.scenario.incidents import RECORDING_VERBS, Effect
from teledesign.scenario.scenario import Scenario
from teledesign.scenario.schedule import Running, both

__all__ = ["CLIENT_VERBS", "FaultPlan", "faults_of"]

CLIENT_VERBS = ("stops", "sends", "repeats")
"""Verbs that decide which rows a client writes and numbers."""


@dataclass(frozen=True)
class FaultPlan:
    """One recording effect of an incident that runs."""

    incident: str
    place: int
    """Its place among the incident's effects."""
    effect: Effect
    events: frozenset[int]
    """The numbers of the events it is about, client events only."""
    where: Mapping[str, tuple[str | float, ...]]
    """The conditions of incident and effect and-ed."""
    bit: int
    """Its bit in the `struck` of records; for `sends` that of the rows it let a client write."""

    @property
    def verb(self) -> str:
        """The effect's verb."""
        return self.effect.verb

    @property
    def address(self) -> str:
        """The dotted name its luck is drawn under."""
        return f"incident.{self.incident}.effects.{self.place}"

    @property
    def at_arrival(self) -> bool:
        """Whether window and chooser are looked at when a row arrives."""
        return self.effect.judged_by == "arrival"


def faults_of(scenario: Scenario, running: Running) -> tuple[FaultPlan, ...]:
    """Every recording effect in the order in which they act, each on what is left: by verb, then as they run."""
    found: list[FaultPlan] = []
    for verb in RECORDING_VERBS:
        for name, incident in running.items():
            for place, effect in enumerate(incident.effects):
                if effect.verb != verb:
                    continue
                where = both(incident.where, effect.where)
                found.append(FaultPlan(name, place, effect, _events(scenario, effect), where, len(found)))
    return tuple(found)


def _events(scenario: Scenario, effect: Effect) -> frozenset[int]:
    """The numbers of the client events an effect is about."""
    return frozenset(
        number
        for number, (name, event) in enumerate(scenario.events.items())
        if event.recorded_by == "client" and _means(effect, name, event.fields)
    )


def _means(effect: Effect, event: str, fields: Iterable[str]) -> bool:
    named: str | Sequence[str] | None = getattr(effect, effect.verb)
    if effect.verb in ("stops", "repeats", "samples"):
        return event in tuple(named or ()) or "all" in tuple(named or ())
    if effect.verb == "sends":
        return event == named
    if effect.verb in ("blanks", "writes", "renames", "rescales"):
        one, dot, _ = str(named).partition(".")
        return event == one if dot else one in (*ENVELOPE, *fields)
    return True

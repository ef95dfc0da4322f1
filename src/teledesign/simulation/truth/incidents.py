"""The incidents that ran, for the truth of a log: when exactly, whom they hit, what they changed, where that shows."""

from __future__ import annotations

import math
import re
from datetime import datetime, time, timedelta

from teledesign.scenario import Scenario
from teledesign.scenario.baked_sizes import BakedSizes
from teledesign.scenario.incidents import Effect, Incident, Signal
from teledesign.scenario.plan import IncidentPlan, Plan
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.schedule import Running

__all__ = ["incidents_told", "schedule_of"]

LONG_NUMBER = re.compile(r"\d\.\d{12,}")
"""A number with so many digits that it stands nowhere by chance."""


def incidents_told(plan: Plan, scenario: Scenario) -> list[dict[str, object]]:
    """One entry per incident, in words and plain numbers, every range settled; durations in hours."""
    return [_told(item, plan, scenario) for item in plan.incidents]


def schedule_of(running: Running, scenario: Scenario) -> tuple[str, ...]:
    """What gives a drawn schedule away wherever it stands: each incident with its onset, and the sizes drawn for it."""
    lines = [_line(name, incident, scenario) for name, incident in running.items()]
    for name, incident in running.items():
        meant = scenario.incidents[name].model_dump_json() if name in scenario.incidents else ""
        sizes = {number for number in LONG_NUMBER.findall(incident.model_dump_json()) if number not in meant}
        lines += sorted(sizes)
    return tuple(lines)


def _line(name: str, incident: Incident, scenario: Scenario) -> str:
    assert isinstance(incident.begins, int | float)
    return f"{name} from {_moment(scenario, incident.begins)}"


def _told(item: IncidentPlan, plan: Plan, scenario: Scenario) -> dict[str, object]:
    incident = item.incident
    begins = float(incident.begins) if isinstance(incident.begins, int | float) else math.nan
    ends = begins + incident.lasts + incident.fade
    told: dict[str, object] = {
        "incident": item.name,
        "schedule": _line(item.name, incident, scenario),
        "title": incident.title,
        "family": incident.family,
        "is_fault": incident.fault == "yes",
        "begins": _moment(scenario, begins),
        "ends": None if math.isinf(ends) else _moment(scenario, ends),
        "begins_on_day": int(begins // DAY_S) + 1,
        "ramp_hours": incident.ramp / 3600,
        "fade_hours": incident.fade / 3600,
        "hits": incident.reaches,
        "chosen_by": incident.chosen_by,
        "where": _plain(incident.where),
        "effects": [_effect(effect, plan) for effect in incident.effects],
        "shows_first": incident.shows_first.text,
        "mistaken_for": incident.decoy.text,
        "signal": _signal(incident.signal),
        "decoy_signal": _signal(incident.decoy_signal),
    }
    if item.brought is not None:
        told["brings"] = _brought(incident, item.brought.users)
    return told


def _brought(incident: Incident, users: int) -> dict[str, object]:
    assert incident.brings is not None
    return {"called": incident.brings.called, "users": users}


def _moment(scenario: Scenario, seconds: float) -> str:
    start = datetime.combine(scenario.product.clock.start, time())
    return (start + timedelta(seconds=seconds)).isoformat(timespec="minutes")


def _effect(effect: Effect, plan: Plan) -> dict[str, object]:
    """What the file says of an effect, with its numbers settled."""
    told: dict[str, object] = effect.model_dump(exclude_unset=True, exclude_none=True, mode="json")
    if effect.plus is not None:
        told["plus"] = {"value": effect.plus, "is_time": effect.changes in _durations(plan)}
    return told


def _durations(plan: Plan) -> set[str]:
    """The tables of the world that hold durations."""
    sizes = (table for table in plan.tables() if isinstance(table, BakedSizes))
    return {
        table.address
        for table in sizes
        if any(leaf.distribution and leaf.distribution.is_time for leaf in table.leaves)
    }


def _signal(signal: Signal | None) -> dict[str, object] | None:
    if signal is None:
        return None
    return {"metric": signal.metric, "where": _plain(signal.where), "moves": signal.moves}


def _plain(where: dict[str, tuple[str | float, ...]]) -> dict[str, list[str | float]]:
    return {name: list(values) for name, values in where.items()}

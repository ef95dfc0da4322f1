"""The incidents that ran in a log, in words: when, whom they hit, what they did with which sizes drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from teledesign.scenario.incidents import VERBS

__all__ = ["incidents_in_words"]

DURATIONS = ("shifts_clock",)
"""What is written as a number of seconds."""
WRAPPERS = ("row", "chances")
"""What stands around what is meant."""
CONDITIONS = ("where", "when")
WRITTEN = {"low": "from", "high": "to"}
"""How a file writes the ends of a range."""


def incidents_in_words(incidents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Lines for the incidents that a truth tells of."""
    nothing = True
    for incident in incidents:
        nothing = False
        yield f"{incident['title']} ({incident['incident']})"
        yield f"  From {incident['begins']} {_until(incident)}. {_whom(incident)}"
        for effect in incident["effects"]:
            yield f"  What it does: {_effect(effect)}."
        yield f"  First shows: {incident['shows_first']}"
        yield f"  Mistaken for: {incident['mistaken_for']}"
    if nothing:
        yield "Nothing went wrong but the weather."


def _until(incident: Mapping[str, Any]) -> str:
    told = f"until {incident['ends']}" if incident["ends"] else "for good"
    if incident["ramp_hours"]:
        told += f", growing over {_hours(incident['ramp_hours'])}"
    if incident["fade_hours"]:
        told += f", dying down over the last {_hours(incident['fade_hours'])}"
    return told


def _whom(incident: Mapping[str, Any]) -> str:
    brought = incident.get("brings")
    if brought:
        return f"It brings {brought['called']} ({brought['users']:,} in the panel) and hits nobody else."
    share = "" if incident["hits"] == 1 else f", {100 * incident['hits']:.3g} % of them, each {incident['chosen_by']}"
    share += " by chance" if share else ""
    return f"It hits {_conditions(incident['where']) or 'everybody'}{share}."


def _effect(effect: Mapping[str, Any]) -> str:
    verb = next(name for name in VERBS if name in effect)
    others = [name for name in effect if name != verb and name not in CONDITIONS]
    told = [f"{name.replace('_', ' ')} {_value(name, effect[name])}" for name in (verb, *others)]
    told += [f"{name} {_conditions(effect[name])}" for name in CONDITIONS if effect.get(name)]
    return "; ".join(told)


def _value(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return ", ".join(_value(name, one) for one in value)
    if isinstance(value, int | float):
        return _seconds(value) if name in DURATIONS else f"{value:.4g}"
    return str(value)


def _mapping(value: Mapping[str, Any]) -> str:
    for wrapper in WRAPPERS:
        if isinstance(value.get(wrapper), Mapping):
            return _mapping(value[wrapper])
    if "is_time" in value and "value" in value:
        return _seconds(value["value"]) if value["is_time"] else f"{value['value']:.4g}"
    if len(value) == 1 and 1.0 in value.values():
        return next(iter(value))
    return ", ".join(f"{WRITTEN.get(name, name)} {_value(name, one)}" for name, one in value.items())


def _conditions(where: Mapping[str, Iterable[object]]) -> str:
    return ", ".join(f"{name} {' or '.join(_value(name, one) for one in of)}" for name, of in where.items())


def _hours(hours: float) -> str:
    return _seconds(3600 * hours)


def _seconds(seconds: float) -> str:
    """A duration in the largest unit that it holds twice."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= 2 * length:
            return f"{seconds / length:.4g} {unit}"
    return f"{seconds:.4g} s"

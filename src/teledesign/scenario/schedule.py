"""Incidents with their ranges settled: how strong each is at a moment, and what it changes.

A scenario may give an incident's onset and sizes as ranges.  `settled` fixes them all, so that everything
behind it (baking, simulation, algebra) sees plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.base import Frozen
from teledesign.scenario.incidents import Effect, Incident
from teledesign.scenario.quantities import Range
from teledesign.scenario.scenario import Scenario

__all__ = ["Running", "bit_name", "chosen", "effects_on", "hit_between", "settled", "strength"]

Running = Mapping[str, Incident]
"""The incidents that run, by name, every range settled."""

MINUTE_S = 60.0


def bit_name(incident: str) -> str:
    """The name under which a table sees whether its chooser is hit (`no`, `yes`)."""
    return f"incident.{incident}"


def settled(incident: Incident, point: Callable[[str], float] = lambda path: 0.5) -> Incident:
    """The incident with each range replaced by one number.

    `point` gives, for a range's path within the incident (`begins`, `reaches`, `effects.0.times.wrong`), a
    number in [0, 1]: 0 is the lower end.  Without it every range takes its middle.  An onset drawn from
    a range falls on a full minute.
    """
    found = _settle(incident, "", point)
    assert isinstance(found, Incident)
    if isinstance(incident.begins, Range) and isinstance(found.begins, float):
        found = found.model_copy(update={"begins": float(np.floor(found.begins / MINUTE_S) * MINUTE_S)})
    return found


def _settle(value: object, path: str, point: Callable[[str], float]) -> object:
    if isinstance(value, Range):
        return value.low + (value.high - value.low) * point(path)
    if isinstance(value, Frozen):
        held = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {name: _settle(part, _join(path, name), point) for name, part in held.items()}
        update = {name: part for name, part in changed.items() if part is not held[name]}
        return value.model_copy(update=update) if update else value
    if isinstance(value, dict):
        parts = {key: _settle(part, _join(path, str(key)), point) for key, part in value.items()}
        return parts if any(parts[key] is not value[key] for key in value) else value
    if isinstance(value, tuple):
        items = tuple(_settle(part, _join(path, str(i)), point) for i, part in enumerate(value))
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def chosen(scenario: Scenario, incidents: Running | Iterable[str] = ()) -> dict[str, Incident]:
    """The incidents that run, settled: a mapping as it stands, or names with their ranges at the middle.

    In the order of the scenario, so that the order of asking never matters.
    """
    wanted = incidents if isinstance(incidents, Mapping) else {name: scenario.incidents[name] for name in incidents}
    order = {name: place for place, name in enumerate(scenario.incidents)}
    names = sorted(wanted, key=lambda name: (order.get(name, len(order)), name))
    return {name: settled(wanted[name]) for name in names}


def strength(incident: Incident, moment: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of choosers that are hit at each moment (seconds after the start of day 1).

    `reaches`, times a line from 0 to 1 over `ramp` after `begins`, times a line down over `fade` after
    `begins + lasts`.  A chooser is hit iff its own fixed number is below this.
    """
    moment = np.asarray(moment, dtype=np.float64)
    begins, reaches = _number(incident.begins), _number(incident.reaches)
    up = _line(moment - begins, incident.ramp)
    down = 1.0 - _line(moment - (begins + incident.lasts), incident.fade)
    return np.where(moment < begins, 0.0, reaches * up * down)


def hit_between(incident: Incident, number: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From and until when choosers with these fixed numbers are hit (seconds; both infinite for never).

    The moments between which `strength` is above the number: a rise, perhaps a level, a fall.  Where the ramp is not
    over when the fade begins, their product is a parabola.
    """
    begins, ramp, lasts, fade = _number(incident.begins), incident.ramp, incident.lasts, incident.fade
    part = np.asarray(number, dtype=np.float64) / _number(incident.reaches)
    on, off = part * ramp, lasts + (1.0 - part) * fade
    if ramp > lasts and fade > 0:
        spread = (fade + lasts) * (fade + lasts) - 4.0 * part * ramp * fade
        root = np.sqrt(np.maximum(spread, 0.0))
        rises, falls = (fade + lasts - root) / 2, (fade + lasts + root) / 2
        beyond = (spread < 0) | (rises < lasts) | (rises > ramp)
        on = np.where(on <= lasts, on, np.where(beyond, np.inf, rises))
        off = np.where(off >= ramp, off, falls)
    never = (part >= 1) | ~(on < off)
    return np.where(never, np.inf, begins + on), np.where(never, np.inf, begins + off)


def _line(since: NDArray[np.float64], span: float) -> NDArray[np.float64]:
    """0 before the start, 1 from `span` on, straight between."""
    if span == 0:
        return np.where(since >= 0, 1.0, 0.0)
    return np.minimum(np.maximum(since, 0.0) / span, 1.0)


def _number(value: float | Range) -> float:
    if isinstance(value, Range):
        raise ValueError("the incident still holds a range. Settle it first")
    return float(value)


@dataclass(frozen=True)
class Hit:
    """An effect on one table: the incident whose bit decides, the effect, and the conditions of both."""

    incident: str
    effect: Effect
    where: Mapping[str, tuple[str | float, ...]]


def effects_on(address: str, incidents: Running) -> tuple[Hit, ...]:
    """The `changes` effects on a table, in file order, with the conditions of incident and effect and-ed.

    What an incident says of extra users it brings comes last: it hits nobody else, and holds for them.
    """
    found = (
        Hit(name, effect, both(incident.where, effect.where))
        for name, incident in incidents.items()
        for effect in incident.effects
        if effect.changes == address
    )
    return tuple(sorted(found, key=lambda hit: incidents[hit.incident].brings is not None))


def both(
    one: Mapping[str, tuple[str | float, ...]], other: Mapping[str, tuple[str | float, ...]]
) -> dict[str, tuple[str | float, ...]]:
    """Two sets of conditions that must hold together."""
    found = dict(one)
    for name, values in other.items():
        found[name] = tuple(value for value in found[name] if value in values) if name in found else values
    return found

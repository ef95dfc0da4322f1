"""What goes wrong in a log: which incidents run, when and how strongly, drawn from luck that the caller brings.

An incident's onset and sizes may be ranges.  In a log that is shorter than the scenario's clock an onset is drawn from
that part of its range that leaves the days the incident needs to show (`needs_days`), where there is such a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from teledesign.scenario.incidents import Incident
from teledesign.scenario.quantities import DAY_S, Range
from teledesign.scenario.scenario import Scenario
from teledesign.scenario.schedule import settled

__all__ = ["Point", "drawable", "one_drawn", "settled_by"]

Point = Callable[[str], float]
"""A dotted name -> a number in [0, 1), the same each time."""


def first_onset(incident: Incident) -> float:
    """The earliest moment at which it may begin, in seconds after the start."""
    return incident.begins.low if isinstance(incident.begins, Range) else incident.begins


def last_onset(incident: Incident, days: int) -> float:
    """The latest moment at which it may begin and still have the days it needs, or its earliest where there is none."""
    latest = incident.begins.high if isinstance(incident.begins, Range) else incident.begins
    needed = (days - (incident.needs_days or 1)) * DAY_S
    return max(min(latest, needed), first_onset(incident))


def drawable(scenario: Scenario, days: int) -> tuple[str, ...]:
    """The incidents that may be drawn for a log of so many days: faults, in season, with the days they need to show."""
    return tuple(name for name in _in_time(scenario, days) if scenario.incidents[name].fault == "yes")


def _in_time(scenario: Scenario, days: int) -> tuple[str, ...]:
    """The incidents that are in season and have the days they need."""
    found = []
    for name, incident in scenario.incidents.items():
        begins = scenario.product.clock.start + timedelta(seconds=first_onset(incident))
        in_season = not incident.season or begins.month in incident.season
        if in_season and first_onset(incident) + (incident.needs_days or 1) * DAY_S <= days * DAY_S:
            found.append(name)
    return tuple(found)


def one_drawn(scenario: Scenario, days: int, point: Point) -> tuple[str, ...]:
    """One of the incidents that may be drawn, each as likely as any other; none where none fits.

    Where the lot falls on what is no fault it is cast again: so a log in which something else goes wrong stays as it is
    when its scenario comes to say that a season is no fault.
    """
    names, faults = _in_time(scenario, days), drawable(scenario, days)
    if not faults:
        return ()
    drawn = _at(names, point("incident"))
    return (drawn if drawn in faults else _at(faults, point("incident.instead")),)


def _at(names: Sequence[str], point: float) -> str:
    return names[int(point * len(names))]


def settled_by(scenario: Scenario, names: Iterable[str], days: int, point: Point) -> dict[str, Incident]:
    """The named incidents with each range replaced by one number, drawn by incident and path within it."""
    wanted = frozenset(names)
    return {
        name: _settled(incident, days, lambda path, name=name: point(f"incident.{name}.{path}"))  # type: ignore[misc]
        for name, incident in scenario.incidents.items()
        if name in wanted
    }


def _settled(incident: Incident, days: int, point: Point) -> Incident:
    if isinstance(incident.begins, Range):
        begins = Range(incident.begins.low, last_onset(incident, days))
        incident = incident.model_copy(update={"begins": begins})
    return settled(incident, point)

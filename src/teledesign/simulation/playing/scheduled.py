"""Which incidents run in a log: those a person names, or one drawn; when and how strongly is drawn from its seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from teledesign.findings import Refusal, nearest
from teledesign.scenario import Scenario
from teledesign.scenario.drawing import one_drawn, settled_by
from teledesign.scenario.incidents import Incident
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.schedule import chosen
from teledesign.simulation.luck.draws import Seed

__all__ = ["DRAWN", "NONE", "brought_to", "scheduled"]

DRAWN, NONE = "drawn", "none"
"""Words that stand for an incident's name: one that chance picks, or none at all."""


def scheduled(
    scenario: Scenario, wanted: Iterable[str] | Mapping[str, Incident], seed: Seed, users: int, days: int
) -> dict[str, Incident]:
    """The incidents that run, settled, for a panel of so many users over so many days.

    `wanted` are names, `drawn` or `none`, or settled incidents, which stay as they are.  Raises Refusal for what there
    is not, and for what would begin after the last day.
    """
    if isinstance(wanted, Mapping):
        return chosen(scenario, wanted)
    names = tuple(dict.fromkeys(wanted))
    _check(scenario, names)
    drawn = one_drawn(scenario, days, seed.point) if DRAWN in names else ()
    found = settled_by(scenario, {*names, *drawn} - {DRAWN, NONE}, days, seed.point)
    for name, incident in found.items():
        if isinstance(incident.begins, float) and incident.begins >= days * DAY_S:
            day = int(incident.begins // DAY_S) + 1
            raise Refusal(
                f"the incident {name} begins on day {day}, and the log ends with day {days}. "
                "Ask for more --days, or for another incident"
            )
    return {name: _sized(incident, users / scenario.people.simulate) for name, incident in found.items()}


def _check(scenario: Scenario, names: tuple[str, ...]) -> None:
    if NONE in names and len(names) > 1:
        raise Refusal("--incident none stands beside others. Leave it out, or leave out the others")
    for name in names:
        if name not in scenario.incidents and name not in (DRAWN, NONE):
            close = nearest(name, [*scenario.incidents, DRAWN, NONE])
            remedy = f"Did you mean {close}?" if close else f"Choose from {', '.join(scenario.incidents)}, drawn, none"
            raise Refusal(f"there is no incident {name!r}. {remedy}")


def _sized(incident: Incident, scale: float) -> Incident:
    """The incident with as many extra users as fit the panel: in proportion, one at least."""
    if incident.brings is None:
        return incident
    count = brought_to(incident, scale)
    return incident.model_copy(update={"brings": incident.brings.model_copy(update={"simulate": count})})


def brought_to(incident: Incident, scale: float) -> int:
    """How many users an incident brings to so many times the scenario's panel: in proportion, one at least."""
    return 0 if incident.brings is None else max(1, int(incident.brings.simulate * scale + 0.5))

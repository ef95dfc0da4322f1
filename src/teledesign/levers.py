"""The levers: numbers of a design that an estimate lets one move and a form may draw for its group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.scenario import Scenario

__all__ = ["LEVERS", "PREFIX", "Lever", "form_settings", "lever_set_by", "levers_of", "payload_lever"]

PREFIX = "cost."
"""What a form writes before a lever's name, to tell it from a path of the scenario."""
USERS = "people.production.mode"
"""The path of a scenario that is an input of the estimate too."""


@dataclass(frozen=True)
class Lever:
    """A lever: its name and title, its unit and bounds, and a sentence about it where the title is not enough."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    says: str = ""


_LISTED = (
    Lever("sampling", "Share of rows kept", "1", 0, 1, "Of events without a share of their own."),
    Lever("targeting", "Share of users whose telemetry is wanted", "1", 0, 1),
    Lever("hot_days", "Days ready for queries", "day", 0, 3650),
    Lever("cold_days", "Days in the cheap store", "day", 0, 36500),
    Lever("batch", "Rows in one request, at most", "event/request", 1, 100_000),
    Lever("compression", "Share of requests that are compressed", "1", 0, 1),
    Lever(
        "bare", "Share of rows sent without their own fields", "1", 0, 1, "Who, when and which event are always sent."
    ),
)
LEVERS: Mapping[str, Lever] = {lever.name: lever for lever in _LISTED}
"""Name -> lever that every design has, in the order in which an estimate lists them."""


def payload_lever(payload: str, beside: str) -> Lever:
    """The lever of a payload that travels beside an event."""
    return Lever(
        f"payload_{payload}", f"Share of {beside} rows with the payload {payload.replace('_', ' ')}", "1", 0, 1
    )


def levers_of(scenario: Scenario) -> Mapping[str, Lever]:
    """Every lever of a design that collects all that a scenario offers."""
    beside: Iterator[Lever] = (payload_lever(name, payload.beside) for name, payload in scenario.payloads.items())
    return {**LEVERS, **{lever.name: lever for lever in beside}}


def lever_set_by(path: str) -> str | None:
    """The input of an estimate that a form's number sets; None where it changes what people do."""
    if path == USERS:
        return "users"
    return path.removeprefix(PREFIX) if path.startswith(PREFIX) else None


def form_settings(scenario: Scenario, numbers: Mapping[str, float]) -> dict[str, float]:
    """The settings of an estimate at a form's numbers, by name: those of its cost sheet, which counts no payloads."""
    levers = {name: lever_set_by(parameter.sets) for name, parameter in scenario.forms.items()}
    own = {lever: numbers[name] for name, lever in levers.items() if lever is not None}
    payloads = {f"payload_{name}": 0.0 for name, payload in scenario.payloads.items() if payload.usual_share}
    return own | payloads

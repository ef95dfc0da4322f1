"""Do incidents move the metrics they are said to move?  Asked of the algebra, on a day well within the window."""

from __future__ import annotations

from teledesign.expectation import Expectation
from teledesign.scenario import Scenario
from teledesign.scenario.base import Where
from teledesign.scenario.incidents import Incident, Signal
from teledesign.scenario.metrics import PER_BUILT_IN, Counted
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.schedule import settled


def day_within(incident: Incident, days: int) -> int:
    """A day on which the incident, with its ranges at their middle, is at its strongest."""
    begins = settled(incident).begins
    assert isinstance(begins, float)
    lasts = min(incident.lasts, days * DAY_S)
    return int(min(days - 1, begins // DAY_S + max(2.0, lasts // DAY_S)))


def within(counted: Counted, where: Where) -> Counted:
    """The same count in one slice; what a day is counted by has none."""
    if counted.name in PER_BUILT_IN:
        return counted
    return counted.model_copy(update={"where": {**counted.where, **where}})


def moved(scenario: Scenario, incident: str, signal: Signal) -> float:
    """By which factor the signal's metric changes in its slice when the incident runs."""
    metric = scenario.metrics[signal.metric]
    assert metric.of is not None
    assert metric.per is not None
    of, per = within(metric.of, signal.where), within(metric.per, signal.where)
    day = day_within(scenario.incidents[incident], scenario.product.clock.days)
    usual = Expectation(scenario).ratio(of, per, day, recorded=True)
    return Expectation(scenario, [incident]).ratio(of, per, day, recorded=True) / usual


def unmoved(scenario: Scenario, beyond_algebra: set[str]) -> list[str]:
    """Signals that move less than 3 % or the wrong way, and decoys that do not lead astray."""
    wrong = []
    for name, incident in scenario.incidents.items():
        for kind, signal in (("signal", incident.signal), ("decoy", incident.decoy_signal)):
            if signal is None or name in beyond_algebra:
                continue
            factor = moved(scenario, name, signal)
            least = 1.03 if kind == "signal" else 1.015
            held = {"up": factor > least, "down": factor < 2 - least, "not": abs(factor - 1) < 0.03}[signal.moves]
            if not held:
                wrong.append(f"{name}: the {kind} {signal.metric} should move {signal.moves}, not by {factor:.3f}")
    return wrong

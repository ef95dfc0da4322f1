"""From the algebra to the facts of an estimate: rows, sessions, who is targeted, who pays for mobile data."""

from __future__ import annotations

from collections.abc import Mapping

from teledesign.costs.collected import Gathered, Traffic, printed
from teledesign.design import Design, values_of
from teledesign.expectation import Expectation
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.scenario.metrics import Counted

__all__ = ["gathered", "traffic_of"]

NETWORK = "network"
MOBILE = "mobile"
"""Where a scenario has `network` with a value `mobile`, those bytes go over a data plan; with other values, none do."""


def gathered(
    scenario: Scenario, design: Design, sheet: PriceSheet, expected: Expectation | Traffic | None = None
) -> Gathered:
    """Everything that the formulas of a design take as given."""
    algebra = Expectation(scenario) if expected is None else expected
    traffic = algebra if isinstance(algebra, Traffic) else traffic_of(algebra)
    where = design.targeting.where
    if not where:
        matching = 1.0
    else:
        matching = session_share(algebra if isinstance(algebra, Expectation) else Expectation(scenario), where)
    return Gathered(scenario, design, traffic, sheet, matching)


def traffic_of(expected: Expectation) -> Traffic:
    """What users cause on an average day of the first week, as far as their clients record it."""
    scenario = expected.scenario
    weights = expected.bytes_per_user_day(recorded=True)
    people = scenario.people
    heard = {
        name: tuple(value for value in people.attributes[name].values if value != declined)
        for name, declined in people.unrecorded.items()
    }
    recording = session_share(expected, heard) if heard else 1.0
    return Traffic(
        rows={name: weight.rows_per_user_day for name, weight in weights.items()},
        sessions=expected.sessions_per_user_day() * recording,
        active=expected.active_share() * recording,
        mobile=_mobile(expected),
        heard=recording,
    )


def session_share(expected: Expectation, where: Mapping[str, tuple[str | float, ...]]) -> float:
    """The share of sessions whose user (or whose own draws) match."""
    session = expected.scenario.session
    first = f"{session}.{next(iter(expected.scenario.journey[session].steps))}"
    matching = expected.ratio(Counted(name=first, where=dict(where)), Counted(name="sessions"))
    return printed(matching / expected.ratio(Counted(name=first), Counted(name="sessions")))


def _mobile(expected: Expectation) -> float | None:
    values = values_of(expected.scenario, NETWORK)
    if MOBILE not in values:
        return 0.0 if values else None
    try:
        return session_share(expected, {NETWORK: (MOBILE,)})
    except (KeyError, ValueError):
        return None

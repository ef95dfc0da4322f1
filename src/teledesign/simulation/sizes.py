"""How large a log is: users, days, first day, or as many users as make so many events; and what would be too much."""

from __future__ import annotations

import datetime as dt

from teledesign.expectation import Expectation
from teledesign.findings import Refusal
from teledesign.scenario import Scenario

__all__ = [
    "EARLIEST",
    "LATEST",
    "MOST_DAYS",
    "MOST_JOBS",
    "MOST_ROWS",
    "MOST_USERS",
    "panel_size",
    "scaled",
    "started",
    "within",
]

MOST_USERS = 50_000_000
MOST_DAYS = 3650
MOST_ROWS = 20_000_000_000
MOST_JOBS = 256
MOST_SCALE = 1_000_000.0
EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2200, 1, 1)
"""The first days that a log can have."""


def started(scenario: Scenario, start: dt.date | None) -> Scenario:
    """The scenario with another first day."""
    if start is None:
        return scenario
    if not EARLIEST <= start <= LATEST:
        raise Refusal(f"--start {start} is out of range. Use a day from {EARLIEST} to {LATEST}")
    clock = scenario.product.clock.model_copy(update={"start": start})
    return scenario.model_copy(update={"product": scenario.product.model_copy(update={"clock": clock})})


def scaled(scenario: Scenario, users: int | None, scale: float | None, events: int | None) -> int | None:
    """The users asked for, by number or as so many times the scenario's panel; None where neither is said."""
    given = {"--users": users, "--events": events, "--scale": scale}
    named = [option for option, value in given.items() if value is not None]
    if named == ["--users", "--events"]:
        raise Refusal("both a number of users and a number of events were given. Keep one of --users and --events")
    if len(named) > 1:
        word = "both" if len(named) == 2 else "all"
        raise Refusal(f"{' and '.join(named)} {word} say how large the panel is. Keep one of them")
    if scale is None:
        return users
    if not 0 < scale <= MOST_SCALE:
        raise Refusal(f"--scale {scale:g} is out of range. Use a number above 0, at most {MOST_SCALE:,.0f}")
    return max(1, int(scenario.people.simulate * scale + 0.5))


def panel_size(
    expectation: Expectation, users: int | None, days: int, events: int | None, each: float | None = None
) -> int:
    """How many users there are when day 1 begins.  Raises Refusal for what would be too much.

    `each` is how many rows of a user of day 1 are in the log; the algebra tells where nobody knows better.
    """
    if users is not None and events is not None:
        raise Refusal("both a number of users and a number of events were given. Keep one of --users and --events")
    panel = expectation.plan.users if users is None else users
    per_day = sum(expectation.events_per_user_day(delivered=True).values())
    if events is not None:
        if per_day <= 0 or (each is not None and each <= 0):
            raise Refusal("this scenario writes no events. Give its steps some, or name --users instead of --events")
        panel = max(1, round(events / (each or sum(expectation.log_rows(1, days, delivered=True).values()))))
    within("users", panel, MOST_USERS)
    if events is None and per_day * panel * days > MOST_ROWS:
        raise Refusal(
            f"{panel:,} users over {days:,} days would write about {per_day * panel * days:,.0f} rows, and "
            f"{MOST_ROWS:,} are the most. Ask for fewer"
        )
    return panel


def within(name: str, value: int | None, most: int) -> None:
    """Raise Refusal for a number that is out of range."""
    if value is not None and not 1 <= value <= most:
        raise Refusal(f"--{name} {value} is out of range. Use a whole number from 1 to {most}")

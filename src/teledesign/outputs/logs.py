"""One log per topic, with its truth elsewhere, and the column names that only the truth may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from teledesign.expectation import Expectation
from teledesign.findings import Finding, Level
from teledesign.form import CourseSecret
from teledesign.outputs.log_truth import beside
from teledesign.results.log import LogReport
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.simulation import Seed, panel_size, practice_seed, simulate, workers_of
from teledesign.simulation.playing.scheduled import DRAWN, scheduled
from teledesign.simulation.truth.incidents import schedule_of

__all__ = ["FEWEST_USERS", "LogOrder", "TopicLog", "extent", "hidden_columns", "make_each", "make_log"]

FEWEST_USERS = 24
"""A log of fewer people says little about people: it is cut to fewer weeks instead."""

FEW_EVENTS = 500_000
"""So many are drawn before another process has begun."""


@dataclass(frozen=True)
class LogOrder:
    """A log that is wanted: its scenario, the folder it goes to, and the one of its truth if that is wanted."""

    scenario: Scenario
    log: Path
    truth: Path | None = None


@dataclass(frozen=True)
class TopicLog:
    """A log that was made: its folder, its rows, and a warning where its counts are not what the algebra expects.

    `schedule` is what would give away which incident was drawn for it, and when and how strongly it strikes.
    """

    folder: Path
    rows: int
    findings: tuple[Finding, ...]
    schedule: tuple[str, ...] = ()


def make_each(orders: Mapping[str, LogOrder], secret: CourseSecret, *, events: int, jobs: int) -> dict[str, TopicLog]:
    """The log of each order, several at a time where there are jobs for it; the bytes are the same."""
    at_once = min(jobs, len(orders))
    each = max(jobs // max(at_once, 1), 1) if events > FEW_EVENTS else 1
    make = partial(make_log, secret=secret, events=events, jobs=each)
    if at_once <= 1:
        return {name: make(order) for name, order in orders.items()}
    with workers_of(at_once) as do:
        return dict(zip(orders, do(make, list(orders.values())), strict=True))


def make_log(order: LogOrder, secret: CourseSecret, *, events: int, jobs: int) -> TopicLog:
    """A log of about so many events, over whole weeks, at least `FEWEST_USERS` people; something goes wrong in it."""
    scenario = order.scenario
    seed = practice_seed(scenario.scenario) if secret.public else Seed(secret.digest(scenario.scenario, "log"))
    order.log.parent.mkdir(parents=True, exist_ok=True)
    users, days = extent(scenario, events)
    running = scheduled(scenario, [DRAWN], seed, users, days)
    report = simulate(
        scenario, seed=seed, users=users, days=days, incidents=running, out=order.log, jobs=jobs, truth=order.truth
    )
    if order.truth is not None:
        beside(order.truth, order.log, scenario)
    return TopicLog(order.log, report.rows, tuple(_doubts(report)), schedule_of(running, scenario))


def extent(scenario: Scenario, events: int) -> tuple[int, int]:
    """(users in the panel, days) of a log of about so many events.

    The whole clock where enough people fit, else as many whole weeks as leave `FEWEST_USERS`, at least one.
    """
    expectation = Expectation(scenario)
    whole = scenario.product.clock.days
    for days in (whole, *range(whole // 7 * 7, 6, -7)):
        users = panel_size(expectation, None, days, events)
        if users >= FEWEST_USERS:
            return users, days
    return FEWEST_USERS, min(whole, 7)


def _doubts(report: LogReport) -> list[Finding]:
    wrong = "; ".join(str(event) for event in report.events if event.event in report.disagreeing)
    if not wrong:
        return []
    message = (
        f"counts of the log of {report.scenario} are further from its tables than chance explains ({wrong}). "
        "Use a larger log; if it stays, please report it"
    )
    return [Finding("log-counts", message, level=Level.WARNING)]


def hidden_columns(scenarios: Iterable[Scenario]) -> frozenset[str]:
    """Columns that stand in the truth of interactions and in no log: the outcome, and draws no event copies."""
    hidden, told = {"outcome"}, set(ENVELOPE)
    for scenario in scenarios:
        fields = [item for event in scenario.events.values() for item in event.fields.items()]
        told |= {name for name, _ in fields} | {field.copied for _, field in fields if field.copied}
        hidden |= {name for episode in scenario.journey.values() for name in (*episode.draws, *episode.receives)}
        hidden |= set(scenario.people.attributes)
    return frozenset(hidden - told)

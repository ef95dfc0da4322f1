"""Twin logs: the same people on the same luck, once with an incident and once without.

Nobody leaves (who left would be missed outside the scope too) and delivery is perfect, so all that differs between
twins is the incident's doing.  Metrics are counted as the algebra counts them: every row belongs to the day its
interaction began, and a time limit between numerator and denominator is not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from teledesign.expectation import Expectation
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.incidents import Incident, Signal
from teledesign.scenario.metrics import PER_BUILT_IN, Counted
from teledesign.scenario.people import Leaving
from teledesign.scenario.plan import Plan
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.schedule import settled
from teledesign.simulation import Seed, simulate
from teledesign.simulation.people.population import Population

SEED = Seed.of_number(5)
DAY = pd.Timedelta(days=1)
DAYS_ASKED = 6
"""Days for which the algebra is asked, at least, where there are so many."""
NOTHING = 1e-9
"""What is less than this part of the usual is what rounding leaves of nothing."""


@dataclass(frozen=True)
class Twin:
    """A log with its truth, and the people of its panel."""

    scenario: Scenario
    incidents: Mapping[str, Incident]
    rows: pd.DataFrame
    truth: pd.DataFrame
    users: int

    @classmethod
    def of(cls, scenario: Scenario, users: int, incidents: Mapping[str, Incident], folder: Path) -> Twin:
        """Simulate it."""
        steady = scenario.model_copy(update={"people": scenario.people.model_copy(update={"leaving": Leaving()})})
        out, truth = folder / "log", folder / "truth"
        options: dict[str, Any] = {"users": users, "incidents": incidents, "delivery": Delivery(), "seed": SEED}
        simulate(steady, out=out, truth=truth, **options)
        rows = pd.concat([pd.read_parquet(path) for path in sorted(out.rglob("*.parquet"))], ignore_index=True)
        told = pd.concat([pd.read_parquet(path) for path in sorted(truth.rglob("*.parquet"))], ignore_index=True)
        return cls(steady, incidents, rows, told, users)

    @property
    def start(self) -> pd.Timestamp:
        """The beginning of day 1."""
        return pd.Timestamp(self.scenario.product.clock.start)

    @cached_property
    def told(self) -> pd.DataFrame:
        """The rows, with the day their interaction began, its owner, and what the truth says of it."""
        truth = self.truth.set_index("interaction_id")
        rows = self.rows
        owner = rows["interaction_id"].map(truth["user_id"]).astype(object)
        began = rows["interaction_id"].map(truth["begins"])
        cohort = (began.fillna(rows["ts"]) - self.start) // DAY + 1
        return rows.assign(owner=owner.fillna(rows["user_id"]), day=cohort)

    def values(self, rows: pd.DataFrame, name: str) -> pd.Series:
        """A field of rows, or else what the truth says of their interaction."""
        if name in rows and rows[name].notna().any():
            return rows[name]
        return rows["interaction_id"].map(self.truth.set_index("interaction_id")[name])

    def matching(self, rows: pd.DataFrame, where: Mapping[str, tuple[str | float, ...]]) -> pd.DataFrame:
        """The rows that fulfil conditions."""
        for name, wanted in where.items():
            if name != "event" and len(rows):
                rows = rows[self.values(rows, name).isin(wanted)]
        return rows

    def per_owner(self, counted: Counted, days: range, where: Mapping[str, tuple[str | float, ...]]) -> pd.Series:
        """What is counted over some days, by the owner of the session it came of."""
        rows = self.told[self.told["day"].isin(days)]
        if counted.target == "user_days":
            return pd.Series(float(len(days)), index=self.told["owner"].unique())
        if counted.target == "active_user_days":
            return rows.groupby("owner")["day"].nunique().astype(float)
        if counted.target == "sessions":
            return rows[rows["seq"] == 0].groupby("owner").size().astype(float)
        named = counted.where.get("event")
        events = [counted.target] if counted.target != "events" else list(named or rows["event"].unique())
        rows = self.matching(rows[rows["event"].isin(events)], {**where, **counted.where})
        each = rows.groupby("owner")
        if counted.sum:
            return each[counted.field].sum().astype(float)
        if counted.unique:
            return each[counted.field].nunique().astype(float)
        return each.size().astype(float)


@dataclass(frozen=True)
class Moved:
    """By how much a metric moved, the logarithm of struck over usual: in the twins (and its error), and by algebra."""

    metric: str
    seen: float
    error: float
    expected: float

    def __str__(self) -> str:
        return f"{self.metric}: {self.seen:+.3f} +- {self.error:.3f}, expected {self.expected:+.3f}"


def moved(usual: Twin, struck: Twin, signal: Signal, days: range) -> Moved:
    """How a ratio moved.  The error is that of twins: what both have alike cancels user by user."""
    metric = struck.scenario.metrics[signal.metric]
    assert metric.of is not None
    assert metric.per is not None
    parts, total = {}, 0.0
    for sign, twin in ((1, struck), (-1, usual)):
        for side, counted in ((1, metric.of), (-1, metric.per)):
            where = {} if counted.target in PER_BUILT_IN and counted.target != "events" else signal.where
            each = twin.per_owner(counted, days, where)
            total += sign * side * (math.log(each.sum()) if each.sum() else -math.inf)
            parts[sign, side] = sign * side * each / max(each.sum(), 1.0)
    spread = pd.concat(parts, axis=1).fillna(0.0).sum(axis=1)
    return Moved(signal.metric, total, float(np.sqrt((spread**2).sum())), expected(usual, struck, signal, days))


def expected(usual: Twin, struck: Twin, signal: Signal, days: range) -> float:
    """The same by algebra: over some of the days, as versions roll out in between."""
    metric = struck.scenario.metrics[signal.metric]
    assert metric.of is not None
    assert metric.per is not None
    people = struck.scenario.people.model_copy(update={"simulate": struck.users})
    sized = struck.scenario.model_copy(update={"people": people})
    sliced = [
        counted
        if counted.target in PER_BUILT_IN
        else counted.model_copy(update={"where": {**counted.where, **signal.where}})
        for counted in (metric.of, metric.per)
    ]
    some = days[:: max(1, len(days) // DAYS_ASKED)]
    both = [Expectation(sized, twin.incidents) for twin in (struck, usual)]
    ratios = [[expectation.ratio(sliced[0], sliced[1], day, recorded=True) for day in some] for expectation in both]
    if max(ratios[0]) < NOTHING * max(ratios[1]):
        return -math.inf
    return math.log(float(np.mean(ratios[0])) / float(np.mean(ratios[1])))


def days_of(incident: Incident, days: int) -> range:
    """The days on which an incident is at full strength."""
    assert isinstance(incident.begins, float)
    first = math.ceil((incident.begins + incident.ramp) / DAY_S) + 1
    last = days if math.isinf(incident.lasts) else min(days, int((incident.begins + incident.lasts) // DAY_S))
    if last >= first:
        return range(first, last + 1)
    day = min(days, int((incident.begins + min(incident.lasts, DAY_S) / 2) // DAY_S) + 1)
    return range(day, day + 1)


def with_middle(scenario: Scenario, name: str, users: int) -> dict[str, Incident]:
    """An incident with its ranges at their middle, and as many extra users as fit the panel."""
    incident = settled(scenario.incidents[name])
    if incident.brings is not None:
        count = max(1, round(incident.brings.simulate * users / scenario.people.simulate))
        incident = incident.model_copy(update={"brings": incident.brings.model_copy(update={"simulate": count})})
    return {name: incident}


def differing(usual: Twin, struck: Twin) -> pd.DataFrame:
    """Rows that stand in one twin only (with any difference at all), from both."""
    both = pd.concat([usual.rows, struck.rows], ignore_index=True)
    return both[~both.duplicated(keep=False)]


def users_in_scope(struck: Twin, name: str) -> set[str] | None:
    """The users who are ever in an incident's scope, as far as attributes of users decide; None for everybody."""
    incident = struck.incidents[name]
    plan = Plan.of(struck.scenario, struck.incidents)
    wheres = [{**incident.where, **effect.where} for effect in incident.effects]
    of_users = [{key: wanted for key, wanted in where.items() if plan.names[key].is_of_a_user} for where in wheres]
    if incident.brings is not None or not all(of_users):
        return None
    population = Population(plan, SEED, struck.users, plan.days)
    people = np.arange(population.size)
    hit = np.zeros(len(people), dtype=bool)
    for day in range(plan.days):
        at = np.full(len(people), day * 86_400_000 + 43_200_000)
        for where in of_users:
            some = np.ones(len(people), dtype=bool)
            for key, wanted in where.items():
                codes = [code for code, value in enumerate(plan.names[key].values) if value in wanted]
                some &= np.isin(population.attribute(key, people, at), codes)
            hit |= some
    printed = printed_ids(struck, people[hit])
    return set(printed)


def printed_ids(twin: Twin, users: np.ndarray) -> list[str]:
    """The ids under which users stand in the log."""
    from teledesign.simulation.files.printer import Printer
    from teledesign.simulation.rows.layout import Layout

    printer = Printer.of(twin.scenario, Layout.of(twin.scenario), SEED)
    return [f"u{number:08x}" for number in printer.user_ids(users.astype(np.uint64)).tolist()]

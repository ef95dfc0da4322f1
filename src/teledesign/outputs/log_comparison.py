"""The comparison that chance made: people who are held back beside the others, and how sure a log lets one be of it.

Beside it stands what the same people look like when they are compared by what they did themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.outputs.held_back import WATCHED_DAYS, difference, held_back
from teledesign.outputs.log_questions import Tidy
from teledesign.outputs.sql_text import condition, identifier, literal
from teledesign.outputs.user_impact import ImpactParts, Undoing
from teledesign.outputs.wording import said_count, said_number, said_share
from teledesign.scenario import Scenario

__all__ = ["Comparison", "comparison", "comparison_sql", "is_long_enough"]

LEAST_FOLLOWED = 2
"""Fewer people in a group say nothing at all."""


@dataclass(frozen=True)
class Comparison:
    """What the page says of the two groups; empty texts where the log cannot say it."""

    watched: int
    share: str
    of_each: str
    people: Sequence[str]
    """How many of each group could be followed, those held back first."""
    gone: Sequence[str]
    low: str
    high: str
    can_be_told: bool
    days: int
    """The days that the expected figures are of: the log's, or the scenario's where the log is too short."""
    too_short: bool
    expected_gone: Sequence[str]
    expected_left: Sequence[str]
    panel: int | None
    needed: int | None
    """The panel that shows what is expected four times in five."""
    rows: str
    """About how many rows a log of that panel has."""
    halved: bool
    """Whether people are also cut in halves by what they took back."""
    shared: str
    shared_steps: Sequence[str]


def is_long_enough(days: int) -> bool:
    """Whether the first days of a log and its last are not the same."""
    return days >= 2 * WATCHED_DAYS


def comparison_sql(parts: ImpactParts, tidy: Tidy, days: int) -> str:
    """Who is gone, and who came how often later: by the group chance put them in, and by what they took back."""
    day, last = tidy.day, days - WATCHED_DAYS
    ways = _ways(parts)
    tests = " OR\n         ".join(_matches(one) for one in ways)
    by_habit = f"""\
taken AS (
  SELECT user_id, count(*) AS times FROM tidy
  WHERE {day} BETWEEN 1 AND {WATCHED_DAYS} AND (
         {tests})
  GROUP BY user_id),
halves AS (
  SELECT f.*, ntile(2) OVER (ORDER BY coalesce(times, 0), f.user_id) AS half
  FROM followed f LEFT JOIN taken ON taken.user_id = f.user_id WHERE variant <> 'holdback'),
"""
    habit = """\
  SELECT half AS place, CASE half WHEN 1 THEN 'on, took back less' ELSE 'on, took back more' END AS people,
         gone, days_later
  FROM halves
  UNION ALL
"""
    return f"""\
WITH seen AS (
  SELECT user_id, variant, min({day}) AS first_day, max({day}) AS last_day,
         count(DISTINCT CASE WHEN {day} > {WATCHED_DAYS} THEN {day} END) AS days_later
  FROM tidy WHERE {tidy.in_visit} = 1 AND {day} BETWEEN 1 AND {days} GROUP BY user_id, variant),
followed AS (
  SELECT user_id, variant, days_later, CASE WHEN last_day <= {last} THEN 1 ELSE 0 END AS gone
  FROM seen WHERE first_day <= {WATCHED_DAYS}),
{by_habit if ways else ""}grouped AS (
{habit if ways else ""}  SELECT CASE variant WHEN 'holdback' THEN 4 ELSE 3 END AS place,
         variant AS people, gone, days_later
  FROM followed)
SELECT people, count(*) AS users, avg(gone) AS gone, avg(days_later) AS days_later
FROM grouped GROUP BY place, people ORDER BY place;"""


def _ways(parts: ImpactParts) -> list[Undoing]:
    """What takes an answer back within the visit: later on other people may do it."""
    return [one for one in parts.undone if one.event not in parts.later]


def _matches(one: Undoing) -> str:
    tests = [f"event = {literal(one.event)}"]
    tests += [condition(identifier(name), values) for name, values in one.where.items()]
    return f"({' AND '.join(tests)})"


def comparison(
    scenario: Scenario, parts: ImpactParts, days: int, panel: int, found: Sequence[Sequence[Any]]
) -> Comparison | None:
    """What is said of the rows that the query found in a log over so many days; None where nobody is held back."""
    long_enough = is_long_enough(days)
    held = held_back(scenario, days if long_enough else max(scenario.product.clock.days, 4 * WATCHED_DAYS))
    if held is None:
        return None
    rows = {str(row[0]): (float(row[2]), int(row[1])) for row in found} if long_enough else {}
    both = [rows[name] for name in ("holdback", "on") if name in rows and rows[name][1] >= LEAST_FOLLOWED]
    low, high = difference(both[1], both[0]) if len(both) == 2 else (-1.0, 1.0)
    needed = held.panel
    return Comparison(
        watched=WATCHED_DAYS,
        share=said_share(scenario.people.holdback),
        of_each=scenario.people.called,
        people=[said_count(of) for _, of in both] if len(both) == 2 else [],
        gone=[_percent(share) for share, _ in both] if len(both) == 2 else [],
        low=_points(low),
        high=_points(high),
        can_be_told=low > 0 or high < 0,
        days=held.days,
        too_short=not long_enough,
        expected_gone=[_percent(held.arms[name].gone) for name in ("holdback", "on")],
        expected_left=[_percent(held.arms[name].left) for name in ("holdback", "on")],
        panel=panel,
        needed=needed,
        rows=said_number(float(f"{held.rows_per_user * (needed or 0):.1g}")),
        halved=bool(_ways(parts)),
        shared=_percent(held.shared) if held.shared_steps else "",
        shared_steps=held.shared_steps,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _points(difference: float) -> str:
    return f"{100 * difference:+.0f}".replace("-", "−")

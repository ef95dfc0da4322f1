"""The five questions on user impact as SQL over one log, the same text for SQLite and DuckDB.

Both databases hold the log as the table `log`, and beside it `tidy`: each row once, with its moment in seconds, its day
of arrival and whether it was written within the visit. From `tidy` on, one text does for both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teledesign.outputs.sql_text import condition, identifier, literal, text_list
from teledesign.outputs.user_impact import ImpactParts, Undoing

__all__ = ["ADDED", "QUESTIONS", "FollowUp", "ImpactQuestions", "Tidy", "follow_up", "impact_questions", "tidy_of"]

QUESTIONS = ("experiences", "actions", "undone", "leaving", "later")
"""The five, in their order; pages say each in words."""
ADDED = ("t", "day", "in_visit")
"""The columns that `tidy` has beside those of the log."""
LONGEST_CAP_S, SHORTEST_CAP_S = 3600.0, 600.0
PLACES = 3


@dataclass(frozen=True)
class Tidy:
    """The table `tidy`: the names of its columns beside those of the log, and how either database makes it."""

    t: str
    day: str
    in_visit: str
    sqlite: str
    duckdb: str


@dataclass(frozen=True)
class FollowUp:
    """Question 5 in days: the first so many give the dose, the next so many the outcome."""

    first: int
    next: int
    of: int


@dataclass(frozen=True)
class ImpactQuestions:
    """The texts by the names of `QUESTIONS`, and the numbers their explanations need."""

    sql: Mapping[str, str]
    experience: str
    cap_s: float
    follow_up: FollowUp


def tidy_of(columns: Sequence[str], parts: ImpactParts | None, start: dt.date) -> Tidy:
    """How `tidy` is made from `log`; a column of the log that has one of its names pushes it aside."""
    taken = set(columns)
    t, day, in_visit, copy = (_free(name, taken) for name in (*ADDED, "copy"))
    elsewhere = (*parts.later, *parts.by_server) if parts is not None else ()
    within = f"CASE WHEN event IN ({text_list(elsewhere)}) THEN 0 ELSE 1 END" if elsewhere else "1"
    once = (
        f"FROM (SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY received_at) AS {copy} FROM log)\n"
        f"WHERE {copy} = 1"
    )

    def create(seconds: str, days: str) -> str:
        return (
            f"CREATE TABLE tidy AS\nSELECT *,\n       round({seconds}, 3) AS {t},\n       {days} + 1 AS {day},\n"
            f"       {within} AS {in_visit}\n{once};"
        )

    day_one = literal(start.isoformat())
    return Tidy(
        t,
        day,
        in_visit,
        sqlite=create(
            f"(julianday(ts) - julianday({day_one})) * 86400",
            f"CAST(julianday(substr(received_at, 1, 10)) - julianday({day_one}) AS INTEGER)",
        ),
        duckdb=create(
            f"epoch(ts) - epoch(TIMESTAMP {day_one})", f"date_diff('day', DATE {day_one}, CAST(received_at AS DATE))"
        ),
    )


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def follow_up(days: int) -> FollowUp:
    """A week and three weeks after it where the log is long enough, less where it is not."""
    first = 7 if days >= 14 else max(days // 2, 1)
    spare = 7 if days >= 28 else 0
    return FollowUp(first, min(21, max(days - first - spare, 1)), days)


def impact_questions(parts: ImpactParts, tidy: Tidy, experience: str, days: int) -> ImpactQuestions:
    """The five texts for one log; `experience` is the column that tells answers apart."""
    cap = min(max(parts.window_s, SHORTEST_CAP_S), LONGEST_CAP_S)
    spans = follow_up(days)
    own, event = identifier(experience), literal(parts.exposure)
    texts = (
        _experiences(own, event, tidy),
        _actions(parts, own, event, tidy),
        _undone(parts, own, event, tidy),
        _leaving(own, event, tidy, cap),
        _later(event, tidy, spans),
    )
    return ImpactQuestions(dict(zip(QUESTIONS, texts, strict=True)), experience, cap, spans)


def _experiences(own: str, event: str, tidy: Tidy) -> str:
    return f"""\
WITH shown AS (
  SELECT {_as(own, "experience")}, user_id, {_as(tidy.day, "day")}
  FROM tidy WHERE event = {event})
SELECT experience, count(*) AS times,
       count(*) * 1.0 / (SELECT count(DISTINCT user_id || ' ' || day) FROM shown) AS per_user_day,
       count(DISTINCT user_id) * 1.0 / (SELECT count(DISTINCT user_id) FROM shown) AS reach
FROM shown GROUP BY experience ORDER BY times DESC, experience;"""


def _actions(parts: ImpactParts, own: str, event: str, tidy: Tidy) -> str:
    joined = [f"a.{parts.joined_by} = s.{parts.joined_by}", f"a.{tidy.in_visit} = 1"]
    joined.append(f"a.event IN ({_wrapped(parts.actions)})" if parts.actions else "a.event_id <> s.event_id")
    joined.append(f"a.{tidy.t} BETWEEN s.{tidy.t} AND s.{tidy.t} + {literal(parts.window_s)}")
    return f"""\
WITH followed AS (
  SELECT {_as(own, "experience", "s.")},
         {_action(parts)} AS action,
         row_number() OVER (PARTITION BY s.event_id ORDER BY a.{tidy.t}, a.seq) AS place
  FROM tidy s
  LEFT JOIN tidy a ON {_and(joined, "   ")}
  WHERE s.event = {event})
SELECT experience, coalesce(action, 'nothing') AS action, count(*) AS times,
       count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY experience) AS share
FROM followed WHERE place = 1
GROUP BY experience, coalesce(action, 'nothing') ORDER BY experience, times DESC, action;"""


def _action(parts: ImpactParts) -> str:
    """The name of an action, with its kind where the log tells one."""
    if not parts.details:
        return "a.event"
    cases = [
        f"WHEN {literal(event)} THEN a.event || ' ' || coalesce(CAST(a.{identifier(field)} AS VARCHAR), '')"
        for event, field in parts.details.items()
    ]
    return "CASE a.event\n           " + "\n           ".join([*cases, "ELSE a.event END"])


def _undone(parts: ImpactParts, own: str, event: str, tidy: Tidy) -> str:
    undone = parts.undone or (Undoing(event.strip("'"), {}, parts.window_s),)
    window = max(one.within_s for one in undone)
    key = "session_id" if parts.repeated else parts.joined_by
    joined = [f"a.{key} = s.{key}", "a.event_id <> s.event_id"]
    joined.append(f"a.{tidy.t} BETWEEN s.{tidy.t} AND s.{tidy.t} + {literal(window)}")
    ways = [_way(one, window, tidy) for one in undone]
    either = "\n                  OR ".join(ways)
    return f"""\
WITH judged AS (
  SELECT {_as(own, "experience", "s.")}, s.event_id,
         max(CASE WHEN {either}
             THEN 1 ELSE 0 END) AS undone
  FROM tidy s
  LEFT JOIN tidy a ON {_and(joined, "   ")}
  WHERE s.event = {event} GROUP BY s.{own}, s.event_id)
SELECT experience, count(*) AS times, sum(undone) AS undone, avg(undone) AS rate,
       avg(undone) / nullif((SELECT avg(undone) FROM judged), 0) AS lift,
       count(*) * (avg(undone) - (SELECT avg(undone) FROM judged)) AS excess
FROM judged GROUP BY experience ORDER BY excess DESC, experience;"""


def _way(one: Undoing, window: float, tidy: Tidy) -> str:
    tests = [f"a.event = {literal(one.event)}"]
    tests += [condition(f"a.{identifier(field)}", values) for field, values in one.where.items()]
    if one.within_s < window:
        tests.append(f"a.{tidy.t} <= s.{tidy.t} + {literal(one.within_s)}")
    return f"({' AND '.join(tests)})"


def _leaving(own: str, event: str, tidy: Tidy, cap_s: float) -> str:
    cap = literal(cap_s)
    return f"""\
WITH visit AS (
  SELECT session_id, max({tidy.t}) AS ended FROM tidy WHERE {tidy.in_visit} = 1 GROUP BY session_id),
shown AS (
  SELECT session_id, {_as(own, "experience")}, {tidy.t} AS began,
         row_number() OVER (PARTITION BY session_id ORDER BY {tidy.t}, seq) AS nth
  FROM tidy WHERE event = {event}),
ranked AS (
  SELECT nth, experience, ended - began AS seconds,
         row_number() OVER (PARTITION BY nth, experience ORDER BY ended - began) AS place,
         count(*) OVER (PARTITION BY nth, experience) AS n
  FROM shown JOIN visit ON visit.session_id = shown.session_id WHERE nth <= {PLACES})
SELECT nth, experience, count(*) AS times,
       avg(CASE WHEN 2 * place BETWEEN n AND n + 2 THEN seconds END) AS median_s,
       avg(CASE WHEN seconds > {cap} THEN {cap} ELSE seconds END) AS mean_to_{cap}_s
FROM ranked GROUP BY nth, experience ORDER BY nth, experience;"""


def _later(event: str, tidy: Tidy, spans: FollowUp) -> str:
    day, first, end = tidy.day, spans.first, spans.first + spans.next - 1
    return f"""\
WITH active AS (
  SELECT user_id, {_as(day, "day")}, event FROM tidy WHERE {tidy.in_visit} = 1),
first_seen AS (
  SELECT user_id, min(day) AS day0 FROM active GROUP BY user_id),
followed AS (
  SELECT a.user_id,
         sum(CASE WHEN a.event = {event} AND a.day < day0 + {first} THEN 1 ELSE 0 END) * 1.0
           / count(DISTINCT CASE WHEN a.day < day0 + {first} THEN a.day END) AS dose,
         count(DISTINCT CASE WHEN a.day BETWEEN day0 + {first} AND day0 + {end} THEN a.day END) AS days_later
  FROM active a JOIN first_seen f ON f.user_id = a.user_id
  WHERE day0 + {end} <= {spans.of}
  GROUP BY a.user_id),
thirds AS (
  SELECT dose, days_later, ntile(3) OVER (ORDER BY dose, user_id) AS third FROM followed)
SELECT third, count(*) AS users, avg(dose) AS dose, avg(days_later) AS days_later
FROM thirds GROUP BY third ORDER BY third;"""


def _as(column: str, name: str, table: str = "") -> str:
    """A column under a name of ours, said once where it has that name already."""
    return f"{table}{column}" if column == name else f"{table}{column} AS {name}"


def _and(tests: Sequence[str], indent: str) -> str:
    return f"\n  {indent}AND ".join(tests)


def _wrapped(events: Sequence[str]) -> str:
    """A list of texts over several lines where it is long."""
    lines: list[str] = []
    for text in (literal(event) for event in events):
        if lines and len(lines[-1]) + len(text) < 66:
            lines[-1] += f", {text}"
        else:
            lines.append(text)
    return ",\n         ".join(lines)

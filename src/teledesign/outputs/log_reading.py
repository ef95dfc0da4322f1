"""What a page shows of a simulated log, worked out from its rows with DuckDB.

A log knows no truth, so neither does anything here.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from teledesign.findings import MissingExtra, Refusal
from teledesign.rendering import spreadsheet_cell
from teledesign.scenario import Scenario
from teledesign.scenario.metrics import Counted, Metric

__all__ = [
    "Count",
    "DailyMetric",
    "LogFacts",
    "LogRows",
    "as_text",
    "facts_of",
    "log_files",
    "metrics_to_draw",
    "quoted",
    "said_rows",
]

MANIFEST = "manifest.json"
DAY = "(date_diff('day', DATE '{start}', CAST(ts AS DATE)) + 1)"


@dataclass(frozen=True)
class Count:
    """What is counted of a log: rows, a column of theirs added up, or the different values of one."""

    event: str | None = None
    """Rows of this event alone."""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Rows alone that have, in these columns, one of these values, as text."""
    adds: str | None = None
    unique: str | None = None
    daily: bool = False
    """Whether the same value on two days is two."""

    @property
    def matches(self) -> tuple[str, list[object]]:
        """The SQL that holds of the rows it counts, nothing where it counts all, and what its question marks mean."""
        conditions = [] if self.event is None else ["event = ?"]
        conditions += [f"{as_text(column)} IN ({marks(values)})" for column, values in self.where]
        given = [value for _, values in self.where for value in values]
        return " AND ".join(conditions), [*([] if self.event is None else [self.event]), *given]

    def sql(self, day: str) -> tuple[str, list[object]]:
        """The SQL that counts over rows, with what its question marks stand for; `day` is the SQL of a row's day."""
        what = "count(*)"
        if self.adds is not None:
            what = f"sum({quoted(self.adds)})"
        elif self.unique is not None:
            own = quoted(self.unique)
            what = f"count(DISTINCT {f'({own}, {day})' if self.daily else own})"
        matches, given = self.matches
        return (f"{what} FILTER (WHERE {matches})" if matches else what), given


PER_COUNTS = {
    "events": Count(),
    "sessions": Count(unique="session_id"),
    "active_user_days": Count(unique="user_id", daily=True),
}


@dataclass(frozen=True)
class LogFacts:
    """What a log's public manifest says of it."""

    panel_users: int
    days: int
    row_digest: str
    packages: Mapping[str, str]


@dataclass(frozen=True)
class DailyMetric:
    """A metric by day: (day, value), without days on which its denominator is 0."""

    name: str
    metric: Metric
    days: Sequence[tuple[int, float]]


def log_files(folder: Path) -> tuple[Path, ...]:
    """The Parquet files of a log, in order, also of one put away by day.  Raises Refusal where there are none."""
    found = tuple(sorted(folder.rglob("*.parquet")))
    if not found:
        raise Refusal(f"{folder} holds no Parquet file. Simulate the log again")
    return found


def facts_of(folder: Path) -> LogFacts:
    """The manifest of a log.  Raises Refusal where there is none or it is something else."""
    path = folder / MANIFEST
    try:
        said = json.loads(path.read_text("utf-8"))
        packages = {str(name): str(version) for name, version in said["packages"].items()}
        return LogFacts(int(said["panel_users"]), int(said["days"]), str(said["row_digest"]), packages)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refusal(f"{path} is no manifest of a log ({error}). Simulate the log again") from None


def metrics_to_draw(scenario: Scenario) -> tuple[str, ...]:
    """The metrics that a picture by day suits, proxies first: ratios of things counted in the log."""
    order = ("proxy", "guardrail", "health")
    fitting = [
        name
        for name, metric in scenario.metrics.items()
        if metric.role in order and metric.of is not None and metric.per is not None
    ]
    return tuple(sorted(fitting, key=lambda name: order.index(scenario.metrics[name].role)))


class LogRows:
    """The rows of one log, for questions in SQL.  Every answer is ordered, so that pages come out alike.

    The view `rows` has them; `day` is the SQL of the day that a row is of by its device's clock, 1 for the first.
    """

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        try:
            import duckdb
        except ImportError as missing:
            raise MissingExtra("duckdb", "logs") from missing
        self.files = log_files(folder)
        self.facts = facts_of(folder)
        self._events = frozenset(scenario.events)
        self.day = DAY.format(start=scenario.product.clock.start.isoformat())
        self._connection = duckdb.connect(":memory:")
        # Else a query of more than two seconds prints a bar where a program expects JSON.
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("SET threads = 1")
        self._connection.execute("SET TimeZone = 'UTC'")
        relation = self._connection.read_parquet([str(path) for path in self.files], hive_partitioning=False)
        relation.create_view("rows")
        self.columns: tuple[str, ...] = tuple(relation.columns)
        self.types: Mapping[str, str] = dict(zip(relation.columns, map(str, relation.types), strict=True))

    def ask(self, sql: str, given: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows a query returns."""
        return self._connection.execute(sql, list(given)).fetchall()

    def answer(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The columns and rows that a query returns."""
        found = self._connection.execute(sql)
        return tuple(str(column[0]) for column in found.description or ()), found.fetchall()

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.ask("SELECT count(*) FROM rows")[0][0])

    @property
    def users(self) -> int:
        """How many users sent at least one row."""
        return int(self.ask("SELECT count(DISTINCT user_id) FROM rows")[0][0])

    def per_event(self) -> dict[str, int]:
        """Rows of each event."""
        return {str(name): int(n) for name, n in self.ask("SELECT event, count(*) FROM rows GROUP BY 1 ORDER BY 1")}

    def per_day(self) -> list[tuple[int, int]]:
        """Rows on each day of the log by the device's clock; days without rows count 0."""
        found = dict(self.ask(f"SELECT {self.day} AS day, count(*) FROM rows WHERE {self._within} GROUP BY 1"))
        return [(day, int(found.get(day, 0))) for day in range(1, self.facts.days + 1)]

    def outside(self) -> int:
        """Rows whose device clock says a day before the log begins or after it ends."""
        return int(self.ask(f"SELECT count(*) FROM rows WHERE NOT {self._within}")[0][0])

    def per_weekday_hour(self) -> dict[tuple[int, int], int]:
        """Rows by (weekday, 0 for Monday; hour of the day)."""
        sql = "SELECT isodow(CAST(ts AS TIMESTAMP)) - 1, hour(CAST(ts AS TIMESTAMP)), count(*) FROM rows"
        return {(int(day), int(hour)): int(n) for day, hour, n in self.ask(f"{sql} GROUP BY 1, 2 ORDER BY 1, 2")}

    def shares(self, column: str) -> list[tuple[int, str, float]]:
        """(day, value, share of that day's rows) for the values of a text column; every value on every day."""
        sql = f"SELECT {self.day} AS day, {as_text(column)}, count(*) FROM rows"
        found = self.ask(f"{sql} WHERE {self._within} AND {quoted(column)} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2")
        totals: dict[int, int] = {}
        for day, _, n in found:
            totals[day] = totals.get(day, 0) + n
        counts = {(day, value): n for day, value, n in found}
        values = sorted({value for _, value, _ in found})
        return [(day, value, counts.get((day, value), 0) / totals[day]) for day in sorted(totals) for value in values]

    def daily(self, name: str, metric: Metric) -> DailyMetric | None:
        """A ratio by day; None where the log lacks a column that it needs."""
        if metric.of is None or metric.per is None:
            return None
        top, bottom = self.counted(metric.of), self.counted(metric.per)
        if top is None or bottom is None:
            return None
        sql = f"SELECT {self.day} AS day, {top[0]}, {bottom[0]} FROM rows WHERE {self._within} GROUP BY 1 ORDER BY 1"
        found = self.ask(sql, [*top[1], *bottom[1]])
        return DailyMetric(name, metric, [(int(day), float(n or 0) / float(d)) for day, n, d in found if d])

    def values_of(self, column: str, most: int) -> tuple[str, ...]:
        """The values of a column, so many at most, in alphabetical order."""
        sql = f"SELECT DISTINCT {as_text(column)} FROM rows WHERE {quoted(column)} IS NOT NULL ORDER BY 1"
        found = self.ask(f"{sql} LIMIT {int(most)}")
        return tuple(str(value) for (value,) in found)

    def by_day(
        self, value: str, counts: Sequence[str], given: Sequence[object]
    ) -> dict[tuple[int, str], tuple[Any, ...]]:
        """(day, what the expression `value` gives) -> the counts of those rows."""
        sql = f"SELECT {self.day} AS day, {value} AS value, {', '.join(counts)} FROM rows WHERE {self._within}"
        found = self.ask(f"{sql} GROUP BY 1, 2 ORDER BY 1, 2", given)
        return {(int(day), str(name)): tuple(rest) for day, name, *rest in found if name is not None}

    def by_value(self, column: str, counts: Sequence[str], given: Sequence[object]) -> dict[str, tuple[Any, ...]]:
        """Value of a column -> the counts of its rows."""
        sql = f"SELECT CAST({column} AS VARCHAR), {', '.join(counts)} FROM rows GROUP BY 1 ORDER BY 1"
        return {str(name): tuple(rest) for name, *rest in self.ask(sql, given) if name is not None}

    def first(self, count: int) -> list[tuple[Any, ...]]:
        """The first rows, in the order of the file."""
        return self.ask(f"SELECT * FROM rows LIMIT {int(count)}")

    def first_as_csv(self, count: int) -> bytes:
        """The first rows as CSV that a spreadsheet opens without running anything."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        known: dict[str, str | float | int | None] = {}

        def cell(value: object) -> str | float | int | None:
            if value is None or isinstance(value, int | float):
                return value
            said = str(said_cell(value))
            if said not in known:
                known[said] = spreadsheet_cell(said)
            return known[said]

        writer.writerows([cell(value) for value in row] for row in self.first(count))
        return text.getvalue().encode()

    @property
    def _within(self) -> str:
        return f"{self.day} BETWEEN 1 AND {self.facts.days}"

    def count_of(self, counted: Counted) -> Count | None:
        """What is counted of the rows; None for what no log can tell, or this one cannot."""
        if counted.is_truth:
            return None
        if counted.name in PER_COUNTS:
            return PER_COUNTS[counted.name]
        needed = [*counted.where, *([counted.field] if counted.field else [])]
        if any(column not in self.columns for column in needed) or counted.target not in self._events:
            return None
        said = ((column, tuple(map(_said, values))) for column, values in counted.where.items())
        adds, unique = (counted.field, None) if counted.sum else (None, counted.field)
        return Count(counted.target, (*said,), adds, unique)

    def counted(self, counted: Counted) -> tuple[str, list[object]] | None:
        """The SQL of a count over rows, with what its question marks stand for; None for what no log can tell."""
        count = self.count_of(counted)
        return None if count is None else count.sql(self.day)


def said_cell(value: object) -> str | float | int | None:
    """A value as the text formats of a log write it."""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="milliseconds")
    return value if isinstance(value, str | int | float) or value is None else str(value)


def said_rows(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, ...]]:
    """Rows as text, empty where there is no value."""
    for row in rows:
        yield tuple("" if value is None else str(said_cell(value)) for value in row)


def quoted(column: str) -> str:
    """The SQL of a column, whatever it is called."""
    return '"' + column.replace('"', '""') + '"'


def as_text(column: str) -> str:
    """The SQL of a column as text."""
    return f"CAST({quoted(column)} AS VARCHAR)"


def marks(values: Sequence[object]) -> str:
    """A question mark for each value."""
    return ", ".join("?" * len(values))


def _said(value: object) -> str:
    """A value of a condition as a log's column has it, as text."""
    return f"{value:g}" if isinstance(value, float) else str(value)

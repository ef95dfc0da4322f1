"""What stands beside a log for those who read it: a dictionary of its columns, and a page with three queries."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from textwrap import fill

from teledesign.scenario import Scenario
from teledesign.simulation.files.schemas import MEANINGS, meaning
from teledesign.simulation.rows.columns import Column, Type
from teledesign.simulation.rows.layout import EventLayout, Layout

__all__ = ["DICTIONARY", "README", "dictionary", "queries", "readme"]

DICTIONARY = "dictionary.csv"
README = "README.md"
HEADINGS = ("column", "type", "unit", "values", "events", "meaning")
TYPES = {
    Type.NUMBER: "number",
    Type.TEXT: "text",
    Type.ID: "id",
    Type.USER: "id of a user",
    Type.TIME: "moment, local time",
}
READERS = {"parquet": "read_parquet", "jsonl": "read_json", "csv": "read_csv"}
"""How DuckDB reads a format, by the beginning of its name."""
WIDTH = 118
"""Characters of a line of the page."""


def dictionary(scenario: Scenario, layout: Layout) -> bytes:
    """The columns as a table: type, unit, values, in which events, what it means."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(_rows(scenario, layout))
    return text.getvalue().encode()


def _rows(scenario: Scenario, layout: Layout) -> Iterator[Sequence[str]]:
    every = "every event"
    written = [event for event in layout.events if event.has_rows]
    for column in layout.envelope:
        values = [event.name for event in written] if column.name == "event" else column.declared
        yield column.name, _type(column), "", " ".join(values), every, MEANINGS[column.name]
    for column in layout.fields:
        held = [event for event in written if column.name in event.columns]
        units = dict.fromkeys(_unit(event, column) for event in held)
        meanings = dict.fromkeys(_plain(meaning(scenario, event.fields.get(column.name))) for event in held)
        yield (
            column.name,
            _type(column),
            " ".join(unit for unit in units if unit),
            " ".join(column.declared),
            " ".join(event.name for event in held),
            " ".join(meaning for meaning in meanings if meaning),
        )


def _type(column: Column) -> str:
    return "whole number" if column.type is Type.NUMBER and not column.decimals else TYPES[column.type]


def _unit(event: EventLayout, column: Column) -> str:
    field = event.fields.get(column.name)
    return (field.unit or "") if field is not None else ""


def _plain(text: str) -> str:
    """A text on one line; a cell never begins with a sign that a spreadsheet takes for a formula."""
    return " ".join(text.split()).lstrip("=+-@")


def queries(layout: Layout, form: str, by_day: bool) -> dict[str, str]:
    """Title -> a query for DuckDB that runs in the log's folder."""
    place = f"day=*/events*.{form}" if by_day else f"events*.{form}"
    first, *_ = form.partition(".")
    rows = f"{READERS[first]}('{place}')" if first in READERS else f"'{place}'"
    slices = [column.name for column in layout.envelope if column.name in ("app_version", "platform") and column.values]
    by = slices[-1] if slices else "variant"
    servers = ", ".join(f"'{event.name}'" for event in layout.events if event.by_server and event.has_rows)
    of_clients = f"WHERE event NOT IN ({servers}) " if servers else ""
    return {
        "Rows of each event, and how many of them are second copies": (
            "SELECT event, count(*) AS row_count, count(*) - count(DISTINCT event_id) AS second_copies\n"
            f"FROM {rows}\nGROUP BY event ORDER BY row_count DESC, event;"
        ),
        "Each day of arrival: users, sessions, and the share of rows that came more than an hour late": (
            "SELECT CAST(received_at AS DATE) AS arrived, count(DISTINCT user_id) AS users,\n"
            "       count(DISTINCT session_id) AS sessions,\n"
            "       round(avg(CAST(CAST(received_at AS TIMESTAMP) - CAST(ts AS TIMESTAMP) > INTERVAL 1 HOUR\n"
            "                      AS INTEGER)), 4) AS late\n"
            f"FROM {rows}\nGROUP BY arrived ORDER BY arrived;"
        ),
        f"What the gaps in `seq` say about lost rows, by {by}": (
            f"SELECT {by}, sum(found) AS found, sum(numbered) AS numbered,\n"
            "       round(1 - sum(found) / sum(numbered), 4) AS lost_at_least\n"
            f"FROM (SELECT max({by}) AS {by}, count(DISTINCT seq) AS found, max(seq) + 1 AS numbered\n"
            f"      FROM {rows}\n      {of_clients}GROUP BY session_id)\n"
            f"GROUP BY {by} ORDER BY {by};"
        ),
    }


def _events(layout: Layout) -> str:
    """What each event says, an item each."""
    return "\n".join(
        fill(f"- `{event.name}`: {_plain(event.says)}", WIDTH, subsequent_indent="  ", break_long_words=False)
        for event in layout.events
        if event.has_rows
    )


def readme(
    scenario: Scenario, layout: Layout, formats: Sequence[str], *, users: int, days: int, rows: int, by_day: bool
) -> bytes:
    """The page beside a log."""
    start = scenario.product.clock.start
    last = start + dt.timedelta(days=days - 1)
    form = formats[0]
    asked = "\n".join(f"\n{title}:\n\n```sql\n{sql}\n```" for title, sql in queries(layout, form, by_day).items())
    places = " ".join(f"`{'day=*/' if by_day else ''}events*.{name}`" for name in formats)
    where = scenario.product.clock.time_zone
    return f"""# Event log of {scenario.scenario}

{rows:,} rows of a simulated panel of {users:,} users over {days:,} days, {start} to {last}
({where}). They stand in {places}, in the order in which they arrived.

- `ts` is the moment by the clock of the device, `received_at` by the server's. Devices can be wrong, servers are not.
- A row that was sent twice stands there twice, with the same `event_id`: keep the copy that came first.
- Rows can be lost on the way: `seq` counts the rows of a session, and where a number is missing, a row is.
- A row weighs one over its `sample_rate`.
- Every row has the first {len(layout.envelope)} columns. The others belong to some events and are empty elsewhere.
- `{DICTIONARY}` says what each column means, `schema.json` is a JSON Schema of the rows, and `manifest.json` lists
  the files with their checksums.

What the events say:

{_events(layout)}

Three queries to begin with, for [DuckDB](https://duckdb.org), started in this folder:
{asked}
""".encode()

"""A sample of a log small enough for a page: whole users or whole sessions with all that followed from them.

Which rows are in it depends on the ids of the log alone.  The sample travels as a script, which a page opened from a
disk may load where it may not read a file: column by column, texts by number, each field for the rows of its events.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from teledesign.outputs.log_reading import LogRows, said_cell
from teledesign.outputs.sql_text import text_list
from teledesign.rendering import script_json

__all__ = ["MOST_ROWS", "LogSample", "sample_of", "sample_script"]

MOST_ROWS = 20_000
FEWEST_USERS = 30
"""A sample of fewer whole users says little about users: then it is made of sessions instead."""
SAMPLED = "sampled"
NUMBERED = "SELECT *, row_number() OVER () AS _place FROM rows"
"""Rows with their place in the log; no column of a log begins with an underscore."""
SCRIPT_DATA = "teledesignSample"
LETTERS = string.ascii_letters + string.digits + "-"
"""The letter of a text by its number; the last one is for no text at all."""
ID = re.compile("([g-z]?)((?:[0-9a-f]{2})+)")
Unit = Literal["everything", "users", "sessions"]


@dataclass(frozen=True)
class LogSample:
    """Which rows are in the sample: the view `sampled` of the log's database, in the order of the log."""

    unit: Unit
    rows: int
    units: int
    """Users or sessions in the sample."""
    of_units: int
    """Users or sessions in the log."""


def sample_of(log: LogRows, later: Sequence[str], by_server: Sequence[str], most: int = MOST_ROWS) -> LogSample:
    """Chooses a sample of at most so many rows and leaves it in the log's database as the view `sampled`.

    A row belongs to the user and the session in which its interaction began, so that a reaction hours later, or by
    somebody else, stays with what it reacts to.  Units come in the order of a hash of their ids until the rows are
    full; one that alone is too large is passed over.
    """
    log.ask(f"CREATE OR REPLACE TEMP TABLE placed AS {_placed(later, by_server)}")
    if log.count <= most:
        log.ask(f"CREATE OR REPLACE TEMP VIEW {SAMPLED} AS SELECT * FROM rows")
        return LogSample("everything", log.count, log.users, log.users)
    chosen: tuple[Unit, int, int, int] | None = None
    for unit in ("users", "sessions"):
        log.ask(f"CREATE OR REPLACE TEMP TABLE chosen AS {_chosen(unit, most)}")
        ((units, rows, of_units),) = log.ask(
            f"SELECT count(*), coalesce(sum(rows), 0), (SELECT count(DISTINCT {unit}) FROM placed) FROM chosen"
        )
        chosen = unit, int(rows), int(units), int(of_units)
        if units >= FEWEST_USERS:
            break
    assert chosen is not None
    log.ask(
        f"CREATE OR REPLACE TEMP VIEW {SAMPLED} AS SELECT * EXCLUDE (_place) FROM ({NUMBERED}) "
        f"WHERE _place IN (SELECT _place FROM placed WHERE {chosen[0]} IN (SELECT unit FROM chosen)) ORDER BY _place"
    )
    return LogSample(*chosen)


def _placed(later: Sequence[str], by_server: Sequence[str]) -> str:
    """Every row's place in the log, with the user and the session that it belongs to."""
    elsewhere = text_list([*later, *by_server])
    began = f"FILTER (WHERE event NOT IN ({elsewhere}))" if elsewhere else ""
    over = f"{began} OVER (PARTITION BY interaction_id)"
    return (
        "SELECT _place, CASE WHEN interaction_id IS NULL THEN user_id ELSE "
        f"coalesce(min(user_id) {over}, user_id) END AS users, "
        f"CASE WHEN interaction_id IS NULL THEN session_id ELSE coalesce(min(session_id) {over}, session_id) END "
        f"AS sessions FROM ({NUMBERED})"
    )


def _chosen(unit: str, most: int) -> str:
    return (
        f"SELECT unit, rows FROM (SELECT unit, rows, sum(rows) OVER (ORDER BY md5(unit), unit) AS total FROM "
        f"(SELECT {unit} AS unit, count(*) AS rows FROM placed GROUP BY 1) WHERE rows <= {int(most)}) "
        f"WHERE total <= {int(most)}"
    )


def sample_script(log: LogRows, carried_by: Mapping[str, Sequence[str]], start: dt.date, tidy: str) -> bytes:
    """The sample as a script that defines `teledesignSample`; `tidy` is SQL to be run once the table `log` is filled.

    `carried_by` says which events carry each field; columns that are not in it stand in every row.
    """
    rows = log.ask(f"SELECT * FROM {SAMPLED}")
    place = {name: at for at, name in enumerate(log.columns)}
    events = sorted({row[place["event"]] for row in rows})
    origin = dt.datetime.combine(start, dt.time())
    columns = []
    for name in log.columns:
        carriers = carried_by.get(name)
        held = [row[place[name]] for row in rows if carriers is None or row[place["event"]] in carriers]
        column: dict[str, Any] = {"name": name, "type": _sql_type(log.types[name]), **_packed(held, origin)}
        if carriers is not None:
            column["events"] = [at for at, event in enumerate(events) if event in carriers]
        columns.append(column)
    said = {"rows": len(rows), "events": events, "columns": columns, "origin": origin.isoformat(), "tidy": tidy}
    return f"const {SCRIPT_DATA}={script_json(said)};\n".encode()


def _packed(held: Sequence[Any], origin: dt.datetime) -> dict[str, object]:
    """The values of a column: milliseconds one after another, numbers as they are, repeated texts by number."""
    if any(isinstance(value, dt.datetime) for value in held):
        return {"steps_ms": list(_steps(held, origin))}
    if held and all(value == held[0] for value in held):
        return {"same": said_cell(held[0])}
    texts = {value for value in held if isinstance(value, str)}
    if not texts:
        return {"values": [said_cell(value) for value in held]}
    if 2 * len(texts) > len(held) and None not in held:
        return {"values": _ids(held) or list(held)}
    known = {text: at for at, text in enumerate(sorted(texts))}
    codes = [known.get(value, -1) for value in held]
    if len(known) < len(LETTERS):
        return {"texts": list(known), "letters": "".join(LETTERS[code] for code in codes)}
    return {"texts": _ids(list(known)) or list(known), "at": codes}


def _ids(texts: Sequence[str]) -> dict[str, object] | None:
    """Ids of one prefix and as many hexadecimal digits as bytes, so that they take half the room; None for others."""
    found = [ID.fullmatch(text) for text in texts]
    parts = {(one[1], len(one[2])) if one else None for one in found}
    if len(parts) != 1 or None in parts:
        return None
    ((prefix, digits),) = (part for part in parts if part)
    raw = bytes.fromhex("".join(one[2] for one in found if one))
    return {"prefix": prefix, "digits": digits, "bytes": base64.b64encode(raw).decode()}


def _steps(held: Iterable[Any], origin: dt.datetime) -> Iterable[int]:
    before = 0
    for value in held:
        now = round((value - origin) / dt.timedelta(milliseconds=1))
        yield now - before
        before = now


def _sql_type(type_name: str) -> str:
    if type_name.startswith(("BIGINT", "INTEGER", "HUGEINT")):
        return "INTEGER"
    return "REAL" if type_name.startswith(("DOUBLE", "FLOAT", "DECIMAL")) else "TEXT"

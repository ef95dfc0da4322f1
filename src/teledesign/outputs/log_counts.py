"""What is counted in a log by slice and day, with one reading of its rows for all that adds up.

Rows that are alike in all that is asked for become one cell with their number, and cells are few.  Different values are
met once in each cell that they are in, and nearly all are in one.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from teledesign.outputs.log_reading import Count, LogRows, as_text, marks, quoted

__all__ = ["Numbers", "by_value_and_day"]

Numbers = tuple[float, tuple[float, ...]]
"""How much is counted in all, and on each day of the log."""
Slices = dict[str, dict[Count, Numbers]]
"""Value of a column -> what is counted of its rows."""
Sql = tuple[str, Sequence[object]]
"""A number worked out from the rows of a table, and what its question marks stand for."""
TOGETHER = 4
"""Columns by which cells differ at once: more make many cells of few rows each, fewer have every row put more often."""
Thing = TypeVar("Thing", bound=Hashable)


def by_value_and_day(
    rows: LogRows, wanted: Mapping[Count, Collection[str]], *, weighed: bool = False
) -> dict[str | None, Slices]:
    """Column (None for the whole log) -> its values in alphabetical order -> the counts asked for by it.

    `wanted` has the columns of each count; the whole log is always asked for, and has one value without a name.  Rows
    whose device's clock says a day outside the log are among those of all days alone.  A row that is `weighed` counts
    one over its `sample_rate`; different values are counted once each.
    """
    columns = tuple(dict.fromkeys(by for each in wanted.values() for by in each))
    sets = [columns[start : start + TOGETHER] for start in range(0, len(columns), TOGETHER)] or [()]
    sums = _put_together(rows, [count for count in wanted if not count.unique], sets, weighed)
    found: dict[str | None, Slices] = {}
    nothing = (0.0, (0.0,) * rows.facts.days)
    for by in (None, *columns):
        part = next(place for place, each in enumerate(sets) if by is None or by in each)
        asked = {count: sql for count, sql in sums.items() if by is None or by in wanted[count]}
        found[by] = _slices(rows, f"cells WHERE part = {part}", columns, by, asked)
    for count in (count for count in wanted if count.unique):
        each = tuple(wanted[count])
        different = _tell_apart(rows, count, each)
        for by in (None, *each):
            told = _slices(rows, "apart", each, by, {count: different})
            for value, numbers in found[by].items():
                numbers |= told.get(value, {count: nothing})
    return found


def _put_together(
    rows: LogRows, counts: Sequence[Count], sets: Sequence[Sequence[str]], weighed: bool
) -> dict[Count, Sql]:
    """Put rows that are alike into the table `cells`, once for each set of columns; what each count is of its cells."""
    by = _named("by", (column for each in sets for column in each))
    fits = _named("fits", (condition for count in counts for condition in count.where))
    adds = _named("adds", (count.adds for count in counts if count.adds))
    told = [f"{rows.day} AS day", *(f"{as_text(column)} AS {name}" for column, name in by.items())]
    told += [f"{as_text(column)} IN ({marks(values)}) AS {name}" for (column, values), name in fits.items()]
    told += [f"{quoted(column)}{' / sample_rate' if weighed else ''} AS {name}" for column, name in adds.items()]
    told += ["1.0 / sample_rate AS weight"] if weighed else []
    alike = ["event", "day", *fits.values()]
    groups = [", ".join((*alike, *(by[column] for column in each))) for each in sets]
    # A set is known by its first column, which the cells of others are not grouped by.
    parts = [f"WHEN GROUPING({by[each[0]]}) = 0 THEN {part}" for part, each in enumerate(sets) if each]
    part = f"CASE {' '.join(parts)} END" if parts else "0"
    columns = [*alike, *by.values(), f"{part} AS part", f"{'sum(weight)' if weighed else 'count(*)'} AS n"]
    columns += [f"sum({name}) AS {name}" for name in adds.values()]
    rows.ask(
        f"CREATE OR REPLACE TEMP TABLE cells AS SELECT {', '.join(columns)} "
        f"FROM (SELECT event, {', '.join(told)} FROM rows) GROUP BY GROUPING SETS (({'), ('.join(groups)}))",
        [value for _, values in fits for value in values],
    )
    found: dict[Count, Sql] = {}
    for count in counts:
        matches = [*([] if count.event is None else ["event = ?"]), *(fits[condition] for condition in count.where)]
        filtered = f" FILTER (WHERE {' AND '.join(matches)})" if matches else ""
        what = adds[count.adds] if count.adds else "n"
        found[count] = (f"sum({what}){filtered}", [] if count.event is None else [count.event])
    return found


def _tell_apart(rows: LogRows, count: Count, by: Sequence[str]) -> Sql:
    """Put different values into the table `apart`; how many there are.

    Those that are in one cell alone, which are nearly all, are only counted in it; the others stand in each of theirs.
    """
    matches, given = count.matches
    own = quoted(str(count.unique))
    columns = ["day", *(f"by_{place}" for place in range(len(by)))]
    told = [f"{own} AS own", f"{rows.day} AS day", *(f"{as_text(column)} AS by_{n}" for n, column in enumerate(by))]
    where = " AND ".join(part for part in (matches, f"{own} IS NOT NULL") if part)
    same = "own, day" if count.daily else "own"
    rows.ask(
        f"CREATE OR REPLACE TEMP TABLE apart AS WITH "
        f"seen AS MATERIALIZED (SELECT DISTINCT {', '.join(told)} FROM rows WHERE {where}), "
        f"again AS MATERIALIZED (SELECT {same} FROM seen GROUP BY {same} HAVING count(*) > 1) "
        f"SELECT NULL AS own, {', '.join(columns)}, count(*) AS n FROM seen ANTI JOIN again USING ({same}) "
        f"GROUP BY {', '.join(columns)} "
        f"UNION ALL SELECT own, {', '.join(columns)}, 0 FROM seen SEMI JOIN again USING ({same})",
        given,
    )
    values = "(own, day)" if count.daily else "own"
    return f"sum(n) + count(DISTINCT {values}) FILTER (WHERE own IS NOT NULL)", []


def _slices(rows: LogRows, table: str, columns: Sequence[str], by: str | None, sums: Mapping[Count, Sql]) -> Slices:
    """The counts of each value of a column, in all and on each day, from a table that has so many columns."""
    value = "''" if by is None else f"by_{columns.index(by)}"
    sql = ", ".join(("value", "day", *(sql for sql, _ in sums.values())))
    given = [each for _, values in sums.values() for each in values]
    sets = "GROUPING SETS ((value, day), (value)) ORDER BY value, day"
    held: dict[str, dict[int | None, list[float]]] = {}
    for told, day, *numbers in rows.ask(
        f"SELECT {sql} FROM (SELECT *, {value} AS value FROM {table}) GROUP BY {sets}", given
    ):
        if told is not None:
            held.setdefault(told, {})[day] = [float(number or 0) for number in numbers]
    nothing = [0.0] * len(sums)
    days = range(1, rows.facts.days + 1)
    return {
        told: {
            count: (cells[None][place], tuple(cells.get(day, nothing)[place] for day in days))
            for place, count in enumerate(sums)
        }
        for told, cells in held.items()
    }


def _named(kind: str, things: Iterable[Thing]) -> dict[Thing, str]:
    """A name of its own for each, whatever it is called in a log."""
    return {thing: f"{kind}_{place}" for place, thing in enumerate(dict.fromkeys(things))}

"""What the page's interactive plot can show: measures of a log by day, whole or split, counted once at the build.

A measure is a count, or one count over another; the page divides. Both sides are counted on the day of their rows.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.outputs.log_reading import LogRows
from teledesign.outputs.sql_text import identifier
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.scenario.metrics import Counted

__all__ = ["VERSIONS", "Measure", "Split", "in_order", "measures_of", "metric_slices", "plot_data", "splits_of"]

MOST_OF_A_ROLE = 3
MOST_SPLITS = 6
MOST_VALUES = 5
ROLES = ("proxy", "guardrail", "health")
VERSIONS = ("model_version", "app_version", "variant", "platform")
EVENT = "event"
OTHERS = "all others"
WHOLE = ""


@dataclass(frozen=True)
class Measure:
    """One thing to plot: the name of what is counted, and of what it is divided by."""

    name: str
    title: str
    says: str
    top: str
    bottom: str | None
    carriers: tuple[str, ...]
    """The events whose rows it needs; none where it counts all rows."""


@dataclass(frozen=True)
class Split:
    """A column to split by, and its values in the order of the scenario."""

    column: str
    values: tuple[str, ...]


def measures_of(scenario: Scenario, log: LogRows) -> tuple[tuple[Measure, ...], dict[str, tuple[str, list[object]]]]:
    """The measures, and each count's SQL with what its question marks stand for."""
    counts: dict[str, tuple[str, list[object]]] = {
        "rows": ("count(*)", []),
        "users": ("count(DISTINCT user_id)", []),
    }
    found = [
        Measure("rows", "Rows", "All rows of all events.", "rows", None, ()),
        Measure(
            "users", f"Active {scenario.people.called}", "Those with at least one row that day.", "users", None, ()
        ),
    ]
    taken = dict.fromkeys(ROLES, 0)
    fitting = [(name, metric) for name, metric in scenario.metrics.items() if metric.role in ROLES]
    for name, metric in sorted(fitting, key=lambda item: ROLES.index(item[1].role)):
        if taken[metric.role] == MOST_OF_A_ROLE or metric.of is None or metric.per is None:
            continue
        sides = [(_key(side), log.counted(side)) for side in (metric.of, metric.per)]
        if any(sql is None for _, sql in sides):
            continue
        taken[metric.role] += 1
        counts.update((key, sql) for key, sql in sides if sql is not None)
        carriers = tuple(side.target for side in (metric.of, metric.per) if side.target in scenario.events)
        says = metric.says.text if metric.says is not None else ""
        title = metric.title or name.replace("_", " ").capitalize()
        found.append(Measure(name, title, says, sides[0][0], sides[1][0], carriers))
    return tuple(found), counts


def _key(side: Counted) -> str:
    where = ",".join(f"{name}={'|'.join(map(str, values))}" for name, values in sorted(side.where.items()))
    return f"{side.name or side.sum or side.unique}:{'sum' if side.sum else ''}:{where}"


def splits_of(scenario: Scenario, log: LogRows) -> tuple[Split, ...]:
    """Events, versions and the columns that metrics are sliced by: those with a few values in the log."""
    sliced = [name for metric in scenario.metrics.values() if metric.role in ROLES for name in metric.by]
    found = [Split(EVENT, _events(log))]
    for column in dict.fromkeys((*VERSIONS, *sliced)):
        if column not in log.columns or len(found) == MOST_SPLITS:
            continue
        values = in_order(scenario, column, log.values_of(column, MOST_VALUES + 1))
        if 1 < len(values) <= MOST_VALUES:
            found.append(Split(column, values))
    return tuple(found)


def _events(log: LogRows) -> tuple[str, ...]:
    """The most frequent events, the rest as one."""
    per_event = log.per_event()
    largest = sorted(per_event, key=lambda name: (-per_event[name], name))
    if len(largest) <= MOST_VALUES:
        return tuple(largest)
    return (*largest[: MOST_VALUES - 1], OTHERS)


def in_order(scenario: Scenario, column: str, values: Sequence[str]) -> tuple[str, ...]:
    """Values in the order in which the scenario names them, others after them."""
    known: list[str] = list(scenario.people.attributes[column].values) if column in scenario.people.attributes else []
    for episode in scenario.journey.values():
        if column in episode.draws:
            known += episode.draws[column].values
    return (*(name for name in dict.fromkeys(known) if name in values), *sorted(set(values).difference(known)))


def plot_data(scenario: Scenario, log: LogRows) -> dict[str, Any]:
    """Everything the script of the plot needs: measures, splits, and counts by split, count, value and day."""
    measures, counts = measures_of(scenario, log)
    splits = splits_of(scenario, log)
    data: dict[str, Any] = {
        "days": log.facts.days,
        "start": scenario.product.clock.start.isoformat(),
        "splits": [{"name": split.column, "values": list(split.values)} for split in splits],
        "counts": {WHOLE: _counted(log, counts, "''", (WHOLE,))},
    }
    for split in splits:
        able = {key: counts[key] for measure in measures if _splits(scenario, measure, split) for key in _keys(measure)}
        data["counts"][split.column] = _counted(log, able, _value_of(split), split.values)
    data["measures"] = [_described(measure, data["counts"][WHOLE]) for measure in measures]
    for counted in data["counts"].values():
        counted.update({key: [_packed(days) for days in values] for key, values in counted.items()})
    return data


def _packed(days: Sequence[float]) -> str | list[float]:
    """Whole counts as one text in base 36, which is short and which every browser reads; others as they are."""
    if not all(isinstance(count, int) for count in days):
        return list(days)
    return " ".join(_base_36(int(count)) for count in days)


def _base_36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = (string.digits + string.ascii_lowercase)[digit] + digits
    return digits


def _keys(measure: Measure) -> tuple[str, ...]:
    return (measure.top, measure.bottom) if measure.bottom is not None else (measure.top,)


def _splits(scenario: Scenario, measure: Measure, split: Split) -> bool:
    """Whether all rows that a measure counts carry the column."""
    if split.column == EVENT:
        return measure.bottom is None
    if split.column in ENVELOPE:
        return True
    return (
        bool(measure.carriers)
        and all(split.column in scenario.events[event].fields for event in measure.carriers)
        and len(measure.carriers) == len(_keys(measure))
    )


def _value_of(split: Split) -> str:
    column = f"CAST({identifier(split.column)} AS VARCHAR)"
    if OTHERS not in split.values:
        return column
    largest = ", ".join(f"'{name}'" for name in split.values if name != OTHERS)
    return f"CASE WHEN {column} IN ({largest}) THEN {column} ELSE '{OTHERS}' END"


def _counted(
    log: LogRows, counts: Mapping[str, tuple[str, list[object]]], value: str, values: Sequence[str]
) -> dict[str, list[list[float]]]:
    """Count -> value -> day."""
    if not counts:
        return {}
    found = log.by_day(
        value, [sql for sql, _ in counts.values()], [one for _, given in counts.values() for one in given]
    )
    days = range(1, log.facts.days + 1)
    return {
        key: [[_short(found[day, name][at]) if (day, name) in found else 0 for day in days] for name in values]
        for at, key in enumerate(counts)
    }


def _short(count: Any) -> float:
    """A count as few digits as it has."""
    number = round(float(count or 0), 3)
    return int(number) if number.is_integer() else number


def _described(measure: Measure, whole: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, Any]:
    top = whole[measure.top][0]
    share = measure.bottom is not None and all(
        part <= all_ for part, all_ in zip(top, whole[measure.bottom][0], strict=True)
    )
    return {
        "name": measure.name,
        "title": measure.title,
        "says": measure.says,
        "top": measure.top,
        "bottom": measure.bottom,
        "unit": "count" if measure.bottom is None else "share" if share else "ratio",
    }


def metric_slices(
    scenario: Scenario, log: LogRows, name: str, most: int = 8
) -> Iterator[tuple[str, str, float, float]]:
    """(column, value, top, bottom) of a metric over the whole log, for the columns it is sliced by."""
    metric = scenario.metrics[name]
    if metric.of is None or metric.per is None:
        return
    sides = [log.counted(side) for side in (metric.of, metric.per)]
    carriers = [side.target for side in (metric.of, metric.per) if side.target in scenario.events]
    shown = 0
    for column in metric.by:
        able = column in ENVELOPE or (
            len(carriers) == 2 and all(column in scenario.events[event].fields for event in carriers)
        )
        values = log.values_of(column, MOST_VALUES + 1) if able and column in log.columns else ()
        if not 1 < len(values) <= MOST_VALUES or shown + len(values) > most or None in sides:
            continue
        found = log.by_value(
            identifier(column), [side[0] for side in sides if side], [one for side in sides if side for one in side[1]]
        )
        for value in in_order(scenario, column, values):
            top, bottom = found[value]
            shown += 1
            yield column, value, float(top or 0), float(bottom or 0)

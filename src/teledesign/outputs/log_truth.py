"""What a log shows beside what really was, by day and slice: for its instructor, in the folder of its truth."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from teledesign.findings import MissingExtra, Refusal
from teledesign.outputs.log_counts import by_value_and_day
from teledesign.outputs.log_reading import Count, LogRows, metrics_to_draw
from teledesign.rendering import spreadsheet_cell
from teledesign.results.measured import EVERYTHING, LOG, Measured, Parting, as_csv, of_truth, partings
from teledesign.scenario import Scenario
from teledesign.simulation import METRICS, TRUTH
from teledesign.writing import write_whole

__all__ = ["add_shown", "beside", "days_struck", "parted", "shown"]


def shown(log: Path, scenario: Scenario) -> tuple[Measured, ...]:
    """What a log shows of the metrics that it can tell; nothing where it holds no Parquet.

    The rows of a day count, above the line and below it; a time limit between the two is not looked at.
    """
    if not any(log.rglob("*.parquet")):
        return ()
    try:
        import duckdb
    except ImportError as missing:
        raise MissingExtra("duckdb", "logs") from missing
    try:
        return tuple(_shown(LogRows(log, scenario), scenario))
    except duckdb.Error as error:
        # What DuckDB says of it may repeat what stands in the file.
        raise Refusal(f"{log} holds Parquet files that are not those of its log. Simulate the log again") from error


def _shown(rows: LogRows, scenario: Scenario) -> Iterator[Measured]:
    told = dict(_told(rows, scenario))
    by = {name: [column for column in scenario.metrics[name].by if column in rows.columns] for name in told}
    wanted: dict[Count, dict[str, None]] = {count: {} for pair in told.values() for count in pair}
    for name, pair in told.items():
        for count in pair:
            wanted[count] |= dict.fromkeys(by[name])
    found = by_value_and_day(rows, wanted)
    columns = dict.fromkeys(column for each in by.values() for column in each)
    for name, (top, bottom) in told.items():
        for column in (None, *(column for column in columns if column in by[name])):
            for value, numbers in found[column].items():
                said = (EVERYTHING, EVERYTHING) if column is None else (column, str(spreadsheet_cell(value)))
                (of, of_days), (per, per_days) = numbers[top], numbers[bottom]
                yield Measured(LOG, name, *said, (of, per), (*zip(of_days, per_days, strict=True),))


def _told(rows: LogRows, scenario: Scenario) -> Iterator[tuple[str, tuple[Count, Count]]]:
    """The metrics that the log can tell, with what is counted above and below the line."""
    for name in metrics_to_draw(scenario):
        metric = scenario.metrics[name]
        top, bottom = (None if part is None else rows.count_of(part) for part in (metric.of, metric.per))
        if top is not None and bottom is not None:
            yield name, (top, bottom)


def parted(truth: Mapping[str, Any], seen: Sequence[Measured], scenario: Scenario) -> tuple[Parting, ...]:
    """Where what a log shows and what really was part most: while something went wrong, in a slice, on a day."""
    spans = {f"while {told['incident']} ran": days_struck(told, truth) for told in truth["incidents"]}
    return partings([*seen, *of_truth(truth["metrics"])], scenario.metrics, spans)


def days_struck(told: Mapping[str, Any], truth: Mapping[str, Any]) -> tuple[int, int]:
    """The first and last day of an incident, its ramp included."""
    last = int(truth["days"])
    if told["ends"] is not None:
        since = dt.datetime.fromisoformat(told["ends"]) - dt.datetime.fromisoformat(truth["start"])
        last = min(last, -(-since // dt.timedelta(days=1)))
    return int(told["begins_on_day"]), last


def add_shown(
    folder: Path, truth: Mapping[str, Any], seen: Sequence[Measured], scenario: Scenario, option: str = "-o"
) -> None:
    """Write what a log shows below what really was, in the table of metrics of the truth's folder, which `option`
    names."""
    start = dt.date.fromisoformat(truth["start"])
    table = as_csv([*of_truth(truth["metrics"]), *seen], scenario.metrics, start)
    write_whole(folder / METRICS, table, f" with {option}")


def beside(folder: Path, log: Path, scenario: Scenario) -> None:
    """The same for a log and its truth that were just written."""
    truth = json.loads((folder / TRUTH).read_text("utf-8"))
    add_shown(folder, truth, shown(log, _begun(scenario, truth)), scenario, "--truth")


def _begun(scenario: Scenario, truth: Mapping[str, Any]) -> Scenario:
    """The scenario with the first day that the log has."""
    clock = scenario.product.clock.model_copy(update={"start": dt.date.fromisoformat(truth["start"])})
    return scenario.model_copy(update={"product": scenario.product.model_copy(update={"clock": clock})})

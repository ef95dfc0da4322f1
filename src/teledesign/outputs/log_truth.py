"""What a log shows beside what really was, by day and slice: for its instructor, in the folder of its truth."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from teledesign.design import Collected, Design
from teledesign.findings import MissingExtra, Refusal
from teledesign.outputs.log_counts import by_value_and_day
from teledesign.outputs.log_reading import Count, LogRows, metrics_to_draw
from teledesign.rendering import spreadsheet_cell
from teledesign.results.measured import EVERYTHING, LOG, Measured, Parting, as_csv, of_truth, partings
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.simulation import METRICS, TRUTH
from teledesign.writing import write_whole

__all__ = ["add_shown", "beside", "days_struck", "parted", "shown"]


def shown(log: Path, scenario: Scenario, design: Design | None = None) -> tuple[Measured, ...]:
    """What a log, of all rows or of those that a design collects, shows of the metrics that it can tell; nothing where
    it holds no Parquet.

    The rows of a day count, above the line and below it; a time limit between the two is not looked at.  Where not all
    rows have the same `sample_rate`, each weighs one over its own.
    """
    if not any(log.rglob("*.parquet")):
        return ()
    try:
        import duckdb
    except ImportError as missing:
        raise MissingExtra("duckdb", "logs") from missing
    try:
        return tuple(_shown(LogRows(log, scenario), scenario, _Sent(scenario, design)))
    except duckdb.Error as error:
        # What DuckDB says of it may repeat what stands in the file.
        raise Refusal(f"{log} holds Parquet files that are not those of its log. Simulate the log again") from error


@dataclass(frozen=True)
class _Sent:
    """What reaches a log of what metrics count."""

    scenario: Scenario
    design: Design | None

    def has(self, count: Count) -> bool:
        """Whether a log has all that is counted, or a sample of it that can be weighed."""
        if self.design is None:
            return True
        if (count.event is None or count.unique is not None) and not self._alike:
            return False
        own = (*(column for column, _ in count.where), count.adds, count.unique)
        return self.tells(count, "event") and all(self.tells(count, column) for column in own if column)

    def tells(self, count: Count, column: str) -> bool:
        """Whether the rows that are counted are there and have that column."""
        if self.design is None or count.event is None:
            return True
        held = self._collected.get(count.event)
        return held is not None and (column in ENVELOPE or held.keeps(column))

    @cached_property
    def _collected(self) -> Mapping[str, Collected]:
        return {} if self.design is None else self.design.collected(self.scenario)

    @cached_property
    def _alike(self) -> bool:
        """Whether the same share of users is kept whole for every event, so that users and sessions can be counted."""
        if self.design is None:
            return True
        usual = self.design.sampling
        shares = {usual.keep if held.keep is None else held.keep for held in self._collected.values()}
        by_user = all((held.by or usual.by) == "user" for held in self._collected.values())
        return len(shares) == 1 and (by_user or shares == {1.0})


def _shown(rows: LogRows, scenario: Scenario, sent: _Sent) -> Iterator[Measured]:
    told = {name: pair for name, pair in _told(rows, scenario) if all(map(sent.has, pair))}
    by = {
        name: [
            column
            for column in scenario.metrics[name].by
            if column in rows.columns and all(sent.tells(count, column) for count in pair)
        ]
        for name, pair in told.items()
    }
    wanted: dict[Count, dict[str, None]] = {count: {} for pair in told.values() for count in pair}
    for name, pair in told.items():
        for count in pair:
            wanted[count] |= dict.fromkeys(by[name])
    found = by_value_and_day(rows, wanted, weighed=_is_weighed(rows))
    columns = dict.fromkeys(column for each in by.values() for column in each)
    for name, (top, bottom) in told.items():
        for column in (None, *(column for column in columns if column in by[name])):
            for value, numbers in found[column].items():
                said = (EVERYTHING, EVERYTHING) if column is None else (column, str(spreadsheet_cell(value)))
                (of, of_days), (per, per_days) = numbers[top], numbers[bottom]
                yield Measured(LOG, name, *said, (of, per), (*zip(of_days, per_days, strict=True),))


def _is_weighed(rows: LogRows) -> bool:
    """Whether some rows stand for more others than some do."""
    return bool(rows.ask("SELECT coalesce(min(sample_rate) < max(sample_rate), false) FROM rows")[0][0])


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


def beside(folder: Path, log: Path, scenario: Scenario, design: Design | None = None) -> None:
    """The same for a log and its truth that were just written."""
    truth = json.loads((folder / TRUTH).read_text("utf-8"))
    add_shown(folder, truth, shown(log, _begun(scenario, truth), design), scenario, "--truth")


def _begun(scenario: Scenario, truth: Mapping[str, Any]) -> Scenario:
    """The scenario with the first day that the log has."""
    clock = scenario.product.clock.model_copy(update={"start": dt.date.fromisoformat(truth["start"])})
    return scenario.model_copy(update={"product": scenario.product.model_copy(update={"clock": clock})})

"""The part of a log's page that a reader works with: a plot to choose, SQL over a sample, and five worked questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.outputs.log_comparison import Comparison, comparison, comparison_sql
from teledesign.outputs.log_measures import plot_data
from teledesign.outputs.log_questions import QUESTIONS, FollowUp, ImpactQuestions, Tidy, impact_questions, tidy_of
from teledesign.outputs.log_reading import LogRows, said_cell
from teledesign.outputs.log_sample import LogSample, sample_of, sample_script
from teledesign.outputs.sql_text import identifier
from teledesign.outputs.user_impact import ImpactParts, impact_parts
from teledesign.outputs.wording import said_bytes, said_count, said_span
from teledesign.rendering import Printed, prose_html_inline, script_json
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE

__all__ = ["Explore", "Question", "explore"]

PLOT_FILE = "log-plot.js"
PLOT_NAME = "teledesignPlot"
SAMPLE_FILE = "sample.js"
MOST_ANSWERS = 14
MOST_KINDS = 8
"""A column with more values than that tells no experiences apart."""
USED = ("event_id", "event", "ts", "received_at", "user_id", "session_id", "interaction_id", "seq")
COMPARED = "held-back"
TITLES = {
    "experiences": "Which experiences do people get, and how often?",
    "actions": "What do they do in each?",
    "undone": "What do they take back?",
    "leaving": "How long from an experience until they leave?",
    "later": "Do those who meet it more come back more?",
    COMPARED: "Because of it, or only together?",
}


@dataclass(frozen=True)
class Question:
    """One worked question: its SQL, and what the whole log answers."""

    name: str
    title: str
    sql: Printed
    columns: Sequence[str]
    answer: Sequence[Sequence[str]]
    more: int
    """Rows of the answer that are not shown."""
    found: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Misled:
    """An event of the questions, and where it misleads."""

    event: str
    misleads: Printed


@dataclass(frozen=True)
class TableColumn:
    """A column of the page's tables, and which events carry it; none where all do."""

    name: str
    type: str
    events: Sequence[str]


@dataclass(frozen=True)
class Explore:
    """What the page's plot, its SQL desk and its questions print."""

    plot_file: str
    sample_file: str
    sample_size: str
    sample_rows: str
    sample: LogSample
    sample_units: str
    of_units: str
    columns: Sequence[TableColumn]
    added: Tidy
    set_up: Printed
    questions: Sequence[Question]
    questions_file: str
    parts: ImpactParts | None
    experience: str
    window: str
    cap: str
    follow_up: FollowUp | None
    compared: Question | None
    comparison: Comparison | None
    misled: Sequence[Misled]


def explore(scenario: Scenario, log: LogRows, folder: str) -> tuple[Explore, dict[str, bytes]]:
    """The view, and the files to lay beside the page."""
    parts = impact_parts(scenario)
    parts = parts if parts is not None and log.per_event().get(parts.exposure) else None
    start = scenario.product.clock.start
    tidy = tidy_of(log.columns, parts, start)
    sample = sample_of(log, parts.later if parts else (), parts.by_server if parts else ())
    script = sample_script(log, _carried_by(scenario), start, tidy.sqlite)
    questions = _questions(log, parts, tidy)
    worked = tuple(_answered(log, parts, tidy, questions)) if parts and questions else ()
    told = (
        comparison(scenario, parts, log.facts.days, log.facts.panel_users, worked[-1].found)
        if parts and worked
        else None
    )
    worked, compared = worked[: len(QUESTIONS)], worked[-1] if told is not None else None
    parquet = "events.parquet" if len(log.files) == 1 else "*.parquet"
    set_up = f"CREATE VIEW log AS SELECT * FROM '{parquet}';\n\n{tidy.duckdb}"
    questions_file = f"{folder}/{scenario.scenario}-questions.sql"
    view = Explore(
        plot_file=PLOT_FILE,
        sample_file=f"{folder}/{SAMPLE_FILE}",
        sample_size=said_bytes(len(script)),
        sample_rows=said_count(sample.rows),
        sample=sample,
        sample_units=said_count(sample.units),
        of_units=said_count(sample.of_units),
        columns=tuple(_columns(scenario, log)),
        added=tidy,
        set_up=Printed(set_up),
        questions=worked,
        questions_file=questions_file,
        parts=parts,
        experience=questions.experience if questions else "",
        window=said_span(parts.window_s) if parts else "",
        cap=said_span(questions.cap_s) if questions else "",
        follow_up=questions.follow_up if questions else None,
        compared=compared,
        comparison=told,
        misled=tuple(_misled(scenario, parts)) if parts else (),
    )
    files = {
        PLOT_FILE: f"const {PLOT_NAME}={script_json(plot_data(scenario, log))};\n".encode(),
        view.sample_file: script,
        questions_file: _as_file(set_up, [*worked, *([compared] if compared else [])]).encode(),
    }
    return view, files


def _carried_by(scenario: Scenario) -> dict[str, list[str]]:
    carried: dict[str, list[str]] = {}
    for event_name, event in scenario.events.items():
        for field in event.fields:
            carried.setdefault(field, []).append(event_name)
    return carried


def _columns(scenario: Scenario, log: LogRows) -> Iterator[TableColumn]:
    carried = _carried_by(scenario)
    for name in log.columns:
        kind = log.types[name]
        said = "moment" if kind == "TIMESTAMP" else "text" if kind == "VARCHAR" else "number"
        yield TableColumn(name, said, () if name in ENVELOPE else carried.get(name, ()))


def _questions(log: LogRows, parts: ImpactParts | None, tidy: Tidy) -> ImpactQuestions | None:
    if parts is None:
        return None
    return impact_questions(parts, tidy, _experience(log, parts), log.facts.days)


def _experience(log: LogRows, parts: ImpactParts) -> str:
    """The first column that has a few values among the rows of the exposure; else the last resort."""
    able = [name for name in parts.told_apart_by if name in log.columns]
    for name in able:
        own = identifier(name)
        ((kinds,),) = log.ask(f"SELECT count(DISTINCT {own}) FROM rows WHERE event = ?", [parts.exposure])
        if 1 < kinds <= MOST_KINDS and log.types[name] == "VARCHAR":
            return name
    return "variant"


def _answered(log: LogRows, parts: ImpactParts, tidy: Tidy, questions: ImpactQuestions) -> Iterator[Question]:
    """The questions with what the whole log answers, and after them the comparison that chance made."""
    needed = {*USED, "variant", questions.experience, *parts.details.values()}
    needed.update(field for one in parts.undone for field in one.where)
    columns = ", ".join(identifier(name) for name in log.columns if name in needed)
    log.ask(f"CREATE OR REPLACE TEMP VIEW log AS SELECT {columns} FROM rows")
    log.ask(tidy.duckdb.replace("CREATE TABLE", "CREATE OR REPLACE TEMP TABLE", 1))
    for name, sql in {**questions.sql, COMPARED: comparison_sql(parts, tidy, log.facts.days)}.items():
        names, found = log.answer(sql)
        shown = [[_said(value) for value in row] for row in found[:MOST_ANSWERS]]
        yield Question(name, TITLES[name], Printed(sql), names, shown, len(found) - len(shown), found)
    log.ask("DROP TABLE tidy")


def _said(value: Any) -> str:
    """A cell of an answer: whole numbers with their thousands parted, others with four digits that matter."""
    if value is None:
        return ""
    if isinstance(value, int):
        return said_count(value)
    if isinstance(value, float):
        return (
            said_count(int(value)) if value.is_integer() else f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"
        )
    return str(said_cell(value))


def _misled(scenario: Scenario, parts: ImpactParts) -> Iterator[Misled]:
    for event in dict.fromkeys([parts.exposure, *(one.event for one in parts.undone)]):
        yield Misled(event, prose_html_inline(scenario.events[event].misleads))


def _as_file(set_up: str, questions: Sequence[Question]) -> str:
    """All questions as one file for DuckDB."""
    head = (
        "-- The five questions for DuckDB, and the comparison that chance made.\n"
        "-- In the folder of the log:  duckdb < this file\n\n"
    )
    worked = (f"-- {number}. {one.title}\n{one.sql}\n" for number, one in enumerate(questions, start=1))
    return head + set_up + "\n\n" + "\n".join(worked)

"""The five questions of every topic and of scenarios nobody thought of: the page's SQLite and DuckDB say the same."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scenarios_for_tests import made, people, visit
from teledesign.course import CourseLocation, open_scenario
from teledesign.outputs.log_explore import Explore, Question, explore
from teledesign.outputs.log_questions import QUESTIONS, follow_up
from teledesign.outputs.log_reading import LogRows
from teledesign.outputs.log_sample import sample_of
from teledesign.outputs.made import Made as MadeParts
from teledesign.outputs.sql_text import RESERVED, identifier, literal
from teledesign.outputs.user_impact import impact_parts
from teledesign.rendering import Templates, spreadsheet_cell
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.simulation import simulate
from test_lecture_sql import QUESTIONS as LECTURE
from test_lecture_sql import texts

duckdb = pytest.importorskip("duckdb")

TOPICS = ("shoe-brand", "photo-tagging", "playlists", "code-completion")
EXTENT: dict[str, dict[str, int]] = {"code-completion": {"users": 5, "days": 2}}
"""Developers write much: a log of few rows would hold one of them."""
ASSETS = packaged_course() / "site" / "assets"
LOCATION = CourseLocation(packaged_course(), "package")

Rows = list[list[Any]]

ONE_EVENT = made(people=people(simulate=40, activity={"sessions_per_user_day": {"mean": 1.0}, "hours": [1] * 24}))
"""A scenario with a single event and nothing else: no metrics, no fields, no interaction."""

NAMES_TAKEN = made(
    {
        "visit": visit({"open": {"starts": {"question": {"count": 3, "apart": "40 s"}}, "next": "end"}}),
        "question": {
            "kind": "interaction",
            "draws": {"day": {"short": 0.6, "long": 0.4}},
            "steps": {
                "asked": {
                    "emits": "answered",
                    "takes": {"median": "8 s", "p95": "30 s"},
                    "next": {
                        "given": "outcome",
                        "right": {"taken": 0.7, "end": "rest"},
                        "wrong": {"thrown": 0.5, "end": "rest"},
                    },
                },
                "taken": {"emits": {"kept": {"order": "whole"}}, "next": "end"},
                "thrown": {"emits": {"dropped": {"similar": {"high": 0.5, "low": 0.5}}}, "next": "end"},
            },
        },
    },
    people=people(simulate=60),
    model={
        "for_each": "question",
        "outcome": {"right": 0.7, "wrong": 0.3},
        "looks_like": {"right": "answer", "wrong": "answer"},
    },
    events={
        "answered": {"fields": {"day": {"copy": "day"}, "t": {"draw": {"a": 0.5, "b": 0.5}}, "copy": {"always": 1}}},
        "kept": {"fields": {"order": {"given_by": "step"}}},
        "dropped": {"fields": {"similar": {"given_by": "step"}, "in_visit": {"always": "yes"}}},
    },
    metrics={
        "dropped_rate": {
            "role": "proxy",
            "better": "lower",
            "of": {"dropped": {"similar": ["high"]}},
            "per": "answered",
            "within": "2 min",
            "by": ["day"],
        }
    },
)
"""A scenario whose fields have every name that the page's own tables and the databases would like to have."""

FOREIGN = {"one-event": ONE_EVENT, "names-taken": NAMES_TAKEN}
EVERY = (*TOPICS, *FOREIGN)


@dataclass(frozen=True)
class Made:
    """One log with what its page is worked with, and the folder with the files beside that page."""

    scenario: Scenario
    folder: Path
    desk: Explore


@pytest.fixture(scope="module")
def pages(whole_site: tuple[MadeParts, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """What each small log is worked with; the log lies in the folder `log`, as it does beside a built page."""
    root = tmp_path_factory.mktemp("explore")
    found = {}
    for name in EVERY:
        scenario = FOREIGN[name] if name in FOREIGN else open_scenario(name, LOCATION)
        log = whole_site[0].topic(name).log
        if name in EXTENT or log is None:
            simulate(scenario, **EXTENT.get(name, {"events": 2000}), out=root / name / "log")
        else:
            shutil.copytree(log, root / name / "log")
        desk, files = explore(scenario, LogRows(root / name / "log", scenario), "log")
        for path, content in files.items():
            (root / name / path).write_bytes(content)
        found[name] = Made(scenario, root / name, desk)
    return found


NODE = """
const fs = require("fs");
global.initSqlJs = require(ENGINE);
const text = fs.readFileSync(SCRIPT, "utf8").match(/  function serve\\(\\) \\{[\\s\\S]*?\\n  \\}\\n/)[0];
(async () => {
  const found = {};
  for (const [name, task] of Object.entries(TASKS)) {
    const waiting = [];
    global.postMessage = (what) => waiting.shift()(what);
    (0, eval)(`(${text.trim()})()`);
    const ask = (data) => new Promise((done) => { waiting.push(done); global.onmessage({data}); });
    const sample = new Function(`${fs.readFileSync(task.sample, "utf8")}; return teledesignSample;`)();
    const loaded = await ask({task: "load", sample});
    found[name] = {loaded, answers: []};
    for (const sql of task.sql) found[name].answers.push(await ask({task: "run", sql, kept: task.kept ?? 20000}));
  }
  process.stdout.write(JSON.stringify(found));
})();
"""


def in_the_page(node: str, tasks: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the page's own worker, run in node on the vendored SQLite, answers."""
    script = (
        f"const ENGINE = {json.dumps(str(ASSETS / 'vendor/sql.js/sql-wasm-inline.js'))};"
        f"const SCRIPT = {json.dumps(str(ASSETS / 'javascripts/explore-sql.js'))};"
        f"const TASKS = JSON.parse(fs0.readFileSync(0, 'utf8'));{NODE}"
    )
    ran = subprocess.run(
        [node, "-e", f"const fs0 = require('fs');{script}"], input=json.dumps(tasks), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


ALSO = (
    "SELECT count(*), count(DISTINCT event_id), sum(length(ts)) FROM log",
    "SELECT event, count(*), count(interaction_id), count(seq) FROM log GROUP BY event ORDER BY event",
    "SELECT median(seq) FROM log",
    "SELECT a.seq FROM log a, log b",
    "-- nothing",
    "CREATE TABLE mine AS SELECT 1 AS one; SELECT * FROM mine",
    "SELECT FROM",
)


@pytest.fixture(scope="module")
def sqlite(pages: dict[str, Made], tool: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    lecture = [*texts("SQLite", "set-up"), *(sql for name in LECTURE for sql in texts("SQLite", name))]
    tasks = {
        name: {
            "sample": str(made.folder / made.desk.sample_file),
            "sql": [*(str(one.sql) for one in worked(made.desk)), *ALSO, *(lecture if name == "shoe-brand" else ())],
            "kept": 50,
        }
        for name, made in pages.items()
    }
    return in_the_page(tool("node"), tasks)


def worked(desk: Explore) -> list[Question]:
    """The five questions, and the comparison that chance made where somebody is held back."""
    return [*desk.questions, *([desk.compared] if desk.compared else [])]


def statements(text: str) -> list[str]:
    return [part.strip() for part in re.sub(r"^--.*$", "", text, flags=re.MULTILINE).split(";") if part.strip()]


@pytest.mark.parametrize("name", EVERY)
def test_the_five_say_the_same_in_both_databases(
    name: str, pages: dict[str, Made], sqlite: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published file, run in the folder of the log by DuckDB, against the page's worker on the sample."""
    made = pages[name]
    assert [one.name for one in made.desk.questions] == list(QUESTIONS)
    assert made.desk.sample.unit == "everything"
    monkeypatch.chdir(made.folder / "log")
    with duckdb.connect() as database:
        found = []
        for sql in statements((made.folder / made.desk.questions_file).read_text("utf-8")):
            rows = database.execute(sql).fetchall()
            if not sql.startswith("CREATE"):
                found.append(rows)
    assert len(found) == (6 if name in TOPICS else 5)
    for question, rows, answer in zip(worked(made.desk), found, sqlite[name]["answers"], strict=False):
        page = answer["done"]["result"]
        assert page["columns"] == list(question.columns)
        assert len(page["rows"]) == len(rows), question.name
        for one, other in zip(page["rows"], rows, strict=True):
            assert all(alike(a, b) for a, b in zip(one, other, strict=True)), (question.name, one, other)
    assert all(found[:3])
    assert [len(row) for row in made.desk.questions[0].answer] == [4] * len(found[0])


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, str) or one is None or other is None:
        return bool(one == other)
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_the_page_s_table_holds_the_rows_of_the_log(
    name: str, pages: dict[str, Made], sqlite: dict[str, dict[str, Any]]
) -> None:
    first = len(worked(pages[name].desk))
    counts, per_event, median, crossed, comment, own, wrong = sqlite[name]["answers"][first : first + 7]
    log = LogRows(pages[name].folder / "log", pages[name].scenario)
    assert sqlite[name]["loaded"]["done"]["rows"] == log.count
    rows, ids, length = counts["done"]["result"]["rows"][0]
    assert (rows, length) == (log.count, 23 * log.count)
    assert ids <= rows
    expected = log.ask(
        "SELECT event, count(*), count(interaction_id), count(seq) FROM rows GROUP BY event ORDER BY event"
    )
    assert [tuple(row) for row in per_event["done"]["result"]["rows"]] == expected
    assert median == {"fault": "no such function: median"}
    assert len(crossed["done"]["result"]["rows"]) == 50
    assert crossed["done"]["result"]["more"] is True
    assert comment["done"]["result"] is None
    assert own["done"]["statements"] == 2
    assert own["done"]["result"]["rows"] == [[1]]
    assert "syntax error" in wrong["fault"]


def test_the_queries_of_the_lecture_run_in_the_page(sqlite: dict[str, dict[str, Any]]) -> None:
    answers = sqlite["shoe-brand"]["answers"][6 + len(ALSO) :]
    assert [answer for answer in answers if "fault" in answer] == []
    results = [answer["done"]["result"] for answer in answers if answer["done"]["result"] is not None]
    assert len(results) == len(LECTURE)
    assert all(result["rows"] for result in results)


def test_what_answers_and_takes_back_comes_from_the_scenario(pages: dict[str, Made]) -> None:
    parts = {name: impact_parts(made.scenario) for name, made in pages.items()}
    found = {
        name: (one.exposure, made.desk.experience, [undoing.event for undoing in one.undone])
        for name, made in pages.items()
        if (one := parts[name]) is not None
    }
    assert found == {
        "shoe-brand": (
            "results_impression",
            "experience",
            ["brand_corrected", "retake", "text_search_after", "feedback_given", "return_started"],
        ),
        "photo-tagging": (
            "suggestion_shown",
            "orientation",
            ["suggestion_renamed", "suggestion_rejected", "tag_removed", "tag_reported", "feature_off"],
        ),
        "playlists": ("track_start", "device", ["track_end", "track_hidden"]),
        "code-completion": ("completion_shown", "language", ["completion_undone"]),
        "one-event": ("opened", "variant", []),
        "names-taken": ("answered", "day", ["dropped"]),
    }
    shoes, alone = parts["shoe-brand"], parts["one-event"]
    assert shoes is not None
    assert alone is not None
    assert shoes.later == ("purchase", "return_started")
    assert shoes.by_server == ("inference_result",)
    assert shoes.window_s == 600
    assert alone.repeated
    assert not shoes.repeated


def test_columns_of_ours_step_aside(pages: dict[str, Made]) -> None:
    added = pages["names-taken"].desk.added
    assert (added.t, added.day, added.in_visit) == ("t_", "day_", "in_visit_")
    assert "copy_ = 1" in added.sqlite
    assert "a.\"similar\" = 'high'" in str(pages["names-taken"].desk.questions[2].sql)


@pytest.mark.parametrize(
    ("days", "first", "following"),
    [(1, 1, 1), (6, 3, 3), (7, 3, 4), (14, 7, 7), (28, 7, 14), (42, 7, 21), (400, 7, 21)],
)
def test_a_short_log_is_followed_for_less(days: int, first: int, following: int) -> None:
    spans = follow_up(days)
    assert (spans.first, spans.next, spans.of) == (first, following, days)


@pytest.mark.parametrize("most", [900, 120])
@pytest.mark.parametrize("name", ["photo-tagging", "shoe-brand"])
def test_a_sample_is_whole_people_or_whole_sessions(name: str, most: int, pages: dict[str, Made]) -> None:
    """Whoever is in it is in it with every row of an interaction, whoever wrote the row."""
    made = pages[name]
    parts = impact_parts(made.scenario)
    assert parts is not None
    log = LogRows(made.folder / "log", made.scenario)
    sample = sample_of(log, parts.later, parts.by_server, most)
    again = sample_of(log, parts.later, parts.by_server, most)
    assert sample == again
    assert 0 < sample.rows <= most
    assert log.ask("SELECT count(*) FROM sampled") == [(sample.rows,)]
    assert sample.unit in ("users", "sessions")
    assert sample.unit == "sessions" or sample.units >= 30
    cut = log.ask(
        "SELECT count(*) FROM rows WHERE event_id NOT IN (SELECT event_id FROM sampled) "
        "AND interaction_id IN (SELECT interaction_id FROM sampled)"
    )
    assert cut == [(0,)]
    unit = "session_id" if sample.unit == "sessions" else "user_id"
    shown = f"event = {literal(parts.exposure)}"
    ((split,),) = log.ask(
        f"SELECT count(*) FROM (SELECT {unit} FROM sampled WHERE {shown} GROUP BY 1 INTERSECT "
        f"SELECT {unit} FROM rows WHERE {shown} AND event_id NOT IN (SELECT event_id FROM sampled) GROUP BY 1)"
    )
    assert split == 0
    chosen = log.ask("SELECT event_id FROM sampled")
    known = set(chosen)
    assert [row for row in log.ask("SELECT event_id FROM rows") if row in known] == chosen


def test_nothing_of_the_truth_is_beside_the_page(pages: dict[str, Made]) -> None:
    """The sample has the columns of the log; nothing names an outcome or an incident."""
    for name in TOPICS:
        made = pages[name]
        log = LogRows(made.folder / "log", made.scenario)
        text = (made.folder / made.desk.sample_file).read_text("utf-8")
        sample = json.loads(text.removeprefix("const teledesignSample=").rstrip().removesuffix(";"))
        assert [column["name"] for column in sample["columns"]] == list(log.columns)
        told = {value for column in sample["columns"] for value in column.get("texts", ())}
        told |= {column["same"] for column in sample["columns"] if "same" in column}
        hidden = set(made.scenario.model.outcomes) - {*made.scenario.model.looks_like.values(), "none"}
        assert not told & hidden
        plot = (made.folder / made.desk.plot_file).read_text("utf-8")
        assert not told & set(made.scenario.incidents)
        assert not [incident for incident in made.scenario.incidents if f'"{incident}"' in plot]


def test_names_that_a_database_keeps_for_itself_are_quoted() -> None:
    with duckdb.connect() as database:
        kept = database.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
        ).fetchall()
    assert {word for (word,) in kept} <= RESERVED
    assert (identifier("similar"), identifier("rank"), identifier("a b")) == ('"similar"', "rank", '"a b"')
    assert (literal("it's"), literal(30.0), literal(0.25)) == ("'it''s'", "30", "0.25")


# --- How to open the full log: what the page says is run as it stands ---


@pytest.fixture(scope="module")
def told(pages: dict[str, Made]) -> str:
    """The part of the page on opening the log, of one topic."""
    folders = [packaged_course() / "templates" / "pages"]
    view = {"log": {"explore": pages["playlists"].desk, "csv": "first-rows.csv"}, "topic": "playlists"}
    return Templates("markdown", folders).render("log-open.md", view)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_commands_for_duckdb_and_a_spreadsheet_run(
    told: str, pages: dict[str, Made], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "events.parquet").write_bytes((pages["playlists"].folder / "log" / "events.parquet").read_bytes())
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as database:
        for block in blocks(told, "sql"):
            for sql in statements(block):
                database.execute(sql)
        once, twice = database.execute("SELECT (SELECT count(*) FROM tidy), (SELECT count(*) FROM log)").fetchone()
    assert 0 < once <= twice
    counted = (tmp_path / "rows-by-day.csv").read_text("utf-8").splitlines()
    assert counted[0] == "day,event,n"
    assert sum(int(line.rsplit(",", 1)[1]) for line in counted[1:]) == twice


def test_the_commands_for_python_run(
    told: str, pages: dict[str, Made], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "events.parquet").write_bytes((pages["playlists"].folder / "log" / "events.parquet").read_bytes())
    monkeypatch.chdir(tmp_path)
    first, second = (said_by(block) for block in blocks(told, "python"))
    assert "heartbeat" in first
    assert "heartbeat" in second
    assert "rows x" in second


def said_by(program: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(program, "page", "exec"), {})
    return said.getvalue()


# --- Files that a spreadsheet opens ---

CELLS = (
    "=1+1",
    "+1",
    "-1",
    "@x",
    " =x",
    "'=x",
    "\t=x",
    "a,b",
    'say "x"',
    "two\nlines",
    "",
    "plain",
    "−3",
    "％",
    "x\u202ey",
    "%x",
)


def csv_cells() -> Iterator[object]:
    yield from CELLS
    yield from (1, 0.5, None)


def test_cells_of_a_result_are_as_inert_as_those_of_the_log(tool: Callable[[str], str]) -> None:
    from javascript import answers

    script = (ASSETS / "javascripts" / "csv.js").read_text("utf-8")
    given = list(csv_cells())
    found = answers(tool("node"), script, "(value) => teledesignCsv.cell(value)", given)
    for value, cell in zip(given, found, strict=True):
        inert = spreadsheet_cell(value)  # type: ignore[arg-type]
        plain = "" if inert is None else str(inert)
        quoted = '"' + plain.replace('"', '""') + '"'
        assert cell in (plain, quoted), value
        assert cell == quoted or not re.search(r'[",\r\n]', plain)

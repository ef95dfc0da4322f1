"""The queries of the lecture run as they stand, in DuckDB and in SQLite, and say the same."""

from __future__ import annotations

import math
import re
import sqlite3
from pathlib import Path

import pytest

from teledesign.course import CourseLocation, open_scenario
from teledesign.expectation import Expectation
from teledesign.resources import packaged_course
from teledesign.simulation import simulate

duckdb = pytest.importorskip("duckdb")

PAGE = packaged_course() / "site" / "lecture" / "five-questions.md"
BLOCK = re.compile(r"```sql\n-- ([^,\n]+), (DuckDB|SQLite|both)[^\n]*\n(.*?)```", re.DOTALL)
BLOCKS = [(match[1], match[2], match[3]) for match in BLOCK.finditer(PAGE.read_text("utf-8"))]
QUESTIONS = list(dict.fromkeys(name for name, _, _ in BLOCKS if name != "set-up"))
LOCATION = CourseLocation(packaged_course(), "package")

Rows = list[tuple[object, ...]]


def texts(engine: str, name: str) -> list[str]:
    return [sql for known, runs_in, sql in BLOCKS if known == name and runs_in in (engine, "both")]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log") / "shoe-brand"
    simulate(open_scenario("shoe-brand", LOCATION), events=30_000, out=folder)
    return folder / "events.parquet"


@pytest.fixture(scope="module")
def in_duckdb(log: Path) -> dict[str, Rows]:
    with duckdb.connect() as database:
        for sql in texts("DuckDB", "set-up"):
            database.execute(sql.replace("events.parquet", str(log)))
        return {name: database.execute(texts("DuckDB", name)[0]).fetchall() for name in QUESTIONS}


@pytest.fixture(scope="module")
def in_sqlite(log: Path) -> dict[str, Rows]:
    """The same rows in SQLite, moments as text."""
    with duckdb.connect() as source:
        found = source.execute(
            f"SELECT * REPLACE (ts::VARCHAR AS ts, received_at::VARCHAR AS received_at) FROM '{log}'"
        )
        names = [column[0] for column in found.description]
        rows = found.fetchall()
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE log ({', '.join(f'{name!r}' for name in names)})")
    database.executemany(f"INSERT INTO log VALUES ({', '.join('?' * len(names))})", rows)
    for sql in texts("SQLite", "set-up"):
        database.executescript(sql)
    answers = {name: database.execute(texts("SQLite", name)[0]).fetchall() for name in QUESTIONS}
    database.close()
    return answers


def test_every_block_says_what_it_is_and_where_it_runs() -> None:
    assert len(BLOCKS) == PAGE.read_text("utf-8").count("```sql")
    assert {name.split()[1] for name in QUESTIONS} == {"1", "2", "3", "4", "5"}
    assert all(len(texts(engine, name)) == 1 for engine in ("DuckDB", "SQLite") for name in QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_both_databases_say_the_same(name: str, in_duckdb: dict[str, Rows], in_sqlite: dict[str, Rows]) -> None:
    assert len(in_duckdb[name]) == len(in_sqlite[name]) > 1
    for one, other in zip(in_duckdb[name], in_sqlite[name], strict=True):
        for a, b in zip(one, other, strict=True):
            if isinstance(a, str) or isinstance(b, str):
                assert a == b
            else:  # moments in SQLite are whole milliseconds
                assert math.isclose(float(a), float(b), rel_tol=1e-6, abs_tol=2e-3)  # type: ignore[arg-type]


def test_answers_are_what_the_scenario_leads_one_to_expect(in_duckdb: dict[str, Rows]) -> None:
    """Shares of 2 within four standard errors, with a design effect of two for lists of one shopper."""
    expected = expected_actions()
    lists = {str(row[0]): int(row[1]) for row in in_duckdb["question 3"]}  # type: ignore[call-overload]
    found = {(str(row[0]), str(row[1])): float(row[2]) for row in in_duckdb["question 2"]}  # type: ignore[arg-type]
    for (experience, action), share in expected.items():
        error = 4 * math.sqrt(2 * share * (1 - share) / lists[experience])
        assert abs(found.get((experience, action), 0.0) - share) < max(error, 0.01), (experience, action)
    days = {str(row[0]): float(row[1]) for row in in_duckdb["question 1"]}  # type: ignore[arg-type]
    assert days["named"] > 10 * days["unnamed"]


def expected_actions() -> dict[tuple[str, str], float]:
    """(experience, first action) -> share, from the transition table and the shares of outcomes."""
    scenario = open_scenario("shoe-brand", LOCATION)
    outcomes = Expectation(scenario).outcome_shares()["all"]
    taken = {
        "right": {"result_click": 0.61, "brand_corrected": 0.01, "retake": 0.06, "text_search_after": 0.07},
        "top_three": {"result_click": 0.52, "brand_corrected": 0.04, "retake": 0.10, "text_search_after": 0.10},
        "wrong": {"result_click": 0.24, "brand_corrected": 0.07, "retake": 0.22, "text_search_after": 0.16},
        "none": {"result_click": 0.0, "brand_corrected": 0.10, "retake": 0.35, "text_search_after": 0.20},
    }
    groups = {"named": ("right", "top_three", "wrong"), "unnamed": ("none",)}
    return {
        (experience, action): sum(outcomes[outcome] * taken[outcome][action] for outcome in members)
        / sum(outcomes[outcome] for outcome in members)
        for experience, members in groups.items()
        for action in taken["right"]
    }


def test_the_worked_example_is_right() -> None:
    """The page's table against the algebra of the scenario."""
    text = PAGE.read_text("utf-8")
    expected = expected_actions()
    every = Expectation(open_scenario("shoe-brand", LOCATION)).outcome_shares()["all"]
    outcomes = {outcome: share / (1 - every["bestsellers"]) for outcome, share in every.items()}
    named = outcomes["right"] + outcomes["top_three"] + outcomes["wrong"]
    cells = [f"{1000 * named:.0f}"]
    shares = [
        expected["named", action] for action in ("result_click", "brand_corrected", "retake", "text_search_after")
    ]
    cells += [f"{100 * share:.1f} %" for share in (*shares, 1 - sum(shares))]
    wrongly = 0.9 * (0.10 * outcomes["top_three"] + 0.16 * outcomes["wrong"]) + 0.1 * 0.07 * outcomes["right"]
    undone = expected["named", "brand_corrected"] + 0.9 * expected["named", "retake"] + wrongly / named
    cells.append(f"{100 * undone:.1f} %")
    assert "| `named` | " + " | ".join(cells) + " |" in text
    empty = 0.10 + 0.9 * 0.35 + 0.20
    assert (
        f"| `unnamed` | {1000 * outcomes['none']:.0f} | 0 % | 10 % | 35 % | 20 % | 35 % | {100 * empty:.1f} % |" in text
    )
    everything = named * undone + outcomes["none"] * empty
    assert (
        f"{100 * empty:.1f} ÷ {100 * everything:.1f} = {empty / everything:.1f} against {undone / everything:.1f}"
        in text
    )
    assert f"= {1000 * named * undone:.0f} lists" in text
    assert f"= {1000 * outcomes['none'] * (empty - undone):.0f} undone lists" in text

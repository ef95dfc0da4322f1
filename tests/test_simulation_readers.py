"""Readers that have nothing to do with us agree about a log; nonsense is refused at once, extremes are played."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from scenarios_for_tests import made, people, visit
from teledesign.findings import Refusal
from teledesign.scenario.delivery import Delivery
from teledesign.simulation import simulate
from test_simulation_delivery import WEATHER, scenario


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readers") / "log"
    simulate(scenario(delivery=WEATHER), out=folder, formats=["parquet", "jsonl", "csv"], users=200, days=3)
    return folder


def test_duckdb_pandas_and_lines_of_json_agree(log: Path) -> None:
    parquet = pd.read_parquet(log / "events.parquet")
    csv = pd.read_csv(log / "events.csv", parse_dates=["ts", "received_at"], date_format="ISO8601")
    lines = [json.loads(line) for line in (log / "events.jsonl").read_text("utf-8").splitlines()]
    with duckdb.connect() as base:
        counts = base.execute(f"select event, count(*) from '{log}/events.parquet' group by 1 order by 1").fetchall()
        pixels = base.execute(f"select sum(px), count(px) from '{log}/events.parquet'").fetchall()[0]
        moments = base.execute(f"select max(received_at), min(ts) from '{log}/events.parquet'").fetchall()[0]
    for frame in (parquet, csv, pd.DataFrame(lines)):
        assert sorted(frame["event"].value_counts().items()) == counts
        assert (frame["px"].sum(), frame["px"].count()) == pixels
        times = [pd.to_datetime(frame[name]) for name in ("received_at", "ts")]
        assert (times[0].max().to_pydatetime(), times[1].min().to_pydatetime()) == moments
        assert list(frame["event_id"]) == list(parquet["event_id"])
    assert all("px" in line for line in lines if line["event"] == "moved")
    assert not any("px" in line for line in lines if line["event"] != "moved")


def test_every_row_in_ordinary_weather_satisfies_the_schema(log: Path) -> None:
    schema = json.loads((log / "schema.json").read_text("utf-8"))
    events = {name: Draft202012Validator(part) for name, part in schema["$defs"].items()}
    rows = [json.loads(line) for line in (log / "events.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) > 2000
    for row in rows:
        assert events[row["event"]].is_valid(row), row


def test_chances_of_zero_and_one(tmp_path: Path) -> None:
    journey = {
        "visit": visit(
            {
                "open": {"emits": "opened", "next": {"more": 1.0, "never": 0.0}},
                "more": {"emits": "closed", "next": "end"},
                "never": {"emits": "missed", "next": "end"},
            }
        )
    }
    everything = Delivery.model_validate(
        {"loss": 1.0, "duplicates": {"chance": 1.0}, "delay": {"median": "1 s", "p95": "2 s"}}
    )
    twice = Delivery.model_validate(
        {"duplicates": {"chance": 1.0}, "loss": 0.0, "offline": {"chance": 0.0, "delay": "1 h"}}
    )
    plain = simulate(made(journey), out=tmp_path / "plain", users=40, days=2)
    assert {event.event: event.rows > 0 for event in plain.events} == {"opened": True, "closed": True, "missed": False}
    assert simulate(made(journey), out=tmp_path / "lost", users=40, days=2, delivery=everything).rows == 0
    doubled = simulate(made(journey), out=tmp_path / "twice", users=40, days=2, delivery=twice)
    assert plain.rows * 2 - 10 < doubled.rows <= plain.rows * 2
    assert doubled.agrees


def test_nobody_comes(tmp_path: Path) -> None:
    quiet = people(activity={"sessions_per_user_day": {"mean": 1e-6, "dispersion": 0.0}, "hours": [1] * 24})
    report = simulate(made(people=quiet), out=tmp_path / "log", users=2, days=1, formats=["jsonl.gz", "parquet"])
    assert report.rows == 0
    with pytest.raises(Refusal, match="is out of range"):
        simulate(made(people=quiet), out=tmp_path / "other", events=10_000_000_000)


def test_as_many_events_as_asked_for(tmp_path: Path) -> None:
    report = simulate(scenario(delivery=WEATHER), out=tmp_path / "log", events=60_000, formats=["parquet"])
    assert report.asked == 60_000
    assert abs(report.off) <= report.may_be_off
    assert report.may_be_off < 0.03

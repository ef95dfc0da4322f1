"""`teledesign truth`: what really happened behind a log, made again from what made it."""

import datetime as dt
import hashlib
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from scenarios_for_tests import PHOTO, incident, made, people, visit
from teledesign.cli import run
from teledesign.course import find_course, open_scenario
from teledesign.design import Design
from teledesign.findings import Refusal
from teledesign.outputs.log_counts import by_value_and_day
from teledesign.outputs.log_reading import Count, LogRows, as_text
from teledesign.outputs.log_truth import shown
from teledesign.results.measured import Measured, partings
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.metrics import Metric
from teledesign.simulation import Seed, made_by, practice_seed, remade, simulate

METRICS = {
    "wrong_names": {
        "role": "outcome",
        "of": "face.wrongly_tagged",
        "per": {"face.looked_up": {"enrolled": "yes"}},
        "by": ["gallery", "enrolled"],
    },
    "proposed": {"role": "outcome", "of": {"face.looked_up": {"outcome": "right"}}, "per": "user_days"},
}
LOSES = incident(begins="day 3", lasts="2 d", family="delivery", effects=[{"loses": 0.5}])
WEATHER = {"loss": 0.02, "duplicates": {"chance": 0.03}}
SIZE = {"users": 120, "days": 6}
NAMED = ("--incident", "seconds")


def scenario() -> Scenario:
    return made(**PHOTO, metrics=METRICS, incidents={"gaps": LOSES}, delivery=WEATHER)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth")
    simulate(scenario(), out=folder / "log", truth=folder / "truth", incidents=("gaps",), seed=7, **SIZE)
    return folder


def truth_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "truth" / "truth.json").read_text("utf-8")))


def test_faults_are_counted_and_explain_the_log(whole: Path) -> None:
    faults = {(fault["by"], fault["what"]): fault for fault in truth_of(whole)["faults"]}
    lost = faults["ordinary weather", "lost"]["rows"]
    again = faults["ordinary weather", "sent again"]["rows"]
    struck = faults["gaps", "lost"]
    assert struck["verb"] == "loses"
    assert struck["rows"] == sum(struck["events"].values()) > 100
    clean = simulate(made(**PHOTO, metrics=METRICS), out=whole / "clean", seed=7, **SIZE)
    log = pq.read_metadata(whole / "log" / "events.parquet").num_rows
    both = clean.rows - lost - struck["rows"] + again
    assert 0 <= log - both < 0.05 * struck["rows"]  # some rows are lost twice over


def test_true_values_are_those_of_the_truths_own_rows(whole: Path) -> None:
    truth = truth_of(whole)
    rows = pq.read_table(whole / "truth" / "truth.parquet").to_pylist()
    slices = {(entry["by"], entry["is"]): entry for entry in truth["metrics"]["wrong_names"]["slices"]}
    for (by, value), entry in slices.items():
        faces = [row for row in rows if by == "all" or row[by] == value]
        assert sum(entry["of"]) == sum(row["last_step"] == "wrongly_tagged" for row in faces)
        assert sum(entry["per"]) == sum(row["enrolled"] == "yes" for row in faces)
    assert len(slices[("all", "all")]["of"]) == 6
    assert set(slices) == {
        ("all", "all"),
        ("gallery", "large"),
        ("gallery", "small"),
        ("enrolled", "yes"),
        ("enrolled", "no"),
    }
    proposed = truth["metrics"]["proposed"]["slices"][0]
    assert sum(proposed["of"]) == sum(row["outcome"] == "right" for row in rows)
    assert all(100 < there <= 122 for there in proposed["per"])


def test_the_truth_is_made_again_byte_by_byte(whole: Path, tmp_path: Path) -> None:
    found = made_by(whole / "log", scenario(), [practice_seed("small"), Seed.of_number(7)], ["gaps"], None)
    again = remade(whole / "log", found, keep=tmp_path / "truth")
    assert again.same_rows
    for path in (whole / "truth").iterdir():
        assert (tmp_path / "truth" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("seeds", "incidents"), [([8], ["gaps"]), ([7], ["none"])])
def test_other_arguments_do_not_fit(whole: Path, seeds: list[int], incidents: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        made_by(whole / "log", scenario(), map(Seed.of_number, seeds), incidents, None)
    assert caught.value.message == (
        f"{whole / 'log'} was not made from this scenario, this seed and these incidents. Try --graded if a graded "
        "build made it; else repeat its --seed and --incident, or name its course with --course or its scenario's file "
        "with --scenario"
    )


def test_another_version_and_another_design_are_named(whole: Path, tmp_path: Path) -> None:
    held = json.loads((whole / "log" / "manifest.json").read_text("utf-8"))

    def refused(collected: Design | None, **changed: object) -> str:
        (tmp_path / "manifest.json").write_text(json.dumps(held | changed))
        with pytest.raises(Refusal) as caught:
            made_by(tmp_path, scenario(), [Seed.of_number(8)], ["gaps"], collected)
        return caught.value.message.removeprefix(f"{tmp_path} ")

    older = {**held["packages"], "teledesign": "0.0.7"}
    assert refused(None, packages=older).startswith(
        "was made by teledesign 0.0.7, which may play small otherwise than this one. Try --graded if "
    )
    keys = {"format": 1, "scenario": "small", "title": "Lean", "collects": "everything"}
    lean, rich = (Design.model_validate({**keys, "design": name}) for name in ("lean", "rich"))
    assert "with --design if the design was another then, its course" in refused(lean, design="lean")
    assert refused(rich, design="lean") == (
        "the log holds what the design lean collects, not rich. Name its file with --design"
    )
    assert refused(rich) == "the log holds all that its scenario writes, and no design chose of it. Take out --design"
    assert refused(None, design="lean") == "the log holds what the design lean collects. Name its file with --design"


def test_what_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"holds no manifest\.json\. Name the folder of a log"):
        made_by(tmp_path, scenario(), [], [], None)
    (tmp_path / "manifest.json").write_text('{"made_by": "somebody"}')
    with pytest.raises(Refusal, match="is not the manifest of a log"):
        made_by(tmp_path, scenario(), [], [], None)


MANIFESTS = {
    "nested": "[" * 200_000,
    "nested deep": '{"a":' * 100_000,
    "days without end": {"days": "Infinity"},
    "too many days": {"days": "1e400"},
    "no days": {"days": "null"},
    "delivery as text": {"delivery": '"x"'},
    "delivery as a list": {"delivery": "[]"},
    "a path": {"scenario": '"../../../../etc/passwd"'},
    "a path from the root": {"scenario": '"/etc/passwd"'},
    "a design to clear the screen": {"design": '"\\u001b[2J"'},
    "a day nobody sees": {"start": '"9999-12-31"'},
    "a part elsewhere": {"parts": '[{"file": "../x", "format": "csv"}]'},
    "files as a number": {"files": "7"},
    "a tag as a list": {"tag": "[]"},
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_hostile_manifest_is_one_sentence(
    name: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = MANIFESTS[name]
    if isinstance(changed, dict):
        held = json.loads((whole / "log" / "manifest.json").read_text("utf-8"))
        changed = json.dumps(held | dict.fromkeys(changed, "HERE")).replace('"HERE"', next(iter(changed.values())))
    (tmp_path / "manifest.json").write_text(changed, "utf-8")
    assert run(["truth", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"Error: {tmp_path / 'manifest.json'} is not the manifest of a log. Simulate the log again"


def test_names_of_a_manifest_and_arguments_that_cannot_be(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = json.loads((whole / "log" / "manifest.json").read_text("utf-8"))
    manifest = tmp_path / "manifest.json"
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "scenario.yaml").write_text("secret: words")
    monkeypatch.chdir(tmp_path)
    manifest.write_text(json.dumps(held))
    assert run(["truth", "."]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Error: the log is of the scenario 'small', which this course does not have. Name the log's course with "
        "--course, or the scenario's file with --scenario"
    )
    manifest.write_text(json.dumps(held | {"scenario": "shoe-brand"}))
    assert run(["truth", ".", "--incident", "nosuch"]) == 1
    assert "there is no incident 'nosuch'" in capsys.readouterr().err
    assert run(["truth", ".", "--seed", "-5"]) == 1
    assert "the seed -5 is out of range" in capsys.readouterr().err
    manifest.write_text(json.dumps(held | {"log_format": 99}))
    assert run(["truth", "."]) == 1
    assert "is of log format 99, not 1. Use the version that made the log" in capsys.readouterr().err
    manifest.unlink()
    os.mkfifo(manifest)
    assert run(["truth", "."]) == 1
    assert "holds no manifest.json" in capsys.readouterr().err


def test_the_files_of_a_log_are_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    made = ["simulate", "shoe-brand", "--users", "12", "--days", "3", "--incident", "none", "-o", str(log)]
    assert run(made) == 0
    part, manifest = log / "events.parquet", log / "manifest.json"
    whole, told = part.read_bytes(), manifest.read_text("utf-8")
    for keep in (log / "truth", log):
        assert run(["truth", str(log), "-o", str(keep)]) == 1
        assert f"lie inside the log's folder {log}. Name a folder elsewhere with -o" in capsys.readouterr().err
    assert run(["truth", str(log), "-o", str(tmp_path)]) == 1
    assert "the log would lie inside the truth's folder" in capsys.readouterr().err
    assert len(list(log.iterdir())) == 5

    def said(what: str) -> None:
        assert run(["truth", str(log), "--json"]) == 1
        heard = json.loads(capsys.readouterr().out)
        assert (heard["log_is_as_made"], heard["changed"], heard["log_shows"]) == (False, [what], {})

    table = pq.read_table(part)
    pq.write_table(table.slice(0, len(table) // 2), part)
    said("events.parquet is not as it was written")
    held = json.loads(told)
    held["parts"][0] |= {"sha256": hashlib.sha256(part.read_bytes()).hexdigest(), "bytes": part.stat().st_size}
    manifest.write_text(json.dumps(held))
    said("events.parquet and manifest.json are not as they were written")
    manifest.write_text(told)
    part.unlink()
    said("events.parquet is missing")
    part.write_bytes(whole)
    (log / "copy.parquet").write_bytes(whole)
    said("'copy.parquet' is not part of it")
    (log / "copy.parquet").unlink()
    held = json.loads(told)
    held["parts"][0]["rows"] += 1
    manifest.write_text(json.dumps(held))
    said(f"manifest.json tells of {len(table) + 1:,} rows as parquet, not of {len(table):,}")
    part.write_bytes(b"PAR1 nonsense")
    assert run(["truth", str(log)]) == 1
    assert "This log is not as it was made, so what it shows is left out: " in capsys.readouterr().out
    with pytest.raises(Refusal, match="holds Parquet files that are not those of its log"):
        shown(log, open_scenario("shoe-brand", find_course(None)))


CONTRADICTIONS = {
    "--graded --seed 3": "--graded and --seed both say which seed made the log. Keep one of them",
    "--design shoe-brand/lean --scenario shoe-brand": (
        "--design brings the scenario that it is made for. Take out --scenario"
    ),
    "--scenario playlists": (
        "the log is of the scenario shoe-brand, and --scenario names one of playlists. Name its own"
    ),
    "--design playlists/lean": (
        "the log is of the scenario shoe-brand, and --design names one of playlists. Name its own"
    ),
    "--incident none --incident seconds": (
        "--incident none stands beside others. Leave it out, or leave out the others"
    ),
}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = str(tmp_path / "log")
    assert run(["simulate", "shoe-brand", "--users", "40", "--days", "10", "--seed", "3", *NAMED, "-o", log]) == 0
    capsys.readouterr()
    assert run(["truth", log]) == 1
    assert "was not made from this scenario, this seed and these incidents. Try --graded" in capsys.readouterr().err
    for options, message in CONTRADICTIONS.items():
        assert run(["truth", log, *options.split()]) == 1
        assert capsys.readouterr().err.splitlines()[-1] == f"Error: {message}"
    kept = tmp_path / "truth"
    assert run(["truth", log, "--seed", "3", *NAMED, "--json", "-o", str(kept)]) == 0
    told = json.loads(capsys.readouterr().out)
    in_words = log_beside_truth(tmp_path / "log", kept / "metrics.csv", told)
    assert told["log_is_as_made"] is True
    assert len(told["incidents"]) == 1
    assert "seed" not in told
    assert {"faults", "metrics", "log_shows"} <= set(told)
    assert run(["truth", log, "--seed", "3", *NAMED]) == 0
    said = capsys.readouterr().out
    assert told["incidents"][0]["title"] in said
    assert "True values, which no log tells:" in said
    assert "lost (ordinary weather; most of them " in said
    assert in_words in said
    manifest = tmp_path / "log" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(told["tag"], told["tag"][::-1]))
    assert run(["truth", log, "--seed", "3"]) == 1


def test_a_log_of_a_file_and_one_of_a_design_of_the_course(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who simulates a file that no course holds names it again; designs of the course are found by their names."""
    monkeypatch.chdir(tmp_path)
    lamp = str(Path(__file__).parent / "good" / "incidents.yaml")
    made = ["--incident", "robots", "--incident", "drift"]
    assert run(["simulate", lamp, *made, "-o", "log", "--truth", "truth", "--format", "jsonl"]) == 0
    assert run(["truth", "log", *made]) == 1
    assert "or the scenario's file with --scenario" in capsys.readouterr().err
    assert run(["truth", "log", *made[2:], *made[:2], "--scenario", lamp, "-o", "again"]) == 0
    said = capsys.readouterr().out
    assert Path("again/truth.json").read_bytes() == Path("truth/truth.json").read_bytes()
    assert ") for good" not in said
    for line in (
        ", dying down over the last 24 h. It strikes each guess with a chance of ",
        " % where room is hall.\n",
        "  What it does: model.outcome is 40 % right, 60 % wrong.\n",
        ", where platform is android.\n",
        "It brings robots (2 in the panel) and strikes nobody else.\n",
        "  What it does: guess.over.takes is always 1 s.\n",
        "The log holds all that is written, ",
        "Nothing befell any row.\n",
        "What the log shows is worked out of Parquet, which this log does not have.\n",
    ):
        assert line in said
    assert run(["simulate", "playlists/lean", "--users", "3", "--days", "2", "-o", "lean", "--incident", "none"]) == 0
    assert run(["truth", "lean"]) == 0


def log_beside_truth(log: Path, table: Path, told: dict[str, Any]) -> str:
    """Hold the table of metrics against the truth and the log's own rows; gives what should be said of where they part.

    The log is put away by day first, as large ones are.
    """
    rows = pd.read_csv(table).set_index(["side", "metric", "by", "is"]).sort_index()
    for name, held in told["metrics"].items():
        for one in held["slices"]:
            days = rows.loc["truth", name, one["by"], one["is"]].dropna(subset="day").sort_values("day")
            assert days["of"].tolist() == one["of"]
            assert days["per"].tolist() == one["per"]
    for one in told["log_shows"]["tap_through"]:
        held = rows.loc["log", "tap_through", one["by"], one["is"]]
        assert float(held[held["day"].isna()]["value"].iloc[0]) == pytest.approx(one["value"], abs=1e-6)
        assert held.dropna(subset="day")["of"].tolist() == one["of"]
    by_day = duckdb.sql(
        "select cast(ts as date) as date, count(*) filter (event = 'result_click') as of, count(*) filter (event = "
        f"'results_impression') as per from read_parquet('{log}/events.parquet') group by 1 order by 1"
    ).fetchall()
    held = rows.loc["log", "tap_through", "all", "all"].dropna(subset="day")
    there = {date: pair for date, *pair in zip(held["date"], held["of"], held["per"], strict=True) if any(pair)}
    within = {date.isoformat(): [of, per] for date, of, per in by_day if of or per}
    assert there == {date: within[date] for date in there}
    assert len(there) == 10
    scenario = open_scenario("shoe-brand", find_course(None))
    whole = shown(log, scenario)
    (log / "day=2025-11-03").mkdir()
    (log / "events.parquet").rename(log / "day=2025-11-03" / "events.parquet")
    assert shown(log, scenario) == whole != ()
    (log / "day=2025-11-03" / "events.parquet").rename(log / "events.parquet")
    (log / "day=2025-11-03").rmdir()
    assert told["parted"] == []
    return "What the log shows and what really was do not part further than chance explains."


COUNTS = {
    Count(): ("a", "b", "number"),
    Count("seen"): ("a", "b", "c", "d", "e", "number"),
    Count("seen", (("c", ("1", "2")),)): ("e", "a"),
    Count("asked", (("c", ("1",)), ("number", ("3", "4")))): (),
    Count("asked", adds="number"): ("b", "e"),
    Count("seen", (("b", ("x",)),), adds="share"): ("d",),
    Count(unique="user_id", daily=True): ("a", "d"),
    Count(unique="session_id"): (),
    Count("seen", unique="event_id"): ("a", "c"),
    Count("asked", (("a", ("2",)),), unique="batch"): ("b", "c"),
    Count("gone", unique="batch"): ("a",),
}


def test_one_reading_counts_what_a_query_for_each_would(tmp_path: Path) -> None:
    """Slices by more columns than are told apart at once, empty ones, values in several, and days outside the log."""
    start, days = scenario().product.clock.start, 4
    drawn = {"a": 3, "c": 5, "d": 2, "e": 4}
    values = ", ".join(f"nullif(hash(i, '{name}') % {parts}, 0)::VARCHAR AS {name}" for name, parts in drawn.items())
    duckdb.sql(
        f"""COPY (
        SELECT 'id' || i % 380 AS event_id, CASE i % 3 WHEN 0 THEN 'asked' ELSE 'seen' END AS event,
            TIMESTAMP '{start} 00:00:00' + INTERVAL 1 HOUR * ((hash(i, 't') % 150)::INTEGER - 30) AS ts,
            'u' || hash(i, 'u') % 9 AS user_id, 's' || hash(i, 's') % 50 AS session_id,
            'b' || hash(i, 'x') % 30 AS batch,
            CASE WHEN i % 7 < 4 THEN 'x' ELSE 'y' END AS b, i % 6 AS number, 0.25 * (i % 5) AS share, {values}
        FROM range(400) AS r(i)) TO '{tmp_path}/events.parquet'"""
    )
    listing = {"panel_users": 9, "days": days, "row_digest": "", "packages": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(listing))
    rows = LogRows(tmp_path, scenario())
    found = by_value_and_day(rows, COUNTS)
    assert len(found) == 7
    for by, values in found.items():
        told = "''" if by is None else as_text(by)
        there = rows.ask(f"SELECT DISTINCT {told} AS one FROM rows WHERE one IS NOT NULL ORDER BY one")
        assert [(value,) for value in values] == there != []
        for value, counts in values.items():
            assert set(counts) == {count for count, each in COUNTS.items() if by is None or by in each}
            for count, (whole, each) in counts.items():
                sql, given = count.sql(rows.day)
                asked = f"SELECT {rows.day} AS day, {sql} FROM rows WHERE {told} = ? GROUP BY GROUPING SETS ((day), ())"
                plain = {day: float(number or 0) for day, number in rows.ask(asked, [*given, value])}
                assert (whole, *each) == (plain[None], *(plain.get(day, 0.0) for day in range(1, days + 1))), count
    assert found[None][""][Count(unique="user_id", daily=True)][0] > sum(
        found[None][""][Count(unique="user_id", daily=True)][1]
    )


def test_of_a_design_the_log_shows_what_it_collects_each_row_by_its_weight(tmp_path: Path) -> None:
    """Twice as many rows of one event are kept as of the other; one field and one event are not sent at all."""
    metrics = {
        "seen_share": {"role": "proxy", "of": "seen", "per": "asked", "by": ["platform", "how"]},
        "big_share": {"role": "proxy", "of": {"seen": {"how": "big"}}, "per": "seen"},
        "left_share": {"role": "proxy", "of": "left", "per": "asked"},
        "asked_a_day": {"role": "health", "of": "asked", "per": "active_user_days"},
    }
    steps = {**STEPS, "dropped": {"emits": "left", "next": "end"}}
    fields = {"how": {"given_by": "step"}}
    asked = made(
        {"visit": visit({**steps, "ask": {**STEPS["ask"], "emits": {"asked": {"how": "small"}}}})},
        events={"seen": {"fields": fields}, "asked": {"fields": fields}},
        people=people(simulate=250, attributes={"platform": {"ios": 0.4, "android": 0.6}}),
        metrics=metrics,
    )
    design = {"format": 1, "design": "some", "scenario": "small", "title": "Some"}
    some = {"asked": {"keep": 0.5, "by": "event"}, "seen": {"keep": 0.9, "by": "event", "without": ["how"]}}
    whole = {"asked": {}, "seen": {}, "left": {}}
    for name, collects in {"some": some, "half": whole}.items():
        kept = Design.model_validate({**design, "collects": collects, "sampling": {"keep": 0.5, "by": "user"}})
        simulate(asked, out=tmp_path / name, design=kept, delivery=Delivery(), days=9)
        found = {(one.metric, one.by): one for one in shown(tmp_path / name, asked, kept)}
        share = found["seen_share", "all"]
        assert share.whole[0] / share.whole[1] == pytest.approx(0.4, abs=5 * (0.24 / 600) ** 0.5)
        if name == "some":
            assert {metric for metric, _ in found} == {"seen_share"}
            assert {by for _, by in found} == {"all", "platform"}
            assert share.whole[1] == pytest.approx(250 * 9, rel=0.15)
        else:
            assert {metric for metric, _ in found} == set(metrics)
            assert {by for _, by in found} == {"all", "platform", "how"}


def measured(side: str, metric: str, by: str, value: str, *days: tuple[float, float]) -> Measured:
    return Measured(side, metric, by, value, (sum(of for of, _ in days), sum(per for _, per in days)), days)


def test_where_the_log_and_the_truth_part_most_is_told() -> None:
    """Taps rise while answers get worse in the third week; in the new version nobody taps and answers are fine."""
    metrics = {
        "taps": Metric.model_validate({"role": "proxy", "better": "higher", "of": "tap", "per": "list"}),
        "wrong": Metric.model_validate({"role": "outcome", "better": "lower", "of": "a.wrong", "per": "a.all"}),
        "volume": Metric.model_validate({"role": "health", "of": "tap", "per": "user_days"}),
    }
    usual, struck = [(300.0, 1000.0)] * 21, [(390.0, 1000.0)] * 7
    fine, bad = [(100.0, 1000.0)] * 21, [(200.0, 1000.0)] * 7
    told = [
        measured("log", "taps", "all", "all", *usual, *struck),
        measured("log", "taps", "version", "new", (100.0, 1000.0)),
        measured("log", "volume", "all", "all", *usual, *struck),
        measured("truth", "wrong", "all", "all", *fine, *bad),
        measured("truth", "wrong", "version", "new", (125.0, 1000.0)),
        measured("truth", "wrong", "version", "old", (0.0, 0.0)),
    ]
    found = partings(told, metrics, {"while it ran": (22, 28)})
    assert [(part.where, part.shown, part.true) for part in found] == [
        ("while it ran", "taps", "wrong"),
        ("for version new", "taps", "wrong"),
        ("on day 22", "taps", "wrong"),
    ]
    span = found[0]
    assert span.shown_better == pytest.approx(390 / 322.5 - 1)
    assert span.true_better == pytest.approx(1 - 200 / 125)
    assert span.errors > found[2].errors > 4.5
    level = [measured("log", "taps", "all", "all", *usual), measured("truth", "wrong", "all", "all", *fine)]
    assert partings(level, metrics, {"while it ran": (1, 21)}) == ()
    # Different things that come again each day: 300 a day, and no more in all.
    again = replace(level[0], whole=(300.0, 21_000.0))
    assert partings([again, level[1]], metrics, {"while it ran": (1, 21)}) == ()


# What clients never wrote, or wrote besides

STEPS = {
    "ask": {"emits": "asked", "takes": "2 s", "next": {"shown": 0.4, "dropped": "rest"}},
    "shown": {"emits": {"seen": {"how": "big"}}, "takes": "1 min", "next": "end"},
    "dropped": {"next": "end"},
}
WRONG = {
    "unsent": {
        "where": {"platform": "ios"},
        "effects": [{"stops": ["seen"], "chance": 0.6, "when": {"how": "big"}}, {"stops": ["asked"]}],
    },
    "made_up": {"effects": [{"sends": "seen", "at": "visit.dropped", "chance": 0.3}]},
    "twice": {"effects": [{"repeats": ["seen"], "same_id": "yes", "chance": 0.5}]},
}
ASKED = made(
    {"visit": visit(STEPS)},
    events={"seen": {"fields": {"how": {"given_by": "step"}}}},
    people=people(
        simulate=250,
        attributes={"platform": {"ios": 0.4, "android": 0.6}},
        leaving={"each_day": 0.03, "right_after": {"visit.shown": 0.05}},
    ),
    incidents={name: incident(begins="day 3", lasts="5 d", family="client", **told) for name, told in WRONG.items()},
)
SAID = {"stops": "never written", "sends": "written though nothing happened", "repeats": "written twice"}
QUARTER = Design.model_validate(
    {
        "format": 1,
        "design": "quarter",
        "scenario": "small",
        "title": "A quarter of the sessions",
        "collects": "everything",
        "sampling": {"keep": 0.25, "by": "session"},
    }
)


def told_of(folder: Path, name: str, design: Design | None) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Event -> rows of a log, and verb -> event -> rows that its truth tells of."""
    options: dict[str, Any] = {"days": 9, "incidents": [name], "delivery": Delivery(), "design": design}
    report = simulate(ASKED, out=folder / name, truth=folder / f"{name}-truth", **options)
    assert report.agrees
    told = json.loads((folder / f"{name}-truth" / "truth.json").read_text("utf-8"))["faults"]
    found: dict[str, Counter[str]] = {}
    for fault in (fault for fault in told if fault["by"] == name):
        assert fault["rows"] == sum(fault["events"].values())
        assert fault["what"] == SAID[fault["verb"]]
        found.setdefault(fault["verb"], Counter()).update(fault["events"])
    return Counter({event.event: event.rows for event in report.events}), found


@pytest.mark.parametrize("design", [None, QUARTER], ids=["everything", "a quarter"])
def test_rows_never_written_and_rows_written_besides_are_those_that_a_twin_has_more_or_less(
    design: Design | None, tmp_path: Path
) -> None:
    usual, _ = told_of(tmp_path, "none", design)
    for name, (verb, sign) in {"unsent": ("stops", -1), "made_up": ("sends", 1), "twice": ("repeats", 1)}.items():
        rows, told = told_of(tmp_path, name, design)
        assert set(told) == {verb}
        assert {event: sign * (rows[event] - usual[event]) for event in told[verb]} == dict(told[verb])
        assert rows.total() - usual.total() == sign * told[verb].total() != 0


def test_copies_under_the_same_id_are_found_by_it(tmp_path: Path) -> None:
    """A client that writes a row twice numbers both: one id, two bodies."""
    _, told = told_of(tmp_path, "twice", None)
    log = f"read_parquet('{tmp_path}/twice/events.parquet')"
    repeated = duckdb.sql(
        f"select event, count(*), count(distinct seq), count(distinct ts), min(ts), max(ts) from {log} "
        "group by event, event_id having count(*) > 1"
    ).fetchall()
    assert {row[:4] for row in repeated} == {("seen", 2, 2, 1)}
    assert len(repeated) == told["repeats"]["seen"] > 50
    first, last = (dt.date(2025, 3, day) for day in (5, 10))
    assert first <= min(row[4] for row in repeated).date() <= max(row[5] for row in repeated).date() < last
    assert duckdb.sql(f"select count(*) from (select distinct * exclude (seq, received_at) from {log})").fetchall() == (
        duckdb.sql(f"select count(distinct event_id) from {log}").fetchall()
    )

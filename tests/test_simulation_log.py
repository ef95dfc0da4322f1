"""The files of a log: same bytes, three formats that agree, no truth in them, and folders nobody loses."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from scenarios_for_tests import PHOTO, incident, made, people, visit
from teledesign.findings import MissingExtra, Refusal
from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE
from teledesign.scenario.incidents import Incident
from teledesign.simulation import Step, practice_seed, simulate
from teledesign.simulation.files import slices
from teledesign.simulation.playing import blocks

FORMATS = ("parquet", "jsonl", "csv")
SIZE: dict[str, Any] = {"users": 120, "days": 28}


def files_of(folder: Path) -> dict[str, str]:
    """File name -> SHA-256."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Blocks and parts of a few thousand rows, in this process."""
    monkeypatch.setattr(blocks, "ROWS", 4000)
    monkeypatch.setattr(slices, "PART_ROWS", 3000)
    return


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log") / "photo"
    simulate(made(**PHOTO), out=folder, formats=FORMATS, **SIZE)
    return folder


def test_workers_folder_and_clock_change_no_byte(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 4e9)
    monkeypatch.setenv("TZ", "Pacific/Apia")
    simulate(made(**PHOTO), out=tmp_path / "a" / "b", formats=FORMATS, jobs=2, **SIZE)  # writes ahead, in a thread
    assert files_of(tmp_path / "a" / "b") == files_of(log)


def test_truth_and_progress_change_no_byte(log: Path, tmp_path: Path) -> None:
    told: list[Step] = []
    simulate(
        made(**PHOTO),
        out=tmp_path / "log",
        formats=FORMATS,
        truth=tmp_path / "truth",
        progress=told.append,
        **SIZE,
    )
    assert files_of(tmp_path / "log") == files_of(log)
    assert [(step.what, step.done, step.total) for step in told] == [
        ("playing", 1, 1),
        ("writing", 1, 2),
        ("writing", 2, 2),
    ]
    assert told[1].events == told[2].events == pq.read_metadata(log / "events.parquet").num_rows


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from scenarios_for_tests import PHOTO, CODE, made
from teledesign.simulation import run, simulate
from teledesign.simulation.playing import blocks
from teledesign.simulation.files import slices
if __name__ == "__main__":
    blocks.ROWS, slices.PART_ROWS, run.FEW_BLOCKS = {rows}, {rows}, 0
    scenario = made(**{which})
    report = simulate(scenario, out=Path({out!r}), users={users}, days=14, jobs={jobs}, truth=Path({truth!r}))
    print(report.digest)
"""


def program(tmp_path: Path, out: str, **options: Any) -> Path:
    """A program that simulates, in a file so that workers can be spawned from it."""
    path = tmp_path / f"{out}.py"
    settings = {"which": "CODE", "users": 40, "jobs": 1, "rows": 1_000_000} | options
    text = PROGRAM.format(
        tests=str(Path(__file__).parent), out=str(tmp_path / out), truth=str(tmp_path / f"{out}-truth"), **settings
    )
    path.write_text(text, "utf-8")
    return path


@pytest.mark.slow
def test_many_blocks_on_one_two_and_three_workers_and_other_cpu_features(tmp_path: Path) -> None:
    found = []
    for jobs, features in ((1, ""), (2, "AVX512F AVX512CD AVX512_SKX AVX2 FMA3 X86_V3 X86_V4"), (3, "")):
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": features, "PYTHONHASHSEED": str(jobs)}
        path = program(tmp_path, f"log{jobs}", users=24, jobs=jobs, rows=25_000)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(path)], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        found.append((files_of(tmp_path / f"log{jobs}"), files_of(tmp_path / f"log{jobs}-truth")))
    assert len(found[0][0]) > 5
    assert found[0] == found[1] == found[2]


def test_parts_put_together_are_the_log_in_one_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulate(made(**PHOTO), out=tmp_path / "whole", formats=["jsonl"], **SIZE)
    monkeypatch.setattr(slices, "PART_ROWS", 3000)
    parts = simulate(made(**PHOTO), out=tmp_path / "parts", formats=["jsonl"], **SIZE)
    assert [part.file for part in parts.parts[:2]] == ["events-00001.jsonl", "events-00002.jsonl"]
    assert len(parts.parts) > 4
    together = b"".join((tmp_path / "parts" / part.file).read_bytes() for part in parts.parts)
    assert together == (tmp_path / "whole" / "events.jsonl").read_bytes()
    assert parts.digest == whole.digest


@pytest.mark.usefixtures("small_pieces")
def test_many_blocks_agree_with_the_algebra_and_are_in_order(tmp_path: Path) -> None:
    report = simulate(made(**PHOTO), out=tmp_path / "log", **SIZE)
    assert report.agrees
    table = [row for part in report.parts for row in pq.read_table(tmp_path / "log" / part.file).to_pylist()]
    assert len({row["event_id"] for row in table}) == report.rows
    assert all(a["received_at"] <= b["received_at"] for a, b in pairwise(table))


def test_the_three_formats_hold_the_same(log: Path) -> None:
    base = duckdb.connect()
    parquet = f"read_parquet('{log}/events.parquet')"
    csv = f"read_csv('{log}/events.csv')"
    jsonl = f"read_json('{log}/events.jsonl')"
    columns = [row[:2] for row in base.execute(f"describe select * from {parquet}").fetchall()]
    rows = base.execute(f"select count(*) from {parquet}").fetchall()
    assert rows[0][0] > 3000
    typed = ", ".join(f"cast({name} as {kind})" for name, kind in columns)
    for other in (csv, jsonl):
        assert base.execute(f"select count(*) from {other}").fetchall() == rows
        differ = f"(select {typed} from {parquet} except all select {typed} from {other})"
        assert base.execute(f"select count(*) from {differ}").fetchall() == [(0,)]


def test_every_row_satisfies_the_schema(log: Path) -> None:
    schema = json.loads((log / "schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    events = {name: Draft202012Validator(part) for name, part in schema["$defs"].items()}
    for line in (log / "events.jsonl").read_text("utf-8").splitlines()[:3000]:
        row = json.loads(line)
        assert not list(events[row["event"]].iter_errors(row)), line


def test_columns_are_the_envelope_then_fields_and_none_is_hidden(log: Path) -> None:
    columns = pq.read_table(log / "events.parquet").column_names
    fields = [name for event in made(**PHOTO).events.values() for name in event.fields]
    assert columns == [*ENVELOPE, *dict.fromkeys(fields)]


def test_a_signal_that_no_step_writes_has_neither_rows_nor_columns(tmp_path: Path) -> None:
    scenario = made(events={"audit": {"per_user_day": 0.5, "fields": {"verdict": {"draw": {"x": 0.5, "y": 0.5}}}}})
    report = simulate(scenario, out=tmp_path / "log", users=5, days=2)
    assert [event.event for event in report.events] == ["opened"]
    assert pq.read_table(tmp_path / "log" / "events.parquet").column_names == list(ENVELOPE)
    assert list(json.loads((tmp_path / "log" / "schema.json").read_text("utf-8"))["$defs"]) == ["opened"]


def test_text_formats_need_no_package_of_the_logs_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    report = simulate(made(), out=tmp_path / "log", formats=["jsonl", "csv.gz"], users=5, days=2)
    assert len((tmp_path / "log" / "events.jsonl").read_bytes().splitlines()) == report.rows
    with gzip.open(tmp_path / "log" / "events.csv.gz", "rt") as lines:
        assert len(lines.readlines()) == report.rows + 1
    for options in ({}, {"formats": ["csv"], "truth": tmp_path / "truth"}):
        with pytest.raises(MissingExtra, match="this needs the package pyarrow, which is not installed"):
            simulate(made(), out=tmp_path / "other", users=5, days=2, **options)


def test_no_file_of_the_log_tells_seed_or_truth(log: Path) -> None:
    seed = practice_seed("small").secret
    secret = [seed, seed.hex().encode(), b"outcome", b"seed", b"wrongly", b"enrolled", b"incident"]
    for path in log.iterdir():
        content = path.read_bytes()
        assert not [word for word in secret if word in content], path.name
    described = pq.read_metadata(log / "events.parquet")
    assert described.metadata is None
    assert re.fullmatch(r"parquet-cpp-arrow version [\d.]+", described.created_by)


def test_text_in_a_cell_is_never_a_formula(log: Path) -> None:
    cells = {cell[:1] for line in (log / "events.csv").read_text("utf-8").splitlines()[1:] for cell in line.split(",")}
    assert not cells & set("=+@-\t\"'")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "=1+1",
            "the value '=1+1' of note could be misread in a log. Use lower-case letters, digits, dots, hyphens and "
            "underscores, beginning with a letter or digit",
        ),
        ("nan", "the value 'nan' of note is read as missing by some programs. Use another word"),
    ],
)
def test_a_value_that_could_be_misread_is_refused(tmp_path: Path, value: str, message: str) -> None:
    scenario = made(events={"opened": {"fields": {"note": {"always": value}}}})
    with pytest.raises(Refusal) as caught:
        simulate(scenario, out=tmp_path / "log")
    assert caught.value.message == message
    assert list(tmp_path.iterdir()) == []


def test_fields_of_different_types_cannot_share_a_column(tmp_path: Path) -> None:
    journey = {"visit": visit({"open": {"emits": ["one", "two"], "next": "end"}})}
    events = {"one": {"fields": {"size": {"always": 1}}}, "two": {"fields": {"size": {"always": "big"}}}}
    with pytest.raises(Refusal) as caught:
        simulate(made(journey, events=events), out=tmp_path / "log")
    assert caught.value.message == (
        "the field size of two is not of the same type as in another event. Rename one of the two"
    )


# Other draws stay as they are


def rows_of(scenario: Scenario, folder: Path, **options: Any) -> dict[str, dict[str, Any]]:
    """event_id -> the row without `seq`."""
    simulate(scenario, out=folder, **({"users": 60, "days": 14} | options))
    table = pq.read_table(folder / "events.parquet").to_pylist()
    return {row["event_id"]: {name: value for name, value in row.items() if name != "seq"} for row in table}


def test_an_event_or_a_field_more_leaves_every_other_draw_alone(tmp_path: Path) -> None:
    before = rows_of(made(**PHOTO), tmp_path / "before")
    more = {**PHOTO, "journey": json.loads(json.dumps(PHOTO["journey"]))}
    more["journey"]["face"]["steps"]["ignored"]["emits"] = "ignored"
    more["journey"]["face"]["draws"]["extra"] = {"a": 0.5, "b": 0.5}
    more["events"] = {
        "suggestion_shown": {"fields": {"extra": {"copy": "extra"}, "luck": {"draw": {"x": 0.5, "y": 0.5}}}}
    }
    after = rows_of(made(**more), tmp_path / "after")
    new = [row for row in after.values() if row["event"] == "ignored"]
    assert len(after) == len(before) + len(new)
    assert len(new) > 100
    for key, row in before.items():
        assert {name: after[key][name] for name in row} == row
    assert {row["luck"] for row in after.values()} == {"x", "y", None}


def test_more_users_leave_the_others_alone(tmp_path: Path) -> None:
    held = people(simulate=50)
    few, many = (rows_of(made(people=held), tmp_path / str(users), users=users) for users in (50, 80))
    assert few.items() <= many.items()
    assert len({row["user_id"] for row in many.values()}) == 80


def test_another_seed_is_another_log(tmp_path: Path) -> None:
    one, two = (rows_of(made(), tmp_path / str(seed), seed=seed) for seed in (1, 2))
    assert not set(one) & set(two)
    assert not {row["user_id"] for row in one.values()} & {row["user_id"] for row in two.values()}


# Manifest


def test_the_manifest_says_what_there_is(log: Path) -> None:
    manifest = json.loads((log / "manifest.json").read_text("utf-8"))
    assert (manifest["scenario"], manifest["panel_users"], manifest["days"]) == ("small", 120, 28)
    assert manifest["files"] == [
        "README.md",
        "dictionary.csv",
        "events.csv",
        "events.jsonl",
        "events.parquet",
        "schema.json",
    ]
    for part in manifest["parts"]:
        content = (log / part["file"]).read_bytes()
        assert (part["bytes"], part["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert part["rows"] == manifest["rows"] == sum(manifest["events"].values())
    assert set(manifest["packages"]) == {"teledesign", "numpy", "pyarrow"}
    assert not {"seed", "incidents", "truth"} & set(manifest)


def test_the_tag_depends_on_seed_scenario_and_size(tmp_path: Path) -> None:
    def tag(name: str, scenario: Scenario | None = None, **options: Any) -> str:
        simulate(scenario or made(), out=tmp_path / name, **({"users": 5, "days": 2, "seed": 1} | options))
        return str(json.loads((tmp_path / name / "manifest.json").read_text("utf-8"))["tag"])

    assert tag("a") == tag("b", jobs=2) == tag("c", formats=["csv"])
    others = [tag("d", seed=2), tag("e", users=6), tag("f", days=3), tag("g", made(people=people(simulate=101)))]
    assert len({tag("h"), *others}) == 5


def test_a_new_key_of_the_language_changes_no_tag(tmp_path: Path) -> None:
    """Or no log that was made before would fit its scenario any more."""

    class Newer(Incident):
        omen: str = "none"

    def tag(kind: type[Incident], **more: str) -> str:
        storm = kind.model_validate(incident(effects=[{"volume": 2.0}], **more))
        report = simulate(made(), out=tmp_path, users=3, days=1, formats=("csv",), incidents={"storm": storm})
        assert report.folder == tmp_path
        return str(json.loads((tmp_path / "manifest.json").read_text("utf-8"))["tag"])

    assert tag(Incident) == tag(Newer) == tag(Newer, omen="none") != tag(Newer, omen="comet")

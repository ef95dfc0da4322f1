"""What stands beside the rows, other formats, logs put away by day; and runs that are cut and taken up again."""

import csv
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenarios_for_tests import PHOTO, made, people, visit
from teledesign.cli import run
from teledesign.findings import Refusal
from teledesign.simulation import Step, simulate
from teledesign.simulation.files import slices
from teledesign.simulation.files.beside import dictionary
from teledesign.simulation.files.schemas import row_schema
from teledesign.simulation.playing import blocks
from teledesign.simulation.rows.layout import Layout
from test_simulation_log import files_of

FORMATS = ("parquet", "jsonl", "csv", "jsonl.gz", "csv.gz", "jsonl.zst", "csv.zst")
SIZE: dict[str, Any] = {"users": 60, "days": 6}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "log"
    simulate(made(**PHOTO), out=folder, formats=FORMATS, **SIZE)
    return folder


def test_packed_text_is_the_same_text(log: Path) -> None:
    for form in ("jsonl", "csv"):
        plain = (log / f"events.{form}").read_bytes()
        for packed in ("gz", "zst"):
            with pa.input_stream(
                str(log / f"events.{form}.{packed}"), compression="zstd" if packed == "zst" else "gzip"
            ) as file:
                assert file.read() == plain


def test_parquet_is_packed_with_fitting_encodings(log: Path) -> None:
    group = pq.read_metadata(log / "events.parquet").row_group(0)
    columns = {group.column(place).path_in_schema: group.column(place) for place in range(group.num_columns)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert "DELTA_BINARY_PACKED" in columns["ts"].encodings
    assert "RLE_DICTIONARY" in columns["event"].encodings
    assert "RLE_DICTIONARY" not in columns["event_id"].encodings


@pytest.mark.parametrize("form", ["parquet", "jsonl.zst", "csv"])
def test_the_three_queries_of_the_readme_run(
    log: Path, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (log / "README.md").read_text("utf-8").replace("read_parquet('events*.parquet')", _reader(form))
    monkeypatch.chdir(log)
    queries = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert len(queries) == 3
    with duckdb.connect() as base:
        found = [base.execute(query).fetchall() for query in queries]
    rows = pq.read_metadata(log / "events.parquet").num_rows
    assert sum(row[1] for row in found[0]) == rows
    assert len(found[1]) == 6
    assert {row[0] for row in found[2]} == {"v5.1"}


def _reader(form: str) -> str:
    how = {"parquet": "read_parquet", "jsonl": "read_json", "csv": "read_csv"}[form.partition(".")[0]]
    return f"{how}('events*.{form}')"


def test_the_dictionary_names_every_column(log: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((log / "dictionary.csv").read_text("utf-8"))))
    assert [row["column"] for row in rows] == pq.read_schema(log / "events.parquet").names
    assert all(not row["meaning"].startswith(("=", "+", "-", "@")) for row in rows)
    held = {row["column"]: row for row in rows}
    assert (held["seq"]["type"], held["seq"]["events"]) == ("whole number", "every event")
    written = pq.read_table(log / "events.parquet", columns=["event"])["event"].unique().to_pylist()
    assert set(written) <= set(held["event"]["values"].split())
    readme = (log / "README.md").read_text("utf-8")
    assert all(f"- `{event}`: " in readme for event in held["event"]["values"].split())


def test_the_dictionary_says_what_the_scenario_leaves_unsaid() -> None:
    fields = {
        "room": ({"copy": "room"}, "Of the evening."),
        "band": ({"copy": "band"}, "Of the user."),
        "score": ({"copy": "score"}, "What the model gave its own answer as a score."),
        "visit": ({"id": "evening"}, "Which evening it belongs to: rows of the same one have the same id."),
        "host": ({"person": "host"}, "The user id of the host."),
        "since_ms": ({"elapsed_since": "begin", "unit": "ms"}, "Time since its beginning."),
        "until_s": ({"elapsed_since": "asked", "unit": "s", "means": "Until it was seen."}, "Until it was seen."),
        "one": ({"always": 1}, ""),
    }
    journey = {
        "evening": visit(
            {"asked": {"next": "seen"}, "seen": {"emits": "seen", "next": "end"}},
            person="host",
            draws={"room": {"hall": 0.5, "attic": 0.5}},
        )
    }
    model = {"for_each": "evening", "outcome": "fine", "looks_like": {"fine": "answer"}, "score": {"mean": 1}}
    scenario = made(
        journey,
        model=model,
        people=people(attributes={"band": {"low": 0.5, "high": 0.5}}),
        events={"seen": {"fields": {name: field for name, (field, _) in fields.items()}}},
    )
    layout = Layout.of(scenario)
    rows = {row["column"]: row for row in csv.DictReader(io.StringIO(dictionary(scenario, layout).decode()))}
    assert {name: rows[name]["meaning"] for name in fields} == {name: says for name, (_, says) in fields.items()}
    described = row_schema(scenario, layout)["$defs"]["seen"]["properties"]
    assert described["until_s"]["description"] == "Until it was seen. Unit: s."
    assert "description" not in described["one"]


def test_a_large_log_is_put_away_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = simulate(made(**PHOTO), out=tmp_path / "whole", **SIZE)
    monkeypatch.setattr(slices, "PART_ROWS", 60)
    report = simulate(made(**PHOTO), out=tmp_path / "log", formats=["parquet", "jsonl"], **SIZE)
    assert report.digest == whole.digest
    files = [part.file for part in report.parts]
    assert files[0] == "day=2025-03-03/events-00001.parquet"
    assert {file.partition("/")[0] for file in files} == {f"day=2025-03-{day:02d}" for day in range(3, 9)}
    with duckdb.connect() as base:
        read = f"read_parquet('{tmp_path}/log/day=*/events*.parquet', hive_partitioning = true)"
        assert base.execute(f"select count(*) from {read} where day <> received_at::date").fetchall() == [(0,)]
        assert base.execute(f"select count(*) from {read}").fetchall() == [(whole.rows,)]
    readme = (tmp_path / "log" / "README.md").read_text("utf-8")
    assert "read_parquet('day=*/events*.parquet')" in readme
    # DuckDB makes a column of the folders' `day=`.
    monkeypatch.chdir(tmp_path / "log")
    with duckdb.connect() as base:
        found = [base.execute(query).fetchall() for query in re.findall(r"```sql\n(.*?)```", readme, re.DOTALL)]
    assert sum(row[1] for row in found[0]) == whole.rows
    assert [str(row[0]) for row in found[1]] == sorted({file[4:14] for file in files})
    (tmp_path / "log" / "day=2025-03-03" / "mine.txt").write_text("mine")
    with pytest.raises(Refusal, match=r"holds day=2025-03-03/mine\.txt"):
        simulate(made(**PHOTO), out=tmp_path / "log", **SIZE)


# Cut and taken up again

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from scenarios_for_tests import PHOTO, made, people, visit
from teledesign.simulation import run, simulate
from teledesign.simulation.playing import blocks
from teledesign.simulation.rows.layout import Layout
from teledesign.simulation.files import slices
from teledesign.simulation.files.beside import dictionary
from teledesign.simulation.files.schemas import row_schema
if __name__ == "__main__":
    blocks.ROWS, slices.PART_ROWS, run.FEW_BLOCKS = 500, 400, 0
    simulate(made(**PHOTO), out=Path({out!r}), users=150, days=7, formats=["parquet", "jsonl"], jobs={jobs},
             truth=Path({truth!r}), resume="--resume" in sys.argv)
"""


def small_program(folder: Path, jobs: int) -> list[str]:
    """A program that simulates in many small pieces."""
    path = folder / "cut.py"
    places = {"out": str(folder / "log"), "truth": str(folder / "truth"), "tests": str(Path(__file__).parent)}
    path.write_text(PROGRAM.format(jobs=jobs, **places), "utf-8")
    return [sys.executable, "-W", "ignore", str(path)]


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str], float]:
    """The files of a log and of its truth that nobody cut, and how long they took."""
    folder = tmp_path_factory.mktemp("uncut")
    begun = time.monotonic()
    subprocess.run(small_program(folder, 1), check=True)
    return files_of(folder / "log"), files_of(folder / "truth"), time.monotonic() - begun


KILLS = int(os.environ.get("TELEDESIGN_KILLS", "1"))
"""How many moments are tried; 50 were, by hand."""


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_resumed_gives_the_same_bytes(
    uncut: tuple[dict[str, str], dict[str, str], float], tmp_path: Path, number: int
) -> None:
    luck = random.Random(number)
    command = small_program(tmp_path, 1 + number % 2)
    running = subprocess.Popen(command, start_new_session=True)
    try:
        running.wait(timeout=luck.uniform(0.15, 1.0) * uncut[2])
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    subprocess.run([*command, "--resume"], check=True)
    assert files_of(tmp_path / "log") == uncut[0]
    assert files_of(tmp_path / "truth") == uncut[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.py", "log", "truth"]


def cut_after(folder: Path, monkeypatch: pytest.MonkeyPatch, step: int, **options: Any) -> dict[str, float]:
    """A run that fails in its second pass, to be resumed; which files of parts it left, and when they were written."""
    monkeypatch.setattr(blocks, "ROWS", 400)
    monkeypatch.setattr(slices, "PART_ROWS", 700)

    def fail(here: Step) -> None:
        if here.what == "writing" and here.done == step:
            raise OSError(28, "No space left on device")

    with pytest.raises(Refusal, match="cannot be written: the disk is full"):
        simulate(made(**PHOTO), out=folder / "log", users=60, days=7, resume=True, progress=fail, **options)
    return {path.name: path.stat().st_mtime_ns for path in (folder / ".log.unfinished").glob("events*")}


def test_a_full_disk_loses_nothing_and_what_is_whole_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = cut_after(tmp_path, monkeypatch, 2)
    assert len(left) == 2
    report = simulate(made(**PHOTO), out=tmp_path / "log", users=60, days=7, resume=True)
    for name, moment in left.items():
        assert (tmp_path / "log" / name).stat().st_mtime_ns == moment
    same = simulate(made(**PHOTO), out=tmp_path / "same", users=60, days=7)
    assert files_of(tmp_path / "log") == files_of(tmp_path / "same")
    assert same.digest == report.digest


def test_what_is_half_written_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_after(tmp_path, monkeypatch, 3)
    place = tmp_path / ".log.unfinished"
    (place / "events-00001.parquet").write_bytes(b"PAR1")
    for run_file in sorted((place / "runs").glob("*.run"))[:1]:
        content = bytearray(run_file.read_bytes())
        content[100] ^= 1
        run_file.write_bytes(content)
    runs = place / "runs"
    (runs / "block-000001.done.npz").write_bytes(b"nonsense")
    for number, index in ((3, b"{"), (4, b'{"all rows": [[0, 5]]}'), (5, b"")):
        assert (runs / f"block-{number:06d}.json").is_file()
        (runs / f"block-{number:06d}.json").write_bytes(index)
    (runs / "block-000002.done.npz").write_bytes((runs / "block-000002.done.npz").read_bytes()[:-7])
    (runs / "slice-000001.done.npz").write_bytes((runs / "slice-000001.done.npz").read_bytes()[:-7])
    struck = bytearray((runs / "slice-000000.done.npz").read_bytes())
    struck[len(struck) // 2] ^= 1
    (runs / "slice-000000.done.npz").write_bytes(struck)
    simulate(made(**PHOTO), out=tmp_path / "log", users=60, days=7, resume=True)
    simulate(made(**PHOTO), out=tmp_path / "same", users=60, days=7)
    assert files_of(tmp_path / "log") == files_of(tmp_path / "same")


@pytest.mark.parametrize("mark", ["[" * 200_000, "{}", '{"made_by": "teledesign", "tag": []}'])
def test_nothing_is_believed_where_the_mark_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    cut_after(tmp_path, monkeypatch, 1)
    (tmp_path / ".log.unfinished" / "unfinished.json").write_text(mark)
    report = simulate(made(**PHOTO), out=tmp_path / "log", users=5, days=2, resume=True)
    assert report.digest == simulate(made(**PHOTO), out=tmp_path / "same", users=5, days=2).digest
    assert files_of(tmp_path / "log") == files_of(tmp_path / "same")


def test_other_arguments_are_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_after(tmp_path, monkeypatch, 1)
    with pytest.raises(Refusal) as caught:
        simulate(made(**PHOTO), out=tmp_path / "log", users=61, days=7, resume=True)
    assert caught.value.message == (
        f"{tmp_path / '.log.unfinished'} was begun with other arguments or another version. Repeat those of the run "
        "that was cut, leave out --resume to begin anew, or name another folder with -o"
    )
    simulate(made(**PHOTO), out=tmp_path / "log", users=10, days=2)
    assert not (tmp_path / ".log.unfinished").exists()


def test_a_finished_log_is_verified_and_mended(log: Path, tmp_path: Path) -> None:
    simulate(made(**PHOTO), out=tmp_path / "log", formats=FORMATS, **SIZE)
    (tmp_path / "log" / "events.csv").write_bytes(b"scribbled")
    (tmp_path / "log" / "events.jsonl.gz").unlink()
    simulate(made(**PHOTO), out=tmp_path / "log", formats=FORMATS, resume=True, **SIZE)
    assert files_of(tmp_path / "log") == files_of(log)


# The command


def test_sizes_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["-o", str(tmp_path / "log"), "--days", "2", "--json"]
    assert run(["simulate", "shoe-brand", "--scale", "0.01", "--start", "2026-02-27", *out]) == 0
    told = json.loads(capsys.readouterr().out)
    manifest = json.loads((tmp_path / "log" / "manifest.json").read_text("utf-8"))
    assert manifest["start"] == "2026-02-27"
    assert manifest["panel_users"] == told["users"] > 10
    assert run(["simulate", "shoe-brand", "--scale", "2", "--users", "5", *out]) == 1
    assert "Error: --users and --scale both say how large the panel is. Keep one of them" in capsys.readouterr().err
    assert run(["simulate", "shoe-brand", "--scale", "-1", *out]) == 1
    assert "Error: --scale -1 is out of range. Use a number above 0, at most 1,000,000" in capsys.readouterr().err
    assert run(["simulate", "shoe-brand", "--start", "1890-01-01", *out]) == 1
    assert "Error: --start 1890-01-01 is out of range" in capsys.readouterr().err


def test_a_design_and_perfect_delivery_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--users", "40", "--days", "3", "--delivery", "perfect", "-o", str(tmp_path / "log")]
    assert run(["simulate", "shoe-brand/lean", *arguments]) == 0
    assert "Counts agree" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "log" / "manifest.json").read_text("utf-8"))
    assert manifest["design"] == "lean"
    assert manifest["delivery"] == {"weather": "perfect", "longest_wait_ms": 86_400_000}  # the design's own flush
    assert "cart_added" not in manifest["events"]

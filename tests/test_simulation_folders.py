"""The folder of a log: what was there is never lost, what is asked for in vain is said at once."""

import errno
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from scenarios_for_tests import CODE, made, visit
from teledesign.cli import run
from teledesign.findings import Refusal
from teledesign.simulation import CutShort, Seed, Step, kept_of, simulate, tasks
from teledesign.simulation import run as simulating
from teledesign.simulation.files import slices
from teledesign.simulation.tasks import Work
from test_simulation_log import FORMATS, files_of, program


def test_foreign_files_are_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Refusal) as caught:
        simulate(made(), out=tmp_path, users=5, days=2)
    assert caught.value.message == (
        f"{tmp_path} holds thesis.txt, which is not part of a log. Name another folder with -o"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_former_log_is_replaced_whole(tmp_path: Path) -> None:
    simulate(made(), out=tmp_path / "log", users=5, days=2, formats=["csv", "jsonl"])
    simulate(made(), out=tmp_path / "log", users=6, days=2)
    assert sorted(files_of(tmp_path / "log")) == [
        "README.md",
        "dictionary.csv",
        "events.parquet",
        "manifest.json",
        "schema.json",
    ]
    (tmp_path / "log" / "notes.txt").write_text("mine")
    with pytest.raises(Refusal, match=r"holds notes\.txt"):
        simulate(made(), out=tmp_path / "log", users=6, days=2)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


@pytest.mark.parametrize("place", ["log", "log/truth", "log/deep/er"])
def test_the_truth_never_lies_in_the_logs_folder(tmp_path: Path, place: str) -> None:
    with pytest.raises(Refusal, match=r"the truth would lie inside the log's folder .* Name a folder elsewhere"):
        simulate(made(), out=tmp_path / "log", truth=tmp_path / place, users=5, days=2)
    assert list(tmp_path.iterdir()) == []


def test_a_former_truth_is_replaced_whole_and_nothing_else_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PART_ROWS", 10)
    simulate(made(), out=tmp_path / "log", truth=tmp_path / "truth", users=15, days=3)
    assert len(files_of(tmp_path / "truth")) > 3
    monkeypatch.undo()
    simulate(made(), out=tmp_path / "log", truth=tmp_path / "truth", users=5, days=2)
    assert sorted(files_of(tmp_path / "truth")) == ["metrics.csv", "truth.json", "truth.parquet"]
    (tmp_path / "truth" / "exam.txt").write_text("mine")
    with pytest.raises(Refusal) as caught:
        simulate(made(), out=tmp_path / "log", truth=tmp_path / "truth", users=5, days=2)
    assert caught.value.message == (
        f"{tmp_path / 'truth'} holds exam.txt, which is not part of the truth of a log. "
        "Name another folder with --truth"
    )


def test_an_interrupted_run_leaves_the_former_log_and_nothing_else(tmp_path: Path) -> None:
    simulate(made(), out=tmp_path / "log", users=5, days=2)
    before = files_of(tmp_path / "log")

    def interrupt(step: Step) -> None:
        if step.what == "writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(made(), out=tmp_path / "log", users=9, days=2, progress=interrupt)
    assert files_of(tmp_path / "log") == before
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_killed_run_leaves_no_log_and_the_next_one_clears_up(tmp_path: Path) -> None:
    path = program(tmp_path, "log", users=150)
    running = subprocess.Popen([sys.executable, "-W", "ignore", str(path)])
    unfinished = tmp_path / ".log.unfinished"
    for _ in range(3000):
        if (unfinished / "runs").is_dir() and any((unfinished / "runs").glob("*.run")):
            break
        time.sleep(0.01)
    running.kill()
    running.wait()
    assert not (tmp_path / "log").exists()
    assert unfinished.is_dir()
    simulate(made(**CODE), out=tmp_path / "log", users=5, days=2)
    assert not unfinished.exists()
    assert (tmp_path / "log" / "manifest.json").is_file()


def test_a_folder_in_the_way_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".log.unfinished").mkdir()
    (tmp_path / ".log.unfinished" / "mine.txt").write_text("mine")
    with pytest.raises(Refusal, match="is in the way and was not made by teledesign"):
        simulate(made(), out=tmp_path / "log", users=5, days=2)
    assert (tmp_path / ".log.unfinished" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"users": 6}, "5 users, not 6 users"),
        ({"days": 3, "formats": ["jsonl"]}, "2 days, not 3 days; the formats csv, not the formats jsonl"),
        ({"users": 1, "days": 1}, "5 users, not 1 user; 2 days, not 1 day"),
        ({"seed": 4}, "another seed, other incidents or another version of the scenario"),
    ],
)
def test_a_finished_log_of_other_arguments_is_not_resumed_away(
    tmp_path: Path, other: dict[str, Any], what: str
) -> None:
    asked: dict[str, Any] = {"users": 5, "days": 2, "formats": ["csv"]}
    simulate(made(), out=tmp_path / "log", **asked)
    before = files_of(tmp_path / "log")
    with pytest.raises(Refusal) as caught:
        simulate(made(), out=tmp_path / "log", resume=True, **(asked | other))
    assert caught.value.message == (
        f"{tmp_path / 'log'} is finished and was made with {what}. Repeat its own arguments, leave out --resume to "
        "replace it, or name another folder with -o"
    )
    simulate(made(), out=tmp_path / "log", resume=True, **asked)
    assert files_of(tmp_path / "log") == before
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_run_cut_over_an_old_log_is_resumed_and_then_replaces_it(tmp_path: Path) -> None:
    simulate(made(), out=tmp_path / "log", users=5, days=2)
    stopped(tmp_path / "log", keep_stopped=True, users=9)
    report = simulate(made(), out=tmp_path / "log", users=9, days=2, resume=True)
    assert report.users == 9
    assert json.loads((tmp_path / "log" / "manifest.json").read_text("utf-8"))["panel_users"] == 9


def stopped(out: Path, **options: Any) -> None:
    """A run that somebody interrupts while it writes."""

    def interrupt(step: Step) -> None:
        if step.what == "writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(made(), out=out, days=2, progress=interrupt, **options)


def test_a_second_run_into_the_same_folder_waits_its_turn(tmp_path: Path) -> None:
    def second(step: Step) -> None:
        with pytest.raises(Refusal) as caught:
            simulate(made(), out=tmp_path / "log", users=6, days=2, resume=True)
        assert caught.value.message == (
            f"another teledesign is writing to {tmp_path / 'log'} just now. Wait until it is done, or name another "
            "folder with -o"
        )

    simulate(made(), out=tmp_path / "log", users=5, days=2, progress=second)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert set(files_of(tmp_path / "log")) == {
        "README.md",
        "dictionary.csv",
        "events.parquet",
        "manifest.json",
        "schema.json",
    }
    (tmp_path / ".log.lock").write_bytes(b"")  # what a killed run leaves
    simulate(made(), out=tmp_path / "log", users=6, days=2)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    (tmp_path / ".log.lock").write_text("mine")
    simulate(made(), out=tmp_path / "log", users=6, days=2)
    assert (tmp_path / ".log.lock").read_text() == "mine"


@pytest.mark.parametrize("listed", ["thesis.txt", "../thesis.txt", "day=2025-11-03/thesis.txt", "events.txt"])
def test_a_list_makes_no_foreign_file_ours(tmp_path: Path, listed: str) -> None:
    mine = tmp_path / "log" / listed
    (tmp_path / "log").mkdir()
    mine.parent.mkdir(exist_ok=True)
    (tmp_path / "log" / "thesis.txt").write_text("mine")
    mine.write_text("mine")
    (tmp_path / "log" / "manifest.json").write_text(json.dumps({"made_by": "teledesign", "files": [listed]}))
    with pytest.raises(Refusal, match=r"holds (thesis\.txt|day=2025-11-03|events\.txt), which is not part of a log"):
        simulate(made(), out=tmp_path / "log", users=5, days=2)
    assert mine.read_text() == "mine"


def test_the_folder_that_somebody_is_in_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for out in (Path(), Path("../" + tmp_path.name)):
        with pytest.raises(
            Refusal, match=r"is the folder you are in, and a log needs one of its own\. Name one with -o"
        ):
            simulate(made(), out=out, users=5, days=2)
    with pytest.raises(Refusal, match=r"^/ holds "):
        simulate(made(), out=Path("/"), users=5, days=2)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(Refusal, match=r"link is a link, not a folder\. Name a folder with -o"):
        simulate(made(), out=tmp_path / "link", users=5, days=2)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_an_interrupted_run_says_what_it_keeps(tmp_path: Path) -> None:
    stopped(tmp_path / "log", keep_stopped=True, users=9)
    place = tmp_path / ".log.unfinished"
    assert kept_of(tmp_path / "log") == place
    assert list((place / "runs").glob("*.run"))
    (place / "thesis.txt").write_text("mine")
    for resume in (True, False):
        with pytest.raises(
            Refusal, match=r"holds thesis\.txt, which teledesign did not make\. Move it elsewhere first"
        ):
            simulate(made(), out=tmp_path / "log", users=9, days=2, resume=resume)
    assert (place / "thesis.txt").read_text() == "mine"
    (place / "thesis.txt").rename(tmp_path / "thesis.txt")
    simulate(made(), out=tmp_path / "log", users=9, days=2)
    assert kept_of(tmp_path / "log") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "thesis.txt"]


FULL = "cannot be written: the disk is full. Free some space, or name a folder elsewhere with"


@pytest.mark.parametrize(
    ("file", "named", "option"),
    [
        (None, "log", "-o"),
        (".log.unfinished/runs/.left.npy.1.tmp", "log", "-o"),
        (".truth.unfinished/.truth-00003.parquet.1.tmp", "truth", "--truth"),
        ("", "truth", "--truth"),
    ],
)
def test_a_full_disk_keeps_what_is_done_for_resuming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str | None, named: str, option: str
) -> None:
    places = {"out": tmp_path / "log", "truth": tmp_path / "truth"}
    size: dict[str, Any] = {"users": 15, "days": 3, **places}
    monkeypatch.setattr(slices, "PART_ROWS", 20)

    def fill(step: Step) -> None:
        if step.what == "writing" and step.done == 2:
            (tmp_path / ".log.unfinished" / ".events-00003.parquet.7.tmp").write_bytes(b"PAR1")
            raise OSError(errno.ENOSPC, "No space left on device", None if file is None else str(tmp_path / file))

    with pytest.raises(CutShort) as caught:
        simulate(made(), progress=fill, **size)
    assert caught.value.message == f"{tmp_path / named} {FULL} {option}"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CutShort):
        simulate(made(), progress=fill, keep_stopped=True, **size)
    kept = tmp_path / ".log.unfinished"
    assert kept_of(tmp_path / "log") == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == [".log.unfinished", ".truth.unfinished"]
    assert list(kept.rglob("*.tmp")) == []
    moment = (kept / "events-00002.parquet").stat().st_mtime_ns
    simulate(made(), resume=True, **size)
    assert (tmp_path / "log" / "events-00002.parquet").stat().st_mtime_ns == moment
    simulate(made(), users=15, days=3, out=tmp_path / "same", truth=tmp_path / "same-truth")
    assert files_of(tmp_path / "log") == files_of(tmp_path / "same")
    assert files_of(tmp_path / "truth") == files_of(tmp_path / "same-truth")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "same", "same-truth", "truth"]


@pytest.mark.parametrize("last", ["write_manifest", "write_truth_summary"])
def test_what_is_done_is_kept_too_where_only_the_files_beside_the_parts_had_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    size: dict[str, Any] = {"users": 5, "days": 2, "out": tmp_path / "log", "truth": tmp_path / "truth"}

    def full(work: Work, *rest: object) -> None:
        (work.out / ".README.md.7.tmp").write_bytes(b"# ")
        raise OSError(errno.ENOSPC, "No space left on device", str(work.out / ".README.md.7.tmp"))

    with monkeypatch.context() as patch:
        patch.setattr(simulating, last, full)
        with pytest.raises(CutShort):
            simulate(made(), keep_stopped=True, **size)
    kept = kept_of(tmp_path / "log")
    assert kept is not None
    moment = (kept / "events.parquet").stat().st_mtime_ns
    simulate(made(), resume=True, **size)
    assert (tmp_path / "log" / "events.parquet").stat().st_mtime_ns == moment
    assert files_of(tmp_path / "log") == files_of(simulate(made(), users=5, days=2, out=tmp_path / "same").folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "same", "truth"]


def test_of_a_disk_that_was_full_at_once_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*rest: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(tasks, "write_run", full)
    with pytest.raises(CutShort, match=r"log cannot be written: your quota of the disk is used up\. Free some space"):
        simulate(made(), users=5, days=2, out=tmp_path / "log", truth=tmp_path / "truth", keep_stopped=True)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_say_what_to_do_about_a_full_disk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, truth = tmp_path / "log", tmp_path / "truth"
    command = ["simulate", "shoe-brand", "--users", "20", "--days", "2", "-o", str(log)]

    def full(work: Work, *rest: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str((work.truth or work.out) / "truth.json"))

    def cut(*rest: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(simulating, "cut", cut)
        assert run(command) == 1
    assert capsys.readouterr().err == (
        f"Error: {log} {FULL} -o. What is done is kept in {tmp_path / '.log.unfinished'}: the same command with "
        "--resume goes on, without it begins anew\n"
    )
    assert run([*command, "--resume"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(simulating, "write_truth_summary", full)
        capsys.readouterr()
        assert run(["truth", str(log), "-o", str(truth)]) == 1
    assert capsys.readouterr().err == f"Error: {truth} {FULL} -o\n"
    with monkeypatch.context() as patch:
        patch.setattr(simulating, "write_manifest", full)
        patch.setenv("TMPDIR", str(tmp_path))
        patch.setattr("tempfile.tempdir", None)
        assert run(["truth", str(log)]) == 1
    assert capsys.readouterr().err.endswith(f"/truth {FULL} -o\n")
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


# Sizes and nonsense


def test_about_so_many_events(tmp_path: Path) -> None:
    report = simulate(made(), out=tmp_path / "log", events=20_000)
    assert report.users == pytest.approx(20_000 / 28, abs=1)
    assert abs(report.rows - 20_000) < 5 * 142


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"users": -5}, "--users -5 is out of range. Use a whole number from 1 to 50000000"),
        ({"users": 10**18}, f"--users {10**18} is out of range. Use a whole number from 1 to 50000000"),
        ({"days": 0}, "--days 0 is out of range. Use a whole number from 1 to 3650"),
        ({"jobs": 0}, "--jobs 0 is out of range. Use a whole number from 1 to 256"),
        ({"events": 0}, "--events 0 is out of range. Use a whole number from 1 to 20000000000"),
        (
            {"users": 5, "events": 5},
            "both a number of users and a number of events were given. Keep one of --users and --events",
        ),
        (
            {"users": 50_000_000, "days": 3650},
            "50,000,000 users over 3,650 days would write about 182,500,000,000 rows, and 20,000,000,000 are the most. "
            "Ask for fewer",
        ),
        ({"formats": []}, "no format was named. Choose from parquet, jsonl, csv, jsonl.gz, csv.gz, jsonl.zst, csv.zst"),
        ({"formats": ["parket"]}, "there is no format 'parket'. Did you mean parquet?"),
        (
            {"formats": ["xml"]},
            "there is no format 'xml'. Choose from parquet, jsonl, csv, jsonl.gz, csv.gz, jsonl.zst, csv.zst",
        ),
        ({"seed": -1}, "the seed -1 is out of range. Use a whole number from 0 to 9223372036854775807"),
    ],
)
def test_nonsense_is_refused_at_once(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as caught:
        simulate(made(), out=tmp_path / "log", **options)
    assert caught.value.message == message
    assert list(tmp_path.iterdir()) == []


def test_a_log_of_nothing(tmp_path: Path) -> None:
    journey = {"visit": visit({"open": {"next": "end"}})}
    report = simulate(made(journey), out=tmp_path / "log", formats=FORMATS, users=3, days=1, truth=tmp_path / "truth")
    assert report.rows == 0
    assert pq.read_table(tmp_path / "log" / "events.parquet").num_rows == 0
    assert (tmp_path / "log" / "events.jsonl").read_bytes() == b""
    with pytest.raises(Refusal, match="writes no events"):
        simulate(made(journey), out=tmp_path / "other", events=10)


def test_a_log_that_came_out_empty_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To who collects nothing, to who asked for too few people, and to who had bad luck."""
    design = tmp_path / "nothing.yaml"
    design.write_text("format: 1\ndesign: nothing\nscenario: shoe-brand\ntitle: Nothing\ncollects: {}\n")
    out = ["-o", str(tmp_path / "log"), "--format", "csv"]
    few = ["--users", "40", "--days", "2"]
    assert run(["simulate", str(design), *out, *few]) == 0
    said = capsys.readouterr().out
    why = "The log is empty: no event is written that is also collected. Look at the scenario and the design."
    assert why in said
    assert "Off by" not in said
    assert run(["simulate", str(design), *out, *few, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["why_empty"] == why
    assert run(["simulate", "photo-tagging", *out, "--users", "1", "--days", "1", "--seed", "4"]) == 0
    assert "The log is empty: nobody began a session. Ask for more users or days." in capsys.readouterr().out
    report = simulate(made(), out=tmp_path / "other", users=5, days=1, formats=("csv",))
    assert report.why_empty is None
    assert replace(report, rows=0).why_empty == (
        "The log is empty: by chance no row of so few sessions came into it. Ask for more users or days."
    )


def test_a_walk_that_hardly_ends_is_refused(tmp_path: Path) -> None:
    journey = {"visit": visit({"open": {"next": {"open": 0.999999, "end": "rest"}}})}
    with pytest.raises(Refusal) as caught:
        simulate(made(journey), out=tmp_path / "log", users=20, days=1)
    assert caught.value.message == (
        "an episode came to visit.open more than 10,000 times. Lower the chance of going round"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_seed_made_elsewhere(tmp_path: Path) -> None:
    one = simulate(made(), out=tmp_path / "one", seed=Seed(b"x" * 32), users=5, days=2)
    two = simulate(made(), out=tmp_path / "two", seed=Seed(b"y" * 32), users=5, days=2)
    assert one.digest != two.digest


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "log"
    assert run(["simulate", "shoe-brand", "--users", "40", "--days", "7", "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == pq.read_metadata(out / "events.parquet").num_rows
    assert (told["judged"], told["agrees"], told["truth"]) == (True, True, None)
    assert run(["simulate", "shoe-brand", "--users", "40", "--days", "7", "-o", str(out)]) == 0
    assert "Counts agree with what the scenario's tables lead one to expect." in capsys.readouterr().out
    assert run(["simulate", "shoe-brand", "--users", "0"]) == 1
    assert "Error: --users 0 is out of range" in capsys.readouterr().err
    assert run(["simulate", "shoe-brand", "--start", "2023-02-29"]) == 2
    assert "'2023-02-29' is no day of the calendar. Write one such as 2026-09-07." in capsys.readouterr().err


def test_a_handful_of_users_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--users", "1", "--days", "1", "--format", "csv", "-o", str(tmp_path / "log")]
    assert run(["simulate", "code-completion", *arguments]) == 0
    told = capsys.readouterr().out
    assert "code-completion: 1 day, 1 user" in told
    assert "So few users tell little: from 30 on, counts are held against the scenario's tables." in told
    assert " !" not in told
    assert "Off by" not in told
    assert run(["simulate", "code-completion", "--events", "30000", "-o", str(tmp_path / "few")]) == 0
    told = capsys.readouterr().out
    assert "Over 1 day (--days 1), so many events take as many users." in told
    assert re.search(r"30,000 events were asked for: [+-]\d+\.\d\d %\. Chance explains \d+\.\d\d % either way\.", told)

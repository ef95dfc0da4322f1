"""Odd places and odd names at the doors of the command line: one sentence that helps, and nothing harmed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from small_course import SMALL, replace, small_course
from teledesign.cli import run
from teledesign.cli.console import open_console
from teledesign.findings import Finding, Place, Refusal, visible
from teledesign.worksheets import SECRET_VARIABLE, course_secret
from teledesign.writing import new_folder, staged_folder

HANDOUTS = ("worksheet", "lamp", "--groups", "1", "--format", "md", "--course", str(SMALL))
RETITLE = "\x1b]0;owned\x07\x1b[31m"
"""What changes the title of a terminal's window, and its colour."""
NAMES = {
    f"{RETITLE}.yaml": r"\x1b]0;owned\x07\x1b[31m.yaml",
    "a\ndesign.yaml: no mistakes": r"a\ndesign.yaml: no mistakes",
    "\u202elmay.yaml": r"\u202elmay.yaml",
    "Zoë 5 ½ \U0001f4a1.yaml": "Zoë 5 ½ \U0001f4a1.yaml",
}
"""Name of a file -> how a message calls it."""


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_file_does_nothing_to_a_terminal(name: str) -> None:
    assert (
        str(Finding("rule", "It is wrong", "a.b", Place(name, 3, 4))) == f"{NAMES[name]}:3:4: a.b: It is wrong [rule]"
    )
    assert str(Finding("rule", f"there is no {name}")) == f"there is no {NAMES[name]} [rule]"
    assert visible(visible(name)) == visible(name)


@pytest.mark.skipif(sys.platform == "win32", reason="no file there can be called so")
def test_files_of_others_are_checked_without_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{RETITLE}.yaml"
    path.write_text("title: [\n", encoding="utf-8")
    assert run(["check", str(path)]) == 1
    assert run(["price", "plain", str(path), "--course", str(SMALL)]) == 1
    assert run([f"check{RETITLE}"]) == 2
    said = "".join(capsys.readouterr())
    assert "\x1b" not in said
    assert said.count("owned") >= 3


@pytest.mark.parametrize("place", [".", "", "../here", ".."])
def test_the_folder_that_somebody_is_in_is_not_replaced(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "built" / "here"
    with staged_folder(here.parent, {}) as folder:
        (folder / "here").mkdir()
    monkeypatch.chdir(here)
    number = here.stat().st_ino
    assert run([*HANDOUTS, "-o", place]) == 1
    assert capsys.readouterr().err == (
        f"Error: {here.parent if place == '..' else here} is the folder you are in, and output takes the place of a "
        "whole folder. Name one of its own with -o, such as -o build\n"
    )
    assert here.stat().st_ino == number
    assert list(here.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_nowhere_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in ("loop", "loop/within"):
        assert run([*HANDOUTS, "-o", str(tmp_path / place)]) == 1
        assert "mistake in teledesign" not in capsys.readouterr().err


GONE = "Error: the folder you are in is no longer there. Go to another folder, and run the command again\n"
FULL = (
    "Error: what there is to print cannot be written (no space left on device). Free some space, or send it elsewhere\n"
)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is used stays there")
@pytest.mark.parametrize("arguments", [["list"], ["check"], ["new", "course", "mine"], [*HANDOUTS, "-o", "out"]])
def test_a_working_folder_that_is_gone(
    arguments: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    here.rmdir()
    assert run(arguments) == 1
    assert capsys.readouterr().err == GONE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_what_is_printed() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "teledesign", "--help"], stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert (done.returncode, done.stderr) == (1, FULL)


def test_handouts_whose_forms_cannot_be_kept_are_not_put_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    course = small_course(tmp_path / "course")

    def refuse(former: Path, later: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(former))

    monkeypatch.setattr(os, "replace", refuse)
    assert run([*HANDOUTS[:-1], str(course), "-o", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        f"Error: {course / 'forms' / 'practice' / 'lamp' / 'group-01.json'} cannot be written: writing there is not "
        "allowed. Name another folder, a copy of the course, with --course\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["course"]
    assert [path.name for path in course.rglob("*.tmp")] == []


def test_a_form_that_cannot_be_read_is_not_to_be_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = small_course(tmp_path / "course")
    path = course / "forms" / "practice" / "lamp" / "group-01.json"
    path.mkdir(parents=True)
    assert run([*HANDOUTS[:-1], str(course), "-o", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        f"Error: the form {path} cannot be read (is a directory). Check its name and rights\n"
    )


def test_a_spreadsheet_that_cannot_be_written_is_called_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    path = tmp_path / "taken" / "cost.xlsx"
    assert run(["cost", "lamp", "--spreadsheet", str(path), "--course", str(SMALL)]) == 1
    assert capsys.readouterr().err == (
        f"Error: {path.parent} cannot be written: a part of that path is a file. "
        "Name another folder with --spreadsheet\n"
    )


def test_a_secret_of_any_bytes(tmp_path: Path) -> None:
    odd = bytes(range(200, 240)).decode("utf-8", "surrogateescape")
    secret = course_secret(tmp_path, environment={SECRET_VARIABLE: odd})
    assert secret.key == bytes(range(200, 240))
    assert len(secret.fingerprint) == 8


def test_two_who_start_one_folder_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with new_folder(tmp_path / "mine") as staging:
        (staging / "course.yaml").write_text("the first one's", encoding="utf-8")
        assert run(["new", "course", str(tmp_path / "mine")]) == 1
    assert "another teledesign is writing to" in capsys.readouterr().err
    yours = tmp_path / "yours" / "course.yaml"

    def made_twice() -> None:
        with new_folder(yours.parent) as staging:
            (staging / yours.name).write_text("the second one's", encoding="utf-8")
            yours.parent.mkdir()
            yours.write_text("somebody's", encoding="utf-8")

    with pytest.raises(Refusal, match="holds something"):
        made_twice()
    assert yours.read_text(encoding="utf-8") == "somebody's"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["course.yaml", "course.yaml", "mine", "yours"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_query_that_is_stopped_is_no_bug(
    name: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = getattr(signal, name)
    handler = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    former = signal.signal(number, handler)

    def query(cwd: object) -> None:
        """What DuckDB does: whatever a signal raises is lost in a RuntimeError."""
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        except KeyboardInterrupt:
            pass
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("teledesign.cli.list.find_course", query)
    try:
        assert run(["list"]) == code
    finally:
        signal.signal(number, former)
    assert capsys.readouterr().err.strip() == "Stopped."


def test_a_course_file_with_mistakes_is_told_of_where_it_should_name_the_prices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = small_course(tmp_path / "course")
    replace(course / "course.yaml", "title:", "tittle:")
    assert run(["cost", "lamp", "--course", str(course)]) == 1
    said = capsys.readouterr().err
    assert "there is no key tittle here. Did you mean title? [unknown-key]" in said
    assert said.endswith(
        "Error: the course file, which names the price sheet, has mistakes. Correct them first, or name one with "
        "--prices\n"
    )
    assert run(["cost", "lamp", "--prices", "plain", "--course", str(course)]) == 0


@pytest.mark.parametrize("columns", ["1", "20", "0", "-5", "nonsense"])
def test_a_terminal_of_no_width_shows_all_columns_of_a_table(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", columns)
    assert open_console().is_terminal
    assert open_console().width >= 60

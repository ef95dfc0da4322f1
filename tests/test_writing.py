"""Output is written whole or not at all, and nothing that is not ours is ever replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from teledesign.findings import Refusal
from teledesign.writing import MARKER, inside, staged_folder, write_tree, write_whole


def test_a_file_replaces_the_former_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_whole(path, "one")
    write_whole(path, b"two")
    assert path.read_text() == "two"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_a_staged_folder_takes_the_place_of_the_former_one(tmp_path: Path) -> None:
    target = tmp_path / "build"
    for word in ("one", "two"):
        with staged_folder(target, {"build": word}) as folder:
            write_tree(folder, {f"{word}.txt": word})
    assert sorted(p.name for p in target.iterdir()) == [MARKER, "two.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["build"]


def test_a_failure_inside_leaves_the_former_output_whole(tmp_path: Path) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"good.txt": "good"})
    with pytest.raises(Refusal, match="would be written outside"), staged_folder(target, {}) as folder:
        write_tree(folder, {"half.txt": "half", "../out.txt": "out"})
    assert sorted(p.name for p in target.iterdir()) == [MARKER, "good.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["build"]


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "thesis"
    target.mkdir()
    (target / "chapter.txt").write_text("years of work")
    with pytest.raises(Refusal, match=r"holds something teledesign did not make\. Name another"):
        staged_folder(target, {}).__enter__()
    assert (target / "chapter.txt").read_text() == "years of work"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file")
    with pytest.raises(Refusal, match="is not a folder"):
        staged_folder(tmp_path / "build", {}).__enter__()


def test_the_root_of_a_disk_is_refused() -> None:
    with pytest.raises(Refusal, match="is not a folder that can be replaced"):
        staged_folder(Path(Path.cwd().anchor), {}).__enter__()


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", ""])
def test_no_name_leads_outside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match="would be written outside"):
        inside(tmp_path, name)


def test_a_swap_cut_between_its_renames_is_put_right(tmp_path: Path) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"former.txt": "former"})
    target.rename(tmp_path / ".build.former")
    with pytest.raises(RuntimeError), staged_folder(target, {}):
        raise RuntimeError
    assert (target / "former.txt").read_text() == "former"


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a POSIX signal")
def test_killed_while_building_leaves_the_former_output_whole_and_the_next_run_sweeps(tmp_path: Path) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"former.txt": "former"})
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from teledesign.writing import staged_folder, write_tree
        with staged_folder(Path(sys.argv[1]), {}) as folder:
            write_tree(folder, {"half.txt": "half"})
            print("ready", flush=True)
            time.sleep(60)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert (target / "former.txt").read_text() == "former"
    assert len(list(tmp_path.glob(".build.making-*"))) == 1
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"new.txt": "new"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["build"]
    assert (target / "new.txt").read_text() == "new"


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="needs a full device")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(Refusal, match="the disk is full"), staged_folder(tmp_path / "build", {}):
        Path("/dev/full").write_text("x" * 10)
    assert list(tmp_path.iterdir()) == []

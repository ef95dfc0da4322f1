"""Output is written whole or not at all, and nothing that is not ours is ever replaced."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from teledesign.findings import Refusal
from teledesign.writing import FILES, MARKER, inside, read_marker, staged_folder, write_tree, write_whole


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


def test_a_file_of_somebody_in_our_own_output_is_refused_and_kept(tmp_path: Path) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {FILES: {"deep/made.txt": "digest"}}) as folder:
        write_tree(folder, {"deep/made.txt": "made"})
    (target / ".DS_Store").write_text("of a file browser")
    with staged_folder(target, {FILES: {"made.txt": "digest"}}) as folder:
        write_tree(folder, {"made.txt": "made"})
    write_tree(target, {"deep/notes.txt": "an evening of work"})
    with pytest.raises(Refusal, match=r"holds a file teledesign did not make: deep/notes\.txt\. Move it elsewhere, or"):
        staged_folder(target, {}).__enter__()
    assert (target / "deep/notes.txt").read_text() == "an evening of work"


def test_a_file_that_came_while_we_were_at_work_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {FILES: {}}):
        pass
    with pytest.raises(Refusal, match=r"did not make: notes\.txt"), staged_folder(target, {FILES: {}}):
        write_tree(target, {"notes.txt": "an evening of work"})
    assert (target / "notes.txt").read_text() == "an evening of work"


def test_a_link_among_our_files_is_somebody_s_and_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "build"
    write_tree(tmp_path / "thesis", {"chapter.txt": "years of work"})
    with staged_folder(target, {FILES: {}}):
        pass
    (target / "linked").symlink_to(tmp_path / "thesis")
    with pytest.raises(Refusal, match="did not make: linked"):
        staged_folder(target, {}).__enter__()
    assert (tmp_path / "thesis/chapter.txt").read_text() == "years of work"


def test_two_at_once_are_one_and_a_sentence(tmp_path: Path) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"one.txt": "one"})
        with pytest.raises(Refusal) as refusal:
            staged_folder(target, {}).__enter__()
        assert refusal.value.message == (
            f"another teledesign is writing to {target} just now. Wait until it is done, or name another output folder "
            "with -o"
        )
    assert sorted(path.name for path in target.iterdir()) == [MARKER, "one.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


CROWD = """
import sys
import time
from pathlib import Path
from teledesign.findings import Refusal
from teledesign.writing import staged_folder, write_tree
name, wrote = sys.argv[2], 0
while wrote < 10:
    try:
        with staged_folder(Path(sys.argv[1]), {"by": name}) as folder:
            write_tree(folder, {f"{part}.txt": name for part in range(5)})
        wrote += 1
    except Refusal as refusal:
        assert refusal.message.startswith("another teledesign is writing to "), refusal.message
        time.sleep(0.001)
"""


def test_a_crowd_at_one_folder_leaves_the_whole_work_of_one(tmp_path: Path) -> None:
    target = tmp_path / "build"
    crowd = [subprocess.Popen([sys.executable, "-c", CROWD, str(target), str(one)]) for one in range(3)]
    assert [process.wait(timeout=120) for process in crowd] == [0, 0, 0]
    marker = read_marker(target)
    assert marker is not None
    texts = {path.read_text("utf-8") for path in target.glob("*.txt")}
    assert (len(list(target.glob("*.txt"))), texts) == (5, {marker["by"]})
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


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


PLACES = {
    errno.ENOSPC: "cannot be written: the disk is full. Free some space, or name a folder elsewhere with -o",
    errno.EROFS: "cannot be written: that place is read-only. Name another folder with -o",
    errno.EACCES: "cannot be written: writing there is not allowed. Name another folder with -o",
}


@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("name", ["mkdir", "write_bytes"])
def test_a_place_that_refuses_is_one_sentence(
    number: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever refuses, making the folder or writing a file of it: the former output is whole and nothing is left."""
    target = tmp_path / "build"
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"former.txt": "former"})

    def refuse(path: Path, *rest: object, **more: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, name, refuse)
        with pytest.raises(Refusal) as refusal, staged_folder(target, {}) as folder:
            write_tree(folder, {"later.txt": "later"})
    assert refusal.value.message.endswith(PLACES[number])
    assert refusal.value.message.startswith(str(tmp_path if name == "mkdir" else target))
    assert sorted(path.name for path in target.iterdir()) == [MARKER, "former.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


def test_a_protected_output_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "build"
    with staged_folder(target, {}) as folder:
        write_tree(folder, {"former.txt": "former"})
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(Refusal, match=r"build cannot be written: it is protected\. Allow writing, or name another"):
        staged_folder(target, {}).__enter__()
    assert (target / "former.txt").read_text() == "former"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB with a former output on it; skips where this user may not have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only an administrator can have a small disk")
    with staged_folder(disk / "build", {}) as folder:
        write_tree(folder, {"former.txt": "former"})
    try:
        yield disk
        assert sorted(path.name for path in (disk / "build").iterdir()) == [MARKER, "former.txt"]
        assert [path.name for path in disk.iterdir()] == ["build"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a tmpfs")
def test_a_disk_that_fills_up_keeps_the_former_output(small_disk: Path) -> None:
    target = small_disk / "build"
    with pytest.raises(Refusal) as refusal, staged_folder(target, {}) as folder:
        write_tree(folder, {f"{number}.bin": b"x" * 10_000 for number in range(100)})
    assert refusal.value.message == f"{target} {PLACES[errno.ENOSPC]}"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a tmpfs")
def test_a_disk_that_cannot_be_written_keeps_the_former_output(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Refusal, match="is protected"):
        staged_folder(small_disk / "build", {}).__enter__()
    with pytest.raises(Refusal, match="that place is read-only"):
        staged_folder(small_disk / "other", {}).__enter__()


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="needs a full device")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(Refusal, match="the disk is full"), staged_folder(tmp_path / "build", {}):
        Path("/dev/full").write_text("x" * 10)
    assert list(tmp_path.iterdir()) == []

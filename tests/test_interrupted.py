"""Ctrl-C in the middle of the work: no tracebacks of workers, the former output whole, nothing left untold."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from small_course import small_course
from teledesign.simulation import CutShort, workers_of
from teledesign.simulation.attended import unheard

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SOON_S = 120.0


def interrupted(
    folder: Path, begun: str, *arguments: str, by: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """The command, sent a signal with all its processes as a terminal does, soon after a path like `begun` exists."""
    process = subprocess.Popen(
        [sys.executable, "-m", "teledesign", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    waited = time.monotonic()
    while not list(folder.glob(begun)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - waited < SOON_S
        time.sleep(0.02)
    time.sleep(0.5)  # while workers are being started
    os.killpg(process.pid, by)
    said = process.communicate(timeout=SOON_S)
    return subprocess.CompletedProcess(arguments, process.returncode, *said)


SEVERAL = ("simulate", "shoe-brand", "--events", "9000000", "--jobs", "2")
"""So many that several processes are started."""


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_simulation_of_several_processes_stops_and_says_what_it_keeps(
    tmp_path: Path, by: signal.Signals, code: int
) -> None:
    size = ("--events", "12000000", "--jobs", "2")
    outcome = interrupted(tmp_path, ".log.unfinished", "simulate", "shoe-brand", *size, "-o", "log", by=by)
    kept = tmp_path.resolve() / ".log.unfinished"
    said = f"What is done is kept in {kept}. The same command with --resume goes on; without, it begins anew."
    assert (outcome.returncode, outcome.stderr.split("\n\n")) == (code, [said, "Stopped.\n"])
    assert list(tmp_path.iterdir()) == [kept]


def test_ctrl_c_is_not_lost_while_workers_are_started() -> None:
    with pytest.raises(KeyboardInterrupt), unheard():
        os.kill(os.getpid(), signal.SIGINT)


def test_a_worker_that_the_system_ends_is_not_waited_for() -> None:
    with (
        pytest.raises(CutShort, match=r"ended a process that was at work, .*\. Ask for fewer --jobs"),
        workers_of(2, int, ()) as do,
    ):
        list(do(os._exit, [9, 9, 9, 9]))


ALONE = """
import os, signal, time
from teledesign.simulation import workers_of

with workers_of(2) as do:
    done = do(time.sleep, [0, 600, 600, 600])
    next(done)
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""A process that is killed while one of its workers waits and another is at work."""


def test_workers_whose_parent_was_killed_go_without_a_word() -> None:
    command = [sys.executable, "-c", ALONE]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=SOON_S, check=False)
    # Nobody holds the pipe any more, or it would not have ended.
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, "")


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_build_of_several_topics_stops_in_one_line(tmp_path: Path, by: signal.Signals, code: int) -> None:
    course = small_course(tmp_path / "course")
    size = ("--groups", "1", "--jobs", "2", "--events", "3000000")
    log = ".build.making-*/student/logs"
    outcome = interrupted(tmp_path, log, "build", "--course", str(course), *size, by=by)
    assert (outcome.returncode, outcome.stderr.strip()) == (code, "Stopped.")
    assert list(tmp_path.iterdir()) == [course]

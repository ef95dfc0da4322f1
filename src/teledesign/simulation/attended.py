"""Worker processes that end with their parent, without a word: Ctrl-C is its to hear, and when it is gone they go."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from teledesign.findings import Refusal

__all__ = ["CutShort", "Do", "end_with_parent", "unheard", "workers_of"]

QUIET = "ignore:resource_tracker"
"""What Python's process that tidies up after all others says when they were killed helps nobody."""


class _Killed(SpawnProcess):
    """A worker that hears no request to end: it is its parent's to end it."""

    def terminate(self) -> None:
        """End it at once."""
        self.kill()


class _Context(SpawnContext):
    Process = _Killed


class CutShort(Refusal):
    """Nothing is wrong with what was asked, but it cannot go on now; what is done may be kept."""


Do = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]
"""Does a task for each argument, and gives the results in the order of the arguments."""


@contextmanager
def workers_of(jobs: int, begin: Callable[..., object] | None = None, known: tuple[Any, ...] = ()) -> Iterator[Do]:
    """So many worker processes, which may begin with something they know, ended with the block, however that is left.

    A request to end that goes to all processes (`timeout`, a closed terminal) is the parent's alone to hear.  Raises
    CutShort where a worker is ended all the same, as the system does when memory runs out.
    """
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    def do(task: Callable[[Any], Any], arguments: Sequence[Any]) -> Iterator[Any]:
        with unheard("SIGINT", "SIGTERM", "SIGHUP"):
            begun = deque(pool.submit(task, argument) for argument in arguments)
        try:
            # Not `map`, which cancels what is left: an executor whose processes are then ended trips over that.
            while begun:
                yield begun.popleft().result()
        except BrokenProcessPool as lost:
            raise CutShort(
                "the system ended a process that was at work, as it does when memory runs out. Ask for fewer --jobs, "
                "or close other programs"
            ) from lost

    # Packed, it fits into a pipe as a whole: no worker begins to read what a parent that is gone cannot finish.
    packed = zlib.compress(pickle.dumps((begin, known)), 1)
    _start_tracker()
    with ProcessPoolExecutor(jobs, _Context(), initializer=_begin, initargs=(packed,)) as pool, _ended_together():
        yield do


def _begin(packed: bytes) -> None:
    end_with_parent()
    begin, known = pickle.loads(zlib.decompress(packed))
    if begin is not None:
        begin(*known)


def end_with_parent() -> None:
    """From now on this worker process ends at once when its parent is gone, however that went.

    An executor's worker would wait for its next task for ever: all workers hold both ends of the queue.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a worker has a parent to end with"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def unheard(*names: str) -> Iterator[None]:
    """Processes started inside never hear Ctrl-C, not even while they import, and so print no tracebacks of their own;
    nor signals of other names, where they are given.

    A blocked signal stays blocked in a process that is started (POSIX, exec), and waits for this one until the end of
    the block; so does an ignored one elsewhere, but it is lost.  Only a main thread may ask for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if sys.platform == "win32":
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, former)
    else:
        _start_tracker()  # to start it inside would open the mask again
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.Signals[name] for name in names or ("SIGINT",)})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _start_tracker() -> None:
    """Python's process that tidies up after all others: it ends when they have, and hears no closed terminal before."""
    if sys.platform == "win32":
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    sys.warnoptions.append(QUIET)  # which a process that is started is told
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(QUIET)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _ended_together() -> Iterator[None]:
    """Processes started inside are ended when the block is left by an exception, instead of being waited for."""
    before = set(multiprocessing.active_children())
    try:
        yield
    except BaseException:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise

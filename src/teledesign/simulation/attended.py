"""Worker processes that end with their parent: Ctrl-C is the parent's to hear, and it ends them without a word."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from teledesign.findings import Refusal

__all__ = ["CutShort", "Do", "unheard", "workers_of"]


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

    with ProcessPoolExecutor(jobs, _Context(), initializer=begin, initargs=known) as pool, _ended_together():
        yield do


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
        resource_tracker.ensure_running()  # to start it inside would open the mask again
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.Signals[name] for name in names or ("SIGINT",)})
        try:
            yield
        finally:
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

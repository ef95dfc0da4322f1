"""Worker processes that end with their parent: Ctrl-C is the parent's to hear, and it ends them without a word."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

__all__ = ["ended_together", "pool_of", "unheard"]


class _Killed(SpawnProcess):
    """A worker that hears no request to end: it is its parent's to end it."""

    def terminate(self) -> None:
        """End it at once."""
        self.kill()


class _Context(SpawnContext):
    Process = _Killed


@contextmanager
def pool_of(jobs: int, begin: Callable[..., object], known: tuple[object, ...]) -> Iterator[Pool]:
    """So many worker processes that know something, ended with the block, however that is left.

    A request to end that goes to all processes (`timeout`, a closed terminal) is the parent's alone to hear: a worker
    that died of it while it waited would take the lock of the queue along, and the pool would wait for it for ever.
    """
    with unheard("SIGINT", "SIGTERM", "SIGHUP"):
        pool = _Context().Pool(jobs, begin, known)
    with pool:
        yield pool


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
def ended_together() -> Iterator[None]:
    """Processes started inside are ended when the block is left by an exception, instead of being waited for."""
    before = set(multiprocessing.active_children())
    try:
        yield
    except BaseException:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise

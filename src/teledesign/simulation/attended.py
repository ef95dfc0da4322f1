"""Worker processes that end with their parent: Ctrl-C is the parent's to hear, and it ends them without a word."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

__all__ = ["ended_together", "unheard"]


@contextmanager
def unheard() -> Iterator[None]:
    """Processes started inside never hear Ctrl-C, not even while they import, and so print no tracebacks of their own.

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
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
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

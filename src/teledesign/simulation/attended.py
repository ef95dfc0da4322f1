"""Worker processes that end with their parent: Ctrl-C is the parent's to hear, and it ends them without a word."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["ended_together", "unheard"]


@contextmanager
def unheard() -> Iterator[None]:
    """Processes started inside never hear Ctrl-C, not even while they import, and so print no tracebacks of their own.

    An ignored signal stays ignored in a process that is started (POSIX, exec); only a main thread may ask for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


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

"""Writing that goes on while the next rows are made ready."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["InTurn"]


class InTurn:
    """Does one thing after another: at once, or `ahead` in a thread, where packing and writing do not hold up Python.

    At most one thing waits while another is being done, so that no more than three are held in memory.
    """

    def __init__(self, ahead: bool) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1) if ahead else None
        self.under_way: list[Future[Any]] = []

    def do(self, call: Callable[..., object], *arguments: Any) -> None:
        """Do it, sooner or later.  Raises what an earlier call raised."""
        if self.thread is None:
            call(*arguments)
            return
        while len(self.under_way) > 1:
            self.under_way.pop(0).result()
        self.under_way.append(self.thread.submit(call, *arguments))

    def finish(self) -> None:
        """Wait until all is done.  Raises what a call raised."""
        while self.under_way:
            self.under_way.pop(0).result()
        if self.thread is not None:
            self.thread.shutdown()

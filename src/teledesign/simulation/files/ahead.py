"""Writing that goes on while the next rows are made ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["InTurn"]


class InTurn:
    """Does one thing after another: at once, or `ahead` in a thread, where packing and writing do not hold up Python.

    One thing is being done while the next is made ready, so that no more than two are held in memory.
    """

    def __init__(self, ahead: bool) -> None:
        self.thread = _thread() if ahead else None
        self.under_way: Future[Any] | None = None

    def do(self, call: Callable[..., object], *arguments: Any) -> None:
        """Do it, or begin to once the last is done.  Raises what the last one raised."""
        if self.thread is None:
            call(*arguments)
            return
        self._wait()
        self.under_way = self.thread.submit(call, *arguments)

    def finish(self) -> None:
        """Wait until all is done.  Raises what a call raised."""
        self._wait()
        if self.thread is not None:
            self.thread.shutdown()

    def _wait(self) -> None:
        if self.under_way is not None:
            self.under_way.result()
            self.under_way = None


def _thread() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max_workers=1)

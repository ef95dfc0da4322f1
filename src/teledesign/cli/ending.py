"""A request to end, or a closed terminal, is heard by every command as Ctrl-C is: what must not be left behind goes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

__all__ = ["Ended", "ended_by_signals"]

NAMES = ("SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """Somebody asked the process to end with a signal of that number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise Ended in the block at the first such signal; those that follow, as `timeout` sends them, are not heard.

    DuckDB turns whatever a signal raises in a query, Ctrl-C's as well, into a RuntimeError; here it is Ended again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {
        number: signal.getsignal(number)
        for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name))
        if signal.getsignal(number) is signal.SIG_DFL  # `nohup` asks not to hear of a closed terminal
    }

    heard: list[int] = []

    def end(number: int, _: object) -> NoReturn:
        heard.append(number)
        for each in former:
            if each != signal.SIGINT:
                signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        former[signal.SIGINT] = signal.default_int_handler
    for number in former:
        signal.signal(number, end)
    try:
        yield
    except RuntimeError as error:
        if heard and type(error) is RuntimeError:
            raise Ended(heard[0]) from error
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)

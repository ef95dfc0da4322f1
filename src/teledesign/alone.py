"""One process at a time writes to a folder of output."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from teledesign.findings import Refusal

__all__ = ["alone"]


@contextlib.contextmanager
def alone(target: Path, elsewhere: str) -> Iterator[None]:
    """Holds the lock of a folder of output, a file beside it that the system frees when its process ends.

    A file system that knows no locks has none; there the last writer's output stays, whole.  Raises Refusal, with
    `elsewhere` as what else to name, while another process has it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{target.name}.lock")
    while True:
        file = path.open("ab")
        try:
            if not _locked(file):
                raise Refusal(
                    f"another teledesign is writing to {target} just now. Wait until it is done, or name {elsewhere}"
                )
            if _is_still(file, path):
                break
        except BaseException:
            file.close()
            raise
        file.close()
    try:
        yield
    finally:
        # While it is locked, so that nobody locks a file that has no name any more without noticing.
        empty = os.fstat(file.fileno()).st_size == 0
        with contextlib.suppress(OSError):
            if empty:
                path.unlink()
        file.close()
        with contextlib.suppress(OSError):
            if empty and sys.platform == "win32":
                path.unlink()


def _locked(file: BinaryIO) -> bool:
    """Lock an open file if nobody else holds it; True as well where locks are not known."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD
    return True


_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


def _is_still(file: BinaryIO, path: Path) -> bool:
    """Whether an open file still has its name: its former holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False

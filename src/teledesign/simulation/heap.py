"""How the C library holds memory, where it is glibc: large arrays come and go by the thousand while a log is made.

Left alone it asks the system for each of them and gives it back, and the system clears every page anew: a tenth of the
time.  Elsewhere nothing is done.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache

__all__ = ["give_back", "keep_pages"]

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Names of settings in glibc's malloc.h."""
KEPT = 1 << 29
"""Bytes that are kept for the next array."""


@lru_cache(maxsize=1)
def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libc.so.6")
        return library if library.mallopt and library.malloc_trim else None
    except (OSError, AttributeError):
        return None


def keep_pages() -> None:
    """Keep freed memory for the arrays to come."""
    library = _glibc()
    if library is not None:
        library.mallopt(MMAP_THRESHOLD, KEPT)
        library.mallopt(TRIM_THRESHOLD, KEPT)


def give_back() -> None:
    """Give back what is kept: the next task's arrays are of other sizes."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)

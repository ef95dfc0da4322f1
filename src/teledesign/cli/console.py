"""Where commands print tables."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["open_console", "within_width"]

NARROWEST = 100
NARROWEST_TABLE = 60
"""Below it rich leaves columns of a table empty; a narrower terminal breaks the lines, and nothing is lost."""
NARROWEST_TEXT = 30


def open_console() -> Console:
    """Standard output as wide as it is; at least `NARROWEST` where nobody watches, and never too narrow for tables."""
    from rich.console import Console

    console = Console()
    narrowest = NARROWEST_TABLE if console.is_terminal else NARROWEST
    return console if console.width >= narrowest else Console(width=narrowest)


def within_width(lines: Iterable[str]) -> Iterator[str]:
    """Lines that are no longer than the terminal is wide, broken between words; as they are where nobody watches."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in lines:
        if len(line) <= width or width < NARROWEST_TEXT:
            yield line
            continue
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        yield from textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

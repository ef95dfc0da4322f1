"""Where commands print tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["open_console"]

NARROWEST = 100


def open_console() -> Console:
    """Standard output as wide as it is; at least `NARROWEST` where nobody watches."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, NARROWEST))
    return console

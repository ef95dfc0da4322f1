"""So many of something, in words."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, what: str) -> str:
    """`1 file`, `2,000 files`: for what has its plural with an s."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"

"""How many processor cores a command uses, unless it is told."""

from __future__ import annotations

import os

__all__ = ["usual_jobs"]

MOST = 4
"""More are used only where somebody asks: each process holds some 400 MB of its own."""


def usual_jobs() -> int:
    """As many as there are, four at most."""
    return min(os.cpu_count() or 1, MOST)

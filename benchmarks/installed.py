"""A process that starts as an installed program does: with its bytecode, which a checkout may be told not to keep."""

import os
import tempfile


def environment() -> dict[str, str]:
    """What such a process is started with; its bytecode lies in a temporary folder that later runs find again."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": os.path.join(tempfile.gettempdir(), "teledesign-benchmark")}

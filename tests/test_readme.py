"""What README.md shows is there; tests/test_documented_commands.py runs its commands."""

from __future__ import annotations

import re
from pathlib import Path

from teledesign.cli import COMMANDS

README = Path(__file__).resolve().parents[1] / "README.md"


def shown() -> list[str]:
    """The commands of the table, as they stand."""
    return re.findall(r"^\| `teledesign ([^`]+)` \|", README.read_text("utf-8"), re.MULTILINE)


def test_every_command_shown_is_there() -> None:
    assert {line.split()[0] for line in shown()} <= set(COMMANDS)
    assert len(shown()) >= 7


def test_the_picture_is_there() -> None:
    picture = re.search(r"!\[[^]]+\]\(([^)]+)\)", README.read_text("utf-8"))
    assert picture is not None
    assert (README.parent / picture[1]).is_file()

"""A course of two topics so small that building it takes no time worth mentioning."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

SMALL = Path(__file__).parent / "good" / "course"
TOPICS = ("lamp", "torch")


def small_course(folder: Path) -> Path:
    """The course of `tests/good/course`, with its topic a second time under another name."""
    shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    shutil.copytree(folder / "scenarios" / "lamp", folder / "scenarios" / "torch")
    for path in (folder / "scenarios" / "torch").rglob("*.yaml"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"^scenario: lamp$", "scenario: torch", text, flags=re.MULTILINE), "utf-8")
    replace(folder / "course.yaml", "topics: [lamp]", "topics: [lamp, torch]")
    return folder


def replace(path: Path, former: str, later: str) -> None:
    """Save a file with one text changed."""
    text = path.read_text("utf-8")
    assert former in text, (path, former)
    path.write_text(text.replace(former, later, 1), "utf-8")


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

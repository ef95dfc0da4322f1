"""The guides as files: the blocks they show, and the topic that grows in the guide to scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from teledesign.course import CourseLocation
from teledesign.resources import packaged_course
from teledesign.starting import new_scenario

GUIDES = packaged_course() / "site" / "guides"
TOPIC = "front-door"
KEPT = ("format", "scenario", "questions", "plans")
"""Sections of the begun scenario that the guide says to keep."""


@dataclass
class Growing:
    """The files of the guide's topic as a reader has them after each step."""

    sections: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)

    def take(self, file: str, block: str) -> None:
        """Put a block where the guide says: sections in their place, other files whole."""
        if file == "scenario.yaml":
            self.sections |= sections_of(block)
            self.files[file] = "".join(self.sections.values())
        else:
            self.files[file] = block


def sections_of(text: str) -> dict[str, str]:
    """The sections of a YAML text by their name at the left edge, with what stands below each."""
    parts = re.split(r"^(?=[a-z_]+:)", text, flags=re.MULTILINE)
    return {part.partition(":")[0]: part for part in parts if part and part[0] not in "#\n"}


def titled_blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks that stand for a file: (file, text)."""
    return re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)


def block_of(page: Path, file: str) -> str:
    """The text that a page shows of a file."""
    return dict(titled_blocks(page.read_text("utf-8")))[file]


def steps() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each step of the guide to scenarios: its title and blocks."""
    parts = (GUIDES / "scenario.md").read_text("utf-8").split("\n## Step ")[1:]
    return [(part.partition("\n")[0], titled_blocks(part)) for part in parts]


def follow(root: Path) -> Iterator[tuple[str, Path]]:
    """Follow the guide in a course folder; after each step, its title and the topic's folder."""
    folder = new_scenario(TOPIC, CourseLocation(root, "option")).folder
    begun = sections_of((folder / "scenario.yaml").read_text("utf-8"))
    growing = Growing({name: begun[name] for name in KEPT})
    for title, blocks in steps():
        for file, text in blocks:
            growing.take(file, text)
        for file, text in growing.files.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text, "utf-8")
        yield title, folder

"""What a build has made for the students' side of each topic, by path: the site's raw material.

Every part may be missing; a page whose part is missing is not made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from teledesign.findings import Refusal
from teledesign.outputs.reference import CommandHelp, CommandOption

__all__ = ["Made", "MadeTopic", "read_made"]


@dataclass(frozen=True)
class MadeTopic:
    """The parts of one topic; all of them may be public."""

    worksheet_html: Path | None = None
    """The class worksheet as an HTML fragment (no html, head or body element)."""
    worksheet_pdf: Path | None = None
    cost_sheet_html: Path | None = None
    """The cost sheet as an HTML fragment."""
    cost_sheet_pdf: Path | None = None
    spreadsheet: Path | None = None
    """The estimate with live formulas, as a spreadsheet."""
    log: Path | None = None
    """The folder of a simulated log: Parquet files and the public `manifest.json`."""

    @property
    def manifest(self) -> Path | None:
        """The log's public manifest, where there is a log."""
        return self.log / "manifest.json" if self.log else None


@dataclass(frozen=True)
class Made:
    """The made parts of all topics, by scenario id."""

    topics: Mapping[str, MadeTopic] = field(default_factory=dict)
    commands: tuple[CommandHelp, ...] = ()
    """The program's commands as their help tells them; without them the reference has no page of commands."""

    def topic(self, name: str) -> MadeTopic:
        """The parts of a topic; nothing at all where none were made."""
        return self.topics.get(name, MadeTopic())

    def as_json(self) -> str:
        """The paths as JSON, so that another process can pick them up with `read_made`."""
        parts = {
            name: {part.name: str(path) for part in fields(topic) if (path := getattr(topic, part.name)) is not None}
            for name, topic in self.topics.items()
        }
        commands = [asdict(command) for command in self.commands]
        return json.dumps({"topics": parts, "commands": commands}, indent=1, sort_keys=True) + "\n"


def read_made(path: Path) -> Made:
    """The parts that `Made.as_json` wrote down.  Raises Refusal where the file is something else."""
    known = {part.name for part in fields(MadeTopic)}
    try:
        given = json.loads(path.read_text("utf-8"))
        parts, commands = given["topics"], tuple(_command(command) for command in given["commands"])
        topics = {
            str(name): MadeTopic(**{part: Path(place) for part, place in given.items() if part in known})
            for name, given in parts.items()
        }
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise Refusal(f"{path} does not say what was made ({error}). Run teledesign build") from None
    return Made(topics, commands)


def _command(given: Mapping[str, object]) -> CommandHelp:
    """A command's help as it was before it was written down."""
    name, usage, paragraphs, options = (given[part.name] for part in fields(CommandHelp))
    assert isinstance(paragraphs, list)
    assert isinstance(options, list)
    return CommandHelp(str(name), str(usage), tuple(paragraphs), tuple(CommandOption(**option) for option in options))

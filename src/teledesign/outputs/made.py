"""What a build has made for the students' side of each topic, by path: the site's raw material.

Every part may be missing; a page whose part is missing is not made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from teledesign.findings import Refusal

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

    def topic(self, name: str) -> MadeTopic:
        """The parts of a topic; nothing at all where none were made."""
        return self.topics.get(name, MadeTopic())

    def as_json(self) -> str:
        """The paths as JSON, so that another process can pick them up with `read_made`."""
        parts = {
            name: {part.name: str(path) for part in fields(topic) if (path := getattr(topic, part.name)) is not None}
            for name, topic in self.topics.items()
        }
        return json.dumps(parts, indent=1, sort_keys=True) + "\n"


def read_made(path: Path) -> Made:
    """The parts that `Made.as_json` wrote down.  Raises Refusal where the file is something else."""
    known = {part.name for part in fields(MadeTopic)}
    try:
        parts = json.loads(path.read_text("utf-8"))
        topics = {
            str(name): MadeTopic(**{part: Path(place) for part, place in given.items() if part in known})
            for name, given in parts.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise Refusal(f"{path} does not say what was made ({error}). Run teledesign build") from None
    return Made(topics)

"""The sheets that a topic's page shows: those of nobody's group, drawn from the public seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from teledesign.course import Course, Topic
from teledesign.outputs.made import MadeTopic
from teledesign.papers import topic_source
from teledesign.roster import RosterGroup
from teledesign.worksheets import Handout, Order, Press, make, refuse_errors
from teledesign.writing import write_tree

__all__ = ["made_from", "practice_sheets"]

PRACTICE_GROUP = "practice"
"""The group whose sheet the site shows."""
SHEET_PARTS = {
    ("class", "pdf"): "worksheet_pdf",
    ("class", "fragment"): "worksheet_html",
    ("cost", "pdf"): "cost_sheet_pdf",
    ("cost", "fragment"): "cost_sheet_html",
}


def practice_sheets(course: Course, topic: Topic, press: Press, folder: Path) -> dict[str, str]:
    """Make a topic's practice sheets below a folder: which part of `MadeTopic` is which file.  Raises Refusal."""
    public = replace(topic_source(course, topic), teaching=None)
    order = Order({topic.id: (RosterGroup(PRACTICE_GROUP),)}, formats=("pdf", "fragment"), sheets=("class", "cost"))
    sheets = refuse_errors(make(course.file, [public], order, press))
    write_tree(folder, sheets.student)
    return _parts(sheets.made)


def _parts(made: Sequence[Handout]) -> dict[str, str]:
    return {
        SHEET_PARTS[handout.document, handout.format]: handout.path
        for handout in made
        if (handout.document, handout.format) in SHEET_PARTS
    }


def made_from(parts: dict[str, str], folder: Path, log: Path | None) -> MadeTopic:
    """The parts of a topic that `practice_sheets` made below a folder, and its log."""
    return MadeTopic(log=log, **{part: folder / path for part, path in parts.items()})

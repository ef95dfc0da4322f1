"""Rosters: a table of groups as spreadsheets and learning platforms save it, whatever its encoding and delimiter."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from teledesign.findings import Finding, Level, Place, Refusal, has_errors, in_order, nearest
from teledesign.reading.read import Read
from teledesign.roster import MOST_GROUPS, RosterGroup

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["ROSTER_SUFFIXES", "read_roster"]

ROSTER_SUFFIXES = (".csv", ".tsv")
LARGEST = 8_000_000
"""Bytes of a roster."""
LONGEST_GROUP = 60
"""Characters of a group's name: it stands at the head of every page."""
LONGEST_NAME = 120
MOST_MEMBERS = 60
DELIMITERS = ",;\t|"

COLUMNS = {
    "group": "group",
    "team": "group",
    "topic": "topic",
    "scenario": "topic",
    "members": "members",
    "names": "members",
    "students": "members",
    "member": "member",
    "name": "member",
    "student": "member",
}
"""What a column may be called -> what it holds: `members` all of a group, `member` one person a row."""

Roster = tuple[RosterGroup, ...]


def read_roster(path: Path, topics: Sequence[str] = ()) -> Read[Roster]:
    """The groups of a roster, in its order; `topics` are those a row may name (any, where none are given)."""
    file = str(path)
    try:
        with path.open("rb") as source:
            data = source.read(LARGEST + 1)
    except OSError as error:
        raise Refusal(
            f"the roster {file} cannot be read ({(error.strerror or 'error').lower()}). Check its name"
        ) from None
    reader = _Reader(file, tuple(topics))
    groups = reader.read(data)
    return Read(groups, tuple(in_order(reader.findings)))


@dataclass
class _Row:
    """One row of a roster, its cells by what they hold."""

    line: int
    cells: dict[str, str]


@dataclass
class _Reader:
    """Collects findings while a roster is read."""

    file: str
    topics: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list)

    def read(self, data: bytes) -> Roster:
        text = self._text(data)
        if text is None:
            return ()
        rows = list(self._rows(text))
        if has_errors(self.findings):
            return ()
        if not rows:
            self._found("no-rows", "the roster has no rows. Write one row for each group below the first line", 1)
            return ()
        persons = "member" in {name for row in rows for name in row.cells}
        groups = tuple(self._of_persons(rows) if persons else self._of_groups(rows))
        if len(groups) > MOST_GROUPS:
            message = (
                f"the roster has {len(groups):,} groups, and {MOST_GROUPS:,} are the most. Split it into several files"
            )
            self._found("too-many-groups", message, 1)
        return groups

    def _found(self, rule: str, message: str, line: int, level: Level = Level.ERROR) -> None:
        self.findings.append(Finding(rule, message, place=Place(self.file, line, 1 if line else 0), level=level))

    def _text(self, data: bytes) -> str | None:
        """The file as text: UTF-8 or UTF-16 as it says or looks, else what Windows writes."""
        if len(data) > LARGEST:
            self._found(
                "too-large",
                f"the roster is larger than {LARGEST // 1_000_000} MB. Keep group, topic and members alone",
                0,
            )
            return None
        for encoding in _encodings(data):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" in text:
                continue
            if encoding == "cp1252":
                message = (
                    "this is not UTF-8, so it was read as Windows-1252. Look whether names are right on the roster "
                    "sheet; if not, save the file as UTF-8"
                )
                self._found("encoding", message, 0, Level.WARNING)
            return text
        self._found("encoding", "this is no text that can be read. Save the roster as CSV in UTF-8", 0)
        return None

    def _rows(self, text: str) -> Iterator[_Row]:
        """The rows below the header; nothing where there is no column of groups."""
        lines = text.splitlines(keepends=True)
        skipped = 1 if lines and re.fullmatch(r'"?sep=."?\s*', lines[0].lower()) else 0
        while skipped < len(lines) and not lines[skipped].strip():
            skipped += 1
        body = "".join(lines[skipped:])
        if not body.strip():
            self._found("no-rows", "the roster is empty. Its first line names the columns: group, topic, members", 0)
            return
        delimiter = max(DELIMITERS, key=lambda sign: _known(_first_row(body, sign)))
        try:
            yield from self._cells(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter), skipped)
        except csv.Error as error:
            self._found("table", f"this is no table of cells ({error}). Save the roster anew as CSV", 0)

    def _cells(self, table: Reader, skipped: int) -> Iterator[_Row]:
        header = next(table)
        names = self._header(header, skipped + 1)
        if "group" not in names:
            return
        read = table.line_num
        for cells in table:
            line, read = skipped + read + 1, table.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                message = (
                    f"this row has {len(cells)} cells and the first line {len(header)}. "
                    "Put quotes around a cell that holds the delimiter, or part members with semicolons"
                )
                self._found("cells", message, line)
                continue
            held = list(zip(names, cells, strict=False))
            if any(name in ("group", "topic") and "\n" in cell.strip() for name, cell in held):
                self._found(
                    "cells", "a cell of this row runs over several lines. Look for a quote that is not closed", line
                )
                continue
            yield _Row(line, {name: _plain(_in_one_line(name, cell)) for name, cell in held if name})

    def _header(self, header: Sequence[str], line: int) -> list[str]:
        """What each column holds; empty for columns that are of no use here."""
        names = []
        for cell in header:
            told = _plain(cell).casefold()
            name = COLUMNS.get(told, "")
            if name and name in names:
                self._found("column-twice", f"two columns hold the {name}. Keep one of them", line)
            close = None if name or not told else nearest(told, COLUMNS)
            if close:
                message = f"the column {_shown(cell)} is not used. Did you mean {close}?"
                self._found("unknown-column", message, line, Level.WARNING)
            names.append(name)
        if "group" not in names:
            message = (
                "no column is called group. The first line names the columns: group, and if you like topic and members"
            )
            self._found("missing-column", message, line)
        return names

    def _of_groups(self, rows: Sequence[_Row]) -> Iterator[RosterGroup]:
        """One row for each group, or for each topic of a group."""
        seen: dict[tuple[str, str | None], int] = {}
        for row in rows:
            group = self._group(row)
            if group is None:
                continue
            topic = self._topic(row)
            first = seen.setdefault((group.casefold(), topic), row.line)
            if first != row.line:
                message = (
                    f"group {_shown(group)} stands in line {first} already. Give each group one row, or, with one row "
                    "for each person, call the column of names member"
                )
                self._found("group-twice", message, row.line)
                continue
            members = self._members(_split(row.cells.get("members", "")), row.line)
            yield RosterGroup(group, topic, members, Place(self.file, row.line, 1))

    def _of_persons(self, rows: Sequence[_Row]) -> Iterator[RosterGroup]:
        """One row for each person; a group's topic may stand in any of its rows."""
        first: dict[str, RosterGroup] = {}
        topics: dict[str, tuple[str, int]] = {}
        people: dict[str, list[str]] = {}
        for row in rows:
            group = self._group(row)
            if group is None:
                continue
            first.setdefault(group, RosterGroup(group, place=Place(self.file, row.line, 1)))
            topic = self._topic(row)
            if topic is not None:
                told, line = topics.setdefault(group, (topic, row.line))
                if told != topic:
                    message = (
                        f"group {_shown(group)} has the topic {told} in line {line} and {topic} here. "
                        "Give it one of them"
                    )
                    self._found("two-topics", message, row.line)
            people.setdefault(group, []).extend(self._members([row.cells.get("member", "")], row.line))
        for name, one in first.items():
            own = topics[name][0] if name in topics else None
            yield RosterGroup(name, own, self._members(people[name], one.place.line), one.place)

    def _group(self, row: _Row) -> str | None:
        name = row.cells.get("group", "")
        if not name:
            self._found("no-group", "this row names no group. Fill the cell, or delete the row", row.line)
            return None
        if len(name) > LONGEST_GROUP:
            message = f"the group's name has {len(name):,} characters, and {LONGEST_GROUP} are the most. Shorten it"
            self._found("long-group", message, row.line)
            return None
        return name

    def _topic(self, row: _Row) -> str | None:
        topic = row.cells.get("topic", "")
        if not topic:
            return None
        if self.topics and topic not in self.topics:
            close = nearest(topic, self.topics)
            remedy = f"Did you mean {close}?" if close else f"Known: {', '.join(sorted(set(self.topics)))}"
            self._found("unknown-topic", f"there is no topic {_shown(topic)}. {remedy}", row.line)
            return None
        return topic

    def _members(self, names: Sequence[str], line: int) -> tuple[str, ...]:
        kept = tuple(dict.fromkeys(name for name in names if name))
        if any(len(name) > LONGEST_NAME for name in kept) or len(kept) > MOST_MEMBERS:
            message = (
                f"a group holds at most {MOST_MEMBERS} names of {LONGEST_NAME} characters. "
                "Check the delimiter of this row"
            )
            self._found("members", message, line)
            return ()
        return kept


def _encodings(data: bytes) -> Sequence[str]:
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    for mark, encoding in marks:
        if data.startswith(mark):
            return (encoding,)
    head = data[:2000]
    if head.count(0) > len(head) // 4:
        return ("utf-16-le", "utf-16-be") if head[1:2] == b"\0" else ("utf-16-be", "utf-16-le")
    return ("utf-8", "cp1252")


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _known(header: Sequence[str]) -> int:
    return sum(_plain(cell).casefold() in COLUMNS for cell in header)


def _plain(cell: str) -> str:
    """A cell's text: no control characters, single blanks, and without the apostrophe that made it inert."""
    text = " ".join(_INVISIBLE.sub(" ", cell.strip()).split())
    return text[1:] if re.match(r"'[=+\-@|%]", text) else text


_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def _in_one_line(name: str, cell: str) -> str:
    """The cell; names on lines of their own are parted by semicolons."""
    return ";".join(cell.splitlines()) if name == "members" else cell


def _split(cell: str) -> list[str]:
    """The names in a cell: parted by semicolons or bars, else by commas."""
    for delimiter in (";", "|", ","):
        if delimiter in cell:
            return [name.strip() for name in cell.split(delimiter)]
    return [cell]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")

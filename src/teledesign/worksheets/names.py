"""Names as paper shows them: of groups and of people, with a way out where the fonts lack a character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from teledesign.findings import Finding, Level, Place
from teledesign.rendering import visible
from teledesign.roster import RosterGroup
from teledesign.worksheets.forms import group_name
from teledesign.worksheets.press import Press

__all__ = ["PrintedGroup", "printed_groups"]

ROOM = 84
"""Characters of the line of names on a sheet."""
LONGEST = 40


@dataclass(frozen=True)
class PrintedGroup:
    """A group as paper shows it; `name` is the true one, which its numbers are drawn for."""

    name: str
    shown: str
    members: tuple[str, ...]
    place: Place

    @property
    def together(self) -> str | None:
        """The members on one line, as many as fit; None where there are none."""
        line, left = "", len(self.members)
        for member in self.members:
            short = member if len(member) <= LONGEST else member[: LONGEST - 1] + "…"
            longer = f"{line}, {short}" if line else short
            tail = f" and {left - 1} more" if left > 1 else ""
            if len(longer) + len(tail) > ROOM and line:
                return f"{line} and {left} more"
            line, left = longer, left - 1
        return line or None


def printed_groups(groups: Sequence[RosterGroup], press: Press) -> tuple[tuple[PrintedGroup, ...], list[Finding]]:
    """The groups with names that the fonts can print, and a finding for each that is printed otherwise."""
    texts = {text for group in groups for text in (group.name, *group.members)}
    missing = press.missing("".join(sorted({character for text in texts for character in _composed(text)})))
    findings: list[Finding] = []
    printed = []
    for group in groups:
        shown = _printable(group.name, missing) or group_name(group.name)
        if shown != _composed(group.name):
            findings.append(_finding(f"the name of group {group.name}", shown, group.place))
        members = tuple(_members(group, shown, missing, findings))
        printed.append(PrintedGroup(group.name, shown, members, group.place))
    return tuple(printed), findings


def _members(group: RosterGroup, shown: str, missing: frozenset[str], findings: list[Finding]) -> Iterator[str]:
    for number, member in enumerate(group.members, 1):
        name = _printable(member, missing) or f"{shown}/{number}"
        if name != _composed(member):
            findings.append(_finding(f"the name {member}", name, group.place))
        yield name


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", visible(text))


def _printable(text: str, missing: frozenset[str]) -> str | None:
    """The text, else the text without marks above and below its letters; None where that cannot be printed either."""
    composed = _composed(text)
    if not missing & set(composed):
        return composed
    apart = unicodedata.normalize("NFD", composed)
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return None if missing & set(plain) or not plain.strip() else plain


def _finding(what: str, shown: str, place: Place) -> Finding:
    message = f"the fonts of the handouts cannot print {what}, so they say {shown}. Nothing else is wrong"
    return Finding("unprintable-name", message, place=place, level=Level.WARNING)

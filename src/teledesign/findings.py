"""Findings: mistakes and remarks as values, collected, sorted and shown once.

A finding says where, what is wrong and what to do.  Code that checks returns findings; only the
doorways print them.  `Refusal` is for what cannot go on at all (a folder that cannot be written).
"""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "FULL",
    "Finding",
    "Level",
    "MissingExtra",
    "Place",
    "Refusal",
    "has_errors",
    "in_order",
    "nearest",
    "visible",
    "why_not_written",
]


class Level(StrEnum):
    """How much a finding weighs: an error stops the work, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file (as the user named it) and 1-based line and column.

    Line 0 means the file as a whole.
    """

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.file:
            return ""
        file = visible(self.file)
        return f"{file}:{self.line}:{self.column}" if self.line else file


@dataclass(frozen=True)
class Finding:
    """One mistake or remark: rule id, message ("what is wrong. What to do."), dotted path and place."""

    rule: str
    message: str
    path: str = ""
    place: Place = Place()
    level: Level = Level.ERROR

    def __str__(self) -> str:
        parts = [str(self.place), self.path, self.message]
        text = visible(": ".join(part for part in parts if part))
        return f"{text} [{self.rule}]" if self.level is Level.ERROR else f"{text} [warning {self.rule}]"


_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys or an eye misses: controls, line ends, and what turns the direction of text."""


def visible(text: str) -> str:
    """The text with characters that cannot be seen written out (`\\x1b`), so that no name of a file or of anything in
    it moves the cursor, changes a window's title or looks like a line of ours."""
    return _HIDDEN.sub(lambda match: ascii(match[0])[1:-1], text)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by place, then rule and message, each once."""
    return sorted(dict.fromkeys(findings), key=lambda f: (f.place, f.rule, f.path, f.message))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding stops the work."""
    return any(finding.level is Level.ERROR for finding in findings)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like a mistyped one, or None where none is close."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return close[0] if close else None


class Refusal(Exception):
    """Work that cannot go on: one sentence with its remedy, and the findings behind it, if any."""

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.findings = tuple(findings)

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, tuple[Finding, ...]]]:
        """To another process it goes as the plain sentence it is, whatever kind it was."""
        return Refusal, (self.message, self.findings)


class MissingExtra(Refusal):
    """A part of the program whose packages are not installed; names the command that installs them."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed. "
            f'Install it with: python -m pip install "teledesign[{extra}]"'
        )


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk that has no room left for this user."""


def why_not_written(error: OSError, how: str = " with -o") -> str | None:
    """Why a place could not be written and what to do, `how` naming the option; None for an error that is ours."""
    return {
        errno.ENOSPC: f"the disk is full. Free some space, or name a folder elsewhere{how}",
        errno.EDQUOT: f"your quota of the disk is used up. Free some space, or name a folder elsewhere{how}",
        errno.EFBIG: f"a file would be larger than that disk allows. Name a folder elsewhere{how}",
        errno.EACCES: f"writing there is not allowed. Name another folder{how}",
        errno.EPERM: f"writing there is not allowed. Name another folder{how}",
        errno.EROFS: f"that place is read-only. Name another folder{how}",
        errno.ENOTDIR: f"a part of that path is a file. Name another folder{how}",
        errno.EEXIST: f"a part of that path is a file. Name another folder{how}",
        errno.ENAMETOOLONG: "that name is too long. Choose a shorter one",
    }.get(error.errno or 0)

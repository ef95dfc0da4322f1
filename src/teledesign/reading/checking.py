"""Checking files, or everything in a course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from teledesign.findings import Finding, Level, Place, has_errors, in_order
from teledesign.reading.course_folders import folder_findings
from teledesign.reading.files import KINDS, kind_of, read_kind
from teledesign.reading.nodes import read_file
from teledesign.reading.rosters import ROSTER_SUFFIXES, read_roster

__all__ = ["Checked", "check_course", "check_files", "files_of_course"]

NAMES = {**{kind: (one.name, one.plural) for kind, one in KINDS.items()}, "roster": ("roster", "rosters")}
"""Kind of file -> what one and several of it are called."""


@dataclass(frozen=True)
class Checked:
    """What was checked, and what was found, in order."""

    counts: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether there are no mistakes (warnings are none)."""
        return not has_errors(self.findings)

    @property
    def summary(self) -> str:
        """One line: `4 scenarios, 1 course file: no mistakes`."""
        what = ", ".join(counted(count, *NAMES[kind]) for kind, count in self.counts.items())
        mistakes = sum(finding.level is Level.ERROR for finding in self.findings)
        warnings = len(self.findings) - mistakes
        result = counted(mistakes, "mistake", "mistakes") if mistakes else "no mistakes"
        more = f", {counted(warnings, 'warning', 'warnings')}" if warnings else ""
        return f"{what or 'nothing to check'}: {result}{more}"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def files_of_course(root: Path) -> tuple[Path, ...]:
    """Every file of a course that is checked: course file, scenarios, teaching files, designs, price sheets."""
    patterns = ("scenarios/*/scenario.yaml", "scenarios/*/teaching.yaml", "scenarios/*/designs/*.yaml")
    found = [path for pattern in (*patterns, "scenarios/prices/*.yaml") for path in sorted(root.glob(pattern))]
    # scenarios/prices/teaching.yaml is a price sheet that the pattern of teaching files finds too.
    return tuple(dict.fromkeys((root / "course.yaml", *found)))


def check_course(root: Path) -> Checked:
    """Check every file of a course, and the folder as a whole."""
    checked = check_files(files_of_course(root), root)
    return replace(checked, findings=tuple(in_order((*checked.findings, *folder_findings(root)))))


def check_files(paths: Iterable[Path], course: Path | None = None) -> Checked:
    """Read each file as what its keys say it is, and tables as rosters.

    Rosters and designs may name the scenarios of the folder `course`.
    """
    topics = sorted(path.parent.name for path in course.glob("scenarios/*/scenario.yaml")) if course else []
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    for path in paths:
        if path.suffix.lower() in ROSTER_SUFFIXES:
            counts["roster"] += 1
            findings += read_roster(path, topics).findings
            continue
        document = read_file(path)
        kind = kind_of(document, path)
        if kind is None:
            findings += document.findings or [_unknown(document.file)]
            continue
        counts[kind] += 1
        findings += read_kind(document, kind, path, course).findings
    return Checked({kind: counts[kind] for kind in NAMES if counts[kind]}, tuple(in_order(findings)))


def _unknown(file: str) -> Finding:
    *others, last = (f"a {kind.name}" for kind in KINDS.values())
    message = f"no key tells whether this is {', '.join(others)} or {last}. Check how its keys are spelled"
    return Finding("unknown-file", message, place=Place(file))

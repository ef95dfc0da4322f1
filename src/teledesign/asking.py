"""What a build is asked for, what it answers, and whether that answer still stands.

Nothing heavy is imported here: an unchanged course is built in no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from teledesign.course import CourseLocation, shown
from teledesign.findings import Finding
from teledesign.inputs import Inputs, course_inputs, file_digest, secret_mark
from teledesign.pieces import plain_findings, read_findings, read_former

__all__ = ["Asked", "BuildReport", "answered", "asked_of", "unchanged"]

FORMS = "forms"


@dataclass(frozen=True)
class BuildReport:
    """What a build made; `seconds` is per stage and stands in no file, `taken` the pieces of the former build."""

    folder: Path
    build_id: str
    topics: tuple[str, ...]
    groups: int
    sheets: int
    keys: int
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    taken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """All that decides what a build makes: the files of the course, the program, the secret, what was asked for."""

    location: CourseLocation
    inputs: Inputs
    digest: str


def asked_of(location: CourseLocation, *, graded: bool, roster: Path | None, wanted: Mapping[str, object]) -> Asked:
    """What is asked now; to be taken down before anything of the course is read."""
    inputs = course_inputs(location.root)
    groups = [str(roster), file_digest(roster)] if roster else None
    also = [dict(wanted), secret_mark(location.root, graded=graded), groups, location.read_only]
    return Asked(location, inputs, inputs.digest(lambda name: True, also))


def unchanged(target: Path, asked: Asked) -> BuildReport | None:
    """The report of the build in a folder if the same was asked and every file is as it was made; else None."""
    former = read_former(target)
    if former is None or former.record.get("asked") != asked.digest:
        return None
    forms = asked.location.root / FORMS
    kept = [item for piece in former.pieces.values() for item in piece.get("forms", {}).items()]
    if any(file_digest(forms / name) != digest for name, digest in kept) or not former.is_whole():
        return None
    told: dict[str, Any] = former.record["report"]
    return BuildReport(
        folder=target,
        build_id=former.build,
        topics=tuple(told["topics"]),
        groups=told["groups"],
        sheets=told["sheets"],
        keys=told["keys"],
        rows=told["rows"],
        findings=tuple(read_findings(told["findings"], asked.location.root, shown)),
    )


def answered(asked: Asked, report: BuildReport) -> dict[str, object]:
    """What `unchanged` wants to find in a build's marker."""
    told = {
        "topics": list(report.topics),
        "groups": report.groups,
        "sheets": report.sheets,
        "keys": report.keys,
        "rows": dict(report.rows),
        "findings": plain_findings(report.findings, asked.location.root),
    }
    return {"asked": asked.digest, "report": told}

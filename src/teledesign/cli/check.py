"""`teledesign check`: every mistake in scenarios, teaching files, designs, price sheets, course files and rosters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from teledesign.cli.answers import echo_json
from teledesign.course import find_course, shown
from teledesign.findings import Finding
from teledesign.reading import check_course, check_files

__all__ = ["check"]


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(files: tuple[Path, ...], course: Path | None, as_json: bool) -> int:
    """Check files, or the whole course, for mistakes.

    A file is known by its keys, a roster (CSV) by its name. Without FILES the whole course is checked.
    """
    location = find_course(course)
    if files:
        checked = check_files(files, location.root)
    else:
        click.echo(str(location), err=as_json)
        checked = check_course(shown(location.root))
    if as_json:
        findings = [_plain(finding) for finding in checked.findings]
        echo_json({"files": dict(checked.counts), "findings": findings})
    else:
        for finding in checked.findings:
            click.echo(str(finding))
        click.echo(checked.summary)
    return 0 if checked.is_well else 1


def _plain(finding: Finding) -> dict[str, Any]:
    place = finding.place
    where = {"file": place.file, "line": place.line or None, "column": place.column or None}
    return {
        "rule": finding.rule,
        "level": str(finding.level),
        **where,
        "path": finding.path,
        "message": finding.message,
    }

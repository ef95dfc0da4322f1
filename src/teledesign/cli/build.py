"""`teledesign build`: handouts, keys, logs and the site of a course, in one go."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from teledesign.cli.rosters import read_groups, roster_options
from teledesign.course import find_course, open_course, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from teledesign.build import BuildReport

__all__ = ["build_course"]


@click.command("build")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
@roster_options
@click.option("--graded", is_flag=True, help="Draw the numbers from the course's secret.")
@click.option("--only", multiple=True, metavar="TOPIC", help="Build this topic alone; may be given again.")
@click.option(
    "--events",
    type=click.IntRange(1000, 100_000_000),
    help="About how many events each log holds; never fewer than 24 people for a week.",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="How many processes draw a log; else one per core.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("build"), help="The output folder.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def build_course(
    course: Path | None,
    groups: int | None,
    roster: Path | None,
    every_topic: bool,
    names: bool,
    paper: Literal["a4", "letter"] | None,
    graded: bool,
    only: tuple[str, ...],
    events: int | None,
    jobs: int | None,
    output: Path,
    as_json: bool,
) -> None:
    """Build everything: handouts, keys, logs, estimators and the site.

    The output folder gets three trees that never mix: student/ to hand out, instructor/ for you alone, and
    site/ to put online. They are put in place together, and only if nothing of the instructor's is found in
    what students get.
    """
    from teledesign.build import BuildOptions, build
    from teledesign.cli.described import described_commands

    location = find_course(course)
    click.echo(str(location), err=as_json)
    opened = open_course(location)
    options = BuildOptions(
        commands=described_commands(),
        groups=groups,
        roster=read_groups(roster, opened) if roster else None,
        every_topic=every_topic,
        names=names,
        paper=paper,
        graded=graded,
        only=only,
        events=events,
        jobs=jobs or min(os.cpu_count() or 1, 4),
    )
    with _progress() as say:
        report = build(opened, options, output, say)
    for finding in report.findings:
        click.echo(str(finding), err=True)
    click.echo(json.dumps(_plain(report), indent=2) if as_json else _told(report))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Says what is being made while a person is watching."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading the course") as status:
        yield lambda stage: status.update(f"making the {stage}" if stage != "leak scan" else "searching for leaks")


def _plain(report: BuildReport) -> dict[str, object]:
    return {
        "folder": str(report.folder),
        "build": report.build_id,
        "topics": list(report.topics),
        "groups": report.groups,
        "sheets": report.sheets,
        "keys": report.keys,
        "rows": dict(report.rows),
        "seconds": {stage: round(seconds, 2) for stage, seconds in report.seconds.items()},
    }


def _told(report: BuildReport) -> str:
    logs = f"{_counted(len(report.rows), 'log')} with {sum(report.rows.values()):,} events"
    folder = shown(report.folder)
    return "\n".join(
        [
            f"Built {_counted(len(report.topics), 'topic')} for {_counted(report.groups, 'group')} in "
            f"{sum(report.seconds.values()):.0f} s (build {report.build_id}).",
            "",
            f"  {folder}/student/      {report.sheets} sheets to print, {logs}",
            f"  {folder}/instructor/   {report.keys} keys, the truth of the logs",
            f"  {folder}/site/         the course site, searched for answers and truth",
            "",
            f"Open first: {folder / 'instructor' / 'index.html'}",
        ]
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

"""`teledesign build`: handouts, keys, logs and the site of a course, in one go."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from teledesign.asking import BuildReport, asked_of, unchanged
from teledesign.cli.cores import usual_jobs
from teledesign.cli.counting import counted
from teledesign.cli.rosters import read_groups, roster_options
from teledesign.course import find_course, open_course, shown

if TYPE_CHECKING:
    from collections.abc import Callable

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
@click.option("--jobs", type=click.IntRange(1, 64), help="Cores to use; as many as there are, up to 4, if not given.")
@click.option("--again", is_flag=True, help="Make everything anew, even what has not changed.")
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
    again: bool,
    output: Path,
    as_json: bool,
) -> None:
    """Build everything: handouts, keys, logs, estimators and the site.

    The output folder gets three trees that never mix: student/ to hand out, instructor/ for you alone, and
    site/ to put online. They are put in place together, and only if nothing of the instructor's is found in
    what students get. What has not changed since the last build is taken over from it.
    """
    location = find_course(course)
    click.echo(str(location), err=as_json)
    wanted = {"groups": groups, "every": every_topic, "names": names, "paper": paper, "only": only, "events": events}
    asked = asked_of(location, graded=graded, roster=roster, wanted=wanted)
    report = None if again else unchanged(output, asked)
    if report is not None:
        return _show(report, as_json=as_json, made=False)

    from teledesign.build import BuildOptions, build
    from teledesign.cli.described import described_commands

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
        jobs=jobs or usual_jobs(),
    )
    with _progress() as say:
        report = build(opened, options, output, say, again=again, asked=asked)
    return _show(report, as_json=as_json, made=True)


def _show(report: BuildReport, *, as_json: bool, made: bool) -> None:
    for finding in report.findings:
        click.echo(str(finding), err=True)
    if as_json:
        click.echo(json.dumps({**_plain(report), "unchanged": not made}, indent=2))
    else:
        click.echo(_told(report, _made(report) if made else _still(report)))


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
        "taken": list(report.taken),
        "seconds": {stage: round(seconds, 2) for stage, seconds in report.seconds.items()},
    }


def _made(report: BuildReport) -> str:
    topics, groups = counted(len(report.topics), "topic"), counted(report.groups, "group")
    seconds = f"{sum(report.seconds.values()):.0f} s"
    taken = f" {counted(len(report.taken), 'part')} had not changed." if report.taken else ""
    return f"Built {topics} for {groups} in {seconds} (build {report.build_id}).{taken}"


def _still(report: BuildReport) -> str:
    return f"Nothing has changed since build {report.build_id}, and all its files are there. --again makes them anew."


def _told(report: BuildReport, first: str) -> str:
    logs = f"{counted(len(report.rows), 'log')} with {sum(report.rows.values()):,} events"
    folder = shown(report.folder)
    return "\n".join(
        [
            first,
            "",
            f"  {folder}/student/      {report.sheets} sheets to print, {logs}",
            f"  {folder}/instructor/   {report.keys} keys, the truth of the logs",
            f"  {folder}/site/         the course site, searched for answers and truth",
            "",
            f"Open first: {folder / 'instructor' / 'index.html'}",
        ]
    )

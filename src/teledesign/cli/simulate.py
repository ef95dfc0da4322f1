"""`teledesign simulate`: the event log of a scenario's panel."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from teledesign.course import find_course, open_scenario

if TYPE_CHECKING:
    from teledesign.results.log import LogReport
    from teledesign.simulation import Progress

__all__ = ["simulate_log"]

PATIENCE_S = 1.0
"""How long a person waits before a progress bar appears."""


@click.command("simulate")
@click.argument("scenario")
@click.option("--users", type=int, help="Users in the panel on day 1; the scenario's own number if not given.")
@click.option("--days", type=int, help="Days of log; the scenario's own number if not given.")
@click.option("--events", type=int, help="About how many rows to make, instead of --users.")
@click.option(
    "--incident",
    "incidents",
    multiple=True,
    default=("drawn",),
    show_default=True,
    metavar="NAME",
    help="What goes wrong: an incident of the scenario, drawn, or none. Can be given again.",
)
@click.option("--seed", type=int, help="Another log of the same product; the public practice seed if not given.")
@click.option(
    "--format",
    "formats",
    default="parquet",
    show_default=True,
    metavar="NAME,NAME",
    help="parquet, jsonl, csv, and jsonl.gz, csv.gz, jsonl.zst, csv.zst.",
)
@click.option(
    "--jobs", type=int, default=1, show_default=True, help="Processes at work; the log is the same for any number."
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also write what really happened, into another folder.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The log's folder; log-SCENARIO if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def simulate_log(
    scenario: str,
    users: int | None,
    days: int | None,
    events: int | None,
    incidents: tuple[str, ...],
    seed: int | None,
    formats: str,
    jobs: int,
    truth: Path | None,
    output: Path | None,
    as_json: bool,
    course: Path | None,
) -> int:
    """Simulate the event log of a scenario.

    The same arguments give the same bytes. Counts are held against what the scenario's tables lead one to
    expect; where they do not agree the exit code is 1.
    """
    from teledesign.simulation import simulate

    location = find_course(course)
    click.echo(str(location), err=as_json)
    held = open_scenario(scenario, location)
    with _progress() as progress:
        report = simulate(
            held,
            seed=seed,
            users=users,
            days=days,
            events=events,
            incidents=incidents,
            out=output or Path(f"log-{held.scenario}"),
            formats=[name.strip() for name in formats.split(",") if name.strip()],
            jobs=jobs,
            truth=truth,
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps(_plain(report), indent=2))
    else:
        from teledesign.cli.tables import print_log

        print_log(report)
    return 0 if report.agrees else 1


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar while a person is watching, once the work has taken a second."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    begun = time.monotonic()
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, Any] = {}

    def tell(what: str, done: int, total: int) -> None:
        if time.monotonic() - begun < PATIENCE_S:
            return
        shown.start()
        if what not in tasks:
            tasks[what] = shown.add_task(what, total=total)
        shown.update(tasks[what], completed=done)

    try:
        yield tell
    finally:
        shown.stop()


def _plain(report: LogReport) -> dict[str, object]:
    return {
        "scenario": report.scenario,
        "folder": str(report.folder),
        "users": report.users,
        "users_who_left": report.left,
        "days": report.days,
        "sessions": report.sessions,
        "rows": report.rows,
        "bytes": report.bytes,
        "row_digest": report.digest,
        "seconds": round(report.seconds, 3),
        "agrees": report.agrees,
        "parts": [part.file for part in report.parts],
        "events": {
            event.event: {
                "rows": event.rows,
                "came": event.came,
                "expected": round(event.expected, 2),
                "standard_error": round(event.error, 2),
                "agrees": event.agrees,
            }
            for event in report.events
        },
    }

"""`teledesign simulate`: the event log of a scenario's panel."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from teledesign.cli.cores import usual_jobs
from teledesign.course import find_course, open_own_design
from teledesign.findings import Refusal

if TYPE_CHECKING:
    from teledesign.results.log import LogReport
    from teledesign.simulation import Progress as Told
    from teledesign.simulation import Step

__all__ = ["simulate_log"]

PATIENCE_S = 1.0
"""How long a person waits before a progress bar appears."""
MOST_COMPARED = 10_000_000
"""Rows up to which the log's figures are put beside the true ones at once; `truth -o` does it for larger logs."""


class _Day(click.DateTime):
    """A day of the calendar."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day, or wrong usage."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day of the calendar. Write one such as 2026-09-07.", param, ctx)


@click.command("simulate")
@click.argument("what", metavar="SCENARIO|DESIGN")
@click.option("--users", type=int, help="Users in the panel on day 1; the scenario's own number if not given.")
@click.option("--scale", type=float, metavar="TIMES", help="So many times the scenario's panel, instead of --users.")
@click.option("--events", type=int, help="As many users as make so many rows, instead of --users.")
@click.option("--days", type=int, help="Days of log; the scenario's own number if not given.")
@click.option("--start", type=_Day(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Day 1; the scenario's own if not given.")
@click.option("--seed", type=int, help="Another log of the same product; the public practice seed if not given.")
@click.option(
    "--incident",
    "incidents",
    multiple=True,
    default=("drawn",),
    show_default=True,
    metavar="NAME",
    help="What goes wrong: an incident of the scenario, drawn, or none. Can be given again.",
)
@click.option(
    "--delivery",
    type=click.Choice(["ordinary", "perfect"]),
    default="ordinary",
    show_default=True,
    help="The scenario's weather of networks and devices, or none of it.",
)
@click.option(
    "--format",
    "formats",
    default="parquet",
    show_default=True,
    metavar="NAME,NAME",
    help="parquet, jsonl, csv, and jsonl.gz, csv.gz, jsonl.zst, csv.zst.",
)
@click.option(
    "--jobs",
    type=int,
    help="Cores to use; as many as there are, up to 4, if not given. The log is the same for any number.",
)
@click.option("--resume", is_flag=True, help="Make only what an earlier run with the same arguments left to do.")
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
    what: str,
    users: int | None,
    scale: float | None,
    events: int | None,
    days: int | None,
    start: dt.datetime | None,
    seed: int | None,
    incidents: tuple[str, ...],
    delivery: str,
    formats: str,
    jobs: int | None,
    resume: bool,
    truth: Path | None,
    output: Path | None,
    as_json: bool,
    course: Path | None,
) -> int:
    """Simulate the event log of a scenario, or what a design collects of it.

    The same arguments give the same bytes. Counts are held against what the scenario's tables lead one to
    expect; where they do not agree the exit code is 1.
    """
    from teledesign.scenario.delivery import Delivery
    from teledesign.simulation import simulate

    location = find_course(course)
    click.echo(str(location), err=as_json)
    held, design = open_own_design(what, location)
    if design is not None:
        from teledesign.design import collect_everything

        design = None if design == collect_everything(held) else design
    out = output or Path(f"log-{held.scenario}")
    with _progress() as progress, _told_what_is_kept(out):
        report = simulate(
            held,
            seed=seed,
            users=users,
            scale=scale,
            days=days,
            start=None if start is None else start.date(),
            events=events,
            out=out,
            formats=[name.strip() for name in formats.split(",") if name.strip()],
            incidents=incidents,
            delivery=Delivery() if delivery == "perfect" else None,
            design=design,
            jobs=usual_jobs() if jobs is None else jobs,
            truth=truth,
            resume=resume,
            keep_stopped=True,
            progress=progress,
        )
    if truth is not None and report.rows <= MOST_COMPARED:
        from teledesign.outputs.log_truth import beside

        beside(truth, report.folder, held, design)
    if as_json:
        click.echo(json.dumps(_plain(report), indent=2))
    else:
        from teledesign.cli.logs import print_log

        print_log(report)
    return 0 if report.agrees else 1


@contextmanager
def _told_what_is_kept(out: Path) -> Iterator[None]:
    """Say after Ctrl-C, and when a run is cut short, where what was done lies, and how to go on."""
    from teledesign.simulation import CutShort, kept_of

    try:
        yield
    except KeyboardInterrupt:
        place = kept_of(out)
        if place is not None:
            click.echo(
                f"What is done is kept in {place}. The same command with --resume goes on; without, it begins anew.",
                err=True,
            )
        raise
    except CutShort as short:
        place = kept_of(out)
        if place is None:
            raise
        raise Refusal(
            f"{short.message}. What is done is kept in {place}: the same command with --resume goes on, without it "
            "begins anew"
        ) from short


@contextmanager
def _progress() -> Iterator[Told | None]:
    """A bar while a person is watching, once the work has taken a second."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[events]:,} events, {task.fields[rate]:,.0f} a second"),
        TimeRemainingColumn(),
    )
    begun = ended = time.monotonic()
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, Any] = {}
    since: dict[str, float] = {}

    def tell(step: Step) -> None:
        nonlocal ended
        now = time.monotonic()
        since.setdefault(step.what, ended)
        ended = now
        if now - begun < PATIENCE_S:
            return
        shown.start()
        if step.what not in tasks:
            tasks[step.what] = shown.add_task(step.what, total=step.total, events=0, rate=0.0)
        rate = step.events / max(now - since[step.what], 1e-3)
        shown.update(tasks[step.what], completed=step.done, events=step.events, rate=rate)

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
        "why_empty": report.why_empty,
        "events_asked_for": report.asked,
        "off_by": None if report.asked is None else round(report.off, 6),
        "may_be_off_by": None if report.asked is None else round(report.may_be_off, 6),
        "bytes": report.bytes,
        "row_digest": report.digest,
        "seconds": round(report.seconds, 3),
        "judged": report.is_judged,
        "agrees": report.agrees,
        "truth": None if report.truth is None else str(report.truth),
        "parts": [part.file for part in report.parts],
        "events": {
            event.event: {
                "rows": event.rows,
                "came": event.came,
                "expected": None if isnan(event.expected) else round(event.expected, 2),
                "standard_error": round(event.error, 2),
                "agrees": event.agrees,
            }
            for event in report.events
        },
    }

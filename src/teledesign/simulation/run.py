"""`simulate`: a scenario and a seed become a log on disk.

Pass one plays blocks of users, departures are settled, pass two writes slices of time.  Blocks and slices are tasks
without any order among them; workers only decide how many are done at once.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from math import hypot, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from teledesign.expectation import Expectation, expected_of
from teledesign.findings import Refusal, nearest
from teledesign.results.log import LogReport, Part
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.schedule import Running
from teledesign.simulation.checking import counted, spread
from teledesign.simulation.files.folder import check_place, check_truth_place, unfinished
from teledesign.simulation.files.journal import BlockReport, SliceDone
from teledesign.simulation.files.listing import TRUTH
from teledesign.simulation.files.parquet import pyarrow_or_refusal
from teledesign.simulation.files.slices import cut, is_whole
from teledesign.simulation.files.writers import FORMATS, NEEDING_ARROW
from teledesign.simulation.luck.draws import Seed, practice_seed
from teledesign.simulation.manifest import (
    earlier_parts,
    log_differs,
    truth_differs,
    work_tag,
    write_manifest,
    write_truth_summary,
)
from teledesign.simulation.panel import panel_for, panel_of
from teledesign.simulation.people.departures import Departures, Triggers, settle
from teledesign.simulation.people.population import DAY_MS
from teledesign.simulation.playing.blocks import Blocks
from teledesign.simulation.sending.weather import longest_wait_ms
from teledesign.simulation.sizes import MOST_DAYS, MOST_JOBS, MOST_ROWS, MOST_USERS, scaled, started, within
from teledesign.simulation.tasks import FEW_BLOCKS, Work, play_task, workers, write_task

if TYPE_CHECKING:
    from teledesign.design import Design

__all__ = ["Progress", "Step", "seed_of", "simulate"]


@dataclass(frozen=True)
class Step:
    """How far a simulation is: what is being done, how much of it is done of how much, and the events of it so far."""

    what: str
    done: int
    total: int
    events: int


Progress = Callable[[Step], None]
"""Called each time a little more is done."""
Result = TypeVar("Result")
Integers = npt.NDArray[np.int64]


def simulate(
    scenario: Scenario,
    *,
    seed: Seed | int | None = None,
    users: int | None = None,
    days: int | None = None,
    events: int | None = None,
    scale: float | None = None,
    start: dt.date | None = None,
    out: Path,
    formats: Sequence[str] = ("parquet",),
    incidents: Running | Iterable[str] = (),
    delivery: Delivery | None = None,
    design: Design | None = None,
    jobs: int = 1,
    truth: Path | None = None,
    resume: bool = False,
    keep_stopped: bool = False,
    options: tuple[str, str] = ("-o", "--truth"),
    progress: Progress | None = None,
) -> LogReport:
    """Simulate a scenario's panel and write its event log into the folder `out`.

    The panel has `users` when day 1 begins, or `scale` times the scenario's, or as many as make about `events` rows;
    day 1 is `start`.  Without a seed it is the public practice seed.  `incidents` are names, or `drawn` for one that
    the seed picks (when and how strongly they strike is drawn from it too), or settled ones; `delivery` stands in for
    the scenario's ordinary weather; `design` says what is collected, everything if there is none.  `truth` names a
    folder outside the log's for what really happened.  With `resume`, what an earlier run with the same arguments left
    is verified, and only what is missing is made; `keep_stopped` keeps what is done for it after Ctrl-C and where
    the disk is full.  A finished log of other arguments is never replaced by resuming.  `options` are what names `out`
    and `truth` where it was asked for.  The same arguments give the same bytes, whatever `jobs` and wherever `out` is.
    Raises Refusal.
    """
    begun = time.monotonic()
    _check_formats(formats, truth)
    for name, value, most in (("days", days, MOST_DAYS), ("users", users, MOST_USERS), ("jobs", jobs, MOST_JOBS)):
        within(name, value, most)
    within("events", events, MOST_ROWS)
    users = scaled(scenario, users, scale, events)
    check_place(out, option=options[0])
    if truth is not None:
        check_truth_place(truth, out, options[1])
    scenario = started(scenario, start)
    luck = seed_of(scenario, seed)
    held_days = days or scenario.product.clock.days
    weather = scenario if delivery is None else scenario.model_copy(update={"delivery": delivery})
    asked = Work(
        scenario=scenario,
        seed=luck,
        users=1,
        days=held_days,
        formats=tuple(dict.fromkeys(formats)),
        runs=out,
        out=out,
        truth=truth,
        blocks=Blocks(0, 0, 1, 1),
        delivery=delivery,
        design=design,
        resume=resume,
    )
    usual = expected_of(scenario)
    expectation = usual if delivery is None else Expectation(weather)
    if events is None:
        panel = panel_of(asked, weather, expectation, incidents, users)
    else:
        panel = panel_for(asked, weather, expectation, incidents, events)
    asked = replace(asked, users=panel.users, incidents=panel.incidents)
    tag = work_tag(asked)
    with ExitStack() as folders:
        beside = partial(unfinished, tag=tag, resume=resume, keep_stopped=keep_stopped)
        place = folders.enter_context(beside(out, differs=partial(log_differs, asked), option=options[0]))
        truth_place = None
        if truth is not None:
            differs = partial(truth_differs, asked)
            truth_place = folders.enter_context(beside(truth, TRUTH, differs=differs, option=options[1]))
        work = replace(asked, runs=place / "runs", out=place, truth=truth_place)
        if resume:
            work = replace(work, known=_kept(out, work))
        report = _made(work, usual, panel.expectation, (out, truth), jobs, progress, begun)
        # An even spread up to a bound has a standard error of the bound over the root of three.
        return replace(report, asked=events, spread=hypot(report.spread, report.rows * panel.scatter / sqrt(3)))


def _kept(out: Path, work: Work) -> dict[str, Part]:
    """The whole parts of a finished log, copied to where it is made again."""
    found = {}
    for name, part in earlier_parts(out, work).items():
        if is_whole(out, part):
            (work.out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(out / name, work.out / name)
            found[name] = part
    return found


def _made(
    work: Work,
    usual: Expectation,
    expectation: Expectation,
    places: tuple[Path, Path | None],
    jobs: int,
    progress: Progress | None,
    begun: float,
) -> LogReport:
    """Both passes, and what is written beside the parts; what is `usual` knows neither incidents nor other weather."""
    # Neither incidents nor weather may move a user to another block: the ids of rows hang on it.
    per_user_day = sum(usual.events_per_user_day(recorded=True).values())
    blocks_of_panel = Blocks.of(work.population.panel, work.days, per_user_day)
    per_session = per_user_day / max(usual.sessions_per_user_day(), 1e-9)
    work = work.with_blocks(blocks_of_panel.with_brought(work.population, per_session))
    work.runs.mkdir(exist_ok=True)
    blocks = list(work.blocks)
    is_small = len(blocks) <= FEW_BLOCKS
    work = replace(work, ahead=is_small and jobs > 1)
    with workers(work, 1 if is_small else min(jobs, len(blocks))) as do:
        played: list[BlockReport] = _told(do(play_task, blocks), "playing", len(blocks), progress, _rows_of_block)
        triggers = Triggers.together([block.triggers for block in played], work.truth_layout.causes)
        departures = settle(triggers, work.population.all_own_departures())
        np.save(work.left_file, departures.by_user(work.population.size))
        slices = cut(np.sum([block.rows_per_bin for block in played], axis=0), work.bin_ms, work.end_ms)
        np.save(work.edges_file, np.array([slices[0].first, *(span.last for span in slices)]))
        spans = [(span, len(slices) - 1) for span in slices]
        written: list[SliceDone] = _told(do(write_task, spans), "writing", len(spans), progress, _rows_of_slice)
    reports = [done.report for done in written]
    events = counted(work, expectation, reports)
    sessions = sum(block.sessions for block in played)
    report = LogReport(
        scenario=work.scenario.scenario,
        folder=places[0],
        users=work.users,
        days=work.days,
        sessions=sessions,
        rows=sum(one.rows for one in reports),
        digest=str(sum((one.digest for one in reports[1:]), reports[0].digest)),
        parts=tuple(part for one in reports for part in one.parts),
        events=events,
        left=len(departures.users),
        seconds=time.monotonic() - begun,
        truth=places[1],
        longest_wait_ms=longest_wait_ms(work.weather.delivery)
        + (work.collection.longest_wait_ms if work.collection is not None else 0),
        spread=spread(work, reports, sessions, events),
    )
    write_manifest(work, report)
    if work.truth is not None:
        write_truth_summary(work, report, played, written, _users_there(work, departures))
    # Last of all: where the disk is full before, there is something to go on from.
    shutil.rmtree(work.runs)
    return report


def _users_there(work: Work, departures: Departures) -> Integers:
    """The users who have joined and not left at the middle of each day."""
    noon = np.arange(work.days) * DAY_MS + DAY_MS // 2
    return work.population.present(noon) - np.searchsorted(np.sort(departures.moments), noon, side="right")


def _told(
    results: Iterable[Result], what: str, total: int, progress: Progress | None, rows: Callable[[Result], int]
) -> list[Result]:
    found = []
    events = 0
    for number, result in enumerate(results, start=1):
        found.append(result)
        events += rows(result)
        if progress is not None:
            progress(Step(what, number, total, events))
    return found


def _rows_of_block(report: BlockReport) -> int:
    return int(report.rows_per_bin.sum())


def _rows_of_slice(done: SliceDone) -> int:
    return done.report.rows


def seed_of(scenario: Scenario, seed: Seed | int | None) -> Seed:
    """The seed meant: a number a person named, the public practice seed, or one made elsewhere."""
    if seed is None:
        return practice_seed(scenario.scenario)
    if isinstance(seed, Seed):
        return seed
    if not 0 <= seed < 2**63:
        raise Refusal(f"the seed {seed} is out of range. Use a whole number from 0 to 9223372036854775807")
    return Seed.of_number(seed)


def _check_formats(formats: Sequence[str], truth: Path | None) -> None:
    if not formats:
        raise Refusal(f"no format was named. Choose from {', '.join(FORMATS)}")
    for name in formats:
        if name not in FORMATS:
            close = nearest(name, FORMATS)
            remedy = f"Did you mean {close}?" if close else f"Choose from {', '.join(FORMATS)}"
            raise Refusal(f"there is no format {name!r}. {remedy}")
    if NEEDING_ARROW.intersection(formats) or truth is not None:
        pyarrow_or_refusal()

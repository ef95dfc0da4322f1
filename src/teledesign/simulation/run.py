"""`simulate`: a scenario and a seed become a log on disk.

Pass one plays blocks of users, departures are settled, pass two writes slices of time.  Blocks and slices are tasks
without any order among them; workers only decide how many are done at once.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import numpy as np

from teledesign.design import Design
from teledesign.expectation import Expectation
from teledesign.findings import Refusal, nearest
from teledesign.results.log import LogReport
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.schedule import Running
from teledesign.simulation.blocks import Blocks
from teledesign.simulation.checking import counted
from teledesign.simulation.delivery import longest_wait_ms
from teledesign.simulation.departures import Triggers, settle
from teledesign.simulation.draws import Seed, practice_seed
from teledesign.simulation.folder import TRUTH, check_place, check_truth_place, unfinished
from teledesign.simulation.manifest import write_manifest, write_truth_summary
from teledesign.simulation.scheduled import scheduled
from teledesign.simulation.slices import cut
from teledesign.simulation.tasks import BlockReport, SliceDone, Work, play_task, workers, write_task
from teledesign.simulation.writers import FORMATS, pyarrow_or_refusal

__all__ = ["MOST_DAYS", "MOST_JOBS", "MOST_ROWS", "MOST_USERS", "Progress", "panel_size", "seed_of", "simulate"]

MOST_USERS = 50_000_000
MOST_DAYS = 3650
MOST_ROWS = 20_000_000_000
MOST_JOBS = 256

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""
Result = TypeVar("Result")


def simulate(
    scenario: Scenario,
    *,
    seed: Seed | int | None = None,
    users: int | None = None,
    days: int | None = None,
    events: int | None = None,
    out: Path,
    formats: Sequence[str] = ("parquet",),
    incidents: Running | Iterable[str] = (),
    delivery: Delivery | None = None,
    design: Design | None = None,
    jobs: int = 1,
    truth: Path | None = None,
    progress: Progress | None = None,
) -> LogReport:
    """Simulate a scenario's panel and write its event log into the folder `out`.

    The panel has `users` when day 1 begins, or as many as make about `events` rows.  Without a seed it is the
    public practice seed.  `incidents` are names, or `drawn` for one that the seed picks (when and how strongly they
    strike is drawn from it too), or settled ones; `delivery` stands in for the scenario's ordinary weather; `design`
    says what is collected, everything if there is none.  `truth` names a folder outside the log's for what really
    happened.  The same arguments give the same bytes, whatever `jobs` and wherever `out` is.  Raises Refusal.
    """
    begun = time.monotonic()
    _check_formats(formats, truth)
    _within("days", days, MOST_DAYS)
    _within("users", users, MOST_USERS)
    _within("jobs", jobs, MOST_JOBS)
    _within("events", events, MOST_ROWS)
    check_place(out)
    if truth is not None:
        check_truth_place(truth, out)
    weather = scenario if delivery is None else scenario.model_copy(update={"delivery": delivery})
    held_days = days or scenario.product.clock.days
    panel = panel_size(Expectation(weather), users, held_days, events)
    luck = seed_of(scenario, seed)
    running = scheduled(scenario, incidents, luck, panel, held_days)
    with ExitStack() as folders:
        place = folders.enter_context(unfinished(out))
        truth_place = None if truth is None else folders.enter_context(unfinished(truth, TRUTH))
        work = Work(
            scenario=scenario,
            seed=luck,
            users=panel,
            days=held_days,
            formats=tuple(dict.fromkeys(formats)),
            runs=place / "runs",
            out=place,
            truth=truth_place,
            blocks=Blocks(0, 0, 1, 1),
            incidents=running,
            delivery=delivery,
            design=design,
        )
        return _made(work, Expectation(_of_size(weather, panel), running), (out, truth), jobs, progress, begun)


def _of_size(scenario: Scenario, users: int) -> Scenario:
    """The scenario with a panel of so many users: what incidents bring is counted per user of it."""
    return scenario.model_copy(update={"people": scenario.people.model_copy(update={"simulate": users})})


def _made(
    work: Work,
    expectation: Expectation,
    places: tuple[Path, Path | None],
    jobs: int,
    progress: Progress | None,
    begun: float,
) -> LogReport:
    """Both passes, and what is written beside the parts."""
    # Neither incidents nor weather may move a user to another block: the ids of rows hang on it.
    usual = Expectation(work.scenario)
    per_user_day = sum(usual.events_per_user_day(recorded=True).values())
    blocks_of_panel = Blocks.of(work.population.panel, work.days, per_user_day)
    per_session = per_user_day / max(usual.sessions_per_user_day(), 1e-9)
    work = work.with_blocks(blocks_of_panel.with_brought(work.population, per_session))
    work.runs.mkdir()
    blocks = list(work.blocks)
    with workers(work, min(jobs, max(len(blocks), 1))) as do:
        played: list[BlockReport] = _told(do(play_task, blocks), "playing", len(blocks), progress)
        triggers = Triggers.together([block.triggers for block in played], work.truth_layout.causes)
        departures = settle(triggers, work.population.all_own_departures())
        np.save(work.left_file, departures.by_user(work.population.size))
        slices = cut(np.sum([block.rows_per_bin for block in played], axis=0), work.bin_ms, work.end_ms)
        spans = [(span, len(slices) - 1) for span in slices]
        written: list[SliceDone] = _told(do(write_task, spans), "writing", len(spans), progress)
    shutil.rmtree(work.runs)
    report = LogReport(
        scenario=work.scenario.scenario,
        folder=places[0],
        users=work.users,
        days=work.days,
        sessions=sum(block.sessions for block in played),
        rows=sum(done.report.rows for done in written),
        digest=str(sum((done.report.digest for done in written[1:]), written[0].report.digest)),
        parts=tuple(part for done in written for part in done.report.parts),
        events=counted(work, expectation, [done.report for done in written]),
        left=len(departures.users),
        seconds=time.monotonic() - begun,
        truth=places[1],
        longest_wait_ms=longest_wait_ms(work.weather.delivery),
    )
    write_manifest(work, report)
    if work.truth is not None:
        write_truth_summary(work, report, written)
    return report


def _told(results: Iterable[Result], what: str, total: int, progress: Progress | None) -> list[Result]:
    found = []
    for number, result in enumerate(results, start=1):
        found.append(result)
        if progress is not None:
            progress(what, number, total)
    return found


def seed_of(scenario: Scenario, seed: Seed | int | None) -> Seed:
    """The seed meant: a number a person named, the public practice seed, or one made elsewhere."""
    if seed is None:
        return practice_seed(scenario.scenario)
    if isinstance(seed, Seed):
        return seed
    if not 0 <= seed < 2**63:
        raise Refusal(f"the seed {seed} is out of range. Use a whole number from 0 to 9223372036854775807")
    return Seed.of_number(seed)


def panel_size(expectation: Expectation, users: int | None, days: int, events: int | None) -> int:
    """How many users there are when day 1 begins.  Raises Refusal for what would be too much."""
    if users is not None and events is not None:
        raise Refusal("both a number of users and a number of events were given. Keep one of --users and --events")
    panel = expectation.plan.users if users is None else users
    per_day = sum(expectation.events_per_user_day(delivered=True).values())
    if events is not None:
        if per_day <= 0:
            raise Refusal("this scenario writes no events. Give its steps some, or name --users instead of --events")
        panel = max(1, round(events / sum(expectation.log_rows(1, days, delivered=True).values())))
        _within("users", panel, MOST_USERS)
    if per_day * panel * days > MOST_ROWS:
        raise Refusal(
            f"{panel:,} users over {days:,} days would write {per_day * panel * days:.2g} rows. Ask for fewer"
        )
    return panel


def _within(name: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise Refusal(f"--{name} {value} is out of range. Use a whole number from 1 to {most}")


def _check_formats(formats: Sequence[str], truth: Path | None) -> None:
    if not formats:
        raise Refusal(f"no format was named. Choose from {', '.join(FORMATS)}")
    for name in formats:
        if name not in FORMATS:
            close = nearest(name, FORMATS)
            remedy = f"Did you mean {close}?" if close else f"Choose from {', '.join(FORMATS)}"
            raise Refusal(f"there is no format {name!r}. {remedy}")
    if "parquet" in formats or truth is not None:
        pyarrow_or_refusal()

"""The two kinds of task of a simulation, each a pure function of what a worker knows and one argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from teledesign.results.log import Part
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.plan import Plan
from teledesign.scenario.schedule import Running
from teledesign.simulation.attended import workers_of
from teledesign.simulation.files.journal import BlockReport, Journal, SliceDone
from teledesign.simulation.files.parquet import GROUP
from teledesign.simulation.files.printer import Printer
from teledesign.simulation.files.slices import Slice, still_there, there, write_slice
from teledesign.simulation.heap import give_back, keep_pages
from teledesign.simulation.luck.draws import Seed
from teledesign.simulation.people.departures import Triggers
from teledesign.simulation.people.population import DAY_MS, Population
from teledesign.simulation.playing.blocks import Block, Blocks, begin_block, keyed, numbered, triggers_of
from teledesign.simulation.playing.journeys import play
from teledesign.simulation.playing.played import Played
from teledesign.simulation.playing.recording import Recorder
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.arriving import log_sections
from teledesign.simulation.rows.layout import Layout
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.rows.records import Records, in_long_parts
from teledesign.simulation.rows.runs import Runs, Section, write_run
from teledesign.simulation.sending.clients import OnDevices, written
from teledesign.simulation.sending.collection import Collection
from teledesign.simulation.sending.faults import Faults
from teledesign.simulation.sending.weather import Weather
from teledesign.simulation.truth.outcomes import OUTCOMES, Outcomes
from teledesign.simulation.truth.stopped import stopped_between, stopped_sections
from teledesign.simulation.truth.tables import (
    ENTERED,
    INTERACTIONS,
    Staying,
    TruthLayout,
    days_entered,
    interactions,
    steps_entered,
    write_truth,
)

if TYPE_CHECKING:
    from teledesign.design import Design

__all__ = ["BlockReport", "SliceDone", "Trial", "Work", "play_task", "trial", "workers", "write_task"]

MOST_BINS = 100_000
FEW_BLOCKS = 8
"""So few blocks are played and written by one process alone: to start others takes longer than they save."""


@dataclass(frozen=True)
class Work:
    """All a worker has to know; everything else follows from it."""

    scenario: Scenario
    seed: Seed
    users: int
    days: int
    formats: tuple[str, ...]
    runs: Path
    out: Path
    truth: Path | None
    blocks: Blocks
    incidents: Running = field(default_factory=dict)
    delivery: Delivery | None = None
    """What happens on the way into the log, in place of the scenario's ordinary weather."""
    design: Design | None = None
    """What is collected; None for everything, sent at once."""
    resume: bool = False
    """Whether what an earlier run left behind is believed."""
    known: Mapping[str, Part] = field(default_factory=dict)
    """Parts of an earlier log that may be there still, by file."""
    ahead: bool = False
    """Whether one process does it all, with writing going on in a thread."""

    @property
    def journal(self) -> Journal:
        """What is already done."""
        return Journal(self.runs, self.resume)

    def with_blocks(self, blocks: Blocks) -> Work:
        """The same work, cut into these blocks."""
        return replace(self, blocks=blocks)

    @cached_property
    def plan(self) -> Plan:
        """The compiled scenario."""
        return Plan.of(self.scenario, self.incidents)

    @cached_property
    def layout(self) -> Layout:
        """The columns of the log."""
        return Layout.of(self.scenario, self.plan.faults, self.design)

    @cached_property
    def collection(self) -> Collection | None:
        """What the design does to rows."""
        return None if self.design is None else Collection(self.scenario, self.design, self.layout, self.population)

    @cached_property
    def faults(self) -> Faults:
        """What incidents do to rows."""
        return Faults(self.population)

    @cached_property
    def weather(self) -> Weather:
        """What happens on the way into the log."""
        return Weather(self.scenario.delivery if self.delivery is None else self.delivery, self.faults)

    @cached_property
    def population(self) -> Population:
        """The panel."""
        return Population(self.plan, self.seed, self.users, self.days)

    @cached_property
    def script(self) -> Script:
        """The plan ready to be played."""
        return Script.of(self.plan, self.layout, self.population)

    @cached_property
    def printer(self) -> Printer:
        """What prints rows."""
        return Printer.of(self.scenario, self.layout, self.seed)

    @cached_property
    def truth_layout(self) -> TruthLayout:
        """The columns of the truth."""
        return TruthLayout(self.script)

    @cached_property
    def outcomes(self) -> Outcomes:
        """The metrics of truth."""
        return Outcomes(self.scenario, self.script)

    @property
    def end_ms(self) -> int:
        """The end of the log, in ms after its start."""
        return self.days * DAY_MS

    @property
    def hours(self) -> int:
        """The hours of the log."""
        return self.days * 24

    @property
    def bin_ms(self) -> int:
        """The grain on which slices are cut: a minute, more for very long logs."""
        least = -(-self.days * 1440 // MOST_BINS)
        return 60_000 * next(minutes for minutes in range(least, 1441) if 1440 % minutes == 0)

    def run_of(self, number: int) -> Path:
        """The run of a block."""
        return self.runs / f"block-{number:06d}.run"

    @cached_property
    def all_runs(self) -> Runs:
        """The runs of all blocks, once they are there and it is known where slices are cut."""
        return Runs([self.run_of(number) for number in range(len(self.blocks))], np.load(self.edges_file))

    @property
    def edges_file(self) -> Path:
        """The moments between slices."""
        return self.runs / "edges.npy"

    @property
    def left_file(self) -> Path:
        """When each user left."""
        return self.runs / "left.npy"


def play_task(work: Work, block: Block) -> BlockReport:
    """Pass one for one block: play it, leave its run on disk, unless that was done before."""
    run = work.run_of(block.number)
    found = work.journal.block(block.number, run)
    if found is None:
        found = _played(work, block)
        work.journal.note_block(block.number, run, found)
    return found


def _played(work: Work, block: Block) -> BlockReport:
    script = work.script
    root = begin_block(script, block)
    played = list(play(root, visits=work.truth is not None))
    triggers = triggers_of(script, played)
    per_bin = np.zeros(-(-work.end_ms // work.bin_ms), dtype=np.int64)
    entered = np.zeros((len(work.truth_layout.steps), work.days), dtype=np.int64) if work.truth is not None else None
    recorder = Recorder(script)
    on_devices = _on_devices(work, recorder, played, block)
    stopped = [part.stopped for part in on_devices]

    def sections() -> Iterator[Section]:
        sent = [(part.layout, rows) for part, rows in _sent(work, recorder, on_devices, block)]
        on_devices.clear()  # rows as written need not be held any longer
        for _, rows in sent:
            received = rows["received"][rows["fate"] & np.uint32(work.faults.kept_out) == 0]
            bins = received[received < work.end_ms] // work.bin_ms
            np.add(per_bin, np.bincount(bins, minlength=len(per_bin)), out=per_bin)
        yield from log_sections(work.layout, sent)
        sent.clear()
        if entered is None:
            return
        yield from stopped_sections(work.collection, stopped)
        yield Section(INTERACTIONS, [interactions(work.truth_layout, recorder, played)], by="at")
        staying = _staying(work, block, triggers)
        # A short part is as much to read about, for each slice anew, as a long one.
        steps = steps_entered(work.truth_layout, recorder, played, staying, entered)
        yield Section(ENTERED, in_long_parts(steps))
        yield Section(OUTCOMES, in_long_parts(work.outcomes.counting(recorder, played)))

    write_run(work.run_of(block.number), sections())
    return BlockReport(triggers, per_bin, len(root), entered)


def _staying(work: Work, block: Block, triggers: Triggers) -> Staying | None:
    """Who of a block is known to stay, if nothing in other blocks can make them leave."""
    if not work.script.leaves_by_itself:
        return None
    stay = work.population.own_departures(np.arange(block.first, block.last)) >= work.end_ms
    stay[triggers.user - block.first] = False
    return Staying(block.first, stay)


@dataclass(frozen=True)
class Trial:
    """What a small log tells of a large one."""

    written: int
    """Rows that the clients of those it is about write, before anything is sampled or counted up."""
    counted_up: int
    """Rows counted up on devices that reach the log, in time or late."""
    late: float
    """The share of rows that arrive after the last day."""


def trial(work: Work, block: Block) -> Trial:
    """A block's rows looked at and not kept, as if nobody left."""
    root = begin_block(work.script, block)
    recorder = Recorder(work.script)
    on_devices = _on_devices(work, recorder, list(play(root)), block)
    wanted = work.collection.wanted if work.collection is not None else lambda rows: np.ones(len(rows), dtype=bool)
    written = sum(int(wanted(part.written.records).sum()) for part in on_devices)
    late = total = counted_up = 0
    for part, rows in _sent(work, recorder, on_devices, block):
        received = rows["received"][rows["fate"] & np.uint32(work.faults.kept_out) == 0]
        total += len(received)
        late += int((received >= work.end_ms).sum())
        counted_up += len(received) if part.layout.is_summary else 0
    return Trial(written, counted_up, late / total if total else 0.0)


def _on_devices(work: Work, recorder: Recorder, played: list[Played], block: Block) -> list[OnDevices]:
    """Every event's rows of a block, as clients write them or would have written them."""
    recorded = recorder.record(played)
    keyed(recorded, block.number)
    return [written(work.faults, part) for part in recorded]


def _sent(
    work: Work, recorder: Recorder, on_devices: list[OnDevices], block: Block
) -> Iterator[tuple[Recorded, Records]]:
    """What becomes of what is written: collected, numbered, changed by faults, delivered; in no order."""
    recorded = [part.written for part in on_devices]
    if work.collection is not None:
        recorded = work.collection.collect(recorded, block.number)
    if not recorded:
        return
    numbered(recorded)
    sent = work.collection.sent(recorded) if work.collection is not None else None
    climate = work.weather.climate(recorder.anchors)
    for place, part in enumerate(recorded):
        work.faults.on_the_client(part.layout, part.records)
        yield part, work.weather.deliver(part, climate, sent[place] if sent else None)


def write_task(work: Work, argument: tuple[Slice, int]) -> SliceDone:
    """Pass two for one slice of so many: write its parts, and its truth, unless that was done before."""
    span, count = argument
    stem = _stem(work, span, count)
    with_truth = work.truth is not None and span.in_log
    truth = work.truth / f"truth{stem}.parquet" if work.truth is not None else None
    found = work.journal.slice(span.number, work.out, truth, with_truth)
    if found is None:
        give_back()
        counted = range(span.number, len(work.blocks), count) if with_truth else range(0)
        found = _written(work, span, stem, truth if with_truth else None, counted)
        work.journal.note_slice(span.number, found)
    return found


def _stem(work: Work, span: Slice, count: int) -> str:
    """What the names of a slice's files have in common: the number of the slice, where there are several."""
    return "" if count == 1 else f"-{span.number + 1:05d}"


def _folder(work: Work, span: Slice) -> str:
    """The folder of a slice's parts: one per day of arrival in large logs."""
    if not span.by_day:
        return ""
    day = work.scenario.product.clock.start + dt.timedelta(days=span.first // DAY_MS)
    return f"day={day}/"


def _written(work: Work, span: Slice, stem: str, truth: Path | None, counted: Sequence[int]) -> SliceDone:
    """A slice's parts and its truth; what the truth only counts is counted of the blocks `counted`, for all time."""
    runs = work.all_runs
    left = np.load(work.left_file, mmap_mode="r").view(np.ndarray)
    report = write_slice(
        work.printer,
        runs,
        span,
        left,
        work.out,
        work.formats,
        f"{_folder(work, span)}events{stem}",
        work.faults.kept_out,
        work.known,
        work.ahead,
    )
    if truth is None:
        return SliceDone(report)
    give_back()
    layout = work.truth_layout
    spans = runs.in_pieces(span.number, INTERACTIONS, layout.kinds, GROUP)
    told = write_truth(truth, layout, work.printer, (still_there(records, left) for records in spans), work.ahead)
    entered = np.zeros((len(layout.steps), work.days), dtype=np.int64)
    outcomes = np.zeros((len(work.outcomes.counters), work.days, len(work.outcomes.slices)), dtype=np.int64)
    for number in counted:
        for records in runs.all_of(number, ENTERED, GROUP):
            entered += days_entered(layout, records, there(records, left), work.days)
        for records in runs.all_of(number, OUTCOMES, GROUP):
            outcomes += work.outcomes.counted(records, there(records, left), work.days)
    stopped = stopped_between(work.layout, runs, span, left)
    return SliceDone(replace(report, fates=report.fates + stopped), told, entered, outcomes)


_WORK: list[Work] = []
"""What this worker process knows."""


def _start_worker(work: Work) -> None:
    keep_pages()
    _WORK[:] = [work]


def _in_worker(call: tuple[Callable[[Work, Any], Any], Any]) -> Any:
    task, argument = call
    return task(_WORK[0], argument)


@contextmanager
def workers(work: Work, jobs: int) -> Iterator[Callable[[Callable[[Work, Any], Any], Sequence[Any]], Iterator[Any]]]:
    """Something that does a task for each argument and gives the results in the order of the arguments."""
    if jobs == 1:
        keep_pages()
        yield lambda task, arguments: (task(work, argument) for argument in arguments)
        return
    with workers_of(jobs, _start_worker, (replace(work),)) as do:
        yield lambda task, arguments: do(_in_worker, [(task, argument) for argument in arguments])

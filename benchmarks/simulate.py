"""Events a second of every shipped topic to Parquet and JSON lines on one and two workers; what writing alone takes.

Every run is a process of its own; medians over runs. CPU seconds are printed beside wall seconds because they are less
disturbed by others on the machine. The rate counts from the first block to the last part (imports and reading of
the scenario are the "start"). Truth, two incidents and the ordinary weather are on. "writing" is the share of the CPU
time that writers take to make the bytes of the log and of its truth from columns of rows in order; "packing" that part
of it which pyarrow takes for tables of its own, whose ids are texts and codes dictionaries already.
Then: 10,000 events from a cold start of the command; time and memory at sizes of log ten times apart, up to `largest`
(ten times `events` unless said).
Run: .venv/bin/python benchmarks/simulate.py [events] [runs] [largest]
"""

import functools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import installed

FORMATS = ("parquet", "jsonl")
JOBS = (1, 2)
TIMES_LARGER = 10


def topics() -> list[str]:
    from teledesign.resources import packaged_course

    return sorted(path.parent.name for path in (packaged_course() / "scenarios").glob("*/scenario.yaml"))


def measured(topic: str, form: str, events: int, jobs: int) -> dict[str, float]:
    """One run in a process of its own."""
    command = [sys.executable, __file__, "--one", topic, form, str(events), str(jobs)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


class Spent:
    """CPU seconds within some functions, those that they call among themselves counted once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.depth = 0

    def within(self, holder: Any, name: str) -> None:
        """Count what a function of a class or module takes."""
        plain = getattr(holder, name)

        @functools.wraps(plain)
        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.process_time()
            self.depth += 1
            try:
                return plain(*arguments, **named)
            finally:
                self.depth -= 1
                if not self.depth:
                    self.seconds += time.process_time() - begun

        setattr(holder, name, timed)


def one(topic: str, form: str, events: int, jobs: int) -> None:
    import pyarrow.parquet as pq

    from teledesign.reading import read_scenario
    from teledesign.resources import packaged_course
    from teledesign.simulation import simulate
    from teledesign.simulation.files.lines import TextPart
    from teledesign.simulation.files.parquet import ParquetPart
    from teledesign.simulation.truth import tables

    scenario = read_scenario(packaged_course() / "scenarios" / topic / "scenario.yaml").value
    assert scenario is not None
    incidents = list(scenario.incidents)[:2]
    packing, writing = Spent(), Spent()
    if jobs == 1:
        for name in ("write_table", "close"):
            packing.within(pq.ParquetWriter, name)
            writing.within(pq.ParquetWriter, name)
        for holder in (ParquetPart, TextPart):
            writing.within(holder, "write")
        writing.within(tables, "_columns")
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        out, truth = Path(folder) / "log", Path(folder) / "truth"
        report = simulate(scenario, events=events, out=out, formats=[form], jobs=jobs, incidents=incidents, truth=truth)
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    found = {
        "rows": report.rows,
        "wall": report.seconds,
        "cpu": sum(part.ru_utime + part.ru_stime for part in used) - start,
        "start": start,
        "bytes": report.bytes,
        "peak": max(part.ru_maxrss for part in used) / 1024,
        "agrees": report.agrees,
        "writing": writing.seconds,
        "packing": packing.seconds,
    }
    print(json.dumps(found))


def cold(topic: str, runs: int) -> tuple[float, float]:
    """Wall seconds of 10,000 events from a cold start of the command, and of `python -c pass`."""
    found, bare = [], []
    environment = installed.environment()
    for run in range(runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            for command, into in (
                (["-m", "teledesign", "simulate", topic, "--events", "10000", "-o", f"{folder}/log"], found),
                (["-c", "pass"], bare),
            ):
                begun = time.monotonic()
                subprocess.run([sys.executable, *command], check=False, stdout=subprocess.DEVNULL, env=environment)
                if run:  # the first one writes the bytecode
                    into.append(time.monotonic() - begun)
    return statistics.median(found), statistics.median(bare)


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"about {events:,} events with truth, slices, weather and two incidents; medians of {runs}")
    titles = (
        f"{'topic':<16} {'format':<8} {'jobs':>4} {'rows':>11} {'wall s':>7} {'M/s':>6} {'CPU s':>6} {'M/CPU s':>8}"
    )
    print(f"{titles} {'B/row':>6} {'MiB':>5} {'writing':>8} {'packing':>8}")
    for topic in topics():
        for form in FORMATS:
            for jobs in JOBS:
                found = [measured(topic, form, events, jobs) for _ in range(runs)]
                middle = {name: statistics.median(run[name] for run in found) for name in found[0]}
                shares = [f"{middle[name] / middle['cpu']:>8.2f}" for name in ("writing", "packing") if jobs == 1]
                print(
                    f"{topic:<16} {form:<8} {jobs:>4} {middle['rows']:>11,.0f} {middle['wall']:>7.2f} "
                    f"{middle['rows'] / middle['wall'] / 1e6:>6.2f} {middle['cpu']:>6.2f} "
                    f"{middle['rows'] / middle['cpu'] / 1e6:>8.2f} {middle['bytes'] / middle['rows']:>6.1f} "
                    f"{middle['peak']:>5.0f} {' '.join(shares)}" + ("" if middle["agrees"] else "   counts DISAGREE"),
                    flush=True,
                )
    print("\n10,000 events from a cold start")
    for topic in topics():
        whole, bare = cold(topic, runs)
        print(f"{topic:<16} {whole:>6.2f} s, {whole - bare:.2f} s above python -c pass", flush=True)
    largest = int(sys.argv[3]) if len(sys.argv) > 3 else events * TIMES_LARGER
    print("\nsizes: Parquet, two at work; memory of the larger of the two, which no other process exceeds")
    for topic in topics():
        size = events
        while size <= largest:
            found_here = measured(topic, "parquet", size, 2)
            print(
                f"{topic:<16} {found_here['rows']:>12,.0f} rows {found_here['wall']:>8.1f} s "
                f"{found_here['wall'] / found_here['rows'] * 1e9:>6.0f} ns a row {found_here['peak']:>5.0f} MiB",
                flush=True,
            )
            size *= TIMES_LARGER


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main()

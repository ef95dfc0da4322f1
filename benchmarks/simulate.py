"""Events a second of every shipped topic to Parquet and JSON lines, and peak memory at two sizes of log.

Every run is a process of its own; medians over runs. CPU seconds are printed beside wall seconds because they are less
disturbed by others on the machine. The rate counts from the first block to the last part (imports and reading of
the scenario are the "start").
Run: .venv/bin/python benchmarks/simulate.py [events] [runs] [jobs]
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORMATS = ("parquet", "jsonl")
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


def one(topic: str, form: str, events: int, jobs: int) -> None:
    from teledesign.reading import read_scenario
    from teledesign.resources import packaged_course
    from teledesign.simulation import simulate

    scenario = read_scenario(packaged_course() / "scenarios" / topic / "scenario.yaml").value
    assert scenario is not None
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        report = simulate(scenario, events=events, out=Path(folder) / "log", formats=[form], jobs=jobs)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        json.dumps(
            {
                "rows": report.rows,
                "wall": report.seconds,
                "cpu": sum(part.ru_utime + part.ru_stime for part in used) - start,
                "start": start,
                "bytes": report.bytes,
                "peak": max(part.ru_maxrss for part in used) / 1024,
                "agrees": report.agrees,
            }
        )
    )


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    jobs = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    print(f"about {events:,} events, medians of {runs}, {jobs} process(es) at work")
    titles = f"{'topic':<16} {'format':<8} {'rows':>11} {'wall s':>7} {'M/s':>6} {'CPU s':>6} {'M/CPU s':>8}"
    print(f"{titles} {'B/row':>6} {'MiB':>5}")
    for topic in topics():
        for form in FORMATS:
            found = [measured(topic, form, events, jobs) for _ in range(runs)]
            middle = {name: statistics.median(run[name] for run in found) for name in found[0]}
            print(
                f"{topic:<16} {form:<8} {middle['rows']:>11,.0f} {middle['wall']:>7.2f} "
                f"{middle['rows'] / middle['wall'] / 1e6:>6.2f} {middle['cpu']:>6.2f} "
                f"{middle['rows'] / middle['cpu'] / 1e6:>8.2f} {middle['bytes'] / middle['rows']:>6.1f} "
                f"{middle['peak']:>5.0f}" + ("" if middle["agrees"] else "   counts DISAGREE"),
                flush=True,
            )
    print(f"\npeak memory of the largest process, Parquet, {jobs} at work")
    for topic in topics():
        small, large = (measured(topic, "parquet", size, jobs) for size in (events, events * TIMES_LARGER))
        print(
            f"{topic:<16} {small['peak']:>5.0f} MiB at {small['rows']:>11,.0f} rows, "
            f"{large['peak']:>5.0f} MiB at {large['rows']:>12,.0f} rows, "
            f"{large['wall'] / small['wall']:.1f} times the time",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main()

"""Events a second of every shipped topic to Parquet and JSON lines on one and two workers; what writing alone takes.

Every run is a process of its own; medians over runs. CPU seconds are printed beside wall seconds because they are less
disturbed by others on the machine. The rate counts from the first block to the last part (imports and reading of
the scenario are the "start"). Truth, two incidents and the ordinary weather are on. "of writing alone" is the share of
the CPU time that writing the same columns (the log's, and the truth's as Parquet) through the same writers takes when
they are in memory already.
Then: 10,000 events from a cold start of the command; time and memory at sizes of log ten times apart, up to `largest`
(ten times `events` unless said).
Run: .venv/bin/python benchmarks/simulate.py [events] [runs] [largest]
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def one(topic: str, form: str, events: int, jobs: int) -> None:
    from teledesign.reading import read_scenario
    from teledesign.resources import packaged_course
    from teledesign.simulation import simulate
    from teledesign.simulation.files.lines import TextPart
    from teledesign.simulation.rows.arriving import Page

    scenario = read_scenario(packaged_course() / "scenarios" / topic / "scenario.yaml").value
    assert scenario is not None
    incidents = list(scenario.incidents)[:2]
    spent = [0.0]
    plain = TextPart.write

    def timed(part: TextPart, page: Page) -> None:
        begun = time.process_time()
        plain(part, page)
        spent[0] += time.process_time() - begun

    if jobs == 1:
        TextPart.write = timed  # type: ignore[method-assign]
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        out, truth = Path(folder) / "log", Path(folder) / "truth"
        report = simulate(scenario, events=events, out=out, formats=[form], jobs=jobs, incidents=incidents, truth=truth)
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(part.ru_utime + part.ru_stime for part in used) - start
        alone = 0.0
        if jobs == 1:
            alone = written_again(truth) + (written_again(out) if form == "parquet" else spent[0])
    found = {
        "rows": report.rows,
        "wall": report.seconds,
        "cpu": cpu,
        "start": start,
        "bytes": report.bytes,
        "peak": max(part.ru_maxrss for part in used) / 1024,
        "agrees": report.agrees,
        "alone": alone,
    }
    print(json.dumps(found))


def written_again(folder: Path) -> float:
    """CPU seconds of writing the same columns, already in memory, through the same writer with the same options."""
    import pyarrow.parquet as pq

    seconds = 0.0
    for path in sorted(folder.rglob("*.parquet")):
        meta = pq.read_metadata(path)
        names = meta.schema.names
        group = meta.row_group(0)
        columns = {name: group.column(place) for place, name in enumerate(names)}
        by_dictionary = [name for name, column in columns.items() if "RLE_DICTIONARY" in column.encodings]
        deltas = ("DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY")
        encodings = {
            name: next((way for way in deltas if way in column.encodings), "PLAIN")
            for name, column in columns.items()
            if name not in by_dictionary
        }
        texts = [name for name in by_dictionary if str(meta.schema.to_arrow_schema().field(name).type) == "string"]
        table = pq.read_table(path, read_dictionary=texts).combine_chunks()
        begun = time.process_time()
        with pq.ParquetWriter(
            folder / "again",
            table.schema,
            compression="zstd",
            use_dictionary=by_dictionary,
            column_encoding=encodings,
            write_statistics=[name for name in names if columns[name].is_stats_set],
            store_schema=False,
        ) as writer:
            writer.write_table(table, row_group_size=1 << 17)
        seconds += time.process_time() - begun
    return seconds


def cold(topic: str, runs: int) -> tuple[float, float]:
    """Wall seconds of 10,000 events from a cold start of the command, and of `python -c pass`."""
    found, bare = [], []
    # An installed program has its bytecode; a checkout may be told to keep none.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = os.path.join(tempfile.gettempdir(), "teledesign-benchmark")
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
    print(f"{titles} {'B/row':>6} {'MiB':>5} {'of writing alone':>17}")
    for topic in topics():
        for form in FORMATS:
            for jobs in JOBS:
                found = [measured(topic, form, events, jobs) for _ in range(runs)]
                middle = {name: statistics.median(run[name] for run in found) for name in found[0]}
                share = f"{middle['alone'] / middle['cpu']:>17.2f}" if jobs == 1 else ""
                print(
                    f"{topic:<16} {form:<8} {jobs:>4} {middle['rows']:>11,.0f} {middle['wall']:>7.2f} "
                    f"{middle['rows'] / middle['wall'] / 1e6:>6.2f} {middle['cpu']:>6.2f} "
                    f"{middle['rows'] / middle['cpu'] / 1e6:>8.2f} {middle['bytes'] / middle['rows']:>6.1f} "
                    f"{middle['peak']:>5.0f} {share}" + ("" if middle["agrees"] else "   counts DISAGREE"),
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

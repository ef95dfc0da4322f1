"""teledesign's four topics beside faker-js, Faker, Mimesis and Snowfakery, and what each one's log has and lacks.

The others write the same envelope and the fields of playlists, whose rows are the leanest of the four, by the sources
in `generators/`, which say how each tool is used.  Sessions, their order and two clocks are written there by hand (in
Snowfakery by its relations); `by hand` is the same loop with Python's own `random`.  Ours has truth, two incidents and
the ordinary weather on.  Every run is a whole process, start-up included, timed from outside; in each round everybody
runs once, at full size and at a tenth of it, and figures are medians over rounds.  "Beyond the start" is the
difference between the two sizes; with two jobs that holds the start of the workers, whom a small log does not ask for.
What a log has is counted in its rows, and runs with the same arguments are
compared byte by byte.
The tools are installed into a folder of their own with the versions in `generators/`: a temporary one or --tools DIR.
Run: .venv/bin/python benchmarks/generators.py [--events N] [--rows N] [--runs N] [--topic ID] [--tools DIR]
"""

import argparse
import hashlib
import json
import math
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "generators"
LEANEST = "playlists"
SMALLER = 10
WARM_UP = 1_000
"""Rows that everybody makes once before the first round, so that nobody reads from a cold disk."""
ENVELOPE = (
    *("event_id", "event", "ts", "received_at", "user_id", "session_id", "interaction_id", "seq"),
    *("platform", "app_version", "model_version", "variant", "sample_rate"),
)
HELD_BY_SESSION = ("user_id", "platform", "app_version", "model_version", "variant")
Row = Mapping[str, Any]


class Missing(Exception):
    """One sentence on what could not be installed or run."""


@dataclass(frozen=True)
class Contestant:
    """One way of making a log: `command` for so many rows into a file or folder."""

    name: str
    form: str
    jobs: int
    rows: int
    command: Callable[[int, Path], list[str]]
    ours: bool = False


@dataclass
class Run:
    rows: int
    wall: float
    cpu: float
    size: int
    digest: str


@dataclass
class Found:
    """The runs of one contestant, by round: at full size and at a tenth."""

    whole: list[Run] = field(default_factory=list)
    tenth: list[Run] = field(default_factory=list)

    def rates(self, used: Callable[[Run], float], beyond_start: bool = False) -> list[float]:
        """Rows a second (of what `used` says) of each round."""
        if not beyond_start:
            return [run.rows / used(run) for run in self.whole]
        pairs = zip(self.whole, self.tenth, strict=True)
        return [beyond(run.rows - less.rows, used(run) - used(less)) for run, less in pairs]


def beyond(rows: int, seconds: float) -> float:
    """Rows a second; not a number where both sizes are too small to differ."""
    return rows / seconds if rows > 0 and seconds > 0 else math.nan


def wall(run: Run) -> float:
    return run.wall


def cpu(run: Run) -> float:
    return run.cpu


# What is installed


def installed(folder: Path) -> dict[str, Path]:
    """The programs python, snowfakery and node with what they need, as far as they can be had."""
    found: dict[str, Path] = {}
    for name, install in (("python", python_tools), ("node", node_tools)):
        try:
            found |= install(folder / name)
        except Missing as reason:
            print(reason, file=sys.stderr)
    if not found:
        raise Missing("Nothing is left to set beside teledesign.")
    return found


def run_quietly(command: Sequence[str | Path], otherwise: str, folder: Path | None = None) -> None:
    try:
        done = subprocess.run([*command], cwd=folder, check=False, text=True, capture_output=True)
    except OSError as reason:
        raise Missing(f"{otherwise}: {reason}.") from reason
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Missing(f"{otherwise}: {said[-1].strip()}")


def python_tools(folder: Path) -> dict[str, Path]:
    """A virtual environment with the pinned packages; what stands there already is taken."""
    pins, programs = SOURCES / "tools.txt", folder / "bin"
    if not same(pins, folder / pins.name):
        missing = "Faker, Mimesis and Snowfakery are left out, since pip could not install them"
        run_quietly([sys.executable, "-m", "venv", folder], missing)
        run_quietly([programs / "python", "-m", "pip", "install", "--quiet", "--no-input", "-r", pins], missing)
        shutil.copy(pins, folder)
    return {"python": programs / "python", "snowfakery": programs / "snowfakery"}


def node_tools(folder: Path) -> dict[str, Path]:
    """A folder with the pinned package and, beside it, the script that imports it."""
    pins, node, npm = SOURCES / "package.json", shutil.which("node"), shutil.which("npm")
    missing = "faker-js is left out, since npm could not install it"
    if node is None or npm is None:
        raise Missing(f"{missing}: there is no node or no npm.")
    folder.mkdir(parents=True, exist_ok=True)
    if not (same(pins, folder / pins.name) and (folder / "node_modules" / "@faker-js" / "faker").exists()):
        shutil.copy(pins, folder)
        run_quietly([npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], missing, folder)
    shutil.copy(SOURCES / "events.mjs", folder)
    return {"node": Path(node), "events.mjs": folder / "events.mjs"}


def same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


# Who runs


def ours(topics: Sequence[str], events: int) -> list[Contestant]:
    """Each topic in both formats, with one and two processes at work."""
    from teledesign.reading import read_scenario
    from teledesign.resources import packaged_course

    found = []
    for topic in topics:
        scenario = read_scenario(packaged_course() / "scenarios" / topic / "scenario.yaml").value
        assert scenario is not None
        named = [word for name in list(scenario.incidents)[:2] for word in ("--incident", name)]
        for form in ("parquet", "jsonl"):
            for jobs in (1, 2):

                def command(
                    rows: int,
                    out: Path,
                    topic: str = topic,
                    form: str = form,
                    jobs: int = jobs,
                    named: Sequence[str] = tuple(named),
                ) -> list[str]:
                    start = [sys.executable, "-m", "teledesign", "simulate", topic, "--events", str(rows)]
                    start += ["--course", str(packaged_course()), "--format", form, "--jobs", str(jobs), *named]
                    return [*start, "--truth", str(out / "truth"), "--output", str(out / "log"), "--json"]

                found.append(Contestant(topic, form, jobs, events, command, ours=True))
    return found


def others(programs: Mapping[str, Path], rows: int) -> list[Contestant]:
    """The other tools; Parquet where their users would write it, that is from Python."""
    found = []
    if "node" in programs:

        def in_node(rows: int, out: Path) -> list[str]:
            return [*map(str, (programs["node"], programs["events.mjs"], rows, out / "events.jsonl"))]

        found.append(Contestant("faker-js", "jsonl", 1, 2 * rows, in_node))
    if "python" in programs:
        for tool, name in (("faker", "Faker"), ("mimesis", "Mimesis"), ("by-hand", "by hand")):
            for form in ("jsonl", "parquet"):

                def in_python(rows: int, out: Path, tool: str = tool, form: str = form) -> list[str]:
                    file = out / f"events.{form}"
                    return [*map(str, (programs["python"], SOURCES / "events.py", tool, form, rows, file))]

                found.append(Contestant(name, form, 1, 2 * rows, in_python))

        def in_snowfakery(rows: int, out: Path) -> list[str]:
            start = [*map(str, (programs["snowfakery"], SOURCES / "events.yml", "--reps", rows // 100))]
            return [*start, "--output-format", "json", "--output-file", str(out / "events.json")]

        found.append(Contestant("Snowfakery", "jsonl", 1, max(rows // 500 * 100, 100 * SMALLER), in_snowfakery))
    return found


# What they do


def measured(contestant: Contestant, rows: int, out: Path) -> Run:
    """One whole process, timed from outside."""
    out.mkdir(parents=True)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(contestant.command(rows, out), check=False, text=True, capture_output=True)
    taken, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Missing(f"{contestant.name} ended with {done.returncode}: {said[-1]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if contestant.ours:
        rows = json.loads((out / "log" / "manifest.json").read_text(encoding="utf-8"))["rows"]
    size = sum(path.stat().st_size for path in data_files(out))
    return Run(rows, taken, used, size, digest(out))


def data_files(out: Path) -> list[Path]:
    found = sorted(out.rglob("events*"))
    return [path for path in found if path.is_file()]


def digest(out: Path) -> str:
    """Of all files, with their names."""
    told = hashlib.sha256()
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        told.update(str(path.relative_to(out)).encode())
        with path.open("rb") as file:
            told.update(hashlib.file_digest(file, "sha256").digest())
    return told.hexdigest()


# What a log has


def rows_of(out: Path) -> Iterator[Row]:
    """Rows in the order of the file; Snowfakery's array has one object a line."""
    for path in data_files(out):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if text := line.strip().strip("[],"):
                    yield json.loads(text)


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@dataclass
class Traits:
    """What a pass over the rows of a log found."""

    rows: int
    as_ours: float
    disorder: float
    steady: float
    ends_begun: float
    by_night: float
    early: float
    half_after: float
    longest: float
    twice: float
    lost: float


def traits(rows: Iterable[Row], columns: Mapping[str, Sequence[str]]) -> Traits:
    """`columns` says which each event has in ours."""
    held: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    numbers: dict[str, set[int]] = defaultdict(set)
    begun: dict[tuple[str, str], float] = {}
    ended: list[tuple[tuple[str, str], float]] = []
    ids: set[str] = set()
    latest, delays = -math.inf, []
    as_ours = behind = nightly = 0
    for row in rows:
        event, sent, came = row["event"], moment(row["ts"]), moment(row["received_at"])
        as_ours += set(columns.get(event, ())) == set(row) - {"_table", "id"}
        behind += came < latest
        latest = max(latest, came)
        delays.append(came - sent)
        nightly += 1 <= int(row["ts"][11:13]) < 6
        session, track = row["session_id"], (row["interaction_id"], str(row.get("track")))
        held[session].add(tuple(row[name] for name in HELD_BY_SESSION))
        numbers[session].add(row["seq"])
        ids.add(row["event_id"])
        if event == "track_start":
            begun[track] = min(sent, begun.get(track, sent))
        elif event == "track_end":
            ended.append((track, sent))
    count = len(delays)
    numbered = sum(max(seen) + 1 for seen in numbers.values())
    return Traits(
        rows=count,
        as_ours=as_ours / count,
        disorder=behind / count,
        steady=sum(len(kinds) == 1 for kinds in held.values()) / len(held),
        ends_begun=sum(begun.get(track, sent + 1) <= sent for track, sent in ended) / max(len(ended), 1),
        by_night=nightly / count,
        early=sum(delay < 0 for delay in delays) / count,
        half_after=statistics.median(delays),
        longest=max(delays),
        twice=1 - len(ids) / count,
        lost=1 - sum(map(len, numbers.values())) / numbered,
    )


def columns_of_ours(log: Path) -> dict[str, list[str]]:
    """The columns of each event, from the schema beside a log of ours."""
    schema = json.loads((log / "schema.json").read_text(encoding="utf-8"))
    return {event: told["required"] for event, told in schema["$defs"].items()}


LINES: dict[str, Callable[[Traits], str]] = {
    "rows looked at": lambda found: f"{found.rows:,}",
    "columns as in ours": lambda found: f"{found.as_ours:.1%}",
    "sessions with one user, platform, version": lambda found: f"{found.steady:.1%}",
    "tracks that end after they began": lambda found: f"{found.ends_begun:.1%}",
    "rows not in the order of arrival": lambda found: f"{found.disorder:.1%}",
    "rows from 1 to 6 o'clock (flat: 20.8%)": lambda found: f"{found.by_night:.1%}",
    "arrived after, median": lambda found: f"{found.half_after:.1f} s",
    "arrived after, at most": lambda found: f"{found.longest:,.0f} s",
    "arrived before sent: clocks astray": lambda found: f"{found.early:.2%}",
    "rows that came twice": lambda found: f"{found.twice:.2%}",
    "rows that never came": lambda found: f"{found.lost:.2%}",
}


def truth_of(out: Path) -> str:
    """How many hidden outcomes stand beside the log, if any."""
    import pyarrow.parquet as pq

    files = sorted((out / "truth").glob("*.parquet")) if (out / "truth").exists() else []
    return f"{sum(pq.read_metadata(path).num_rows for path in files):,} outcomes" if files else "none"


def same_bytes(runs: Sequence[Run]) -> str:
    if len(runs) < 2:
        return "one run"
    return f"{'yes' if len({run.digest for run in runs}) == 1 else 'no'}, {len(runs)} runs"


# What is printed


def rate(value: float) -> str:
    return f"{value / 1000:,.1f}"


def print_rates(found: Mapping[Contestant, Found]) -> None:
    titles = f"{'':<16} {'format':<8} {'jobs':>4} {'rows':>10} {'wall s':>7} {'CPU s':>6} {'k rows/s':>9}"
    print(f"{titles} {'k rows/CPU s':>13} {'beyond the start':>17} {'B/row':>6}")
    for one, runs in found.items():
        middle = [statistics.median(getattr(run, name) for run in runs.whole) for name in ("rows", "wall", "cpu")]
        speed = [statistics.median(values) for values in (runs.rates(wall), runs.rates(cpu), runs.rates(cpu, True))]
        print(
            f"{one.name:<16} {one.form:<8} {one.jobs:>4} {middle[0]:>10,.0f} {middle[1]:>7.2f} {middle[2]:>6.2f} "
            f"{rate(speed[0]):>9} {rate(speed[1]):>13} {rate(speed[2]):>17} "
            f"{runs.whole[0].size / runs.whole[0].rows:>6.0f}"
        )


def ratio(one: Found, other: Found) -> str:
    """By wall seconds, by CPU seconds, by CPU seconds beyond the start: medians of the ratios of each round."""
    pairs = [(one.rates(*how), other.rates(*how)) for how in ((wall,), (cpu,), (cpu, True))]
    parts = [statistics.median(a / b for a, b in zip(*pair, strict=True)) for pair in pairs]
    return " / ".join(f"{part:.1f}" for part in parts)


def print_ratios(found: Mapping[Contestant, Found]) -> None:
    print("\nours to theirs, rows a second: by wall / by CPU seconds / by CPU seconds beyond the start")
    for form in ("jsonl", "parquet"):
        beside = [one for one in found if one.form == form and not one.ours]
        print(f"{form:<26}" + "".join(f"{one.name:>22}" for one in beside))
        for one in found:
            if one.ours and one.form == form:
                cells = "".join(f"{ratio(found[one], found[other]):>22}" for other in beside)
                print(f"{one.name + ', ' + str(one.jobs) + (' job' if one.jobs == 1 else ' jobs'):<26}{cells}")


def print_traits(found: Mapping[Contestant, Found], kept: Mapping[Contestant, Path]) -> None:
    """JSON lines of the leanest topic beside the others'."""
    print("\nwhat the logs have; sessions, order and clocks of the others are written by hand in generators/")
    ours_kept = next(one for one in kept if one.ours)
    columns = columns_of_ours(kept[ours_kept] / "log")
    cells: dict[str, list[str]] = defaultdict(list)
    for one, out in kept.items():
        told = traits(rows_of(out / "log" if one.ours else out), columns)
        for title, line in LINES.items():
            cells[title].append(line(told))
        cells["same arguments, same bytes"].append(same_bytes(found[one].whole))
        cells["answer key"].append(truth_of(out))
    print(f"{'':<42}" + "".join(f"{one.name:>17}" for one in kept))
    for title, values in cells.items():
        print(f"{title:<42}" + "".join(f"{value:>17}" for value in values))


def print_digests(found: Mapping[Contestant, Found]) -> None:
    print()
    for topic in dict.fromkeys(one.name for one in found if one.ours):
        for form in ("parquet", "jsonl"):
            runs = [run for one, of in found.items() if (one.name, one.form) == (topic, form) for run in of.whole]
            print(f"{topic}, {form}: the same bytes with 1 and 2 jobs, log and truth: {same_bytes(runs)}")


def at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def main() -> None:
    options = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    options.add_argument("--events", type=at_least_one, default=1_000_000, help="rows asked of ours")
    options.add_argument(
        "--rows", type=at_least_one, default=100_000, help="rows of the others: twice it, Snowfakery a fifth"
    )
    options.add_argument("--runs", type=at_least_one, default=3)
    options.add_argument("--topic", action="append", help="only this topic; can be given again")
    options.add_argument("--tools", type=Path, help="where the tools are, or are installed; a temporary folder if not")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="generators-") as work:
        try:
            compare(given, Path(work))
        except Missing as reason:
            sys.exit(str(reason))


def compare(given: argparse.Namespace, work: Path) -> None:
    from teledesign.resources import packaged_course

    known = sorted(path.parent.name for path in packaged_course().glob("scenarios/*/scenario.yaml"))
    topics = given.topic or known
    if not set(topics) <= set(known):
        raise Missing(f"There is no such topic. Known: {', '.join(known)}.")
    programs = installed((given.tools or work / "tools").resolve())
    contestants = [*ours(topics, given.events), *others(programs, given.rows)]
    found = {one: Found() for one in contestants}
    shown = (LEANEST, "jsonl", 1)
    kept: dict[Contestant, Path] = {}
    before = os.getloadavg()[0]
    for place, one in enumerate(contestants):
        measured(one, WARM_UP, work / f"warm-{place}")
    for turn in range(given.runs):
        for place, one in enumerate(contestants):
            for rows, into in ((one.rows // SMALLER, found[one].tenth), (one.rows, found[one].whole)):
                out = work / f"{turn}-{place}-{rows}"
                into.append(measured(one, rows, out))
                looked_at = one.form == "jsonl" and (not one.ours or (one.name, one.form, one.jobs) == shown)
                if looked_at and one not in kept and rows == one.rows:
                    kept[one] = out
                else:
                    shutil.rmtree(out)
            print(f"round {turn + 1} of {given.runs}: {one.name}, {one.form}, {one.jobs}", file=sys.stderr, flush=True)
    after = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    print(f"{machine}, load {before:.1f} before and {after:.1f} after; medians of {given.runs}")
    print("ours with truth, ordinary weather and two incidents")
    print_rates(found)
    print_ratios(found)
    if LEANEST in topics:
        print_traits(found, kept)
    print_digests(found)


if __name__ == "__main__":
    main()

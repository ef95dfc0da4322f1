"""How long commands take from cold start beside `python -c pass`: medians and the best of alternating runs.

The promises: `--help` at most 150 ms more; `cost` without draws at most 500 ms more, and a log of 10,000 events no
longer.  Tests assert what is imported, never a time; this shows the time.
Run: .venv/bin/python benchmarks/help_start.py [runs]
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import installed

TOPICS = ("photo-tagging", "shoe-brand", "playlists", "code-completion")
COSTS = tuple(f"cost {topic}" for topic in TOPICS)
LOGS = tuple(f"simulate {topic} --events 10000" for topic in TOPICS)
PROMISED_MS = {"--help": 150, **dict.fromkeys((*COSTS, *LOGS), 500)}
ASKED = ("--help", "", "list", "check", *COSTS, *LOGS)


def milliseconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=installed.environment()
    )
    return (time.perf_counter() - began) * 1000


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    bare = [sys.executable, "-c", "pass"]
    times: dict[str, list[float]] = {asked: [] for asked in ("-c pass", *ASKED)}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs + 1):
            for asked in times:
                out = ["-o", str(Path(folder, f"log-{run}"))] if asked.startswith("simulate") else []
                ours = [sys.executable, "-m", "teledesign", *asked.split(), *out]
                shutil.rmtree(Path(folder, f"log-{run}"), ignore_errors=True)
                taken = milliseconds(bare if asked == "-c pass" else ours)
                if run:  # the first of each warms the disk's cache
                    times[asked].append(taken)
    base = {what: what(times["-c pass"]) for what in (statistics.median, min)}
    print(f"{'ms, of ' + str(runs) + ' runs':<42} {'median':>7} {'more':>7} {'best':>7} {'more':>7}")
    for asked, measured in times.items():
        told = [f"{what(measured):7.0f} {what(measured) - base[what]:+7.0f}" for what in (statistics.median, min)]
        kept = PROMISED_MS.get(asked)
        verdict = "" if kept is None else f"   promised: {kept} more at most"
        name = "python -c pass" if asked == "-c pass" else f"teledesign {asked}".strip()
        print(f"{name:<42} {' '.join(told)}{verdict}")


if __name__ == "__main__":
    main()

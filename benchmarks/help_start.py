"""How long `teledesign --help` takes beside `python -c pass`: medians of alternating runs.

The promise is at most 150 ms more. Tests assert what is imported, never a time; this shows the time.
Run: .venv/bin/python benchmarks/help_start.py [runs]
"""

import statistics
import subprocess
import sys
import time

PROMISE_MS = 150

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "teledesign --help": [sys.executable, "-m", "teledesign", "--help"],
    "teledesign": [sys.executable, "-m", "teledesign"],
}


def milliseconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            times[name].append(milliseconds(command))
    base = statistics.median(times["python -c pass"])
    print(f"{'median of ' + str(runs):<20} {'ms':>7} {'more':>7}")
    for name, measured in times.items():
        median = statistics.median(measured)
        print(f"{name:<20} {median:7.0f} {median - base:+7.0f}")
    more = statistics.median(times["teledesign --help"]) - base
    print(f"promise: at most {PROMISE_MS} ms more: {'kept' if more <= PROMISE_MS else 'BROKEN'}")


if __name__ == "__main__":
    main()

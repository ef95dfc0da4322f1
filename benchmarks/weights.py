"""Whether estimates are true to the log: rows, and bytes as JSON, as gzip in batches and as Parquet, said and weighed.

For collect-everything without payloads and without signals that no step writes, delivered perfectly.  Rows are those
of whole sessions, whenever they come.  gzip packs batches of one device's rows in the order in
which it wrote them, Parquet is the log as `teledesign simulate` writes it.  Also prints the `packing` that fits best.
Run: .venv/bin/python benchmarks/weights.py [events]
"""

import gzip
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from teledesign.course import find_course, open_scenario
from teledesign.expectation import Expectation
from teledesign.resources import packaged_course
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.packing import Packing
from teledesign.simulation import simulate

BATCHES = (1, 2, 5, 10, 20, 50, 100, 200)
ENOUGH = 40_000
"""Rows after which a batch size is measured well."""


@dataclass(frozen=True)
class Weights:
    """Bytes of one average row, and the shares of them that codecs leave."""

    rows: int
    json: float
    gzip: dict[int, float]
    parquet: float


def weighed(folder: Path) -> Weights:
    """The weights of a log written as JSON lines and as Parquet."""
    devices: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    size = rows = 0
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            row = json.loads(line)
            devices[row["user_id"]].append((row["ts"], line))
            size += len(line)
            rows += 1
    ordered = [[line for _, line in sorted(lines)] for lines in devices.values()]
    parquet = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    return Weights(rows, size / rows, {batch: _left(ordered, batch) for batch in BATCHES}, parquet / size)


def _left(devices: Iterable[list[bytes]], batch: int) -> float:
    """The share of bytes that gzip leaves of whole batches."""
    packed = plain = rows = 0
    for lines in devices:
        for start in range(0, len(lines) - batch + 1, batch):
            text = b"\n".join(lines[start : start + batch])
            packed, plain, rows = packed + len(gzip.compress(text, 6, mtime=0)), plain + len(text), rows + batch
        if rows > ENOUGH:
            break
    return packed / plain if plain else float("nan")


def said(packing: Packing, batch: int) -> float:
    """The share that the scenario says gzip leaves."""
    rest = packing.alone - packing.together - packing.start
    return packing.together + packing.start / batch + rest / batch**2


def fitted(weights: Weights) -> dict[str, float]:
    """The packing that is nearest to what was weighed."""
    batches = np.array([batch for batch in BATCHES[1:] if weights.gzip[batch] == weights.gzip[batch]], dtype=float)
    left, alone = np.array([weights.gzip[int(batch)] for batch in batches]), weights.gzip[1]
    terms = np.stack([(1 - batches**-2) / left, (1 / batches - batches**-2) / left], axis=1)
    together, start = np.linalg.lstsq(terms, (left - alone * batches**-2) / left, rcond=None)[0]
    return {"alone": alone, "together": float(together), "start": float(start), "columns": weights.parquet}


def main(events: int) -> None:
    location = find_course(packaged_course())
    print("| topic | rows | expected | JSON bytes a row | said | gzip of 50 | said | Parquet | said |")
    print("|---|---|---|---|---|---|---|---|---|")
    notes = []
    for topic in sorted(path.parent.name for path in (packaged_course() / "scenarios").glob("*/scenario.yaml")):
        scenario = open_scenario(topic, location)
        with tempfile.TemporaryDirectory() as folder:
            report = simulate(
                scenario, events=events, out=Path(folder) / "log", formats=("jsonl", "parquet"), delivery=Delivery()
            )
            weights = weighed(Path(folder) / "log")
        stated = [weight for weight in Expectation(scenario).bytes_per_user_day().values() if weight.emitted]
        size = sum(one.bytes_per_user_day for one in stated) / sum(one.rows_per_user_day for one in stated)
        came, expected = (sum(getattr(one, name) for one in report.events) for name in ("came", "expected"))
        packing = scenario.packing
        print(
            f"| {topic} | {came:,} | {expected:,.0f} ({expected / came - 1:+.1%}) "
            f"| {weights.json:.0f} | {size:.0f} ({size / weights.json - 1:+.1%}) "
            f"| {weights.gzip[50]:.3f} | {said(packing, 50):.3f} ({said(packing, 50) / weights.gzip[50] - 1:+.1%}) "
            f"| {weights.parquet:.4f} | {packing.columns:.4f} ({packing.columns / weights.parquet - 1:+.1%}) |"
        )
        off = ", ".join(f"{batch}: {said(packing, batch) / weights.gzip[batch] - 1:+.0%}" for batch in BATCHES)
        fit = ", ".join(f"{name}: {value:.3f}" for name, value in fitted(weights).items())
        notes.append(f"{topic}: gzip by batch, said against weighed {off}; fits best {{{fit}}}")
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)

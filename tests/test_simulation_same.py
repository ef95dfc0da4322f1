"""The shipped topics with things going wrong and their truth: the same bytes wherever and however they are made.

A small log of one topic is made twice by default: plainly; and by two workers under another clock, time zone, hash seed
and folder, without the processor's vector instructions.  `TELEDESIGN_SAME=300000` makes logs of so many rows of all
four topics, by three workers and in other parts too (minutes).
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_simulation_log import files_of

EVENTS = int(os.environ.get("TELEDESIGN_SAME", "0"))
WRONG = {
    "shoe-brand": (
        "sideways",
        "correction_unsent",
        "sent_twice",
        "wrong_clocks",
        "scraper",
        "seconds",
        "quiet_sampling",
    ),
    "photo-tagging": ("removal_unsent", "big_button", "sibling_loop", "sent_twice", "new_year"),
    "playlists": ("crossfade", "offline_restamped", "played_twice", "stream_farm", "collector_down"),
    "code-completion": (
        "unseen_shown",
        "failover",
        "enterprise_off",
        "agents",
        "flaky_retry",
        "null_version",
        "sampled",
    ),
}
"""World and clients, extra users, rows sent besides, stopped, doubled, delayed, lost, blanked, left out."""
QUICK = ("correction_unsent", "sent_twice", "wrong_clocks", "seconds")
"""Some for which the algebra takes no time."""
LESS = "AVX512F AVX512CD AVX512_SKX AVX2 FMA3 X86_V3 X86_V4"
PROGRAM = """
from pathlib import Path
from teledesign.course import find_course, open_scenario
from teledesign.simulation import run, simulate
from teledesign.simulation.files import slices
from teledesign.simulation.playing import blocks
if __name__ == "__main__":
    blocks.ROWS, slices.PART_ROWS, run.FEW_BLOCKS = {rows} // 5, {part}, {few}
    scenario, out = open_scenario({topic!r}, find_course(None)), Path({out!r})
    report = simulate(
        scenario,
        events={rows},
        incidents={wrong!r},
        formats=("parquet", "jsonl.gz", "csv"),
        jobs={jobs},
        out=out / "log",
        truth=out / "truth",
    )
    print(report.digest)
"""


def log_made(
    folder: Path, topic: str, *command: str, jobs: int = 1, few: int = 0, parts: int = 3, **environment: str
) -> str:
    """Make a log and its truth below a folder, in about so many parts; gives the digest of its rows.

    So `few` blocks are made by one process that writes ahead, more by as many processes as there are jobs.
    """
    rows = EVENTS or 6_000
    wrong = WRONG[topic] if EVENTS else QUICK
    folder.mkdir(parents=True)
    program = folder / "program.py"
    told = {
        "topic": topic,
        "rows": rows,
        "part": rows // parts,
        "wrong": wrong,
        "jobs": jobs,
        "few": few,
        "out": str(folder),
    }
    program.write_text(PROGRAM.format(**told), "utf-8")
    done = subprocess.run(
        [*command, sys.executable, "-W", "ignore", str(program)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    program.unlink()
    return done.stdout


@pytest.mark.parametrize("topic", WRONG if EVENTS else ["shoe-brand"])
def test_the_same_bytes_anywhere(topic: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    digest = log_made(tmp_path / "plain", topic)
    elsewhere: dict[str, Any] = {
        "jobs": 2,
        "NPY_DISABLE_CPU_FEATURES": LESS,
        "ARROW_USER_SIMD_LEVEL": "NONE",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
        "PYTHONHASHSEED": "7",
        "TZ": "Pacific/Apia",
        "LC_ALL": "C",
    }
    clock = (tool("faketime"), "-f", "+700d")
    assert log_made(tmp_path / "far" / "away" / "from it", topic, *clock, **elsewhere) == digest
    files = files_of(tmp_path / "plain")
    assert len(files) > 12
    assert files_of(tmp_path / "far" / "away" / "from it") == files
    if EVENTS:
        assert log_made(tmp_path / "three", topic, jobs=3, ARROW_USER_SIMD_LEVEL="SSE4_2") == digest
        assert files_of(tmp_path / "three") == files
        assert log_made(tmp_path / "ahead", topic, jobs=2, few=100) == digest
        assert files_of(tmp_path / "ahead") == files
        in_other_parts(tmp_path, topic, digest)


def in_other_parts(tmp_path: Path, topic: str, digest: str) -> None:
    """In more parts: other files, the same rows, and the same truth."""
    assert log_made(tmp_path / "parts", topic, jobs=2, parts=11) == digest
    both = [tmp_path / name for name in ("plain", "parts")]
    lines, truths = [], []
    for folder in both:
        parts = json.loads((folder / "log" / "manifest.json").read_text("utf-8"))["parts"]
        files = [part["file"] for part in parts if part["format"] == "jsonl.gz"]
        lines.append((len(files), b"".join(gzip.decompress((folder / "log" / file).read_bytes()) for file in files)))
        truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
        truths.append({name: value for name, value in truth.items() if name not in ("files", "seed")})
    assert lines[0][0] < lines[1][0]
    assert lines[0][1] == lines[1][1]
    assert truths[0] == truths[1]
    assert len({(folder / "truth" / "metrics.csv").read_bytes() for folder in both}) == 1

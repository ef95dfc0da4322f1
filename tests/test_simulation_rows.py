"""Rows on their way from blocks to slices: their orders, the runs they lie in, steps of those who are known to stay."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from teledesign.reading import read_scenario
from teledesign.resources import packaged_course
from teledesign.simulation import simulate
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.ordering import by_moment, by_moment_and
from teledesign.simulation.rows.runs import gathered, in_pieces, whole, write_run

RECORD = np.dtype([("at", "i8"), ("what", "u1"), ("number", "u4")])


@pytest.mark.parametrize("most", [5, 10**6, 2**62])
def test_an_order_by_moment_is_stable_however_far_apart_moments_are(most: int) -> None:
    moments = np.random.default_rng(most).integers(-most, most, 3000)
    assert np.array_equal(by_moment(moments), np.argsort(moments, kind="stable"))
    assert len(by_moment(moments[:0])) == 0


@pytest.mark.parametrize("bits", [2, 64])
def test_rows_of_one_moment_are_in_order_of_the_tie_and_then_of_what_is_last(bits: int) -> None:
    draws = np.random.default_rng(bits)
    moments = draws.integers(0, 50, 4000)
    tie = draws.integers(0, 2**63, 4000, dtype=np.uint64) >> np.uint64(64 - bits)
    last = draws.permutation(4000)
    found = by_moment_and(moments, tie, lambda rows: (last[rows],))
    assert np.array_equal(found, np.lexsort((last, tie, moments)))


def test_a_span_of_time_is_read_from_all_runs_at_once_or_in_pieces(tmp_path: Path) -> None:
    draws = np.random.default_rng(1)
    runs, every = [], []
    for number in range(3):
        records = np.zeros(1000, dtype=RECORD)
        records["at"], records["number"] = np.sort(draws.integers(0, 5000, 1000)), number
        run = tmp_path / f"{number}.run"
        write_run(run, [("other", (records[:7],)), ("told", (records[:400], records[400:])), ("none", ())])
        runs.append(run)
        every.append(records)
    wanted = np.concatenate([part[(part["at"] >= 700) & (part["at"] < 3100)] for part in every])
    found = gathered(runs, {"told": RECORD, "none": RECORD, "unheard of": RECORD}, 700, 3100)
    assert np.array_equal(found["told"], wanted)
    assert len(found["none"]) == len(found["unheard of"]) == 0
    pieces = list(in_pieces(runs, "told", RECORD, 700, 3100, size=200))
    assert len(pieces) > 5
    together = np.concatenate(pieces)
    assert np.array_equal(np.sort(together, order=["number", "at"]), np.sort(wanted, order=["number", "at"]))
    assert all(first["at"].max() < then["at"].min() for first, then in pairwise(pieces))
    assert np.array_equal(whole(runs[1], {"told": RECORD})["told"], every[1])


def test_steps_counted_at_once_are_those_counted_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = read_scenario(packaged_course() / "scenarios" / "shoe-brand" / "scenario.yaml").or_refuse()
    told = []
    for number, knows in enumerate((True, False)):
        if not knows:
            monkeypatch.setattr(Script, "leaves_by_itself", False)
        truth = tmp_path / f"truth{number}"
        simulate(scenario, users=60, out=tmp_path / f"log{number}", formats=["csv"], truth=truth)
        told.append(json.loads((truth / "truth.json").read_text("utf-8"))["steps_by_day"])
    assert told[0] == told[1]
    assert sum(map(sum, told[0].values())) > 1000

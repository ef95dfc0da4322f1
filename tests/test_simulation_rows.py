"""Rows on their way from blocks to slices: their orders, the runs they lie in, steps of those who are known to stay."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from teledesign.reading import read_scenario
from teledesign.resources import packaged_course
from teledesign.simulation import simulate
from teledesign.simulation.files.ahead import InTurn
from teledesign.simulation.luck.draws import GOLDEN
from teledesign.simulation.luck.ids import hex_digits
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.distinct import distinct, standing_for
from teledesign.simulation.rows.ordering import by_moment, by_moment_and
from teledesign.simulation.rows.records import Records, in_long_parts, joined
from teledesign.simulation.rows.runs import Runs, Section, write_run

KINDS = {"at": "i8", "what": "u1", "number": "u4"}


@pytest.mark.parametrize("most", [5, 10**6, 2**62])
def test_an_order_by_moment_is_stable_however_far_apart_moments_are(most: int) -> None:
    moments = np.random.default_rng(most).integers(-most, most, 3000)
    assert np.array_equal(by_moment(moments), np.argsort(moments, kind="stable"))
    assert len(by_moment(moments[:0])) == 0


@pytest.mark.parametrize("most", [50, 10**5, 2**62])
@pytest.mark.parametrize("bits", [2, 64])
def test_rows_of_one_moment_are_in_order_of_the_tie_and_then_of_what_is_last(bits: int, most: int) -> None:
    draws = np.random.default_rng(bits)
    moments = draws.permutation(np.concatenate([draws.integers(0, most, 2000)] * 2))
    tie = draws.integers(0, 2**63, 4000, dtype=np.uint64) >> np.uint64(64 - bits)
    last = draws.permutation(4000)
    found = by_moment_and(moments, tie.take, lambda rows: (last[rows],))
    assert np.array_equal(found, np.lexsort((last, tie, moments)))


def test_a_slice_of_time_is_read_from_all_runs_at_once_or_in_pieces(tmp_path: Path) -> None:
    draws = np.random.default_rng(1)
    paths, every, below = [], [], []
    for number in range(3):
        records = Records.zeros(KINDS, 1000)
        records["at"], records["number"] = np.sort(draws.integers(0, 5000, 1000)), number
        # A section whose rows stand at some places of the other one.
        places = np.flatnonzero(draws.integers(0, 3, 1000) == 0)
        some = Records({"place": places.astype(np.int32), "what": records["at"][places] % 251}, len(places))
        path = tmp_path / f"{number}.run"
        sections = [
            Section("in no order", (records.between(0, 400), records.between(400, 1000))),
            Section("told", [records], by="at"),
            Section("none", [], by="at"),
            Section("below", [some], by="place", within="told"),
        ]
        write_run(path, sections[: 4 if number < 2 else 3])
        paths.append(path)
        every.append(records)
        below.append(some if number < 2 else some.between(0, 0))
    runs = Runs(paths, np.array([0, 700, 3100, 2**63 - 1]))
    held = [(part["at"] >= 700) & (part["at"] < 3100) for part in every]
    marks = [part.where(keep[part["place"]]).only(["what"]) for part, keep in zip(below, held, strict=True)]
    wanted = {
        "told": joined([part.where(keep) for part, keep in zip(every, held, strict=True)], KINDS),
        "below": joined(marks, {"what": "i8"}),
        "none": every[0].between(0, 0),
        "unheard of": every[0].between(0, 0),
    }
    found = runs.of_slice(1, {"told": KINDS, "below": {"what": "i8"}, "none": KINDS, "unheard of": KINDS})
    for name, rows in wanted.items():
        assert_same(found[name], rows)
    assert [len(runs.of_slice(number, {"told": KINDS})["told"]) for number in (0, 1, 2)] == [
        sum(int(((part["at"] >= first) & (part["at"] < last)).sum()) for part in every)
        for first, last in ((0, 700), (700, 3100), (3100, 5000))
    ]
    pieces = list(runs.in_pieces(1, "told", KINDS, size=200))
    assert len(pieces) > 5
    together = joined(pieces, KINDS)
    assert_same(
        *(part.taken(np.lexsort((part["at"], part["number"]))) for part in (together, wanted["told"])),
    )
    assert all(first["at"].max() < then["at"].min() for first, then in pairwise(pieces))
    assert_same(joined(list(runs.in_pieces(1, "told", KINDS, size=5000)), KINDS), wanted["told"])
    for size, parts in ((10, 2), (400, 2), (1000, 1), (5000, 1)):
        whole = list(runs.all_of(1, "in no order", size))
        assert len(whole) == parts
        assert_same(joined(whole, KINDS), every[1])
    assert not list(runs.all_of(1, "unheard of", 10))


def test_parts_of_a_section_can_have_columns_of_their_own(tmp_path: Path) -> None:
    every = Records.zeros(KINDS, 9)
    every["number"] = np.arange(9)
    few = every.only(["at", "number"])
    section = Section("told", in_long_parts([few.between(0, 2), every.between(2, 5), few.between(5, 9)], size=100))
    write_run(tmp_path / "0.run", [section])
    found = list(Runs([tmp_path / "0.run"], np.array([0])).all_of(0, "told", 100))
    assert [(list(part.columns), part["number"].tolist()) for part in found] == [
        (["at", "number"], [0, 1, 5, 6, 7, 8]),
        (["at", "what", "number"], [2, 3, 4]),
    ]


def assert_same(found: Records, wanted: Records) -> None:
    assert {name: values.tolist() for name, values in found.columns.items()} == {
        name: values.tolist() for name, values in wanted.columns.items()
    }


def test_some_rows_of_columns_are_those_rows_of_each_column() -> None:
    records = Records({"at": np.arange(5), "what": np.arange(5, dtype=np.uint8) * 2}, 5)
    assert records.taken(np.array([4, 4, 0]))["what"].tolist() == [8, 8, 0]
    assert records.where(records["at"] > 2)["at"].tolist() == [3, 4]
    assert records.where(records["at"] >= 0) is records
    records.between(1, 3)["at"] = 9
    assert records["at"].tolist() == [0, 9, 9, 3, 4]
    assert list(records.only(["what"]).columns) == ["what"]
    assert len(joined([], KINDS)) == 0
    parts = [records.between(0, number) for number in (1, 1, 5, 0, 3, 1)]
    assert [len(part) for part in in_long_parts(parts, 4)] == [7, 4]
    assert list(in_long_parts([])) == []


@pytest.mark.parametrize(("rows", "kinds"), [(0, 1), (1, 1), (5000, 1), (5000, 70), (5000, 2**63 - 1)])
def test_equal_numbers_are_found_without_sorting(rows: int, kinds: int) -> None:
    draws = np.random.default_rng(kinds)
    keys = draws.integers(0, kinds, rows).astype(np.uint64) * np.uint64(1 << 20)
    firsts, numbers = distinct(keys)
    assert np.array_equal(np.sort(keys[firsts]), np.unique(keys))
    assert np.array_equal(keys[firsts][numbers], keys)
    assert np.all(np.diff(firsts) > 0)


def test_numbers_that_share_slots_are_told_apart() -> None:
    """Multiplied by the first factor, all of these have the same upper bits."""
    back = pow(int(GOLDEN), -1, 1 << 64)
    keys = np.array([number * back % (1 << 64) for number in range(300)] * 2, dtype=np.uint64)
    assert np.array_equal(standing_for(keys) % 300, np.arange(600) % 300)


def test_ids_are_printed_as_hexadecimal_digits() -> None:
    numbers = np.random.default_rng(3).integers(0, 2**63, 50).astype(np.uint64)
    assert [bytes(row).decode() for row in hex_digits(numbers)] == [f"{number:016x}" for number in numbers.tolist()]
    few = numbers >> np.uint64(32)
    assert [bytes(row).decode() for row in hex_digits(few, 8)] == [f"{number:08x}" for number in few.tolist()]
    assert hex_digits(numbers[:0]).shape == (0, 16)


def test_what_is_done_ahead_is_done_in_turn_and_its_mistakes_are_told() -> None:
    for ahead in (False, True):
        done: list[int] = []
        turns = InTurn(ahead)
        for number in range(20):
            turns.do(done.append, number)
        turns.finish()
        assert done == list(range(20))
    turns = InTurn(True)
    turns.do(int, "no number")
    with pytest.raises(ValueError, match="no number"):
        turns.finish()


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

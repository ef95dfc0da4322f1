"""The parts of `benchmarks/generators.py` that need no other tool.

What the others write is our columns, and what is said of a log is counted in its rows.
"""

import importlib.util
import json
import re
import sys
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from teledesign.course import find_course, open_scenario
from teledesign.resources import packaged_course
from teledesign.scenario.delivery import Delivery
from teledesign.simulation import simulate

IDS = ("event_id", "session_id", "interaction_id", "list")


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{path.stem}_of_benchmarks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generators(checkout: Path) -> ModuleType:
    return loaded(checkout / "benchmarks" / "generators.py")


@pytest.fixture(scope="module")
def rows(checkout: Path) -> list[dict[str, Any]]:
    """Two sessions, as JSON has them."""
    events = loaded(checkout / "benchmarks" / "generators" / "events.py")

    def as_text(moment: Any) -> str:
        return str(moment.isoformat(timespec="milliseconds"))

    drawn = islice(events.events(events.by_hand()), 200)
    return [json.loads(json.dumps(row, default=as_text)) for row in drawn]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of the rows of playlists; ids may be longer."""
    scenario, log = open_scenario("playlists", find_course(packaged_course())), tmp_path_factory.mktemp("log") / "log"
    simulate(scenario, users=1, days=1, incidents=["none"], delivery=Delivery(), out=log)
    found: dict[str, Any] = json.loads((log / "schema.json").read_text(encoding="utf-8"))
    for event in found["$defs"].values():
        for name in IDS:
            event["properties"].get(name, {}).pop("pattern", None)
    return found


@pytest.fixture(scope="module")
def columns(schema: dict[str, Any]) -> dict[str, list[str]]:
    return {event: told["required"] for event, told in schema["$defs"].items()}


def test_what_the_python_tools_write_validates_against_our_schema(
    rows: list[dict[str, Any]], schema: dict[str, Any]
) -> None:
    found = {error.message for row in rows for error in Draft202012Validator(schema).iter_errors(row)}
    assert found == set()
    assert len({row["event"] for row in rows}) == 8


@pytest.mark.parametrize("name", ["events.mjs", "events.yml"])
def test_the_other_sources_name_every_column(
    name: str, checkout: Path, rows: list[dict[str, Any]], columns: dict[str, list[str]]
) -> None:
    text = (checkout / "benchmarks" / "generators" / name).read_text(encoding="utf-8")
    wanted = {column for event in {row["event"] for row in rows} for column in (event, *columns[event])}
    assert {word for word in wanted if not re.search(rf"\b{word}\b", text)} == set()


def test_the_envelope_is_ours(generators: ModuleType, columns: dict[str, list[str]]) -> None:
    assert all(tuple(names[: len(generators.ENVELOPE)]) == generators.ENVELOPE for names in columns.values())


def test_versions_are_pinned(checkout: Path) -> None:
    folder = checkout / "benchmarks" / "generators"
    pins = (folder / "tools.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", pin)] == []
    packages = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert [pin for pin in packages.values() if not re.fullmatch(r"[0-9.]+", pin)] == []


def test_traits_of_a_log_that_is_as_it_should_be(
    generators: ModuleType, rows: list[dict[str, Any]], columns: dict[str, list[str]]
) -> None:
    arrived = sorted(rows, key=lambda row: row["received_at"])
    told = generators.traits(arrived, columns)
    assert (told.rows, told.as_ours, told.steady, told.ends_begun) == (200, 1, 1, 1)
    assert (told.disorder, told.early, told.twice, told.lost) == (0, 0, 0, 0)
    assert 0 < told.half_after < told.longest <= 3


def test_traits_count_what_is_wrong(
    generators: ModuleType, rows: list[dict[str, Any]], columns: dict[str, list[str]]
) -> None:
    arrived = [dict(row) for row in sorted(rows[:100], key=lambda row: row["received_at"])]
    begun, ended = (next(row for row in arrived if row["event"] == kind) for kind in ("track_start", "track_end"))
    arrived[3] |= {"user_id": "u00000000", "received_at": "2020-01-01T03:00:00.000"}
    del begun["shuffle"]
    ended["interaction_id"] = "another"
    told = generators.traits([*arrived[:-1], arrived[0]], columns)
    assert told.as_ours == pytest.approx(0.99)
    assert told.steady == 0
    assert told.ends_begun == pytest.approx(14 / 15)
    assert told.disorder == pytest.approx(0.02)
    assert (told.early, told.twice) == pytest.approx((0.01, 0.01))


def test_a_gap_is_a_lost_row(generators: ModuleType, rows: list[dict[str, Any]], columns: dict[str, list[str]]) -> None:
    kept = [row for row in rows[:100] if row["seq"] not in (40, 41)]
    assert generators.traits(kept, columns).lost == pytest.approx(0.02)


def test_rates_are_medians_of_rounds_and_leave_the_start_out(generators: ModuleType) -> None:
    def run(rows: int, wall: float, cpu: float) -> Any:
        return generators.Run(rows, wall, cpu, rows * 400, "")

    ours = generators.Found([run(1000, 2, 4), run(1000, 4, 4)], [run(100, 1.1, 1.75), run(100, 1, 1.75)])
    theirs = generators.Found([run(500, 1, 1), run(500, 2, 2)], [run(50, 0.1, 0.1), run(50, 0.2, 0.2)])
    assert ours.rates(generators.wall) == [500, 250]
    assert ours.rates(generators.cpu, True) == [400, 400]
    assert generators.ratio(ours, theirs) == "1.0 / 0.8 / 1.2"
    same = generators.Found([run(100, 1, 1)], [run(100, 1, 1)])
    assert [str(rate) for rate in same.rates(generators.cpu, True)] == ["nan"]


def test_what_cannot_be_installed_is_said_in_a_sentence(generators: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(generators.Missing, match=r"^Faker is left out: no network$"):
        generators.run_quietly([sys.executable, "-c", "import sys; sys.exit('no network')"], "Faker is left out")
    with pytest.raises(generators.Missing, match=r"^Faker is left out: .*No such file"):
        generators.run_quietly([tmp_path / "pip"], "Faker is left out")

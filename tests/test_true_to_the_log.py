"""What scenarios say of the weight of rows is what simulated logs weigh; `benchmarks/weights.py` prints the table."""

import gzip
import json
from collections import defaultdict

import pytest

from teledesign.course import find_course, open_scenario
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.simulation import simulate

PANELS = {"shoe-brand": 900, "photo-tagging": 400, "playlists": 30, "code-completion": 9}
"""Users whose three days make some ten thousand rows."""
Rows = dict[str, list[bytes]]


@pytest.fixture(scope="module", params=PANELS)
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, list[bytes]]:
    """A topic and the lines of a small log of it, delivered perfectly."""
    scenario = open_scenario(request.param, find_course(packaged_course()))
    out = tmp_path_factory.mktemp("log") / "log"
    simulate(scenario, users=PANELS[request.param], days=3, out=out, formats=("jsonl",), delivery=Delivery())
    return scenario, [line for path in sorted(out.rglob("*.jsonl")) for line in path.read_bytes().splitlines()]


def test_every_event_weighs_what_is_said(log: tuple[Scenario, list[bytes]]) -> None:
    scenario, lines = log
    sizes: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        sizes[json.loads(line)["event"]].append(len(line))
    weighed = {event: sum(each) / len(each) for event, each in sizes.items() if len(each) >= 20}
    assert len(weighed) >= 3
    for event, size in weighed.items():
        assert scenario.events[event].bytes == pytest.approx(size, rel=0.05), event
    said = sum(scenario.events[event].bytes * len(each) for event, each in sizes.items())
    assert said == pytest.approx(sum(map(len, lines)), rel=0.02)


def test_rows_pack_as_is_said(log: tuple[Scenario, list[bytes]]) -> None:
    scenario, lines = log
    devices: Rows = defaultdict(list)
    for line in lines:
        devices[json.loads(line)["user_id"]].append(line)
    packing = scenario.packing
    for batch in (1, 10, 50):
        whole = [
            b"\n".join(rows[start : start + batch])
            for rows in devices.values()
            for start in range(0, len(rows) - batch + 1, batch)
        ][:200]
        assert whole, batch
        left = sum(len(gzip.compress(text, 6, mtime=0)) for text in whole) / sum(map(len, whole))
        rest = packing.alone - packing.together - packing.start
        assert packing.together + packing.start / batch + rest / batch**2 == pytest.approx(left, rel=0.1), batch

"""How fast an estimate is: many draws beside the same arithmetic written by hand, and one estimate from cold start.

    python benchmarks/costs.py [--runs 1000000] [--topic photo-tagging]

The hand-written form is plain NumPy over whole arrays, as one would write it in a notebook: the workings and amounts
of every line item that an uncertain input moves, rounded to the cent, summed, and their percentiles.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import installed
import numpy as np

from teledesign.costs import cost_model, estimate_of, gathered
from teledesign.costs.model import CostModel
from teledesign.costs.page import page_model
from teledesign.costs.ranges import draws_of, ranges, uncertain_inputs
from teledesign.course import find_course, open_course
from teledesign.design import collect_everything
from teledesign.expectation import Expectation
from teledesign.outputs.estimator_page import estimator_page
from teledesign.reading import read_prices, read_scenario
from teledesign.resources import packaged_course

Values = dict[str, np.ndarray]
SCRIPTS = packaged_course() / "site" / "assets" / "javascripts"


def best_of(times: int, act: Callable[[], object]) -> float:
    """Seconds of this process's processor, which others at work disturb less than a clock."""
    found = []
    for _ in range(times):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return min(found)


def by_hand(model: CostModel, v: Values, runs: int) -> dict[str, tuple[float, float, float]]:
    """The estimate of collect-everything on the teaching sheet, written out for arrays."""
    reached = v["users"] * v["targeting"]
    rows = reached * v["sampling"] * v["sampled_rows"]
    size = reached * v["sampling"] * v["sampled_bytes"]
    records = reached * v["sampling"] * v["sampled_records"]
    sent_rows = reached * v["sampling"] * v["sampled_sent_rows"]
    sent = reached * v["sampling"] * v["sampled_sent_bytes"]
    sends = reached * v["sampling"] * v["sampled_sends"]
    payloads = [name.removeprefix("rate_of_") for name in v if name.startswith("rate_of_")]
    uploads = reached * v["sampling"] * sum(v[f"payload_{name}"] * v[f"rate_of_{name}"] for name in payloads)
    uploaded = (
        reached
        * v["sampling"]
        * sum(v[f"payload_{name}"] * v[f"rate_of_{name}"] * v[f"bytes_of_{name}"] for name in payloads)
    )
    requests = np.maximum(sent_rows / v["batch"], sends)
    each = np.minimum(1.0, requests / sent_rows)
    last = v["packed_alone"] - v["packed_together"] - v["packed_start"]
    packed = sent * (v["packed_together"] + each * (v["packed_start"] + each * last))
    wire = sent + v["compression"] * (packed - sent) + (requests + uploads) * v["request_overhead"] + uploaded
    days = v["days"]

    def cents(amount: np.ndarray) -> np.ndarray:
        return np.floor(amount * 100 + 0.5 + 1e-9) / 100

    def tiers(q: np.ndarray, *steps: float) -> np.ndarray:
        total, below = 0.0, 0.0
        for price, bound in zip(steps[:-1:2], steps[1::2], strict=True):
            total = total + price * np.maximum(0.0, np.minimum(q, bound) - below)
            below = bound
        return total + steps[-1] * np.maximum(0.0, q - below)

    stored = size * v["hot_size"] + uploaded
    scanned = (
        days
        * v["runs_1"]
        * np.maximum(
            v["smallest_query"],
            v["columns_1"] * v["partitions_1"] * size * np.minimum(v["window_1"], v["hot_days"] + v["cold_days"]),
        )
    )
    series = np.maximum(v["series"], v["series"] * v["included_every"] / v["series_every"])
    amounts = {
        "requests": cents(np.ceil((requests + uploads) * days / 1e6 - 1e-9) * 0.40),
        "ingress": cents(wire * days / 1e9 * 0.008),
        "ingestion": cents(tiers(np.maximum(0, rows * days / 1e6 - 1), 0.60, 100, 0.45, 1000, 0.30)),
        "streaming": cents(records * days / 1e9 * 0.08),
        "stream_out": cents(v["readers"] * size * days / 1e9 * 0.04),
        "enrichment": cents((v["job_runs"] * v["job_start"] + size / 1e9 * v["job_work"]) * days * 0.05),
        "hot_storage": cents(tiers(stored * v["hot_days"] / 1e9, 0.10, 10_000, 0.08)),
        "cold_storage": cents((size * v["cold_size"] + uploaded) * v["cold_days"] / 1e9 * 0.01),
        "object_writes": cents(v["object_partitions"] * 86400 / v["object_every"] * days / 1000 * 0.005),
        "query": cents(np.maximum(0, scanned / 1e12 - 1) * 5.00),
        "series": cents(tiers(np.maximum(0, series / 1000 - 1), 8, 100, 5)),
        "boards": cents(v["boards"] * 3),
        "alarms": cents(np.maximum(0, v["alarms"] - 10) * 0.1),
        "seats": cents(v["seats"] * 9),
        "egress": cents(tiers(np.maximum(0, v["exports"] * (size + uploaded) * days / 1e9 - 100), 0.09, 10_000, 0.07)),
        "cross_zone": cents(v["zone_share"] * (size + uploaded) * days / 1e9 * 0.02),
        "labelling": cents(v["labels"] * (1 + v["label_rework"]) * v["label_minutes"] * v["labellers"] / 60 * 20),
        "review": cents(v["reviews"] * v["review_minutes"] / 60 * 60),
        "on_call": cents((v["true_alarms"] + v["false_alarms"]) * v["alarm_minutes"] / 60 * 60),
        "deletion": cents(v["asking"] * reached * v["identified"] * v["request_minutes"] / 60 * 60),
        "deletion_scan": cents(v["rewrites"] * v["identified"] * size * (v["hot_days"] + v["cold_days"]) / 1e12 * 5),
        "audits": cents(v["audits"] * v["audit_hours"] * 60),
        "pii_scan": cents(v["scan_share"] * (size + uploaded) * days / 1e9),
        "upkeep": cents((v["event_kinds"] * v["event_hours"] + v["changes"] * v["change_hours"]) * 60),
    }
    total = sum(amounts.values())
    users = cents(wire * v["mobile_share"] * days / 1e9 * 3)
    told = {**amounts, "firm": total, "data_plan": users, "user": users}
    return {name: _percentiles(np.asarray(values), runs) for name, values in told.items()}


def _percentiles(values: np.ndarray, runs: int) -> tuple[float, float, float]:
    if not values.ndim:
        return (float(values),) * 3
    places = [-(-runs * tenths // 10) - 1 for tenths in (1, 5, 9)]
    parted = np.partition(values, places)
    return tuple(float(parted[place]) for place in places)  # type: ignore[return-value]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=1_000_000)
    options.add_argument("--topic", default="photo-tagging")
    asked = options.parse_args()
    course = packaged_course()
    scenario = read_scenario(course / "scenarios" / asked.topic / "scenario.yaml").or_refuse()
    sheet = read_prices(course / "scenarios" / "prices" / "teaching.yaml").or_refuse()
    expected = Expectation(scenario)
    model = cost_model(gathered(scenario, collect_everything(scenario), sheet, expected), sheet)
    found = ranges(model, {}, runs=asked.runs)
    uncertain = uncertain_inputs(model, {}, {})

    def hand() -> dict[str, tuple[float, float, float]]:
        values = {one.name: np.float64(one.value) for one in model.inputs}
        return by_hand(model, values | draws_of(uncertain, 0, 0, asked.runs), asked.runs)

    written = hand()
    ours = {row.item: row.band for row in found.rows} | dict(found.totals)
    for name, (p10, p50, p90) in written.items():
        band = ours[name]
        assert band is not None
        assert np.allclose((band.p10, band.p50, band.p90), (p10, p50, p90), rtol=1e-6, atol=0.011), (name, band, p50)
    engine = best_of(3, lambda: ranges(model, {}, runs=asked.runs))
    plain = best_of(3, hand)
    print(f"{asked.runs:,} draws of a whole estimate ({asked.topic}, {len(uncertain)} uncertain inputs)")
    print(f"  engine           {engine:6.2f} s CPU")
    print(f"  NumPy by hand    {plain:6.2f} s CPU   engine / hand = {engine / plain:.2f} (aim 1.5)")
    _page(asked.runs, page_model(scenario, collect_everything(scenario), sheet, expected).js)
    print(f"  script on the estimator page {_weight(asked.topic) / 1000:.0f} kB (aim 100)")
    print(f"One estimate, model put together   {1000 * best_of(5, lambda: estimate_of(model)):6.1f} ms")
    starts = [_cold(asked.topic) for _ in range(7)]
    for what, seconds in zip(("wall", "CPU"), zip(*starts, strict=True), strict=True):
        median, best = statistics.median(seconds), min(seconds)
        print(f"teledesign cost {asked.topic}, cold, {what}: median {median:.2f} s, best {best:.2f} s (aim 0.5)")


def _page(runs: int, script: str) -> None:
    """The same draws in the page's script, which Node runs with the engine of Chromium."""
    node = shutil.which("node")
    if node is None:
        return
    program = (
        f"{(SCRIPTS / 'estimator-engine.js').read_text('utf-8')}\n{script}\n"
        f"const start = process.cpuUsage().user, found = teledesignCost.ranges({{}}, {{runs: {runs}}});"
        "console.log(JSON.stringify([process.cpuUsage().user - start, found.totals.firm]));"
    )
    out = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=True).stdout
    microseconds, firm = json.loads(out)
    print(f"  the page's script{microseconds / 1e6:6.2f} s CPU in Node, P50 {firm['p50']:,.2f}")


def _weight(topic: str) -> int:
    """Bytes of the scripts that the page loads: its own four, and the model on the course's price sheet."""
    course = open_course(find_course(packaged_course()), only=(topic,))
    _, files = estimator_page(course.topics[topic].scenario, course.prices, course.file.prices)
    own = sum(path.stat().st_size for path in SCRIPTS.glob("estimator*.js"))
    return own + len(files["estimator-model.js"].encode())


def _cold(topic: str) -> tuple[float, float]:
    """Wall and processor seconds of one estimate, from the start of Python."""
    command = [sys.executable, "-m", "teledesign", "cost", topic, "--course", str(packaged_course())]
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, env=installed.environment())
    wall, after = time.perf_counter() - start, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()

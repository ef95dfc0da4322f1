"""Estimates: reckoned by hand, the levers' effects, settings refused, and the page's script to the cent."""

import functools
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from javascript import ENGINE, answers
from scenarios_for_tests import made, people
from teledesign.costs import LINE_ITEMS, Traffic, cost_model, estimate, estimate_of, gathered
from teledesign.costs.collected import event_bytes
from teledesign.costs.items import EFFECTS, WORKINGS
from teledesign.costs.page import page_model
from teledesign.design import Collected, Design, Targeting, collect_everything
from teledesign.findings import Refusal
from teledesign.prices import PriceSheet
from teledesign.reading import read_design, read_prices, read_scenario
from teledesign.resources import packaged_course
from teledesign.results.estimate import Estimate
from teledesign.scenario import Scenario

COURSE = packaged_course()
TOPICS = sorted(path.parent.name for path in (COURSE / "scenarios").glob("*/scenario.yaml"))
PROSE = {"says": "s", "misleads": "m"}


@pytest.fixture(scope="module")
def sheet() -> PriceSheet:
    return read_prices(Path(COURSE / "scenarios" / "prices" / "teaching.yaml")).or_refuse()


@functools.cache
def topic(name: str) -> Scenario:
    scenario = read_scenario(COURSE / "scenarios" / name / "scenario.yaml").draft
    assert scenario is not None
    return scenario


@pytest.fixture(scope="module", params=TOPICS)
def each_topic(request: pytest.FixtureRequest) -> Scenario:
    return topic(request.param)


LAMP = made(
    people=people(production={"low": 1000, "mode": 1_000_000, "high": 1_000_000}),
    events={
        "opened": {"bytes": 400, "fields": {"colour": {"always": 1}, "brightness": {"always": 2}}},
        "rated": {"bytes": 1500, "per_user_day": 0.5},
        "stored": {"bytes": 200, "per_user_day": 2, "recorded_by": "server"},
    },
    payloads={"photo": {"beside": "opened", "bytes": 100_000, "privacy": "P2", **PROSE}},
)
TRAFFIC = Traffic({"opened": 10.0, "rated": 0.5, "stored": 2.0}, sessions=3.0, active=0.8, mobile=0.25)
PLAIN: dict[str, Any] = {"format": 1, "design": "lean", "scenario": "small", "title": "Lean", "collects": "everything"}


def design(**keys: object) -> Design:
    return Design.model_validate({**PLAIN, **keys})


def costs(sheet: PriceSheet, design: Design, **settings: float) -> Estimate:
    return estimate(LAMP, design, sheet, settings=settings, expected=TRAFFIC)


def with_row(sheet: PriceSheet, name: str, **keys: object) -> PriceSheet:
    """The sheet with other keys in one row (None takes one out), or without the row where none are given."""
    plain = sheet.model_dump(by_alias=True, exclude_unset=True)
    if keys:
        changed = {**plain["rows"][name], **keys}
        plain["rows"][name] = {key: value for key, value in changed.items() if value is not None}
    else:
        del plain["rows"][name]
    return PriceSheet.model_validate(plain)


LEAN_KEYS: dict[str, Any] = {
    "sampling": {"keep": 0.1},
    "targeting": {"share": 0.5},
    "collects": {"opened": "sampled", "rated": "whole", "stored": "sampled"},
    "payloads": {"photo": 0.01},
    "transport": {"batch": 20, "compression": "gzip"},
    "retention": {"hot_days": 30, "cold_days": 335},
    "exports": 0.2,
    "series": {"one": {"count": 5000, "every": "60 s"}, "other": {"count": 1000, "every": "15 s"}},
    "queries": [
        {"title": "Dashboard", "runs_per_day": 24, "window_days": 7, "columns": 0.2},
        {"title": "Report", "runs_per_day": 1, "window_days": 400},
    ],
    "labels": {"per_month": 3000, "minutes_each": 0.5, "labellers": 3},
    "budget_usd_per_month": 2000,
}
LEAN = design(**LEAN_KEYS)


def test_an_estimate_by_hand(sheet: PriceSheet) -> None:
    """A million users, half of them targeted; a tenth of rows opened and stored, all of rated."""
    found = costs(sheet, LEAN)
    reached = 500_000
    rows = reached * (0.1 * 12 + 0.5)
    size = reached * (0.1 * (10 * 400 + 2 * 200) + 0.5 * 1500)
    billed = reached * (0.1 * 12 * 1000 + 0.5 * 2000)
    sent_rows = reached * (0.1 * 10 + 0.5)
    sent_bytes = reached * (0.1 * 4000 + 750)
    photos = reached * 0.1 * 10 * 0.01
    photo_bytes = photos * 100_000
    sends = reached * (0.1 * 0.8 + 0.5)
    requests = max(sent_rows / 20, sends)
    mean = (1.0 * 400 + 0.5 * 1500) / 1.5
    each = requests / sent_rows
    packed = sent_bytes * (0.1 + each * (0.83 + each * (0.66 - 0.1 - 0.83)))
    assert mean == pytest.approx(766.7, abs=0.05)
    wire = packed + (requests + photos) * 600 + photo_bytes
    expected = {
        "rows_per_day": rows,
        "bytes_per_day": size,
        "records_per_day": billed,
        "sent_rows_per_day": sent_rows,
        "sent_bytes_per_day": sent_bytes,
        "payloads_per_day": photos,
        "uploaded_bytes_per_day": photo_bytes,
        "sends_per_day": sends,
        "row_requests_per_day": requests,
        "packed_per_day": packed,
        "wire_bytes_per_day": wire,
    }
    for name, value in expected.items():
        assert found.value(name) == pytest.approx(value, rel=1e-12), name
    stored = size + photo_bytes
    scanned = 30 * (24 * 0.2 * size * 7 + size * 365)
    quantities = {
        "requests": (requests + photos) * 30 / 1e6,
        "ingestion": rows * 30 / 1e6,
        "streaming": billed * 30 / 1e9,
        "hot_storage": (size + photo_bytes) * 30 / 1e9,
        "cold_storage": (size * 0.056 + photo_bytes) * 335 / 1e9,
        "query": scanned / 1e12,
        "series": (5000 + 4 * 1000) / 1000,
        "egress": 0.2 * (size + photo_bytes) * 30 / 1e9,
        "labelling": 3000 * 0.5 * 3 / 60,
        "data_plan": wire * 0.25 * 30 / 1e9,
        "ingress": wire * 30 / 1e9,
        "stream_out": size * 30 / 1e9,
        "enrichment": (24 * 0.05 + size / 1e9 * 0.01) * 30,
        "object_writes": 4 * 288 * 30 / 1000,
        "boards": 1,
        "alarms": 0,
        "seats": 1,
        "cross_zone": 0.67 * stored * 30 / 1e9,
        "review": 0,
        "on_call": 0,
        "deletion": 1e-5 * reached * 0.25 / 60,
        "deletion_scan": size * 365 / 1e12,
        "audits": 0,
        "pii_scan": 0.01 * stored * 30 / 1e9,
        "upkeep": 0,
    }
    for name, value in quantities.items():
        assert found.row(name).quantity.value == pytest.approx(value, rel=1e-9), name
    assert {row.item: row.amount for row in found.rows} == {
        "requests": 3.60,  # nine packages begun
        "ingestion": 14.70,  # 24.5 million at 0.60
        "streaming": 2.64,
        "hot_storage": 3.29,  # 3.285
        "cold_storage": 1.79,
        "query": 30.58,  # 6.11501 TB at 5
        "series": 64.00,  # 8 thousand at 8
        "egress": 0.00,
        "labelling": 1500.00,
        "data_plan": 20.16,
        "ingress": 0.21,
        "stream_out": 0.71,
        "shards": 0.00,  # covered
        "enrichment": 1.81,
        "object_writes": 0.17,
        "boards": 3.00,
        "alarms": 0.00,
        "seats": 9.00,
        "cross_zone": 0.44,
        "label_platform": 0.00,  # covered
        "review": 0.00,
        "on_call": 0.00,
        "deletion": 1.25,
        "deletion_scan": 1.09,
        "audits": 0.00,
        "pii_scan": 0.33,
        "upkeep": 0.00,
    }
    assert found.total.shown("USD") == "1,638.61 USD"
    assert found.totals["user"].shown("USD") == "20.16 USD"
    assert found.budget == 2000
    assert found.user_per_month == found.totals["user"].amount / reached


def test_every_row_has_formula_numbers_price_source_and_payer(sheet: PriceSheet) -> None:
    found = costs(sheet, LEAN)
    assert [row.item for row in found.rows] == [line.name for line in LINE_ITEMS]
    for row in found.rows:
        assert row.payer == ("user" if row.item == "data_plan" else "firm")
        assert row.quantity.formula
        assert row.quantity.numbers
        assert row.quantity.tex
        if row.covered:
            assert (row.price, row.amount) == (None, 0)
            continue
        assert row.price is not None
        assert row.price.source
        assert row.price.status == "teaching"
        assert row.price.numbers.count("q") == row.price.formula.count("q(")
    egress = found.row("egress")
    assert egress.quantity.formula == "exports * (bytes_per_day + uploaded_bytes_per_day) * days"
    assert egress.quantity.numbers == "0.2 * (595,000,000 + 500,000,000) * 30"
    assert egress.price is not None
    assert egress.price.numbers == "graduated(over(6.57, 100), 0.09, 10,000, 0.07)"


def test_levers_of_a_row_are_all_inputs_behind_it(sheet: PriceSheet) -> None:
    found = costs(sheet, LEAN)
    assert set(found.row("labelling").levers) == {"labels", "label_minutes", "label_rework", "labellers"}
    assert "free_tier" in found.row("egress").levers
    assert "batch" in found.row("requests").levers
    assert "batch" not in found.row("ingestion").levers
    model = cost_model(gathered(LAMP, LEAN, sheet, TRAFFIC), sheet)
    for setting in model.settings:
        changed = setting.high if setting.default != setting.high else setting.low
        for row, before in zip(estimate_of(model, {setting.name: changed}).rows, found.rows, strict=True):
            if setting.name not in row.levers:
                assert row.quantity.value == before.quantity.value, (setting.name, row.item)


# --- The contrasts that make good questions (sampling and series, batches and events, trimming, rounding) ---


def amounts(estimate: Estimate) -> dict[str, float]:
    return {row.item: row.amount for row in estimate.rows if row.amount is not None}


def test_sampling_does_not_lower_the_cost_of_series(sheet: PriceSheet) -> None:
    full, tenth = costs(sheet, LEAN, sampling=1), costs(sheet, LEAN, sampling=0.1)
    assert amounts(full)["series"] == amounts(tenth)["series"] > 0
    assert amounts(full)["ingestion"] > 3 * amounts(tenth)["ingestion"]
    assert amounts(full)["labelling"] == amounts(tenth)["labelling"]


def test_batching_lowers_requests_and_bytes_on_the_wire_but_not_what_is_counted_singly(sheet: PriceSheet) -> None:
    alone = costs(sheet, LEAN, batch=1, sampling=1)
    together = costs(sheet, LEAN, batch=20, sampling=1)
    assert amounts(alone)["requests"] > 3 * amounts(together)["requests"]
    assert amounts(alone)["data_plan"] > amounts(together)["data_plan"]
    for item in ("ingestion", "streaming", "hot_storage", "cold_storage", "query", "egress"):
        assert amounts(alone)[item] == amounts(together)[item]


def test_trimming_rows_does_not_help_where_events_are_priced(sheet: PriceSheet) -> None:
    collects = {"opened": {"without": ["colour", "brightness"]}, "rated": "whole", "stored": "sampled"}
    trimmed = design(**{**LEAN_KEYS, "collects": collects})
    slim = costs(sheet, trimmed)
    fat = costs(sheet, LEAN)
    assert amounts(slim)["ingestion"] == amounts(fat)["ingestion"]
    assert slim.row("hot_storage").quantity.value < fat.row("hot_storage").quantity.value
    by_the_byte = with_row(sheet, "ingestion", unit="GB", kind="per_unit", price=0.5, tiers=None, included=None)
    assert costs(by_the_byte, LEAN).row("ingestion").quantity.formula == "bytes_per_day * days"
    assert amounts(costs(by_the_byte, trimmed))["ingestion"] < amounts(costs(by_the_byte, LEAN))["ingestion"]


def test_rows_without_their_own_fields_are_a_design_without_them(sheet: PriceSheet, each_topic: Scenario) -> None:
    everything = collect_everything(each_topic)
    none = {name: Collected(fields=()) for name in each_topic.events}
    trimmed = estimate(each_topic, everything.model_copy(update={"collects": none}), sheet)
    found = estimate(each_topic, everything, sheet, settings={"bare": 1})
    for row, other in zip(found.rows, trimmed.rows, strict=True):
        assert row.quantity.value == pytest.approx(other.quantity.value, rel=1e-3), row.item
    assert found.row("ingestion").amount == estimate(each_topic, everything, sheet).row("ingestion").amount
    assert found.value("bytes_per_day") < 0.9 * estimate(each_topic, everything, sheet).value("bytes_per_day")


@pytest.mark.parametrize(("step", "times"), [("1 kB", 1000 / 400), ("5 KiB", 5120 / 400)])
def test_a_small_record_is_billed_rounded_up(sheet: PriceSheet, step: str, times: float) -> None:
    rounded = with_row(sheet, "streaming", rounding={"of": "record", "up_to": step})
    exact = with_row(sheet, "streaming", rounding=None)
    only = design(collects={"opened": "sampled"})
    billed = costs(rounded, only).row("streaming").quantity.value
    assert billed / costs(exact, only).row("streaming").quantity.value == pytest.approx(times)


# --- What is around the data, and what no invoice shows ---


def test_each_line_item_of_the_reference_is_here() -> None:
    """The 22 of the cost reference: money as rows, energy, battery, work on the device and consent as effects."""
    told = {line.name for line in LINE_ITEMS} | {one.name for one in EFFECTS}
    for names in (
        ("device_energy",),
        ("battery_share",),
        ("data_plan", "data_each"),
        ("device_work", "queue_bytes"),
        ("requests", "ingress"),
        ("ingestion",),
        ("streaming", "stream_out", "shards"),
        ("enrichment",),
        ("hot_storage",),
        ("cold_storage",),
        ("object_writes",),
        ("query",),
        ("series",),
        ("boards", "alarms", "seats"),
        ("egress", "cross_zone"),
        ("labelling", "label_platform"),
        ("review",),
        ("on_call",),
        ("deletion", "deletion_scan"),
        ("audits", "pii_scan"),
        ("unheard",),
        ("upkeep",),
    ):
        assert set(names) <= told


def test_work_around_the_data_by_hand(sheet: PriceSheet) -> None:
    care = {"boards": 2, "seats": 5, "reviews_per_month": 100, "review_minutes": 3, "audits_per_year": 4}
    care |= {"audit_hours": 6, "hours_per_event": 0.25, "changes_per_month": 2, "change_hours": 4}
    found = amounts(costs(sheet, design(care=care)))
    assert {name: found[name] for name in ("boards", "seats", "review", "audits", "upkeep")} == {
        "boards": 6.00,
        "seats": 45.00,
        "review": 300.00,  # 5 h
        "audits": 120.00,  # 2 h
        "upkeep": 525.00,  # three kinds of events and two changes: 8.75 h
    }


def test_false_alarms_cost_time_by_how_often_and_how_closely_one_looks(sheet: PriceSheet) -> None:
    def on_call(method: str, threshold: float, window: str) -> float:
        watch = {"metric": "m", "method": method, "threshold": threshold, "window": window, "read_by": "us"}
        return costs(sheet, design(monitors={"one": watch})).value("false_alarms")

    assert on_call("shewhart", 3, "1 d") == pytest.approx(30 / 370.4, rel=1e-3)
    assert on_call("shewhart", 3, "1 h") == pytest.approx(720 / 370.4, rel=1e-3)
    assert on_call("shewhart", 2, "1 d") == pytest.approx(30 / 21.98, rel=1e-3)
    assert on_call("cusum", 5, "1 d") == pytest.approx(30 / 465, rel=2e-3)
    assert on_call("threshold", 0.9, "1 d") == 0


def test_a_battery_cares_how_often_and_not_how_much(sheet: PriceSheet) -> None:
    alone = costs(sheet, LEAN, batch=1, sampling=1, mobile_share=1)
    together = costs(sheet, LEAN, batch=20, sampling=1, mobile_share=1)
    assert alone.effect("device_energy") > 3 * together.effect("device_energy")
    per_user = (10.5 + 0.1) * 12.61 + alone.value("wire_bytes_per_day") / 500_000 * 3.5e-6
    assert alone.effect("device_energy") == pytest.approx(per_user, rel=1e-9)
    assert alone.effect("battery_share") == pytest.approx(per_user / 54_000, rel=1e-9)
    unpacked = costs(sheet, LEAN, batch=1, sampling=1, mobile_share=1, compression=0)
    assert unpacked.effect("device_energy") < 1.01 * alone.effect("device_energy")
    assert costs(sheet, LEAN, targeting=0).effect("device_energy") == 0
    assert costs(sheet, LEAN).effect("unheard") == 0.5
    assert costs(sheet, LEAN).effect("queue_bytes") == pytest.approx(20 * 766.7, rel=1e-4)


def test_deletion_costs_by_what_is_kept_and_nothing_without_ids(sheet: PriceSheet) -> None:
    short, long = costs(sheet, LEAN, cold_days=0), costs(sheet, LEAN, cold_days=3650)
    assert amounts(long)["deletion_scan"] > 50 * amounts(short)["deletion_scan"] > 0
    assert amounts(long)["deletion"] == amounts(short)["deletion"] > 0
    nameless = amounts(costs(sheet, LEAN, identified=0))
    assert nameless["deletion"] == nameless["deletion_scan"] == 0


def test_free_allowances_are_a_setting(sheet: PriceSheet) -> None:
    free, paid = costs(sheet, LEAN), costs(sheet, LEAN, free_tier=0)
    assert amounts(free)["egress"] == 0
    assert amounts(paid)["egress"] == 0.59  # 6.57 GB
    assert paid.row("egress").price is not None
    assert "over(6.57, 0)" in paid.row("egress").price.numbers  # type: ignore[union-attr]


def test_a_store_with_a_shortest_stay_bills_it(sheet: PriceSheet) -> None:
    months = with_row(sheet, "cold_storage", least_days=90)
    at = {days: costs(months, LEAN, cold_days=days).row("cold_storage").quantity.value for days in (0, 1, 89, 90, 91)}
    assert at[0] == 0
    assert at[1] == at[89] == at[90] < at[91]
    assert at[91] == pytest.approx(at[90] * 91 / 90)


def test_shards_follow_the_busiest_moment_by_records_or_bytes(sheet: PriceSheet) -> None:
    rows = {"title": "Shards", "unit": "shard-hour", "kind": "per_unit", "price": 0.015}
    plain = sheet.model_dump(by_alias=True, exclude_unset=True)
    del plain["covered"]["shards"]
    plain["rows"]["shards"] = {**rows, "source": "made up", "status": "teaching"}
    sharded = PriceSheet.model_validate(plain)
    few = design(collects={"opened": {"keep": 1.0}})
    found = costs(sharded, few, users=1_000_000, peak=3)
    assert found.value("shards") == 1  # 347 records and 0.35 MB a second
    assert found.row("shards").quantity.value == 720
    assert costs(sharded, few, peak=8.7).value("shards") == 2  # 1,007 records and as many kB
    assert costs(sharded, few, peak=8.6).value("shards") == 1
    assert amounts(costs(sharded, design(collects={})))["shards"] == 0


def test_a_price_of_two_measures_takes_both(sheet: PriceSheet) -> None:
    two = with_row(sheet, "series", kind="max_of", tiers=None, included=None, price=8, each="1000 sample/min")
    found = costs(two, LEAN)
    assert found.row("series").quantity.value == 6
    assert found.row("series").price is not None
    assert found.row("series").amount == 72.00  # 6,000 series write 9,000 numbers a minute
    assert {"series", "series_every"} <= set(found.row("series").levers)


def test_copies_and_skipped_partitions(sheet: PriceSheet) -> None:
    once, thrice = costs(sheet, LEAN), costs(sheet, design(**{**LEAN_KEYS, "retention": {"hot_days": 30, "copies": 3}}))
    assert thrice.value("hot_size") == 3 * once.value("hot_size")
    query = {"title": "Again", "runs_per_day": 100, "window_days": 7}
    whole, tenth = (
        costs(sheet, design(queries=[{**query, "partitions": share}])).row("query").quantity.value
        for share in (1.0, 0.1)
    )
    assert tenth == pytest.approx(whole / 10)


# --- Levers ---


def test_levers_move_what_they_should(sheet: PriceSheet) -> None:
    base = costs(sheet, LEAN)
    half = costs(sheet, LEAN, targeting=0.25)
    for item in ("rows_per_day", "bytes_per_day", "payloads_per_day", "row_requests_per_day", "wire_bytes_per_day"):
        assert half.value(item) == pytest.approx(base.value(item) / 2), item
    longer = costs(sheet, LEAN, hot_days=60)
    assert longer.row("hot_storage").quantity.value == 2 * base.row("hot_storage").quantity.value
    assert amounts(longer)["ingestion"] == amounts(base)["ingestion"]
    assert amounts(costs(sheet, LEAN, cold_days=0))["cold_storage"] == 0
    assert costs(sheet, LEAN, compression=0).value("wire_bytes_per_day") > base.value("wire_bytes_per_day")
    photos = costs(sheet, LEAN, payload_photo=1)
    assert photos.value("uploaded_bytes_per_day") == pytest.approx(100 * base.value("uploaded_bytes_per_day"))
    assert amounts(photos)["ingestion"] == amounts(base)["ingestion"]


def test_a_query_cannot_look_back_further_than_rows_are_kept(sheet: PriceSheet) -> None:
    kept = costs(sheet, LEAN, hot_days=30, cold_days=0, runs_1=0)
    longer = costs(sheet, LEAN, hot_days=60, cold_days=0, runs_1=0)
    assert longer.row("query").quantity.value == pytest.approx(2 * kept.row("query").quantity.value)
    assert costs(sheet, LEAN, hot_days=500, runs_1=0).row("query").quantity.value == pytest.approx(
        costs(sheet, LEAN, hot_days=400, cold_days=0, runs_1=0).row("query").quantity.value
    )


def test_a_small_query_is_billed_as_the_smallest(sheet: PriceSheet) -> None:
    found = costs(sheet, LEAN, users=1, runs_1=100, runs_2=0)
    assert found.row("query").quantity.value == pytest.approx(30 * 100 * 10e6 / 1e12)


def test_a_batch_is_never_larger_than_what_a_device_has(sheet: PriceSheet) -> None:
    huge = costs(sheet, LEAN, batch=100_000, sampling=1)
    assert huge.value("row_requests_per_day") == huge.value("sends_per_day") == 500_000 * (0.8 + 0.5)
    by_event = design(sampling={"keep": 0.01, "by": "event"}, collects={"opened": "sampled"})
    found = costs(sheet, by_event, batch=100_000)
    assert found.value("sends_per_day") == pytest.approx(1_000_000 * 0.01 * 10)
    hourly = design(transport={"flush": "1 h"}, collects={"opened": "sampled"})
    assert costs(sheet, hourly, batch=100_000).value("sends_per_day") == 3_000_000
    weekly = design(transport={"flush": "4 d"}, collects={"opened": "sampled"})
    assert costs(sheet, weekly, batch=100_000).value("sends_per_day") == 200_000


def test_compression_is_the_curve_of_the_scenario(sheet: PriceSheet) -> None:
    packing = LAMP.packing
    assert (packing.alone, packing.together, packing.start) == (0.66, 0.1, 0.83)
    for batch, left in ((1, 0.66), (50, 0.1 + 0.83 / 50 - 0.27 / 2500)):
        for codec, times in (("gzip", 1), ("zstd", 48 / 51)):
            one = design(transport={"batch": batch, "compression": codec, "flush": "4 d"}, collects={"opened": "whole"})
            found = costs(sheet, one)
            assert found.value("requests_a_row") == pytest.approx(1 / batch)
            packed = found.value("packed_per_day") / found.value("sent_bytes_per_day")
            assert packed == pytest.approx(left * times, rel=1e-4)
    assert costs(sheet, design(collects={})).value("packed_per_day") == 0


def test_the_cheap_store_holds_what_columns_leave(sheet: PriceSheet) -> None:
    assert costs(sheet, LEAN).value("cold_size") == LAMP.packing.columns * LEAN.retention.copies


def test_summaries_count_up_on_the_device(sheet: PriceSheet) -> None:
    summary = {"of": ["opened"], "window": "day", "bytes": 500}
    found = costs(sheet, design(summaries={"a_day": summary}))
    assert found.value("sampled_rows") == pytest.approx(0.8 + 0.5 + 2)
    assert found.value("sampled_bytes") == pytest.approx(0.8 * 500 + 0.5 * 1500 + 2 * 200)
    by_session = costs(sheet, design(summaries={"a_session": {**summary, "window": "session"}}))
    assert by_session.value("sampled_rows") == pytest.approx(3 + 0.5 + 2)
    rare = costs(sheet, design(summaries={"a_day": {**summary, "of": ["rated"]}}))
    assert rare.value("sampled_rows") == pytest.approx(10 + 0.5 + 2)
    written, counted = found.value("sent_rows_per_day"), found.value("counted_up")
    each = found.value("work_each")
    reached = found.value("users") * found.value("targeting")
    assert counted > 0
    assert found.effect("device_work") == pytest.approx((written / reached + counted) * each)


def test_fields_that_are_not_sent_make_a_row_lighter() -> None:
    opened = LAMP.events["opened"]
    assert event_bytes(opened, Collected()) == 400
    assert event_bytes(opened, Collected(without=("colour",))) == 400 - (6 + 4 + 10)
    assert event_bytes(opened, Collected(fields=())) == 400 - (6 + 4 + 10) - (10 + 4 + 10)


def test_rows_of_the_server_are_not_sent_by_devices(sheet: PriceSheet) -> None:
    found = costs(sheet, design(collects={"stored": "sampled"}))
    assert found.value("rows_per_day") == 2_000_000
    assert found.value("sent_rows_per_day") == 0
    assert amounts(found)["requests"] == amounts(found)["data_plan"] == 0


def test_nothing_collected_costs_nothing(sheet: PriceSheet) -> None:
    found = costs(sheet, design(collects={}))
    assert set(amounts(found).values()) == {0.0}
    assert found.total.shown("USD") == "0.00 USD"


# --- Unknown is unknown ---


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"price": "unknown"}, "nobody has seen the price streaming"),
        ({}, "the sheet has no row streaming"),
        ({"unit": "seat-month"}, "the sheet's price streaming is per seat-month, which does not fit what is counted"),
    ],
)
def test_an_unknown_price_is_never_nothing(sheet: PriceSheet, changes: dict[str, str], why: str) -> None:
    if "unit" in changes:
        changes = {**changes, "rounding": None}
    found = costs(with_row(sheet, "streaming", **changes), LEAN)
    row = found.row("streaming")
    assert row.amount is None
    assert row.why_unknown == why
    assert row.quantity.value > 0
    assert found.total.at_least
    assert found.total.shown("USD") == "at least 1,635.97 USD"
    assert not found.totals["user"].at_least
    assert '"amount": null' in json.dumps(found.as_json())


def test_unknown_mobile_data_leaves_the_share_of_a_user_unknown(sheet: PriceSheet) -> None:
    found = costs(with_row(sheet, "data_plan", price="unknown"), LEAN)
    assert found.user_per_month is None
    assert found.totals["user"].shown("USD") == "at least 0.00 USD"


# --- Settings ---


@pytest.mark.parametrize(
    ("settings", "findings"),
    [
        ({"samplng": 0.1}, [("samplng", "there is no such lever. Did you mean sampling?")]),
        ({"sampling": 1.1}, [("sampling", "1.1 is outside what is possible. Write a number from 0 to 1")]),
        ({"sampling": -0.1}, [("sampling", "-0.1 is outside what is possible. Write a number from 0 to 1")]),
        ({"batch": 0}, [("batch", "0 is outside what is possible. Write a number from 1 to 100,000")]),
        ({"users": 0}, [("users", "0 is outside what is possible. Write a number from 1 to 10,000,000,000")]),
        ({"users": math.nan}, [("users", "nan is outside what is possible. Write a number from 1 to 10,000,000,000")]),
        ({"hot_days": math.inf}, [("hot_days", "inf is outside what is possible. Write a number from 0 to 3,650")]),
        (
            {"sampled_rows": 3},
            [
                (
                    "sampled_rows",
                    "sampled_rows follows from the scenario and the design and cannot be set. Change them instead",
                )
            ],
        ),
        (
            {"targetting": 1, "days": 45},
            [
                ("targetting", "there is no such lever. Did you mean targeting?"),
                ("days", "45 is outside what is possible. Write a number from 28 to 31"),
            ],
        ),
    ],
)
def test_settings_are_refused_and_never_clamped(sheet: PriceSheet, settings: dict, findings: list) -> None:
    with pytest.raises(Refusal) as refused:
        costs(sheet, LEAN, **settings)
    assert [(one.path, one.message) for one in refused.value.findings] == findings


def test_every_bound_gives_a_number(sheet: PriceSheet, each_topic: Scenario) -> None:
    model = cost_model(gathered(each_topic, collect_everything(each_topic), sheet), sheet)
    for end in ("low", "high"):
        settings = {one.name: getattr(one, end) for one in model.settings}
        found = estimate_of(model, settings)
        assert all(row.amount is not None and math.isfinite(row.amount) and row.amount >= 0 for row in found.rows)
        for setting in model.settings:
            estimate_of(model, {setting.name: settings[setting.name]})


@given(st.floats(0, 1), st.floats(0, 1))
@hypothesis_settings(max_examples=50, deadline=None)
def test_keeping_more_never_costs_less(sheet: PriceSheet, one: float, other: float) -> None:
    low, high = sorted((one, other))
    model = cost_model(gathered(LAMP, LEAN, sheet, TRAFFIC), sheet)
    assert estimate_of(model, {"sampling": low}).total.amount <= estimate_of(model, {"sampling": high}).total.amount


def test_settings_are_told_as_they_were_used(sheet: PriceSheet) -> None:
    found = costs(sheet, LEAN, sampling=0.25)
    assert found.input("sampling").value == 0.25
    assert found.input("sampling").default == 0.1
    assert found.settings["batch"] == 20
    assert "sampled_rows" not in found.settings


# --- The topics ---


def test_a_topic_costs_something_in_every_total(sheet: PriceSheet, each_topic: Scenario) -> None:
    found = estimate(each_topic, collect_everything(each_topic), sheet)
    assert not found.total.at_least
    assert found.total.amount > 100
    cheaper = estimate(each_topic, collect_everything(each_topic), sheet, settings={"sampling": 0.01})
    assert cheaper.total.amount < found.total.amount
    assert found.input("users").value == each_topic.people.production.mode


def test_who_pays_for_mobile_data_is_read_from_the_scenario(sheet: PriceSheet) -> None:
    for name, share in (("photo-tagging", 0.3), ("code-completion", 0)):
        assert estimate(topic(name), collect_everything(topic(name)), sheet).value("mobile_share") == share
    everything = collect_everything(topic("photo-tagging"))
    at_home = everything.model_copy(update={"transport": everything.transport.model_copy(update={"wifi_only": "yes"})})
    assert estimate(topic("photo-tagging"), at_home, sheet).value("mobile_share") == 0


def test_targeting_a_slice_takes_its_share(sheet: PriceSheet) -> None:
    scenario = topic("photo-tagging")
    everything = collect_everything(scenario)
    target = {"share": 0.5, "where": {"platform": ["android"]}}
    aimed = everything.model_copy(update={"targeting": Targeting.model_validate(target)})
    assert estimate(scenario, aimed, sheet).value("targeting") == pytest.approx(0.5 * 0.55)


# --- The page ---


def random_settings(model_inputs: list[dict[str, Any]], dice: random.Random) -> dict[str, float]:
    """Settings anywhere within their bounds, often at an end, small where bounds span magnitudes."""
    settings = {}
    for one in model_inputs:
        if one["role"] == "fact" or dice.random() < 0.3:
            continue
        low, high = one["low"], one["high"]
        wide = high > 1000 * max(low, 1)
        value = math.exp(dice.uniform(math.log(max(low, 0.01)), math.log(high))) if wide else dice.uniform(low, high)
        settings[one["name"]] = dice.choice([value, value, value, low, high, float(round(value, 2))])
        settings[one["name"]] = min(max(settings[one["name"]], low), high)
    return settings


def assert_same(page: Any, model: Any, inputs: list[dict[str, float]], node: str) -> None:
    theirs = answers(node, ENGINE + page.js, "settings => teledesignCost.model(settings)", inputs)
    for settings, found in zip(inputs, theirs, strict=True):
        ours = estimate_of(model, settings)
        assert [row["item"] for row in found["rows"]] == [row.item for row in ours.rows]
        for theirs_row, row in zip(found["rows"], ours.rows, strict=True):
            assert theirs_row["amount"] == row.amount, (row.item, settings)
            assert theirs_row["quantity"] == row.quantity.value, (row.item, settings)
        assert {payer: (total["amount"], total["at_least"]) for payer, total in found["totals"].items()} == {
            payer: (total.amount, total.at_least) for payer, total in ours.totals.items()
        }
        assert found["user_per_month"] == ours.user_per_month
        assert found["effects"] == {one.quantity.name: one.quantity.value for one in ours.effects}
        for name, value in found["values"].items():
            assert value == ours.value(name), name


def test_the_page_works_out_what_python_does_for_every_topic(sheet: PriceSheet, each_topic: Scenario, tool) -> None:
    everything = collect_everything(each_topic)
    page = page_model(each_topic, everything, sheet)
    model = cost_model(gathered(each_topic, everything, sheet), sheet)
    dice = random.Random(each_topic.scenario)
    inputs = [{}, *(random_settings(page.data["inputs"], dice) for _ in range(60))]
    assert_same(page, model, inputs, tool("node"))


@pytest.mark.parametrize("by", ["user", "event"])
def test_the_page_works_out_what_python_does_for_a_lean_design(sheet: PriceSheet, by: str, tool) -> None:
    lean = design(**{**LEAN_KEYS, "sampling": {"keep": 0.07, "by": by}})
    odd = with_row(
        with_row(sheet, "hot_storage", kind="flat", tiers=None, base=20, included=10, price=0.07),
        "egress",
        kind="volume",
        tiers=[{"up_to": 1.1, "price": 4.35}, {"price": 0.07}],
        included=0.07,
        rounding={"of": "total", "up_to": "0.07 GB"},
    )
    odd = with_row(odd, "cold_storage", kind="minimum", least=4.35)
    odd = with_row(odd, "query", price="unknown")
    page = page_model(LAMP, lean, odd, TRAFFIC)
    model = cost_model(gathered(LAMP, lean, odd, TRAFFIC), odd)
    dice = random.Random(7)
    assert_same(page, model, [random_settings(page.data["inputs"], dice) for _ in range(100)], tool("node"))


def test_the_page_s_data_holds_what_is_shown(sheet: PriceSheet) -> None:
    page = page_model(LAMP, LEAN, sheet, TRAFFIC)
    assert [one["name"] for one in page.data["inputs"] if one["role"] == "lever"] == [
        "sampling",
        "targeting",
        "hot_days",
        "cold_days",
        "batch",
        "compression",
        "bare",
        "payload_photo",
    ]
    for row in page.data["rows"]:
        assert row["formula"]
        assert row["tex"]
        assert row["covered"] or row["price"]["told"]
    assert [one["name"] for one in page.data["effects"]] == [one.name for one in EFFECTS]
    assert [one["name"] for one in page.data["worked"]] == [one.name for one in WORKINGS]
    assert "</" not in page.js


def test_the_script_of_a_page_is_the_same_each_time(sheet: PriceSheet) -> None:
    assert page_model(LAMP, LEAN, sheet, TRAFFIC) == page_model(LAMP, LEAN, sheet, TRAFFIC)


DESIGNS = sorted((COURSE / "scenarios").glob("*/designs/*.yaml"))


def test_every_topic_has_a_lean_and_a_thorough_design() -> None:
    assert {(path.parent.parent.name, path.stem) for path in DESIGNS} == {
        (name, design) for name in TOPICS for design in ("lean", "thorough")
    }


@pytest.mark.parametrize("path", DESIGNS, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_a_shipped_design_fits_its_scenario_and_its_budget(sheet: PriceSheet, path: Path) -> None:
    scenario = topic(path.parent.parent.name)
    found = estimate(scenario, read_design(path, scenario).or_refuse(), sheet)
    assert found.budget is not None
    assert found.budget / 4 < found.total.amount < found.budget
    assert found.total.amount < estimate(scenario, collect_everything(scenario), sheet).total.amount * 4


def test_rows_from_few_users_are_sent_by_few_devices(sheet: PriceSheet) -> None:
    few = design(collects={"opened": {"keep": 0.01, "by": "user"}}, transport={"batch": 1000})
    assert costs(sheet, few).value("sends_per_day") == pytest.approx(1_000_000 * 0.8 * 0.01)
    scattered = design(collects={"opened": {"keep": 0.01, "by": "event"}}, transport={"batch": 1000})
    assert costs(sheet, scattered).value("sends_per_day") == pytest.approx(1_000_000 * 0.1)


def test_a_design_may_have_as_many_queries_as_it_is_allowed(sheet: PriceSheet) -> None:
    query = {"title": "Again", "runs_per_day": 1, "window_days": 1}
    one, twelve = (costs(sheet, design(queries=[query] * count)).row("query").quantity.value for count in (1, 12))
    assert twelve == pytest.approx(12 * one)


def test_tex_of_every_formula_is_balanced(sheet: PriceSheet, each_topic: Scenario) -> None:
    found = estimate(each_topic, collect_everything(each_topic), sheet)
    texts = [one.tex for one in found.worked]
    for row in found.rows:
        texts += [row.quantity.tex, *([row.price.tex] if row.price else [])]
    for text in texts:
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert "_" not in text.replace("}_{", "")

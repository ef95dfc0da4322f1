"""The vendors' sheets, and bills in the style of the worked examples that vendors publish, reckoned by hand.

No total here is a vendor's: the inputs have the form of published examples, the prices are those of the sheets.
"""

from pathlib import Path
from typing import Any

import pytest

from teledesign.costs import LINE_ITEMS, bill
from teledesign.findings import Refusal
from teledesign.prices import PriceSheet
from teledesign.reading import read_prices
from teledesign.resources import packaged_course
from teledesign.results.estimate import Bill
from teledesign.usage import Quantities

FOLDER = Path(packaged_course() / "scenarios" / "prices")
SHEETS = {path.stem: read_prices(path).or_refuse() for path in sorted(FOLDER.glob("*.yaml"))}
VENDORS = sorted(set(SHEETS) - {"teaching", "people"})


def billed(sheet: str | PriceSheet, quantities: dict[str, Any], **more: Any) -> Bill:
    given = Quantities.model_validate({"format": 1, "quantities": quantities, **more})
    return bill(SHEETS[sheet] if isinstance(sheet, str) else sheet, given)


def amounts(found: Bill) -> list[float | None]:
    return [row.amount for row in found.rows]


def test_there_is_a_sheet_for_each_vendor() -> None:
    assert [
        *("aws", "clickhouse", "cloudflare", "datadog", "google-cloud", "grafana-cloud", "new-relic", "posthog")
    ] == VENDORS


@pytest.mark.parametrize("name", SHEETS)
def test_every_row_says_where_it_was_read_and_an_unseen_price_is_unknown(name: str) -> None:
    sheet = SHEETS[name]
    assert sheet.prices == name
    for key, row in sheet.rows.items():
        assert row.source, key
        assert (row.status == "unseen") <= (not row.known), key
        if name in VENDORS:
            assert row.status != "teaching", key


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_serves_line_items_that_exist(name: str) -> None:
    sheet = SHEETS[name]
    known = {line.price for line in LINE_ITEMS}
    assert {*sheet.serves, *sheet.covered} <= known


EXAMPLES: list[tuple[str, str, dict[str, Any], dict[str, Any], list[float], float]] = [
    (
        "an object store: storage, writes and reads over the free allowance",
        "cloudflare",
        {"r2_standard": "1000 GB-month", "r2_class_a": "2 million request", "r2_class_b": "15 million request"},
        {},
        [14.85, 4.50, 1.80],  # 990 × 0.015; 1 × 4.50; 5 × 0.36
        21.15,
    ),
    (
        "an object store: everything rounded up to the next unit",
        "cloudflare",
        {"r2_standard": 10.1, "r2_class_a": "1,000,001 request", "r2_class_b": "10.07 million request"},
        {},
        [0.02, 4.50, 0.36],  # 11 - 10 = 1 × 0.015; 2 - 1; 11 - 10
        4.88,
    ),
    (
        "an object store: what was there from day to day",
        "cloudflare",
        {"r2_standard": [{"amount": "40 GB", "to": "15 d"}, {"amount": "60 GB", "from": "15 d"}]},
        {"month": "720 h"},
        [0.60],  # 50 - 10 = 40 × 0.015
        0.60,
    ),
    (
        "a queue: each message is written, read and deleted; up to 64 kB is one operation",
        "cloudflare",
        {"queues": [{"amount": "3 million request", "size": "1 kB"}]},
        {},
        [0.80],  # 3 - 1 = 2 × 0.40
        0.80,
    ),
    (
        "a queue: messages of 65 kB are two operations each time",
        "cloudflare",
        {"queues": {"amount": "30 million request", "size": "65 kB"}},
        {},
        [23.60],  # 60 - 1 = 59 × 0.40
        23.60,
    ),
    (
        "workers: requests and processor time beyond what the plan includes",
        "cloudflare",
        {"workers_plan": 1, "workers_requests": "15 million request", "workers_cpu": "105,000 core-s"},
        {},
        [5.00, 1.50, 1.50],  # (15 - 10) × 0.30; (105 - 30) × 0.02
        8.00,
    ),
    (
        "log events of workers, a tenth of them sampled before they are billed",
        "cloudflare",
        {"workers_logs": "43.5 million event"},
        {},
        [14.10],  # 23.5 × 0.60
        14.10,
    ),
    (
        "storage across three tiers of 1,024 GB to the TB",
        "aws",
        {"s3_standard": "600 TiB-month", "s3_put": "1.1 million request", "s3_get": "4,350,000 request"},
        {},
        [13465.60, 5.50, 1.74],  # 51,200 × 0.023 + 460,800 × 0.022 + 102,400 × 0.021
        13472.84,
    ),
    (
        "a stream on demand: small records are billed as a kilobyte each",
        "aws",
        {
            "kinesis_stream": {"amount": "1 stream"},
            "kinesis_in": {"amount": "1 billion record", "size": "300 B"},
            "kinesis_out": {"amount": "2 billion record", "size": "300 B"},
        },
        {},
        [29.20, 81.92, 24.00],  # 730 × 0.04; 1,024 GB × 0.08; 600 GB × 0.04
        135.12,
    ),
    (
        "provisioned shards: put units of 25 KiB",
        "aws",
        {
            "kinesis_shard": {"amount": "4 shard"},
            "kinesis_put": [
                {"amount": "267.84 million record", "size": "24 KiB"},
                {"amount": "10 million record", "size": "26 KiB"},
            ],
        },
        {"month": "744 h"},
        [44.64, 4.03],  # 4 × 744 × 0.015; (267.84 + 20) × 0.014 = 4.02976
        48.67,
    ),
    (
        "a delivery stream: records of 250 bytes are billed as five kilobytes",
        "aws",
        {"firehose": {"amount": "1 billion record", "size": "250 B"}},
        {},
        [179.20],  # 5,120 GB × 0.035
        179.20,
    ),
    (
        "bytes out to the internet across tiers",
        "aws",
        {"egress_internet": "20,580 GB"},
        {},
        [1792.00],  # 20,480 over: 10,240 × 0.09 + 10,240 × 0.085
        1792.00,
    ),
    (
        "custom metrics, dashboards and alarms",
        "aws",
        {"cloudwatch_metrics": 12_010, "cloudwatch_dashboards": 5, "cloudwatch_alarms": 25},
        {},
        [3200.00, 6.00, 1.50],  # 10,000 × 0.30 + 2,000 × 0.10
        3207.50,
    ),
    (
        "a topic with small messages: a kilobyte at least for each request",
        "google-cloud",
        {"pubsub": {"amount": "3 billion request", "size": "250 B"}},
        {},
        [108.75],  # 3,000 GB is 2.7284841 TiB; less 10 GiB 2.7187185 × 40 = 108.74874
        108.75,
    ),
    (
        "a warehouse: storage, bytes read and rows written one by one",
        "google-cloud",
        {
            "bigquery_active": "110 GB-month",
            "bigquery": "3.5 TiB",
            "bigquery_insert": {"amount": "100 million record", "size": "512 B"},
        },
        {},
        [2.30, 15.63, 5.00],  # 100 × 0.023; 2.5 × 6.25 = 15.625; 100,000 MB × 0.00005
        22.93,
    ),
    (
        "an archive that is emptied after ten days is billed for thirty",
        "google-cloud",
        {"gcs_nearline": {"amount": "730 GiB", "from": "0 d", "to": "10 d"}},
        {},
        [7.20],  # 730 GiB × 720 h of 730 h = 720 × 0.010
        7.20,
    ),
    (
        "a month of data, rounded down to whole GB before the free hundred",
        "new-relic",
        {"data_original": "1,234.99 GB", "data_plus_eu": "100.99 GB"},
        {},
        [340.20, 0.00],  # 1,134 × 0.30
        340.20,
    ),
    (
        "events of a product, each million cheaper than the one before",
        "posthog",
        {"events": "20 million event"},
        {},
        [643.40],  # 1 × 50 + 13 × 34.3 + 5 × 29.5
        643.40,
    ),
    (
        "logs kept for search, a fifth beyond what was committed",
        "datadog",
        {
            "logs_ingest": "250 GB",
            "logs_indexed_annual": "120 million event",
            "logs_indexed_on_demand": "1.1 million event",
        },
        {},
        [25.00, 221.00, 2.81],  # 170 + 20 × 2.55; 2.805
        248.81,
    ),
    (
        "logs processed, written and kept, each with its tiers",
        "grafana-cloud",
        {"platform": 1, "logs_process": "3,050 GB", "logs_write": "3,050 GB", "logs_retain": "4.35 GB-month"},
        {},
        [19.00, 150.00, 1132.50, 0.44],  # 3,000 × 0.05; 1,000 × 0.40 + 1,500 × 0.37 + 500 × 0.355 = 1,132.5; 0.435
        1301.94,
    ),
    (
        "compressed storage and a service that runs ten hours a day",
        "clickhouse",
        {"storage": "1.1 TB-month", "compute": "600 unit-hour", "egress_internet": "107 GB"},
        {},
        [27.83, 234.18, 12.31],  # 12.305
        274.32,
    ),
    (
        "bytes to the internet without the free hundred",
        "aws",
        {"egress_internet": "100 GB"},
        {"free_tier": "no"},
        [9.00],
        9.00,
    ),
]


@pytest.mark.parametrize(
    ("sheet", "quantities", "more", "rows", "total"), [one[1:] for one in EXAMPLES], ids=[one[0] for one in EXAMPLES]
)
def test_a_worked_example_to_the_cent(
    sheet: str, quantities: dict[str, Any], more: dict[str, Any], rows: list[float], total: float
) -> None:
    found = billed(sheet, quantities, **more)
    assert amounts(found) == rows
    assert found.total.amount == total
    assert not found.total.at_least


PACKAGES = PriceSheet.model_validate(
    {
        "format": 1,
        "prices": "packages",
        "title": "Packages and hours begun, as vendor guides explain them",
        "currency": "USD",
        "as_of": "2026-11-23",
        "rows": {
            "events": {
                "title": "Log events",
                "unit": "event",
                "kind": "package",
                "size": "1 million",
                "price": 0.20,
                "source": "supabase docs, log drains",
                "status": "documented",
            },
            "drain": {
                "title": "Log drains, by the hour begun",
                "unit": "unit-hour",
                "kind": "per_unit",
                "price": 0.0822,
                "rounding": {"of": "stay", "up_to": "1 h"},
                "source": "supabase docs, log drains",
                "status": "documented",
            },
            "metrics": {
                "title": "Series, or their numbers",
                "unit": "1000 series-month",
                "kind": "max_of",
                "price": 8,
                "included": 10,
                "each": "1000 sample/min",
                "source": "made up",
                "status": "teaching",
            },
        },
    }
)


@pytest.mark.parametrize(
    ("events", "amount"), [(0, 0), (1, 0.20), (999_999, 0.20), (1_000_000, 0.20), (1_000_001, 0.40), (2_000_000, 0.40)]
)
def test_packages_of_a_million_events(events: int, amount: float) -> None:
    assert amounts(billed(PACKAGES, {"events": events})) == [amount]


def test_an_hour_begun_is_an_hour() -> None:
    stays = [
        {"amount": "1 unit", "from": "2026-02-03 10:00", "to": "2026-02-03 10:01"},  # 1 h
        {"amount": "2 unit", "from": "2026-02-03 10:00", "to": "2026-02-03 12:30"},  # 2 × 3 h
        {"amount": "1 unit", "from": "2026-02-27"},  # 48 h
    ]
    found = billed(PACKAGES, {"drain": stays}, month="2026-02")
    assert found.rows[0].quantity == 55
    assert amounts(found) == [4.52]  # 4.521


def test_series_or_their_numbers_whichever_is_more() -> None:
    assert amounts(billed(PACKAGES, {"metrics": {"amount": "14,350 series-month", "other": "10,000 sample/min"}})) == [
        34.80
    ]
    found = billed(PACKAGES, {"metrics": {"amount": "14,350 series-month", "other": "1,000 sample/s"}})
    assert amounts(found) == [400.00]  # 60 thousand a minute, less 10
    assert found.rows[0].price.formula == "over(max_of(q, other / each), included) * price"
    assert (found.rows[0].free, found.rows[0].billable) == (10, 50)


@pytest.mark.parametrize(
    ("month", "amount"),
    [
        ("720 h", 28.80),
        ("730 h", 29.20),
        ("744 h", 29.76),
        ("2026-02", 26.88),
        ("2028-02", 27.84),
        ("2026-04", 28.80),
        (744, 29.76),
    ],
)
def test_months_are_as_long_as_one_says(month: object, amount: float) -> None:
    assert amounts(billed("aws", {"kinesis_stream": {"amount": "1 stream"}}, month=month)) == [amount]


def test_amounts_that_change_within_the_month() -> None:
    week = [
        {"amount": "100 GiB", "to": "2026-11-11"},
        {"amount": "400 GiB", "from": "2026-11-11", "to": "2026-11-21"},
        {"amount": 1000, "from": "2026-11-21"},
    ]
    found = billed("google-cloud", {"gcs_standard": week}, month="2026-11")
    assert found.rows[0].quantity == pytest.approx(500)
    assert amounts(found) == [9.90]  # 495 × 0.020
    assert amounts(billed("google-cloud", {"gcs_standard": week}, month="2026-11", free_tier="no")) == [10.00]


def test_a_bill_shows_what_was_free() -> None:
    found = billed("cloudflare", {"r2_standard": 14.35})
    assert (found.rows[0].quantity, found.rows[0].free, found.rows[0].billable) == (14.35, 10, 5)
    assert found.rows[0].price.numbers == "over(ceil_to(14.35, 1), 10) * 0.015"


@pytest.mark.parametrize(
    ("sheet", "quantities", "more", "message"),
    [
        (
            "aws",
            {"s3_put": {"amount": "5 request", "from": "3 d"}},
            {},
            "5 request is used up, and does not stay for a time. Take from and to out, or give a level",
        ),
        (
            "aws",
            {"s3_standard": {"amount": "5 GiB", "from": "31 d"}},
            {},
            "744 h is outside the month of 730 hours. Bill each month by itself",
        ),
        (
            "aws",
            {"s3_standard": {"amount": "5 GiB", "from": "9 d", "to": "3 d"}},
            {},
            "it ends (72 h) before it begins (216 h). Swap from and to",
        ),
        (
            "aws",
            {"s3_standard": {"amount": "5 GiB", "from": "2026-03-01"}},
            {},
            "2026-03-01 00:00:00 needs a month of the calendar. Write month: 2026-03",
        ),
        (
            "aws",
            {"s3_put": {"amount": "5 GB"}},
            {},
            "GB and 1000 request do not measure the same. Use a unit that fits",
        ),
        (
            "aws",
            {"s3_put": {"amount": 5, "other": "3 request"}},
            {},
            "this price looks at one measure only. Take other out",
        ),
        (
            "aws",
            {"kinesis_in": {"amount": "5 record", "size": "3 request"}},
            {},
            "a size of 3 request is not in bytes. Write a size such as 1.2 kB",
        ),
    ],
)
def test_quantities_that_make_no_sense(sheet: str, quantities: dict, more: dict, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        billed(sheet, quantities, **more)
    assert [one.message for one in refused.value.findings] == [message]


@pytest.mark.parametrize("month", ["2026-13", "800 h", 10, True, "March", float("nan")])
def test_no_month(month: object) -> None:
    with pytest.raises(ValueError, match=r"is no month\. Write 2026-02, or its length: 720 h, 730 h or 744 h"):
        billed("aws", {"s3_put": 1}, month=month)


# --- Sheets side by side ---


def test_a_second_sheet_pays_for_what_the_first_does_not() -> None:
    both = SHEETS["aws"].beside(SHEETS["people"])
    assert both.row_name("streaming") == "kinesis_in"
    assert both.row_name("review") == "work"
    assert both.row_name("labelling") == "ground_truth_crowd"
    assert both.row_of("data_plan") == SHEETS["people"].rows["mobile_world"]
    twice = SHEETS["clickhouse"].beside(SHEETS["aws"])
    assert twice.row_name("hot_storage") == "storage"
    assert twice.row_name("egress") == "egress_internet"
    assert twice.rows["aws_egress_internet"].source == SHEETS["aws"].rows["egress_internet"].source
    assert twice.row_name("boards") == "cloudwatch_dashboards"


def test_sheets_of_two_currencies_do_not_mix() -> None:
    other = SHEETS["people"].model_copy(update={"currency": "EUR"})
    with pytest.raises(ValueError, match="aws is in USD and people in EUR"):
        SHEETS["aws"].beside(other)

"""What is charged for, and how much of it there is: the one formula text of each quantity and line item.

Everything here is data.  `WORKINGS` are the quantities on the way (rows a day, bytes on the wire), `LINE_ITEMS`
what a month is charged for.  `{name}` marks where `terms` puts in what the design's shape asks for.
A line item may be measured in more than one way (rows or bytes); which one is taken, the unit of its price says.
"""

from __future__ import annotations

from dataclasses import dataclass

from teledesign.results.estimate import Payer

__all__ = ["EFFECTS", "LINE_ITEMS", "WORKINGS", "EffectItem", "LineItem", "Working"]


@dataclass(frozen=True)
class Working:
    """A quantity on the way, with the unit its formula must have."""

    name: str
    title: str
    unit: str
    formula: str


@dataclass(frozen=True)
class LineItem:
    """Something charged for: who pays, the price row it is billed by, and its quantity in a month."""

    name: str
    title: str
    payer: Payer
    price: str
    quantities: tuple[str, ...]
    says: str
    two_measures: tuple[str, ...] = ()
    """The two quantities of a price that takes the larger of two measures."""


WORKINGS: tuple[Working, ...] = (
    Working(
        "rows_per_day",
        "Rows collected a day",
        "event/day",
        "users * targeting * {rows}",
    ),
    Working(
        "bytes_per_day",
        "Their bytes, uncompressed",
        "byte/day",
        "users * targeting * {bytes}",
    ),
    Working(
        "records_per_day",
        "Their bytes, as the stream bills them",
        "byte/day",
        "users * targeting * {records}",
    ),
    Working(
        "sent_rows_per_day",
        "Rows sent by devices a day",
        "event/day",
        "users * targeting * {sent_rows}",
    ),
    Working(
        "sent_bytes_per_day",
        "Their bytes, uncompressed",
        "byte/day",
        "users * targeting * {sent_bytes}",
    ),
    Working(
        "payloads_per_day",
        "Payloads uploaded a day",
        "request/day",
        "users * targeting * {payload_requests}",
    ),
    Working(
        "uploaded_bytes_per_day",
        "Bytes of payloads a day",
        "byte/day",
        "users * targeting * {payload_bytes}",
    ),
    Working(
        "sends_per_day",
        "Times a day that a device must send",
        "request/day",
        "users * targeting * {sends}",
    ),
    Working(
        "row_requests_per_day",
        "Requests with rows a day",
        "request/day",
        "max(sent_rows_per_day / batch, sends_per_day)",
    ),
    Working(
        "requests_a_row",
        "Requests for each row, at most one",
        "1",
        "min(1, row_requests_per_day / (sent_rows_per_day * singly)) if sent_rows_per_day > 0 else 0",
    ),
    Working(
        "packed_per_day",
        "Bytes of those rows when compressed",
        "byte/day",
        "sent_bytes_per_day * (packed_together + requests_a_row * (packed_start"
        " + requests_a_row * (packed_alone - packed_together - packed_start)))",
    ),
    Working(
        "wire_bytes_per_day",
        "Bytes that devices send a day",
        "byte/day",
        "sent_bytes_per_day + compression * (packed_per_day - sent_bytes_per_day)"
        " + (row_requests_per_day{and_payloads}) * request_overhead{and_payload_bytes}",
    ),
    Working(
        "collecting",
        "Whether anything is collected",
        "1",
        "1 if rows_per_day > 0 else 0",
    ),
    Working(
        "shards",
        "Shards that the busiest moment needs",
        "shard",
        "collecting * max(one_shard, ceil_to(peak * rows_per_day / shard_rows, one_shard),"
        " ceil_to(peak * records_per_day / shard_bytes, one_shard))",
    ),
)
"""Quantities on the way, in the order in which they are worked out; without payloads, theirs are left out."""

LINE_ITEMS: tuple[LineItem, ...] = (
    LineItem(
        "requests",
        "Requests taken",
        "firm",
        "requests",
        ("(row_requests_per_day{and_payloads}) * days",),
        "Each batch is one request, and so is each payload; a device that has rows sends them within the flush time.",
    ),
    LineItem(
        "ingress",
        "Bytes through the load balancer",
        "firm",
        "ingress",
        ("wire_bytes_per_day * days",),
        "What devices send, as it is on the wire.",
    ),
    LineItem(
        "ingestion",
        "Ingestion",
        "firm",
        "ingestion",
        ("rows_per_day * days", "bytes_per_day * days"),
        "Every event counts singly, in whatever batch it came.",
    ),
    LineItem(
        "streaming",
        "Streaming",
        "firm",
        "streaming",
        ("records_per_day * days", "rows_per_day * days"),
        "Rows are passed on one record each; payloads go straight to the store.",
    ),
    LineItem(
        "stream_out",
        "Streaming, read out",
        "firm",
        "stream_out",
        ("readers * bytes_per_day * days", "readers * rows_per_day * days"),
        "Every reader of the stream takes all of it.",
    ),
    LineItem(
        "shards",
        "Streaming, capacity",
        "firm",
        "shards",
        ("shards * hours_each_day * days", "collecting * one_stream * hours_each_day * days"),
        "As many shards as the busiest moment needs, by bytes or by records, all day long.",
    ),
    LineItem(
        "enrichment",
        "Jobs that enrich and check",
        "firm",
        "enrichment",
        ("(collecting * job_runs * job_start + bytes_per_day / gigabyte * job_work) * days",),
        "Each run has a fixed part, and a part by what it reads.",
    ),
    LineItem(
        "hot_storage",
        "Hot storage",
        "firm",
        "hot_storage",
        ("(bytes_per_day * hot_size{and_payload_bytes}) * {hot_stay}", "rows_per_day * days"),
        "What lies ready for queries once the days of retention have passed.",
    ),
    LineItem(
        "cold_storage",
        "Cold storage",
        "firm",
        "cold_storage",
        ("(bytes_per_day * cold_size{and_payload_bytes}) * {cold_stay}",),
        "What lies in the cheap store once the days of retention have passed; rows are packed in columns there.",
    ),
    LineItem(
        "object_writes",
        "Objects written",
        "firm",
        "object_writes",
        ("collecting * object_partitions * seconds_each_day / object_every * days",),
        "The store gets a file for each partition and each stretch of time, however full.",
    ),
    LineItem(
        "query",
        "Queries",
        "firm",
        "query",
        ("{scans}",),
        "Bytes read by the design's queries; a query cannot look back further than rows are kept.",
    ),
    LineItem(
        "series",
        "Metric series",
        "firm",
        "series",
        (
            "max_of(series, series * included_every / series_every)",
            "series * numbers_each * seconds_each_day / series_every * days",
        ),
        "Series, or the numbers written if they come more often than a price includes.",
        ("series", "series * numbers_each / series_every"),
    ),
    LineItem("boards", "Dashboards", "firm", "boards", ("boards",), "What people look at."),
    LineItem(
        "alarms",
        "Alarms",
        "firm",
        "alarms",
        ("alarms",),
        "One for every metric and every slice of it that is watched.",
    ),
    LineItem("seats", "Seats", "firm", "seats", ("seats",), "People who can open the dashboards."),
    LineItem(
        "egress",
        "Copies out of the cloud",
        "firm",
        "egress",
        ("exports * (bytes_per_day{and_payload_bytes}) * days",),
        "The share of what is collected that is copied to somewhere else.",
    ),
    LineItem(
        "cross_zone",
        "Bytes between zones",
        "firm",
        "cross_zone",
        ("zone_share * (bytes_per_day{and_payload_bytes}) * days",),
        "Who takes rows in and who stores them seldom stand in one building.",
    ),
    LineItem(
        "labelling",
        "Labelling",
        "firm",
        "labelling",
        (
            "labels * (1 + label_rework) * label_minutes * labellers",
            "labels * (1 + label_rework) * labellers",
        ),
        "People's time; it depends on how many are looked at, and not on how many are collected.",
    ),
    LineItem(
        "label_platform",
        "Labelling, the tool",
        "firm",
        "label_platform",
        ("labels * (1 + label_rework)",),
        "What a labelling service asks for each item, whoever judges it.",
    ),
    LineItem(
        "review",
        "Reading reports",
        "firm",
        "review",
        ("reviews * review_minutes",),
        "People's time for what users report.",
    ),
    LineItem(
        "on_call",
        "Going after alarms",
        "firm",
        "on_call",
        ("(true_alarms + false_alarms) * alarm_minutes",),
        "Tight limits, many slices and frequent checks make false alarms, and each costs somebody's time.",
    ),
    LineItem(
        "deletion",
        "Access and erasure requests",
        "firm",
        "deletion",
        ("asking * users * targeting * identified * collecting * request_minutes",),
        "People's time for those who ask what is known of them, or want it gone; nothing where no row has an id.",
    ),
    LineItem(
        "deletion_scan",
        "Searching for who wants to be gone",
        "firm",
        "deletion_scan",
        ("rewrites * identified * bytes_per_day * (hot_days + cold_days)",),
        "Every search reads all that is kept, so that keeping longer costs here too.",
    ),
    LineItem(
        "audits",
        "Audits and keys",
        "firm",
        "audits",
        ("audits * audit_hours",),
        "People's time to see who has looked at what.",
    ),
    LineItem(
        "pii_scan",
        "Scans for personal content",
        "firm",
        "pii_scan",
        ("scan_share * (bytes_per_day{and_payload_bytes}) * days",),
        "A share of what comes in is searched for names, faces and numbers that should not be there.",
    ),
    LineItem(
        "upkeep",
        "Building and keeping it going",
        "firm",
        "upkeep",
        ("event_kinds * event_hours + changes * change_hours",),
        "Every kind of event wants owners, checks and documents, month after month.",
    ),
    LineItem(
        "data_plan",
        "Users' mobile data",
        "user",
        "data_plan",
        ("wire_bytes_per_day * mobile_share * days",),
        "What all users together pay for sending; no invoice of the firm shows it.",
    ),
)
"""What a month is charged for, in the order shown."""


@dataclass(frozen=True)
class EffectItem:
    """Something that is paid in another coin than money."""

    name: str
    title: str
    unit: str
    formula: str
    says: str


EACH = "({0}) / (users * targeting) if users * targeting > 0 else 0"
EFFECTS: tuple[EffectItem, ...] = (
    EffectItem(
        "data_each",
        "Data sent by one user in a month",
        "byte/(user month)",
        EACH.format("wire_bytes_per_day * days"),
        "What telemetry takes of a user's connection.",
    ),
    EffectItem(
        "device_energy",
        "Energy of sending, one user and day",
        "J/(user day)",
        EACH.format(
            "mobile_share * ((row_requests_per_day{and_payloads}) * (wake_energy + tail_energy * (1 - piggyback))"
            " + wire_bytes_per_day * byte_energy)"
        ),
        "A radio that was woken stays awake for seconds: sending seldom saves more than sending little.",
    ),
    EffectItem(
        "battery_share",
        "Share of a battery that sending takes, one day",
        "1/(user day)",
        "device_energy / battery",
        "Users on a data plan and others together, on the average.",
    ),
    EffectItem(
        "device_work",
        "Processor time on the device, one user and day",
        "s/(user day)",
        f"({EACH.format('sent_rows_per_day * work_each')}) + counted_up * work_each",
        "Writing rows, and counting up those that are summarised.",
    ),
    EffectItem(
        "queue_bytes",
        "Bytes that wait on the device",
        "byte/request",
        "batch * (row_bytes - bare * row_field_bytes)",
        "At most; what waits is lost when an app is removed or a device breaks.",
    ),
    EffectItem(
        "unheard",
        "Share of users never heard",
        "1",
        "1 - targeting * heard",
        "Who is not targeted, or declined: what they live through is in no number.",
    ),
)
"""What no invoice shows, in the order in which it is worked out."""

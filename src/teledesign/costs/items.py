"""What is charged for, and how much of it there is: the one formula text of each quantity and line item.

Everything here is data.  `workings` are the quantities on the way (rows a day, bytes on the wire), `LINE_ITEMS`
what a month is charged for.  `{name}` marks where one term for each payload or query of the design comes in.
A line item may be measured in more than one way (rows or bytes); which one is taken, the unit of its price says.
"""

from __future__ import annotations

from dataclasses import dataclass

from teledesign.results.estimate import Payer

__all__ = ["LINE_ITEMS", "WORKINGS", "LineItem", "Shape", "Working", "terms"]


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


@dataclass(frozen=True)
class Shape:
    """What of a design enters its formulas as terms: payloads, queries, how rows are sampled and whether all are."""

    sampled_payloads: tuple[str, ...]
    whole_payloads: tuple[str, ...]
    queries: int
    by_event: bool
    whole: bool

    @property
    def payloads(self) -> tuple[str, ...]:
        """All payloads that can be carried."""
        return (*self.sampled_payloads, *self.whole_payloads)


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
        "packed_per_day",
        "Bytes of those rows when compressed",
        "byte/day",
        "sent_rows_per_day * row_packed + sent_bytes_per_day * byte_packed"
        " + row_requests_per_day * (request_start + start_rows * row_bytes)",
    ),
    Working(
        "wire_bytes_per_day",
        "Bytes that devices send a day",
        "byte/day",
        "sent_bytes_per_day + compression * (packed_per_day - sent_bytes_per_day)"
        " + (row_requests_per_day{and_payloads}) * request_overhead{and_payload_bytes}",
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
        "hot_storage",
        "Hot storage",
        "firm",
        "hot_storage",
        ("(bytes_per_day * hot_size{and_payload_bytes}) * hot_days",),
        "What lies ready for queries once the days of retention have passed.",
    ),
    LineItem(
        "cold_storage",
        "Cold storage",
        "firm",
        "cold_storage",
        ("(bytes_per_day * cold_size{and_payload_bytes}) * cold_days",),
        "What lies in the cheap store once the days of retention have passed; rows are packed in columns there.",
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
        ("max_of(series, series * included_every / series_every)",),
        "Series, or the numbers written if they come more often than a price includes.",
        ("series", "series * numbers_each / series_every"),
    ),
    LineItem(
        "egress",
        "Copies out of the cloud",
        "firm",
        "egress",
        ("exports * (bytes_per_day{and_payload_bytes}) * days",),
        "The share of what is collected that is copied to somewhere else.",
    ),
    LineItem(
        "labelling",
        "Labelling",
        "firm",
        "labelling",
        ("labels * label_minutes * labellers",),
        "People's time; it depends on how many are looked at, and not on how many are collected.",
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


GROUPED = ("rows", "bytes", "records", "sent_rows", "sent_bytes")
"""What is counted for rows under the design's sampling and for rows with a share of their own."""


def terms(text: str, shape: Shape) -> str | None:
    """A formula with the terms of the design's rows, payloads and queries; None where it needs payloads in vain."""
    if not shape.payloads and ("{payload_requests}" in text or "{payload_bytes}" in text):
        return None
    of_event = "min(sampled_sends, sampling * sampled_sent_rows * singly)"
    return text.format(
        **{name: _added(f"sampling * sampled_{name}", f"whole_{name}" if shape.whole else "") for name in GROUPED},
        sends=_added(of_event if shape.by_event else "sampling * sampled_sends", "whole_sends" if shape.whole else ""),
        payload_requests=_payloads(shape, "payload_{0} * rate_of_{0}"),
        payload_bytes=_payloads(shape, "payload_{0} * rate_of_{0} * bytes_of_{0}"),
        and_payloads=" + payloads_per_day" if shape.payloads else "",
        and_payload_bytes=" + uploaded_bytes_per_day" if shape.payloads else "",
        scans=_scans(shape.queries),
    )


def _added(*parts: str) -> str:
    """A sum as a factor: in parentheses where it has more than one part."""
    held = [part for part in parts if part]
    return held[0] if len(held) == 1 else f"({' + '.join(held)})"


def _scans(queries: int) -> str:
    each = "runs_{0} * max(smallest_query, columns_{0} * bytes_per_day * min(window_{0}, hot_days + cold_days))"
    scans = [each.format(at) for at in range(1, queries + 1)]
    return f"days * {_added(*scans)}" if scans else "0"


def _payloads(shape: Shape, term: str) -> str:
    sampled = [term.format(name) for name in shape.sampled_payloads]
    whole = [term.format(name) for name in shape.whole_payloads]
    return _added(f"sampling * {_added(*sampled)}" if sampled else "", *whole)

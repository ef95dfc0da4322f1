"""What a design makes of a formula text: a term for each payload and query, and rows by how they are sampled."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Shape", "terms"]


@dataclass(frozen=True)
class Shape:
    """What of a design enters its formulas as terms: payloads, queries, how rows are sampled and whether all are."""

    sampled_payloads: tuple[str, ...]
    whole_payloads: tuple[str, ...]
    queries: int
    by_event: bool
    whole: bool
    hot_least: bool = False
    cold_least: bool = False
    """Whether the store bills a shortest stay."""

    @property
    def payloads(self) -> tuple[str, ...]:
        """All payloads that can be carried."""
        return (*self.sampled_payloads, *self.whole_payloads)


GROUPED = ("rows", "bytes", "records", "sent_rows", "sent_bytes")
"""What is counted for rows under the design's sampling and for rows with a share of their own."""
TRIMMED = ("bytes", "records", "sent_bytes")
"""What of it is less where rows come without their own fields."""


def terms(text: str, shape: Shape) -> str | None:
    """A formula with the terms of the design's rows, payloads and queries; None where it needs payloads in vain."""
    if not shape.payloads and ("{payload_requests}" in text or "{payload_bytes}" in text):
        return None
    of_event = "min(sampled_sends, sampling * sampled_sent_rows * singly)"
    return text.format(
        **{
            name: _added(f"sampling * {_of_rows('sampled', name)}", _of_rows("whole", name) if shape.whole else "")
            for name in GROUPED
        },
        sends=_added(of_event if shape.by_event else "sampling * sampled_sends", "whole_sends" if shape.whole else ""),
        payload_requests=_payloads(shape, "payload_{0} * rate_of_{0}"),
        payload_bytes=_payloads(shape, "payload_{0} * rate_of_{0} * bytes_of_{0}"),
        and_payloads=" + payloads_per_day" if shape.payloads else "",
        and_payload_bytes=" + uploaded_bytes_per_day" if shape.payloads else "",
        scans=_scans(shape.queries),
        hot_stay=_stay("hot") if shape.hot_least else "hot_days",
        cold_stay=_stay("cold") if shape.cold_least else "cold_days",
    )


def _of_rows(group: str, name: str) -> str:
    """A fact of a group of rows, less what is left out where they come without their own fields."""
    return f"({group}_{name} - bare * {group}_field_{name})" if name in TRIMMED else f"{group}_{name}"


def _added(*parts: str) -> str:
    """A sum as a factor: in parentheses where it has more than one part."""
    held = [part for part in parts if part]
    return held[0] if len(held) == 1 else f"({' + '.join(held)})"


def _stay(store: str) -> str:
    return f"(max({store}_days, {store}_least) if {store}_days > 0 else 0)"


def _scans(queries: int) -> str:
    each = (
        "runs_{0} * max(smallest_query,"
        " columns_{0} * partitions_{0} * bytes_per_day * min(window_{0}, hot_days + cold_days))"
    )
    scans = [each.format(at) for at in range(1, queries + 1)]
    return f"days * {_added(*scans)}" if scans else "0"


def _payloads(shape: Shape, term: str) -> str:
    sampled = [term.format(name) for name in shape.sampled_payloads]
    whole = [term.format(name) for name in shape.whole_payloads]
    return _added(f"sampling * {_added(*sampled)}" if sampled else "", *whole)

"""What a design collects, as numbers per user and day: the facts that an estimate starts from.

Rows come from the algebra (`Traffic`); the design says which of them are kept, and with which fields.  Rows fall in
two groups: those under the design's sampling, which the lever `sampling` moves, and those with a share of
their own (`whole`), which it does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from teledesign.costs.billing import billed_size
from teledesign.costs.terms import Shape
from teledesign.design import Collected, Design, Summary
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario
from teledesign.scenario.events import Event

__all__ = ["CODECS", "Gathered", "Traffic", "event_bytes", "printed"]

VALUE_BYTES = 10
PUNCTUATION_BYTES = 4
ENVELOPE_BYTES = 150
"""Assumed: a field weighs its name, two quotes, a colon, a comma and ten bytes of value; an envelope at least 150."""

DAY_S = 86400.0
DIGITS = 4
"""Significant digits of rows and bytes per user and day; their relative error of 0.00005 is far below their doubt."""


@dataclass(frozen=True)
class Traffic:
    """What users cause on an average day, per user, with nothing wrong: the algebra's answer.

    `rows` are rows that reach the log, by event; `sessions` sessions; `active` the share of user-days with a session;
    `mobile` the share of users on a connection that they pay for by the byte, where the scenario says it; `heard` the
    share of sessions whose clients record at all.
    """

    rows: Mapping[str, float]
    sessions: float
    active: float
    mobile: float | None = None
    heard: float = 1.0


CODECS: Mapping[str, float] = {"gzip": 1.0, "zstd": 48.0 / 51.0}
"""Codec -> what it leaves against gzip; 48/51 is the ratio that D. Lemire published for one JSON file (2021-06-30)."""


def event_bytes(event: Event, collected: Collected) -> float:
    """Bytes of a row as collected: the stated bytes less those of the fields that are not sent."""
    dropped = [name for name in event.fields if not collected.keeps(name)]
    saved = sum(len(name) + PUNCTUATION_BYTES + VALUE_BYTES for name in dropped)
    return float(max(event.bytes - saved, min(event.bytes, ENVELOPE_BYTES)))


@dataclass(frozen=True)
class Kept:
    """One kind of row that is collected: rows per user-day before the design's sampling, and bytes of each.

    `bare` are the bytes left without the row's own fields; `among` is the share of users or sessions that these rows
    come from.
    """

    rows: float
    bytes: float
    bare: float
    sent: bool
    among: float = 1.0


@dataclass(frozen=True)
class Gathered:
    """Everything of a design that its formulas take as given."""

    scenario: Scenario
    design: Design
    traffic: Traffic
    sheet: PriceSheet
    matching: float = 1.0
    """The share of users that the design's targeting speaks of, before its own share."""

    @cached_property
    def collected(self) -> Mapping[str, Collected]:
        """Event -> how it is collected."""
        return self.design.collected(self.scenario)

    def _rows(self, name: str) -> float:
        return float(self.traffic.rows.get(name, 0.0))

    def _kept(self, name: str, collected: Collected) -> Kept:
        event = self.scenario.events[name]
        share = 1.0 if collected.keep is None else collected.keep
        by = collected.by or self.design.sampling.by
        rows, size = self._rows(name) * share, event_bytes(event, collected)
        bare = event_bytes(event, Collected(fields=()))
        return Kept(rows, size, bare, event.recorded_by == "client", 1.0 if by == "event" else share)

    @cached_property
    def sampled(self) -> tuple[Kept, ...]:
        """The rows under the design's sampling, summaries among them."""
        rows = [self._kept(name, one) for name, one in self.collected.items() if one.keep is None]
        return (*rows, *(self._summary(summary) for summary in self.design.summaries.values()))

    @cached_property
    def whole(self) -> tuple[Kept, ...]:
        """The rows with a share of their own, which is worked in."""
        return tuple(self._kept(name, one) for name, one in self.collected.items() if one.keep is not None)

    def _summary(self, summary: Summary) -> Kept:
        windows = self.traffic.sessions if summary.window == "session" else self.traffic.active
        size = float(summary.bytes)
        return Kept(min(windows, sum(self._rows(name) for name in summary.of)), size, size, True)

    @property
    def shape(self) -> Shape:
        """What of the design enters its formulas as terms."""
        beside = {name: payload.beside for name, payload in self.scenario.payloads.items()}
        carried = [name for name, event in beside.items() if event in self.collected]
        sampled = tuple(name for name in carried if self.collected[beside[name]].keep is None)
        whole = tuple(name for name in carried if name not in sampled)
        return Shape(
            sampled,
            whole,
            len(self.design.queries),
            self.design.sampling.by == "event",
            bool(self.whole),
            self.least_days("hot_storage") > 0,
            self.least_days("cold_storage") > 0,
        )

    def payload_rows(self, name: str) -> float:
        """Rows per user-day that could carry a payload, before the design's sampling."""
        event = self.scenario.payloads[name].beside
        return self._kept(event, self.collected[event]).rows

    def record_bytes(self, size: float) -> float:
        """The bytes that the stream bills for a record of that size."""
        stream = self.sheet.row_of("streaming")
        return size if stream is None else billed_size(stream, size)

    def least_days(self, item: str) -> float:
        """The shortest stay that a store bills; 0 where it bills what there was."""
        row = self.sheet.row_of(item)
        return 0.0 if row is None or row.least_days is None else row.least_days

    def _mean_sent(self, size: Callable[[Kept], float]) -> float:
        """A mean over the rows that devices send, at the design's own sampling; 0 where none is sent."""
        keep = self.design.sampling.keep
        rows = [(kept.rows * keep, kept) for kept in self.sampled] + [(kept.rows, kept) for kept in self.whole]
        sent = [(weight, size(kept)) for weight, kept in rows if kept.sent]
        total = math.fsum(weight for weight, _ in sent)
        return math.fsum(weight * each for weight, each in sent) / total if total else 0.0

    @property
    def sends(self) -> float:
        """Times per user-day that a device with rows must send: each session, or each flush time if that is longer."""
        flush = self.design.transport.flush
        return self.traffic.sessions if flush < DAY_S else self.traffic.active * DAY_S / flush

    def _sends_of(self, kept: list[Kept]) -> float:
        """Times per user-day that a device must send these rows: not more often than it has any."""
        return min(self.sends, math.fsum(min(self.sends * one.among, one.rows) for one in kept))

    def facts(self) -> dict[str, tuple[str, str, float]]:
        """Name -> (title, unit, value) of what follows from scenario, design and price sheet.

        What the algebra gives is worked with as it is printed, to `DIGITS` digits, so that an estimate can be
        checked by hand from what page and worksheet show, to the cent.
        """
        facts: dict[str, tuple[str, str, float]] = {}
        for group, kept, of in (
            ("sampled", self.sampled, "under the design's sampling"),
            ("whole", self.whole, "with a share of their own"),
        ):
            if group == "whole" and not kept:
                continue
            sent = [one for one in kept if one.sent]
            facts |= {
                f"{group}_rows": (f"Rows {of}", "event/(user day)", math.fsum(one.rows for one in kept)),
                f"{group}_bytes": (f"Bytes of rows {of}", "byte/(user day)", _bytes(kept)),
                f"{group}_records": (
                    f"Bytes of rows {of}, as the stream bills them",
                    "byte/(user day)",
                    math.fsum(one.rows * self.record_bytes(one.bytes) for one in kept),
                ),
                f"{group}_field_bytes": (
                    f"Bytes of own fields, rows {of}",
                    "byte/(user day)",
                    math.fsum(one.rows * (one.bytes - one.bare) for one in kept),
                ),
                f"{group}_field_records": (
                    f"Bytes of own fields, rows {of}, as the stream bills them",
                    "byte/(user day)",
                    math.fsum(one.rows * (self.record_bytes(one.bytes) - self.record_bytes(one.bare)) for one in kept),
                ),
                f"{group}_field_sent_bytes": (
                    f"Bytes of own fields sent by devices, rows {of}",
                    "byte/(user day)",
                    math.fsum(one.rows * (one.bytes - one.bare) for one in sent),
                ),
                f"{group}_sent_rows": (
                    f"Rows sent by devices {of}",
                    "event/(user day)",
                    math.fsum(one.rows for one in sent),
                ),
                f"{group}_sent_bytes": (f"Bytes sent by devices {of}", "byte/(user day)", _bytes(sent)),
                f"{group}_sends": (f"Sends that rows {of} need", "request/(user day)", self._sends_of(sent)),
            }
        for name in self.shape.payloads:
            title = name.replace("_", " ")
            facts[f"rate_of_{name}"] = (
                f"Rows that can carry the payload {title}",
                "request/(user day)",
                self.payload_rows(name),
            )
        facts |= self._transport()
        as_printed = {name: (title, unit, printed(value)) for name, (title, unit, value) in facts.items()}
        return as_printed | self._sizes() | self._constants()

    def _constants(self) -> dict[str, tuple[str, str, float]]:
        """Facts that no rounding touches: what a shard takes, how long a day is, how much is counted up."""
        kinds = float(len(self.collected) + len(self.design.summaries))
        named = {name for summary in self.design.summaries.values() for name in summary.of}
        counted_up = printed(math.fsum(self._rows(name) for name in named))
        facts = {
            "one_shard": ("One shard", "shard", 1.0),
            "one_stream": ("One stream", "stream", 1.0),
            "shard_rows": ("Records that a shard takes a day, 1,000 a second", "event/(shard day)", 1000.0 * DAY_S),
            "shard_bytes": ("Bytes that a shard takes a day, 1 MB a second", "byte/(shard day)", 1e6 * DAY_S),
            "hours_each_day": ("Hours in a day", "hour/day", 24.0),
            "seconds_each_day": ("Seconds in a day", "s/day", DAY_S),
            "gigabyte": ("Bytes in a GB", "byte/GB", 1e9),
            "event_kinds": ("Kinds of events and summaries collected", "item", kinds),
            "counted_up": ("Rows counted up on the device", "event/(user day)", counted_up),
            "heard": ("Share of sessions whose clients record", "1", self.traffic.heard),
        }
        for store in ("hot", "cold"):
            least = self.least_days(f"{store}_storage")
            if least:
                facts[f"{store}_least"] = (f"Shortest stay that is billed, {store} storage", "day", least)
        return facts

    def _sizes(self) -> dict[str, tuple[str, str, float]]:
        """The bytes of payloads, which the scenario states and nothing rounds."""
        return {
            f"bytes_of_{name}": (
                f"Bytes of one payload {name.replace('_', ' ')}",
                "byte/request",
                float(self.scenario.payloads[name].bytes),
            )
            for name in self.shape.payloads
        }

    def _transport(self) -> dict[str, tuple[str, str, float]]:
        name = self.design.transport.compression
        codec, packing = CODECS["gzip" if name == "none" else name], self.scenario.packing
        return {
            "row_bytes": ("Bytes of the average row sent", "byte/event", self._mean_sent(lambda one: one.bytes)),
            "row_field_bytes": (
                "Bytes of its own fields",
                "byte/event",
                self._mean_sent(lambda one: one.bytes - one.bare),
            ),
            "singly": ("Requests for a row sent alone", "request/event", 1.0),
            "numbers_each": ("Numbers of a series at a time", "sample/series", 1.0),
            "packed_alone": ("Share of a row that a codec leaves when it is sent alone", "1", packing.alone * codec),
            "packed_together": ("Share of rows that it leaves in a long batch", "1", packing.together * codec),
            "packed_start": ("Share of one row that a compressed request costs besides", "1", packing.start * codec),
        }


def printed(value: float) -> float:
    """The value to `DIGITS` significant digits, halves away from zero."""
    number = Decimal(repr(value))
    place = number.adjusted() - DIGITS + 1
    return float(number.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_UP)) if number else 0.0


def _bytes(kept: tuple[Kept, ...] | list[Kept]) -> float:
    return math.fsum(one.rows * one.bytes for one in kept)

"""What a design collects of what clients would send: whose rows, how many of them, counted up, and when they leave.

Every draw is a hash of the user, session or row whose sampling it is, under a name that no design changes: a tenth of
the users is part of a fifth of them, and two designs are compared on the same luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from teledesign.scenario import Scenario
from teledesign.simulation.luck.draws import Ids, hashed, uniform
from teledesign.simulation.people.population import DAY_MS, Population
from teledesign.simulation.playing.blocks import unique_keys
from teledesign.simulation.rows.kinds import LONG_BEFORE, cause_at, cause_user, field_name, session_kinds
from teledesign.simulation.rows.layout import Layout, rows_of
from teledesign.simulation.rows.ordering import ordered_by
from teledesign.simulation.rows.recorded import Recorded
from teledesign.simulation.rows.records import Records
from teledesign.simulation.sending.faults import sampled_by, whole_rate
from teledesign.simulation.sending.weather import COPY_BIT

if TYPE_CHECKING:
    from teledesign.design import Collected, Design, Summary

__all__ = ["Collection"]

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NETWORK, MOBILE = "network", "mobile"
"""Where users have a `network` with the value `mobile`, its bytes cost them something."""


@dataclass(frozen=True)
class Collection:
    """A design at work on one scenario's rows, under one seed."""

    scenario: Scenario
    design: Design
    layout: Layout
    population: Population

    @cached_property
    def collected(self) -> Mapping[str, Collected]:
        """Event -> how it is collected."""
        return self.design.collected(self.scenario)

    @cached_property
    def _by_default(self) -> Collected:
        """An event of which the design says nothing of its own."""
        from teledesign.design import Collected

        return Collected()

    def collect(self, recorded: list[Recorded], block: int) -> list[Recorded]:
        """The rows that are sent, before they are numbered."""
        whole = [part.where(self.wanted(part.records)) for part in recorded]
        summaries = [self._summary(number, summary, whole, block) for number, summary in enumerate(self._summaries)]
        kept = [self._sampled(part, self.collected[part.layout.name]) for part in whole if part.layout.has_rows]
        return [part for part in (*kept, *(self._sampled(part, self._by_default) for part in summaries)) if len(part)]

    def kept(self, part: Recorded) -> Recorded:
        """The rows of one event that would be sent."""
        wanted = part.where(self.wanted(part.records))
        return self._sampled(wanted, self.collected.get(part.layout.name, self._by_default))

    @property
    def _summaries(self) -> tuple[Summary, ...]:
        return tuple(self.design.summaries.values())

    def wanted(self, records: Records) -> Flags:
        """The rows of the users that the design is about."""
        users = records["user"].astype(np.int64)
        share = self.design.targeting.share
        found: Flags = uniform(users.astype(np.uint64), self._key("targeting")) < share
        for name, values in self.design.targeting.where.items():
            known = self.population.plan.names[name].values
            codes = [code for code, value in enumerate(known) if value in values]
            found &= np.isin(self.population.attribute(name, users, records["at"]), codes)
        return found

    def _key(self, name: str) -> np.uint64:
        return self.population.key(f"collection.{name}")

    def share(self, collected: Collected) -> float:
        """The share of the rows of those it is aimed at that reaches the log in perfect weather."""
        keep = self.design.sampling.keep if collected.keep is None else collected.keep
        return keep * self.design.targeting.share

    def _sampled(self, part: Recorded, collected: Collected) -> Recorded:
        """The rows that sampling keeps, and what `sample_rate` says of them."""
        keep = self.design.sampling.keep if collected.keep is None else collected.keep
        by = collected.by or self.design.sampling.by
        rows = np.arange(len(part))
        if keep < 1:
            rows = np.flatnonzero(uniform(sampled_by(by, part.records, rows), self._key(by)) < keep)
        found = part.taken(rows)
        if found.layout.is_sampled:
            found.records["rate"] = whole_rate(self.share(collected))
        return found

    # Counted up on the device

    def _summary(self, number: int, summary: Summary, recorded: list[Recorded], block: int) -> Recorded:
        """One row for each session, or each user and day, in which there was anything to count."""
        layout = self.layout.summaries[number]
        parts = [part for part in recorded if part.layout.name in summary.of and len(part)]
        if not parts:
            return Recorded(layout, Records.zeros(layout.kinds, 0), np.zeros(0, np.int64), np.zeros(0, np.int64))
        at = np.concatenate([part.records["at"] for part in parts])
        window = np.concatenate([_windows(part, summary) for part in parts])
        order = ordered_by(window, ordered_by(at - at.min()))
        is_last = np.append(window[order][1:] != window[order][:-1], True)
        last = order[is_last]
        group = np.empty(len(order), dtype=np.int64)
        group[order] = np.cumsum(np.append(False, is_last[:-1]))
        firsts = np.cumsum([0, *(len(part) for part in parts)])
        found = Records.zeros(layout.kinds, len(last))
        for part, first in zip(parts, firsts, strict=False):
            counts = np.bincount(group[first : first + len(part)], minlength=len(last))
            found[field_name(rows_of(part.layout.name))] = counts
            here = np.flatnonzero((last >= first) & (last < first + len(part)))
            for name in ("at", *session_kinds(part.layout.causes)):
                found[name][here] = part.records[name][last[here] - first]
            for number in range(part.layout.causes, layout.causes):
                found[cause_user(number)][here], found[cause_at(number)][here] = found["user"][here], LONG_BEFORE
        ids: Ids = np.bitwise_xor(found["session"], found["at"].astype(np.uint64))
        bits = hashed(ids, self._key(f"summary.{layout.name}"))
        found["key"] = unique_keys(bits, block) | COPY_BIT
        sessions = np.concatenate([part.session for part in parts])[last]
        orders = np.concatenate([part.order for part in parts])[last] + 1
        return Recorded(layout, found, sessions, orders)

    # When rows leave the device

    @property
    def longest_wait_ms(self) -> int:
        """The longest that a row waits on its device to be sent with others, or for another network; 0 if none does."""
        transport = self.design.transport
        if transport.batch <= 1 and transport.wifi_only == "no":
            return 0
        return max(1, round(transport.flush * 1000))

    def sent(self, recorded: list[Recorded]) -> list[Integers] | None:
        """When each row leaves its device; None where all leave at once.  No row waits longer than `flush`."""
        transport, flush = self.design.transport, self.longest_wait_ms
        if not flush:
            return None
        at = np.concatenate([part.records["at"] for part in recorded])
        sent = at.copy()
        if transport.batch > 1:
            sent = _in_batches(recorded, at, int(transport.batch), flush)
        if transport.wifi_only == "yes":
            sent += self._until_wifi(recorded, flush)
        sent = np.minimum(sent, at + flush)
        return np.split(sent, np.cumsum([len(part) for part in recorded])[:-1])

    def _until_wifi(self, recorded: list[Recorded], flush: int) -> Integers:
        """How long sessions on a connection that costs something wait for another, one number per session."""
        sessions = np.concatenate([part.records["session"] for part in recorded])
        known = self.population.plan.names.get(NETWORK)
        if known is None or MOBILE not in known.values:
            return np.zeros(len(sessions), dtype=np.int64)
        users = np.concatenate([part.records["user"] for part in recorded]).astype(np.int64)
        at = np.concatenate([part.records["at"] for part in recorded])
        mobile = self.population.attribute(NETWORK, users, at) == known.values.index(MOBILE)
        waits = (uniform(sessions, self._key("wifi")) * flush).astype(np.int64)
        return np.where(mobile, waits, 0)


def _windows(part: Recorded, summary: Summary) -> Integers:
    """A number per window: the session's, or the user's and day's."""
    if summary.window == "session":
        return np.asarray(part.session)
    days = part.records["at"] // DAY_MS
    return np.asarray((part.records["user"].astype(np.int64) << 20) | days)


def _in_batches(recorded: list[Recorded], at: Integers, batch: int, flush: int) -> Integers:
    """When each row is sent: with the row that fills its batch, or when the oldest of them has waited for `flush`."""
    session = np.concatenate([part.session for part in recorded])
    seq = np.concatenate([part.records["seq"] for part in recorded]).astype(np.int64)
    order = ordered_by(session * 2 + _by_server(recorded), ordered_by(seq))
    begins = np.flatnonzero(seq[order] == 0)
    lengths = np.diff(np.append(begins, len(order)))
    since = at[order] - np.repeat(at[order][begins], lengths)
    queue = since // flush
    # A queue is new with each session and each time `flush` has passed; within one, each `batch` rows are a batch.
    new = np.append(True, (queue[1:] != queue[:-1]) | (seq[order][1:] == 0))
    first = np.flatnonzero(new)
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    new |= rank % batch == 0
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(order)))
    full = sizes == batch
    due = at[order][starts + sizes - 1]
    due = np.where(full, due, at[order][starts] + flush)
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.repeat(due, sizes)
    return found


def _by_server(recorded: Iterable[Recorded]) -> Integers:
    return np.concatenate([np.full(len(part), part.layout.by_server, dtype=np.int64) for part in recorded])

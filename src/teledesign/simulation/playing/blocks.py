"""Pass one: a block of users over a span of days, played as if nobody left, and put in order of time.

The size of a block comes from the scenario and the size of the panel alone, never from the number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from teledesign.scenario.schedule import bit_name
from teledesign.simulation.luck.draws import Ids
from teledesign.simulation.people.departures import Triggers
from teledesign.simulation.people.population import Population
from teledesign.simulation.people.sessions import HOUR_MS, Volume, begin_sessions
from teledesign.simulation.playing.frames import Frame, Integers
from teledesign.simulation.playing.played import Played
from teledesign.simulation.playing.recording import causes_of
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.distinct import standing_for
from teledesign.simulation.rows.kinds import LONG_BEFORE
from teledesign.simulation.rows.ordering import by_moment
from teledesign.simulation.rows.recorded import Recorded

__all__ = [
    "Block",
    "Blocks",
    "begin_block",
    "keyed",
    "numbered",
    "triggers_of",
    "unique_keys",
]

ROWS = 400_000
"""Rows a block aims at."""
SLOT_BITS = 44
"""Bits of a row's key within its block; the rest is the block's number, so that keys of blocks never meet."""
SLOTS = np.uint64((1 << SLOT_BITS - 1) - 1)
"""The upper half of a block's keys is for copies that get an id of their own."""


@dataclass(frozen=True)
class Block:
    """Users (numbers from `first` to below `last`) and the hours of the log in which their sessions begin."""

    number: int
    first: int
    last: int
    first_hour: int
    last_hour: int
    brought_by: str | None = None
    """The incident that brings these users."""


@dataclass(frozen=True)
class Blocks:
    """How a panel is cut: as many users as make about `ROWS` rows, fewer days where a few users make more."""

    users: int
    hours: int
    users_each: int
    hours_each: int
    more: tuple[Block, ...] = ()
    """Blocks of users whom incidents bring, numbered after all others, so that these stay as they are."""

    @classmethod
    def of(cls, users: int, days: int, rows_per_user_day: float) -> Blocks:
        """The cut for a panel of so many users over so many days."""
        per_user = max(rows_per_user_day, 1e-9) * days
        users_each = int(max(1, min(users, ROWS // per_user if per_user < ROWS else 1)))
        days_each = max(1, min(days, int(ROWS / max(rows_per_user_day, 1e-9)))) if users_each == 1 else days
        return cls(users, days * 24, users_each, days_each * 24)

    @property
    def spans(self) -> int:
        """Spans of time."""
        return -(-self.hours // self.hours_each)

    def with_brought(self, population: Population, rows_per_session: float) -> Blocks:
        """The same cut with the users whom incidents bring, for the hours in which they come."""
        more: list[Block] = []
        for item in population.plan.incidents:
            if item.brought is None:
                continue
            first, last = population.brought[item.name]
            window = population.striking.window(item)
            begin, end = int(window.on) // HOUR_MS, -(-min(int(window.off), self.hours * HOUR_MS) // HOUR_MS)
            rows_per_user = max(item.brought.rate * rows_per_session * (end - begin) / 24, 1e-9)
            each = int(max(1, min(last - first, ROWS // rows_per_user if rows_per_user < ROWS else 1)))
            for user in range(first, last if end > begin else first, each):
                number = self.usual + len(more)
                more.append(Block(number, user, min(user + each, last), begin, end, item.name))
        return replace(self, more=tuple(more))

    @property
    def usual(self) -> int:
        """Blocks of ordinary users."""
        return -(-self.users // self.users_each) * self.spans

    def __len__(self) -> int:
        return self.usual + len(self.more)

    def __iter__(self) -> Iterator[Block]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Block:
        if number >= self.usual:
            return self.more[number - self.usual]
        group, span = divmod(number, self.spans)
        first, hour = group * self.users_each, span * self.hours_each
        return Block(
            number, first, min(first + self.users_each, self.users), hour, min(hour + self.hours_each, self.hours)
        )


def begin_block(script: Script, block: Block) -> Frame:
    """The sessions of a block's users, nothing of them played yet."""
    population = script.population
    users = np.arange(block.first, block.last)
    hours = np.arange(block.first_hour, block.last_hour)
    volume = None
    if population.plan.volumes:
        most = population.most_volume[hours]
        volume = Volume(most, lambda rows, at: population.volume(users[rows], at))
    weights = population.hour_weights(hours, block.brought_by)
    ids = population.ids(users)
    begun = begin_sessions(population.seed, ids, population.rates(users), hours, weights, volume)
    there = begun.at >= population.joined(users)[begun.user_row]
    there &= begun.at < population.own_departures(users)[begun.user_row]
    if block.brought_by is not None:
        incident = population.striking.incidents[bit_name(block.brought_by)]
        there &= population.striking.span(incident, ids).of(begun.user_row).holds(begun.at)
    rows = np.flatnonzero(there)
    count = len(rows)
    return Frame(
        script,
        script.episodes[0],
        None,
        np.arange(count),
        begun.id[rows],
        begun.at[rows],
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        users=users[begun.user_row[rows]],
    )


def triggers_of(script: Script, played: list[Played]) -> Triggers:
    """The moments at which people would leave."""
    causes = max((event.causes for event in script.layout.events), default=0)
    return Triggers.together((_left(part, causes) for part in played), causes)


def _left(part: Played, causes: int) -> Triggers:
    found = []
    anchor, anchor_rows = part.frame.anchor
    for moments in (one for held in part.left.values() for one in held):
        rows = moments.rows
        place = rows if anchor_rows is None else anchor_rows[rows]
        cause_user = np.repeat(part.frame.users[rows][:, None], causes, axis=1)
        cause_at = np.full((len(rows), causes), LONG_BEFORE)
        for number, (users, at) in enumerate(causes_of(anchor)[:causes]):
            cause_user[:, number], cause_at[:, number] = users[place], at[place]
        found.append(Triggers(part.frame.at[rows] + moments.after, part.frame.users[rows], cause_user, cause_at))
    return Triggers.together(found, causes)


# Order


def keyed(recorded: list[Recorded], block: int) -> None:
    """Make the keys of a block's rows unique, in place."""
    if recorded:
        _laid_out(recorded, "key", unique_keys(np.concatenate([part.records["key"] for part in recorded]), block))


def numbered(recorded: list[Recorded]) -> None:
    """Number the rows of each session, in place."""
    if any(len(part) for part in recorded):
        _laid_out(recorded, "seq", _seq(recorded, np.concatenate([part.records["at"] for part in recorded])))


def _laid_out(recorded: list[Recorded], name: str, values: npt.NDArray[np.generic]) -> None:
    first = 0
    for part in recorded:
        part.records[name] = values[first : first + len(part)]
        first += len(part)


def _seq(recorded: list[Recorded], at: Integers) -> Integers:
    """`seq` of every row, counted per session, for client and server apart."""
    session = np.concatenate([part.session * 2 + part.layout.by_server for part in recorded])
    first = np.full(int(session.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, session, at)
    since = at - first[session]
    bits = int(since.max()).bit_length()
    joint = (session << bits) | since
    order = by_moment(joint)
    joint = joint[order]
    begins = np.flatnonzero(np.concatenate([[True], joint[1:] >> bits != joint[:-1] >> bits]))
    level = np.flatnonzero(joint[1:] == joint[:-1])
    if len(level):
        tied = np.zeros(len(order), dtype=bool)
        tied[level] = tied[level + 1] = True
        places = np.flatnonzero(tied)
        rows = order[places]
        happened = np.concatenate([part.order for part in recorded])[rows]
        key = np.concatenate([part.records["key"] for part in recorded])[rows]
        order[places] = rows[np.lexsort((key, happened, joint[places]))]
    lengths = np.diff(np.append(begins, len(order)))
    seq = np.empty(len(order), dtype=np.int64)
    seq[order] = np.arange(len(order)) - np.repeat(begins, lengths)
    return seq


def unique_keys(keys: Ids, block: int) -> Ids:
    """Keys with the block's number in front; the few that meet within the block move on to the next free one."""
    short = keys & SLOTS
    standing = standing_for(short)
    meeting = short[standing != np.arange(len(short))]
    if len(meeting):
        taken = set(short.tolist())
        seen: set[int] = set()
        clashing = np.flatnonzero(np.isin(short, meeting))
        for row in clashing[np.argsort(keys[clashing], kind="stable")].tolist():
            value = int(short[row])
            while value in seen:
                value = (value + 1) & int(SLOTS)
                while value in taken and value not in seen:
                    value = (value + 1) & int(SLOTS)
            seen.add(value)
            taken.add(value)
            short[row] = value
    return short | np.uint64(block << SLOT_BITS)

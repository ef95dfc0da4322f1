"""Frames: many episodes of one kind as columns, begun by the rows of a parent frame.

A column is drawn when it is first asked for; what nobody asks for is never drawn.  Times are whole milliseconds
after the begin of the frame's own episode wherever possible, so that a row can be played before its begin is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.scenario.names import OWNER, WEEKEND
from teledesign.scenario.schedule import bit_name
from teledesign.simulation.luck.chance import Choices
from teledesign.simulation.luck.draws import Ids, hashed
from teledesign.simulation.people.striking import Span
from teledesign.simulation.playing.script import DrawScript, EpisodeScript, Script

__all__ = ["Frame", "Integers"]

Integers = npt.NDArray[np.int64]
Values = npt.NDArray[Any]
POSITION = "position"
INCIDENT = "incident."
EXPERIENCE = "experience"


class Frame:
    """Episodes of one kind.

    `row` is the parent's row of each; `offset` how long after the parent's begin each begins (for sessions: after
    the start of the log), None while unknown; `order` counts what happened to the parent before, so that things of
    the same millisecond keep their order within a session; `received` holds the facts handed over.  While a sequence
    is tried and `offset` is unknown, `supposed` is a moment at or before the begin, for calendar and incidents.
    """

    def __init__(
        self,
        script: Script,
        episode: EpisodeScript,
        parent: Frame | None,
        row: Integers,
        ids: Ids,
        offset: Integers | None,
        order: Integers | None,
        number: Integers,
        received: dict[str, Values] | None = None,
        users: Integers | None = None,
        by: str | None = None,
        is_session: bool = False,
    ) -> None:
        self.script = script
        self.episode = episode
        self.parent = parent
        self.row = row
        self.ids = ids
        self.offset = offset
        self.order = order
        self.number = number
        self.received = received or {}
        self.given_users = users
        self.by = by
        self.is_session = is_session or parent is None
        self.supposed: Integers | None = None
        self.columns: dict[str, Values] = {}
        self.entered: dict[str, Integers] = {}
        self._spans: dict[str, Span] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def at(self) -> Integers:
        """When each episode begins, in ms after the start of the log."""
        assert self.offset is not None
        return self.offset if self.parent is None else self.parent.at[self.row] + self.offset

    @property
    def is_placed(self) -> bool:
        """Whether it is known when each episode begins."""
        return self.offset is not None and (self.parent is None or self.parent.is_placed)

    @property
    def supposed_at(self) -> Integers:
        """`at`; while a sequence is still being tried a moment at or before it, for which the same holds."""
        return self.at if self.supposed is None or self.is_placed else self.supposed

    @cached_property
    def happened(self) -> Integers:
        """How much had happened in the session before each episode began, along its own line of descent."""
        assert self.order is not None
        return self.order if self.parent is None else self.parent.happened[self.row] + self.order

    # Who and whose session

    @property
    def anchor(self) -> tuple[Frame, Integers | None]:
        """The frame of the sessions these episodes belong to, and the row of each there (None: the same rows)."""
        return (self, None) if self.is_session else self._anchor_above

    @property
    def root(self) -> tuple[Frame, Integers | None]:
        """The frame of the first episodes, and the row of each there (None: the same rows)."""
        return (self, None) if self.parent is None else self._root_above

    # Never this frame itself: a frame that held itself would wait for the garbage collector.

    @cached_property
    def _anchor_above(self) -> tuple[Frame, Integers | None]:
        assert self.parent is not None
        frame, rows = self.parent.anchor
        return frame, self.row if rows is None else rows[self.row]

    @cached_property
    def _root_above(self) -> tuple[Frame, Integers | None]:
        assert self.parent is not None
        frame, rows = self.parent.root
        return frame, self.row if rows is None else rows[self.row]

    @cached_property
    def users(self) -> Integers:
        """Who acts."""
        if self.given_users is not None:
            return self.given_users
        assert self.parent is not None
        return self.parent.users[self.row] if self.by is None else self.parent.person(self.by)[self.row]

    @cached_property
    def session_at(self) -> Integers:
        """When the session of each began."""
        frame, rows = self.anchor
        return frame.at if rows is None else frame.at[rows]

    def person(self, name: str) -> Integers:
        """The other person of that name."""
        if name == OWNER:
            frame, rows = self.root
            return frame.users if rows is None else frame.users[rows]
        if self.episode.plan.person == name:
            return self._drawn_person
        assert self.parent is not None, f"nobody is called {name} here"
        return self.parent.person(name)[self.row]

    @cached_property
    def _drawn_person(self) -> Integers:
        population, at = self.script.population, self.supposed_at
        found = population.others(self.ids, self.episode.person, self.users, at)
        for incident, where, share in self.episode.plan.among:
            hit = self.struck(bit_name(incident), None, at) & self.matching(where)
            if hit.any():
                few = population.others_among(self.ids, self.episode.person, self.users, at, share)
                found = np.where(hit, few, found)
        return found

    # What incidents hit

    def struck(self, name: str, rows: Integers | None, at: Integers) -> npt.NDArray[np.bool_]:
        """Whether the choosers of some rows are hit at these moments; `name` is that of the incident's bit."""
        striking = self.script.population.striking
        item = striking.incidents[name]
        if item.brought is not None:
            return striking.users(item, self.users if rows is None else self.users[rows], at)
        span = self.span(name)
        return (span if rows is None else span.of(rows)).holds(at)

    def span(self, name: str) -> Span:
        """When the choosers of all rows are hit; a window, where the chooser only begins within these episodes."""
        found = self._spans.get(name)
        if found is None:
            striking = self.script.population.striking
            item = striking.incidents[name]
            names = self.script.plan.names
            chooser = names.chooser(self.episode.plan.name, item.chosen_by)
            if chooser is None or item.brought is not None:
                found = striking.window(item)
            elif chooser in names.episodes:
                found = striking.span(item, self.ids_of(chooser))
            else:
                users = self.users if chooser == self.episode.plan.actor else self.person(chooser)
                found = striking.span(item, self.script.population.ids(users))
            self._spans[name] = found
        return found

    def ids_of(self, episode: str) -> Ids:
        """The ids of an ancestor episode, or its own."""
        if self.episode.plan.name == episode:
            return self.ids
        assert self.parent is not None, f"{episode} is no ancestor"
        return self.parent.ids_of(episode)[self.row]

    def matching(
        self, where: Mapping[str, Sequence[str | float]], rows: Integers | None = None
    ) -> npt.NDArray[np.bool_]:
        """Whether conditions hold for some rows; those on what is not known here never do."""
        found = np.ones(len(self) if rows is None else len(rows), dtype=bool)
        known = self.script.plan.names.visible(self.episode.plan.name)
        for name, wanted in where.items():
            values = known[name].values if name in known else ()
            codes = [code for code, value in enumerate(values) if value in wanted]
            if not codes:
                return np.zeros(len(found), dtype=bool)
            column = self.column(name) if rows is None else self.column_at(name, rows)
            found &= np.isin(column, codes)
        return found

    # Columns

    def column(self, name: str) -> Values:
        """The codes or numbers of a name, one per episode."""
        found = self.columns.get(name)
        if found is None:
            found = self.columns[name] = self._column(name)
        return found

    def column_at(self, name: str, rows: Integers) -> Values:
        """The codes or numbers of a name for some rows; what only they need is drawn for them alone."""
        if name in self.columns:
            return self.columns[name][rows]
        if name in self.episode.draws and name not in self.episode.used:
            return self._draw(self.episode.draws[name], rows)
        if self._is_own(name) or self.is_session or self.parent is None:
            return self.column(name)[rows]
        return self.parent.column(name)[self.row[rows]]

    def _is_own(self, name: str) -> bool:
        own = (EXPERIENCE, POSITION, WEEKEND)
        return name in self.episode.draws or name in self.received or name in own or "." in name

    def _column(self, name: str) -> Values:
        if name in self.received:
            return self.received[name]
        if name in self.episode.draws:
            return self._draw(self.episode.draws[name], None)
        if name == POSITION:
            return self.number
        if name == WEEKEND:
            return self.script.plan.is_weekend(self.supposed_at / 1000.0)
        if name.startswith(INCIDENT):
            return self.struck(name, None, self.supposed_at).view(np.uint8)
        if name == EXPERIENCE and self.episode.plan.experience:
            seen = np.array(self.episode.plan.experience, dtype=np.uint8)
            return seen[np.asarray(self.column("outcome"), dtype=np.int64)]
        person, dot, attribute = name.rpartition(".")
        if dot:
            return self._of_person(person, attribute)
        if self.script.plan.names[name].is_of_a_user and (self.is_session or self.parent is None):
            return self.script.population.attribute(name, self.users, self.session_at)
        assert self.parent is not None, f"{name} is not known in {self.episode.plan.name}"
        return self.parent.column(name)[self.row]

    def _of_person(self, person: str, attribute: str) -> Values:
        if person == OWNER:
            frame, rows = self.root
            held = frame.column(attribute)
            return held if rows is None else held[rows]
        if self.parent is not None and self.episode.plan.person != person and not self.is_session:
            return self.parent.column(f"{person}.{attribute}")[self.row]
        return self.script.population.attribute(attribute, self.person(person), self.session_at)

    def _draw(self, draw: DrawScript, rows: Integers | None) -> Values:
        ids = self.ids if rows is None else self.ids[rows]

        def column(name: str) -> Values:
            return self.column(name) if rows is None else self.column_at(name, rows)

        if isinstance(draw.table, Choices):
            return draw.table.choose(column, len(ids), lambda: hashed(ids, draw.key))
        return draw.table.draw(column, len(ids), lambda: hashed(ids, draw.key))

    # Keeping some rows, and many frames as one

    def kept(self, rows: Integers) -> Frame:
        """The same frame with these rows only."""
        found = Frame(
            self.script,
            self.episode,
            self.parent,
            self.row[rows],
            self.ids[rows],
            None if self.offset is None else self.offset[rows],
            None if self.order is None else self.order[rows],
            self.number[rows],
            {name: values[rows] for name, values in self.received.items()},
            None if self.given_users is None else self.given_users[rows],
            self.by,
            self.is_session,
        )
        found.columns = {name: values[rows] for name, values in self.columns.items()}
        found.entered = {name: values[rows] for name, values in self.entered.items()}
        return found

    @classmethod
    def together(cls, frames: list[Frame]) -> Frame:
        """Frames of one kind and parent as one, rows one after another."""
        first = frames[0]
        if len(frames) == 1:
            return first
        found = cls(
            first.script,
            first.episode,
            first.parent,
            np.concatenate([frame.row for frame in frames]),
            np.concatenate([frame.ids for frame in frames]),
            np.concatenate([_known(frame.offset) for frame in frames]),
            np.concatenate([_known(frame.order) for frame in frames]),
            np.concatenate([frame.number for frame in frames]),
            {name: np.concatenate([frame.received[name] for frame in frames]) for name in first.received},
            None,
            first.by,
            first.is_session,
        )
        for name in set.intersection(*(set(frame.columns) for frame in frames)):
            found.columns[name] = np.concatenate([frame.columns[name] for frame in frames])
        for name in set().union(*(frame.entered for frame in frames)):
            never = [np.full(len(frame), -1, dtype=np.int64) for frame in frames]
            moments = [frame.entered.get(name, none) for frame, none in zip(frames, never, strict=True)]
            found.entered[name] = np.concatenate(moments)
        return found


def _known(values: Integers | None) -> Integers:
    assert values is not None
    return values

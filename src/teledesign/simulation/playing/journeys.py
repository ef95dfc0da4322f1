"""Playing episodes: whole machines stepped at once, as arrays, until none is left.

Rows wait before steps; the first step with waiting rows is played for all of them.  Times are kept relative to
the begin of the episode.  So several members of a sequence (`one_after_another`) can be played at once before
it is known when they begin; the surplus is dropped.  Every draw has an address, so the result does not depend
on how many were tried.  A member that asks what day it is, or whether an incident hits it, counts only if
neither changed since the first of its batch began, whose begin is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from teledesign.findings import Refusal
from teledesign.scenario.names import WEEKEND, Way
from teledesign.scenario.plan import AGAIN_CODE, END_CODE
from teledesign.simulation.luck.chance import Choices, Sizes
from teledesign.simulation.luck.draws import child_ids, hashed, uniform
from teledesign.simulation.people.striking import NEVER
from teledesign.simulation.playing.frames import INCIDENT, Frame, Integers
from teledesign.simulation.playing.played import Ended, Moments, Played
from teledesign.simulation.playing.script import EmissionScript, Script, StartScript, StepScript

__all__ = ["play"]

WIDTH = 1 << 15
"""How many rows a batch of sequence members aims at."""
FEW = 1 << 12
"""So few rows take hardly longer than one: when few sequences go on, more of their members are tried."""
MOST_AT_ONCE = 32
"""How many members of one sequence are tried at once at most."""

MOST_ROUNDS = 10_000
"""How often one episode may come to the same step."""
DAY_MS = 86_400_000
SATURDAY = 5


def play(root: Frame, *, visits: bool = False) -> Iterator[Played]:
    """Play sessions and everything that comes of them, breadth first.  `visits` also notes every step entered."""
    script = root.script
    waiting: dict[int, list[Frame]] = {root.episode.plan.number: [root]}
    for number in range(len(script.episodes)):
        for frame in waiting.pop(number, []):
            played = _walk(frame, visits)
            yield from _with_inner(played)
            for whole in _with_inner(played):
                for child in _children(whole):
                    waiting.setdefault(child.episode.plan.number, []).append(child)


def _with_inner(played: Played) -> Iterator[Played]:
    yield played
    for parts in played.inner.values():
        for part in parts:
            yield from _with_inner(part)


@dataclass
class _Waiting:
    """Rows before a step: row, time since the episode's begin, and what had happened before in the session."""

    rows: list[Integers] = field(default_factory=list)
    after: list[Integers] = field(default_factory=list)
    order: list[Integers] = field(default_factory=list)

    def add(self, rows: Integers, after: Integers, order: Integers) -> None:
        if len(rows):
            self.rows.append(rows)
            self.after.append(after)
            self.order.append(order)

    def take(self) -> tuple[Integers, Integers, Integers]:
        """All waiting rows, which then wait no more."""
        taken = tuple(
            part[0] if len(part) == 1 else np.concatenate(part) for part in (self.rows, self.after, self.order)
        )
        self.rows, self.after, self.order = [], [], []
        return taken[0], taken[1], taken[2]


def _walk(frame: Frame, visits: bool) -> Played:
    """Walk every row of a frame from its first step to its end.  `order` is relative where the frame's is unknown."""
    steps = frame.episode.steps
    count = len(frame)
    played = Played(frame)
    played.ended = Ended.of(count)
    waiting = [_Waiting() for _ in steps]
    been: dict[int, Integers] = {step.number: np.zeros(count, dtype=np.int64) for step in steps if step.loops}
    waiting[0].add(np.arange(count), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64))
    while True:
        number = next((number for number, held in enumerate(waiting) if held.rows), None)
        if number is None:
            return played
        step = steps[number]
        rows, after, order = waiting[number].take()
        visit: Integers | int = 0
        if step.loops:
            visit = been[number][rows]
            been[number][rows] += 1
            if int(visit.max()) >= MOST_ROUNDS:
                raise Refusal(
                    f"an episode came to {step.plan.address} more than {MOST_ROUNDS:,} times. "
                    "Lower the chance of going round"
                )
        here = Moments(rows, after, order, visit)
        left, order, target = _play_step(played, step, here, visits)
        order = order + 1
        _send_on(played, waiting, step, rows, left, order, target)


def _send_on(
    played: Played,
    waiting: list[_Waiting],
    step: StepScript,
    rows: Integers,
    after: Integers,
    order: Integers,
    choice: npt.NDArray[np.uint8] | int,
) -> None:
    """Rows to the steps that follow, or to their end."""
    assert played.ended is not None
    for number, target in enumerate(step.plan.targets):
        if isinstance(choice, int):
            if number != choice:
                continue
            some, then, before = rows, after, order
        else:
            where = np.flatnonzero(choice == number)
            if not len(where):
                continue
            some, then, before = rows[where], after[where], order[where]
        if target >= 0:
            waiting[target].add(some, then, before)
            continue
        assert target in (END_CODE, AGAIN_CODE)
        played.ended.at[some] = then
        played.ended.steps[some] = before
        played.ended.last[some] = step.number
        if target == AGAIN_CODE:
            played.ended.again[some] = True


def _play_step(
    played: Played, step: StepScript, here: Moments, visits: bool
) -> tuple[Integers, Integers, npt.NDArray[np.uint8] | int]:
    """One step: what it writes and starts, how long it lasts, what follows."""
    frame, rows, after, order = played.frame, here.rows, here.after, here.order
    ids = frame.ids[rows]
    if visits:
        played.entered.setdefault(step.number, []).append(here)
    if step.timed:
        frame.entered.setdefault(step.plan.name, np.full(len(frame), -1, dtype=np.int64))[rows] = after
    for place in range(len(step.emits)):
        played.emitted.setdefault((step.number, "emits", place), []).append(here)
    for place in range(len(step.sends)):
        played.emitted.setdefault((step.number, "sends", place), []).append(here)
    if step.plan.leaving:
        hit = np.flatnonzero(uniform(ids, step.leaving, here.visit) < step.plan.leaving)
        if len(hit):
            visit = here.visit if isinstance(here.visit, int) else here.visit[hit]
            played.left.setdefault(step.number, []).append(Moments(rows[hit], after[hit], order[hit], visit))
    for place, start in enumerate(step.starts):
        if start.plan.way is Way.ONE_AFTER_ANOTHER:
            inner, after, order = _play_sequence(frame, start, Moments(rows, after, order, here.visit), visits)
            if inner is not None:
                played.inner.setdefault((step.number, place), []).append(inner)
        else:
            played.started.setdefault((step.number, place), []).append(Moments(rows, after, order, here.visit))
    begun = after
    after = _leave(frame, step, ids, rows, after, here.visit)
    for place, beat in enumerate(step.beats):
        _beat(played, step, place, beat, Moments(rows, begun, order, here.visit), after)
    return after, order, _choose_next(frame, step, ids, rows, after, here.visit)


def _leave(
    frame: Frame, step: StepScript, ids: npt.NDArray[np.uint64], rows: Integers, after: Integers, visit: Integers | int
) -> Integers:
    """When each row leaves the step."""
    if step.until_age_ms is not None:
        return np.maximum(after, step.until_age_ms)
    if step.takes is None:
        return after
    table, key = step.takes.table, step.takes.key
    assert isinstance(table, Sizes)
    return after + table.draw_ms(_column(frame, rows, after), len(rows), lambda: hashed(ids, key, visit))


def _choose_next(
    frame: Frame, step: StepScript, ids: npt.NDArray[np.uint64], rows: Integers, after: Integers, visit: Integers | int
) -> npt.NDArray[np.uint8] | int:
    table, key = step.next.table, step.next.key
    assert isinstance(table, Choices)
    if len(step.plan.targets) == 1:
        return 0
    return table.choose(_column(frame, rows, after), len(rows), lambda: hashed(ids, key, visit))


def _column(frame: Frame, rows: Integers, after: Integers) -> _Asked:
    return _Asked(frame, rows, after)


@dataclass(frozen=True)
class _Asked:
    """Columns for some rows at a moment."""

    frame: Frame
    rows: Integers
    after: Integers

    def __call__(self, name: str) -> npt.NDArray[Any]:
        if name == WEEKEND:
            return self.frame.script.plan.is_weekend((self.frame.supposed_at[self.rows] + self.after) / 1000.0)
        if name.startswith(INCIDENT):
            at = self.frame.supposed_at[self.rows] + self.after
            return self.frame.struck(name, self.rows, at).view(np.uint8)
        return self.frame.column(name)[self.rows]


def _beat(played: Played, step: StepScript, place: int, beat: EmissionScript, here: Moments, left: Integers) -> None:
    """Rows at each full period within the step; the visit counts the beats too."""
    times = (left - here.after) // beat.period_ms
    total = int(times.sum())
    if not total:
        return
    which = np.repeat(np.arange(len(times)), times)
    number = np.arange(total) - np.repeat(np.cumsum(times) - times, times) + 1
    visit = (here.visit if isinstance(here.visit, int) else here.visit[which]) * (1 << 24) + number
    moments = Moments(here.rows[which], here.after[which] + number * beat.period_ms, here.order[which], visit)
    played.emitted.setdefault((step.number, "beats", place), []).append(moments)


# Sequences


def _play_sequence(
    parent: Frame, start: StartScript, here: Moments, visits: bool
) -> tuple[Played | None, Integers, Integers]:
    """Play one episode after another for each row; when, and after how many happenings, the last one ended."""
    episode = parent.script.episodes[start.plan.episode]
    ends, order = here.after.copy(), here.order.copy()
    number = np.zeros(len(ends), dtype=np.int64)
    active = np.arange(len(ends))
    parts: list[Played] = []
    tried, went_on = 0, 0
    while len(active):
        width = 1
        if tried and not episode.asks_moment:
            expected = tried / max(1, tried - went_on)
            wanted = max(1 + expected / 4, FEW // len(active))
            width = int(max(1, min(WIDTH // len(active), MOST_AT_ONCE, wanted)))
        frame = _members(parent, start, here, active, number[active], width)
        if episode.asks_moment:
            frame.offset = ends[active].copy()
        if episode.asks_calendar or episode.asks_incidents:
            begins = parent.supposed_at[here.rows[active]] + ends[active]
            frame.supposed = np.repeat(begins, width)
        played = _walk(frame, visits)
        ended = played.ended
        assert ended is not None
        shape = (len(active), width)
        lasted, counted = ended.at.reshape(shape), ended.steps.reshape(shape)
        bounded = number[active][:, None] + np.arange(width) < start.plan.at_most - 1
        goes_on = ended.again.reshape(shape) & bounded
        real = np.ones(shape, dtype=bool)
        real[:, 1:] = np.logical_and.accumulate(goes_on[:, :-1], axis=1)
        if width > 1 and frame.supposed is not None:
            as_supposed = begins[:, None] + np.cumsum(lasted, axis=1) < _changes(frame, begins, width)
            real[:, 1:] &= np.logical_and.accumulate(as_supposed[:, 1:], axis=1)
        lasted, counted = np.where(real, lasted, 0), np.where(real, counted, 0)
        before, counted_before = np.cumsum(lasted, axis=1) - lasted, np.cumsum(counted, axis=1) - counted
        frame.offset = (ends[active][:, None] + before).ravel()
        frame.order = (order[active][:, None] + 1 + counted_before).ravel()
        parts.append(played if real.all() else played.kept(real.ravel()))
        ends[active] += lasted.sum(axis=1)
        order[active] += counted.sum(axis=1)
        number[active] += real.sum(axis=1)
        tried += int(real.sum())
        went_on += int((real & goes_on).sum())
        active = active[goes_on[np.arange(len(active)), real.sum(axis=1) - 1]]
    return (Played.together(parts) if parts else None), ends, order


def _changes(frame: Frame, begins: Integers, width: int) -> Integers:
    """The next moment after the first of a batch begins at which anything it asks for changes: (sequences, members)."""
    changes = np.full((len(begins), width), NEVER)
    if frame.episode.asks_calendar:
        changes = np.minimum(changes, _day_changes(frame, begins)[:, None])
    for name in frame.episode.asks_incidents:
        changes_of_bit = frame.span(name).changes_after(np.repeat(begins, width))
        changes = np.minimum(changes, changes_of_bit.reshape(changes.shape))
    return changes


def _day_changes(frame: Frame, at: Integers) -> Integers:
    """The next moment at which a weekend begins or ends."""
    day = at // DAY_MS
    weekday = (frame.script.plan.first_weekday + day) % 7
    return (day + np.where(weekday < SATURDAY, SATURDAY, 7) - weekday) * DAY_MS


def _members(parent: Frame, start: StartScript, here: Moments, active: Integers, number: Integers, width: int) -> Frame:
    """The next `width` members of each active sequence; when they begin is not known yet."""
    rows = np.repeat(here.rows[active], width)
    numbers = (number[:, None] + np.arange(width)).ravel()
    visit = here.visit if isinstance(here.visit, int) else np.repeat(here.visit[active], width)
    return Frame(
        parent.script,
        parent.script.episodes[start.plan.episode],
        parent,
        rows,
        child_ids(parent.ids[rows], start.key, np.broadcast_to(visit, rows.shape), numbers),
        None,
        None,
        numbers,
        {name: np.full(len(rows), code, dtype=np.uint8) for name, code in start.plan.holding.items()},
    )


# Children that do not hold up their parent


def _children(played: Played) -> Iterator[Frame]:
    """The frames of all episodes started side by side, alongside or later, one frame per kind."""
    groups: dict[tuple[int, str | None, bool], list[tuple[StartScript, Moments]]] = {}
    for (step, place), moments in played.started.items():
        start = played.frame.episode.steps[step].starts[place]
        key = (start.plan.episode, start.plan.by, start.plan.way is Way.LATER)
        groups.setdefault(key, []).extend((start, part) for part in moments)
    for (number, by, is_session), parts in groups.items():
        begun = [_begin(played.frame, start, here) for start, here in parts]
        total = sum(len(part[0]) for part in begun)
        if total:
            columns = [np.concatenate([part[place] for part in begun]) for place in range(5)]
            rows, ids, offset, order, numbers = columns
            yield Frame(
                played.frame.script,
                played.frame.script.episodes[number],
                played.frame,
                rows,
                ids,
                offset,
                order,
                numbers,
                _received(played.frame.script, number, parts, begun),
                None,
                by,
                is_session,
            )


def _begin(parent: Frame, start: StartScript, here: Moments) -> tuple[npt.NDArray[Any], ...]:
    """Rows, ids, offsets, orders and numbers of the episodes one step starts."""
    rows, after, order = here.rows, here.after, here.order
    visit = np.broadcast_to(here.visit, rows.shape)
    number = np.zeros(len(rows), dtype=np.int64)
    asked = _Asked(parent, rows, after)
    if start.count is not None:
        assert isinstance(start.count.table, Sizes)
        key = start.count.key
        many = start.count.table.draw(asked, len(rows), lambda: hashed(parent.ids[here.rows], key, here.visit))
        counts = np.maximum(many, 0.0).astype(np.int64)
        which = np.repeat(np.arange(len(rows)), counts)
        number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows, order, visit = rows[which], order[which], visit[which]
        after = after[which] + number * start.apart_ms
    if start.after is not None:
        assert isinstance(start.after.table, Sizes)
        key = start.after.key
        after = after + start.after.table.draw_ms(
            asked, len(rows), lambda: hashed(parent.ids[here.rows], key, here.visit)
        )
    return rows, child_ids(parent.ids[rows], start.key, visit, number), after, order + 1, number


def _received(
    script: Script,
    number: int,
    parts: list[tuple[StartScript, Moments]],
    begun: list[tuple[npt.NDArray[Any], ...]],
) -> dict[str, npt.NDArray[Any]]:
    """The facts handed over, one column each."""
    return {
        name: np.concatenate(
            [
                np.full(len(rows[0]), start.plan.holding[name], dtype=np.uint8)
                for (start, _), rows in zip(parts, begun, strict=True)
            ]
        )
        for name in script.episodes[number].plan.receives
    }

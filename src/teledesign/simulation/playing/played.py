"""What happened when episodes were played: moments by step, how each ended, sequences within; kept, or put together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from teledesign.simulation.playing.frames import Frame, Integers

__all__ = ["Ended", "Moments", "Played"]

Flags = npt.NDArray[np.bool_]
KINDS = ("emitted", "started", "left", "entered")


@dataclass(frozen=True)
class Moments:
    """Something that happened to rows of a frame: when after the episode's begin, and how much had happened before."""

    rows: Integers
    after: Integers
    order: Integers
    visit: Integers | int

    def of(self, keep: Flags) -> Moments:
        """Some of them."""
        return self._taken(self.rows, np.flatnonzero(keep))

    def kept(self, place: Integers) -> Moments:
        """Only the rows with a new place (-1: dropped), renumbered."""
        rows = place.take(self.rows)
        return self._taken(rows, np.flatnonzero(rows >= 0))

    def _taken(self, rows: Integers, some: Integers) -> Moments:
        visit = self.visit if isinstance(self.visit, int) else self.visit.take(some)
        return Moments(rows.take(some), self.after.take(some), self.order.take(some), visit)

    @classmethod
    def together(cls, parts: list[tuple[Moments, int]]) -> Moments:
        """Moments of frames put one after another; each part with the number of rows before it."""
        visits = [
            np.full(len(part.rows), part.visit) if isinstance(part.visit, int) else part.visit for part, _ in parts
        ]
        return cls(
            np.concatenate([part.rows + first for part, first in parts]),
            np.concatenate([part.after for part, _ in parts]),
            np.concatenate([part.order for part, _ in parts]),
            np.concatenate(visits) if any(not isinstance(part.visit, int) for part, _ in parts) else 0,
        )


@dataclass(frozen=True)
class Ended:
    """How each row ended: when after its begin, whether with `again`, after how many steps, and at which.

    Steps of sequences on the way count too.
    """

    at: Integers
    again: Flags
    steps: Integers
    last: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, rows: int) -> Ended:
        """Nothing has ended yet."""
        return cls(*(np.zeros(rows, dtype=kind) for kind in (np.int64, bool, np.int64, np.uint8)))

    def kept(self, rows: Integers) -> Ended:
        """Some of the rows."""
        return Ended(self.at[rows], self.again[rows], self.steps[rows], self.last[rows])

    @classmethod
    def together(cls, parts: list[Ended]) -> Ended:
        """Rows one after another."""
        return cls(
            np.concatenate([part.at for part in parts]),
            np.concatenate([part.again for part in parts]),
            np.concatenate([part.steps for part in parts]),
            np.concatenate([part.last for part in parts]),
        )


@dataclass
class Played:
    """What happened in the episodes of a frame.

    `emitted`, `started`, `left` and `entered` go by step number and place in the step; `inner` are the sequences that
    were played on the way, by the same key.
    """

    frame: Frame
    emitted: dict[tuple[int, str, int], list[Moments]] = field(default_factory=dict)
    started: dict[tuple[int, int], list[Moments]] = field(default_factory=dict)
    left: dict[int, list[Moments]] = field(default_factory=dict)
    entered: dict[int, list[Moments]] = field(default_factory=dict)
    inner: dict[tuple[int, int], list[Played]] = field(default_factory=dict)
    ended: Ended | None = None

    def kept(self, keep: Flags) -> Played:
        """What happened to these rows only."""
        rows = np.flatnonzero(keep)
        frame = self.frame.kept(rows)
        place = np.full(len(keep), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        found = Played(frame)
        found.ended = None if self.ended is None else self.ended.kept(rows)
        once: dict[int, Moments] = {}  # what a step writes and that it was entered are often the same moments
        for name in KINDS:
            held = {key: [_kept(part, place, once) for part in parts] for key, parts in getattr(self, name).items()}
            setattr(found, name, held)
        found.inner = {key: [_of_parent(part, place, frame) for part in parts] for key, parts in self.inner.items()}
        return found

    @classmethod
    def together(cls, parts: list[Played]) -> Played:
        """What happened in several frames of one kind and parent, as one."""
        if len(parts) == 1:
            return parts[0]
        found = cls(Frame.together([part.frame for part in parts]))
        found.ended = Ended.together([part.ended for part in parts if part.ended is not None])
        firsts = np.cumsum([0, *(len(part.frame) for part in parts)]).tolist()
        once: dict[tuple[int, ...], Moments] = {}
        for name in KINDS:
            joined: dict[object, list[tuple[Moments, int]]] = {}
            for part, first in zip(parts, firsts, strict=False):
                for key, moments in getattr(part, name).items():
                    joined.setdefault(key, []).extend((one, first) for one in moments)
            setattr(found, name, {key: [_together(held, once)] for key, held in joined.items()})
        for part, first in zip(parts, firsts, strict=False):
            for key, inner in part.inner.items():
                for one in inner:
                    one.frame.parent = found.frame
                    one.frame.row = one.frame.row + first
                found.inner.setdefault(key, []).extend(inner)
        found.inner = {key: [Played.together(inner)] for key, inner in found.inner.items()}
        return found


def _kept(moments: Moments, place: Integers, once: dict[int, Moments]) -> Moments:
    """`moments.kept(place)`, the same object for the same moments."""
    found = once.get(id(moments))
    if found is None:
        found = once[id(moments)] = moments.kept(place)
    return found


def _together(parts: list[tuple[Moments, int]], once: dict[tuple[int, ...], Moments]) -> Moments:
    """`Moments.together(parts)`, the same object for the same moments."""
    key = tuple(id(moments) for moments, _ in parts)
    found = once.get(key)
    if found is None:
        found = once[key] = Moments.together(parts)
    return found


def _of_parent(part: Played, place: Integers, parent: Frame) -> Played:
    """What happened in an inner sequence, after rows of its parent were dropped."""
    row = place[part.frame.row]
    kept = part.kept(row >= 0)
    kept.frame.row = row[row >= 0]
    kept.frame.parent = parent
    return kept

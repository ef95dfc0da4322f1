"""Who left for good, and when: one merge of what every block reported, in order of time (thinning).

Sessions do not depend on each other, so blocks are played as if nobody left.  Each reports the moments at which
somebody would leave.  Such a moment counts only if its session had begun before its owner left and the person
is still there; then it is that person's departure, and what they would have done later never happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NEVER", "Departures", "Triggers", "settle"]

NEVER = np.int64(np.iinfo(np.int64).max)
"""The moment of departure of those who stay."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Triggers:
    """Moments at which `user` would leave, and on whom each depends.

    A trigger counts only if each `cause_user` was there at `cause_at`: one column per hand-over between persons.
    """

    at: Integers
    user: Integers
    cause_user: Integers
    cause_at: Integers

    @classmethod
    def together(cls, parts: Iterable[Triggers], causes: int) -> Triggers:
        """All triggers of several blocks."""
        held = [part for part in parts if len(part.at)]
        if not held:
            empty = np.zeros(0, dtype=np.int64)
            return cls(empty, empty, empty.reshape(0, causes), empty.reshape(0, causes))
        return cls(*(np.concatenate([getattr(part, name) for part in held]) for name in cls.__dataclass_fields__))


@dataclass(frozen=True)
class Departures:
    """The users who left, sorted, and when (ms after the start of day 1)."""

    users: Integers
    moments: Integers

    def by_user(self, size: int) -> Integers:
        """The moment at which each of `size` users left, `NEVER` for those who stay."""
        found = np.full(size, NEVER)
        found[self.users] = self.moments
        return found


def settle(triggers: Triggers, own: Departures) -> Departures:
    """Everybody's departure: by their own clock (`own`), or by the first trigger that counts."""
    left = dict(zip(own.users.tolist(), own.moments.tolist(), strict=True))
    order = np.lexsort((triggers.user, triggers.at))
    never = int(NEVER)
    rows = zip(
        triggers.at[order].tolist(),
        triggers.user[order].tolist(),
        triggers.cause_user[order].tolist(),
        triggers.cause_at[order].tolist(),
        strict=True,
    )
    for at, user, cause_users, cause_moments in rows:
        if left.get(user, never) < at:
            continue
        if all(left.get(cause, never) >= then for cause, then in zip(cause_users, cause_moments, strict=True)):
            left[user] = at
    users = np.array(sorted(left), dtype=np.int64)
    return Departures(users, np.array([left[user] for user in users.tolist()], dtype=np.int64))

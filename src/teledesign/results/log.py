"""What a simulation gives back: a log's size, its files, and whether its counts agree with the algebra."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from pathlib import Path

__all__ = ["FEWEST_USERS_JUDGED", "MOST_DEVIATION", "EventCount", "LogReport", "Part"]

MOST_DEVIATION = 5.0
"""Standard errors a count may be away from its expectation; by chance one in two million is further."""
FEWEST_USERS_JUDGED = 30
"""The standard error is estimated between users; between fewer it is so rough that one log in three looks wrong."""
EXPECTATION_ERROR = 0.01
"""Relative error allowed to the expectation itself, which treats leaving to first order only."""


@dataclass(frozen=True)
class Part:
    """One file of a log."""

    file: str
    format: str
    rows: int
    bytes: int
    sha256: str
    row_digest: str


@dataclass(frozen=True)
class EventCount:
    """Rows of one event in the log, and, over its sessions whole, how many came and how many were expected.

    `came` also counts what comes after the last day; `error` is its standard error, estimated between users.
    """

    event: str
    rows: int
    came: int
    expected: float
    error: float

    @property
    def deviation(self) -> float:
        """How many standard errors more came than expected; 0 where nothing was expected and nothing came."""
        distance = self.came - self.expected
        if distance == 0:
            return 0.0
        return distance / self.error if self.error > 0 else float("inf") if distance > 0 else float("-inf")

    @property
    def agrees(self) -> bool:
        """Whether chance and the error of the expectation explain the difference, as far as anything is expected."""
        if isnan(self.expected):
            return True
        allowed = MOST_DEVIATION * max(self.error, 1.0) + EXPECTATION_ERROR * self.expected
        return abs(self.came - self.expected) <= allowed

    def __str__(self) -> str:
        if isnan(self.expected):
            return f"{self.event}: {self.came:,} came"
        verdict = "as expected" if self.agrees else "NOT as expected"
        off = f"{self.deviation:+.1f} standard errors"
        return f"{self.event}: {self.came:,} came, {self.expected:,.0f} expected ({off}): {verdict}"


@dataclass(frozen=True)
class LogReport:
    """A finished log.  `users` is the panel when day 1 begins; `seconds` is how long it took and stands in no file."""

    scenario: str
    folder: Path
    users: int
    days: int
    sessions: int
    rows: int
    digest: str
    parts: tuple[Part, ...]
    events: tuple[EventCount, ...]
    left: int
    seconds: float
    truth: Path | None = None
    longest_wait_ms: int = 0
    """The longest that a design and ordinary weather keep a row from the log."""
    asked: int | None = None
    """How many events were asked for, if it was so many."""
    spread: float = 0.0
    """The standard error of `rows`: what chance does to their number."""

    @property
    def bytes(self) -> int:
        """Bytes of all parts in all formats."""
        return sum(part.bytes for part in self.parts)

    @property
    def rows_per_second(self) -> float:
        """Rows a second, in all formats together."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def off(self) -> float:
        """How far the number of rows is from what was asked for, as a share of that."""
        return self.rows / self.asked - 1.0 if self.asked else 0.0

    @property
    def may_be_off(self) -> float:
        """How far it may be: half a percent, or three standard errors where chance does more."""
        return max(0.005, 3.0 * self.spread / self.asked) if self.asked else 0.0

    @property
    def is_judged(self) -> bool:
        """Whether there are users enough to hold the counts against the algebra."""
        return self.users >= FEWEST_USERS_JUDGED

    @property
    def why_empty(self) -> str | None:
        """What to think and do of a log without a row; None for any other."""
        if self.rows:
            return None
        if not self.sessions:
            return "The log is empty: nobody began a session. Ask for more users or days."
        if not any(event.expected > 0 or isnan(event.expected) for event in self.events):
            return "The log is empty: no event is written that is also collected. Look at the scenario and the design."
        return "The log is empty: by chance no row of so few sessions came into it. Ask for more users or days."

    @property
    def disagreeing(self) -> tuple[str, ...]:
        """The events that came more or less often than the algebra says, beyond error; none where nothing is judged."""
        return tuple(event.event for event in self.events if self.is_judged and not event.agrees)

    @property
    def agrees(self) -> bool:
        """Whether every event came as often as the algebra says, within its error, as far as one can tell."""
        return not self.disagreeing

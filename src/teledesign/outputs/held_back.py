"""Who leaves with the model's answer and who leaves without it, by algebra, and how many people it takes to see it.

Users' rates of sessions are gamma, so that means over users of what falls off exponentially with the rate are closed
forms: the Laplace transform of that distribution.  Chances to leave right after a step are small, so they add up along
a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt

from teledesign.detection import CONFIDENCE, POWER, z_of
from teledesign.expectation import expected_of
from teledesign.scenario import Scenario
from teledesign.scenario.elementary import exp, log_of
from teledesign.scenario.metrics import Counted
from teledesign.scenario.names import HOLDBACK, OWNER

__all__ = ["ARMS", "WATCHED_DAYS", "Arm", "HeldBack", "difference", "held_back", "people_needed"]

ARMS = {"on": "no", "holdback": "yes"}
"""What the column `variant` says -> the value of `holdback`."""
WATCHED_DAYS = 7
"""People count who were seen in the first so many days; gone is who was not seen in the last so many."""


@dataclass(frozen=True)
class Arm:
    """What one expects of a group: who has really left by the end, and who seems to be gone in the log."""

    share: float
    """Share of users who are in it."""
    left: float
    gone: float


@dataclass(frozen=True)
class HeldBack:
    """Both groups over some days; `shared` is the share of users who leave after what others' answers did to them.

    Of a panel, `followed` is the share whose rows are in the log in the first days.
    """

    days: int
    arms: Mapping[str, Arm]
    shared: float
    shared_steps: tuple[str, ...]
    followed: float
    rows_per_user: float
    """Rows in the log of a user who stays."""

    @property
    def people(self) -> int | None:
        """The panel that shows what is expected four times in five; None where nothing is, or the days are too few."""
        on, held = self.arms["on"], self.arms["holdback"]
        seen = people_needed(on.gone, held.gone, held.share)
        return None if seen is None or not self.followed else ceil(seen / self.followed)

    @property
    def panel(self) -> int | None:
        """The same, rounded up to the two digits that matter."""
        if self.people is None:
            return None
        step = int("1" + "0" * max(len(str(self.people)) - 2, 0))
        return ceil(self.people / step) * step


def held_back(scenario: Scenario, days: int) -> HeldBack | None:
    """What a log over so many days leads one to expect, rates as in the first week; None where nobody is held back."""
    share = scenario.people.holdback
    if not 0.0 < share < 1.0:
        return None
    return _held_back(scenario, share, days)


_kept: list[tuple[Scenario, int, HeldBack]] = []


def _held_back(scenario: Scenario, share: float, days: int) -> HeldBack:
    for known, for_days, found in _kept:
        if known is scenario and for_days == days:
            return found
    own, others, steps = _hazards(scenario, share)
    users = _Users.of(scenario)
    shares = {"on": 1.0 - share, "holdback": share}
    arms = {
        name: Arm(shares[name], users.left(own[name], others, days), users.gone(own[name], others, days))
        for name in ARMS
    }
    shared = 1.0 - float(exp(-others * days))
    found = HeldBack(
        days,
        arms,
        shared,
        steps,
        _recorded(scenario) * (1.0 - users.transform(WATCHED_DAYS)),
        days * sum(expected_of(scenario).events_per_user_day(recorded=True).values()),
    )
    _kept[:] = [(scenario, days, found), *_kept[:7]]
    return found


def _hazards(scenario: Scenario, share: float) -> tuple[dict[str, float], float, tuple[str, ...]]:
    """Arm -> chances to leave per user and day by one's own sessions; by what others' do; and the steps of those."""
    expectation = expected_of(scenario)
    chances = scenario.people.leaving.right_after
    actors = {episode.name: episode.actor for episode in expectation.plan.episodes}
    by_others = tuple(step for step in chances if actors[step.partition(".")[0]] != OWNER)
    everybody = expectation.step_visits()
    others = sum(everybody[step] * chances[step] for step in by_others)
    own = {}
    for name, held in ARMS.items():
        visits = expectation.step_visits(where={HOLDBACK: (held,)})
        of_arm = share if name == "holdback" else 1.0 - share
        own[name] = sum(visits[step] * chance for step, chance in chances.items() if step not in by_others) / of_arm
    return own, others, by_others


def _recorded(scenario: Scenario) -> float:
    """The share of users whose client records."""
    expectation, users = expected_of(scenario), Counted(name="user_days")
    # The algebra counts nothing at all where it is asked for users alone.
    session = expectation.plan.episodes[0]
    begun = Counted(name=session.steps[0].address)
    (recorded, _), (everybody, _) = (expectation.counts((users, begun), recorded=some) for some in (True, False))
    return recorded / everybody


@dataclass(frozen=True)
class _Users:
    """How users' sessions per day differ, and the chance per day to leave whatever happens."""

    mean: float
    dispersion: float
    each_day: float

    @classmethod
    def of(cls, scenario: Scenario) -> _Users:
        rate = scenario.people.activity.sessions_per_user_day
        return cls(float(rate.mean), float(rate.dispersion), float(scenario.people.leaving.each_day))

    def transform(self, days: float) -> float:
        """E[exp(-rate x days)] over users: the chance that somebody has no session in so many days."""
        if not self.dispersion:
            return float(exp(-self.mean * days))
        return float(exp(-log_of(1.0 + self.dispersion * self.mean * days) / self.dispersion))

    def left(self, own: float, others: float, days: float) -> float:
        """The share that has left after so many days; `own` counts as so many chances per user and day."""
        return 1.0 - float(exp(-(self.each_day + others) * days)) * self.transform(own / self.mean * days)

    def gone(self, own: float, others: float, days: int) -> float:
        """Of those seen in the first days, the share with no session in the last: gone, or too rarely there.

        Who leaves in the last days does so half-way through them, and right after a session that is seen.
        """
        watched, before = WATCHED_DAYS, days - WATCHED_DAYS
        if before < watched:
            return 0.0
        lost = own / self.mean * before
        still = self.transform(lost) - 2.0 * self.transform(lost + watched) + self.transform(lost + 2 * watched)
        seen = 1.0 - self.transform(watched)
        return 1.0 - float(exp(-(self.each_day + others) * (days - watched / 2))) * still / seen


@lru_cache(maxsize=64)
def people_needed(
    on: float, held: float, share: float, confidence: float = CONFIDENCE, power: float = POWER
) -> int | None:
    """How many people, a share of them held back, it takes to see two shares differ; None where they do not.

    Two proportions in groups of unequal size: Fleiss, Levin and Paik 2003, Statistical Methods for Rates and
    Proportions, without the correction for continuity.
    """
    if on == held or not 0.0 < share < 1.0:
        return None
    ratio = (1.0 - share) / share
    both = (held + ratio * on) / (1.0 + ratio)
    sure = z_of(1 - (1 - confidence) / 2) * sqrt((1.0 + 1.0 / ratio) * both * (1.0 - both))
    seen = z_of(power) * sqrt(held * (1.0 - held) + on * (1.0 - on) / ratio)
    return ceil(((sure + seen) / (held - on)) ** 2 / share)


def difference(on: tuple[float, int], held: tuple[float, int], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """From where to where the second share minus the first may truly lie; each is a share and of how many.

    Newcombe 1998, Interval estimation for the difference between independent proportions, method 10: Wilson's
    intervals put together, which behaves with few people.
    """
    (p, n), (q, m) = on, held
    (p_low, p_high), (q_low, q_high) = _wilson(p, n, confidence), _wilson(q, m, confidence)
    between = q - p
    return (
        between - sqrt((q - q_low) ** 2 + (p_high - p) ** 2),
        between + sqrt((q_high - q) ** 2 + (p - p_low) ** 2),
    )


def _wilson(share: float, of: int, confidence: float) -> tuple[float, float]:
    """Wilson 1927: where a share may truly lie."""
    z = z_of(1 - (1 - confidence) / 2)
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half

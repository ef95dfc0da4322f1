"""What a plan is made of: attributes, episodes with their steps, incidents; plain frozen values, names baked away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.baking import BakedChances, BakedSizes
from teledesign.scenario.faults import FaultPlan
from teledesign.scenario.incidents import Incident
from teledesign.scenario.names import Kind, Way
from teledesign.scenario.schedule import strength

__all__ = [
    "AGAIN_CODE",
    "END_CODE",
    "AttributePlan",
    "BroughtPlan",
    "DrawPlan",
    "EmissionPlan",
    "EpisodePlan",
    "IncidentPlan",
    "RolloutPlan",
    "StartPlan",
    "StepPlan",
    "VolumePlan",
]

Floats = NDArray[np.float64]

END_CODE = -1
AGAIN_CODE = -2
"""What stands in `StepPlan.targets` for the ends that are no step."""


@dataclass(frozen=True)
class RolloutPlan:
    """Shares of versions over time: `moments[k]` and `shares[k]` belong to version k (none for version 0)."""

    moments: tuple[tuple[float, ...], ...]
    shares: tuple[tuple[float, ...], ...]

    def share(self, version: int, moment: Floats) -> Floats:
        """The share of users on this or a later version: 0 before its first moment, straight between, level after."""
        moment = np.asarray(moment, dtype=np.float64)
        if version == 0:
            return np.ones_like(moment)
        moments, shares = self.moments[version], self.shares[version]
        found = np.where(moment < moments[0], 0.0, shares[0])
        for begin, end, low, high in zip(moments, moments[1:], shares, shares[1:], strict=False):
            within = np.minimum(np.maximum(moment - begin, 0.0) / (end - begin), 1.0)
            found = np.where(moment >= begin, low + (high - low) * within, found)
        return found

    def version(self, moment: Floats, number: Floats) -> NDArray[np.uint8]:
        """The version of users with these fixed numbers: the last whose share exceeds the number."""
        found = np.zeros(np.shape(number), dtype=np.uint8)
        for version in range(1, len(self.shares)):
            found += self.share(version, moment) > number
        return found

    def chances(self, moment: Floats) -> Floats:
        """The chance of each version at each moment: shape (moments, versions)."""
        shares = [self.share(k, moment) for k in range(len(self.shares))]
        shares = [np.minimum.reduce(shares[: k + 1]) if k else shares[0] for k in range(len(shares))]
        later = [*shares[1:], np.zeros_like(shares[0])]
        return np.stack([here - after for here, after in zip(shares, later, strict=True)], axis=-1)


@dataclass(frozen=True)
class AttributePlan:
    """A user attribute: exactly one of `chances` (drawn once), `rollout`, `bounds` (tenure: seconds since joining)."""

    name: str
    address: str
    kind: Kind
    values: tuple[str, ...]
    chances: BakedChances | None = None
    rollout: RolloutPlan | None = None
    bounds: tuple[float, ...] = ()

    @property
    def changes_in_time(self) -> bool:
        """Whether it must be read at each session: rollouts, tenure, shares that an incident changes."""
        return self.chances is None or any(name.startswith("incident.") for name in self.chances.names)


@dataclass(frozen=True)
class DrawPlan:
    """A draw of an episode: a choice (`chances`) or a number (`sizes`)."""

    name: str
    address: str
    chances: BakedChances | None
    sizes: BakedSizes | None


@dataclass(frozen=True)
class EmissionPlan:
    """An event a step writes on entering, or at each full `period` within it.

    `hands` are the constants and small tables of `given_by: step`; `drawn` the fields drawn for the row.
    """

    event: int
    hands: Mapping[str, str | float | BakedChances]
    drawn: Mapping[str, BakedChances | BakedSizes]
    period: float = 0.0


@dataclass(frozen=True)
class StartPlan:
    """An episode a step starts; `holding` are the facts it receives, as value codes."""

    episode: int
    way: Way
    count: BakedSizes | None
    apart: float
    at_most: int
    after: BakedSizes | None
    by: str | None
    holding: Mapping[str, int]


@dataclass(frozen=True)
class StepPlan:
    """A step.  `targets[choice of next]` is the next step's number, `END_CODE` or `AGAIN_CODE`."""

    name: str
    address: str
    emits: tuple[EmissionPlan, ...]
    beats: tuple[EmissionPlan, ...]
    sends: tuple[tuple[FaultPlan, EmissionPlan], ...]
    """Events that incidents let clients write here though they did not happen."""
    starts: tuple[StartPlan, ...]
    takes: BakedSizes | None
    until_age: float | None
    next: BakedChances
    targets: tuple[int, ...]
    leaving: float
    """Chance that the person who did the step leaves for good right after it."""


@dataclass(frozen=True)
class EpisodePlan:
    """An episode: who acts, whose session it is, what it draws, its steps.

    `line` are the numbers of its ancestors and itself, the session first.  `among` is the share of users the other
    person comes from while the bit of the named incident is set: ((incident, share), ...).
    """

    name: str
    number: int
    kind: str | None
    line: tuple[int, ...]
    session: int
    actor: str
    person: str | None
    among: tuple[tuple[str, Mapping[str, tuple[str | float, ...]], float], ...]
    receives: tuple[str, ...]
    draws: tuple[DrawPlan, ...]
    outcome: BakedChances | None
    experience: tuple[int, ...]
    """Outcome code -> code of what a system can see of it (empty where the episode carries no prediction)."""
    score: BakedSizes | None
    latency: BakedSizes | None
    steps: tuple[StepPlan, ...]


@dataclass(frozen=True)
class VolumePlan:
    """Sessions multiply by `factor` for users who match `where` and whose bit of the incident is set."""

    incident: str
    factor: float
    where: Mapping[str, tuple[str | float, ...]]


@dataclass(frozen=True)
class BroughtPlan:
    """Extra users of an incident, there while it lasts; its bit is set for them and for nobody else."""

    users: int
    rate: float
    dispersion: float
    hour_weights: tuple[float, ...]
    weekday_weights: tuple[float, ...]
    holding: Mapping[str, int]


@dataclass(frozen=True)
class IncidentPlan:
    """An incident that runs.  Who is hit: `Names.chooser(episode, chosen_by)`; how many: `strength`."""

    name: str
    incident: Incident
    brought: BroughtPlan | None

    @property
    def chosen_by(self) -> str:
        """What is hit as a whole."""
        return self.incident.chosen_by

    def strength(self, moment: Floats) -> Floats:
        """The share of choosers hit at each moment."""
        return strength(self.incident, moment)

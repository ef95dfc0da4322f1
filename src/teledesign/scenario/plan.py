"""The plan: a scenario compiled once into what a simulation walks and the algebra integrates.

Names are baked away into codes and arrays; episodes stand in breadth order, parents before children.  A plan
holds plain frozen values, so it can be sent to worker processes.

**Users, growth and tenure.**  The panel's users are there when day 1 begins; with growth g per month the number
of users is (1 + g)^(days / 30) times that.  Users who arrive during the log are new: they joined at the moment
they arrive.  Those present at the start have joined before, longer ago than the largest bound of any
`since_joining`.  With negative growth nobody arrives, and a user with fixed number u in (0, 1) is gone
from the moment the relative number of users falls below u.

**Moments.**  All moments are seconds after the start of day 1, local time.  Draws of an episode are made, and
incident bits read, at the episode's begin; `next` at the moment of leaving the step.  Rollouts, tenure and attributes
that an incident changes are read when the session begins and hold for it; an episode started `after` a time is
a session of its own and reads them anew, for whoever acts in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from teledesign.scenario.baking import BakedChances, BakedSizes, amount, bake_chances, bake_sizes
from teledesign.scenario.elementary import exp, log
from teledesign.scenario.faults import FaultPlan, faults_of
from teledesign.scenario.incidents import Brings, Incident
from teledesign.scenario.journey import AGAIN, END, Emission, Episode, Start, Step
from teledesign.scenario.names import HOLDBACK, Names, seen_of, way_of
from teledesign.scenario.people import Attribute, Rollout, Weekdays
from teledesign.scenario.plan_parts import (
    AGAIN_CODE,
    END_CODE,
    AttributePlan,
    BroughtPlan,
    DrawPlan,
    EmissionPlan,
    EpisodePlan,
    IncidentPlan,
    RolloutPlan,
    StartPlan,
    StepPlan,
    VolumePlan,
)
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.scenario import Scenario
from teledesign.scenario.schedule import Running, both, chosen, effects_on
from teledesign.scenario.tables import ChanceTable, SizeTable

__all__ = [
    "AGAIN_CODE",
    "END_CODE",
    "AttributePlan",
    "BroughtPlan",
    "DrawPlan",
    "EmissionPlan",
    "EpisodePlan",
    "FaultPlan",
    "IncidentPlan",
    "Plan",
    "RolloutPlan",
    "StartPlan",
    "StepPlan",
    "VolumePlan",
    "population",
]

Floats = NDArray[np.float64]

MONTH_S = 30 * DAY_S


@dataclass(frozen=True)
class Plan:
    """A scenario with the incidents that run, compiled.  Made with `Plan.of(scenario, incidents)`."""

    scenario: str
    names: Names
    first_weekday: int
    """Weekday of day 1: 0 is Monday."""
    days: int
    users: int
    rate: float
    dispersion: float
    hour_weights: tuple[float, ...]
    weekday_weights: tuple[float, ...]
    growth_per_month: float
    leaving_each_day: float
    holdback: float
    attributes: tuple[AttributePlan, ...]
    unrecorded: Mapping[str, int]
    """Users with any of these attribute codes are never seen by client events."""
    episodes: tuple[EpisodePlan, ...]
    """In breadth order; the first is the session.  `StartPlan.episode` counts in this order."""
    events: tuple[str, ...]
    by_server: tuple[bool, ...]
    incidents: tuple[IncidentPlan, ...]
    volumes: tuple[VolumePlan, ...]
    faults: tuple[FaultPlan, ...]
    """What incidents do to rows, in the order in which it happens."""

    @classmethod
    def of(cls, scenario: Scenario, incidents: Running | Iterable[str] = ()) -> Plan:
        """Compile a well-read scenario.  Raises ValueError or KeyError for one that `check` would refuse.

        The last few are kept: a command checks a scenario, expects something of it and plays it.
        """
        running = chosen(scenario, incidents)
        for kept, with_these, plan in _LATEST:
            same = kept is scenario and with_these.keys() == running.keys()
            if same and all(with_these[name] is incident for name, incident in running.items()):
                return plan
        found = _Compiler(scenario, running).plan()
        _LATEST.append((scenario, running, found))
        return found

    @cached_property
    def by_name(self) -> Mapping[str, EpisodePlan]:
        """Episode name -> its plan."""
        return {episode.name: episode for episode in self.episodes}

    def weekday(self, day: int) -> int:
        """The weekday of a day (1 is the first): 0 is Monday."""
        return (self.first_weekday + day - 1) % 7

    def is_weekend(self, moment: Floats) -> NDArray[np.uint8]:
        """1 on Saturdays and Sundays."""
        days = np.floor(np.asarray(moment, dtype=np.float64) / DAY_S).astype(np.int64)
        return ((self.first_weekday + days) % 7 >= 5).astype(np.uint8)

    def population(self, moment: Floats) -> Floats:
        """Users at each moment relative to the start of day 1, before anybody leaves."""
        return population(self.growth_per_month, moment)

    def tables(self) -> tuple[BakedChances | BakedSizes, ...]:
        """Every table of the world, for checks over all of them."""
        found: list[BakedChances | BakedSizes | None] = [attribute.chances for attribute in self.attributes]
        for episode in self.episodes:
            for draw in episode.draws:
                found += [draw.chances, draw.sizes]
            found += [episode.outcome, episode.score, episode.latency]
            for step in episode.steps:
                found += [step.takes, step.next]
                found += [table for start in step.starts for table in (start.count, start.after)]
                for emission in (*step.emits, *step.beats):
                    found += [table for table in emission.hands.values() if isinstance(table, BakedChances)]
                    found += emission.drawn.values()
        return tuple(table for table in found if table is not None)


_LATEST: deque[tuple[Scenario, dict[str, Incident], Plan]] = deque(maxlen=4)


def population(growth_per_month: float, moment: Floats) -> Floats:
    """(1 + growth) to the power of months of 30 days since the start; 1 before it."""
    months = np.maximum(np.asarray(moment, dtype=np.float64), 0.0) / MONTH_S
    if growth_per_month == 0:
        return np.ones_like(months)
    return exp(months * log(1.0 + growth_per_month))


@dataclass(frozen=True)
class _Compiler:
    scenario: Scenario
    running: dict[str, Incident]

    @cached_property
    def names(self) -> Names:
        return Names.of(self.scenario)

    @cached_property
    def order(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names.in_breadth_order())}

    @cached_property
    def events(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.scenario.events)}

    @cached_property
    def faults(self) -> tuple[FaultPlan, ...]:
        return faults_of(self.scenario, self.running)

    def plan(self) -> Plan:
        scenario, people = self.scenario, self.scenario.people
        activity = people.activity
        return Plan(
            scenario=scenario.scenario,
            names=self.names,
            first_weekday=scenario.product.clock.start.weekday(),
            days=scenario.product.clock.days,
            users=people.simulate,
            rate=activity.sessions_per_user_day.mean,
            dispersion=activity.sessions_per_user_day.dispersion,
            hour_weights=activity.hour_weights,
            weekday_weights=activity.weekdays.weights,
            growth_per_month=people.growth_per_month,
            leaving_each_day=people.leaving.each_day,
            holdback=people.holdback,
            attributes=tuple(self.attribute(name, held) for name, held in people.attributes.items()),
            unrecorded={name: self.code(name, value) for name, value in people.unrecorded.items()},
            episodes=tuple(self.episode(name, scenario.journey[name]) for name in self.order),
            events=tuple(self.events),
            by_server=tuple(event.recorded_by == "server" for event in scenario.events.values()),
            incidents=tuple(self.incident(name, incident) for name, incident in self.running.items()),
            volumes=tuple(self.volumes()),
            faults=self.faults,
        )

    def code(self, name: str, value: str) -> int:
        return self.names[name].values.index(value)

    def attribute(self, name: str, held: Attribute) -> AttributePlan:
        address = f"people.{name}"
        chances = None
        if held.chances is not None:
            chances = bake_chances(
                held.chances, self.names.visible_to_attribute(name), address, self.running, choices=held.values
            )
        return AttributePlan(
            name,
            address,
            self.names[name].kind,
            held.values,
            chances,
            _rollout(held.rollout) if held.rollout else None,
            tuple((held.since_joining or {}).values()),
        )

    def episode(self, name: str, episode: Episode) -> EpisodePlan:
        names, model = self.names, self.scenario.model
        carries = name == model.for_each
        return EpisodePlan(
            name=name,
            number=self.order[name],
            kind=episode.kind,
            line=tuple(self.order[other] for other in names.line(name)),
            session=self.order[names.session_of(name)],
            actor=names.actor(name),
            person=episode.person,
            among=tuple(self.among(f"{name}.person")),
            receives=tuple(episode.receives),
            draws=tuple(self.draw(name, draw) for draw in episode.draws),
            outcome=self.outcome(name) if carries else None,
            experience=self.experience() if carries else (),
            score=self.sizes(model.score, name, "score", "model.score") if carries else None,
            latency=self.sizes(model.latency, name, "latency", "model.latency") if carries else None,
            steps=tuple(
                self.step(name, step_name, step, tuple(episode.steps)) for step_name, step in episode.steps.items()
            ),
        )

    def among(self, address: str) -> Iterable[tuple[str, Mapping[str, tuple[str | float, ...]], float]]:
        for hit in effects_on(address, self.running):
            if hit.effect.among is not None:
                yield hit.incident, hit.where, hit.effect.among

    def draw(self, episode: str, name: str) -> DrawPlan:
        draw, address = self.scenario.journey[episode].draws[name], f"{episode}.{name}"
        visible = self.names.visible(episode, name)
        chances = (
            bake_chances(draw.chances, visible, address, self.running, choices=draw.values) if draw.chances else None
        )
        return DrawPlan(name, address, chances, self.sizes(draw.size, episode, name, address))

    def outcome(self, episode: str) -> BakedChances:
        model, held = self.scenario.model, self.scenario.people.holdback
        forced = ({HOLDBACK: ("yes",)}, model.holdback_gets) if held and model.holdback_gets else None
        return bake_chances(
            model.outcome,
            self.names.visible(episode, "outcome"),
            "model.outcome",
            self.running,
            choices=model.outcomes,
            forced=forced,
        )

    def experience(self) -> tuple[int, ...]:
        values = self.names["experience"].values
        return tuple(values.index(seen) for seen in seen_of(self.scenario.model))

    def sizes(self, table: SizeTable | None, episode: str, before: str | None, address: str) -> BakedSizes | None:
        return bake_sizes(table, self.names.visible(episode, before), address, self.running) if table else None

    def step(self, episode: str, name: str, step: Step, steps: tuple[str, ...]) -> StepPlan:
        address = f"{episode}.{name}"
        following = bake_chances(step.next, self.names.visible(episode), f"{address}.next", self.running)
        ends = {END: END_CODE, AGAIN: AGAIN_CODE}
        return StepPlan(
            name=name,
            address=address,
            emits=tuple(self.emission(episode, address, emission) for emission in step.emits),
            beats=tuple(
                self.emission(episode, address, Emission(event=event, hands={}), period)
                for event, period in step.beats.items()
            ),
            sends=tuple(
                (fault, self.emission(episode, address, Emission(event=fault.effect.sends or "", hands={})))
                for fault in self.faults
                if fault.effect.at == address
            ),
            starts=tuple(self.start(episode, address, child, start) for child, start in step.starts.items()),
            takes=self.sizes(step.takes, episode, None, f"{address}.takes"),
            until_age=step.until_age,
            next=following,
            targets=tuple(ends[choice] if choice in ends else steps.index(choice) for choice in following.choices),
            leaving=self.scenario.people.leaving.right_after.get(address, 0.0),
        )

    def start(self, episode: str, address: str, child: str, start: Start) -> StartPlan:
        address = f"{address}.starts.{child}"
        return StartPlan(
            episode=self.order[child],
            way=way_of(start),
            count=self.sizes(start.count, episode, None, f"{address}.count"),
            apart=start.apart,
            at_most=start.at_most or 0,
            after=self.sizes(start.after, episode, None, f"{address}.after"),
            by=start.by,
            holding={name: self.code(name, value) for name, value in start.holding.items()},
        )

    def emission(self, episode: str, address: str, emission: Emission, period: float = 0.0) -> EmissionPlan:
        visible = self.names.visible(episode)
        event = emission.event
        hands: dict[str, str | float | BakedChances] = {}
        for field, handed in emission.hands.items():
            if isinstance(handed, ChanceTable):
                hands[field] = bake_chances(handed, visible, f"{address}.emits.{event}.{field}", self.running)
            else:
                hands[field] = handed
        drawn: dict[str, BakedChances | BakedSizes] = {}
        for field, described in self.scenario.events[event].fields.items():
            at = f"events.{event}.{field}"
            if described.draw and described.draw.chances:
                drawn[field] = bake_chances(described.draw.chances, visible, at, self.running)
            elif described.draw and described.draw.size:
                drawn[field] = bake_sizes(described.draw.size, visible, at, self.running)
        return EmissionPlan(self.events[event], hands, drawn, period)

    def incident(self, name: str, incident: Incident) -> IncidentPlan:
        return IncidentPlan(name, incident, self.brought(incident.brings) if incident.brings else None)

    def brought(self, brings: Brings) -> BroughtPlan:
        activity, rate = self.scenario.people.activity, brings.sessions_per_user_day
        weekdays = brings.weekdays
        return BroughtPlan(
            users=brings.simulate,
            rate=float(rate) if isinstance(rate, int | float) else rate.mean,
            dispersion=0.0 if isinstance(rate, int | float) else rate.dispersion,
            hour_weights=activity.hour_weights if brings.hours == "usual" else (1.0,) * 24,
            weekday_weights=_weekdays(weekdays, activity.weekdays),
            holding={name: self.code(name, value) for name, value in brings.holding.items()},
        )

    def volumes(self) -> Iterable[VolumePlan]:
        for name, incident in self.running.items():
            for effect in incident.effects:
                if effect.volume is not None:
                    yield VolumePlan(name, amount(effect.volume), both(incident.where, effect.where))


def _weekdays(wanted: Weekdays | str, usual: Weekdays) -> tuple[float, ...]:
    if isinstance(wanted, Weekdays):
        return wanted.weights
    return usual.weights if wanted == "usual" else (1.0,) * 7


def _rollout(rollout: Rollout) -> RolloutPlan:
    points = rollout.breakpoints.values()
    return RolloutPlan(
        tuple(tuple(moment for moment, _ in part) for part in points),
        tuple(tuple(share for _, share in part) for part in points),
    )

"""A plan seen by the algebra: names turned into variables, so that one thing has one name in every episode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from teledesign.expectation.circumstances import bit
from teledesign.expectation.factors import Factor, FloorMean, Lookup, Matches, Number
from teledesign.scenario.baking import BakedChances, BakedSizes, Leaf
from teledesign.scenario.baking import Context as TableContext
from teledesign.scenario.distributions import Distribution
from teledesign.scenario.names import Kind, Way
from teledesign.scenario.plan import EpisodePlan, Plan, StepPlan

__all__ = ["World"]

INCIDENT = "incident."


@dataclass(frozen=True, eq=False)
class World:
    """How the tables of a plan read their contexts."""

    plan: Plan

    @cached_property
    def lookups(self) -> Mapping[tuple[int, int], Lookup]:
        """(episode, step) -> how its `next` reads its context."""
        return {
            (episode.number, place): self.lookup(episode.name, step.next)
            for episode in self.plan.episodes
            for place, step in enumerate(episode.steps)
        }

    @cached_property
    def chain_needs(self) -> Mapping[int, tuple[str, ...]]:
        """Episode -> the variables that the `next` of its steps depend on."""
        return {
            episode.number: tuple(
                dict.fromkeys(
                    name for place in range(len(episode.steps)) for name in self.lookups[episode.number, place].names
                )
            )
            for episode in self.plan.episodes
        }

    def variable(self, episode: str, name: str) -> str:
        """The variable a name means in an episode."""
        incident = name.removeprefix(INCIDENT)
        if incident != name:
            item = next(item for item in self.plan.incidents if item.name == incident)
            chosen_by = "user" if item.brought is not None else item.chosen_by
            chooser = self.plan.names.chooser(episode, chosen_by)
            if chooser is None:
                raise ValueError(f"the incident {incident} is chosen by {chosen_by}, which is not known in {episode}")
            return bit(incident, chooser)
        return self.plan.names.variable(episode, name)

    def lookup(self, episode: str, table: BakedChances | BakedSizes) -> Lookup:
        """How a table of an episode reads its context."""
        return Lookup(
            tuple(self.variable(episode, name) for name in table.names), tuple(len(values) for values in table.values)
        )

    def number(self, episode: str, sizes: BakedSizes) -> Number:
        """A size used in an episode, with the numbers it names."""
        return Number(self.lookup(episode, sizes), sizes, {name: self.named(name) for name in sizes.numbers})

    def named(self, name: str) -> Number:
        """A number already drawn.  Raises KeyError for a name that is none."""
        return self._numbers[name]

    @cached_property
    def _numbers(self) -> Mapping[str, Number]:
        found: dict[str, Number] = {}
        for episode in self.plan.episodes:
            drawn = [(draw.name, draw.sizes) for draw in episode.draws]
            for name, sizes in [*drawn, ("score", episode.score), ("latency", episode.latency)]:
                if sizes is not None:
                    named = {other: found[other] for other in sizes.numbers}
                    found[name] = Number(self.lookup(episode.name, sizes), sizes, named)
        return found

    def matches(self, episode: str, where: Mapping[str, Iterable[str | float]]) -> tuple[Matches, ...] | None:
        """Conditions as factors; None if one names something without values known in the episode."""
        visible = self.plan.names.visible(episode)
        found = []
        for name, wanted in where.items():
            known = visible.get(name)
            if known is None or not known.is_categorical:
                return None
            codes = frozenset(code for code, value in enumerate(known.values) if value in tuple(wanted))
            found.append(Matches(self.variable(episode, name), codes))
        return tuple(found)

    def beats(self, episode: EpisodePlan, step: StepPlan, period: float) -> Factor:
        """The mean number of beats of a step.

        Where chance says when a step that lasts `until_age` begins, it is taken to begin at the last such age before
        its own: see `rough_events`.
        """
        if step.takes is not None:
            return FloorMean(self.number(episode.name, step.takes), period)
        until = step.until_age or 0.0
        begun = _ages_begun(episode).get(step.name)
        if begun is None:
            ages = (other.until_age for other in episode.steps if other.until_age is not None)
            begun = max((age for age in ages if age < until), default=0.0)
        return FloorMean(_constant(max(until - begun, 0.0)), period)

    @cached_property
    def rough_events(self) -> frozenset[str]:
        """The events that beat in a step that lasts `until_age` and that chance says the beginning of: how often they
        come is not known exactly."""
        return frozenset(
            self.plan.events[beat.event]
            for episode in self.plan.episodes
            for step in episode.steps
            if step.until_age is not None and step.beats and _ages_begun(episode).get(step.name) is None
            for beat in step.beats
        )

    def introductions(self, episode: EpisodePlan) -> Iterator[Introduction]:
        """What an episode's instances draw, in order, for the algebra: persons and bits first."""
        if episode.person is not None:
            yield Introduction(episode.person, person=episode.person)
        for item in self.plan.incidents:
            if item.brought is None:
                yield Introduction(bit(item.name, episode.name), incident=item.name)
        for draw in episode.draws:
            if draw.chances is not None:
                yield Introduction(draw.name, table=draw.chances, lookup=self.lookup(episode.name, draw.chances))
        if episode.outcome is not None:
            yield Introduction(
                "outcome",
                table=episode.outcome,
                lookup=self.lookup(episode.name, episode.outcome),
                experience=episode.experience,
            )

    def is_changing(self, person: str, variables: frozenset[str]) -> bool:
        """Whether the chances of these variables of a person change from day to day."""
        changing = (Kind.ROLLOUT, Kind.TENURE)
        for attribute in self.plan.attributes:
            if attribute.kind in changing and f"{person}.{attribute.name}" in variables:
                return True
            if attribute.changes_in_time and f"{person}.{attribute.name}" in variables:
                return True
        return any(variable.startswith(INCIDENT) for variable in variables)


@dataclass(frozen=True, eq=False)
class Introduction:
    """One thing drawn when an episode begins: another person, an incident's bit, or a choice of a table."""

    variable: str
    person: str | None = None
    incident: str | None = None
    table: BakedChances | None = None
    lookup: Lookup | None = None
    experience: tuple[int, ...] = ()

    def provided(self, used: Iterable[str]) -> frozenset[str]:
        """Which of some variables it settles."""
        if self.person is not None:
            ours = (f"{self.person}.", f"@{self.person}")
            return frozenset(name for name in used if name.startswith(ours[0]) or name.endswith(ours[1]))
        own = {self.variable, "experience"} if self.experience else {self.variable}
        return frozenset(own & set(used))


def _ages_begun(episode: EpisodePlan) -> Mapping[str, float | None]:
    """Step -> how old its episode is, in seconds, when what it waits for is over; None where that is not always so."""
    begun: dict[str, float | None] = {}
    entered: list[tuple[int, float | None]] = [(0, 0.0)]
    while entered:
        number, age = entered.pop()
        step = episode.steps[number]
        if any(start.way is Way.ONE_AFTER_ANOTHER for start in step.starts):
            age = None
        if step.name in begun:
            if begun[step.name] in (age, None):
                continue
            age = None
        begun[step.name] = age
        if step.takes is not None:
            age = None
        elif step.until_age is not None and age is not None:
            age = max(age, step.until_age)
        entered += [(target, age) for target in step.targets if target >= 0]
    return begun


def _constant(seconds: float) -> Number:
    leaf = Leaf(Distribution("constant", seconds, is_time=True))
    return Number(Lookup((), ()), BakedSizes("", TableContext((), ()), np.array([0]), (leaf,)), {})

"""The plan made ready to be played under one seed: keys, tables as simulation reads them, what each episode needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from teledesign.scenario.names import WEEKEND, Way
from teledesign.scenario.plan import DrawPlan, EmissionPlan, EpisodePlan, FaultPlan, Plan, StartPlan, StepPlan
from teledesign.scenario.schedule import bit_name
from teledesign.simulation.luck.chance import Choices, Sizes
from teledesign.simulation.people.population import Population
from teledesign.simulation.people.striking import is_gradual
from teledesign.simulation.rows.layout import Layout, causes_among

__all__ = ["DrawScript", "EmissionScript", "EpisodeScript", "Script", "StartScript", "StepScript"]


@dataclass(frozen=True)
class DrawScript:
    """What is drawn once when an episode begins."""

    name: str
    key: np.uint64
    table: Choices | Sizes


@dataclass(frozen=True)
class EmissionScript:
    """An event a step writes; `fields` are drawn for each row."""

    plan: EmissionPlan
    key: np.uint64
    period_ms: int
    hands: Mapping[str, Choices]
    fields: Mapping[str, DrawScript]
    fault: FaultPlan | None = None
    """The incident's effect that lets clients write it where it did not happen."""


@dataclass(frozen=True)
class StartScript:
    """An episode a step starts."""

    plan: StartPlan
    key: np.uint64
    count: DrawScript | None
    apart_ms: int
    after: DrawScript | None


@dataclass(frozen=True)
class StepScript:
    """A step; `loops` says whether an episode can come to it again, `timed` whether its moment is asked for later."""

    plan: StepPlan
    number: int
    emits: tuple[EmissionScript, ...]
    beats: tuple[EmissionScript, ...]
    sends: tuple[EmissionScript, ...]
    starts: tuple[StartScript, ...]
    takes: DrawScript | None
    until_age_ms: int | None
    next: DrawScript
    leaving: np.uint64
    loops: bool
    timed: bool


@dataclass(frozen=True)
class EpisodeScript:
    """An episode: its draws by name and its steps."""

    plan: EpisodePlan
    person: np.uint64
    draws: Mapping[str, DrawScript]
    steps: tuple[StepScript, ...]
    used: frozenset[str]
    """Names that steps of this episode or what it starts ask for: worth drawing for all at once."""
    asks_calendar: bool
    """Whether its walk asks what day it is."""
    asks_incidents: tuple[str, ...]
    """The bits of incidents its walk asks for."""
    asks_moment: bool
    """Whether its walk asks for more of the moment: other persons of a growing panel, or incidents that pick,
    one by one, what only begins within it."""


@dataclass(frozen=True)
class Script:
    """Everything a worker needs to play any block.  Made with `Script.of`."""

    plan: Plan
    layout: Layout
    population: Population
    episodes: tuple[EpisodeScript, ...] = field(default=())

    @classmethod
    def of(cls, plan: Plan, layout: Layout, population: Population) -> Script:
        """Make every table ready."""
        return cls(plan, layout, population, tuple(_Maker(plan, layout, population).episodes()))

    @cached_property
    def leaves_by_itself(self) -> bool:
        """Whether only what people do in sessions of their own makes them leave: then a block knows who stays."""
        leaving = [episode.plan.name for episode in self.episodes if any(s.plan.leaving for s in episode.steps)]
        return causes_among(self.plan.names, tuple(leaving)) == 0

    @cached_property
    def end_ms(self) -> int:
        """The end of the log, in ms after its start."""
        return self.population.days * 86_400_000


@dataclass(frozen=True)
class _Maker:
    plan: Plan
    layout: Layout
    population: Population

    def episodes(self) -> list[EpisodeScript]:
        timed = {
            described.elapsed_since
            for event in self.layout.events
            for described in event.fields.values()
            if described.elapsed_since
        }
        return [self.episode(episode, timed) for episode in self.plan.episodes]

    def episode(self, episode: EpisodePlan, timed: set[str]) -> EpisodeScript:
        steps = tuple(self.step(episode, number, step, timed) for number, step in enumerate(episode.steps))
        draws = {draw.name: self.draw(draw) for draw in episode.draws}
        for name in ("outcome", "score", "latency"):
            table = getattr(episode, name)
            if table is not None:
                draws[name] = self._drawn(name, f"model.{name}", table)
        used = self.used(episode)
        return EpisodeScript(
            plan=episode,
            person=self.population.key(f"{episode.name}.person"),
            draws=draws,
            steps=steps,
            used=used,
            asks_calendar=self.asks(episode, lambda walked: {WEEKEND} & self.used(walked)),
            asks_incidents=tuple(sorted(self.bits_asked(episode))),
            asks_moment=self.asks(episode, self.persons_asked) or self.picks_within(episode),
        )

    def used(self, episode: EpisodePlan) -> frozenset[str]:
        """The names asked for by steps of the episode and, behind draws, by what is drawn before."""
        asked: set[str] = set()
        for step in episode.steps:
            for table in (step.takes, step.next):
                asked.update(table.names if table else ())
                asked.update(getattr(table, "numbers", ()))
            for start in step.starts:
                for sizes in (start.count, start.after):
                    asked.update((*sizes.names, *sizes.numbers) if sizes else ())
        if "experience" in asked:
            asked.add("outcome")
        drawn = {draw.name: draw.chances or draw.sizes for draw in episode.draws}
        drawn |= {name: getattr(episode, name) for name in ("outcome", "score", "latency")}
        for name in reversed(list(drawn)):
            table = drawn[name]
            if name in asked and table is not None:
                asked.update(table.names)
                asked.update(getattr(table, "numbers", ()))
        return frozenset(asked)

    def asks(self, episode: EpisodePlan, asked: Callable[[EpisodePlan], object]) -> bool:
        """Whether an episode or a sequence within it asks for something."""
        return bool(asked(episode)) or any(self.asks(child, asked) for child in self.inner(episode))

    def inner(self, episode: EpisodePlan) -> list[EpisodePlan]:
        """The episodes of sequences that are played within a walk."""
        starts = (start for step in episode.steps for start in step.starts)
        return [self.plan.episodes[start.episode] for start in starts if start.way is Way.ONE_AFTER_ANOTHER]

    def persons_asked(self, episode: EpisodePlan) -> set[str]:
        """What a walk asks of another person drawn in it, of a panel that grows."""
        if not episode.person or self.plan.growth_per_month <= 0:
            return set()
        return {name for name in self.used(episode) if name.startswith(f"{episode.person}.")}

    def bits_asked(self, episode: EpisodePlan) -> set[str]:
        """The bits of incidents a walk asks for, in sequences within it too."""
        used = self.used(episode)
        found = {name for name in used if name.startswith("incident.")}
        if any(name.startswith(f"{episode.person}.") for name in used):
            found |= {bit_name(incident) for incident, _, _ in episode.among}
        return found.union(*(self.bits_asked(child) for child in self.inner(episode)))

    def picks_within(self, episode: EpisodePlan) -> bool:
        """Whether a bit asked for depends on the fixed number of something that only begins within the walk."""
        striking = self.population.striking
        for name in self.bits_asked(episode):
            item = striking.incidents[name]
            known = item.brought is not None or self.plan.names.chooser(episode.name, item.chosen_by) is not None
            if not known and is_gradual(item):
                return True
        return False

    def draw(self, draw: DrawPlan) -> DrawScript:
        table = draw.chances or draw.sizes
        assert table is not None
        return self._drawn(draw.name, draw.address, table)

    def _drawn(self, name: str, address: str, table: object) -> DrawScript:
        from teledesign.scenario.baking import BakedChances, BakedSizes

        made = Choices(table) if isinstance(table, BakedChances) else None
        if made is None:
            assert isinstance(table, BakedSizes)
            return DrawScript(name, self.population.key(address), Sizes(table))
        return DrawScript(name, self.population.key(address), made)

    def step(self, episode: EpisodePlan, number: int, step: StepPlan, timed: set[str]) -> StepScript:
        key = self.population.key
        return StepScript(
            plan=step,
            number=number,
            emits=tuple(self.emission(step, place, emission) for place, emission in enumerate(step.emits)),
            beats=tuple(self.emission(step, place, emission) for place, emission in enumerate(step.beats)),
            sends=tuple(self.sent(fault, emission) for fault, emission in step.sends),
            starts=tuple(self.start(step, start) for start in step.starts),
            takes=self._drawn("takes", f"{step.address}.takes", step.takes) if step.takes else None,
            until_age_ms=None if step.until_age is None else int(step.until_age * 1000.0 + 0.5),
            next=self._drawn("next", f"{step.address}.next", step.next),
            leaving=key(f"{step.address}.leaving"),
            loops=number in _reached(episode, number),
            timed=step.name in timed,
        )

    def sent(self, fault: FaultPlan, emission: EmissionPlan) -> EmissionScript:
        """An event that an incident lets clients write where it did not happen."""
        return self._emission(emission, self.population.key(fault.address), fault)

    def emission(self, step: StepPlan, place: int, emission: EmissionPlan) -> EmissionScript:
        event = self.plan.events[emission.event]
        earlier = sum(other.event == emission.event for other in (*step.emits, *step.beats)[:place])
        kind = "beats" if emission.period else "emits"
        return self._emission(emission, self.population.key(f"{step.address}.{kind}.{event}.{earlier}"))

    def _emission(self, emission: EmissionPlan, key: np.uint64, fault: FaultPlan | None = None) -> EmissionScript:
        event = self.plan.events[emission.event]
        return EmissionScript(
            plan=emission,
            key=key,
            fault=fault,
            period_ms=int(emission.period * 1000.0 + 0.5),
            hands={
                name: Choices(table)
                for name, table in emission.hands.items()
                if not isinstance(table, str | float | int)
            },
            fields={name: self._drawn(name, f"events.{event}.{name}", table) for name, table in emission.drawn.items()},
        )

    def start(self, step: StepPlan, start: StartPlan) -> StartScript:
        address = f"{step.address}.starts.{self.plan.episodes[start.episode].name}"
        return StartScript(
            plan=start,
            key=self.population.key(address),
            count=self._drawn("count", f"{address}.count", start.count) if start.count else None,
            apart_ms=int(start.apart * 1000.0 + 0.5),
            after=self._drawn("after", f"{address}.after", start.after) if start.after else None,
        )


def _reached(episode: EpisodePlan, number: int) -> set[int]:
    """The steps that can follow a step, however much later."""
    found: set[int] = set()
    frontier = [target for target in episode.steps[number].targets if target >= 0]
    while frontier:
        here = frontier.pop()
        if here not in found:
            found.add(here)
            frontier += [target for target in episode.steps[here].targets if target >= 0]
    return found

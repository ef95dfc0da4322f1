"""Every name of a scenario: what it is, who holds it, and where a table may use it.

Pure and forgiving: nothing here raises for a bad scenario.  What does not exist is simply absent,
and the reader, which asks the same questions, says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from teledesign.scenario.journey import Start
from teledesign.scenario.model import Model
from teledesign.scenario.people import Attribute
from teledesign.scenario.scenario import Scenario

__all__ = ["MADE_WITH_THE_PREDICTION", "OWNER", "YES_NO", "Kind", "Link", "Name", "Names", "Way"]

OWNER = "owner"
"""The person whose session it is: `owner.platform` inside an episode that somebody else acts in."""
USER = "user"
CALENDAR = "calendar"
WEEKEND = "weekend"
HOLDBACK = "holdback"
YES_NO = ("no", "yes")
"""The values of `weekend`, `holdback` and incident bits, in the order of their codes 0 and 1."""
MADE_WITH_THE_PREDICTION = ("outcome", "score", "latency")
"""What the episode of `model.for_each` draws after its own draws, in this order."""


class Kind(StrEnum):
    """What a name is."""

    CALENDAR = "calendar"
    ATTRIBUTE = "attribute"
    ROLLOUT = "rollout"
    TENURE = "tenure"
    HOLDBACK = "holdback"
    DRAW = "draw"
    NUMBER = "number"
    RECEIVED = "received"
    OUTCOME = "outcome"
    SCORE = "score"
    LATENCY = "latency"
    EXPERIENCE = "experience"
    PERSON = "person"


OF_A_USER = frozenset({Kind.ATTRIBUTE, Kind.ROLLOUT, Kind.TENURE, Kind.HOLDBACK})
NUMBERS = frozenset({Kind.NUMBER, Kind.SCORE, Kind.LATENCY})


@dataclass(frozen=True, slots=True)
class Name:
    """One name: `holder` is `calendar`, `user`, a person (`friend`, `owner`) for dotted names, or an episode.

    `values` are in the order of their codes (0, 1, …) and empty for numbers and persons.
    `order` counts declarations through the file: drawing order within one holder.
    """

    name: str
    kind: Kind
    holder: str
    values: tuple[str, ...]
    order: int

    @property
    def is_categorical(self) -> bool:
        """Whether `given` and `where` may name it."""
        return bool(self.values)

    @property
    def is_number(self) -> bool:
        """Whether a size may name it (`takes: latency`)."""
        return self.kind in NUMBERS

    @property
    def is_of_a_user(self) -> bool:
        """Whether users hold it (attributes, rollouts, tenure, holdback)."""
        return self.kind in OF_A_USER


class Way(StrEnum):
    """How a step starts an episode."""

    SIDE_BY_SIDE = "side by side"
    ALONGSIDE = "alongside"
    ONE_AFTER_ANOTHER = "one after another"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Link:
    """One `starts` entry: the step `parent.step` starts `child`, perhaps acted `by` another person."""

    parent: str
    step: str
    child: str
    way: Way
    by: str | None

    @property
    def is_detached(self) -> bool:
        """Whether the child is a session of its own, in which rollouts are read anew."""
        return self.way is Way.LATER


@dataclass(frozen=True)
class Names:
    """The names and the episode tree of one scenario.  Made with `Names.of(scenario)`."""

    declared: tuple[Name, ...]
    """Every declaration, duplicates too (the reader reports those)."""
    links: tuple[Link, ...]
    """Every `starts` entry in file order, also those that start something unknown."""
    episodes: tuple[str, ...]
    """Episode names in file order; the first is the session."""
    carrier: str
    """The episode of `model.for_each`: one prediction each."""

    @classmethod
    def of(cls, scenario: Scenario) -> Names:
        """The names of a scenario, in the order of the file: calendar, users, then episode by episode."""
        return cls(
            declared=tuple(
                Name(name, kind, holder, values, order)
                for order, (name, kind, holder, values) in enumerate(_declarations(scenario))
            ),
            links=tuple(
                Link(parent, step_name, child, way_of(start), start.by)
                for parent, episode in scenario.journey.items()
                for step_name, step in episode.steps.items()
                for child, start in step.starts.items()
            ),
            episodes=tuple(scenario.journey),
            carrier=scenario.model.for_each,
        )

    def __getitem__(self, name: str) -> Name:
        return self.by_name[name]

    def get(self, name: str) -> Name | None:
        """The first declaration of a plain name, wherever it may be used."""
        return self.by_name.get(name)

    @cached_property
    def by_name(self) -> Mapping[str, Name]:
        """Plain name -> its first declaration."""
        found: dict[str, Name] = {}
        for name in self.declared:
            found.setdefault(name.name, name)
        return found

    def held_by(self, holder: str) -> tuple[Name, ...]:
        """What a holder (`user`, or an episode) declares, in drawing order."""
        return tuple(name for name in self.declared if name.holder == holder)

    @property
    def session(self) -> str:
        """The first episode."""
        return self.episodes[0]

    # The episode tree

    def parents(self, episode: str) -> tuple[Link, ...]:
        """How an episode is started; empty for the session and for what nothing starts."""
        return tuple(link for link in self.links if link.child == episode)

    def children(self, episode: str) -> tuple[Link, ...]:
        """What an episode starts."""
        return tuple(link for link in self.links if link.parent == episode)

    def ancestors(self, episode: str) -> tuple[str, ...]:
        """The episodes every instance descends from, the session first; only those common to all parents."""
        return self._ancestors(episode, frozenset())

    def _ancestors(self, episode: str, seen: frozenset[str]) -> tuple[str, ...]:
        if episode in seen:
            return ()
        parents = dict.fromkeys(link.parent for link in self.parents(episode) if link.parent != episode)
        lines = [(*self._ancestors(parent, seen | {episode}), parent) for parent in parents]
        if not lines or episode == self.session:
            return ()
        return tuple(name for name in lines[0] if all(name in line for line in lines))

    def line(self, episode: str) -> tuple[str, ...]:
        """The ancestors and the episode itself."""
        return (*self.ancestors(episode), episode)

    def in_breadth_order(self) -> tuple[str, ...]:
        """The episodes that can begin, parents before children: the order in which they are played."""
        depth = {self.session: 0}
        frontier = [self.session]
        for level in range(1, len(self.episodes) + 1):
            started = [link.child for parent in frontier for link in self.children(parent)]
            frontier = [child for child in dict.fromkeys(started) if child in self.episodes]
            depth.update(dict.fromkeys(frontier, level))
        return tuple(sorted(depth, key=lambda name: (depth[name], self.episodes.index(name))))

    def actor(self, episode: str) -> str:
        """Who acts in an episode: `owner`, or the person it is started `by` (handed on to its children)."""
        seen: set[str] = set()
        while episode != self.session and episode not in seen:
            seen.add(episode)
            parents = self.parents(episode)
            by = next((link.by for link in parents if link.by), None)
            if by or not parents:
                return by or OWNER
            episode = parents[0].parent
        return OWNER

    def session_of(self, episode: str) -> str:
        """The episode that is the session of this one: the nearest started `after` a time, else the first."""
        for name in reversed(self.line(episode)):
            if any(link.is_detached for link in self.parents(name)):
                return name
        return self.session

    def person(self, episode: str) -> str | None:
        """What the other person drawn when an episode begins is called."""
        return next((name.name for name in self.held_by(episode) if name.kind is Kind.PERSON), None)

    def persons(self, episode: str) -> tuple[str, ...]:
        """The other persons known in an episode, the session's first."""
        return tuple(person for name in self.line(episode) if (person := self.person(name)))

    # What may be named where

    def visible(self, episode: str, before: str | None = None) -> Mapping[str, Name]:
        """The names a table of an episode may use.

        `before` is what is about to be drawn there: one of the episode's draws, or `outcome`, `score`, `latency`;
        none for a step (`next`, `takes`, `starts`, what it emits).  Plain user attributes are the acting
        person's; `friend.platform` is another person's, and `owner.platform` the owner's where
        somebody else acts.
        """
        key = episode, before
        if key not in self._visible_so_far:
            self._visible_so_far[key] = {name.name: name for name in self._visible(episode, before)}
        return self._visible_so_far[key]

    @cached_property
    def _visible_so_far(self) -> dict[tuple[str, str | None], Mapping[str, Name]]:
        """Answers of `visible`, which every table of an episode asks for again."""
        return {}

    def visible_to_attribute(self, attribute: str) -> Mapping[str, Name]:
        """The names the table of a user attribute may use: holdback and earlier attributes that never change."""
        own = self.get(attribute)
        steady = (Kind.ATTRIBUTE, Kind.HOLDBACK)
        found = [name for name in self.held_by(USER) if name.kind in steady and own and name.order < own.order]
        return {name.name: name for name in found}

    def _visible(self, episode: str, before: str | None) -> Iterator[Name]:
        yield from self.held_by(CALENDAR)
        users = self.held_by(USER)
        yield from users
        others = dict.fromkeys(self.persons(episode))
        if self.actor(episode) != OWNER:
            others[OWNER] = None
        for person in others:
            for name in users:
                yield Name(f"{person}.{name.name}", name.kind, person, name.values, name.order)
        for ancestor in self.ancestors(episode):
            yield from self.held_by(ancestor)
        own = {name.name: name for name in self.held_by(episode)}
        limit = own[before].order if before in own else None
        for name in own.values():
            if limit is None or name.order < limit:
                yield name

    def variable(self, episode: str, name: str) -> str:
        """One name for one thing, wherever it is read: `platform` in a friend's episode is `friend.platform`.

        Attributes become `owner.X` or `friend.X`; everything else is unique as it stands.
        """
        known = self.by_name.get(name)
        if known is not None and known.is_of_a_user:
            return f"{self.actor(episode)}.{name}"
        return name

    def chooser(self, episode: str, chosen_by: str) -> str | None:
        """What an incident picks as a whole, seen from an episode: a person, or an episode; none if unknown there."""
        if chosen_by == USER:
            return self.actor(episode)
        if chosen_by == "session":
            return self.session_of(episode)
        known = (*self.persons(episode), *self.line(episode))
        return chosen_by if chosen_by in known else None


def way_of(start: Start) -> Way:
    """Which of the four ways a `starts` entry is written in."""
    if start.count is not None:
        return Way.SIDE_BY_SIDE
    if start.alongside is not None:
        return Way.ALONGSIDE
    return Way.ONE_AFTER_ANOTHER if start.one_after_another is not None else Way.LATER


def _declarations(scenario: Scenario) -> Iterator[tuple[str, Kind, str, tuple[str, ...]]]:
    yield WEEKEND, Kind.CALENDAR, CALENDAR, YES_NO
    yield HOLDBACK, Kind.HOLDBACK, USER, YES_NO
    for name, attribute in scenario.people.attributes.items():
        yield name, _kind(attribute), USER, attribute.values
    for episode_name, episode in scenario.journey.items():
        if episode.person:
            yield episode.person, Kind.PERSON, episode_name, ()
        for name, values in episode.receives.items():
            yield name, Kind.RECEIVED, episode_name, values
        for name, draw in episode.draws.items():
            yield name, Kind.NUMBER if draw.size else Kind.DRAW, episode_name, draw.values
        if episode_name == scenario.model.for_each:
            yield from _of_the_prediction(scenario, episode_name)


def _of_the_prediction(scenario: Scenario, episode: str) -> Iterator[tuple[str, Kind, str, tuple[str, ...]]]:
    model = scenario.model
    yield "outcome", Kind.OUTCOME, episode, model.outcomes
    yield "experience", Kind.EXPERIENCE, episode, tuple(dict.fromkeys(seen_of(model)))
    if model.score:
        yield "score", Kind.SCORE, episode, ()
    if model.latency:
        yield "latency", Kind.LATENCY, episode, ()


def seen_of(model: Model) -> tuple[str, ...]:
    """What a system can see of each outcome, in their order; an outcome without an entry is seen as it is."""
    return tuple(model.looks_like.get(outcome, outcome) for outcome in model.outcomes)


def _kind(attribute: Attribute) -> Kind:
    if attribute.rollout:
        return Kind.ROLLOUT
    return Kind.TENURE if attribute.since_joining else Kind.ATTRIBUTE

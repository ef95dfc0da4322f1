"""From what a scenario counts (rows of an event, visits of a step, sums, distinct values) to terms of the algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from teledesign.expectation.algebra import Counter, Distinct, Term
from teledesign.expectation.factors import Chances, Constant, Factor, Fault, Matches, Mean, NumberIs
from teledesign.expectation.world import World
from teledesign.scenario.baking import BakedChances, amount
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.events import EventField
from teledesign.scenario.incidents import Effect
from teledesign.scenario.metrics import Counted
from teledesign.scenario.names import HOLDBACK, YES_NO
from teledesign.scenario.plan import EmissionPlan, EpisodePlan
from teledesign.scenario.scenario import Scenario
from teledesign.scenario.schedule import bit_name, both
from teledesign.scenario.tables import NumberTable

__all__ = ["Counting"]

Where = Mapping[str, tuple[str | float, ...]]
VARIANTS = {"holdback": "yes", "on": "no"}
"""What the envelope's `variant` says of holdback."""


@dataclass(frozen=True)
class _Written:
    """One place where an event is written, with how often it is per visit of the step."""

    episode: EpisodePlan
    step: int
    emission: EmissionPlan
    often: tuple[Factor, ...]


@dataclass(frozen=True, eq=False)
class Counting:
    """Makes counters.

    `recorded` leaves out what no log sees (users who declined, rows that incidents stop) and adds what incidents
    add; `delivered` also takes the loss and duplicates of the ordinary weather.
    """

    scenario: Scenario
    world: World
    recorded: bool = False
    delivered: bool = False

    def counter(self, counted: Counted) -> Counter:
        """What a metric or an anchor counts.  Raises ValueError for what the algebra cannot tell."""
        if counted.is_truth:
            return self.visits(counted.target, counted.where)
        if counted.unique:
            return self.distinct(counted.target, counted.field or "", counted.where)
        if counted.sum:
            return self.total(counted.target, counted.field or "", counted.where)
        return self.rows(counted.target, counted.where)

    def visits(self, step: str, where: Where) -> Counter:
        """Visits of `episode.step`, whether recorded or not."""
        episode_name, _, step_name = step.partition(".")
        episode = self.world.plan.by_name[episode_name]
        place = [held.name for held in episode.steps].index(step_name)
        conditions = self.world.matches(episode_name, where)
        if conditions is None:
            raise ValueError(f"{step} is counted by something that is not known there: {', '.join(where)}")
        return Counter((Term(episode.number, place, conditions),))

    def rows(self, event: str, where: Where) -> Counter:
        """Rows of an event; `events` stands for all of them."""
        events = self.world.plan.events if event == "events" else (event,)
        if not set(events) <= set(self.world.plan.events):
            raise ValueError(f"{event} is no event, so the algebra cannot tell how often it is")
        return Counter(tuple(term for name in events for term in self._terms(name, where)))

    def total(self, event: str, field: str, where: Where) -> Counter:
        """The sum of a numeric field."""
        described = self.scenario.events[event].fields[field]
        return Counter(
            tuple(
                Term(written.episode.number, written.step, (*factors, self._mean(written, field, described)))
                for written, factors in self._weighed(event, where)
            )
        )

    def distinct(self, event: str, field: str, where: Where) -> Counter:
        """Distinct values of an id field: instances of its episode in or below which a row is written."""
        held = self.scenario.events[event].fields[field].id
        if held is None:
            raise ValueError(f"{event}.{field} is no id of an episode, so the algebra cannot tell its values apart")
        episode = self.world.plan.by_name[held]
        return Counter(distinct=(Distinct(episode.number, self._terms(event, where)),))

    def _terms(self, event: str, where: Where) -> tuple[Term, ...]:
        return tuple(
            Term(written.episode.number, written.step, factors) for written, factors in self._weighed(event, where)
        )

    def _weighed(self, event: str, where: Where) -> Iterator[tuple[_Written, tuple[Factor, ...]]]:
        for written in self._written(event):
            conditions = [
                self._condition(written, event, name, tuple(values))
                for name, values in where.items()
                if name != "event"
            ]
            yield written, (*written.often, *conditions, *self._seen(written, event))

    # Where an event is written

    def _written(self, event: str) -> Iterator[_Written]:
        number = self.world.plan.events.index(event)
        for episode in self.world.plan.episodes:
            for place, step in enumerate(episode.steps):
                for emission in step.emits:
                    if emission.event == number:
                        yield _Written(episode, place, emission, ())
                for beat in step.beats:
                    if beat.event == number:
                        yield _Written(episode, place, beat, (self.world.beats(episode, step, beat.period),))
                if self.recorded:
                    yield from self._sent_besides(event, number, episode, place, step.address)

    def _sent_besides(
        self, event: str, number: int, episode: EpisodePlan, place: int, address: str
    ) -> Iterator[_Written]:
        """Rows that an incident sends at a step though nothing happened."""
        for incident, effect, where in self._effects("sends"):
            if effect.sends == event and effect.at == address:
                chance = 1.0 if effect.chance is None else amount(effect.chance)
                hit = self._hit(episode.name, incident, where)
                if hit is not None:
                    yield _Written(episode, place, EmissionPlan(number, {}, {}), (Constant(chance), *hit))

    # What a row must be

    def _condition(self, written: _Written, event: str, name: str, wanted: tuple[str | float, ...]) -> Factor:
        """The chance that a field or column of the row, or else a name known there, has one of the values."""
        episode = written.episode.name
        field = self.scenario.events[event].fields.get(name)
        if field is not None:
            return self._field_is(written, name, field, wanted)
        if name == "variant":
            name, wanted = HOLDBACK, tuple(VARIANTS[str(value)] for value in wanted if str(value) in VARIANTS)
        found = self.world.matches(episode, {name: wanted})
        if found is None:
            raise ValueError(f"{event} is counted by {name}, which is neither a field of it nor known in {episode}")
        return found[0]

    def _field_is(self, written: _Written, name: str, field: EventField, wanted: tuple[str | float, ...]) -> Factor:
        episode = written.episode.name
        source = self._source(written, name, field)
        if isinstance(source, BakedChances):
            return Chances(self.world.lookup(episode, source), source, frozenset(str(value) for value in wanted))
        if isinstance(source, str | float | int):
            return Constant(float(any(_same(source, value) for value in wanted)))
        if field.copied is not None:
            matches = self.world.matches(episode, {field.copied: wanted})
            if matches is not None:
                return matches[0]
            if self.world.plan.names.visible(episode)[field.copied].is_number:
                numbers = frozenset(float(value) for value in wanted)
                return NumberIs(self.world.named(field.copied), numbers)
        raise ValueError(f"the algebra cannot tell how often the field {name} has a certain value")

    def _source(self, written: _Written, name: str, field: EventField) -> object:
        if field.always is not None:
            return field.always
        if field.given_by is not None:
            return written.emission.hands.get(name)
        return written.emission.drawn.get(name)

    def _mean(self, written: _Written, name: str, field: EventField) -> Factor:
        source = self._source(written, name, field)
        if isinstance(source, int | float):
            return Constant(float(source))
        if field.copied is not None and self.world.plan.names.visible(written.episode.name)[field.copied].is_number:
            return Mean(self.world.named(field.copied))
        if source is not None and not isinstance(source, str | BakedChances):
            return Mean(self.world.number(written.episode.name, source))  # type: ignore[arg-type]
        raise ValueError(f"the algebra cannot tell the mean of the field {name}")

    # What the log sees

    def _seen(self, written: _Written, event: str) -> Iterator[Factor]:
        if not self.recorded:
            return
        by_server = self.world.plan.by_server[written.emission.event]
        if not by_server:
            yield from self.recorded_users(written.episode.name)
            yield from self._faults(written, event)
            if self.delivered:
                yield from self._weather(written.episode.name)

    def recorded_users(self, episode: str) -> Iterator[Factor]:
        """The conditions under which the client of whoever acts in an episode records at all."""
        for name, code in self.world.plan.unrecorded.items():
            codes = frozenset(range(len(self.world.plan.names[name].values))) - {code}
            yield Matches(self.world.variable(episode, name), codes)

    def _faults(self, written: _Written, event: str) -> Iterator[Factor]:
        """Rows that incidents stop, keep a share of, lose or double."""
        for verb, factor_of in FAULTS.items():
            for incident, effect, where in self._effects(verb):
                hit = self._hit(written.episode.name, incident, where)
                if hit is not None and _strikes(effect, verb, event):
                    yield Fault((*hit, *self._when(written, event, effect)), factor_of(effect))

    def _when(self, written: _Written, event: str, effect: Effect) -> Iterator[Factor]:
        """How often a row has the field values that an effect is about; never, where it has no such field."""
        fields = self.scenario.events[event].fields
        for name, wanted in effect.when.items():
            yield self._field_is(written, name, fields[name], tuple(wanted)) if name in fields else Constant(0.0)

    def _effects(self, verb: str) -> Iterator[tuple[str, Effect, Where]]:
        for item in self.world.plan.incidents:
            for effect in item.incident.effects:
                if effect.verb == verb:
                    yield item.name, effect, both(item.incident.where, effect.where)

    def _hit(self, episode: str, incident: str, where: Where) -> tuple[Matches, ...] | None:
        conditions = self.world.matches(episode, where)
        if conditions is None:
            return None
        return (
            Matches(self.world.variable(episode, bit_name(incident)), frozenset([YES_NO.index("yes")])),
            *conditions,
        )

    def _weather(self, episode: str) -> Iterator[Factor]:
        delivery: Delivery = self.scenario.delivery
        if delivery.loss is not None:
            yield from self._by_name(episode, delivery.loss, lambda loss: 1.0 - loss)
        if delivery.duplicates is not None:
            yield from self._by_name(episode, delivery.duplicates.chance, lambda chance: 1.0 + chance)

    def _by_name(self, episode: str, table: NumberTable, turn: Turn) -> Iterator[Factor]:
        if table.given is None:
            yield Constant(turn(table.value or 0.0))
            return
        for value in self.world.plan.names[table.given].values:
            number = table.rows.get(value, table.otherwise)
            matches = self.world.matches(episode, {table.given: (value,)})
            if number is not None and matches is not None:
                yield Fault(matches, turn(number))


def _strikes(effect: Effect, verb: str, event: str) -> bool:
    """Whether a fault is about an event: those it names, `all`, or every one where it names none."""
    named: Iterable[str] | None = getattr(effect, verb) if verb in ("stops", "repeats", "samples") else None
    return named is None or event in tuple(named) or "all" in tuple(named)


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) != isinstance(other, str):
        return str(one) == str(other)
    return one == other


Turn = Callable[[float], float]

FAULTS: dict[str, Callable[[Effect], float]] = {
    "stops": lambda effect: 0.0 if effect.chance is None else 1.0 - amount(effect.chance),
    "samples": lambda effect: 1.0 if effect.keep is None else effect.keep,
    "repeats": lambda effect: 2.0 if effect.chance is None else 1.0 + amount(effect.chance),
    "loses": lambda effect: 1.0 - amount(effect.loses or 0.0),
    "duplicates": lambda effect: 1.0 + amount(effect.duplicates or 0.0),
}
"""Recording effect -> what is left of the rows it hits."""

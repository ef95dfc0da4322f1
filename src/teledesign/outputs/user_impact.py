"""Which event plays which part in the five questions on user impact, worked out from the scenario alone.

The questions (G. Hulten, Building Intelligent Systems, chapter on telemetry) are the same for every product: what
differs is which event shows an answer, which events may follow it and which of those take it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.scenario import Scenario
from teledesign.scenario.events import ENVELOPE, EventField
from teledesign.scenario.journey import Step
from teledesign.scenario.metrics import Metric
from teledesign.scenario.names import Names

__all__ = ["ImpactParts", "Undoing", "impact_parts", "later_events", "server_events"]

WINDOW_S = 600.0
"""How long a reaction may take where no metric says."""
TELLING = ("experience", "score")
"""What an event copies that shows an answer, the most telling first."""
WATCHED = ("proxy", "guardrail")
GENERAL = ("model_version", "app_version", "variant", "platform")
"""Columns that tell answers apart where the event's own fields do not."""


@dataclass(frozen=True)
class Undoing:
    """Rows that take an answer back: an event, what its fields hold, and within how many seconds of the answer."""

    event: str
    where: Mapping[str, tuple[str | float, ...]]
    within_s: float


@dataclass(frozen=True)
class ImpactParts:
    """The parts of the five questions on one product."""

    exposure: str
    """The event that shows an answer."""
    joined_by: str
    """The column by which reactions belong to an answer."""
    told_apart_by: tuple[str, ...]
    """Columns of the exposure that may tell experiences apart, the best first."""
    actions: tuple[str, ...]
    """Events that may follow an answer within the visit."""
    details: Mapping[str, str]
    """Action -> the field that says what kind it was."""
    undone: tuple[Undoing, ...]
    """What takes an answer back; nothing where the log knows no such event."""
    repeated: bool
    """Whether, for want of anything better, the same thing asked again counts as taking back."""
    window_s: float
    later: tuple[str, ...]
    """Events written in a session of their own, hours or days after the visit they belong to."""
    by_server: tuple[str, ...]


def impact_parts(scenario: Scenario) -> ImpactParts | None:
    """The parts, or None where no step writes a row on the client."""
    places = _places(scenario)
    late, served = later_events(scenario), server_events(scenario)
    seen = [name for name in scenario.events if name in places and name not in (*late, *served)]
    if not seen:
        return None
    carrier = scenario.model.for_each
    own = [name for name in seen if any(episode == carrier for episode, _ in places[name])]
    exposure = _exposure(scenario, own or seen)
    episode = places[exposure][0][0]
    after = [name for name in _after(scenario, places[exposure]) if name != exposure and name not in served]
    metrics = [metric for metric in scenario.metrics.values() if metric.per and metric.per.name == exposure]
    window = _window(metrics)
    undone = tuple(_undone(scenario, exposure, after, window))
    actions = tuple(name for name in scenario.events if name in after and name not in late)
    explicit = tuple(name for name in actions if scenario.events[name].feedback == "explicit")
    return ImpactParts(
        exposure=exposure,
        joined_by="interaction_id" if _in_interaction(scenario, episode) else "session_id",
        told_apart_by=_told_apart_by(scenario, exposure, metrics),
        actions=actions,
        details={name: field for name in actions if (field := _detail(scenario, name)) is not None},
        undone=undone or tuple(Undoing(name, {}, window) for name in explicit),
        repeated=not undone and not explicit,
        window_s=window,
        later=late,
        by_server=served,
    )


def later_events(scenario: Scenario) -> tuple[str, ...]:
    """Events that only episodes write which begin after a time, in a session of their own."""
    names = Names.of(scenario)
    return tuple(
        event
        for event, places in _places(scenario).items()
        if all(names.session_of(episode) != names.session for episode, _ in places)
    )


def server_events(scenario: Scenario) -> tuple[str, ...]:
    """Events that the server writes, also for people whose devices send nothing."""
    return tuple(name for name, event in scenario.events.items() if event.recorded_by == "server")


def _places(scenario: Scenario) -> dict[str, list[tuple[str, str]]]:
    """Event -> the (episode, step) that emit it, in the order of the events; what only beats is left out."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in scenario.events:
        places = [
            (episode_name, step_name)
            for episode_name, episode in scenario.journey.items()
            for step_name, step in episode.steps.items()
            if any(emission.event == name for emission in step.emits)
        ]
        if places:
            found[name] = places
    return found


def _exposure(scenario: Scenario, among: list[str]) -> str:
    """The event whose row tells most of the model's answer; then the one most proxies are counted per."""
    counted = Counter(
        metric.per.name for metric in scenario.metrics.values() if metric.role == "proxy" and metric.per is not None
    )

    def rank(name: str) -> tuple[int, int]:
        copied = {field.copied for field in scenario.events[name].fields.values()}
        telling = next((len(TELLING) - place for place, what in enumerate(TELLING) if what in copied), 0)
        return telling, counted[name]

    return max(among, key=rank)


def _after(scenario: Scenario, places: list[tuple[str, str]]) -> set[str]:
    """Events that steps may write which follow these, in the same episode or in episodes begun there."""
    found: set[str] = set()
    for episode_name, step_name in places:
        steps = scenario.journey[episode_name].steps
        reached = _reached(steps, step_name)
        for name in reached - ({step_name} if step_name not in _following(steps, reached) else set()):
            found |= {emission.event for emission in steps[name].emits}
        started = [child for name in reached for child in steps[name].starts]
        for child in _with_children(scenario, started, episode_name):
            for step in scenario.journey[child].steps.values():
                found |= {emission.event for emission in step.emits}
    return found


def _reached(steps: Mapping[str, Step], start: str) -> set[str]:
    """The steps one may come to from a step, itself included."""
    reached, frontier = {start}, [start]
    while frontier:
        following = [name for name in steps[frontier.pop()].next.choices if name in steps and name not in reached]
        reached.update(following)
        frontier += following
    return reached


def _following(steps: Mapping[str, Step], reached: set[str]) -> set[str]:
    return {name for step in reached for name in steps[step].next.choices}


def _with_children(scenario: Scenario, started: list[str], but: str) -> list[str]:
    found: dict[str, None] = {}
    frontier = [name for name in started if name != but]
    while frontier:
        name = frontier.pop()
        if name in found or name not in scenario.journey:
            continue
        found[name] = None
        frontier += [child for step in scenario.journey[name].steps.values() for child in step.starts if child != but]
    return list(found)


def _in_interaction(scenario: Scenario, episode: str) -> bool:
    return any(scenario.journey[name].kind == "interaction" for name in Names.of(scenario).line(episode))


def _window(metrics: list[Metric]) -> float:
    """The time that most metrics of the exposure allow for a reaction, the shortest of equals."""
    times = Counter(float(metric.within) for metric in metrics if metric.role in WATCHED and metric.within)
    return max(times, key=lambda seconds: (times[seconds], -seconds), default=WINDOW_S)


def _undone(scenario: Scenario, exposure: str, after: list[str], window: float) -> Iterator[Undoing]:
    """What watched metrics count, the less the better, among what may follow an answer."""
    known: set[tuple[str, tuple[tuple[str, tuple[str | float, ...]], ...]]] = set()
    for metric in sorted(scenario.metrics.values(), key=lambda metric: metric.within is None):
        counted = metric.of
        if metric.role not in WATCHED or metric.better != "lower" or counted is None or counted.is_truth:
            continue
        event = counted.target
        if event not in after or metric.per is None or metric.per.target == event:
            continue
        columns = {*ENVELOPE, *scenario.events[event].fields}
        key = event, tuple(counted.where.items())
        if key in known or not columns.issuperset(counted.where):
            continue
        known.add(key)
        yield Undoing(event, counted.where, float(metric.within or window))


def _told_apart_by(scenario: Scenario, exposure: str, metrics: list[Metric]) -> tuple[str, ...]:
    fields = scenario.events[exposure].fields
    copies = [name for name, field in fields.items() if field.copied == "experience"]
    sliced = [name for metric in metrics for name in metric.by if name in fields]
    others = [name for name, field in fields.items() if _may_differ(field)]
    return tuple(dict.fromkeys([*copies, *sliced, *others, *GENERAL]))


def _may_differ(field: EventField) -> bool:
    return field.unit is None and field.id is None and field.person is None and field.always is None


def _detail(scenario: Scenario, event: str) -> str | None:
    """The field in which the step that writes an event says what kind it was."""
    return next((name for name, field in scenario.events[event].fields.items() if field.given_by == "step"), None)

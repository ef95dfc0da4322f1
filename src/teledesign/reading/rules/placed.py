"""Every table of a scenario at its place, with the names known there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.scenario import Scenario
from teledesign.scenario.names import Name, Names
from teledesign.scenario.tables import ChanceTable, NumberTable, SizeTable

__all__ = ["Path", "PlacedTable", "placed_tables"]

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class PlacedTable:
    """A table, where it stands in the file and what may be named in it."""

    path: Path
    table: ChanceTable | SizeTable | NumberTable
    visible: Mapping[str, Name]
    episode: str | None = None
    step: str | None = None
    address: str | None = None
    """How incidents and forms call it: `face.suggested.next`; none where they cannot change it."""


def placed_tables(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    """Every table, in the order of the file."""
    yield from _of_people(scenario, names)
    yield from _of_the_model(scenario, names)
    yield from _of_the_journey(scenario, names)
    yield from _of_fields(scenario, names)
    yield from _of_delivery(scenario, names)


def _of_people(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    for name, attribute in scenario.people.attributes.items():
        if attribute.chances:
            visible = names.visible_to_attribute(name)
            path = ("people", "attributes", name)
            yield PlacedTable(path, attribute.chances, visible, address=f"people.{name}")


def _of_the_model(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    carrier = scenario.model.for_each
    for name in ("outcome", "score", "latency"):
        table = getattr(scenario.model, name)
        if table is not None and carrier in scenario.journey:
            visible = names.visible(carrier, name)
            yield PlacedTable(("model", name), table, visible, carrier, address=f"model.{name}")


def _of_the_journey(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    for episode_name, episode in scenario.journey.items():
        here = ("journey", episode_name)
        for name, draw in episode.draws.items():
            table = draw.chances or draw.size
            if table is not None:
                visible = names.visible(episode_name, name)
                address = f"{episode_name}.{name}"
                yield PlacedTable((*here, "draws", name), table, visible, episode_name, address=address)
        visible = names.visible(episode_name)
        for name, step in episode.steps.items():
            at = (*here, "steps", name)
            for key, table in (("takes", step.takes), ("next", step.next)):
                if table is not None:
                    address = f"{episode_name}.{name}.{key}"
                    yield PlacedTable((*at, key), table, visible, episode_name, name, address)
            for child, start in step.starts.items():
                for key, size in (("count", start.count), ("after", start.after)):
                    if size is not None:
                        address = f"{episode_name}.{name}.starts.{child}.{key}"
                        yield PlacedTable((*at, "starts", child, key), size, visible, episode_name, name, address)
            for emission in step.emits:
                for field, handed in emission.hands.items():
                    if isinstance(handed, ChanceTable):
                        path = (*at, "emits", emission.event, field)
                        address = f"{episode_name}.{name}.emits.{emission.event}.{field}"
                        yield PlacedTable(path, handed, visible, episode_name, name, address)


def _of_fields(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    """The tables of fields drawn for a row, once per step that writes the row."""
    for episode_name, episode in scenario.journey.items():
        for step_name, step in episode.steps.items():
            for event in dict.fromkeys([*(emission.event for emission in step.emits), *step.beats]):
                fields = scenario.events[event].fields if event in scenario.events else {}
                for name, field in fields.items():
                    table = (field.draw.chances or field.draw.size) if field.draw else None
                    if table is not None:
                        path = ("events", event, "fields", name, "draw")
                        visible, address = names.visible(episode_name), f"events.{event}.{name}"
                        yield PlacedTable(path, table, visible, episode_name, step_name, address)


def _of_delivery(scenario: Scenario, names: Names) -> Iterator[PlacedTable]:
    delivery = scenario.delivery
    found: list[tuple[Path, NumberTable | SizeTable | None]] = [
        (("delivery", "loss"), delivery.loss),
        (("delivery", "delay"), delivery.delay),
        (("delivery", "duplicates", "chance"), delivery.duplicates.chance if delivery.duplicates else None),
        (("delivery", "offline", "chance"), delivery.offline.chance if delivery.offline else None),
        (("delivery", "offline", "delay"), delivery.offline.delay if delivery.offline else None),
        (("delivery", "clock", "wrong_by"), delivery.clock.wrong_by if delivery.clock else None),
    ]
    users = {name.name: name for name in names.held_by("user")}
    for path, table in found:
        if table is not None:
            yield PlacedTable(path, table, users)

"""Multipliers that leave no row of chances."""

from __future__ import annotations

from collections.abc import Iterator

from teledesign.reading.rules.facts import Facts, Path, Said
from teledesign.reading.rules.incidents import Window
from teledesign.reading.rules.placed import PlacedTable
from teledesign.scenario.baking import bake_chances
from teledesign.scenario.incidents import Incident
from teledesign.scenario.schedule import Running
from teledesign.scenario.tables import ChanceTable


def chances_above_one(facts: Facts, besides: Facts | None = None) -> Iterator[Said]:
    """Multipliers that leave no row of chances, in any context and with any incidents that overlap.

    Tables that stand in `besides` too, under the same incidents, are left out: they have been looked at.
    """
    known = set()
    if besides is not None and besides.scenario.incidents is facts.scenario.incidents:
        known = {id(placed.table) for placed in besides.tables}
    for placed in facts.tables:
        if not isinstance(placed.table, ChanceTable) or id(placed.table) in known:
            continue
        of_slices = [(placed.path, said) for said in _unmakeable(facts, placed, {})]
        yield from of_slices or _with_incidents(facts, placed)


def _unmakeable(facts: Facts, placed: PlacedTable, running: Running) -> Iterator[str]:
    assert isinstance(placed.table, ChanceTable)
    try:
        baked = bake_chances(placed.table, placed.visible, placed.address or "", running)
    except ValueError:
        return
    stage = "incidents" if running else "slices"
    worst = max(
        (bad for bad in baked.unmakeable if bad.stage == stage), key=lambda bad: abs(bad.total - 1), default=None
    )
    if worst is not None:
        where = ", ".join(f"{name} {value}" for name, value in worst.context.items())
        what = f"with {where} the multiplied chances come to {worst.total:.4g}"
        remark = "Use odds_times, or smaller numbers" if worst.total > 1 else "Name rest, or correct the numbers"
        yield f"{what}, not to 1. {remark}"


def _with_incidents(facts: Facts, placed: PlacedTable) -> Iterator[tuple[Path, str]]:
    """Each incident alone at both ends of its ranges, then with each that can overlap.

    Odds above 0 leave a row always, so that one of them multiplies chances.
    """
    touching = {
        name: incident
        for name, incident in facts.scenario.incidents.items()
        if any(effect.changes == placed.address and (effect.times or effect.odds_times) for effect in incident.effects)
    }
    multiplying = {
        name
        for name, incident in touching.items()
        if any(effect.changes == placed.address and effect.times for effect in incident.effects)
    }
    alone_bad = set()
    for name in (name for name in touching if name in multiplying):
        for incident in facts.ends_of(name):
            for said in _unmakeable(facts, placed, {name: incident}):
                if name not in alone_bad:
                    yield _effect_path(placed, name, incident), said
                alone_bad.add(name)
    names = [name for name in touching if name not in alone_bad]
    for at, name in enumerate(names):
        for other in names[:at]:
            if not {name, other} & multiplying:
                continue
            if not Window.of(touching[name]).overlaps(Window.of(touching[other])):
                continue
            both = {other: facts.ends_of(other)[-1], name: facts.ends_of(name)[-1]}
            for said in _unmakeable(facts, placed, both):
                yield _effect_path(placed, name, touching[name]), said
                break


def _effect_path(placed: PlacedTable, name: str, incident: Incident) -> Path:
    index = next(i for i, effect in enumerate(incident.effects) if effect.changes == placed.address)
    return "incidents", name, "effects", index

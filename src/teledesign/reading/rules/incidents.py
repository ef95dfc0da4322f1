"""Incidents: effects that strike something, for somebody, while the log runs, where a metric can see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from teledesign.reading.rules.events import metric_events
from teledesign.reading.rules.facts import Facts, Path, PlacedTable, Said, remedy
from teledesign.reading.rules.graph import Journeys
from teledesign.reading.rules.people import share_of
from teledesign.scenario.baking import bake_chances
from teledesign.scenario.incidents import Effect, Incident
from teledesign.scenario.metrics import PER_BUILT_IN
from teledesign.scenario.names import Kind, Name
from teledesign.scenario.quantities import DAY_S, Range
from teledesign.scenario.schedule import Running, both, settled
from teledesign.scenario.tables import ChanceRow, ChanceSlice, ChanceTable, SizeSlice, SizeTable

CHANGE_KEYS = ("set", "times", "odds_times", "plus", "among")
STRIKES = ("chance", "when")
Where = Mapping[str, tuple[str | float, ...]]


@dataclass(frozen=True)
class VerbKeys:
    """The keys that go with a verb: those it needs, and those it may have (`where` always)."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


VERB_KEYS: Mapping[str, VerbKeys] = {
    "changes": VerbKeys((), CHANGE_KEYS),
    "volume": VerbKeys(),
    "stops": VerbKeys((), STRIKES),
    "sends": VerbKeys(("at",), ("chance",)),
    "repeats": VerbKeys((), ("same_id", *STRIKES)),
    "blanks": VerbKeys((), STRIKES),
    "writes": VerbKeys(("value",), STRIKES),
    "renames": VerbKeys(("was", "now"), STRIKES),
    "rescales": VerbKeys(("times",), STRIKES),
    "samples": VerbKeys(("keep", "by"), ("says_so",)),
    "loses": VerbKeys((), ("judged_by",)),
    "duplicates": VerbKeys((), ("same_id", "judged_by")),
    "delays": VerbKeys((), ("judged_by",)),
    "shifts_clock": VerbKeys((), ("judged_by",)),
}


def effects(facts: Facts) -> Iterator[tuple[Path, str, Incident, Effect]]:
    """Every effect with its path and the incident it belongs to."""
    for name, incident in facts.scenario.incidents.items():
        for index, effect in enumerate(incident.effects):
            yield ("incidents", name, "effects", index), name, incident, effect


def effect_keys(facts: Facts) -> Iterator[Said]:
    """Each verb has the keys it needs and no others."""
    for path, _, _, effect in effects(facts):
        keys = VERB_KEYS[effect.verb]
        given = {key for key in effect.model_fields_set if getattr(effect, key) is not None} - {effect.verb, "where"}
        for key in keys.needs:
            if key not in given:
                yield path, f"{effect.verb} needs {key}. Add it"
        for key in sorted(given):
            if key not in (*keys.needs, *keys.may):
                known = ", ".join((*keys.needs, *keys.may, "where"))
                yield (*path, key), f"{key} says nothing beside {effect.verb}. Use {known}, or take it out"


def unknown_paths(facts: Facts) -> Iterator[Said]:
    """`changes` leads to a table of the world, or to an episode's person."""
    known = [*facts.by_address, *(f"{name}.person" for name, held in facts.scenario.journey.items() if held.person)]
    for path, _, _, effect in effects(facts):
        if effect.changes and effect.changes not in known:
            yield (*path, "changes"), f"there is no table {effect.changes}. {remedy(effect.changes, known)}"


def is_person(facts: Facts, path: str) -> bool:
    """Whether a path means the other person of an episode."""
    episode, _, last = path.partition(".")
    held = facts.scenario.journey.get(episode)
    return last == "person" and held is not None and held.person is not None


def changes_fit(facts: Facts) -> Iterator[Said]:
    """A table of chances, a size and a person are each changed in their own way."""
    for path, _, _, effect in effects(facts):
        if not effect.changes:
            continue
        target = facts.by_address.get(effect.changes)
        if target is None and not is_person(facts, effect.changes):
            continue
        given = [key for key in CHANGE_KEYS if getattr(effect, key) is not None]
        if not given:
            yield path, f"this does not say how {effect.changes} changes. Add one of {', '.join(CHANGE_KEYS)}"
        for key in given:
            if message := _misfit(effect, key, target):
                yield (*path, key), message


def _misfit(effect: Effect, key: str, target: PlacedTable | None) -> str:
    if target is None:
        return "" if key == "among" else "a person can only come from fewer users. Write among: a share"
    if key == "among":
        return f"{effect.changes} is no person. Use set, times, odds_times or plus"
    if isinstance(target.table, ChanceTable):
        if key == "plus" or (key == "times" and not isinstance(effect.times, dict)):
            return f"{effect.changes} is a table of chances. Name the choice: times: {{choice: 1.2}}"
        fits = key != "set" or isinstance(effect.set, ChanceRow)
        return "" if fits else f"{effect.changes} is a table of chances. Write a row of them"
    if key == "odds_times" or (key == "times" and isinstance(effect.times, dict)):
        return f"{effect.changes} is a size. Write times: and one number"
    if key == "set" and isinstance(effect.set, ChanceRow) and len(effect.set.chances) > 1:
        return f"{effect.changes} is a size. Write a size such as {{median: 2 s, p95: 9 s}}"
    return ""


def unknown_fields(facts: Facts) -> Iterator[Said]:
    """Fields that lie are fields of their event, and renamed values are values of theirs."""
    for path, _, _, effect in effects(facts):
        for verb in ("blanks", "writes", "renames", "rescales"):
            named = getattr(effect, verb)
            if named is None:
                continue
            event, dot, field = named.partition(".")
            if not dot and verb == "blanks":
                known = sorted({column for columns in facts.columns.values() for column in columns})
                if named not in known:
                    yield (*path, verb), f"no event has a field {named}. {remedy(named, known)}"
            elif not dot:
                yield (*path, verb), f"{named} names no field. Write event.field"
            elif event in facts.columns and field not in facts.columns[event]:
                own = list(facts.scenario.events[event].fields)
                yield (*path, verb), f"{event} has no field {field}. {remedy(field, own or facts.columns[event])}"
            elif verb == "renames" and event in facts.columns:
                values = facts.columns[event][field]
                if values and effect.was is not None and effect.was not in values:
                    message = f"{named} is never {effect.was}. {remedy(effect.was, [str(v) for v in values])}"
                    yield (*path, "was"), message


def unknown_choosers(facts: Facts) -> Iterator[Said]:
    """`chosen_by` names what is hit as a whole, and every effect can see it."""
    for name, incident in facts.scenario.incidents.items():
        path = ("incidents", name, "chosen_by")
        chooser = incident.chosen_by
        persons = [held.person for held in facts.scenario.journey.values() if held.person]
        known = ["user", "session", *facts.scenario.journey, *persons]
        if chooser not in known:
            yield path, f"there is no {chooser} to choose by. {remedy(chooser, known)}"
            continue
        for index, effect in enumerate(incident.effects):
            for episode in _struck_episodes(facts, effect):
                if episode is None and chooser != "user":
                    what = f"{effect.changes or effect.verb} concerns whole users"
                    yield path, f"{what}, so {chooser} cannot choose. Take chosen_by out of this incident"
                elif episode is not None and facts.names.chooser(episode, chooser) is None:
                    what = f"effect {index + 1} strikes in {episode}, which belongs to no {chooser}"
                    yield path, f"{what}. {remedy('', ['user', 'session', *facts.names.line(episode)])}"


def _struck_episodes(facts: Facts, effect: Effect) -> list[str | None]:
    """The episodes an effect strikes in; None stands for whole users."""
    if effect.volume is not None:
        return [None]
    if effect.changes:
        target = facts.by_address.get(effect.changes)
        episode = target.episode if target else effect.changes.partition(".")[0]
        return [episode] if target is not None or episode in facts.scenario.journey else []
    if effect.sends and effect.at:
        episode = effect.at.partition(".")[0]
        return [episode] if episode in facts.scenario.journey else []
    events = facts.recorded_events(effect)
    return list(dict.fromkeys(writing.episode for event in events for writing in facts.writings.get(event, ())))


@dataclass(frozen=True)
class Window:
    """The moments at which an incident can be at work, over all its draws."""

    begins: float
    latest: float
    ends: float

    @classmethod
    def of(cls, incident: Incident) -> Window:
        """The widest window of an incident."""
        begins = incident.begins
        low, high = (begins.low, begins.high) if isinstance(begins, Range) else (begins, begins)
        return cls(low, high, high + incident.lasts + incident.fade)

    def overlaps(self, other: Window) -> bool:
        """Whether both can be at work at one moment."""
        return self.begins < other.ends and other.begins < self.ends


def windows_fit(facts: Facts) -> Iterator[Said]:
    """Incidents begin, and can show, before the log ends."""
    days = facts.scenario.product.clock.days
    for name, incident in facts.scenario.incidents.items():
        path = ("incidents", name)
        if Window.of(incident).latest >= days * DAY_S:
            message = f"the log ends with day {days}, before this begins. Begin earlier, or let clock.days be more"
            yield (*path, "begins"), message
        if incident.needs_days is not None and incident.needs_days > days:
            yield (*path, "needs_days"), f"the log has {days} days. Need fewer, or let clock.days be more"
        for index, month in enumerate(incident.season):
            if not 1 <= month <= 12:
                yield (*path, "season", index), f"{month} is no month. Write 1 to 12"


def empty_scopes(facts: Facts) -> Iterator[Said]:
    """Incidents that can hit nobody."""
    journeys = Journeys(facts)
    for name, incident in facts.scenario.incidents.items():
        scopes: list[tuple[Path, Where]] = [(("incidents", name, "where"), incident.where)]
        scopes += [
            (("incidents", name, "effects", index, "where"), effect.where)
            for index, effect in enumerate(incident.effects)
        ]
        for path, where in scopes:
            for condition, values in where.items():
                held = facts.names.get(condition.rpartition(".")[2])
                if held is None or not held.values or any(value not in held.values for value in values):
                    continue
                if not any(_occurs(facts, journeys, held, str(value), Window.of(incident)) for value in values):
                    what = f"nobody has {condition} {' or '.join(str(value) for value in values)}"
                    yield (
                        (*path, condition),
                        f"{what} while this lasts, so it hits nobody. Widen the scope or the window",
                    )


def _occurs(facts: Facts, journeys: Journeys, name: Name, value: str, window: Window) -> bool:
    if name.kind is not Kind.ROLLOUT:
        return value in journeys.values(name)
    rollout = facts.scenario.people.attributes[name.name].rollout
    if rollout is None:
        return True
    end = min(window.ends, facts.scenario.product.clock.days * DAY_S)
    versions = list(rollout.versions)
    at = versions.index(value)
    for moment in np.linspace(window.begins, max(window.begins, end - 1.0), 200):
        reached = min(share_of(rollout, version, float(moment)) for version in versions[: at + 1])
        after = share_of(rollout, versions[at + 1], float(moment)) if at + 1 < len(versions) else 0.0
        if reached > after:
            return True
    return False


def sets_overlap(facts: Facts) -> Iterator[Said]:
    """Two `set`s that can both hold: which one counts would hang on the order of the file."""
    for placed in facts.tables:
        if isinstance(placed.table, ChanceTable | SizeTable):
            yield from _slices_overlap(placed.table, placed.path)
    found = [
        (path, name, incident, effect) for path, name, incident, effect in effects(facts) if effect.set is not None
    ]
    for at, (path, name, incident, effect) in enumerate(found):
        for _, other_name, other_incident, other in found[:at]:
            same = effect.changes == other.changes
            if not same or not _compatible(both(incident.where, effect.where), both(other_incident.where, other.where)):
                continue
            if incident.brings or other_incident.brings:
                continue  # what is said of the extra users comes last
            if name == other_name or Window.of(incident).overlaps(Window.of(other_incident)):
                whom = "another effect" if name == other_name else f"the incident {other_name}"
                message = f"{whom} sets {effect.changes} too, for the same people at the same time. Part them by where"
                yield (*path, "set"), message if name == other_name else f"{message} or time"


def _slices_overlap(table: ChanceTable | SizeTable, path: Path) -> Iterator[Said]:
    slices: tuple[ChanceSlice | SizeSlice, ...] = table.slices
    setting = [(index, part) for index, part in enumerate(slices) if part.set is not None]
    for at, (index, part) in enumerate(setting):
        for other_index, other in setting[:at]:
            if _compatible(part.where, other.where):
                message = f"slice {other_index + 1} sets the row too, for the same people. Part them by where"
                yield (*path, "slices", index, "set"), message
    for value, row in table.rows.items():
        yield from _slices_overlap(row, (*path, value))
    if table.otherwise is not None:
        yield from _slices_overlap(table.otherwise, (*path, "else"))


def _compatible(one: Where, other: Where) -> bool:
    return all(name not in other or set(values) & set(other[name]) for name, values in one.items())


def chances_above_one(facts: Facts) -> Iterator[Said]:
    """Multipliers that leave no row of chances, in any context and with any incidents that overlap."""
    for placed in facts.tables:
        if not isinstance(placed.table, ChanceTable):
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
        yield f"{what}, which leaves no row. {remark}"


def _with_incidents(facts: Facts, placed: PlacedTable) -> Iterator[tuple[Path, str]]:
    """Each incident alone at both ends of its ranges, then with each that can overlap."""
    touching = {
        name: incident
        for name, incident in facts.scenario.incidents.items()
        if any(effect.changes == placed.address and (effect.times or effect.odds_times) for effect in incident.effects)
    }
    ends = {name: [settled(i, lambda _, p=p: p) for p in (0.0, 1.0)] for name, i in touching.items()}  # type: ignore[misc]
    alone_bad = set()
    for name, settled_ends in ends.items():
        for incident in settled_ends:
            for said in _unmakeable(facts, placed, {name: incident}):
                if name not in alone_bad:
                    yield _effect_path(placed, name, incident), said
                alone_bad.add(name)
    names = [name for name in touching if name not in alone_bad]
    for at, name in enumerate(names):
        for other in names[:at]:
            if not Window.of(touching[name]).overlaps(Window.of(touching[other])):
                continue
            for said in _unmakeable(facts, placed, {other: ends[other][1], name: ends[name][1]}):
                yield _effect_path(placed, name, touching[name]), said
                break


def _effect_path(placed: PlacedTable, name: str, incident: Incident) -> Path:
    index = next(i for i, effect in enumerate(incident.effects) if effect.changes == placed.address)
    return "incidents", name, "effects", index


def unseen_effects(facts: Facts) -> Iterator[Said]:
    """Incidents that no metric can show."""
    for name, incident in facts.scenario.incidents.items():
        if incident.brings is not None or not incident.effects:
            continue
        if not all(_strikes_something(facts, effect) for effect in incident.effects):
            continue
        touched = [_touched(facts, effect) for effect in incident.effects]
        counted = {target for metric in facts.scenario.metrics.values() for target in metric_events(metric)}
        if any(everything or counted & targets for everything, targets in touched):
            continue
        yield ("incidents", name), "no metric counts anything that this changes. Add a metric in which it shows"


def _strikes_something(facts: Facts, effect: Effect) -> bool:
    """Whether what an effect names exists; other rules speak of it where not."""
    if effect.changes:
        return effect.changes in facts.by_address or is_person(facts, effect.changes)
    return all(event in facts.scenario.events for event in facts.recorded_events(effect))


def _touched(facts: Facts, effect: Effect) -> tuple[bool, set[str]]:
    """Whether an effect touches everything, and the events, steps and built-in counts it touches."""
    if effect.changes:
        target = facts.by_address.get(effect.changes)
        episode = target.episode if target else effect.changes.partition(".")[0]
        if episode is None:
            return True, set()
        below = {name for name in facts.names.episodes if episode in facts.names.line(name)}
        written = {event for event, all_of in facts.writings.items() if any(w.episode in below for w in all_of)}
        return False, written | {step for step in facts.step_names if step.partition(".")[0] in below}
    if effect.volume is not None or effect.verb in ("loses", "duplicates", "delays", "shifts_clock"):
        return True, set()
    return False, {*facts.recorded_events(effect), *(PER_BUILT_IN[3:]), "seq_gaps"}

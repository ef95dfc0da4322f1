"""Effects: verbs with the keys they need, that strike what is there in a way that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from teledesign.reading.rules.facts import Facts, Path, Said, remedy
from teledesign.reading.rules.placed import PlacedTable
from teledesign.scenario.incidents import Effect, Incident
from teledesign.scenario.tables import ChanceRow, ChanceTable

CHANGE_KEYS = ("set", "times", "odds_times", "plus", "among")
STRIKES = ("chance", "when")


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

"""Names: unique, not reserved, of the right form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from teledesign.findings import nearest
from teledesign.reading.nodes import walk
from teledesign.reading.rules.facts import Facts, Path, Said
from teledesign.scenario.base import RESERVED
from teledesign.scenario.events import ENVELOPE
from teledesign.scenario.journey import AGAIN, END
from teledesign.scenario.names import CALENDAR, OWNER, Kind, Name
from teledesign.scenario.tables import REST, ChanceTable

OF_THE_LANGUAGE = frozenset({"user", "session", OWNER, "begin", "position", "all", "user_days", "active_user_days"})
"""Words with a meaning of their own where a name may stand."""
_VALUE = re.compile(r"[a-z][a-z0-9_.]*")


def path_of_name(name: Name) -> Path:
    """Where a name is declared."""
    if name.kind in (Kind.OUTCOME, Kind.SCORE, Kind.LATENCY, Kind.EXPERIENCE):
        return "model", "looks_like" if name.kind is Kind.EXPERIENCE else name.name
    if name.is_of_a_user:
        return ("people", "holdback") if name.kind is Kind.HOLDBACK else ("people", "attributes", name.name)
    section = {Kind.PERSON: "person", Kind.RECEIVED: "receives"}.get(name.kind, "draws")
    found: Path = ("journey", name.holder, section)
    return found if name.kind is Kind.PERSON else (*found, name.name)


def names_twice(facts: Facts) -> Iterator[Said]:
    """Names of users, episodes and the model that stand for two things."""
    first: dict[str, Name] = {}
    for name in facts.names.declared:
        other = first.setdefault(name.name, name)
        if other is not name:
            owner = "the language" if other.holder == CALENDAR else _whose(other)
            yield path_of_name(name), f"{name.name} is already a name of {owner}. Use another name here"
    for episode in facts.names.episodes:
        if episode in first:
            yield (
                ("journey", episode),
                f"{episode} is already a name of {_whose(first[episode])}. Use another name here",
            )


def _whose(name: Name) -> str:
    if name.is_of_a_user:
        return "the users" if name.kind is not Kind.HOLDBACK else "the language"
    return name.holder


def reserved_words(facts: Facts) -> Iterator[Said]:
    """Names and values that are words of the language."""
    for name in facts.names.declared:
        if name.holder == CALENDAR or name.kind is Kind.HOLDBACK:
            continue
        if name.name in RESERVED | OF_THE_LANGUAGE:
            yield path_of_name(name), f"{name.name} is a word of the language. Use another name"
        for value in name.values:
            if value in RESERVED and name.kind is not Kind.EXPERIENCE:
                yield path_of_name(name), f"the value {value} is a word of the language. Use another name for it"
    for episode, held in facts.scenario.journey.items():
        if episode in OF_THE_LANGUAGE | {"model", "people", "delivery", "cost"}:
            yield ("journey", episode), f"{episode} is a word of the language. Use another name"
        for step in held.steps:
            if step in (END, AGAIN, "begin", "person", REST):
                yield ("journey", episode, "steps", step), f"{step} is a word of the language. Use another name"


def bad_values(facts: Facts) -> Iterator[Said]:
    """Values that are no names."""
    for name in facts.names.declared:
        for value in name.values:
            if not _VALUE.fullmatch(value):
                message = f"the value {value} is no name. Use lower-case letters, digits, _ and dots, a letter first"
                yield path_of_name(name), message
    for event, held in facts.scenario.events.items():
        for field, origin in held.fields.items():
            table = origin.draw.chances if origin.draw else None
            for value in table.choices if isinstance(table, ChanceTable) else ():
                if not _VALUE.fullmatch(value):
                    message = (
                        f"the value {value} is no name. Use lower-case letters, digits, _ and dots, a letter first"
                    )
                    yield ("events", event, "fields", field, "draw"), message


def envelope_fields(facts: Facts) -> Iterator[Said]:
    """Fields that would overwrite a column every row has."""
    for event, held in facts.scenario.events.items():
        for field in held.fields:
            if field in ENVELOPE:
                yield ("events", event, "fields", field), f"every row has a column {field} already. Use another name"


def folder_name(facts: Facts) -> Iterator[Said]:
    """A scenario whose id is not its folder's name."""
    if facts.folder is not None and facts.folder != facts.scenario.scenario:
        message = f"the folder is called {facts.folder}. Give the scenario and its folder one name"
        yield ("scenario",), message


def unknown_sources(facts: Facts) -> Iterator[Said]:
    """`published` keys that no source has."""
    for path, value in walk(facts.data):
        if path and path[-1] == "published" and isinstance(value, str) and value not in facts.scenario.sources:
            close = nearest(value, facts.scenario.sources)
            yield path, f"there is no source {value}. {f'Did you mean {close}?' if close else 'Add it to sources'}"

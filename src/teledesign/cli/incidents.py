"""The incidents that ran in a log, in words: when, whom they struck, what they did with which sizes drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from teledesign.results.times import said_lapse, said_moment
from teledesign.scenario.incidents import VERBS

__all__ = ["incidents_in_words"]

Told = Mapping[str, Any]
"""An incident, an effect or a size as the truth tells it."""
MOVES = {"up": "goes up", "down": "goes down", "not": "does not move"}
WHOLE = {"event": "each row by itself", "session": "sessions as a whole", "user": "users as a whole"}
"""What sampling keeps or drops, by what the dice are thrown for."""
SIZES = {
    "value": "{}",
    "low": "at least {}",
    "high": "at most {}",
    "median": "median {}",
    "p95": "95th percentile {}",
    "mean": "mean {}",
    "sd": "standard deviation {}",
    "dispersion": "dispersion {}",
    "min": "at least {}",
    "max": "at most {}",
}
"""What the keys of a size say, in words."""
PLAIN_SIZES = frozenset({"value", "low", "high"})


def incidents_in_words(incidents: Iterable[Told], days: int, titles: Mapping[str, str]) -> Iterator[str]:
    """Lines for the incidents that a truth tells of, in a log of so many days; metrics have these titles."""
    nothing = True
    for incident in incidents:
        nothing = False
        no_fault = "" if incident["is_fault"] else ", which is no fault"
        yield f"{incident['title']} ({incident['incident']}){no_fault}"
        yield f"  {_window(incident, days)} {_whom(incident)}"
        effects = [_effect(effect) for effect in incident["effects"]]
        for effect in dict.fromkeys(effects):
            again = {1: "", 2: ", and so once more"}.get(effects.count(effect), f", {effects.count(effect)} times over")
            yield f"  What it does: {effect}{again}."
        yield f"  First shows: {incident['shows_first']}"
        yield from _signal(incident["signal"], titles)
        yield f"  Mistaken for: {incident['mistaken_for']}"
        yield from _signal(incident["decoy_signal"], titles)
    if nothing:
        yield "No incident ran."


def _signal(signal: Told | None, titles: Mapping[str, str]) -> Iterator[str]:
    if signal is not None:
        where = f" where {_conditions(signal['where'])}" if signal["where"] else ""
        yield f'    Look at "{titles[signal["metric"]]}", which {MOVES[signal["moves"]]}{where}.'


# When, and whom


def _window(incident: Told, days: int) -> str:
    begins = dt.datetime.fromisoformat(incident["begins"])
    first = incident["begins_on_day"]
    told = f"From {said_moment(begins)} (day {first})"
    if incident["ends"]:
        ends = dt.datetime.fromisoformat(incident["ends"])
        last = first + (ends.date() - begins.date()).days
        told += f" until {said_moment(ends)} (day {last}{', after the log ends' if last > days else ''})"
    else:
        told += " for good"
    if incident["ramp_hours"]:
        told += f", growing to full strength over the first {_hours(incident['ramp_hours'])}"
    if incident["fade_hours"]:
        told += f", dying down over the last {_hours(incident['fade_hours'])}"
    return f"{told}."


def _whom(incident: Told) -> str:
    brought = incident.get("brings")
    if brought:
        return f"It brings {brought['called']} ({brought['users']:,} in the panel) and strikes nobody else."
    where = f" where {_conditions(incident['where'])}" if incident["where"] else ""
    if incident["hits"] < 1:
        return f"It strikes each {_plain(incident['chosen_by'])} with a chance of {_share(incident['hits'])}{where}."
    return f"It strikes{where}." if where else "It strikes everybody."


# What it does, by verb


def _effect(effect: Told) -> str:
    verb = next(name for name in VERBS if name in effect)
    where = f", where {_conditions(effect['where'])}" if effect.get("where") else ""
    return SAID[verb](effect) + where


def _changes(effect: Told) -> str:
    path = effect["changes"]
    told = [say(path, effect[key]) for key, say in CHANGES.items() if key in effect]
    return "; then ".join(told)


def _set(path: str, value: Told) -> str:
    chances = value.get("chances")
    if chances is None:
        return f"{path} {'is' if PLAIN_SIZES.issuperset(value) else 'has'} {_size(value)}"
    if list(chances.values()) == [1.0]:
        return f"{path} is always {next(iter(chances))}"
    return f"{path} is {', '.join(f'{_share(chance)} {choice}' for choice, chance in chances.items())}"


def _times(path: str, value: float | Told) -> str:
    if not isinstance(value, Mapping):
        return f"{path} is multiplied by {_number(value)}"
    return f"in {path} {_listed([f'{choice} is {_number(by)} times as likely' for choice, by in value.items()])}"


def _odds(path: str, value: Told) -> str:
    (choice, by), *others = value.items()
    each = [f"are multiplied by {_number(by)}", *(f"those of {other} by {_number(more)}" for other, more in others)]
    return f"in {path} the odds of {choice} {_listed(each)}"


def _plus(path: str, value: float | Told) -> str:
    amount = value["value"] if isinstance(value, Mapping) else value
    is_time = isinstance(value, Mapping) and value["is_time"]
    size = said_lapse(abs(amount)) if is_time else _number(abs(amount))
    return f"{path} {'grows' if amount >= 0 else 'shrinks'} by {size}"


CHANGES: Mapping[str, Callable[[str, Any], str]] = {
    "set": _set,
    "odds_times": _odds,
    "times": _times,
    "plus": _plus,
    "among": lambda path, share: f"{path} is one of the same {_share(share)} of users each time",
}
"""How a table is changed, in the order in which that is done."""


def _rows(effect: Told, events: str | Iterable[str]) -> str:
    """Which rows an effect strikes: a share of them, of these events, with these values."""
    named = [events] if isinstance(events, str) else list(events)
    of = "all rows" if named == ["all"] else f"the rows of {_listed(named)}"
    share = "" if effect.get("chance") is None else f"{_share(effect['chance'])} of "
    return f"{share}{of}{_when(effect)}"


def _when(effect: Told) -> str:
    return f" where {_conditions(effect['when'])}" if effect.get("when") else ""


def _stopped(effect: Told) -> str:
    if effect.get("chance") is not None:
        return f"{_rows(effect, effect['stops'])} are not recorded"
    of = "" if effect["stops"] == ["all"] else f" of {_listed(effect['stops'], 'or')}"
    return f"no row{of}{_when(effect)} is recorded"


def _in_field(effect: Told, path: str, says: str) -> str:
    """What a field says then, named as `event.field`, or alone where many events have it."""
    event, _, field = path.rpartition(".")
    return f"in {_rows(effect, event or 'all')}, {field} {says}"


def _second(same_id: bool) -> str:
    return "the same id" if same_id else "an id of its own"


def _moved_clock(effect: Told) -> str:
    seconds = effect["shifts_clock"]
    late = ", in rows that come in that time" if effect.get("judged_by") == "arrival" else ""
    return f"device clocks are {said_lapse(abs(seconds))} {'ahead' if seconds >= 0 else 'behind'}{late}"


def _sampled(effect: Told) -> str:
    rate = "sample_rate says so" if effect.get("says_so") == "yes" else "no row says so"
    whole = WHOLE[effect["by"]]
    return f"{_share(effect['keep'])} of {_rows(effect, effect['samples'])} are kept, {whole}; {rate}"


SAID: Mapping[str, Callable[[Told], str]] = {
    "changes": _changes,
    "volume": lambda effect: f"there are {_number(effect['volume'])} times as many sessions",
    "stops": _stopped,
    "sends": lambda effect: (
        f"{effect['sends']} is recorded at {effect['at']}, where it did not happen"
        + ("" if effect.get("chance") is None else f", {_share(effect['chance'])} of the time")
    ),
    "repeats": lambda effect: (
        f"{_rows(effect, effect['repeats'])} are written twice, the second with "
        + _second(effect.get("same_id") == "yes")
    ),
    "blanks": lambda effect: _in_field(effect, effect["blanks"], "is empty"),
    "writes": lambda effect: _in_field(effect, effect["writes"], f"says {_value(effect['value'])}"),
    "renames": lambda effect: _in_field(effect, effect["renames"], f"says {effect['now']} in place of {effect['was']}"),
    "rescales": lambda effect: _in_field(effect, effect["rescales"], f"is multiplied by {_number(effect['times'])}"),
    "samples": _sampled,
    "loses": lambda effect: f"{_share(effect['loses'])} of {_sent(effect)} is lost",
    "duplicates": lambda effect: (
        f"{_share(effect['duplicates'])} of {_sent(effect)} comes twice, the second with "
        + _second(effect.get("same_id") != "no")
    ),
    "delays": lambda effect: f"{_sent(effect)} is delayed: {_table(effect['delays'])}",
    "shifts_clock": _moved_clock,
}
"""What an effect does, by its verb."""


def _sent(effect: Told) -> str:
    return "what comes from clients in that time" if effect.get("judged_by") == "arrival" else "what clients send"


# Values


def _table(table: Told) -> str:
    if table.get("row") is not None:
        return _size(table["row"])
    rows = [f"{_table(row)} where {table['given']} is {value}" for value, row in table["rows"].items()]
    return ", ".join([*rows, *([f"else {_table(table['otherwise'])}"] if table.get("otherwise") else [])])


def _size(size: Told) -> str:
    if set(size) == {"low", "high"}:
        return f"between {_value(size['low'])} and {_value(size['high'])}"
    return ", ".join(SIZES[key].format(_value(value)) for key, value in size.items() if key in SIZES)


def _conditions(where: Mapping[str, Iterable[object]]) -> str:
    return _listed([f"{name} is {_listed([_value(one) for one in of], 'or')}" for name, of in where.items()])


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return said_lapse(value["value"]) if value["is_time"] else _number(value["value"])
    return _number(value) if isinstance(value, int | float) else str(value)


def _listed(items: Iterable[str], word: str = "and") -> str:
    *most, last = items
    return f"{', '.join(most)} {word} {last}" if most else last


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float) -> str:
    return f"{float(f'{value:.4g}'):,.10g}"


def _share(value: float) -> str:
    return f"{float(f'{100 * value:.3g}'):g} %"


def _hours(hours: float) -> str:
    return said_lapse(3600 * hours)

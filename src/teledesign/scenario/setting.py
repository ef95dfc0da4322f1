"""Setting one number of a scenario by its dotted path, as forms do: a new scenario comes out.

A path names what a reader sees in the file: `people.production.mode`, `face.suggested.next.right.confirmed`
(an episode's step, its table, row and choice), `model.outcome.yes.wrong`, `upload.photos.mean` (a draw of an episode),
`people.region.north`.  What incidents call a table (`face.suggested.next`, `people.region`) leads to it here too.
"""

from __future__ import annotations

from typing import Any

from teledesign.scenario.base import Frozen
from teledesign.scenario.journey import Episode
from teledesign.scenario.people import People, Production
from teledesign.scenario.quantities import Quantity
from teledesign.scenario.scenario import Scenario
from teledesign.scenario.tables import ChanceRow, ChanceTable, NumberTable, SizeTable

__all__ = ["SettingError", "is_chance", "with_number"]

SAME = 1e-9


class SettingError(ValueError):
    """A path that leads to no number, or a number that cannot stand there."""


def with_number(scenario: Scenario, path: str, value: float, takes_from: str | None = None) -> Scenario:
    """The scenario with one number changed; in a row of chances a neighbour gives way.

    `takes_from` names the neighbour; without it, it is the choice written as `rest`.  Raises SettingError.
    """
    try:
        changed = _changed(scenario, path.split("."), value, takes_from)
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from None
    assert isinstance(changed, Scenario)
    return changed


def is_chance(scenario: Scenario, path: str) -> bool:
    """Whether a path leads to a chance or share in a row of them, so that it reads well in percent."""
    whole: Any = scenario
    keys = path.split(".")
    while keys:
        if isinstance(whole, ChanceRow):
            return ".".join(keys) in whole.chances
        if isinstance(whole, dict):
            whole, keys = whole.get(keys[0]), keys[1:]
        elif isinstance(whole, Frozen) and (field := _way(whole, keys[0])):
            keys = keys[1:] if field == _named(whole, keys[0]) else keys
            whole = getattr(whole, field)
        else:
            return False
    return False


def _changed(whole: Any, keys: list[str], value: float, takes_from: str | None) -> Any:
    if not keys:
        return _number(whole, value)
    key, rest = keys[0], keys[1:]
    if isinstance(whole, ChanceRow):
        return _row_with(whole, ".".join(keys), value, takes_from)
    if isinstance(whole, dict) and key in whole:
        return {**whole, key: _changed(whole[key], rest, value, takes_from)}
    if isinstance(whole, Frozen) and (field := _way(whole, key)):
        below = rest if field == _named(whole, key) else keys
        changed = whole.model_copy(update={field: _changed(getattr(whole, field), below, value, takes_from)})
        return _in_order(changed)
    raise SettingError(f"there is no {key} here. {_known(whole)}")


def _way(whole: Frozen, key: str) -> str | None:
    """The field to go down into for a key: the one it names, or one the file does not write (steps, rows, a row)."""
    if isinstance(whole, Scenario) and key in whole.journey:
        return "journey"
    if isinstance(whole, Episode) and key in whole.steps:
        return "steps"
    if isinstance(whole, Episode) and key in whole.draws:
        return "draws"
    if isinstance(whole, NumberTable) and key in whole.rows:
        return "rows"
    if isinstance(whole, People) and key in whole.attributes:
        return "attributes"
    if isinstance(whole, ChanceTable | SizeTable) and key != "else":
        return "rows" if key in whole.rows else "row" if whole.row is not None else None
    if named := _named(whole, key):
        return named
    tables = (ChanceTable, SizeTable)
    held = [field for field in ("chances", "size") if isinstance(getattr(whole, field, None), tables)]
    return held[0] if held else None


def _named(whole: Frozen, key: str) -> str | None:
    """The field the file writes with that key, if it holds something."""
    for field, info in type(whole).model_fields.items():
        if key == (info.alias or field) and getattr(whole, field) is not None:
            return field
    return None


def _in_order(changed: Frozen) -> Frozen:
    if isinstance(changed, Production) and not changed.low <= changed.mode <= changed.high:
        raise SettingError(f"{changed.mode:g} is outside low to high. Narrow the range, or widen low and high")
    return changed


def _number(old: object, value: float) -> object:
    if isinstance(old, Quantity):
        return Quantity(value, old.is_time)
    if isinstance(old, bool) or not isinstance(old, int | float):
        raise SettingError("this is no number. Name a number of the scenario")
    if isinstance(old, int) and value != int(value):
        raise SettingError(f"this is a whole number, not {value:g}. Let from and step be whole")
    return int(value) if isinstance(old, int) else value


def _row_with(row: ChanceRow, choice: str, value: float, takes_from: str | None) -> ChanceRow:
    if choice not in row.chances:
        raise SettingError(f"there is no choice {choice} in this row. It has {', '.join(row.chances)}")
    giver = takes_from or row.rest
    if giver is None or giver == choice:
        raise SettingError("no neighbour gives way. Name one of the row with takes_from")
    if giver not in row.chances:
        raise SettingError(f"takes_from names {giver}, which is not in this row. It has {', '.join(row.chances)}")
    left = row.chances[giver] + row.chances[choice] - value
    if not 0 <= value <= 1 or left < -SAME:
        raise SettingError(f"{value:g} leaves {giver} less than nothing. Narrow the range")
    return row.model_copy(update={"chances": {**row.chances, choice: value, giver: max(0.0, left)}})


def _known(whole: Any) -> str:
    if isinstance(whole, dict):
        names = list(whole)
    elif isinstance(whole, ChanceTable | SizeTable):
        names = [*whole.rows, *(["else"] if whole.otherwise else [])]
    elif isinstance(whole, Frozen):
        names = [info.alias or field for field, info in type(whole).model_fields.items()]
    else:
        names = []
    return f"There is {', '.join(names)}" if names else "Shorten the path"

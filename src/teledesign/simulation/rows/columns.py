"""The columns of a log: what a field is held as, and which values it can have.

Numbers are held as whole multiples of a power of ten, so that every format prints the same digits.  Text is held
as a code into a column's values, ids and users as numbers that are scrambled and printed when a part is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

import numpy as np

from teledesign.findings import Refusal
from teledesign.scenario import Scenario
from teledesign.scenario.events import EventField
from teledesign.scenario.names import Kind, Names
from teledesign.scenario.quantities import Range
from teledesign.scenario.tables import ChanceTable, SizeTable

__all__ = [
    "NOTHING",
    "NO_CODE",
    "RATE_DECIMALS",
    "VARIANTS",
    "Column",
    "Type",
    "column_of",
    "decimals_of",
    "id_prefix",
    "merged_with",
    "no_code",
    "printable",
    "with_lies",
]

VARIANTS = ("on", "holdback")
"""The experiment arms of `variant`, by code."""
NO_CODE = 255
"""The code of "no value" in a text column."""
MANY_CODES = 65_535
"""The same in a text column of many values."""
WHOLE_UNITS = frozenset({"ms", "B", "px", "chars", "lines"})
PRINTABLE = re.compile(r"[a-z0-9][a-z0-9._-]*")
READ_AS_MISSING = frozenset({"nan", "null"})
"""What pandas takes for no value when it reads a CSV."""
DECIMALS = 4
"""Decimals of a number that says neither unit nor rounding."""
TIME_DECIMALS = 3
MOST_PLACES_LOST = 6
RATE_DECIMALS = 9
"""Decimals of `sample_rate`."""


class Type(StrEnum):
    """How a column is held and printed."""

    NUMBER = "number"
    TEXT = "text"
    ID = "id"
    USER = "user"
    TIME = "time"


NOTHING = {Type.NUMBER: np.iinfo(np.int64).min, Type.ID: 0}
"""What a column that is no text holds where there is no value."""


@dataclass(frozen=True)
class Column:
    """One column: numbers are multiples of 10**-decimals; `values` are what codes of a text column mean.

    `undeclared` are values that only an incident writes; they stand in every log's layout, whatever runs.
    """

    name: str
    type: Type
    decimals: int = 0
    values: tuple[str, ...] = ()
    prefix: str = ""
    undeclared: frozenset[str] = frozenset()

    @property
    def declared(self) -> tuple[str, ...]:
        """The values that the scenario says a text column has."""
        return tuple(value for value in self.values if value not in self.undeclared)

    @property
    def dtype(self) -> str:
        """The NumPy type that holds it."""
        if self.type is Type.TEXT:
            return "u1" if len(self.values) < NO_CODE else "u2"
        return {Type.NUMBER: "i8", Type.ID: "u8", Type.USER: "u4", Type.TIME: "i8"}[self.type]


def column_of(scenario: Scenario, names: Names, event: str, name: str, field: EventField) -> Column:
    """The column of a field of one event."""
    if field.person is not None:
        return Column(name, Type.USER, prefix="u")
    if field.id is not None:
        return Column(name, Type.ID, prefix=id_prefix(scenario, names, field.id))
    if field.elapsed_since is not None:
        return Column(name, Type.NUMBER, decimals_of(field))
    values = _values(scenario, names, event, name, field)
    if values is None:
        return Column(name, Type.NUMBER, decimals_of(field, _is_count(scenario, names, field)))
    numbers = [value for value in values if not isinstance(value, str)]
    if numbers and len(numbers) == len(values):
        return Column(name, Type.NUMBER, max(_decimals(number) for number in numbers))
    texts = tuple(dict.fromkeys(value if isinstance(value, str) else f"{value:g}" for value in values))
    return Column(name, Type.TEXT, values=printable(name, texts))


def _values(
    scenario: Scenario, names: Names, event: str, name: str, field: EventField
) -> tuple[str | float, ...] | None:
    """What a field can hold; None for numbers that are drawn or measured."""
    if field.always is not None:
        return (field.always,)
    if field.draw is not None:
        return field.draw.chances.choices if field.draw.chances else None
    if field.copied is not None:
        known = names.get(field.copied)
        return known.values if known is not None and known.values else None
    found: dict[str | float, None] = {}
    for episode in scenario.journey.values():
        for step in episode.steps.values():
            for emission in step.emits:
                if emission.event == event and name in emission.hands:
                    handed = emission.hands[name]
                    found.update(dict.fromkeys(handed.choices if isinstance(handed, ChanceTable) else (handed,)))
    return tuple(found)


def id_prefix(scenario: Scenario, names: Names, episode: str) -> str:
    """The letter before ids of an episode, so that the same episode has the same id in every column."""
    if names.session_of(episode) == episode:
        return "s"
    return "i" if scenario.journey[episode].kind == "interaction" else "e"


def decimals_of(field: EventField, is_count: bool = False) -> int:
    """How many decimals a number field is printed with."""
    if field.round is not None:
        return _decimals(field.round)
    if field.unit in WHOLE_UNITS or is_count:
        return 0
    return TIME_DECIMALS if field.unit in ("s", "min", "h", "d") else DECIMALS


def _is_count(scenario: Scenario, names: Names, field: EventField) -> bool:
    if field.copied == "position":
        return True
    if field.copied is None:
        return field.draw is not None and field.draw.size is not None and _counts(field.draw.size)
    known = names.get(field.copied)
    if known is None or known.kind is not Kind.NUMBER:
        return False
    draw = scenario.journey[known.holder].draws[field.copied]
    return draw.size is not None and _counts(draw.size)


def _counts(table: SizeTable) -> bool:
    """Whether every leaf of a size table is a count or a whole constant."""
    if table.row is not None:
        whole = table.row.value is not None and float(table.row.value.value).is_integer()
        return table.row.kind == "count" or (whole and not table.row.is_time)
    leaves = [*table.rows.values(), *([table.otherwise] if table.otherwise else [])]
    return bool(leaves) and all(_counts(leaf) for leaf in leaves)


def no_code(column: Column) -> int:
    """The code of "no value" in a text column."""
    return NO_CODE if column.dtype == "u1" else MANY_CODES


def _decimals(number: float) -> int:
    exponent = Decimal(repr(float(number))).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def with_lies(scenario: Scenario, event: str, column: Column) -> Column:
    """The column with room for what incidents of the scenario can write into it, whether they run or not."""
    place = f"{event}.{column.name}"
    effects = [effect for incident in scenario.incidents.values() for effect in incident.effects]
    written = [effect.value for effect in effects if effect.writes == place]
    written += [effect.now for effect in effects if effect.renames == place]
    if column.type is Type.TEXT:
        texts = [value if isinstance(value, str) else f"{value:g}" for value in written if value is not None]
        new = tuple(dict.fromkeys(text for text in texts if text not in column.values))
        values = printable(column.name, column.values + new)
        return replace(column, values=values, undeclared=column.undeclared | frozenset(new))
    factors = [effect.times for effect in effects if effect.rescales == place]
    return replace(column, decimals=column.decimals + max(map(_places_lost, factors), default=0))


def _places_lost(times: object) -> int:
    """How many decimals more a number needs once it is multiplied: three for a thousandth."""
    smallest = times.low if isinstance(times, Range) else times
    if not isinstance(smallest, int | float) or smallest <= 0:
        return 0
    lost = 0
    while smallest * 10**lost < 0.5 and lost < MOST_PLACES_LOST:
        lost += 1
    return lost


def merged_with(known: Column | None, new: Column, event: str) -> Column:
    """The column that holds a field of several events.  Raises Refusal where they are not of one type."""
    if known is None:
        return new
    if known.type is not new.type or known.prefix != new.prefix:
        raise Refusal(
            f"the field {new.name} of {event} is not of the same type as in another event. Rename one of the two"
        )
    values = tuple(dict.fromkeys(known.values + new.values))
    undeclared = frozenset(values) - {*known.declared, *new.declared}
    return Column(new.name, new.type, max(known.decimals, new.decimals), values, new.prefix, undeclared)


def printable(column: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Values that mean the same in JSON, CSV and a spreadsheet.  Raises Refusal for others."""
    for value in values:
        if not PRINTABLE.fullmatch(value):
            raise Refusal(
                f"the value {value!r} of {column} could be misread in a log. "
                "Use lower-case letters, digits, dots, hyphens and underscores, beginning with a letter or digit"
            )
        if value in READ_AS_MISSING:
            raise Refusal(f"the value {value!r} of {column} is read as missing by some programs. Use another word")
    return values

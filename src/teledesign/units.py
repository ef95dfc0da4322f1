"""Units of measure: exact factors over a few base dimensions.

A unit is a factor (a fraction) and exponents over base dimensions, so `GB` (10⁹ bytes) and `GiB` (2³⁰ bytes)
measure the same and are not the same.  A month is a dimension of its own: how long it is, is an input
(`day/month`), as price sheets differ on it.  Each currency, each kind of thing counted, and people's
time at work are dimensions too, so that bytes per event cannot pass for bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from teledesign.findings import nearest

__all__ = [
    "CURRENCIES",
    "NUMBER",
    "UNITS",
    "Measure",
    "Unit",
    "UnitError",
    "convert",
    "factor_between",
    "parse_measure",
    "parse_unit",
    "with_unit",
]

CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "INR")
COUNTED = (
    *("event", "record", "request", "object", "item", "series", "sample", "query", "user", "seat", "run"),
    *("stream", "shard", "host", "core", "board", "alarm", "unit"),
)
"""Kinds of things that are counted; adding one kind to another is a mistake.  `unit` is whatever a vendor calls so."""

_POWERS = {"k": 1, "M": 2, "G": 3, "T": 4, "P": 5}
_TIME = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
_WORK = {"work_minute": 60, "work_hour": 3600}
_NUMBER_WORDS = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
MAX_LENGTH = 80
MAX_POWER = 9


class UnitError(ValueError):
    """A unit that cannot be read, or two units that do not fit; the message names them."""

    rule = "wrong-unit"


@dataclass(frozen=True)
class Unit:
    """A factor over base dimensions; `text` is how it was written and plays no part in comparison."""

    factor: Fraction = Fraction(1)
    exponents: tuple[tuple[str, int], ...] = ()
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text or self._spelled()

    def __mul__(self, other: Unit) -> Unit:
        return Unit(self.factor * other.factor, _sum(self.exponents, other.exponents, 1))

    def __truediv__(self, other: Unit) -> Unit:
        return Unit(self.factor / other.factor, _sum(self.exponents, other.exponents, -1))

    def __pow__(self, power: int) -> Unit:
        return Unit(self.factor**power, tuple((name, e * power) for name, e in self.exponents if power))

    def called(self, text: str) -> Unit:
        """The same unit under another name."""
        return Unit(self.factor, self.exponents, text)

    def with_month(self, seconds: Fraction) -> Unit:
        """The same unit where a month is that many seconds long."""
        held = dict(self.exponents)
        power = held.pop("month", 0)
        rest = Unit(self.factor * seconds**power, tuple(sorted(held.items())))
        return rest * Unit(Fraction(1), (("second", power),)) if power else rest

    @property
    def is_number(self) -> bool:
        """Whether it is a plain number, without a dimension and a factor."""
        return not self.exponents and self.factor == 1

    def _spelled(self) -> str:
        above = "·".join(_powered(name, e) for name, e in self.exponents if e > 0)
        below = "·".join(_powered(name, -e) for name, e in self.exponents if e < 0)
        scale = "" if self.factor == 1 else str(self.factor)
        head = " ".join(part for part in (scale, above) if part) or "1"
        if not below:
            return head
        return f"{head}/({below})" if "·" in below else f"{head}/{below}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}


def _validated(value: object) -> Unit:
    if isinstance(value, Unit):
        return value
    if not isinstance(value, str):
        raise UnitError(f"{value!r} is not a unit. Write one such as GB, GB-month or 1000 request")
    return parse_unit(value)


def _powered(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"


def _sum(
    left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...], sign: int
) -> tuple[tuple[str, int], ...]:
    held = dict(left)
    for name, exponent in right:
        held[name] = held.get(name, 0) + sign * exponent
    return tuple(sorted((name, exponent) for name, exponent in held.items() if exponent))


def _all_units() -> Mapping[str, Unit]:
    known = {name: Unit(Fraction(1), ((name, 1),), name) for name in (*CURRENCIES, *COUNTED, "month")}
    for name in ("byte", "B"):
        known[name] = Unit(Fraction(1), (("byte", 1),), name)
    for letter, power in _POWERS.items():
        known[f"{letter}B"] = Unit(Fraction(10 ** (3 * power)), (("byte", 1),), f"{letter}B")
        binary = f"{letter.upper()}iB"
        known[binary] = Unit(Fraction(2 ** (10 * power)), (("byte", 1),), binary)
    known["J"] = Unit(Fraction(1), (("J", 1),), "J")
    for name, seconds in _TIME.items():
        known[name] = Unit(Fraction(seconds), (("second", 1),), name)
    for name, seconds in _WORK.items():
        known[name] = Unit(Fraction(seconds), (("work_second", 1),), name)
    return known


UNITS: Mapping[str, Unit] = _all_units()
"""Every unit by name.  `kB` is 1,000 bytes and `KiB` 1,024; `work_hour` is an hour of a person's work."""

NUMBER = Unit(text="1")
"""A plain number."""

_TOKEN = re.compile(r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?)|(?P<name>[A-Za-z_]+)|(?P<sign>[-·*/()^]))")


def parse_unit(text: str) -> Unit:
    """The unit a text names: `USD/GB-month`, `1000 request`, `event/(user day)`, `kB`.

    Division binds loosest, so `USD/GB-month` is dollars per (GB-month) and `USD/1000 request` dollars per
    thousand requests.  Raises UnitError.
    """
    if not isinstance(text, str) or not text.strip():
        raise UnitError("a unit is empty. Write one such as GB, GB-month or 1000 request")
    if len(text) > MAX_LENGTH:
        raise UnitError(f"a unit of {len(text)} characters is too long. Write at most {MAX_LENGTH}")
    return _Reader(text).read().called(text.strip())


class _Reader:
    """One pass over the tokens of a unit."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        end = len(text.rstrip())
        at = 0
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                self.fail(f"{text[at:].strip()[0]!r} has no meaning here")
            self.tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            at = match.end()
        self.at = 0

    def fail(self, why: str) -> NoReturn:
        """Refuse the unit."""
        raise UnitError(f"{self.text.strip()!r} is not a unit: {why}. Write one such as GB, GB-month or 1000 request")

    def peek(self) -> tuple[str, str]:
        """The next token, or an empty one."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def read(self) -> Unit:
        """The whole text."""
        unit = self.quotient()
        if self.at < len(self.tokens):
            self.fail(f"{self.peek()[1]!r} is left over")
        return unit

    def quotient(self) -> Unit:
        """Products parted by slashes."""
        unit = self.product()
        while self.peek() == ("sign", "/"):
            self.at += 1
            unit = unit / self.product()
        return unit

    def product(self) -> Unit:
        """Factors side by side, or joined by `-`, `·` or `*`."""
        unit = self.power()
        while True:
            kind, token = self.peek()
            if kind == "sign" and token in "-·*":
                self.at += 1
            elif not (kind in ("number", "name") or token == "("):
                return unit
            unit = unit * self.power()

    def power(self) -> Unit:
        """A factor, perhaps raised to a whole number."""
        unit = self.single()
        if self.peek() != ("sign", "^"):
            return unit
        self.at += 1
        kind, token = self.peek()
        if kind != "number" or not token.isdigit() or not 1 <= int(token) <= MAX_POWER:
            self.fail(f"a power is a whole number from 1 to {MAX_POWER}")
        self.at += 1
        return unit ** int(token)

    def single(self) -> Unit:
        """A number, a name or something in parentheses."""
        kind, token = self.peek()
        self.at += 1
        if kind == "number":
            value = Fraction(token.replace(",", ""))
            if not value:
                self.fail("a factor of 0 makes no unit")
            return Unit(value)
        if kind == "name":
            return self.named(token)
        if token == "(":
            unit = self.quotient()
            if self.peek() != ("sign", ")"):
                self.fail("a parenthesis is not closed")
            self.at += 1
            return unit
        self.fail("a name is missing" if not token else f"{token!r} stands where a name should")

    def named(self, name: str) -> Unit:
        """A unit or number word of ours, singular or plural."""
        for spelling in (name, name[:-1] if len(name) > 3 and name.endswith("s") else name):
            if spelling in _NUMBER_WORDS:
                return Unit(Fraction(_NUMBER_WORDS[spelling]))
            if spelling in UNITS:
                return UNITS[spelling]
        known = (*UNITS, *_NUMBER_WORDS)
        close = next((one for one in known if one.lower() == name.lower()), None) or nearest(name, known)
        remedy = f" (perhaps {close})" if close else f"; what is counted is {', '.join(COUNTED[:-1])} or, else, a unit"
        self.fail(f"there is no unit {name}{remedy}")


def factor_between(source: Unit, target: Unit) -> Fraction:
    """What a number of `source` is multiplied by to be a number of `target`.

    Raises UnitError, naming both, where they do not measure the same.
    """
    if source.exponents != target.exponents:
        raise UnitError(f"{source} and {target} do not measure the same. Use a unit that fits")
    return source.factor / target.factor


def convert(value: float, source: Unit, target: Unit) -> float:
    """A number of `source` as a number of `target`.  Raises UnitError."""
    factor = factor_between(source, target)
    return value * float(factor.numerator) / float(factor.denominator)


@dataclass(frozen=True)
class Measure:
    """A number with its unit, such as `10 MB` or `250 million event`."""

    number: float
    unit: Unit

    def __str__(self) -> str:
        return with_unit(f"{self.number:,.12g}", str(self.unit))

    def in_unit(self, target: Unit) -> float:
        """The number it is in another unit.  Raises UnitError."""
        return convert(self.number, self.unit, target)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            parse_measure, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": _MEASURE.pattern}


_MEASURE = re.compile(r"^([0-9][0-9,]*(?:\.[0-9]+)?) (.+)$")


def parse_measure(value: object) -> Measure:
    """A measure from a text such as `10 MB`.  Raises UnitError."""
    if isinstance(value, Measure):
        return value
    match = _MEASURE.match(value) if isinstance(value, str) and len(value) <= 2 * MAX_LENGTH else None
    if match is None:
        raise UnitError(f"{value!r:.100} is no measure. Write a number, a space and a unit, such as 10 MB")
    return Measure(float(match[1].replace(",", "")), parse_unit(match[2]))


def with_unit(number: str, unit: str) -> str:
    """A number and its unit for reading: `5 GB`, `0.72 × 1000 series-month`, `0.1`."""
    if unit in ("", "1"):
        return number
    return f"{number} × {unit}" if unit[0].isdigit() else f"{number} {unit}"

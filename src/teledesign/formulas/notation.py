"""A formula as one writes it by hand: what stands beside, above and below what; each face prints it in its language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "EQUALS",
    "GREEK",
    "MINUS",
    "PLUS",
    "SUBSCRIPTS",
    "TIMES",
    "Notation",
    "call",
    "cases",
    "fenced",
    "figure",
    "fraction",
    "literal",
    "number",
    "plain_number",
    "power",
    "root",
    "row",
    "said",
    "sign",
    "word",
]

Kind = Literal["word", "number", "sign", "said", "call", "row", "fraction", "power", "root", "fenced", "cases"]


@dataclass(frozen=True)
class Notation:
    """A part of a formula: a sign with its `text`, or a way to set `parts`.

    A `word` stands for what formulas call `name`; a `call` is a function's name and its values; `fenced` has the two
    fences as its text; `cases` are a value, when it holds, and the value otherwise.
    """

    kind: Kind
    text: str = ""
    parts: tuple[Notation, ...] = ()
    name: str = ""


def _shown(text: str) -> str:
    """The text without what cannot be seen: control characters, and marks that turn the writing direction around."""
    return "".join(character for character in text if character.isprintable())


def plain_number(value: float) -> str:
    """A number for reading, to six digits or, from ten thousand on, to the cent: `35,000,000`, `0.000417`."""
    if abs(value) >= 1e15 or (value and abs(value) < 1e-6):
        return f"{value:.6g}"
    power = int(f"{value:e}".partition("e")[2])
    shown = f"{value:,.{max(2, 5 - power)}f}"
    return shown.rstrip("0").rstrip(".")


GREEK = {"alpha": "α", "beta": "β", "chi": "χ", "delta": "δ", "lambda_": "λ", "mu": "μ", "pi": "π", "sigma": "σ"}
"""Names that are letters."""


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_COUNTED = re.compile(r"_(\d+)$")


def word(name: str, text: str = "") -> Notation:
    """A name, set as words: `hot_days` is “hot days”, `price_1` is “price₁”, and `delta` is “δ”."""
    counted = _COUNTED.sub(lambda found: found[1].translate(SUBSCRIPTS), name)
    return Notation("word", _shown(text or GREEK.get(name) or counted.replace("_", " ")), name=name)


def said(text: str) -> Notation:
    """Words between, such as a unit."""
    return Notation("said", _shown(text))


def number(value: float) -> Notation:
    """A number as `plain_number` has it; very large and very small ones are a multiple of a power of ten."""
    digits, _, tens = plain_number(value).partition("e")
    shown = figure(digits)
    if not tens:
        return shown
    return _ten_to(int(tens)) if digits == "1" else row(shown, TIMES, _ten_to(int(tens)))


def figure(digits: str) -> Notation:
    """A number that is printed already."""
    return Notation("number", _shown(digits).replace("-", "−"))


def _ten_to(tens: int) -> Notation:
    return power(figure("10"), figure(str(tens)))


def literal(value: float) -> Notation:
    """A number as it stands in a formula's text: whole powers of ten from a million on are written as such."""
    tens = len(f"{value:.0f}") - 1 if 1e6 <= value < 1e15 else 0
    return _ten_to(tens) if tens and value == 10**tens else number(value)


def sign(text: str) -> Notation:
    """An operator or a comparison."""
    return Notation("sign", text)


PLUS, MINUS, TIMES, EQUALS = sign("+"), sign("−"), sign("×"), sign("=")


def row(*parts: Notation) -> Notation:
    """One after the other; rows in it that are not fenced become part of it."""
    flat: list[Notation] = []
    for part in parts:
        flat += part.parts if part.kind == "row" else [part]
    return Notation("row", parts=tuple(flat))


def fraction(above: Notation, below: Notation) -> Notation:
    """One above the other."""
    return Notation("fraction", parts=(above, below))


def power(base: Notation, exponent: Notation) -> Notation:
    """A base with an exponent."""
    return Notation("power", parts=(base, exponent))


def root(inside: Notation) -> Notation:
    """A square root."""
    return Notation("root", parts=(inside,))


def fenced(inside: Notation, fences: str = "()") -> Notation:
    """Between fences that grow with it."""
    return Notation("fenced", fences, (inside,))


def call(name: str, values: Iterable[Notation]) -> Notation:
    """A function and its values."""
    return Notation("call", name.replace("_", " "), tuple(values))


def cases(value: Notation, when: Notation, otherwise: Notation) -> Notation:
    """A value where a condition holds, and another otherwise."""
    return Notation("cases", parts=(value, when, otherwise))

"""A face of formulas: TeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from teledesign.formulas.notation import GREEK, SUBSCRIPTS, Notation

__all__ = ["TEX", "in_tex"]

TEX: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
}
"""What a character that TeX would take for its own is written as."""

_SIGNS: Mapping[str, str] = {"×": r"\times", "−": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx"}
_FENCES: Mapping[str, tuple[str, str]] = {
    "()": ("(", ")"),
    "⌈⌉": (r"\lceil", r"\rceil"),
    "⌊⌋": (r"\lfloor", r"\rfloor"),
}
_LETTERS = {letter: "\\" + name.rstrip("_") for name, letter in GREEK.items()}
_KNOWN = ("min", "max")
_DIGITS = {below: digit for digit, below in SUBSCRIPTS.items()}
_COUNTS = "".join(map(chr, _DIGITS))


def in_tex(one: Notation) -> str:
    """TeX of a notation, to stand between dollars."""
    return _PRINTERS[one.kind](one)


def _escaped(text: str) -> str:
    return "".join(TEX.get(character, character) for character in text)


def _said(one: Notation) -> str:
    return rf"\text{{{_escaped(one.text)}}}"


def _word(one: Notation) -> str:
    if one.text in _LETTERS:
        return _LETTERS[one.text]
    base = one.text.rstrip(_COUNTS)
    letters = base if len(base) == 1 and base.isalpha() else rf"\text{{{_escaped(base)}}}"
    counted = one.text[len(base) :].translate(_DIGITS)
    return f"{{{letters}}}_{{{counted}}}" if counted else letters


def _call(one: Notation) -> str:
    name = rf"\{one.text}" if one.text in _KNOWN else rf"\operatorname{{{_escaped(one.text)}}}".replace(" ", r"\ ")
    return rf"{name}\left({', '.join(map(in_tex, one.parts))}\right)"


def _power(one: Notation) -> str:
    base, exponent = map(in_tex, one.parts)
    return rf"{{{base}}}^{{{exponent}}}"


def _fenced(one: Notation) -> str:
    opening, closing = _FENCES[one.text]
    apart = " " if opening.startswith("\\") else ""
    return rf"\left{opening}{apart}{in_tex(one.parts[0])}{apart}\right{closing}"


def _fraction(one: Notation) -> str:
    above, below = map(in_tex, one.parts)
    return rf"\frac{{{above}}}{{{below}}}"


def _cases(one: Notation) -> str:
    value, when, otherwise = map(in_tex, one.parts)
    rows = rf"{value} & \text{{if }} {when} \\ {otherwise} & \text{{otherwise}}"
    return rf"\begin{{cases}} {rows} \end{{cases}}"


_PRINTERS: Mapping[str, Callable[[Notation], str]] = {
    "word": _word,
    "number": lambda one: one.text.replace(",", "{,}").replace("−", "-"),
    "sign": lambda one: _SIGNS.get(one.text, one.text),
    "said": _said,
    "call": _call,
    "row": lambda one: " ".join(map(in_tex, one.parts)),
    "fraction": _fraction,
    "power": _power,
    "root": lambda one: rf"\sqrt{{{in_tex(one.parts[0])}}}",
    "fenced": _fenced,
    "cases": _cases,
}
"""Kind of notation -> its TeX."""

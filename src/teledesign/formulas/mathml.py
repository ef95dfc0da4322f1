"""A face of formulas: MathML as browsers draw it (MathML Core), with the TeX beside it to be copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from teledesign.formulas.notation import Notation
from teledesign.formulas.tex import in_tex

__all__ = ["in_mathml"]


def in_mathml(one: Notation, *, large: bool = False) -> str:
    """A `math` element; names are `mi` with `data-name`.  A large one stands by itself: its fractions are not small."""
    style = ' displaystyle="true"' if large else ""
    # A site's search looks for words, not for TeX.
    tex = f'<annotation encoding="application/x-tex" data-search-exclude="">{escape(in_tex(one))}</annotation>'
    return f"<math{style}><semantics>{_element('mrow', _printed(one))}{tex}</semantics></math>"


def _printed(one: Notation) -> str:
    """The notation as elements, one after the other."""
    return _PRINTERS[one.kind](one)


def _alone(one: Notation) -> str:
    """The notation as one element."""
    return _element("mrow", _printed(one)) if one.kind in ("row", "call") else _printed(one)


def _element(tag: str, inside: str, given: str = "") -> str:
    return f"<{tag}{given}>{inside}</{tag}>"


def _word(one: Notation) -> str:
    return _element("mi", escape(one.text), f' data-name="{escape(one.name)}"' if one.name else "")


def _sign(one: Notation) -> str:
    # A blank is nothing to MathML; a page that lets plain rows flow as text may break its line there.
    return " " + _element("mo", escape(one.text))


def _call(one: Notation) -> str:
    values = '<mo separator="true">,</mo> '.join(map(_printed, one.parts))
    name = f'{_element("mi", escape(one.text))}<mo rspace="0">\u2061</mo>'
    return name + _between("()", values, any(map(_is_tall, one.parts)))


def _fenced(one: Notation) -> str:
    return _between(one.text, _printed(one.parts[0]), _is_tall(one))


def _between(fences: str, inside: str, tall: bool) -> str:
    opening, closing = (f'<mo stretchy="{str(tall).lower()}">{fence}</mo>' for fence in fences)
    return f"<mrow>{opening}{inside}{closing}</mrow>"


def _is_tall(one: Notation) -> bool:
    """Whether anything in it stands above or below something, so that fences must grow."""
    return one.kind in ("fraction", "root", "cases") or any(map(_is_tall, one.parts))


def _cases(one: Notation) -> str:
    value, when, otherwise = map(_alone, one.parts)
    rows = (
        f"<mtr><mtd>{value}</mtd><mtd><mtext>if\u00a0</mtext>{when}</mtd></mtr>"
        f"<mtr><mtd>{otherwise}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>"
    )
    return f'<mrow><mo stretchy="true">{{</mo><mtable>{rows}</mtable></mrow>'


_PRINTERS: Mapping[str, Callable[[Notation], str]] = {
    "word": _word,
    "number": lambda one: _element("mn", escape(one.text)),
    "sign": _sign,
    "said": lambda one: _element("mtext", escape(one.text).replace(" ", "\u00a0")),
    "call": _call,
    "row": lambda one: "".join(map(_printed, one.parts)),
    "fraction": lambda one: _element("mfrac", "".join(map(_alone, one.parts))),
    "power": lambda one: _element("msup", "".join(map(_alone, one.parts))),
    "root": lambda one: _element("msqrt", _printed(one.parts[0])),
    "fenced": _fenced,
    "cases": _cases,
}
"""Kind of notation -> its elements."""

"""Formulas for Word: the MathML of `formulas.mathml` as equations that can be edited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from teledesign.rendering import visible

__all__ = ["equation"]


def equation(math: Element) -> str:
    """The equation of a `math` element."""
    return f"<m:oMath>{_all(math)}</m:oMath>"


def _all(elements: Iterable[Element]) -> str:
    return "".join(map(_one, elements))


def _one(element: Element) -> str:
    return _PRINTERS[element.tag](element)


UPRIGHT, ITALIC, WORDS = '<m:sty m:val="p"/>', '<m:sty m:val="i"/>', "<m:nor/>"


def _text(element: Element, how: str = WORDS) -> str:
    shown = escape(visible(element.text or ""))
    return f'<m:r><m:rPr>{how}</m:rPr><m:t xml:space="preserve">{shown}</m:t></m:r>' if shown else ""


def _sign(element: Element) -> str:
    return "" if element.text == "\u2061" else _text(element, UPRIGHT)


def _name(element: Element) -> str:
    return _text(element, ITALIC if len(element.text or "") == 1 else WORDS)


def _row(element: Element) -> str:
    parts = list(element)
    if not parts or not parts[0].get("stretchy"):
        return _all(parts)
    closing = parts.pop() if parts[-1].get("stretchy") else None
    return _fenced(parts[0].text or "", _all(parts[1:]), "" if closing is None else closing.text or "")


def _fenced(opening: str, inside: str, closing: str) -> str:
    fences = f"<m:begChr m:val={quoteattr(opening)}/><m:endChr m:val={quoteattr(closing)}/>"
    return f"<m:d><m:dPr>{fences}</m:dPr><m:e>{inside}</m:e></m:d>"


def _pair(tag: str, first: str, second: str) -> Callable[[Element], str]:
    def printed(element: Element) -> str:
        one, two = element
        return f"<m:{tag}><m:{first}>{_one(one)}</m:{first}><m:{second}>{_one(two)}</m:{second}></m:{tag}>"

    return printed


def _root(element: Element) -> str:
    return f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e>{_all(element)}</m:e></m:rad>'


def _table(element: Element) -> str:
    columns = '<m:mc><m:mcPr><m:count m:val="2"/><m:mcJc m:val="left"/></m:mcPr></m:mc>'
    rows = "".join(f"<m:mr>{''.join(f'<m:e>{_all(cell)}</m:e>' for cell in row)}</m:mr>" for row in element)
    return f"<m:m><m:mPr><m:mcs>{columns}</m:mcs></m:mPr>{rows}</m:m>"


_PRINTERS: Mapping[str, Callable[[Element], str]] = {
    "semantics": _all,
    "annotation": lambda _: "",
    "mrow": _row,
    "mi": _name,
    "mn": lambda element: _text(element, UPRIGHT),
    "mtext": _text,
    "mo": _sign,
    "mfrac": _pair("f", "num", "den"),
    "msup": _pair("sSup", "e", "sup"),
    "msqrt": _root,
    "mtable": _table,
}
"""Element -> how Word says it."""

"""Reads printed mathematics back: MathML into the language of formulas, so that what a page shows can be worked out."""

from __future__ import annotations

from collections.abc import Collection
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from teledesign.formulas import Formula

SIGNS = {
    "×": "*",
    "−": "-",
    "+": "+",
    "=": "==",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    ">": ">",
    "<": "<",
    ",": ",",
    "\u2061": "",
}
FENCES = {"(": "({})", "⌈": "ceil_to({}, 1)", "⌊": "floor_to({}, 1)", "{": "({})"}


def worked_out(math: str, values: dict[str, float]) -> float:
    """What a printed `math` element comes to; names that are left in it have these values."""
    return float(read_back(math, values).evaluate(values))


def read_back(math: str, names: Collection[str] = ()) -> Formula:
    """The formula that a printed `math` element shows."""
    root = ElementTree.fromstring(math)
    assert root.tag.rpartition("}")[2] == "math"
    return Formula.parse(arithmetic(root), names)


def arithmetic(one: Element) -> str:
    """An element in the language of formulas."""
    tag, children = one.tag.rpartition("}")[2], list(one)
    match tag:
        case "math":
            return arithmetic(children[0])
        case "semantics":
            return arithmetic(children[0])
        case "mi":
            return one.get("data-name") or (one.text or "").replace(" ", "_")
        case "mn":
            return (one.text or "").replace(",", "").replace("−", "-")
        case "mo":
            return SIGNS[one.text or ""]
        case "mfrac":
            above, below = map(arithmetic, children)
            return f"(({above}) / ({below}))"
        case "msup":
            base, exponent = children
            if exponent.text == "+":
                return f"max({arithmetic(base)}, 0)"
            power = arithmetic(exponent)
            return f"1e{power}" if base.text == "10" else f"(({arithmetic(base)}) ** {power})"
        case "msqrt":
            return f"sqrt({''.join(map(arithmetic, children))})"
        case "mtable":
            (value, when), (otherwise, _) = [list(row) for row in children]
            condition = "".join(map(arithmetic, list(when)[1:]))
            return f"({arithmetic(value[0])}) if {condition} else ({arithmetic(otherwise[0])})"
        case "mrow" if children and children[0].get("stretchy"):
            closing = children[-1].get("stretchy") is not None
            inside = "".join(map(arithmetic, children[1 : -1 if closing else None]))
            return FENCES[children[0].text or ""].format(inside)
        case "mrow":
            return "".join(map(arithmetic, children))
    raise AssertionError(f"nobody prints {tag}")

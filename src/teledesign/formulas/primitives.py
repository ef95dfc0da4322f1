"""The functions formulas may call, in Python and JavaScript, the same operations in the same order; and as written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from teledesign.formulas.notation import (
    MINUS,
    PLUS,
    TIMES,
    Notation,
    call,
    fenced,
    fraction,
    number,
    power,
    root,
    row,
)
from teledesign.units import Unit, UnitError

__all__ = [
    "JAVASCRIPT",
    "PRIMITIVES",
    "SNAP",
    "SNAP_MOST",
    "Primitive",
    "Value",
    "ceil_to",
    "floor_to",
    "money",
    "over",
    "product_unit",
    "same_unit",
]

SNAP = 1e-9
SNAP_MOST = 1e-4
"""Before rounding, a number this close to a bound (relative, and at most so much absolutely) is taken to be on it."""

Value: TypeAlias = Any
"""A float, or an array of them (NumPy's broadcasting holds)."""


def _slack(value: Value) -> Value:
    return np.minimum(SNAP * np.maximum(1.0, np.abs(value)), SNAP_MOST)


def _floor(value: Value) -> Value:
    near = np.floor(value + 0.5)
    return np.where(np.abs(value - near) <= _slack(value), near, np.floor(value))


def _ceil(value: Value) -> Value:
    near = np.floor(value + 0.5)
    return np.where(np.abs(value - near) <= _slack(value), near, np.ceil(value))


def floor_to(value: Value, step: Value) -> Value:
    """The largest multiple of a step that is not above the value."""
    return _floor(value / step) * step


def ceil_to(value: Value, step: Value) -> Value:
    """The smallest multiple of a step that is not below the value."""
    return _ceil(value / step) * step


def money(value: Value) -> Value:
    """The amount to the cent, halves away from zero."""
    cents = np.abs(value) * 100
    return np.sign(value) * _floor(cents + 0.5) / 100 + 0.0


def over(value: Value, included: Value) -> Value:
    """What exceeds an included quantity; exactly none where the two are equal but for rounding noise."""
    excess = value - included
    return np.where(excess <= SNAP * np.abs(included), 0.0, excess)


def graduated(value: Value, *tiers: Value) -> Value:
    """Each part of a quantity at the price of its tier: price, bound, price, bound, …, price."""
    total, below = 0.0, 0.0
    for price, bound in zip(tiers[:-1:2], tiers[1::2], strict=True):
        total = total + price * np.maximum(0.0, np.minimum(value, bound) - below)
        below = bound
    return total + tiers[-1] * np.maximum(0.0, value - below)


def volume(value: Value, *tiers: Value) -> Value:
    """The whole quantity at the price of the tier it reaches; a bound belongs to the tier below it."""
    price = tiers[-1]
    for lower, bound in zip(reversed(tiers[:-1:2]), reversed(tiers[1::2]), strict=True):
        price = np.where(value <= bound + SNAP * np.abs(bound), lower, price)
    return value * price


def package(value: Value, size: Value, price: Value) -> Value:
    """Whole packages, the last one begun included."""
    return _ceil(value / size) * price


def flat_included(value: Value, base: Value, included: Value, price: Value) -> Value:
    """A base price that covers an included quantity, and a price for each unit beyond it."""
    return base + over(value, included) * price


def square_root(value: Value) -> Value:
    """The square root, which IEEE 754 rounds exactly on any machine."""
    return np.sqrt(value)


def minimum(value: Value, least: Value) -> Value:
    """An amount, but never less than a minimum."""
    return np.maximum(value, least)


def _largest(*values: Value) -> Value:
    result = values[0]
    for value in values[1:]:
        result = np.maximum(result, value)
    return result


def _smallest(*values: Value) -> Value:
    result = values[0]
    for value in values[1:]:
        result = np.minimum(result, value)
    return result


def same_unit(units: Sequence[Unit | None]) -> Unit | None:
    """The one unit of several values; a literal 0 fits any."""
    known = [unit for unit in units if unit is not None]
    for unit in known[1:]:
        _check_same(known[0], unit)
    return known[0] if known else None


def _check_same(left: Unit, right: Unit) -> None:
    if left.exponents != right.exponents:
        raise UnitError(f"{left} and {right} do not measure the same")
    if left.factor != right.factor:
        raise UnitError(f"{left} and {right} measure the same but differ in size. Convert one of them first")


def product_unit(left: Unit | None, right: Unit | None) -> Unit | None:
    """The unit of a product; a literal 0 keeps it open."""
    return None if left is None or right is None else left * right


def _unit_of_tiers(units: Sequence[Unit | None]) -> Unit | None:
    same_unit([units[0], *units[2::2]])
    return product_unit(units[0], same_unit(units[1::2]))


def _unit_of_package(units: Sequence[Unit | None]) -> Unit | None:
    same_unit(units[:2])
    return units[2]


def _unit_of_flat(units: Sequence[Unit | None]) -> Unit | None:
    value, base, included, price = units
    return same_unit([base, product_unit(same_unit([value, included]), price)])


def _unit_of_root(units: Sequence[Unit | None]) -> Unit | None:
    if units[0] is not None and not units[0].is_number:
        raise UnitError(f"{units[0]} has no square root here, only plain numbers have")
    return units[0]


def _excess(value: Notation, included: Notation) -> Notation:
    """What exceeds, none where nothing does: a bracket with a plus above it."""
    return power(fenced(row(value, MINUS, included)), PLUS)


def _by_tier(bare: Sequence[Notation], tight: Sequence[Notation]) -> Notation:
    """Each part of a quantity at the price of its tier."""
    value, below = bare[0], None
    parts: list[Notation] = []
    for at in range(1, len(bare), 2):
        is_last = at + 1 == len(bare)
        up_to = value if is_last else call("min", (value, bare[at + 1]))
        within = _excess(up_to, below) if below else tight[0] if is_last else up_to
        parts += [PLUS] * bool(parts) + [tight[at], TIMES, within]
        below = None if is_last else tight[at + 1]
    return row(*parts)


def _in_steps(fences: str, bare: Sequence[Notation], tight: Sequence[Notation]) -> Notation:
    """A value rounded to whole steps."""
    if bare[1] == number(1):
        return fenced(bare[0], fences)
    return row(fenced(fraction(bare[0], bare[1]), fences), TIMES, tight[1])


@dataclass(frozen=True)
class Primitive:
    """A function formulas may call: how it works, how JavaScript does it, how it is written, what unit comes out."""

    python: Callable[..., Value]
    javascript: str
    unit: Callable[[Sequence[Unit | None]], Unit | None]
    least: int
    most: int | None = None
    odd_tail: bool = False
    written: Callable[[Sequence[Notation], Sequence[Notation]], Notation] | None = None
    """From its values, bare and bracketed for a product; the name with parentheses where there is none."""
    binds: int = 4
    """How tightly what is written holds together: 1 as a sum, 2 as a product, 3 as a power, 4 as one symbol."""

    def takes(self, count: int) -> bool:
        """Whether it may be called with so many values."""
        return count >= self.least and (self.most is None or count <= self.most) and not (self.odd_tail and count % 2)


JAVASCRIPT = f"""\
function td_slack(x) {{ return Math.min({SNAP!r} * Math.max(1, Math.abs(x)), {SNAP_MOST!r}); }}
function td_floor(x) {{
  const near = Math.floor(x + 0.5);
  return Math.abs(x - near) <= td_slack(x) ? near : Math.floor(x);
}}
function td_ceil(x) {{
  const near = Math.floor(x + 0.5);
  return Math.abs(x - near) <= td_slack(x) ? near : Math.ceil(x);
}}
function td_power(x, n) {{ let result = 1; for (let i = 0; i < n; i++) result = result * x; return result; }}
"""
"""What the primitives' JavaScript stands on."""

PRIMITIVES: Mapping[str, Primitive] = {
    "min": Primitive(
        _smallest,
        "function td_min(...values) { return Math.min(...values); }",
        same_unit,
        2,
        written=lambda a, _: call("min", a),
    ),
    "max": Primitive(
        _largest,
        "function td_max(...values) { return Math.max(...values); }",
        same_unit,
        2,
        written=lambda a, _: call("max", a),
    ),
    "max_of": Primitive(
        _largest,
        "function td_max_of(...values) { return Math.max(...values); }",
        same_unit,
        2,
        written=lambda a, _: call("max", a),
    ),
    "sqrt": Primitive(
        square_root,
        "function td_sqrt(value) { return Math.sqrt(value); }",
        _unit_of_root,
        1,
        1,
        written=lambda a, _: root(a[0]),
    ),
    "minimum": Primitive(
        minimum,
        "function td_minimum(value, least) { return Math.max(value, least); }",
        same_unit,
        2,
        2,
        written=lambda a, _: call("max", a),
    ),
    "ceil_to": Primitive(
        ceil_to,
        "function td_ceil_to(value, step) { return td_ceil(value / step) * step; }",
        same_unit,
        2,
        2,
        written=lambda a, b: _in_steps("⌈⌉", a, b),
        binds=2,
    ),
    "floor_to": Primitive(
        floor_to,
        "function td_floor_to(value, step) { return td_floor(value / step) * step; }",
        same_unit,
        2,
        2,
        written=lambda a, b: _in_steps("⌊⌋", a, b),
        binds=2,
    ),
    "money": Primitive(
        money,
        """\
function td_money(value) {
  const cents = Math.abs(value) * 100;
  return Math.sign(value) * td_floor(cents + 0.5) / 100 + 0;
}""",
        lambda units: units[0],
        1,
        1,
    ),
    "over": Primitive(
        over,
        f"""\
function td_over(value, included) {{
  const excess = value - included;
  return excess <= {SNAP!r} * Math.abs(included) ? 0 : excess;
}}""",
        same_unit,
        2,
        2,
        written=lambda a, b: _excess(a[0], b[1]),
        binds=3,
    ),
    "graduated": Primitive(
        graduated,
        """\
function td_graduated(value, ...tiers) {
  let total = 0, below = 0;
  for (let i = 0; i + 1 < tiers.length; i += 2) {
    total = total + tiers[i] * Math.max(0, Math.min(value, tiers[i + 1]) - below);
    below = tiers[i + 1];
  }
  return total + tiers[tiers.length - 1] * Math.max(0, value - below);
}""",
        _unit_of_tiers,
        2,
        odd_tail=True,
        written=_by_tier,
        binds=1,
    ),
    "volume": Primitive(
        volume,
        f"""\
function td_volume(value, ...tiers) {{
  let price = tiers[tiers.length - 1];
  for (let i = tiers.length - 3; i >= 0; i -= 2) {{
    const bound = tiers[i + 1];
    price = value <= bound + {SNAP!r} * Math.abs(bound) ? tiers[i] : price;
  }}
  return value * price;
}}""",
        _unit_of_tiers,
        2,
        odd_tail=True,
    ),
    "package": Primitive(
        package,
        "function td_package(value, size, price) { return td_ceil(value / size) * price; }",
        _unit_of_package,
        3,
        3,
        written=lambda a, b: row(fenced(fraction(a[0], a[1]), "⌈⌉"), TIMES, b[2]),
        binds=2,
    ),
    "flat_included": Primitive(
        flat_included,
        """\
function td_flat_included(value, base, included, price) {
  return base + td_over(value, included) * price;
}""",
        _unit_of_flat,
        4,
        4,
        written=lambda a, b: row(a[1], PLUS, _excess(a[0], b[2]), TIMES, b[3]),
        binds=1,
    ),
}
"""The functions a formula may call."""

JAVASCRIPT += "\n".join(primitive.javascript for primitive in PRIMITIVES.values()) + "\n"

"""Formulas: one text, checked against a white list, from which every face is printed.

A formula is arithmetic over declared names: `+ - * /`, a power that is a small whole number, comparisons,
`a if b else c`, and the primitives of `PRIMITIVES`.  It is read with `ast` and never handed to `eval`.  One
`Formula` works on floats and on NumPy arrays, prints JavaScript and TeX, and infers its unit.  Python and
the printed JavaScript do the same operations in the same order, so they agree to the last bit.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

import numpy as np

from teledesign.findings import nearest
from teledesign.units import NUMBER, Unit, UnitError

__all__ = [
    "JAVASCRIPT",
    "PRIMITIVES",
    "Formula",
    "FormulaError",
    "Primitive",
    "money",
    "over",
    "plain_number",
    "tex_number",
    "tex_words",
]

MAX_LENGTH = 2000
MAX_NODES = 200
MAX_SIGNS = 400
MAX_POWER = 8
SNAP = 1e-9
SNAP_MOST = 1e-4
"""Before rounding, a number this close to a bound (relative, and at most so much absolutely) is taken to be on it."""

Value: TypeAlias = Any
"""A float, or an array of them (NumPy's broadcasting holds)."""


class FormulaError(ValueError):
    """A formula that is refused, or that gave no number; `column` is 1-based, 0 where none is to blame."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(f"column {column}: {message}" if column else message)
        self.message = message
        self.column = column


# --- Primitives: each in Python and in JavaScript, the same operations in the same order ---


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


def _same(units: Sequence[Unit | None]) -> Unit | None:
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


def _times(left: Unit | None, right: Unit | None) -> Unit | None:
    return None if left is None or right is None else left * right


def _unit_of_tiers(units: Sequence[Unit | None]) -> Unit | None:
    _same([units[0], *units[2::2]])
    return _times(units[0], _same(units[1::2]))


def _unit_of_package(units: Sequence[Unit | None]) -> Unit | None:
    _same(units[:2])
    return units[2]


def _unit_of_flat(units: Sequence[Unit | None]) -> Unit | None:
    value, base, included, price = units
    return _same([base, _times(_same([value, included]), price)])


def _unit_of_root(units: Sequence[Unit | None]) -> Unit | None:
    if units[0] is not None and not units[0].is_number:
        raise UnitError(f"{units[0]} has no square root here, only plain numbers have")
    return units[0]


@dataclass(frozen=True)
class Primitive:
    """A function formulas may call: how it works, how JavaScript does it, how it is written, what unit comes out."""

    python: Callable[..., Value]
    javascript: str
    unit: Callable[[Sequence[Unit | None]], Unit | None]
    least: int
    most: int | None = None
    odd_tail: bool = False
    tex: Callable[[Sequence[str], Sequence[str]], str] | None = None
    """From the values' TeX, bare and bracketed for a product; the name with parentheses where there is none."""
    binds: int = 3
    """How tightly what `tex` writes holds together: 1 as a sum, 2 as a product, 3 as one symbol."""

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
        _same,
        2,
        tex=lambda a, _: rf"\min\left({', '.join(a)}\right)",
    ),
    "max": Primitive(
        _largest,
        "function td_max(...values) { return Math.max(...values); }",
        _same,
        2,
        tex=lambda a, _: rf"\max\left({', '.join(a)}\right)",
    ),
    "max_of": Primitive(
        _largest,
        "function td_max_of(...values) { return Math.max(...values); }",
        _same,
        2,
        tex=lambda a, _: rf"\max\left({', '.join(a)}\right)",
    ),
    "sqrt": Primitive(
        square_root,
        "function td_sqrt(value) { return Math.sqrt(value); }",
        _unit_of_root,
        1,
        1,
        tex=lambda a, _: rf"\sqrt{{{a[0]}}}",
    ),
    "minimum": Primitive(
        minimum,
        "function td_minimum(value, least) { return Math.max(value, least); }",
        _same,
        2,
        2,
        tex=lambda a, _: rf"\max\left({', '.join(a)}\right)",
    ),
    "ceil_to": Primitive(
        ceil_to,
        "function td_ceil_to(value, step) { return td_ceil(value / step) * step; }",
        _same,
        2,
        2,
        tex=lambda a, b: rf"\left\lceil \frac{{{a[0]}}}{{{a[1]}}} \right\rceil \cdot {b[1]}",
        binds=2,
    ),
    "floor_to": Primitive(
        floor_to,
        "function td_floor_to(value, step) { return td_floor(value / step) * step; }",
        _same,
        2,
        2,
        tex=lambda a, b: rf"\left\lfloor \frac{{{a[0]}}}{{{a[1]}}} \right\rfloor \cdot {b[1]}",
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
        _same,
        2,
        2,
        tex=lambda a, b: rf"\left({a[0]} - {b[1]}\right)^{{+}}",
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
        tex=lambda a, b: rf"\left\lceil \frac{{{a[0]}}}{{{a[1]}}} \right\rceil \cdot {b[2]}",
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
        tex=lambda a, b: rf"{a[1]} + \left({a[0]} - {b[2]}\right)^{{+}} \cdot {b[3]}",
        binds=1,
    ),
}
"""The functions a formula may call."""

JAVASCRIPT += "\n".join(primitive.javascript for primitive in PRIMITIVES.values()) + "\n"

_OPERATORS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARISONS: Mapping[type[ast.cmpop], tuple[str, str, str, Callable[[Value, Value], Value]]] = {
    ast.Lt: ("<", "<", "<", lambda a, b: a < b),
    ast.LtE: ("<=", "<=", r"\le", lambda a, b: a <= b),
    ast.Gt: (">", ">", ">", lambda a, b: a > b),
    ast.GtE: (">=", ">=", r"\ge", lambda a, b: a >= b),
    ast.Eq: ("==", "===", "=", lambda a, b: a == b),
    ast.NotEq: ("!=", "!==", r"\ne", lambda a, b: a != b),
}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_+\-*/().,<>=! \n]*")


@dataclass(frozen=True)
class Formula:
    """A checked formula; `names` are the declared names it uses, in order of first use."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    @classmethod
    def parse(cls, text: str, names: Collection[str]) -> Formula:
        """Read a formula over the declared names.  Raises FormulaError with the column."""
        tree = _parsed(text)
        checker = _Checker(names)
        checker.check(tree)
        return cls(" ".join(text.split()), tuple(checker.used), tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """Its value: a float where all values are numbers, else an array.  Raises FormulaError."""
        try:
            with np.errstate(all="ignore"):
                result = _evaluated(self.tree, values)
        except OverflowError:
            raise FormulaError(f"{self.text} grows beyond what a number can hold") from None
        if not np.all(np.isfinite(result)):
            raise FormulaError(f"{self.text} has no finite value here (a division by zero, or a number too large)")
        return _plain(result)

    def javascript(self, spell: Callable[[str], str] = lambda name: f"v.{name}") -> str:
        """A JavaScript expression; needs `JAVASCRIPT` before it.  `spell` writes a name."""
        return _javascript(self.tree, spell)

    def tex(self, symbols: Mapping[str, str] | None = None) -> str:
        """TeX for it; names without a symbol are set as words."""
        held = symbols or {}
        return _tex(self.tree, lambda name: held.get(name, tex_words(name)), 0)

    def with_numbers(self, values: Mapping[str, float]) -> str:
        """The text with numbers in place of names: `35,000,000 * 0.1`."""
        return _WORD.sub(
            lambda m: plain_number(values[m[0]]) if m[0] in values and m[0] in self.names else m[0], self.text
        )

    def unit(self, units: Mapping[str, Unit]) -> Unit | None:
        """Its unit, from its names' units; None where it is nothing but 0, which fits any.  Raises FormulaError."""
        return _unit(self.tree, units)


def _refuse(message: str, node: ast.AST) -> NoReturn:
    raise FormulaError(message, getattr(node, "col_offset", -1) + 1)


def _parsed(text: str) -> ast.expr:
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("the formula is empty. Write one")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula has {len(text)} characters. Write at most {MAX_LENGTH}")
    plain = _PLAIN.match(text)
    end = plain.end() if plain else 0
    if end < len(text):
        raise FormulaError(f"{text[end]!r} has no meaning in a formula. Take it out", end + 1)
    if sum(text.count(sign) for sign in "+-*/(,<>=!") > MAX_SIGNS:
        raise FormulaError(f"the formula has more than {MAX_SIGNS} signs. Write a shorter one")
    flat = text.replace("\n", " ")
    lead = len(flat) - len(flat.lstrip(" "))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A leading blank would read as indentation; a parenthesis would shift the columns.
            tree = ast.parse(flat.lstrip(" "), mode="eval").body
    except SyntaxError as mistake:
        raise FormulaError("this is no formula. Look before this place", (mistake.offset or 1) + lead) from None
    except (ValueError, MemoryError, RecursionError):
        raise FormulaError("this is no formula. Write arithmetic over the declared names") from None
    for node in ast.walk(tree):
        if hasattr(node, "col_offset"):
            node.col_offset += lead
    return tree


class _Checker:
    """Refuses all that is not on the white list, and remembers the names used."""

    def __init__(self, names: Collection[str]) -> None:
        self.declared = names
        self.used: list[str] = []
        self.nodes = 0

    def check(self, node: ast.expr) -> None:
        """Check a node and all below it."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            _refuse(f"the formula has more than {MAX_NODES} parts. Split it", node)
        for child in self.children(node):
            self.check(child)

    def children(self, node: ast.expr) -> Iterator[ast.expr]:
        """What a permitted node holds."""
        match node:
            case ast.Constant(value=value):
                self.constant(value, node)
            case ast.Name(id=name):
                self.name(name, node)
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _OPERATORS:
                    _refuse("only + - * / and ** are known here", node)
                if isinstance(op, ast.Pow):
                    self.power(right)
                yield from (left, right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                yield operand
            case ast.IfExp(test=ast.Compare(left=left, ops=ops, comparators=[right, *more]), body=body, orelse=orelse):
                if more or type(ops[0]) not in _COMPARISONS:
                    _refuse("a condition is one of < <= > >= == !=, once. Write a if b > c else d", node.test)
                yield from (left, right, body, orelse)
            case ast.IfExp(test=test):
                _refuse("a condition is a comparison. Write a if b > c else d", test)
            case ast.Compare():
                _refuse("a comparison stands only in a condition. Write a if b > c else d", node)
            case ast.Call():
                yield from self.call(node)
            case _:
                _refuse("this has no meaning in a formula. Take it out", node)

    def constant(self, value: object, node: ast.expr) -> None:
        """Refuse all but finite numbers."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse("only numbers and names stand in a formula", node)
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            _refuse("this number is too large", node)

    def name(self, name: str, node: ast.expr) -> None:
        """Refuse a name that was not declared."""
        if name not in self.declared:
            close = nearest(name, [*self.declared, *PRIMITIVES])
            _refuse(f"there is no {name} here. " + (f"Did you mean {close}?" if close else "Use a declared name"), node)
        if name not in self.used:
            self.used.append(name)

    def power(self, node: ast.expr) -> None:
        """Refuse a power that is no small whole number."""
        whole = isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= MAX_POWER
        if not whole:
            _refuse(f"a power is a whole number from 0 to {MAX_POWER}, written out", node)

    def call(self, node: ast.Call) -> list[ast.expr]:
        """The values handed to a primitive."""
        if not isinstance(node.func, ast.Name):
            _refuse("only named functions can be called", node)
        primitive = PRIMITIVES.get(node.func.id)
        if primitive is None:
            close = nearest(node.func.id, PRIMITIVES)
            known = f"Did you mean {close}?" if close else f"There are {', '.join(PRIMITIVES)}"
            _refuse(f"there is no function {node.func.id}. {known}", node)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            _refuse("values are handed over in order, without names and stars", node)
        if not primitive.takes(len(node.args)):
            _refuse(f"{node.func.id} cannot take {len(node.args)} values", node)
        return node.args


# --- Faces: numbers ---


def _evaluated(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            if name not in values:
                _refuse(f"{name} has no value", node)
            return _plain(values[name])
        case ast.BinOp(left=left, op=op, right=right):
            return _operated(op, _evaluated(left, values), right, values)
        case ast.UnaryOp(op=op, operand=operand):
            value = _evaluated(operand, values)
            return -value if isinstance(op, ast.USub) else value
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _chosen(_evaluated(test, values), body, orelse, values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _COMPARISONS[type(op)][3](_evaluated(left, values), _evaluated(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _plain(PRIMITIVES[name].python(*(_evaluated(argument, values) for argument in arguments)))
    raise AssertionError(f"{type(node).__name__} was let in")


def _plain(value: Value) -> Value:
    """A float, unless it is a real array."""
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


def _operated(op: ast.operator, left: Value, right: ast.expr, values: Mapping[str, Value]) -> Value:
    if isinstance(op, ast.Pow):
        assert isinstance(right, ast.Constant)
        result: Value = 1.0
        for _ in range(int(right.value)):  # type: ignore[arg-type]
            result = result * left
        return result
    value = _evaluated(right, values)
    match op:
        case ast.Add():
            return left + value
        case ast.Sub():
            return left - value
        case ast.Mult():
            return left * value
    if not isinstance(value, np.ndarray) and value == 0:
        raise FormulaError("a division by zero. Change the number below the line", right.col_offset + 1)
    return left / value


def _chosen(test: Value, body: ast.expr, orelse: ast.expr, values: Mapping[str, Value]) -> Value:
    if isinstance(test, np.ndarray) and test.ndim:
        return np.where(test, _evaluated(body, values), _evaluated(orelse, values))
    return _evaluated(body if test else orelse, values)


# --- Faces: JavaScript ---


def _number(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _javascript(node: ast.expr, spell: Callable[[str], str]) -> str:
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return spell(name)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"td_power({_javascript(left, spell)}, {_javascript(right, spell)})"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_javascript(left, spell)} {_OPERATORS[type(op)]} {_javascript(right, spell)})"
        case ast.UnaryOp(op=op, operand=operand):
            return f"({'-' if isinstance(op, ast.USub) else '+'}{_javascript(operand, spell)})"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"({_javascript(test, spell)} ? {_javascript(body, spell)} : {_javascript(orelse, spell)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"({_javascript(left, spell)} {_COMPARISONS[type(op)][1]} {_javascript(right, spell)})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return f"td_{name}({', '.join(_javascript(argument, spell) for argument in arguments)})"
    raise AssertionError(f"{type(node).__name__} was let in")


# --- Faces: TeX ---


def tex_words(name: str) -> str:
    """A name set as words: `hot_days` is `\\text{hot days}`."""
    return rf"\text{{{name.replace('_', ' ')}}}"


def plain_number(value: float) -> str:
    """A number for reading, to six digits or, from ten thousand on, to the cent: `35,000,000`, `0.000417`."""
    if abs(value) >= 1e15 or (value and abs(value) < 1e-6):
        return f"{value:.6g}"
    power = int(f"{value:e}".partition("e")[2])
    shown = f"{value:,.{max(2, 5 - power)}f}"
    return shown.rstrip("0").rstrip(".")


def tex_number(value: float) -> str:
    """A number as TeX, thousands parted by thin spaces: `1\\,250.5`; very large or small ones as powers of ten."""
    shown = plain_number(value)
    digits, _, power = shown.partition("e")
    if power:
        return rf"{digits} \cdot 10^{{{int(power)}}}"
    return shown.replace(",", r"\,")


def _tex(node: ast.expr, symbol: Callable[[str], str], around: int) -> str:
    """TeX of a node; `around` is how tightly its surroundings bind (0 not at all … 3 a power)."""
    match node:
        case ast.Constant(value=value):
            return tex_number(float(value))  # type: ignore[arg-type]
        case ast.Name(id=name):
            return symbol(name)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{_tex(left, symbol, 0)}}}{{{_tex(right, symbol, 0)}}}"
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _bracketed(rf"{_tex(left, symbol, 2)} \cdot {_tex(right, symbol, 2)}", 2, around)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return rf"{{{_tex(left, symbol, 3)}}}^{{{_tex(right, symbol, 0)}}}"
        case ast.BinOp(left=left, op=op, right=right):
            after = _tex(right, symbol, 2 if isinstance(op, ast.Sub) else 1)
            return _bracketed(f"{_tex(left, symbol, 1)} {_OPERATORS[type(op)]} {after}", 1, around)
        case ast.UnaryOp(op=op, operand=operand):
            sign = "-" if isinstance(op, ast.USub) else "+"
            return _bracketed(f"{sign}{_tex(operand, symbol, 2)}", 0, around)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            rows = rf"{_tex(body, symbol, 0)} & \text{{if }} {_tex(test, symbol, 0)} \\ {_tex(orelse, symbol, 0)}"
            return rf"\begin{{cases}} {rows} & \text{{otherwise}} \end{{cases}}"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_tex(left, symbol, 0)} {_COMPARISONS[type(op)][2]} {_tex(right, symbol, 0)}"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _tex_call(name, arguments, symbol, around)
    raise AssertionError(f"{type(node).__name__} was let in")


def _tex_call(name: str, arguments: Sequence[ast.expr], symbol: Callable[[str], str], around: int) -> str:
    primitive = PRIMITIVES[name]
    bare = [_tex(argument, symbol, 0) for argument in arguments]
    if primitive.tex is None:
        return rf"\operatorname{{{name}}}\left({', '.join(bare)}\right)"
    tight = [_tex(argument, symbol, 2) for argument in arguments]
    return _bracketed(primitive.tex(bare, tight), primitive.binds, around)


def _bracketed(text: str, own: int, around: int) -> str:
    return rf"\left({text}\right)" if own < around else text


# --- Faces: units ---


def _unit(node: ast.expr, units: Mapping[str, Unit]) -> Unit | None:
    """The unit of a node; None for a literal zero, which fits any."""
    try:
        return _unit_below(node, units)
    except UnitError as mistake:
        _refuse(str(mistake), node)


def _unit_below(node: ast.expr, units: Mapping[str, Unit]) -> Unit | None:
    match node:
        case ast.Constant(value=value):
            return None if value == 0 else NUMBER
        case ast.Name(id=name):
            if name not in units:
                _refuse(f"{name} has no unit", node)
            return units[name]
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))):
            base = _unit(left, units)
            return None if base is None else base**power
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _unit(left, units), _unit(right, units)
            if isinstance(op, ast.Mult):
                return _times(one, other)
            if isinstance(op, ast.Div):
                return None if one is None or other is None else one / other
            return _same([one, other])
        case ast.UnaryOp(operand=operand):
            return _unit(operand, units)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            _unit(test, units)
            return _same([_unit(body, units), _unit(orelse, units)])
        case ast.Compare(left=left, comparators=[right]):
            return _same([_unit(left, units), _unit(right, units)])
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return PRIMITIVES[name].unit([_unit(argument, units) for argument in arguments])
    raise AssertionError(f"{type(node).__name__} was let in")

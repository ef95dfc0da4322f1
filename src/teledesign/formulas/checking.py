"""Reading a formula's text: a syntax tree in which nothing stands but what is on the white list."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import NoReturn

from teledesign.findings import nearest
from teledesign.formulas.primitives import PRIMITIVES, Value

__all__ = ["COMPARISONS", "OPERATORS", "Checker", "FormulaError", "parsed", "refuse"]

MAX_LENGTH = 2000
MAX_NODES = 200
MAX_SIGNS = 400
MAX_POWER = 8

OPERATORS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
COMPARISONS: Mapping[type[ast.cmpop], tuple[str, str, str, Callable[[Value, Value], Value]]] = {
    ast.Lt: ("<", "<", "<", lambda a, b: a < b),
    ast.LtE: ("<=", "<=", "≤", lambda a, b: a <= b),
    ast.Gt: (">", ">", ">", lambda a, b: a > b),
    ast.GtE: (">=", ">=", "≥", lambda a, b: a >= b),
    ast.Eq: ("==", "===", "=", lambda a, b: a == b),
    ast.NotEq: ("!=", "!==", "≠", lambda a, b: a != b),
}
_PLAIN = re.compile(r"[A-Za-z0-9_+\-*/().,<>=! \n]*")


class FormulaError(ValueError):
    """A formula that is refused, or that gave no number; `column` is 1-based, 0 where none is to blame."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(f"column {column}: {message}" if column else message)
        self.message = message
        self.column = column


def refuse(message: str, node: ast.AST) -> NoReturn:
    """Refuse a node at its column.  Raises FormulaError."""
    raise FormulaError(message, getattr(node, "col_offset", -1) + 1)


@lru_cache(maxsize=4096)
def parsed(text: str) -> ast.expr:
    """The syntax tree of a text of reasonable length; what stands in it is not checked yet.  Raises FormulaError."""
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


class Checker:
    """Refuses all that is not on the white list, and remembers the names used."""

    def __init__(self, names: Collection[str]) -> None:
        self.declared = names
        self.used: list[str] = []
        self.nodes = 0

    def check(self, node: ast.expr) -> None:
        """Check a node and all below it."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            refuse(f"the formula has more than {MAX_NODES} parts. Split it", node)
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
                if type(op) not in OPERATORS:
                    refuse("only + - * / and ** are known here", node)
                if isinstance(op, ast.Pow):
                    self.power(right)
                yield from (left, right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                yield operand
            case ast.IfExp(test=ast.Compare(left=left, ops=ops, comparators=[right, *more]), body=body, orelse=orelse):
                if more or type(ops[0]) not in COMPARISONS:
                    refuse("a condition is one of < <= > >= == !=, once. Write a if b > c else d", node.test)
                yield from (left, right, body, orelse)
            case ast.IfExp(test=test):
                refuse("a condition is a comparison. Write a if b > c else d", test)
            case ast.Compare():
                refuse("a comparison stands only in a condition. Write a if b > c else d", node)
            case ast.Call():
                yield from self.call(node)
            case _:
                refuse("this has no meaning in a formula. Take it out", node)

    def constant(self, value: object, node: ast.expr) -> None:
        """Refuse all but finite numbers."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse("only numbers and names stand in a formula", node)
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            refuse("this number is too large", node)

    def name(self, name: str, node: ast.expr) -> None:
        """Refuse a name that was not declared."""
        if name not in self.declared:
            close = nearest(name, [*self.declared, *PRIMITIVES])
            refuse(f"there is no {name} here. " + (f"Did you mean {close}?" if close else "Use a declared name"), node)
        if name not in self.used:
            self.used.append(name)

    def power(self, node: ast.expr) -> None:
        """Refuse a power that is no small whole number."""
        whole = isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= MAX_POWER
        if not whole:
            refuse(f"a power is a whole number from 0 to {MAX_POWER}, written out", node)

    def call(self, node: ast.Call) -> list[ast.expr]:
        """The values handed to a primitive."""
        if not isinstance(node.func, ast.Name):
            refuse("only named functions can be called", node)
        primitive = PRIMITIVES.get(node.func.id)
        if primitive is None:
            close = nearest(node.func.id, PRIMITIVES)
            known = f"Did you mean {close}?" if close else f"There are {', '.join(PRIMITIVES)}"
            refuse(f"there is no function {node.func.id}. {known}", node)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            refuse("values are handed over in order, without names and stars", node)
        if not primitive.takes(len(node.args)):
            refuse(f"{node.func.id} cannot take {len(node.args)} values", node)
        return node.args

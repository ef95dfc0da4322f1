"""From a formula's tree to its notation: where brackets stand, and what becomes a fraction."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from teledesign.formulas.checking import COMPARISONS
from teledesign.formulas.notation import (
    MINUS,
    PLUS,
    TIMES,
    Notation,
    call,
    cases,
    fenced,
    fraction,
    literal,
    power,
    row,
    sign,
)
from teledesign.formulas.primitives import PRIMITIVES

__all__ = ["laid_out"]


def laid_out(node: ast.expr, shown: Callable[[str], Notation], around: int = 0) -> Notation:
    """The notation of a node; `around` is how tightly its surroundings bind: 1 as a sum, 2 a product, 4 a power."""
    match node:
        case ast.Constant(value=value):
            found = literal(float(value))  # type: ignore[arg-type]
            return _bracketed(found, _binds(found), around)
        case ast.Name(id=name):
            found = shown(name)
            return _bracketed(found, _binds(found), around)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _bracketed(fraction(laid_out(left, shown), laid_out(right, shown)), 2, around)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _bracketed(row(laid_out(left, shown, 2), TIMES, laid_out(right, shown, 2)), 2, around)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _bracketed(power(laid_out(left, shown, 4), laid_out(right, shown)), 3, around)
        case ast.BinOp(left=left, op=op, right=right):
            is_minus = isinstance(op, ast.Sub)
            after = laid_out(right, shown, 2 if is_minus else 1)
            return _bracketed(row(laid_out(left, shown, 1), MINUS if is_minus else PLUS, after), 1, around)
        case ast.UnaryOp(op=op, operand=operand):
            before = MINUS if isinstance(op, ast.USub) else PLUS
            return _bracketed(row(before, laid_out(operand, shown, 2)), 0, around)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _bracketed(cases(laid_out(body, shown), laid_out(test, shown), laid_out(orelse, shown)), 0, around)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return row(laid_out(left, shown), sign(COMPARISONS[type(op)][2]), laid_out(right, shown))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, shown, around)
    raise AssertionError(f"{type(node).__name__} was let in")


def _called(name: str, arguments: Sequence[ast.expr], shown: Callable[[str], Notation], around: int) -> Notation:
    primitive = PRIMITIVES[name]
    bare = [laid_out(argument, shown) for argument in arguments]
    if primitive.written is None:
        return call(name, bare)
    tight = [laid_out(argument, shown, 2) for argument in arguments]
    return _bracketed(primitive.written(bare, tight), primitive.binds, around)


def _bracketed(inside: Notation, own: int, around: int) -> Notation:
    return fenced(inside) if own < around else inside


def _binds(one: Notation) -> int:
    """How tightly a name's or a number's notation holds together."""
    if one.kind == "row":
        return 2
    return 0 if one.text.startswith("−") else 3 if one.kind == "power" else 4

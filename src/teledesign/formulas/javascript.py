"""A formula as JavaScript, which works out what Python does to the last bit."""

from __future__ import annotations

import ast
from collections.abc import Callable

from teledesign.formulas.checking import COMPARISONS, OPERATORS

__all__ = ["in_javascript"]


def _number(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def in_javascript(node: ast.expr, spell: Callable[[str], str]) -> str:
    """The expression of a node; `spell` writes a name."""
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return spell(name)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"td_power({in_javascript(left, spell)}, {in_javascript(right, spell)})"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({in_javascript(left, spell)} {OPERATORS[type(op)]} {in_javascript(right, spell)})"
        case ast.UnaryOp(op=op, operand=operand):
            return f"({'-' if isinstance(op, ast.USub) else '+'}{in_javascript(operand, spell)})"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"({in_javascript(test, spell)} ? {in_javascript(body, spell)} : {in_javascript(orelse, spell)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"({in_javascript(left, spell)} {COMPARISONS[type(op)][1]} {in_javascript(right, spell)})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return f"td_{name}({', '.join(in_javascript(argument, spell) for argument in arguments)})"
    raise AssertionError(f"{type(node).__name__} was let in")

"""Formulas and numbers as TeX, and numbers as a reader likes them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from teledesign.formulas.checking import COMPARISONS, OPERATORS
from teledesign.formulas.primitives import PRIMITIVES

__all__ = ["in_tex", "plain_number", "tex_number", "tex_words"]


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


def in_tex(node: ast.expr, symbol: Callable[[str], str], around: int) -> str:
    """TeX of a node; `around` is how tightly its surroundings bind (0 not at all … 3 a power)."""
    match node:
        case ast.Constant(value=value):
            return tex_number(float(value))  # type: ignore[arg-type]
        case ast.Name(id=name):
            return symbol(name)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{in_tex(left, symbol, 0)}}}{{{in_tex(right, symbol, 0)}}}"
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _bracketed(rf"{in_tex(left, symbol, 2)} \cdot {in_tex(right, symbol, 2)}", 2, around)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return rf"{{{in_tex(left, symbol, 3)}}}^{{{in_tex(right, symbol, 0)}}}"
        case ast.BinOp(left=left, op=op, right=right):
            after = in_tex(right, symbol, 2 if isinstance(op, ast.Sub) else 1)
            return _bracketed(f"{in_tex(left, symbol, 1)} {OPERATORS[type(op)]} {after}", 1, around)
        case ast.UnaryOp(op=op, operand=operand):
            sign = "-" if isinstance(op, ast.USub) else "+"
            return _bracketed(f"{sign}{in_tex(operand, symbol, 2)}", 0, around)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            rows = rf"{in_tex(body, symbol, 0)} & \text{{if }} {in_tex(test, symbol, 0)} \\ {in_tex(orelse, symbol, 0)}"
            return rf"\begin{{cases}} {rows} & \text{{otherwise}} \end{{cases}}"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{in_tex(left, symbol, 0)} {COMPARISONS[type(op)][2]} {in_tex(right, symbol, 0)}"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _tex_call(name, arguments, symbol, around)
    raise AssertionError(f"{type(node).__name__} was let in")


def _tex_call(name: str, arguments: Sequence[ast.expr], symbol: Callable[[str], str], around: int) -> str:
    primitive = PRIMITIVES[name]
    bare = [in_tex(argument, symbol, 0) for argument in arguments]
    if primitive.tex is None:
        return rf"\operatorname{{{name}}}\left({', '.join(bare)}\right)"
    tight = [in_tex(argument, symbol, 2) for argument in arguments]
    return _bracketed(primitive.tex(bare, tight), primitive.binds, around)


def _bracketed(text: str, own: int, around: int) -> str:
    return rf"\left({text}\right)" if own < around else text

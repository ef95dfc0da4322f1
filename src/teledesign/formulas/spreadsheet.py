"""Faces of a formula: a spreadsheet's cell, in the functions every spreadsheet has.

No `LET` and no macro, so that LibreOffice from 7 on, Excel and others work them out alike; what Python rounds with a
snap is rounded with the same snap here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from teledesign.formulas.checking import FormulaError
from teledesign.formulas.primitives import SNAP, SNAP_MOST

__all__ = ["MAX_CELL", "in_spreadsheet", "money_in_cell"]

MAX_CELL = 8192
"""The most characters a formula of a cell may have in Excel."""

_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
    ast.NotEq: "<>",
}


def in_spreadsheet(tree: ast.expr, spell: Callable[[str], str]) -> str:
    """What a cell holds after its `=`; `spell` writes a name.  Raises FormulaError where no cell can hold it."""
    printed = _printed(tree, spell)
    if len(printed) >= MAX_CELL:
        raise FormulaError(
            f"written out it has {len(printed):,} characters, and a spreadsheet's cell holds {MAX_CELL:,}"
        )
    return printed


def money_in_cell(value: str) -> str:
    """An amount to the cent, halves away from zero; `value` should be a reference, for it is repeated."""
    return f"SIGN({value})*{_floor(f'(ABS({value})*100+0.5)')}/100"


def _number(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number).upper()


def _printed(node: ast.expr, spell: Callable[[str], str]) -> str:
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return spell(name)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))):
            return "(" + "*".join([_printed(left, spell)] * power or ["1"]) + ")"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_printed(left, spell)}{_SIGNS[type(op)]}{_printed(right, spell)})"
        case ast.UnaryOp(op=op, operand=operand):
            return f"({'-' if isinstance(op, ast.USub) else ''}{_printed(operand, spell)})"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"IF({_printed(test, spell)},{_printed(body, spell)},{_printed(orelse, spell)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"({_printed(left, spell)}{_COMPARISONS[type(op)]}{_printed(right, spell)})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return PRINTERS[name]([_printed(argument, spell) for argument in arguments])
    raise AssertionError(f"{type(node).__name__} was let in")


# --- Primitives: what `formulas.PRIMITIVES` does, in a spreadsheet's own functions ---


def _slack(value: str) -> str:
    return f"MIN({_number(SNAP)}*MAX(1,ABS({value})),{_number(SNAP_MOST)})"


def _near(value: str) -> str:
    return f"INT({value}+0.5)"


def _floor(value: str) -> str:
    return f"IF(ABS({value}-{_near(value)})<={_slack(value)},{_near(value)},INT({value}))"


def _ceil(value: str) -> str:
    return f"IF(ABS({value}-{_near(value)})<={_slack(value)},{_near(value)},-INT(-{value}))"


def _over(value: str, included: str) -> str:
    return f"IF({value}-{included}<={_number(SNAP)}*ABS({included}),0,{value}-{included})"


def _graduated(given: Sequence[str]) -> str:
    value, *tiers = given
    below, parts = "0", []
    for price, bound in zip(tiers[:-1:2], tiers[1::2], strict=True):
        parts.append(f"{price}*MAX(0,MIN({value},{bound})-{below})")
        below = bound
    parts.append(f"{tiers[-1]}*MAX(0,{value}-{below})")
    return f"({'+'.join(parts)})"


def _volume(given: Sequence[str]) -> str:
    value, *tiers = given
    price = tiers[-1]
    for lower, bound in zip(reversed(tiers[:-1:2]), reversed(tiers[1::2]), strict=True):
        price = f"IF({value}<={bound}+{_number(SNAP)}*ABS({bound}),{lower},{price})"
    return f"({value}*{price})"


def _called(name: str) -> Callable[[Sequence[str]], str]:
    return lambda given: f"{name}({','.join(given)})"


PRINTERS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "min": _called("MIN"),
    "max": _called("MAX"),
    "max_of": _called("MAX"),
    "minimum": _called("MAX"),
    "sqrt": _called("SQRT"),
    "ceil_to": lambda given: f"({_ceil(f'({given[0]}/{given[1]})')}*{given[1]})",
    "floor_to": lambda given: f"({_floor(f'({given[0]}/{given[1]})')}*{given[1]})",
    "money": lambda given: f"({money_in_cell(given[0])})",
    "over": lambda given: _over(given[0], given[1]),
    "graduated": _graduated,
    "volume": _volume,
    "package": lambda given: f"({_ceil(f'({given[0]}/{given[1]})')}*{given[2]})",
    "flat_included": lambda given: f"({given[1]}+{_over(given[0], given[2])}*{given[3]})",
}
"""Primitive -> what a cell calls, from its values as they are printed."""

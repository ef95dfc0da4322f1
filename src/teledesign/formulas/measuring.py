"""The unit of a formula, from the units of its names."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from teledesign.formulas.checking import refuse
from teledesign.formulas.primitives import PRIMITIVES, product_unit, same_unit
from teledesign.units import NUMBER, Unit, UnitError

__all__ = ["unit_of"]


def unit_of(node: ast.expr, units: Mapping[str, Unit]) -> Unit | None:
    """The unit of a node; None for a literal zero, which fits any."""
    try:
        return _unit_below(node, units)
    except UnitError as mistake:
        refuse(str(mistake), node)


def _unit_below(node: ast.expr, units: Mapping[str, Unit]) -> Unit | None:
    match node:
        case ast.Constant(value=value):
            return None if value == 0 else NUMBER
        case ast.Name(id=name):
            if name not in units:
                refuse(f"{name} has no unit", node)
            return units[name]
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))):
            base = unit_of(left, units)
            return None if base is None else base**power
        case ast.BinOp(left=left, op=op, right=right):
            one, other = unit_of(left, units), unit_of(right, units)
            if isinstance(op, ast.Mult):
                return product_unit(one, other)
            if isinstance(op, ast.Div):
                return None if one is None or other is None else one / other
            return same_unit([one, other])
        case ast.UnaryOp(operand=operand):
            return unit_of(operand, units)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            unit_of(test, units)
            return same_unit([unit_of(body, units), unit_of(orelse, units)])
        case ast.Compare(left=left, comparators=[right]):
            return same_unit([unit_of(left, units), unit_of(right, units)])
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return PRIMITIVES[name].unit([unit_of(argument, units) for argument in arguments])
    raise AssertionError(f"{type(node).__name__} was let in")

"""A formula's value, for floats and for arrays."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from teledesign.formulas.checking import COMPARISONS, FormulaError, refuse
from teledesign.formulas.primitives import PRIMITIVES, Value

__all__ = ["evaluated", "plain_value"]


def evaluated(node: ast.expr, values: Mapping[str, Value]) -> Value:
    """The value of a node.  Raises FormulaError for a name without a value, and for a division by zero."""
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            if name not in values:
                refuse(f"{name} has no value", node)
            return plain_value(values[name])
        case ast.BinOp(left=left, op=op, right=right):
            return _operated(op, evaluated(left, values), right, values)
        case ast.UnaryOp(op=op, operand=operand):
            value = evaluated(operand, values)
            return -value if isinstance(op, ast.USub) else value
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _chosen(evaluated(test, values), body, orelse, values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return COMPARISONS[type(op)][3](evaluated(left, values), evaluated(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return plain_value(PRIMITIVES[name].python(*(evaluated(argument, values) for argument in arguments)))
    raise AssertionError(f"{type(node).__name__} was let in")


def plain_value(value: Value) -> Value:
    """A float, unless it is a real array."""
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


def _operated(op: ast.operator, left: Value, right: ast.expr, values: Mapping[str, Value]) -> Value:
    if isinstance(op, ast.Pow):
        assert isinstance(right, ast.Constant)
        result: Value = 1.0
        for _ in range(int(right.value)):  # type: ignore[arg-type]
            result = result * left
        return result
    value = evaluated(right, values)
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
        return np.where(test, evaluated(body, values), evaluated(orelse, values))
    return evaluated(body if test else orelse, values)

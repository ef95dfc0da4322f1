"""Formulas: one text, checked against a white list, from which every face is printed.

A formula is arithmetic over declared names: `+ - * /`, a power that is a small whole number, comparisons,
`a if b else c`, and the primitives of `PRIMITIVES`.  It is read with `ast` and never handed to `eval`.  One
`Formula` works on floats and on NumPy arrays, prints JavaScript and TeX, and infers its unit.  Python and
the printed JavaScript do the same operations in the same order, so they agree to the last bit.

One face a module: `evaluating`, `javascript`, `spreadsheet`, `tex`, and the units in `measuring`.
"""

from teledesign.formulas.checking import FormulaError
from teledesign.formulas.formula import Formula
from teledesign.formulas.primitives import (
    JAVASCRIPT,
    PRIMITIVES,
    SNAP,
    SNAP_MOST,
    Primitive,
    ceil_to,
    floor_to,
    money,
    over,
)
from teledesign.formulas.spreadsheet import money_in_cell
from teledesign.formulas.tex import plain_number, tex_number, tex_words

__all__ = [
    "JAVASCRIPT",
    "PRIMITIVES",
    "SNAP",
    "SNAP_MOST",
    "Formula",
    "FormulaError",
    "Primitive",
    "ceil_to",
    "floor_to",
    "money",
    "money_in_cell",
    "over",
    "plain_number",
    "tex_number",
    "tex_words",
]

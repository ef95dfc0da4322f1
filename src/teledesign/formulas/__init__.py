"""Formulas: one text, checked against a white list, from which every face is printed.

A formula is arithmetic over declared names: `+ - * /`, a power that is a small whole number, comparisons,
`a if b else c`, and the primitives of `PRIMITIVES`.  It is read with `ast` and never handed to `eval`.  One
`Formula` works on floats and on NumPy arrays, prints JavaScript and mathematics, and infers its unit.  Python and
the printed JavaScript do the same operations in the same order, so they agree to the last bit.

One face a module: `evaluating`, `javascript`, `spreadsheet`, and the units in `measuring`.  What is to be read is laid
out once (`layout`, as a `Notation`) and printed by `tex` and `mathml`; Typst and Word take a notation from there.
"""

from teledesign.formulas.checking import FormulaError
from teledesign.formulas.formula import Formula, equation
from teledesign.formulas.mathml import in_mathml
from teledesign.formulas.notation import EQUALS, Notation, figure, number, plain_number, row, said, word
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
from teledesign.formulas.tex import TEX, in_tex

__all__ = [
    "EQUALS",
    "JAVASCRIPT",
    "PRIMITIVES",
    "SNAP",
    "SNAP_MOST",
    "TEX",
    "Formula",
    "FormulaError",
    "Notation",
    "Primitive",
    "ceil_to",
    "equation",
    "figure",
    "floor_to",
    "in_mathml",
    "in_tex",
    "money",
    "money_in_cell",
    "number",
    "over",
    "plain_number",
    "row",
    "said",
    "word",
]

"""One text, and every face that is printed from it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from teledesign.formulas.checking import Checker, FormulaError, parsed
from teledesign.formulas.evaluating import evaluated, plain_value
from teledesign.formulas.javascript import in_javascript
from teledesign.formulas.layout import laid_out
from teledesign.formulas.mathml import in_mathml
from teledesign.formulas.measuring import unit_of
from teledesign.formulas.notation import Notation, plain_number, row, sign, word
from teledesign.formulas.primitives import Value
from teledesign.formulas.spreadsheet import in_spreadsheet
from teledesign.formulas.tex import in_tex
from teledesign.units import Unit

__all__ = ["Formula", "equation"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Formula:
    """A checked formula; `names` are the declared names it uses, in order of first use."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    @classmethod
    def parse(cls, text: str, names: Collection[str]) -> Formula:
        """Read a formula over the declared names.  Raises FormulaError with the column."""
        tree = parsed(text)
        checker = Checker(names)
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
                result = evaluated(self.tree, values)
        except OverflowError:
            raise FormulaError(f"{self.text} grows beyond what a number can hold") from None
        if not np.all(np.isfinite(result)):
            raise FormulaError(f"{self.text} has no finite value here (a division by zero, or a number too large)")
        return plain_value(result)

    def javascript(self, spell: Callable[[str], str] = lambda name: f"v.{name}") -> str:
        """A JavaScript expression; needs `JAVASCRIPT` before it.  `spell` writes a name."""
        return in_javascript(self.tree, spell)

    def spreadsheet(self, spell: Callable[[str], str] = lambda name: name) -> str:
        """What a spreadsheet's cell holds after its `=`.  Raises FormulaError where it is too long for one."""
        return in_spreadsheet(self.tree, spell)

    def notation(self, shown: Mapping[str, Notation] | None = None) -> Notation:
        """How it is written; names that are not to be `shown` in another way are set as words."""
        held = shown or {}
        return laid_out(self.tree, lambda name: held.get(name) or word(name))

    def tex(self, shown: Mapping[str, Notation] | None = None) -> str:
        """TeX for it."""
        return in_tex(self.notation(shown))

    def mathml(self, shown: Mapping[str, Notation] | None = None) -> str:
        """A `math` element for it, to stand by itself on a page."""
        return in_mathml(self.notation(shown), large=True)

    def with_numbers(self, values: Mapping[str, float]) -> str:
        """The text with numbers in place of names: `35,000,000 * 0.1`."""
        return _WORD.sub(
            lambda m: plain_number(values[m[0]]) if m[0] in values and m[0] in self.names else m[0], self.text
        )

    def unit(self, units: Mapping[str, Unit]) -> Unit | None:
        """Its unit, from its names' units; None where it is nothing but 0, which fits any.  Raises FormulaError."""
        return unit_of(self.tree, units)


_EQUALS = re.compile(r" (=|≈) ")


def equation(text: str, shown: Mapping[str, Notation] | None = None) -> Notation:
    """Formulas with `=` or `≈` between them, each over its own names: `n = 16 * p * (1 - p) / d ** 2`.

    Raises FormulaError.
    """
    sides = _EQUALS.split(text)
    parts = [Formula.parse(side, _WORD.findall(side)).notation(shown) for side in sides[::2]]
    return row(parts[0], *(one for pair in zip(map(sign, sides[1::2]), parts[1:], strict=True) for one in pair))

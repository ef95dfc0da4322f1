"""Many contexts at once: one column of value codes per variable, so that a pass goes over all of them together.

Sums are added up one after another in the order of the rows (`added`), never in a tree or by a linear-algebra library:
their last bits are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY", "Cases", "Codes", "Context", "Contexts", "added"]

Context = Mapping[str, int]
"""Variable -> value code.  Variables are names made unique (`Names.variable`): `owner.platform`, `in_bulk`."""
Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY = "@day"
"""The variable that holds the place of a context's day among those at hand."""
MOST_COUNTED = 1 << 16
"""Combinations of values that are told apart by counting; more are sorted."""


@dataclass(frozen=True, eq=False)
class Contexts:
    """Contexts, one per row: variable -> the code in each."""

    rows: int
    codes: Mapping[str, Codes]

    def __getitem__(self, variable: str) -> Codes:
        return self.codes[variable]

    def __iter__(self) -> Iterator[Context]:
        columns = [column.tolist() for column in self.codes.values()]
        for row in range(self.rows):
            yield {variable: column[row] for variable, column in zip(self.codes, columns, strict=True)}

    @property
    def days(self) -> Codes:
        """The place of each one's day; the first where it does not matter."""
        found = self.codes.get(DAY)
        return np.zeros(self.rows, dtype=np.int64) if found is None else found

    def at(self, rows: Codes, variables: Iterable[str] | None = None) -> Contexts:
        """Some of the contexts, with some of their variables or all."""
        names = self.codes if variables is None else variables
        return Contexts(len(rows), {name: self.codes[name][rows] for name in names})

    def holding(self, facts: Context) -> Contexts:
        """The same contexts with these facts besides."""
        return Contexts(self.rows, {**self.codes, **{name: np.full(self.rows, code) for name, code in facts.items()}})

    def distinct(self, variables: Sequence[str]) -> tuple[Contexts, Codes]:
        """The contexts that differ in some variables, which alone are kept, and which of them each row is."""
        if not variables or self.rows == 1:
            few = {variable: self.codes[variable][:1] for variable in variables}
            return Contexts(min(self.rows, 1), few), np.zeros(self.rows, dtype=np.int64)
        first, which = _grouped([self.codes[variable] for variable in variables])
        return self.at(first, variables), which

    def each(self, variables: Iterable[str], number: Callable[[Context], float]) -> Floats:
        """A number that depends on some variables alone, in every context."""
        own, which = self.distinct(sorted(variables))
        return np.array([number(context) for context in own], dtype=np.float64)[which]

    def parts(self, most: int) -> Iterator[Contexts]:
        """All contexts, at most so many at a time."""
        if self.rows <= most:
            yield self
            return
        for begin in range(0, self.rows, most):
            yield self.at(np.arange(begin, min(begin + most, self.rows)))


@dataclass(frozen=True, eq=False)
class Cases:
    """What may become of contexts: the context each case is `of`, its chance, and the codes of what was drawn."""

    of: Codes
    chance: Floats
    drawn: Mapping[str, Codes]

    @classmethod
    def begun(cls, rows: int) -> Cases:
        """Nothing drawn yet: one case of each context."""
        return cls(np.arange(rows), np.ones(rows), {})

    def known(self, contexts: Contexts) -> Contexts:
        """The contexts that the cases are of, with what was drawn."""
        if not self.drawn:
            return contexts
        codes = {name: column[self.of] for name, column in contexts.codes.items() if name not in self.drawn}
        return Contexts(len(self.of), {**codes, **self.drawn})

    def drawing(self, variable: str, chances: Floats, experience: Sequence[int] = ()) -> Cases:
        """Each case once more for every choice that has a chance: `chances` has a row per case.

        `experience` is what can be seen of each choice, if it is the hidden outcome.
        """
        place, code = np.nonzero(chances > 0)
        more = {"experience": np.array(experience)[code]} if experience else {}
        return self._each(place, chances[place, code], {variable: code, **more})

    def joined(self, keys: Codes, other: Cases) -> Cases:
        """Each case once more for every case of another whose `of`, in order, is its key."""
        begin = np.searchsorted(other.of, keys, side="left")
        counts = np.searchsorted(other.of, keys, side="right") - begin
        place = np.repeat(np.arange(len(keys)), counts)
        among = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[place]
        return self._each(place, other.chance[among], {name: codes[among] for name, codes in other.drawn.items()})

    def _each(self, place: Codes, chance: Floats, more: Mapping[str, Codes]) -> Cases:
        drawn = {name: codes[place] for name, codes in self.drawn.items()}
        return Cases(self.of[place], self.chance[place] * chance, {**drawn, **more})

    def keeping(self, variables: frozenset[str]) -> Cases:
        """The same with all other variables summed out."""
        kept = {name: codes for name, codes in self.drawn.items() if name in variables}
        if len(kept) == len(self.drawn):
            return self
        first, which = _grouped([self.of, *kept.values()])
        chance = added(self.chance, which, len(first))
        return Cases(self.of[first], chance, {name: codes[first] for name, codes in kept.items()})

    @property
    def most(self) -> int:
        """The largest number of cases of one context."""
        return int(np.bincount(self.of).max()) if len(self.of) else 0


def added(values: Floats, of: Codes, rows: int) -> Floats:
    """Sums of the values that belong to each row."""
    return np.bincount(of, weights=values, minlength=rows).astype(np.float64, copy=False)


def _grouped(columns: Sequence[Codes]) -> tuple[Codes, Codes]:
    """Where each combination of codes stands first, in the order of their digits, and which of them each row is."""
    code, size = columns[0], _bound(columns[0])
    for column in columns[1:]:
        bound = _bound(column)
        if size * bound > 1 << 60:
            first, code = _sorted(code)
            size = len(first)
        code, size = code * bound + column, size * bound
    return _counted(code, size) if size <= max(MOST_COUNTED, len(code)) else _sorted(code)


def _bound(column: Codes) -> int:
    return int(column.max()) + 1 if len(column) else 1


def _counted(code: Codes, size: int) -> tuple[Codes, Codes]:
    first = np.full(size, -1)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    found = first >= 0
    return first[found], (np.cumsum(found) - 1)[code]


def _sorted(code: Codes) -> tuple[Codes, Codes]:
    order = np.argsort(code, kind="stable")
    ordered = code[order]
    begins = np.ones(len(code), dtype=bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    which = np.empty(len(code), dtype=np.int64)
    which[order] = np.cumsum(begins) - 1
    return order[begins], which

"""Tables of chances and sizes: the one form in which a scenario says what is likely and how big.

A row of chances names every choice; one may be `rest`.  A row of sizes is a quantity, the name of
a number already drawn, or a distribution.  A table adds one condition (`given`) and slices.
The meaning of slices and their order is in `scenario.baking`.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    BeforeValidator,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from teledesign.scenario.base import Frozen, Mistake, Number, Text, Where, shown, told
from teledesign.scenario.quantities import Fraction, Quantity

__all__ = [
    "REST",
    "ChanceRow",
    "ChanceSlice",
    "ChanceTable",
    "NumberTable",
    "Size",
    "SizeSlice",
    "SizeTable",
    "Table",
    "is_size",
]

REST = "rest"
SIZE_KEYS = frozenset({"median", "p95", "mean", "sd", "min", "max", "dispersion", "from", "to"})
MOST_COUNTED = 1_000
"""The largest mean of a count."""


def _chance(value: object) -> float | str:
    if value == REST:
        return REST
    if isinstance(value, bool) or not isinstance(value, int | float):
        remedy = "Write a number from 0 to 1, or rest for what is missing to 1"
        if isinstance(value, dict):
            remedy += "; or, if rows stand here, name above them what they hang on: given: NAME"
        raise ValueError(f"{shown(value)} is not a chance. {remedy}")
    if not 0 <= value <= 1:
        raise ValueError(f"a chance of {value} is outside 0 to 1. Correct it")
    return float(value)


Chance = Annotated[
    float | str,
    BeforeValidator(_chance),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"const": REST}]}),
]


class ChanceRow(Frozen):
    """One row of chances, `rest` already worked out: choice -> chance; they sum to 1.

    Written as `{opened: 0.45, waiting: rest}`, or as one choice alone for chance 1.
    """

    chances: dict[str, float]
    rest: str | None = told("The choice that takes what the others leave, if one is written so.", None)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if isinstance(raw, dict) and "chances" in raw and isinstance(raw["chances"], dict):
            return raw
        rests = [choice for choice, value in raw.items() if value == REST] if isinstance(raw, dict) else []
        return {"chances": _row(raw), "rest": rests[0] if rests else None}

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        total = sum(self.chances.values())
        if abs(total - 1) > 1e-6 or any(not 0 <= chance <= 1 for chance in self.chances.values()):
            raise Mistake("chances-sum", f"the chances sum to {total:.6g}, not 1. Correct one, or write rest for it")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        chance = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"const": REST}]}
        return {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": chance, "minProperties": 1},
            ]
        }


def _row(raw: object) -> dict[str, float]:
    if isinstance(raw, str):
        return {raw: 1.0}
    if not isinstance(raw, dict) or not raw:
        raise ValueError("a row of chances is needed. Write {one: 0.4, other: rest}, or one choice alone")
    given = {str(choice): _chance_of(str(choice), value) for choice, value in raw.items()}
    stated = [value for value in given.values() if isinstance(value, float)]
    rests = [choice for choice, value in given.items() if value == REST]
    total = sum(stated)
    if len(rests) > 1:
        raise ValueError(f"rest stands at {' and '.join(rests)}. Keep one; give the others a number")
    if rests and total > 1 + 1e-9:
        raise Mistake("chances-sum", f"the chances beside rest sum to {total:.6g}. Make them at most 1")
    if not rests and abs(total - 1) > 1e-6:
        raise Mistake("chances-sum", f"the chances sum to {total:.6g}, not 1. Correct one, or write rest for it")
    left = max(0.0, 1.0 - total)
    return {choice: left if value == REST else float(value) for choice, value in given.items()}


def _chance_of(choice: str, value: object) -> float | str:
    try:
        return _chance(value)
    except ValueError as error:
        raise ValueError(f"at {choice}, {error}") from None


class Change(Frozen):
    """A change of a row for some."""

    where: Where = told("Whom the change is for: all conditions must hold.")


Row = TypeVar("Row")
Slice = TypeVar("Slice", bound=Change)


class Table(Frozen, Generic[Row, Slice]):
    """What rows of chances and of sizes have in common: one condition, a row for each of its values, and slices."""

    row: Row | None = None
    given: str | None = told("The name whose value picks the row.", None)
    rows: dict[str, Self] = told("One row per value of the name.", {})
    otherwise: Self | None = told("The row for all other values.", None, alias="else")
    slices: tuple[Slice, ...] = told("Changes for those who match.", ())
    published: Text | None = told("The source these numbers were read in; otherwise they are assumed.", None)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        return _read_table(raw)

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        _some_row(self.row, self.given, [*self.rows.values(), self.otherwise])
        return self


class ChanceSlice(Change):
    """A change of the chances for those who match `where`; `set`, `odds_times` and `times` as in baking."""

    set: ChanceRow | None = told("The whole row is replaced; unnamed choices get 0.", None)
    odds_times: dict[str, Number] | None = told("Named weights are multiplied, then the row is rescaled to 1.", None)
    times: dict[str, Number] | None = told("Named chances are multiplied exactly; the others share what is left.", None)
    published: Text | None = told("The source these numbers were read in.", None)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        _one_verb(self.set, self.odds_times, self.times, verbs="set, times or odds_times")
        _no_negative(self.odds_times)
        _no_negative(self.times)
        return self


class ChanceTable(Table[ChanceRow, ChanceSlice]):
    """Chances by one condition: `given: NAME` with one row per value, `else` for the others, and slices.

    A row may itself be a table (two conditions).  Without `given` there is just `row`.
    """

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "description": "A row of chances {choice: chance, other: rest}, one choice alone, or given: NAME "
            "with one row per value, else, slices, published.",
            "anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1}],
        }

    @property
    def choices(self) -> tuple[str, ...]:
        """Every choice any row or slice names, in the order of the file."""
        found = dict.fromkeys(self.row.chances if self.row else ())
        for sub in (*self.rows.values(), *([self.otherwise] if self.otherwise else [])):
            found.update(dict.fromkeys(sub.choices))
        for part in self.slices:
            if part.set:
                found.update(dict.fromkeys(part.set.chances))
        return tuple(found)


class Size(Frozen):
    """A distribution of a number; the keys say which (durations in seconds once read).

    `median`+`p95` log-normal; `mean`+`sd` truncated normal; `mean`+`dispersion` negative binomial
    count with variance mean + dispersion*mean^2; `from`+`to` uniform; `mean` alone exponential;
    `value` a constant; `name` a number already drawn.
    """

    value: Quantity | None = None
    name: str | None = None
    median: Quantity | None = told("Half are smaller.", None)
    p95: Quantity | None = told("19 in 20 are smaller.", None)
    mean: Quantity | None = told("The mean; for counts, the mean after the bounds.", None)
    sd: Quantity | None = told("The standard deviation before truncation.", None)
    dispersion: Number | None = told("Over-dispersion of a count: variance = mean + dispersion * mean^2.", None)
    low: Quantity | None = told("Lower end of a uniform size.", None, alias="from")
    high: Quantity | None = told("Upper end of a uniform size.", None, alias="to")
    min: Quantity | None = told("Nothing is smaller.", None)
    max: Quantity | None = told("Nothing is larger.", None)
    published: Text | None = told("The source these numbers were read in.", None)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if isinstance(raw, dict):
            return raw
        if isinstance(raw, str) and raw.isidentifier():
            return {"name": raw}
        return {"value": raw}

    @model_validator(mode="after")
    def _known_shape(self) -> Self:
        if self.kind == "unknown":
            raise ValueError(
                "this is no distribution. Use median and p95, mean and sd, mean and dispersion, from and to, "
                "mean alone, one quantity, or the name of a number"
            )
        given = [q for q in (self.median, self.p95, self.mean, self.sd, self.low, self.high, self.min, self.max) if q]
        if len({q.is_time for q in given if q.value != 0 or q.is_time}) > 1:
            raise ValueError("durations and plain numbers stand side by side. Give each a unit, or none")
        if self.low and self.high and self.low.value > self.high.value:
            raise ValueError("from is larger than to. Swap them")
        if self.median and self.p95 and not 0 < self.median.value <= self.p95.value:
            raise ValueError("median must be above 0 and not above p95. Correct one of them")
        if self.min and self.max and self.min.value > self.max.value:
            raise ValueError("min is larger than max. Swap them")
        if (self.sd and self.sd.value < 0) or (self.dispersion or 0) < 0:
            raise ValueError(f"{'sd' if self.sd else 'dispersion'} is negative. Use 0 or more")
        if self.kind in ("count", "exponential") and self.mean and self.mean.value < 0:
            raise ValueError("the mean is negative. Use 0 or more")
        if self.kind == "count" and self.mean and (self.mean.value > MOST_COUNTED or (self.dispersion or 0) > 20):
            raise ValueError(
                f"this count is too wide to draw. Keep mean up to {MOST_COUNTED:,} and dispersion up to 20"
            )
        if self.mean and self.min and self.max and not self.min.value <= self.mean.value <= self.max.value:
            raise ValueError("the mean is outside min to max. Correct one of them")
        return self

    @property
    def kind(self) -> str:
        """`constant`, `name`, `lognormal`, `normal`, `count`, `uniform` or `exponential`."""
        keys = {
            key
            for key in ("value", "name", "median", "p95", "mean", "sd", "dispersion", "low", "high")
            if getattr(self, key) is not None
        }
        return _SHAPES.get(frozenset(keys), "unknown")

    @property
    def is_time(self) -> bool:
        """Whether the number is a duration in seconds (a `name` is not known to be)."""
        given = (self.value, self.median, self.mean, self.low, self.high)
        return any(q is not None and q.is_time for q in given)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        quantity = {"type": ["number", "string"]}
        keys = dict.fromkeys(sorted(SIZE_KEYS), quantity) | {"published": {"type": "string"}}
        return {
            "anyOf": [
                {"type": ["number", "string"]},
                {"type": "object", "properties": keys, "additionalProperties": False},
            ]
        }


_SHAPES = {
    frozenset({"value"}): "constant",
    frozenset({"name"}): "name",
    frozenset({"median", "p95"}): "lognormal",
    frozenset({"mean", "sd"}): "normal",
    frozenset({"mean", "dispersion"}): "count",
    frozenset({"low", "high"}): "uniform",
    frozenset({"mean"}): "exponential",
}


class SizeSlice(Change):
    """A change of a size for those who match `where`."""

    set: Size | None = told("The distribution is replaced.", None)
    times: Number | None = told("The value is multiplied; for counts the mean, bounds kept.", None, ge=0)
    plus: Quantity | None = told("Added to the value.", None)
    published: Text | None = told("The source these numbers were read in.", None)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        _one_verb(self.set, self.times, self.plus, verbs="set, times or plus")
        return self


class SizeTable(Table[Size, SizeSlice]):
    """Sizes by one condition: `given: NAME` with one row per value, `else` for the others, and slices."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "description": "A quantity, the name of a number, a distribution (median+p95, mean+sd, "
            "mean+dispersion, from+to, mean), or given: NAME with one row per value, else, slices.",
            "anyOf": [{"type": ["number", "string"]}, {"type": "object", "minProperties": 1}],
        }


class NumberTable(Frozen):
    """One chance, or one chance per value of a name: `{given: network, wifi: 0.003, mobile: 0.01}`."""

    value: Fraction | None = None
    given: str | None = told("The name whose value picks the number.", None)
    rows: dict[str, Fraction] = told("One number per value of the name.", {})
    otherwise: Fraction | None = told("The number for all other values.", None, alias="else")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return {"value": raw}
        if "rows" in raw or "value" in raw:
            return raw
        if "given" not in raw:
            raise ValueError("this table has no condition. Write given: NAME, or one number")
        rows = {key: value for key, value in raw.items() if key not in ("given", "else")}
        return {"given": raw["given"], "rows": rows, "else": raw.get("else")}

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        _some_row(self.value, self.given, [*self.rows.values(), self.otherwise])
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "number"}, {"type": "object", "required": ["given"]}]}


def _read_table(raw: object) -> object:
    """The canonical form {row | given, rows, otherwise, slices, published} of a table as written."""
    if not isinstance(raw, dict):
        return {"row": raw}
    if {"row", "rows"} & set(raw) and set(raw) <= {"row", "given", "rows", "else", "slices", "published"}:
        return raw
    kept = {key: raw[key] for key in ("slices", "published") if key in raw}
    rest = {key: value for key, value in raw.items() if key not in ("slices", "published")}
    if "given" not in rest:
        if "else" in rest:
            raise ValueError("else stands without given. Write given: NAME, or take else away")
        if not rest:
            raise ValueError("the table has no row. Write the chances or the size itself")
        return {"row": rest, **kept}
    rows = {key: value for key, value in rest.items() if key not in ("given", "else")}
    if not rows and "else" not in rest:
        raise ValueError(f"given: {rest['given']} has no rows. Write one row for each of its values")
    found: dict[str, object] = {"given": rest["given"], "rows": rows, **kept}
    if "else" in rest:
        found["else"] = rest["else"]
    return found


def _some_row(row: object, given: str | None, rows: list[Any]) -> None:
    """A table is one row, or a condition with rows."""
    by_condition = any(found is not None for found in rows)
    if (row is None) != (given is not None and by_condition):
        raise ValueError("the table has no row, or rows without a condition. Write the row, or given: NAME with rows")


def is_size(raw: object) -> bool:
    """Whether a draw as written is a size (a number) rather than a table of chances."""
    if isinstance(raw, SizeTable | Size):
        return True
    if isinstance(raw, ChanceTable | ChanceRow):
        return False
    if not isinstance(raw, dict):
        return not isinstance(raw, str) or not raw.isidentifier()
    if "given" in raw:
        rows = [value for key, value in raw.items() if key not in ("given", "slices", "published")]
        return bool(rows) and is_size(rows[0])
    return bool(SIZE_KEYS & set(raw))


def _one_verb(*verbs_given: object, verbs: str) -> None:
    if all(verb is None for verb in verbs_given):
        raise ValueError(f"this slice changes nothing. Add {verbs}")


def _no_negative(factors: dict[str, float] | None) -> None:
    for choice, factor in (factors or {}).items():
        if factor < 0:
            raise ValueError(f"the factor of {choice} is negative. Use a number of 0 or more")

"""The metrics: rates and ratios over events (what telemetry can compute) or over truth."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Number, Text, Where, told
from teledesign.scenario.quantities import Duration

__all__ = ["PER_BUILT_IN", "Counted", "Metric"]

PER_BUILT_IN = ("user_days", "active_user_days", "sessions", "events")
OF_BUILT_IN = ("seq_gaps",)


class Counted(Frozen):
    """What is counted: rows of an event (plain name) or visits of a step (dotted name), all or those matching `where`.

    Written as a name; `{name: {conditions}}`; `{sum: event.field, where: …}`; `{unique: event.field}`.
    """

    name: str | None = None
    where: Where = told("Only those matching.", {})
    sum: str | None = told("event.field to add up.", None)
    unique: str | None = told("event.field to count distinct values of.", None)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if isinstance(raw, str):
            return {"name": raw}
        if isinstance(raw, dict) and not set(raw) & {"name", "sum", "unique", "where"}:
            if len(raw) != 1:
                raise ValueError("one thing is counted. Write name: {conditions}, with one name")
            ((name, where),) = raw.items()
            return {"name": name, "where": where}
        return raw

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(part is not None for part in (self.name, self.sum, self.unique)) != 1:
            raise ValueError("one thing is counted. Write a name, sum: event.field or unique: event.field")
        return self

    @property
    def target(self) -> str:
        """The event, dotted step or built-in counted."""
        whole = self.name or self.sum or self.unique or ""
        return whole if self.name else whole.partition(".")[0]

    @property
    def field(self) -> str | None:
        """The field added up or told apart, if any."""
        whole = self.sum or self.unique
        return whole.partition(".")[2] if whole else None

    @property
    def is_truth(self) -> bool:
        """Whether it counts steps that happened (dotted) rather than rows in a log."""
        return self.name is not None and "." in self.name

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1}]}


class Metric(Frozen):
    """A rate (`of` per `per`) or a quantile of a field."""

    role: Literal["proxy", "outcome", "guardrail", "health"] = told(
        "proxy, guardrail and health are computed from events; outcome from truth."
    )
    title: Text | None = told("A name for charts; the metric's own name where left out.", None)
    says: Prose | None = told("What a change in it means.", None)
    better: Literal["higher", "lower"] | None = told("Which way is good.", None)
    of: Counted | None = told("The numerator.", None)
    per: Counted | None = told(
        "The denominator: an event, a step, user_days, active_user_days, sessions or events.", None
    )
    within: Duration | None = told("Numerator rows count if they follow their denominator row within this time.", None)
    quantile: Number | None = told("The quantile of a field, between 0 and 1.", None, gt=0, lt=1)
    field: str | None = told("event.field of the quantile.", None)
    by: tuple[Name, ...] = told("What to slice it by.", ())

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        rate = self.of is not None and self.per is not None
        quantile = self.quantile is not None and self.field is not None
        if rate == quantile:
            raise ValueError("a metric is a rate or a quantile. Write of and per, or quantile and field")
        return self

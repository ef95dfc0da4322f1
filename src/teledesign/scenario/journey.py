"""The journey: a tree of small state machines called episodes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Strict, model_validator

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Value, as_list, told
from teledesign.scenario.quantities import Duration
from teledesign.scenario.tables import ChanceTable, SizeTable, is_size

__all__ = ["AGAIN", "END", "Draw", "Emission", "Episode", "Start", "Step"]

END = "end"
AGAIN = "again"


class Draw(Frozen):
    """Something drawn once when an episode begins: a choice (categorical) or a size (a number)."""

    chances: ChanceTable | None = None
    size: SizeTable | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if isinstance(raw, dict) and len(raw) == 1 and set(raw) <= {"chances", "size"}:
            return raw
        return {"size": raw} if is_size(raw) else {"chances": raw}

    @property
    def values(self) -> tuple[str, ...]:
        """The choices of a categorical draw; empty for a number."""
        return self.chances.choices if self.chances else ()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"anyOf": [{"type": ["number", "string"]}, {"type": "object", "minProperties": 1}]}


class Emission(Frozen):
    """An event a step writes, with the constants or small tables it hands over to `given_by: step` fields."""

    event: str = told("The event.")
    hands: dict[str, str | float | ChanceTable] = told("Field -> constant or small table.", {})


class Start(Frozen):
    """How a step starts other episodes: `count` side by side, one `alongside`, one after another, or later."""

    count: SizeTable | None = told("How many begin, the k-th at k times `apart`: a number or a number's name.", None)
    apart: Duration = told("Time between those side by side.", 0.0, ge=0)
    alongside: Literal["yes"] | None = told("One begins now; the parent goes on.", None)
    one_after_another: Literal["yes"] | None = told(
        "One begins; when it ends with `again` the next begins; the parent waits for `end`.", None
    )
    at_most: Annotated[int, Strict()] | None = told("Bound on how many follow one another.", None, ge=1, le=100_000)
    after: SizeTable | None = told("One begins later, in a session of its own.", None)
    by: Name | None = told("The person of this episode who acts in the started one.", None)
    holding: dict[Name, Value] = told("Facts handed to the started episode, which must list them.", {})

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [w for w in (self.count, self.alongside, self.one_after_another, self.after) if w is not None]
        if len(ways) != 1:
            raise ValueError(
                "an episode starts in exactly one way. Write one of count, alongside, one_after_another, after"
            )
        if self.one_after_another and self.at_most is None:
            raise ValueError("one_after_another has no bound. Add at_most: 400")
        return self


def _emissions(raw: object) -> object:
    raw = as_list(raw)
    if isinstance(raw, dict):
        return [{"event": event, "hands": hands or {}} for event, hands in raw.items()]
    if isinstance(raw, list):
        return [{"event": item} if isinstance(item, str) else item for item in raw]
    return raw


Emissions = Annotated[tuple[Emission, ...], BeforeValidator(_emissions)]


class Step(Frozen):
    """A state: on entering its events are written and its episodes start; then time passes; then `next` is drawn."""

    emits: Emissions = told("Events written on entering: a name, a list, or {event: {field: value}}.", ())
    starts: dict[Name, Start] = told("Episodes that begin on entering.", {})
    takes: SizeTable | None = told("How long the step lasts.", None)
    until_age: Duration | None = told("The step lasts until the episode is this old.", None, ge=0)
    beats: dict[Name, Duration] = told("Event -> period: written at each full period within the step.", {})
    next: ChanceTable = told("What follows: a step, end, or (in a sequence) again.")
    says: Prose | None = told("What happens here, for `teledesign tell`.", None)

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.takes is not None and self.until_age is not None:
            raise ValueError("takes and until_age both say how long the step lasts. Keep one")
        return self


class Episode(Frozen):
    """A small state machine: it draws what it is, then walks its steps from the first to `end`."""

    kind: Literal["session", "interaction"] | None = told(
        "session: the first episode; interaction: its rows share an interaction_id.", None
    )
    person: Name | None = told("Another user drawn when the episode begins (uniformly), and what to call them.", None)
    receives: dict[Name, tuple[Value, ...]] = told("Facts handed over by the starting step, with their values.", {})
    draws: dict[Name, Draw] = told("What is drawn when the episode begins, in this order.", {})
    steps: dict[Name, Step] = told("The steps; the episode begins with the first.")

    @model_validator(mode="after")
    def _has_steps(self) -> Self:
        if not self.steps:
            raise ValueError("an episode needs at least one step. Add one with next: end")
        return self

    @property
    def first(self) -> str:
        """The name of the first step."""
        return next(iter(self.steps))

"""The incidents: things that go wrong in a window of time, said in verbs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Strict, model_validator

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Number, Text, Value, Where, YesNo, as_list, told
from teledesign.scenario.people import SessionRate, SessionsADay, Weekdays
from teledesign.scenario.quantities import Amount, DrawnMoment, Duration, Fraction, Range, Span
from teledesign.scenario.tables import ChanceRow, Size, SizeTable

__all__ = ["RECORDING_VERBS", "VERBS", "WORLD_VERBS", "Brings", "Effect", "Incident", "Signal"]

WORLD_VERBS = ("changes", "volume")
RECORDING_VERBS = (
    "stops",
    "sends",
    "repeats",
    "blanks",
    "writes",
    "renames",
    "rescales",
    "samples",
    "loses",
    "duplicates",
    "delays",
    "shifts_clock",
)
VERBS = WORLD_VERBS + RECORDING_VERBS

Names = Annotated[tuple[str, ...], BeforeValidator(as_list)]


class Effect(Frozen):
    """One change, said with one verb; `where` narrows the incident's scope further."""

    where: Where = told("Narrows the scope of this effect.", {})
    changes: str | None = told("Dotted path of a table of the world, or EPISODE.person.", None)
    set: ChanceRow | Size | None = told("The row is replaced.", None)
    # A range {from: …, to: …} is an amount too: `from` and `to` name no choice.
    times: Amount | dict[str, Amount] | None = told(
        "Named chances, a size or a value are multiplied.", None, union_mode="left_to_right"
    )
    odds_times: dict[str, Amount] | None = told("Named weights are multiplied, then the row is rescaled.", None)
    plus: Amount | None = told("Added to a size.", None)
    among: Fraction | None = told("The other person comes from this share of users.", None)
    volume: Amount | None = told("Sessions multiply.", None)
    stops: Names | None = told("Events no longer recorded, or all.", None)
    sends: Name | None = told("An event recorded where it did not happen.", None)
    at: str | None = told("episode.step at which it is sent.", None)
    repeats: Names | None = told("Events with a second row, or all.", None)
    blanks: str | None = told("A field, or event.field, that is empty.", None)
    writes: str | None = told("event.field that lies.", None)
    value: str | Number | None = told("What it lies.", None)
    renames: str | None = told("event.field with a renamed value.", None)
    was: Value | None = told("The value's old name.", None)
    now: Value | None = told("The value's new name.", None)
    rescales: str | None = told("event.field in another unit; `times` is the factor.", None)
    samples: Names | None = told("Events of which only a share is kept.", None)
    keep: Fraction | None = told("The share kept.", None)
    by: Literal["event", "session", "user"] | None = told("What is kept or dropped as a whole.", None)
    says_so: YesNo | None = told("Whether `sample_rate` tells.", None)
    loses: Amount | None = told("Chance that a row is lost.", None)
    duplicates: Amount | None = told("Chance that a row arrives twice.", None)
    delays: SizeTable | None = told("Additional delay.", None)
    shifts_clock: Duration | None = told("Device clocks move.", None)
    judged_by: Literal["arrival"] | None = told("The window is read when a row arrives.", None)
    same_id: YesNo | None = told("Whether a second row keeps its id.", None)
    chance: Amount | None = told("How often the effect strikes.", None)
    when: Where = told("Only rows with these field values.", {})

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(given) != 1:
            raise ValueError(f"an effect has exactly one verb. Write one of {', '.join(VERBS)}")
        return self

    @property
    def verb(self) -> str:
        """The effect's verb, one of `VERBS`."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)


class Brings(Frozen):
    """Extra users in the window (bots, agents); the incident's effects hit only them."""

    called: Text = told("What they are called.")
    simulate: Annotated[int, Strict()] = told("How many in the panel.", ge=1, le=1_000_000)
    sessions_per_user_day: SessionRate | SessionsADay = told("How often they come.")
    hours: Literal["flat", "usual"] = told("Whether they keep human hours.", "usual")
    weekdays: Literal["flat", "usual"] | Weekdays = told("Whether they keep human weekdays.", "usual")
    holding: dict[Name, Value] = told("Attributes they all have.", {})


class Signal(Frozen):
    """Which metric should move where, and which way."""

    metric: Name = told("A metric of this scenario.")
    where: Where = told("The slice it shows in.", {})
    moves: Literal["up", "down", "not"] = told("The direction.")


class Incident(Frozen):
    """Something that goes wrong: when, for whom, what it changes, where it shows, what it is mistaken for."""

    title: Text = told("One line.")
    says: Prose | None = told("The story behind it, with a real case where there is one.", None)
    family: Literal["model", "input", "client", "delivery"] = told("Where it goes wrong.")
    begins: DrawnMoment = told("The moment, or a range to draw it from.")
    lasts: Span = told("How long, or for good.")
    ramp: Duration = told("Time over which it grows to full strength.", 0.0, ge=0)
    fade: Duration = told("Time over which it dies down after `lasts`.", 0.0, ge=0)
    where: Where = told("Whom or what it can hit.", {})
    chosen_by: Name = told("What is hit as a whole: user, session, a person's name or an episode.", "user")
    reaches: Amount = told("The share of them hit at full strength.", 1.0)
    brings: Brings | None = told("Extra users in the window.", None)
    effects: tuple[Effect, ...] = told("What changes.", (), max_length=100)
    needs_days: Annotated[int, Strict()] | None = told("Days of log needed for it to show.", None, ge=1)
    season: tuple[Annotated[int, Strict()], ...] = told("Months (1-12) in which it may be drawn; empty for any.", ())
    fault: YesNo = told("`no` for a season, in which nothing is wrong: it can be named, and is never drawn.", "yes")
    shows_first: Prose = told("Where it first shows.")
    after: Duration = told("How long until it shows.")
    signal: Signal | None = told("The metric that moves.", None)
    decoy: Prose = told("What it is mistaken for.")
    decoy_signal: Signal | None = told("The metric that misleads.", None)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.effects and self.brings is None:
            raise ValueError("the incident changes nothing. Add effects or brings")
        top = self.reaches.high if isinstance(self.reaches, Range) else self.reaches
        if not 0 < top <= 1:
            raise ValueError("reaches is a share of those in scope. Write a number above 0 and at most 1")
        return self

"""The events: what each candidate signal holds, weighs, says and hides; and payloads that may travel beside one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Strict, model_validator

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Number, told
from teledesign.scenario.journey import Draw
from teledesign.scenario.quantities import Fraction

__all__ = ["ENVELOPE", "Event", "EventField", "Payload", "PrivacyClass"]

PrivacyClass = Literal["P0", "P1", "P2", "P3"]
"""P0 aggregate or technical; P1 pseudonymous behaviour; P2 personal content; P3 biometric or special."""

ENVELOPE = (
    "event_id",
    "event",
    "ts",
    "received_at",
    "user_id",
    "session_id",
    "interaction_id",
    "seq",
    "platform",
    "app_version",
    "model_version",
    "variant",
    "sample_rate",
)
"""The columns every row has, in the order they are written."""

ORIGINS = ("copy", "draw", "given_by", "elapsed_since", "id", "person", "always")


class FieldDraw(Draw):
    """A value drawn for this row alone: chances or a size."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "object", "minProperties": 1}


class EventField(Frozen):
    """One field of an event; exactly one origin."""

    copied: Name | None = told(
        "A draw, attribute, size, `experience` or `position`; never the outcome.", None, alias="copy"
    )
    draw: FieldDraw | None = told("Drawn for this row.", None)
    given_by: Literal["step"] | None = told("Handed over by the step that writes the event.", None)
    elapsed_since: Name | None = told("Time since that step of the episode, or since `begin`.", None)
    id: Name | None = told("The id of that ancestor episode: joins rows.", None)
    person: Name | None = told("The other person's user id.", None)
    always: str | Number | None = told("A constant.", None)
    unit: Literal["ms", "s", "min", "h", "d", "B", "px", "chars", "lines", "share"] | None = told(
        "The unit the number is written in.", None
    )
    round: Number | None = told("Numbers are rounded to multiples of this.", None, gt=0)
    means: Prose | None = told("What the field says, for the data dictionary.", None)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if len(self.origins) != 1:
            raise ValueError(f"a field has exactly one origin. Write one of {', '.join(ORIGINS)}")
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins given (one, once read)."""
        held = {origin: getattr(self, "copied" if origin == "copy" else origin) for origin in ORIGINS}
        return tuple(origin for origin, value in held.items() if value is not None)


class Event(Frozen):
    """A candidate signal: one compact JSON row with its envelope, before compression."""

    bytes: Annotated[int, Strict()] = told("Bytes of one compact JSON row with its envelope.", ge=1, le=100_000_000)
    feedback: Literal["implicit", "explicit"] = told("Whether the user meant to tell us something.")
    privacy: PrivacyClass = told("P0 technical, P1 behaviour, P2 personal content, P3 biometric or special.")
    says: Prose = told("What the signal says.")
    misleads: Prose = told("Where the signal misleads.")
    recorded_by: Literal["client", "server"] = told("Who writes the row.", "client")
    per_user_day: Number | None = told(
        "Rows per user and day of a signal that no step emits (an audit, a survey): priced, not simulated.",
        None,
        ge=0,
    )
    fields: dict[Name, EventField] = told("The event's own fields, after the envelope.", {})


class Payload(Frozen):
    """Content that may travel beside an event (a photo, an embedding, a snippet); no log holds it."""

    beside: Name = told("The event it travels with.")
    bytes: Annotated[int, Strict()] = told("Bytes of one payload as sent.", ge=1, le=1_000_000_000)
    privacy: PrivacyClass = told("P0 technical, P1 behaviour, P2 personal content, P3 biometric or special.")
    says: Prose = told("What it would tell.")
    misleads: Prose = told("Where it misleads or harms.")
    usual_share: Fraction = told("The share of its events that a careful design would let it travel with.", 0.0)

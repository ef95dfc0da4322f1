"""The people: how many, how active, what they are, when they come and why they leave."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from teledesign.scenario.base import Frozen, Name, Number, Text, Value, told, unsaid
from teledesign.scenario.quantities import Count, Duration, Fraction, Moment
from teledesign.scenario.tables import ChanceTable

__all__ = [
    "WEEKDAYS",
    "Activity",
    "Attribute",
    "Leaving",
    "People",
    "Production",
    "Rollout",
    "SessionRate",
    "SessionsADay",
    "Weekdays",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Production(Frozen):
    """How many users the product has in production: low, most likely, high."""

    low: Count = told("A cautious figure.", ge=1)
    mode: Count = told("The most likely figure.", ge=1)
    high: Count = told("A bold figure.", ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise ValueError("low, mode and high are out of order. Sort them")
        return self


SessionsADay = Annotated[Number, Field(gt=0, le=1000)]
"""How often somebody comes in a day, on average: some, and not more often than anybody can."""


class SessionRate(Frozen):
    """Sessions per user and day: users' own rates are gamma with this mean; sessions are Poisson given the rate."""

    mean: SessionsADay = told("The mean over users and a whole week.")
    dispersion: Number = told("Squared coefficient of variation of users' rates.", 0.0, ge=0, le=100)


class Weekdays(Frozen):
    """Relative activity by weekday; rescaled to mean 1."""

    mon: Number = told("Monday.", 1.0, ge=0)
    tue: Number = told("Tuesday.", 1.0, ge=0)
    wed: Number = told("Wednesday.", 1.0, ge=0)
    thu: Number = told("Thursday.", 1.0, ge=0)
    fri: Number = told("Friday.", 1.0, ge=0)
    sat: Number = told("Saturday.", 1.0, ge=0)
    sun: Number = told("Sunday.", 1.0, ge=0)

    @property
    def weights(self) -> tuple[float, ...]:
        """Seven weights, Monday first, mean 1."""
        raw = tuple(float(getattr(self, day)) for day in WEEKDAYS)
        total = sum(raw)
        return tuple(7 * value / total for value in raw) if total else raw


class Activity(Frozen):
    """When and how often people use the product."""

    sessions_per_user_day: SessionRate = told("How often.")
    hours: tuple[Number, ...] = told("24 relative weights of the hours of a day, midnight first; rescaled to mean 1.")
    weekdays: Weekdays = told("Relative weights of weekdays; rescaled to mean 1.", unsaid(Weekdays))

    @model_validator(mode="after")
    def _whole_day(self) -> Self:
        if len(self.hours) != 24:
            raise ValueError(f"hours has {len(self.hours)} numbers. Write 24, midnight first")
        if min(self.hours) < 0 or not sum(self.hours):
            raise ValueError("hours must be 0 or more and not all 0. Correct them")
        return self

    @property
    def hour_weights(self) -> tuple[float, ...]:
        """Twenty-four weights, midnight first, mean 1."""
        total = sum(self.hours)
        return tuple(24 * value / total for value in self.hours)


class Leaving(Frozen):
    """Leaving for good: a daily chance, and chances right after named steps for the person who did the step."""

    each_day: Fraction = told("Hazard per day, whatever happens.", 0.0)
    right_after: dict[str, Fraction] = told("episode.step -> chance to leave for good right after it.", {})


class Rollout(Frozen):
    """Versions handed out over time: each version's share means this or a later version."""

    versions: dict[Value, dict[str, Fraction] | None] = told("Version -> moment -> share; none for the first.", {})

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if not isinstance(raw, dict) or set(raw) == {"versions"}:
            return raw
        return {"versions": {name: None if share == "everyone" else share for name, share in raw.items()}}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        from teledesign.scenario.quantities import parse_moment

        names = list(self.versions)
        if not names or self.versions[names[0]] is not None:
            raise ValueError("a rollout begins with the version everyone has. Write NAME: everyone first")
        for name in names[1:]:
            shares = self.versions[name]
            if not shares:
                raise ValueError(f"{name} has no shares. Write {{day 8: 0.05, day 13: 0.5}}")
            moments = [parse_moment(moment) for moment in shares]
            if moments != sorted(set(moments)):
                raise ValueError(f"the moments of {name} are out of order. Sort them")
        return self

    @property
    def breakpoints(self) -> dict[str, tuple[tuple[Moment, float], ...]]:
        """Version -> ((seconds after the start, share of users on this or a later version), …); the first has none."""
        from teledesign.scenario.quantities import parse_moment

        return {
            name: tuple((parse_moment(moment), share) for moment, share in (shares or {}).items())
            for name, shares in self.versions.items()
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        shares = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}
        return {"type": "object", "additionalProperties": {"anyOf": [{"const": "everyone"}, shares]}}


class Attribute(Frozen):
    """Something a user is: chances, a rollout of versions, or how long ago they joined."""

    chances: ChanceTable | None = None
    rollout: Rollout | None = told("Versions handed out over time.", None)
    since_joining: dict[Value, Duration] | None = told(
        "Value -> time since joining from which it holds, shortest first.", None
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: object) -> object:
        if isinstance(raw, dict) and set(raw) & {"rollout", "since_joining", "chances"} and len(raw) == 1:
            return raw
        return {"chances": raw}

    @property
    def values(self) -> tuple[str, ...]:
        """The values a user can have, in the order of the file."""
        if self.rollout:
            return tuple(self.rollout.versions)
        if self.since_joining:
            return tuple(self.since_joining)
        return self.chances.choices if self.chances else ()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "object", "minProperties": 1}


class People(Frozen):
    """The users of the product."""

    called: Text = told("What the product calls them, in the plural: users, developers, listeners.")
    simulate: Annotated[int, Strict()] = told(
        "Users in the panel, the random sample that is simulated.", ge=1, le=50_000_000
    )
    production: Production = told("Users in production; cost and detectability speak of them.")
    activity: Activity = told("When and how often they use the product.")
    growth_per_month: Number = told("Growth of the number of users per 30 days.", 0.0, gt=-1, le=10)
    leaving: Leaving = told("When they leave for good.", unsaid(Leaving))
    holdback: Fraction = told("Share of users who never get the model's answer.", 0.0)
    attributes: dict[Name, Attribute] = told("What users are; later ones may depend on earlier ones.", {})
    unrecorded: dict[Name, Value] = told("Users whose client records nothing: attribute -> value.", {})

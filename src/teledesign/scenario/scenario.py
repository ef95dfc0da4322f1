"""The scenario: one product, whole, as `scenarios/<id>/scenario.yaml` says it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Strict, StringConstraints, model_validator

from teledesign.scenario.base import Frozen, Name, told, unsaid
from teledesign.scenario.delivery import Delivery
from teledesign.scenario.events import Event, Payload
from teledesign.scenario.incidents import Incident
from teledesign.scenario.journey import Episode
from teledesign.scenario.metrics import Metric
from teledesign.scenario.model import Model
from teledesign.scenario.packing import Packing
from teledesign.scenario.people import People
from teledesign.scenario.product import Product
from teledesign.scenario.questions import (
    QUESTION_IDS,
    Anchor,
    Figure,
    FormParameter,
    Law,
    Plan,
    Question,
    Risk,
    Source,
)

__all__ = ["Scenario", "ScenarioId"]

ScenarioId = Annotated[str, Strict(), StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
"""A scenario's id, which is its folder's name; it may hold hyphens."""


class Scenario(Frozen):
    """One product: people, model, journey, events, metrics, incidents, risks and questions.  All of it is public."""

    format: Literal[1] = told("The version of this language.")
    scenario: ScenarioId = told("The id: the name of the folder.")
    title: Annotated[str, Strict(), StringConstraints(min_length=1, max_length=80)] = told(
        "The topic in a few words, e.g. Shoe-brand detection from photos."
    )
    product: Product = told("What the product is.")
    people: People = told("Who uses it.")
    model: Model = told("The machine-learning feature.")
    journey: dict[Name, Episode] = told("The episodes; the first is the session.")
    events: dict[Name, Event] = told("The candidate signals.")
    payloads: dict[Name, Payload] = told("Content that may travel beside an event.", {})
    packing: Packing = told("How far rows pack on the wire and in files.", unsaid(Packing))
    metrics: dict[Name, Metric] = told("What is computed from them.")
    delivery: Delivery = told("The ordinary weather of networks and devices.", unsaid(Delivery))
    incidents: dict[Name, Incident] = told("What can go wrong.", {}, max_length=50)
    risks: tuple[Risk, ...] = told("Challenges and risks.", ())
    law: tuple[Law, ...] = told("Dated legal facts.", ())
    figures: tuple[Figure, ...] = told("Real-world figures with sources.", ())
    questions: dict[Literal["capture", "use", "cost", "risks"], Question] = told("The four questions.")
    plans: tuple[Plan, ...] = told("Time plans for classes.", ())
    forms: dict[Name, FormParameter] = told("Numbers that differ from group to group.", {})
    anchors: dict[Name, Anchor] = told("Margins the tables must add up to.", {})
    sources: dict[Annotated[str, Strict()], Source] = told("Where published numbers were read.", {})

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in QUESTION_IDS if name not in self.questions]
        if missing:
            raise ValueError(f"questions lacks {', '.join(missing)}. Add them; the four are {', '.join(QUESTION_IDS)}")
        if not self.journey:
            raise ValueError("journey is empty. Add a session episode")
        return self

    @property
    def session(self) -> str:
        """The name of the first episode, the session."""
        return next(iter(self.journey))

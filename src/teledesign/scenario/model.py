"""The model: what one prediction truly is, how sure it looks, how long it takes, and its versions."""

from __future__ import annotations

from pydantic import model_validator

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Name, Number, Text, Value, told
from teledesign.scenario.tables import ChanceTable, SizeTable

__all__ = ["Model", "ModelVersion", "OfflineResult"]


class OfflineResult(Frozen):
    """One figure measured before release."""

    metric: Text = told("The offline metric, e.g. top-1 accuracy.")
    data_set: Text = told("The data it was measured on.")
    slice: Text | None = told("The part of the data; the whole where left out.", None)
    value: Number = told("The figure.")
    published: Text | None = told("The source it was read in; otherwise it is assumed.", None)


class ModelVersion(Frozen):
    """One version of the model and what was known of it before release."""

    says: Prose | None = told("What is new in it.", None)
    offline: tuple[OfflineResult, ...] = told("Results before release.", ())


class Model(Frozen):
    """The machine-learning feature.  `outcome` is hidden: no event may copy it."""

    for_each: Name = told("The episode that carries one prediction.")
    outcome: ChanceTable = told("What the prediction truly is, drawn once per prediction.")
    looks_like: dict[str, Value] = told("Outcome -> what a system can see of it (events may copy `experience`).")
    holdback_gets: Name | None = told("The outcome of users in the holdback group.", None)
    score: SizeTable | None = told("The model's confidence.", None)
    latency: SizeTable | None = told("How long a prediction takes.", None)
    versions: dict[Value, ModelVersion] = told("Version -> what is known of it.", {})

    @model_validator(mode="after")
    def _has_outcomes(self) -> Model:
        if not self.outcome.choices:
            raise ValueError("outcome names no choices. Write {right: 0.8, wrong: rest}")
        return self

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every outcome, the holdback's own last."""
        own = self.outcome.choices
        extra = (self.holdback_gets,) if self.holdback_gets and self.holdback_gets not in own else ()
        return own + extra

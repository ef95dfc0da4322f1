"""The words of the course, each in a sentence or two, for the glossary page."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GLOSSARY"]

GLOSSARY: Mapping[str, str] = {
    "anchor": "A margin that a scenario's tables must add up to. It is checked by algebra, without simulating.",
    "audience": "Who a field is for: students, or instructors alone.",
    "cardinality": "How many combinations of values a metric's labels have, and so how many time series it makes.",
    "course": "A folder with `course.yaml`, `scenarios/`, `templates/` and `site/`.",
    "decoy": "Something harmless that looks like an incident.",
    "design": "What a student hands in: what is collected, how much of it, how long it is kept, who looks at it.",
    "effect": "One change that an incident makes, said with one verb, such as `changes` or `stops`.",
    "envelope": "The columns that every row of a log has, whatever event it is of: ids, times, versions, variant.",
    "episode": "A part of the journey with steps of its own, such as a session or one prediction and what follows.",
    "estimate": "The itemised cost of a design on a price sheet.",
    "event": "One kind of row that telemetry may record; a candidate signal until a design picks it.",
    "event log": "What telemetry recorded, as rows. It may lack rows, hold some twice, and carry wrong clocks.",
    "form": "One frozen draw of a worksheet's numbers for one group. Its id stands on every page of the sheet.",
    "guardrail": "A metric that must not get worse while another gets better.",
    "hidden outcome": "What one prediction truly was, such as right or wrong. No event may tell it.",
    "holdback": "Users who never get the model's answer, kept for comparison.",
    "incident": "Something that goes wrong in a window of time: in the model, the input, the client or the delivery.",
    "interaction": "A part of a session around one prediction; its rows share an `interaction_id`.",
    "journey": "What users do, as a tree of episodes and their steps.",
    "key": "The answers to one form, for whoever marks it.",
    "lever": "A choice that moves the cost of a design, such as its sampling rate or the days rows are kept.",
    "monitor": "A metric that is watched, with a way to tell a change from noise and somebody who acts.",
    "offline metric": "What was measured on a data set before release.",
    "outcome metric": "What one really wants to know. Only truth can answer it; telemetry has to guess.",
    "panel": "The random sample of users that is simulated. Costs speak of production, logs of the panel.",
    "payload": "Content that may travel beside an event, such as a photo.",
    "price sheet": "Dated prices, each with unit, kind, rounding and source.",
    "production": "All the users the product has, as low, most likely and high figures.",
    "proxy": "A metric that telemetry can compute and that stands in for an outcome.",
    "retention": "How many days rows are kept ready for queries, and then in a cheap store.",
    "rollout": "How versions reach users over time.",
    "sampling rate": "The share of rows, sessions or users that is kept.",
    "scenario": "One product, whole, as a file: people, model, journey, events, metrics, incidents, risks, questions.",
    "secret": "A long random text that decides graded numbers. It never leaves its instructor.",
    "session": "One visit of a user, the first episode of the journey.",
    "slice": "Users or interactions that share values, such as one version on one platform.",
    "step": "A state of an episode: on entering it, events are written; then time passes, and the next one follows.",
    "teaching file": "Model answers, look-fors and notes of a topic. Students do not get it.",
    "time slice": "A span of time, to tell it from a slice of users.",
    "topic": "A scenario as a class meets it, with brief, worksheet, log and estimator.",
    "truth": "What really happened in a simulation, whether telemetry recorded it or not.",
    "variant": "The arm of an experiment that a user is in; a column of the log.",
}
"""Word -> what it means here, in the order of the alphabet."""

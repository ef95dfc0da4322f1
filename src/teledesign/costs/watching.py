"""What of a design's metrics the estimator page can be asked about: shares, rows, and slices that can be targeted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from teledesign.costs.detecting import Kept, Watched, kept_of, metric_of, rows_each_of, targeting_share, watched
from teledesign.costs.model import CostModel
from teledesign.design import values_of
from teledesign.expectation import Expectation
from teledesign.findings import Refusal

__all__ = ["WatchedMetric", "WatchedSlice", "watched_metrics"]

ROLES = ("proxy", "guardrail")
VERSIONS = ("app_version", "model_version")
"""Attributes that no slice is offered of: before a rollout everybody has the same."""


@dataclass(frozen=True)
class WatchedSlice:
    """A slice of users: what it is called, the metric there, and its share of users."""

    name: str
    value: str
    there: Watched
    aimed: float


@dataclass(frozen=True)
class WatchedMetric:
    """A metric that is a share of rows: over all users and in slices, and what the design keeps of its rows."""

    name: str
    title: str
    better: str
    whole: Watched
    rows_each: float
    kept: Kept
    slices: tuple[WatchedSlice, ...]


def watched_metrics(model: CostModel, expected: Expectation) -> tuple[WatchedMetric, ...]:
    """The proxies and guardrails that are shares of rows strictly between 0 and 1 and that the design can compute."""
    found = (_watched(model, expected, name) for name in model.gathered.scenario.metrics)
    return tuple(one for one in found if one is not None)


def _watched(model: CostModel, expected: Expectation, name: str) -> WatchedMetric | None:
    if model.gathered.scenario.metrics[name].role not in ROLES:
        return None
    try:
        metric = metric_of(model, name)
        kept = kept_of(model, metric, name)
        whole = watched(expected, metric, name, {})
    except Refusal:
        return None
    if not 0 < whole.share < 1:
        return None
    title = metric.title or name.replace("_", " ")
    each = rows_each_of(model, whole)
    return WatchedMetric(
        name, title, metric.better or "higher", whole, each, kept, tuple(_slices(model, expected, name))
    )


def _slices(model: CostModel, expected: Expectation, name: str) -> Iterator[WatchedSlice]:
    scenario = model.gathered.scenario
    metric = scenario.metrics[name]
    for by in metric.by:
        if by not in scenario.people.attributes or by in VERSIONS:
            continue
        for value in values_of(scenario, by):
            where = {by: (value,)}
            try:
                there = watched(expected, metric, name, where)
            except Refusal:
                continue
            aimed = targeting_share(model, expected, where)
            if aimed is not None and 0 < there.share < 1:
                yield WatchedSlice(by, value, there, aimed)

"""A way through a topic's costs: states of the estimator for its questions to be answered by moving the controls.

Nothing here is an answer: what each step shows comes out of the model when its link is followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from teledesign.costs.page import PageModel
from teledesign.costs.watching import WatchedMetric, WatchedSlice
from teledesign.formulas import plain_number
from teledesign.scenario import Scenario

__all__ = ["PathView", "drop_of", "path_view", "round_number"]

SERIES = 5000.0
RATE = 0.1
FEW = 0.01
"""How many metric series at least, and which shares of rows, the path speaks of."""
RARE = 0.01
NOTABLE = 50.0
"""A metric is no rarity from here on, and so many times more than a change that is worth looking for."""


@dataclass(frozen=True)
class Payload:
    """A payload that the path sends along, and what it is called."""

    title: str
    beside: str
    share: str


@dataclass(frozen=True)
class Watch:
    """The metric and slice of the last step, in words."""

    metric: str
    slice: str
    drop: str
    way: str


@dataclass(frozen=True)
class PathView:
    """The topic's words and numbers, and by name the addresses that set the estimator's state."""

    people: str
    series: str
    rate: str
    few: str
    rounded: str
    """The price of streaming in words, where it bills small records rounded up."""
    by_bytes: str
    """A price sheet that bills ingestion by the byte, where there is one."""
    payload: Payload | None
    budget: str
    currency: str
    watch: Watch | None
    links: Mapping[str, str]


def path_view(
    scenario: Scenario,
    models: Mapping[str, PageModel],
    titles: Mapping[str, str],
    watched: Sequence[WatchedMetric],
    budget: float,
) -> PathView:
    """The path of a topic on the first of these price sheets."""
    default = next(iter(models))
    payload = _payload(scenario)
    by_bytes = next((name for name, model in models.items() if _bills_bytes(model)), "")
    found = _smallest(watched)
    series = _series(models[default])
    links = _links(scenario, series, payload, by_bytes, found, budget)
    return PathView(
        people=scenario.people.called,
        series=plain_number(series),
        rate=plain_number(RATE),
        few=plain_number(FEW),
        rounded=_rounded(models[default]),
        by_bytes=titles[by_bytes] if by_bytes else "",
        payload=payload,
        budget=plain_number(budget),
        currency=models[default].data["currency"],
        watch=None if found is None else _watch(*found),
        links=links,
    )


def _links(
    scenario: Scenario,
    series: float,
    payload: Payload | None,
    by_bytes: str,
    found: tuple[WatchedMetric, WatchedSlice | None] | None,
    budget: float,
) -> dict[str, str]:
    """State -> the fragment that sets it."""
    links = {
        "everything": _state(),
        "sampled": _state(sampling=RATE),
        "targeted": _state(targeting=RATE),
        "series": _state(series=series),
        "series_sampled": _state(series=series, sampling=RATE),
        "kept_long": _state(view="months", months=18, hot_days=365),
        "kept_short": _state(view="months", months=18, hot_days=30),
        "growing": _state(view="months", months=18, hot_days=365, growth=0.05),
        "alone": _state(batch=1),
        "batched": _state(batch=50, compression=1),
        "bare": _state(bare=1),
        "sure": _state(view="sure"),
        "compared": _state(view="compare", against=f"sampling:{RATE}", targeting=RATE),
        "budget": _state(view="budget", budget=budget, solve="sampling"),
        "budget_days": _state(view="budget", budget=budget, solve="hot_days"),
    }
    if by_bytes:
        links |= {"by_bytes": _state(prices=by_bytes), "by_bytes_bare": _state(prices=by_bytes, bare=1)}
    if payload is not None:
        name = next(name for name, one in scenario.payloads.items() if name.replace("_", " ") == payload.title)
        links["payload"] = _state(**{f"payload_{name}": FEW})
        links["no_payloads"] = _state(**{f"payload_{other}": 0 for other in scenario.payloads})
    if found is not None:
        metric, part = found
        asked: dict[str, str | float] = {"view": "see", "metric": metric.name, "drop": drop_of(metric)}
        if part is not None:
            asked["slice"] = f"{part.name}:{part.value}"
        links |= {"see": _state(**asked), "see_few": _state(sampling=FEW, **asked)}
    return links


def _state(**settings: str | float) -> str:
    """A fragment; a tab that is not named is the path's own, where the reader goes on."""
    held: dict[str, str | float] = {"view": "path", **settings}
    written = {name: value if isinstance(value, str) else f"{value:.12g}" for name, value in held.items()}
    return "#" + "&".join(f"{name}={quote(value, safe=':,')}" for name, value in sorted(written.items()))


def _series(model: PageModel) -> float:
    """More metric series than the design has."""
    own = next(one["default"] for one in model.data["inputs"] if one["name"] == "series")
    return max(SERIES, round_number(2 * own))


def _payload(scenario: Scenario) -> Payload | None:
    """The largest payload."""
    if not scenario.payloads:
        return None
    name = max(scenario.payloads, key=lambda one: (scenario.payloads[one].bytes, one))
    return Payload(name.replace("_", " "), scenario.payloads[name].beside.replace("_", " "), plain_number(FEW))


def _bills_bytes(model: PageModel) -> bool:
    """Whether a sheet bills ingestion by the byte."""
    row = next(row for row in model.data["rows"] if row["item"] == "ingestion")
    return row["price"] is not None and bool(row["price"]["formula"]) and row["formula"].startswith("bytes_per_day")


def _rounded(model: PageModel) -> str:
    row = next(row for row in model.data["rows"] if row["item"] == "streaming")
    return row["price"]["told"] if row["price"] is not None and "rounded up" in row["price"]["told"] else ""


def _smallest(watched: Sequence[WatchedMetric]) -> tuple[WatchedMetric, WatchedSlice | None] | None:
    """The metric with the smallest slice of users, of those that are no rarity; without slices, the first metric."""
    pairs = [(one, part) for one in watched for part in one.slices if RARE < one.whole.share < 1 - RARE]
    if pairs:
        return min(pairs, key=lambda pair: pair[1].aimed)
    return (watched[0], None) if watched else None


def _watch(metric: WatchedMetric, part: WatchedSlice | None) -> Watch:
    named = "" if part is None else f"{part.name.replace('_', ' ')} {part.value}"
    way = "rises" if metric.better == "lower" else "falls"
    return Watch(metric.title, named, plain_number(drop_of(metric)), way)


def drop_of(metric: WatchedMetric) -> float:
    """A change for the worse that is worth looking for, to one digit."""
    share = metric.whole.share
    return round_number(min(share, 1 - share) / NOTABLE)


def round_number(value: float) -> float:
    """The value to one digit: 3000 for 2,818.09."""
    return float(f"{value:.0e}")

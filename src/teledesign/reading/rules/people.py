"""People and the model: rollouts, tenure, classes and versions that agree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from zoneinfo import TZPATH, available_timezones

from teledesign.reading.rules.facts import Facts, Said, remedy
from teledesign.scenario.quantities import Moment


def rollout_shares(facts: Facts) -> Iterator[Said]:
    """A later version never has a larger share than the one before it: shares mean this or a later version."""
    for name, attribute in facts.scenario.people.attributes.items():
        if attribute.rollout is None:
            continue
        points = attribute.rollout.breakpoints
        for earlier, later in pairwise(list(points)[1:]):
            moments = [moment for version in (earlier, later) for moment, _ in points[version]]
            for moment in sorted(set(moments)):
                if share_at(points[later], moment) > share_at(points[earlier], moment) + 1e-9:
                    path = ("people", "attributes", name, "rollout", later)
                    day = int(moment // 86400) + 1
                    what = f"on day {day} more users have {later} than {earlier} or later"
                    yield path, f"{what}. Raise {earlier}, or lower {later}"
                    break


def share_at(points: Sequence[tuple[Moment, float]], moment: Moment) -> float:
    """The share of users on a version or a later one at a moment, of its points in time."""
    if not points:
        return 1.0
    if moment < points[0][0]:
        return 0.0
    for (begin, low), (end, high) in pairwise(points):
        if begin <= moment < end:
            return low + (high - low) * (moment - begin) / (end - begin)
    return points[-1][1]


def tenure_order(facts: Facts) -> Iterator[Said]:
    """Values of tenure begin at 0 and follow each other."""
    for name, attribute in facts.scenario.people.attributes.items():
        spans = list((attribute.since_joining or {}).values())
        path = ("people", "attributes", name, "since_joining")
        if attribute.since_joining is not None and (not spans or spans[0] != 0):
            yield path, "nobody knows what users are on their first day. Begin with a value at 0 d"
        elif spans != sorted(set(spans)):
            yield path, "the times since joining are out of order. Sort them, shortest first"


def time_zones(facts: Facts) -> Iterator[Said]:
    """A time zone that nobody keeps."""
    zone = facts.scenario.product.clock.time_zone
    zones = frozenset[str]() if _is_installed(zone) else available_timezones()
    if zones and zone not in zones:
        near = [name for name in sorted(zones) if name.rpartition("/")[2][:3] == zone.rpartition("/")[2][:3]]
        yield ("product", "clock", "time_zone"), f"there is no time zone {zone}. {remedy(zone, near or ['UTC'])}"


def _is_installed(zone: str) -> bool:
    """Whether a zone stands, spelled so, among those of this machine; to list all of them opens every file."""
    if zone.startswith(("posix", "right")):
        return False
    for base in TZPATH:
        place = Path(base)
        for part in zone.split("/"):
            if not place.is_dir() or part not in os.listdir(place):
                break
            place /= part
        else:
            return place.is_file() and place.read_bytes()[:4] == b"TZif"
    return False


def outcome_looks(facts: Facts) -> Iterator[Said]:
    """`looks_like` says of every outcome, and of nothing else, what a system can see of it."""
    model = facts.scenario.model
    for outcome in model.outcomes:
        if outcome not in model.looks_like:
            message = f"looks_like lacks {outcome}. Say what a system can see of it"
            yield ("model", "looks_like"), message
    for outcome in model.looks_like:
        if outcome not in model.outcomes:
            yield ("model", "looks_like", outcome), f"there is no outcome {outcome}. {remedy(outcome, model.outcomes)}"


def holdback_outcome(facts: Facts) -> Iterator[Said]:
    """A holdback group has an outcome."""
    model, people = facts.scenario.model, facts.scenario.people
    if people.holdback and model.holdback_gets is None:
        message = "a share of users is held back, but not what they get. Write holdback_gets: an outcome"
        yield ("model",), message
    if model.holdback_gets is not None and not people.holdback:
        yield ("model", "holdback_gets"), "nobody is held back. Set people.holdback, or take this out"


def model_versions(facts: Facts) -> Iterator[Said]:
    """Versions with offline results are versions that users get."""
    held = facts.scenario.people.attributes.get("model_version")
    values = held.values if held else ()
    for version in facts.scenario.model.versions:
        if version not in values:
            remark = remedy(version, values) if values else "Add people.attributes.model_version with its rollout"
            yield ("model", "versions", version), f"no user ever gets the version {version}. {remark}"

"""The algebra against a slow simulation that shares no code with it beyond the plan."""

import math
import random
from typing import Any

import numpy as np
import pytest

from scenarios_for_tests import CODE, PHOTO, incident, made
from teledesign.expectation import Expectation
from teledesign.scenario.plan import AGAIN_CODE, Plan

DAY = 86400.0


def played(plan: Plan, sessions: int, day: int, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Mean and standard error of step visits per session, by walking sessions one draw at a time."""
    chance = random.Random(seed)
    moment = np.array([(day - 1) * DAY + chance.random() * DAY for _ in range(sessions)])
    total = sum(len(episode.steps) for episode in plan.episodes)
    first = np.cumsum([0] + [len(episode.steps) for episode in plan.episodes])
    counts = np.zeros((sessions, total))

    def pick(row: Any) -> int:
        return chance.choices(range(len(row)), weights=row)[0]

    def codes(table: Any, known: dict[str, Any], episode: str) -> int:
        return int(table.context.code_of({name: see(name, known, episode) for name in table.names}))

    def see(name: str, known: dict[str, Any], episode: str) -> int:
        if name.startswith("incident."):
            incident_name = name.removeprefix("incident.")
            item = next(item for item in plan.incidents if item.name == incident_name)
            chooser = plan.names.chooser(episode, item.chosen_by)
            key = f"{name}@{chooser}"
            numbers = known["numbers"] if chooser in known["own"] else known
            known.setdefault(key, numbers.setdefault(key, chance.random()))
            return int(known[key] < float(item.strength(np.array([known["moment"]]))[0]))
        variable = plan.names.variable(episode, name)
        return int(known[variable])

    def person(name: str, known: dict[str, Any]) -> None:
        known[f"{name}.holdback"] = int(chance.random() < plan.holdback)
        for attribute in plan.attributes:
            if attribute.chances is not None:
                row = attribute.chances.chances[
                    attribute.chances.context.code_of(
                        {other: known[f"{name}.{other}"] for other in attribute.chances.names}
                    )
                ]
            else:
                assert attribute.rollout is not None
                row = attribute.rollout.chances(np.array([known["moment"]]))[0]
            known[f"{name}.{attribute.name}"] = pick(row)

    def begin(number: int, known: dict[str, Any], at: int) -> bool:
        """Play one instance; whether it ended in `again`."""
        episode = plan.episodes[number]
        known = {**known, "numbers": {}, "own": {episode.name, episode.person}}
        if episode.person:
            person(episode.person, known)
        for draw in episode.draws:
            if draw.chances is not None:
                known[draw.name] = pick(draw.chances.chances[codes(draw.chances, known, episode.name)])
            else:
                leaf = draw.sizes.leaves[draw.sizes.leaf[codes(draw.sizes, known, episode.name)]]
                known[draw.name] = float(leaf.table()[chance.randrange(65536)])
        if episode.outcome is not None:
            known["outcome"] = pick(episode.outcome.chances[codes(episode.outcome, known, episode.name)])
        step = 0
        while step >= 0:
            counts[at, first[number] + step] += 1
            here = episode.steps[step]
            for start in here.starts:
                more = {**known, **start.holding}
                if start.at_most:
                    for _ in range(start.at_most):
                        if not begin(start.episode, more, at):
                            break
                elif start.count is not None:
                    leaf = start.count.leaves[start.count.leaf[codes(start.count, known, episode.name)]]
                    many = known[leaf.number] if leaf.number else leaf.table()[chance.randrange(65536)]
                    for _ in range(round(many)):
                        begin(start.episode, more, at)
                else:
                    begin(start.episode, more, at)
            step = here.targets[pick(here.next.chances[codes(here.next, known, episode.name)])]
        return step == AGAIN_CODE

    for at in range(sessions):
        known: dict[str, Any] = {
            "moment": float(moment[at]),
            "weekend": plan.weekday(day) >= 5,
            "numbers": {},
            "own": set(),
        }
        person("owner", known)
        begin(0, known, at)
    return counts.mean(axis=0), counts.std(axis=0) / math.sqrt(sessions)


WRONG_NAMES = incident(
    chosen_by="face",
    reaches=0.4,
    where={"orientation": "rotated"},
    effects=[{"changes": "model.outcome", "times": {"wrong": 4}}],
)
BIG_BUTTON = incident(
    where={"app_version": "v5.2"},
    effects=[
        {"changes": "face.suggested.next", "times": {"confirmed": 1.2}},
        {"changes": "tag.waiting.next", "times": {"removed": 1.5}},
    ],
)


@pytest.mark.parametrize(
    ("told", "day", "running", "sessions"),
    [
        (PHOTO, 16, (), 100),
        (PHOTO, 16, ("wrong_names", "big_button"), 100),
        (CODE, 17, (), 100),
    ],
    ids=["photo", "photo with two incidents", "code"],
)
def test_a_slow_simulation_agrees(told: dict[str, Any], day: int, running: tuple[str, ...], sessions: int) -> None:
    """At most one time in about 100,000 would chance alone bring a step 5 standard errors off (25 steps)."""
    scenario = made(**told, incidents={"wrong_names": WRONG_NAMES, "big_button": BIG_BUTTON} if told is PHOTO else {})
    expectation = Expectation(scenario, running)
    mean, error = played(expectation.plan, sessions, day, seed=20250303)
    visits = np.array(list(expectation.step_visits(day).values())) / expectation.sessions_per_user_day(day)
    seen = error > 0
    z = (mean[seen] - visits[seen]) / error[seen]
    assert np.max(np.abs(z)) < 5
    assert np.sqrt(np.mean(z**2)) < 2.2
    assert mean[~seen] == pytest.approx(visits[~seen], abs=0.05)

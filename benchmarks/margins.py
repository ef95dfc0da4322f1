"""The published and assumed margins of every topic: stated, by algebra, and as simulated people come to them.

The first week, nobody leaves, no incident; several seeds.  The interval is 95 %, from differences between users.
Run: .venv/bin/python benchmarks/margins.py [seeds] [share of the panel]
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from teledesign.expectation import Expectation
from teledesign.scenario import Scenario
from teledesign.scenario.metrics import Counted
from teledesign.scenario.people import Leaving
from teledesign.scenario.plan import Plan
from teledesign.simulation import Seed
from teledesign.simulation.people.population import Population
from teledesign.simulation.playing.blocks import Blocks, begin_block
from teledesign.simulation.playing.journeys import play
from teledesign.simulation.playing.played import Played
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.layout import Layout

DAYS = 7
DAY_MS = 86_400_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Margin:
    """A margin as simulated, with its standard error."""

    value: float
    error: float


def played(scenario: Scenario, users: int, seed: Seed) -> tuple[Population, Iterator[Played]]:
    """Everything that a panel does in a week, as if nobody ever left."""
    steady = scenario.model_copy(update={"people": scenario.people.model_copy(update={"leaving": Leaving()})})
    plan = Plan.of(steady)
    population = Population(plan, seed, users, DAYS)
    script = Script.of(plan, Layout.of(steady), population)
    rows = sum(Expectation(steady).events_per_user_day().values())
    blocks = Blocks.of(population.panel, DAYS, rows)
    return population, (part for block in blocks for part in play(begin_block(script, block), visits=True))


def per_user(scenario: Scenario, counted: Sequence[Counted], users: int, seed: Seed) -> Floats:
    """How often each thing happened, by the owner of the session it came of: shape (things, users)."""
    population, parts = played(scenario, users, seed)
    found = np.zeros((len(counted), population.panel))
    for part in parts:
        root, rows = part.frame.root
        owner = root.users if rows is None else root.users[rows]
        for number, thing in enumerate(counted):
            found[number] += np.bincount(owner[_happened(part, thing)], minlength=population.panel)
    for number, thing in enumerate(counted):
        if thing.target == "user_days":
            joined = np.maximum(population.joined(np.arange(population.panel)), 0)
            found[number] = DAYS - joined / DAY_MS
    return found


def _happened(part: Played, thing: Counted) -> npt.NDArray[np.int64]:
    """The rows of a frame in which something happened, each as often as it did."""
    frame = part.frame
    if thing.target == "active_user_days":
        if frame.parent is not None:
            return np.zeros(0, dtype=np.int64)
        days = frame.users * (DAYS + 1) + frame.at // DAY_MS
        return np.unique(days, return_index=True)[1]
    episode, _, step = thing.target.partition(".")
    if frame.episode.plan.name != episode:
        return np.zeros(0, dtype=np.int64)
    number = [held.name for held in frame.episode.plan.steps].index(step)
    rows = [moments.rows for moments in part.entered.get(number, [])]
    entered = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
    return entered[frame.matching(thing.where, entered)]


def margins(scenario: Scenario, users: int, seeds: Sequence[int]) -> dict[str, Margin]:
    """Every anchor of a scenario as the panels of these seeds come to it."""
    counted = [thing for anchor in scenario.anchors.values() for thing in (anchor.of, anchor.per)]
    each = np.concatenate([per_user(scenario, counted, users, Seed.of_number(seed)) for seed in seeds], axis=1)
    found = {}
    for place, name in enumerate(scenario.anchors):
        of, per = each[2 * place], each[2 * place + 1]
        ratio = of.sum() / per.sum()
        found[name] = Margin(ratio, float(np.sqrt(((of - ratio * per) ** 2).sum()) / per.sum()))
    return found


def main() -> None:
    from teledesign.course import find_course, open_scenario
    from teledesign.resources import packaged_course

    seeds = range(1, 1 + (int(sys.argv[1]) if len(sys.argv) > 1 else 4))
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    course = find_course(packaged_course())
    print(f"{'topic':<16} {'margin':<34} {'stated':>8} {'algebra':>9} {'simulated':>10} {'±':>8}  published")
    for path in sorted((packaged_course() / "scenarios").glob("*/scenario.yaml")):
        scenario = open_scenario(path.parent.name, course)
        users = max(1, round(scenario.people.simulate * share))
        algebra, simulated = Expectation(scenario).anchors(), margins(scenario, users, seeds)
        for name, result in algebra.items():
            found = simulated[name]
            print(
                f"{scenario.scenario:<16} {name:<34} {result.stated:>8.4g} {result.computed:>9.4f} "
                f"{found.value:>10.4f} {1.96 * found.error:>8.4f}  {scenario.anchors[name].published or ''}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""The truth of a log made again: a log tells none, but who knows what made it can make it once more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from teledesign.design import Design
from teledesign.findings import Refusal
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.simulation.files.listing import MANIFEST, TRUTH
from teledesign.simulation.luck.draws import Seed
from teledesign.simulation.manifest import arguments_tag
from teledesign.simulation.playing.blocks import Blocks
from teledesign.simulation.playing.scheduled import DRAWN, NONE, scheduled
from teledesign.simulation.run import Progress, simulate
from teledesign.simulation.sizes import started
from teledesign.simulation.tasks import Work

__all__ = ["MadeBy", "Remade", "made_by", "manifest_of", "remade"]

EVERYTHING, PERFECT = "everything", "perfect"


@dataclass(frozen=True)
class MadeBy:
    """What made a log."""

    scenario: Scenario
    seed: Seed
    incidents: tuple[str, ...]
    users: int
    days: int
    delivery: Delivery | None
    design: Design | None


@dataclass(frozen=True)
class Remade:
    """The truth of a log, made again, and whether the same rows came out."""

    truth: Mapping[str, Any]
    same_rows: bool


def manifest_of(log: Path) -> Mapping[str, Any]:
    """The manifest of a log's folder.  Raises Refusal where there is none."""
    try:
        held = json.loads((log / MANIFEST).read_text("utf-8"))
        if held["made_by"] != "teledesign" or not isinstance(held["tag"], str):
            raise ValueError
        dt.date.fromisoformat(held["start"])
        whole = {name: int(held[name]) for name in ("panel_users", "days")}
        if min(whole.values()) < 1 or not isinstance(held["scenario"], str):
            raise ValueError
        return dict(held)
    except OSError:
        raise Refusal(f"{log} holds no {MANIFEST}. Name the folder of a log") from None
    except (ValueError, KeyError, TypeError):
        raise Refusal(f"{log / MANIFEST} is not the manifest of a log. Simulate the log again") from None


def made_by(
    log: Path, scenario: Scenario, seeds: Iterable[Seed], incidents: Sequence[str], design: Design | None
) -> MadeBy:
    """What made a log, if the scenario, one of the seeds and the incidents fit its tag; without incidents, what
    `simulate` does by itself is tried, then none.  Raises Refusal where nothing fits."""
    manifest = manifest_of(log)
    named = str(manifest.get("design", EVERYTHING))
    if named != EVERYTHING and design is None:
        raise Refusal(f"the log holds what the design {named} collects. Name its file with --design")
    start = dt.date.fromisoformat(str(manifest["start"]))
    weather = Delivery() if manifest.get("delivery", {}).get("weather") == PERFECT else None
    choices = [tuple(incidents)] if incidents else [(DRAWN,), (NONE,)]
    for seed in seeds:
        for choice in choices:
            found = MadeBy(
                started(scenario, start if start != scenario.product.clock.start else None),
                seed,
                choice,
                int(manifest["panel_users"]),
                int(manifest["days"]),
                weather,
                None if named == EVERYTHING else design,
            )
            if _tag(found) == manifest["tag"]:
                return found
    raise Refusal(
        f"{log} was not made from this scenario with this seed and these incidents. Repeat the --seed and --incident "
        "it was made with, and name the course whose scenario it was"
    )


def _tag(found: MadeBy) -> str | None:
    """The tag that a log made so would have; None where it cannot be made."""
    try:
        running = scheduled(found.scenario, found.incidents, found.seed, found.users, found.days)
    except Refusal:
        return None
    nowhere = Path()
    work = Work(
        scenario=found.scenario,
        seed=found.seed,
        users=found.users,
        days=found.days,
        formats=(),
        runs=nowhere,
        out=nowhere,
        truth=None,
        blocks=Blocks(0, 0, 1, 1),
        incidents=running,
        delivery=found.delivery,
        design=found.design,
    )
    return arguments_tag(work)


def remade(
    log: Path, found: MadeBy, *, jobs: int = 1, keep: Path | None = None, progress: Progress | None = None
) -> Remade:
    """The truth of a log, from what made it; its files stay in `keep`, if that is named.  Raises Refusal."""
    digest = manifest_of(log).get("row_digest")
    with TemporaryDirectory(prefix="teledesign-truth-") as place:
        truth = keep or Path(place) / "truth"
        report = simulate(
            found.scenario,
            seed=found.seed,
            users=found.users,
            days=found.days,
            incidents=found.incidents,
            delivery=found.delivery,
            design=found.design,
            out=Path(place) / "log",
            jobs=jobs,
            truth=truth,
            progress=progress,
        )
        return Remade(json.loads((truth / TRUTH).read_text("utf-8")), report.digest == digest)

"""The truth of a log made again: a log tells none, but who knows what made it can make it once more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from teledesign.findings import Refusal
from teledesign.results.log import Part
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.simulation.files.folder import check_truth_place
from teledesign.simulation.files.listing import LOG_FORMAT, MANIFEST, TRUTH, Listing, LogListing, read_list
from teledesign.simulation.files.slices import is_whole
from teledesign.simulation.luck.draws import Seed
from teledesign.simulation.manifest import EVERYTHING, arguments_tag, packages
from teledesign.simulation.playing.blocks import Blocks
from teledesign.simulation.playing.scheduled import DRAWN, NONE, scheduled
from teledesign.simulation.run import Progress, simulate
from teledesign.simulation.sizes import started
from teledesign.simulation.tasks import Work

if TYPE_CHECKING:
    from teledesign.design import Design

__all__ = ["MadeBy", "Remade", "made_by", "manifest_of", "remade"]

PERFECT = "perfect"


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
    changed: tuple[str, ...]
    """What is not as it was with the log's files, a sentence each."""

    @property
    def as_made(self) -> bool:
        """Whether the log is, rows and files, what its arguments make."""
        return self.same_rows and not self.changed


def manifest_of(log: Path) -> LogListing:
    """The manifest of a log's folder.  Raises Refusal where there is none."""
    path = log / MANIFEST
    if not path.is_file():
        raise Refusal(f"{log} holds no {MANIFEST}. Name the folder of a log")
    held = read_list(path, LogListing)
    if held is not None and held.is_sound:
        return held
    said = read_list(path, Listing)
    if said is not None and said.log_format not in (None, LOG_FORMAT):
        raise Refusal(f"{path} is of log format {said.log_format}, not {LOG_FORMAT}. Use the version that made the log")
    raise Refusal(f"{path} is not the manifest of a log. Simulate the log again")


def made_by(
    log: Path, scenario: Scenario, seeds: Iterable[Seed], incidents: Sequence[str], design: Design | None
) -> MadeBy:
    """What made a log, if the scenario, one of the seeds and the incidents fit its tag; without incidents, what
    `simulate` does by itself is tried, then none.  Raises Refusal where nothing fits."""
    manifest = manifest_of(log)
    named = manifest.design
    _check_design(named, design)
    start = manifest.start
    weather = Delivery() if manifest.delivery.weather == PERFECT else None
    choices = [tuple(incidents)] if incidents else [(DRAWN,), (NONE,)]
    for seed in seeds:
        for choice in choices:
            found = MadeBy(
                started(scenario, start if start != scenario.product.clock.start else None),
                seed,
                choice,
                manifest.panel_users,
                manifest.days,
                weather,
                None if named == EVERYTHING else design,
            )
            if _tag(found, named=bool(incidents)) == manifest.tag:
                return found
    raise Refusal(f"{_unlike(log, manifest, scenario)}. {_remedy(manifest)}")


def _check_design(named: str, design: Design | None) -> None:
    """Raise Refusal where a log of the design of that name was not made with this one."""
    if design is None or design.design == EVERYTHING:
        if named != EVERYTHING:
            raise Refusal(f"the log holds what the design {named} collects. Name its file with --design")
    elif named == EVERYTHING:
        raise Refusal("the log holds all that its scenario writes, and no design chose of it. Take out --design")
    elif named != design.design:
        other = f"{named} collects, not {design.design}"
        raise Refusal(f"the log holds what the design {other}. Name its file with --design")


def _unlike(log: Path, manifest: LogListing, scenario: Scenario) -> str:
    """What does not fit, as far as the manifest tells it."""
    version = manifest.packages.get("teledesign")
    if version != packages()["teledesign"]:
        return f"{log} was made by teledesign {version}, which may play {scenario.scenario} otherwise than this one"
    with_design = "" if manifest.design == EVERYTHING else f", the design {manifest.design}"
    return f"{log} was not made from this scenario{with_design}, this seed and these incidents"


def _remedy(manifest: LogListing) -> str:
    of_design = "" if manifest.design == EVERYTHING else "the file with --design if the design was another then, "
    return (
        "Try --graded if a graded build made it; else repeat its --seed and --incident, or name "
        f"{of_design}its course with --course or its scenario's file with --scenario"
    )


def _tag(found: MadeBy, named: bool) -> str | None:
    """The tag that a log made so would have; None where it cannot be made.  Raises Refusal for incidents `named`."""
    try:
        running = scheduled(found.scenario, found.incidents, found.seed, found.users, found.days)
    except Refusal:
        if named:
            raise
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
    manifest = manifest_of(log)
    if keep is not None:
        check_truth_place(keep, log, "-o")
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
            options=("the variable TMPDIR", "-o"),
            progress=progress,
        )
        same = report.digest == manifest.row_digest
        changed = tuple(_changed(log, manifest, report.rows, report.parts if same else ()))
        return Remade(json.loads((truth / TRUTH).read_text("utf-8")), same, changed)


def _changed(log: Path, manifest: LogListing, rows: int, again: Sequence[Part]) -> Iterator[str]:
    """What is not as it was with a log's files: held against its manifest, and against parts made again with the same
    versions, which have the same bytes."""
    made = {part.file: part for part in again} if manifest.packages == packages() else {}
    for part in manifest.parts:
        if not (log / part.file).is_file():
            yield f"{part.file} is missing"
        elif not is_whole(log, part):
            yield f"{part.file} is not as it was written"
        elif part.file in made and made[part.file].sha256 != part.sha256:
            yield f"{part.file} and {MANIFEST} are not as they were written"
    for name in manifest.formats:
        held = sum(part.rows for part in manifest.parts if part.format == name)
        if held != rows:
            yield f"{MANIFEST} tells of {held:,} rows as {name}, not of {rows:,}"
    known = {part.file for part in manifest.parts}
    for path in sorted(log.rglob("*.parquet")):
        if path.relative_to(log).as_posix() not in known:
            yield f"{path.relative_to(log).as_posix()!r} is not part of it"

"""What stands beside a log: the public manifest and row schema; and, elsewhere, the summary of its truth.

The manifest is public and holds neither seed nor incidents, only a keyed tag: who has the seed and the
arguments can see that they fit.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from teledesign import __version__
from teledesign.results.log import LogReport, Part
from teledesign.scenario.delivery import Delivery
from teledesign.simulation.files import slices
from teledesign.simulation.files.beside import DICTIONARY, README, dictionary, readme
from teledesign.simulation.files.journal import BlockReport, SliceDone
from teledesign.simulation.files.listing import (
    LOG_FORMAT,
    MANIFEST,
    METRICS,
    SCHEMA,
    TRUTH,
    Listing,
    LogListing,
    read_list,
)
from teledesign.simulation.files.schemas import row_schema
from teledesign.simulation.playing import blocks
from teledesign.simulation.sending.faults import WEATHER
from teledesign.simulation.tasks import Work
from teledesign.simulation.truth.incidents import incidents_told
from teledesign.simulation.whole import write_whole

__all__ = [
    "EVERYTHING",
    "SCHEMA",
    "arguments_tag",
    "earlier_parts",
    "log_differs",
    "packages",
    "truth_differs",
    "work_tag",
    "write_manifest",
    "write_truth_summary",
]

SAID = {
    "stops": "never written",
    "sends": "written though nothing happened",
    "repeats": "written twice",
    "blanks": "with an empty field",
    "writes": "with a false value",
    "renames": "with a renamed value",
    "rescales": "in another unit",
    "samples": "left out by sampling",
    "loses": "lost",
    "duplicates": "sent again",
    "delays": "sent later",
    "shifts_clock": "with a shifted clock",
}
"""What an effect does to the rows it strikes, by its verb."""

Integers = npt.NDArray[np.int64]
PACKAGES = ("numpy", "pyarrow")
EVERYTHING = "everything"
"""What a log holds that no design was named for."""


def arguments_tag(work: Work) -> str:
    """A tag of everything that made the log, keyed with its seed.

    What a file leaves at its default is left out, so that a new key of the language changes no tag.
    """
    made_by = {
        "scenario": hashlib.sha256(work.scenario.model_dump_json(exclude_defaults=True).encode()).hexdigest(),
        "users": work.users,
        "days": work.days,
        "incidents": {name: _plain(incident) for name, incident in work.incidents.items()},
        "delivery": None if work.delivery is None else _plain(work.delivery),
        "design": None if work.design is None else _plain(work.design),
    }
    return hmac.digest(work.seed.secret, json.dumps(made_by, sort_keys=True).encode(), "sha256").hex()[:32]


def _plain(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json", exclude_defaults=True)


def work_tag(work: Work) -> str:
    """A tag of all that an unfinished log hangs on: arguments, formats, sizes of pieces and versions."""
    held = [arguments_tag(work), *work.formats, str(LOG_FORMAT), __version__, str(sorted(_versions().items()))]
    held += [str(blocks.ROWS), str(slices.PART_ROWS), str(work.truth is not None)]
    return hmac.digest(work.seed.secret, "\n".join(held).encode(), "sha256").hex()[:32]


def write_manifest(work: Work, report: LogReport) -> None:
    """Write what explains the rows and, last, the manifest."""
    by_day = any("/" in part.file for part in report.parts)
    size = {"users": work.users, "days": work.days, "rows": report.rows}
    page = readme(work.scenario, work.layout, work.formats, **size, by_day=by_day)
    write_whole(work.out / README, page)
    write_whole(work.out / DICTIONARY, dictionary(work.scenario, work.layout))
    write_whole(work.out / SCHEMA, _json(row_schema(work.scenario, work.layout)))
    clock = work.scenario.product.clock
    manifest = {
        "made_by": "teledesign",
        "log_format": LOG_FORMAT,
        "scenario": work.scenario.scenario,
        "scenario_format": work.scenario.format,
        "start": clock.start.isoformat(),
        "days": work.days,
        "time_zone": clock.time_zone,
        "panel_users": work.users,
        "rows": report.rows,
        "row_digest": report.digest,
        "events": {event.event: event.rows for event in report.events},
        "design": EVERYTHING if work.design is None else work.design.design,
        "delivery": {
            "weather": weather_of(work),
            "longest_wait_ms": report.longest_wait_ms,
        },
        "parts": [asdict(part) for part in report.parts],
        "files": sorted([README, DICTIONARY, SCHEMA, *(part.file for part in report.parts)]),
        "packages": packages(),
        "tag": arguments_tag(work),
    }
    write_whole(work.out / MANIFEST, _json(manifest))


def earlier_parts(folder: Path, work: Work) -> dict[str, Part]:
    """The parts of a finished log in that folder, if the same arguments and versions made it."""
    held = read_list(folder / MANIFEST, LogListing)
    if held is None or not held.is_sound or held.tag != arguments_tag(work):
        return {}
    if held.packages != packages():
        return {}
    return {part.file: part for part in held.parts}


def log_differs(work: Work, folder: Path) -> str:
    """What the finished log in that folder was made with and is not asked for, in words; nothing where all fits."""
    if read_list(folder / MANIFEST, Listing) is None:
        return ""
    held = read_list(folder / MANIFEST, LogListing)
    if held is None:
        return "another version of teledesign"
    design = EVERYTHING if work.design is None else work.design.design
    said = (
        ("the scenario {}", held.scenario, work.scenario.scenario),
        ("the design {}", held.design, design),
        ("{}", _so_many(held.panel_users, "user"), _so_many(work.users, "user")),
        ("{}", _so_many(held.days, "day"), _so_many(work.days, "day")),
        ("day 1 on {}", held.start, work.scenario.product.clock.start),
        ("{} delivery", held.delivery.weather, weather_of(work)),
        ("the formats {}", " and ".join(sorted(held.formats)), " and ".join(sorted(work.formats))),
    )
    other = [f"{what.format(there)}, not {what.format(asked)}" for what, there, asked in said if there != asked]
    if not other and held.tag != arguments_tag(work):
        other = ["another seed, other incidents or another version of the scenario"]
    return "; ".join(other)


def _so_many(number: int, what: str) -> str:
    return f"{number:,} {what}" + "s" * (number != 1)


def truth_differs(work: Work, folder: Path) -> str:
    """The same for a finished truth, which tells little of itself."""
    held = read_list(folder / TRUTH, Listing)
    return "" if held is None or held.tag == arguments_tag(work) else "other arguments"


def weather_of(work: Work) -> str:
    """What the manifest calls the way into the log."""
    return "ordinary" if work.delivery is None else "perfect" if work.delivery == Delivery() else "own"


def packages() -> dict[str, str]:
    """The packages that the bytes of a log hang on, with their versions."""
    return {"teledesign": __version__, **_versions()}


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def faults_told(work: Work, fates: Integers) -> list[dict[str, object]]:
    """What befell rows, by ordinary weather and by each effect of an incident: how many rows of which event."""
    kinds: dict[int, dict[str, object]] = {
        bit: {"by": "ordinary weather", "what": what, "verb": None} for bit, what in WEATHER.items()
    }
    for fault in work.faults.every:
        kinds[fault.fate] = {"by": fault.plan.incident, "what": SAID[fault.plan.verb], "verb": fault.plan.verb}
    found = []
    for bit, told in kinds.items():
        counts = fates[:, bit.bit_length() - 1]
        rows = {event.name: int(counts[event.code]) for event in work.layout.events if counts[event.code]}
        found.append({**told, "rows": sum(rows.values()), "events": rows})
    return found


def write_truth_summary(
    work: Work,
    report: LogReport,
    played: Sequence[BlockReport],
    written: Sequence[SliceDone],
    users_there: Integers,
) -> None:
    """Write `truth.json`: seed, incidents, faults, true metrics, and how often each step was entered on each day."""
    from teledesign.results.measured import as_csv, of_truth

    assert work.truth is not None
    outcomes = [done.outcomes for done in written if done.outcomes is not None]
    layout = work.truth_layout
    counts = [*(block.entered for block in played), *(done.entered for done in written)]
    entered = np.sum([count for count in counts if count is not None], axis=0)
    names = [step.plan.address for episode in work.script.episodes for step in episode.steps]
    metrics = work.outcomes.told(np.sum(outcomes, axis=0), users_there) if outcomes else {}
    start = work.scenario.product.clock.start
    write_whole(work.truth / METRICS, as_csv(of_truth(metrics), work.scenario.metrics, start))
    summary = {
        "made_by": "teledesign",
        "scenario": work.scenario.scenario,
        "seed": work.seed.secret.hex(),
        "panel_users": work.users,
        "start": start.isoformat(),
        "days": work.days,
        "incidents": incidents_told(work.plan, work.scenario),
        "tag": arguments_tag(work),
        "files": sorted([METRICS, *(path.name for path in work.truth.glob("*.parquet"))]),
        "interactions": sum(done.interactions for done in written),
        "users_who_left": report.left,
        "faults": faults_told(work, np.sum([done.report.fates for done in written], axis=0)),
        "metrics": metrics,
        "steps_by_day": {name: entered[number].tolist() for number, name in enumerate(names)},
    }
    assert len(names) == len(layout.steps)
    write_whole(work.truth / TRUTH, _json(summary))


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()

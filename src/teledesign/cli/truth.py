"""`teledesign truth`: the answer key of a log, for its instructor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from teledesign.cli.console import within_width
from teledesign.cli.cores import usual_jobs
from teledesign.cli.counting import counted
from teledesign.cli.incidents import incidents_in_words
from teledesign.course import (
    design_ids,
    find_course,
    open_course,
    open_own_design,
    open_scenario,
    open_scenario_of_course,
    scenario_ids,
)
from teledesign.design import EVERYTHING as ALL_EVENTS
from teledesign.findings import Refusal
from teledesign.results.measured import EVERYTHING, ratio
from teledesign.results.times import said_day

if TYPE_CHECKING:
    from teledesign.course import CourseLocation
    from teledesign.design import Design
    from teledesign.results.measured import Measured, Parting
    from teledesign.scenario import Scenario
    from teledesign.simulation import LogListing, Seed

__all__ = ["log_truth"]


@click.command("truth")
@click.argument("log", type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="The seed it was made with, if one was named.")
@click.option("--incident", "incidents", multiple=True, metavar="NAME", help="The incident that was named, if one was.")
@click.option("--scenario", "file", type=click.Path(), help="The scenario's file, if the course does not have it.")
@click.option("--design", help="The file of the design whose collection it is, if the course does not have it.")
@click.option("--graded", is_flag=True, help="The log was drawn from the course's secret.")
@click.option("--jobs", type=int, help="Cores to use; as many as there are, up to 4, if not given.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Keep the truth's files in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def log_truth(
    log: Path,
    seed: int | None,
    incidents: tuple[str, ...],
    file: str | None,
    design: str | None,
    graded: bool,
    jobs: int | None,
    output: Path | None,
    as_json: bool,
    course: Path | None,
) -> int:
    """Tell what really happened behind a log.

    A log holds no truth: it is made again from what made it. Repeat a --seed or --incident that was named when it was
    made; the log's manifest says whether they fit.
    """
    from teledesign.outputs.log_truth import add_shown, parted, shown
    from teledesign.simulation import made_by, manifest_of, remade

    _check_options(seed, graded, file, design)
    location = find_course(course)
    click.echo(str(location), err=as_json)
    manifest = manifest_of(log)
    scenario, collected = _opened(manifest, location, file, design)
    found = made_by(log, scenario, _seeds(scenario, location, seed, graded), incidents, collected)
    again = remade(log, found, jobs=usual_jobs() if jobs is None else jobs, keep=output)
    seen = () if again.changed else shown(log, found.scenario, found.design)
    if output is not None:
        add_shown(output, again.truth, seen, found.scenario)
    parts = parted(again.truth, seen, found.scenario)
    truth = {
        **again.truth,
        "log_is_as_made": again.as_made,
        "changed": list(again.changed),
        "log_shows": _by_metric(seen),
        "parted": [asdict(part) for part in parts],
    }
    if as_json:
        click.echo(json.dumps({name: value for name, value in truth.items() if name != "seed"}, indent=2))
    else:
        lines = [*_told(truth, parts, manifest, _titles(found.scenario))]
        if "parquet" not in manifest.formats:
            lines += ["", "What the log shows is worked out of Parquet, which this log does not have."]
        click.echo("\n".join(within_width(lines)))
    return 0 if again.as_made else 1


def _check_options(seed: int | None, graded: bool, file: str | None, design: str | None) -> None:
    """Raise Refusal for two options that speak of the same."""
    if graded and seed is not None:
        raise Refusal("--graded and --seed both say which seed made the log. Keep one of them")
    if file is not None and design is not None:
        raise Refusal("--design brings the scenario that it is made for. Take out --scenario")


def _opened(
    manifest: LogListing, location: CourseLocation, file: str | None, design: str | None
) -> tuple[Scenario, Design | None]:
    """The scenario and design that made a log: those of the files named, else the course's of the names it tells."""
    scenario = manifest.scenario
    if design is None and file is None and manifest.design in design_ids(scenario, location.root):
        design = f"{scenario}/{manifest.design}"
    if design is not None:
        return _of_log(scenario, "--design", *open_own_design(design, location))
    if file is not None:
        return _of_log(scenario, "--scenario", open_scenario(file, location), None)
    if scenario not in scenario_ids(location.root):
        raise Refusal(
            f"the log is of the scenario {scenario!r}, which this course does not have. Name the log's course with "
            "--course, or the scenario's file with --scenario"
        )
    return open_scenario_of_course(scenario, location), None


def _of_log(wanted: str, option: str, scenario: Scenario, design: Design | None) -> tuple[Scenario, Design | None]:
    """What an option named, if it is of the log's scenario.  Raises Refusal."""
    if scenario.scenario != wanted:
        raise Refusal(
            f"the log is of the scenario {wanted}, and {option} names one of {scenario.scenario}. Name its own"
        )
    return scenario, design


def _seeds(scenario: Scenario, location: CourseLocation, seed: int | None, graded: bool) -> Iterator[Seed]:
    """The seeds that the log may have been made with."""
    from teledesign.papers import secret_of
    from teledesign.simulation import Seed, practice_seed, seed_of

    if seed is not None:
        yield seed_of(scenario, seed)
    elif graded:
        secret = secret_of(open_course(location), graded=True)
        yield Seed(secret.digest(scenario.scenario, "log"))
    else:
        yield practice_seed(scenario.scenario)


def _by_metric(seen: Iterable[Measured]) -> dict[str, list[dict[str, Any]]]:
    """Metric -> what the log shows of it, in all and by slice, with what it counts on each day, as the truth has it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for held in seen:
        value = ratio(held.whole)
        told = {"by": held.by, "is": held.value, "value": None if value is None else round(value, 6)}
        days = {"of": [of for of, _ in held.days], "per": [per for _, per in held.days]}
        found.setdefault(held.metric, []).append({**told, **days})
    return found


# In words


def _titles(scenario: Scenario) -> Mapping[str, str]:
    """Metric -> its title, as its page has it."""
    return {name: held.title or name.replace("_", " ").capitalize() for name, held in scenario.metrics.items()}


def _told(
    truth: Mapping[str, Any], parts: Sequence[Parting], manifest: LogListing, titles: Mapping[str, str]
) -> Iterator[str]:
    yield (
        f"{truth['scenario']}: {counted(truth['panel_users'], 'user')} over {counted(truth['days'], 'day')}, "
        f"{counted(truth['interactions'], 'interaction')}; {counted(truth['users_who_left'], 'user')} left for good."
    )
    collected = (
        "all that is written" if manifest.design == ALL_EVENTS else f"what the design {manifest.design} collects"
    )
    yield (
        f"Day 1 is {said_day(manifest.start)} {manifest.start.year}. The log holds {collected}, "
        f"{counted(manifest.rows, 'row')} after {manifest.delivery.weather} delivery."
    )
    if truth["changed"]:
        yield f"This log is not as it was made, so what it shows is left out: {'; '.join(truth['changed'])}."
    elif not truth["log_is_as_made"]:
        yield "The rows of this log are not those that its arguments make: it was changed, or made by another version."
    yield ""
    yield from incidents_in_words(truth["incidents"], truth["days"], titles)
    yield ""
    yield from _faults([fault for fault in truth["faults"] if fault["rows"]])
    yield ""
    yield "True values, which no log tells:"
    yield from _metrics({titles[name]: held["slices"] for name, held in truth["metrics"].items()})
    if truth["log_shows"]:
        yield ""
        yield "What the log shows:"
        yield from _metrics({titles[name]: held for name, held in truth["log_shows"].items()})
        yield ""
        yield from _parted(parts, titles)


def _faults(faults: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "What befell rows:" if faults else "Nothing befell any row."
    for fault in faults:
        by = fault["by"] if fault["verb"] is None else f"the incident {fault['by']}"
        most = max(fault["events"], key=fault["events"].__getitem__)
        of = f"most of them {most}" if len(fault["events"]) > 1 else most
        yield f"  {fault['rows']:>9,} {fault['what']} ({by}; {of})"


def _parted(parts: Sequence[Parting], titles: Mapping[str, str]) -> Iterator[str]:
    if not parts:
        yield "What the log shows and what really was do not part further than chance explains."
        return
    yield "Where the two part most, against the whole log:"
    for part in parts:
        seen, really = _moved(part.shown_better), _moved(part.true_better)
        where = part.where[:1].upper() + part.where[1:]
        yield f'  {where}, "{titles[part.shown]}" looked {seen}; "{titles[part.true]}" really was {really}.'


def _moved(better: float) -> str:
    """A change in words; shares below half a percent are none, and above the whole it is so many times the value."""
    if abs(better) < 0.005:
        return "as usual"
    if abs(better) >= 1:
        return f"{1 + abs(better):.1f} times as {'good' if better > 0 else 'bad'} as usual"
    return f"{100 * abs(better):.0f} % {'better' if better > 0 else 'worse'}"


def _metrics(metrics: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for title, slices in metrics.items():
        whole = next((entry["value"] for entry in slices if entry["by"] == EVERYTHING), None)
        yield f"  {title}: {_number(whole)}"
        for by in dict.fromkeys(entry["by"] for entry in slices if entry["by"] != EVERYTHING):
            parts = [f"{entry['is']} {_number(entry['value'])}" for entry in slices if entry["by"] == by]
            yield f"    by {by}: {', '.join(parts)}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"

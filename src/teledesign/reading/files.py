"""The files of a course: what each kind is called, how it is told from the others, and how it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from teledesign.findings import Finding, nearest
from teledesign.reading.nodes import Document, read_file
from teledesign.reading.read import Places, Read, nearest_place, read_as

if TYPE_CHECKING:
    from teledesign.course_file import CourseFile
    from teledesign.design import Design
    from teledesign.prices import PriceSheet
    from teledesign.scenario import Scenario
    from teledesign.teaching import Teaching
    from teledesign.usage import Quantities

__all__ = [
    "KINDS",
    "Kind",
    "kind_of",
    "read_course_file",
    "read_default_prices",
    "read_design",
    "read_kind",
    "read_prices",
    "read_quantities",
    "read_scenario",
    "read_teaching",
]


USUAL_PRICES = "teaching"


@dataclass(frozen=True)
class Kind:
    """A kind of file: its names, the model it is read as, and keys that no other kind has."""

    name: str
    plural: str
    model_path: str
    keys: frozenset[str]

    @property
    def model(self) -> type[BaseModel]:
        """The model class, imported now."""
        module, _, name = self.model_path.partition(":")
        found = getattr(import_module(module), name)
        assert isinstance(found, type)
        assert issubclass(found, BaseModel), f"{self.model_path} is no model"
        return found


def _kind(name: str, plural: str, model: str, *keys: str) -> Kind:
    return Kind(name, plural, f"teledesign.{model}", frozenset(keys))


KINDS: dict[str, Kind] = {
    "scenario": _kind("scenario", "scenarios", "scenario:Scenario", "product", "people", "model", "journey", "events"),
    "teaching": _kind("teaching file", "teaching files", "teaching:Teaching", "answers", "look_fors", "misconceptions"),
    "design": _kind("design", "designs", "design:Design", "design", "collects", "sampling", "transport", "monitors"),
    "prices": _kind("price sheet", "price sheets", "prices:PriceSheet", "rows", "currency", "month_hours", "free_tier"),
    "quantities": _kind("list of quantities", "lists of quantities", "usage:Quantities", "quantities"),
    "course": _kind("course file", "course files", "course_file:CourseFile", "topics", "navigation", "institution"),
}
"""Kind -> what it is, in the order in which kinds are looked for and counted."""


def kind_of(document: Document, path: Path) -> str | None:
    """The kind of a document by its keys, else by its name and folder; None where nothing tells."""
    keys = {str(place[0]) for place in document.keys if len(place) == 1}
    held = {name: len(keys & kind.keys) for name, kind in KINDS.items()}
    best = max(held, key=lambda name: held[name])
    if held[best]:
        return best
    by_folder = {"designs": "design", "prices": "prices"}.get(path.parent.name)
    return by_folder or (path.stem if path.stem in KINDS else None)


def read_scenario(path: Path) -> Read[Scenario]:
    """A scenario file, with all its rules; ages are compared with the date of the course around it, if any."""
    return scenario_of(read_file(path), path)


def read_teaching(path: Path, scenario: Scenario | None = None) -> Read[Teaching]:
    """A teaching file, and whether it agrees with its scenario (the one beside it where none is given)."""
    return teaching_of(read_file(path), path, scenario)


def read_design(path: Path, scenario: Scenario | None = None) -> Read[Design]:
    """A design, and whether it speaks of its scenario (the one a folder above where none is given)."""
    return design_of(read_file(path), path, scenario)


def read_prices(path: Path) -> Read[PriceSheet]:
    """A price sheet."""
    from teledesign.prices import PriceSheet

    return read_as(read_file(path), PriceSheet)


def read_quantities(path: Path) -> Read[Quantities]:
    """A list of plain quantities to be billed."""
    from teledesign.usage import Quantities

    return read_as(read_file(path), Quantities)


def read_course_file(path: Path) -> Read[CourseFile]:
    """A course file."""
    return _course_of(read_file(path))


def read_default_prices(path: Path) -> str:
    """The price sheet that a course file names; the usual one where it names none or has mistakes.

    A file that names the usual one is not read any further: whether it has mistakes makes no difference here.
    """
    document = read_file(path)
    named = document.data.get("prices") if isinstance(document.data, dict) else None
    if named in (None, USUAL_PRICES):
        return USUAL_PRICES
    course = _course_of(document).value
    return USUAL_PRICES if course is None else course.prices


def _course_of(document: Document) -> Read[CourseFile]:
    from teledesign.course_file import CourseFile

    return read_as(document, CourseFile)


def read_kind(document: Document, kind: str, path: Path, course: Path | None = None) -> Read[Any]:
    """A document as what it is, with the rules of its kind; a design's scenario may be one of `course`."""
    readers: dict[str, Callable[[Document, Path], Read[Any]]] = {
        "scenario": scenario_of,
        "teaching": teaching_of,
        "design": lambda document, path: design_of(document, path, course=course),
    }
    read = readers.get(kind)
    return read(document, path) if read else read_as(document, KINDS[kind].model)


def scenario_of(document: Document, path: Path) -> Read[Scenario]:
    """A document as a scenario."""
    from teledesign.scenario import Scenario

    def rules(scenario: Scenario, places: Places) -> Iterable[Finding]:
        from teledesign.reading.rules import Facts, check_scenario

        folder = path.resolve().parent.name if path.name == "scenario.yaml" else None
        return check_scenario(Facts(scenario, document.data, folder, course_date(path)), places)

    return read_as(document, Scenario, rules)


def teaching_of(document: Document, path: Path, scenario: Scenario | None = None) -> Read[Teaching]:
    """A document as a teaching file."""
    from teledesign.teaching import Teaching

    known = scenario or draft_of(path.parent / "scenario.yaml")

    def rules(teaching: Teaching, places: Places) -> Iterator[Finding]:
        from teledesign.reading.rules import check_teaching

        return check_teaching(teaching, known, places) if known is not None else iter(())

    return read_as(document, Teaching, rules)


def design_of(
    document: Document, path: Path, scenario: Scenario | None = None, course: Path | None = None
) -> Read[Design]:
    """A document as a design: of the scenario given, else of the one a folder above, else of one in a course folder."""
    from teledesign.design import Design, check_design

    above = scenario or draft_of(path.resolve().parent.parent / "scenario.yaml")

    def rules(design: Design, places: Places) -> Iterator[Finding]:
        known = above
        if known is None and course is not None:
            ids = [path.parent.name for path in course.glob("scenarios/*/scenario.yaml")]
            if design.scenario not in ids:
                message = no_scenario(design.scenario, ids)
                yield Finding("no-scenario", message, "scenario", nearest_place(places, "scenario"))
                return
            known = draft_of(course / "scenarios" / design.scenario / "scenario.yaml")
        for finding in check_design(design, known) if known is not None else ():
            yield replace(finding, place=nearest_place(places, finding.path))

    return read_as(document, Design, rules)


def no_scenario(name: str, known: Iterable[str]) -> str:
    """What is said of a scenario that a course does not have."""
    close = nearest(name, known)
    remedy = f"Did you mean {close}?" if close else "Add it, or name another"
    return f"the course has no scenario {name}. {remedy}"


def draft_of(path: Path) -> Scenario | None:
    """The scenario in a file as far as its form is right; None where there is none."""
    if not path.is_file():
        return None
    stat = path.stat()
    return _draft(path.resolve(), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _draft(path: Path, modified: int, size: int) -> Scenario | None:
    """Many designs and a teaching file ask for one scenario."""
    from teledesign.scenario import Scenario

    return read_as(read_file(path), Scenario).draft


def course_date(path: Path) -> dt.date | None:
    """The date in the course file two folders above a scenario's, if there is one."""
    course = path.resolve().parent.parent.parent / "course.yaml"
    data = read_file(course).data if course.is_file() else None
    try:
        return dt.date.fromisoformat(str(data.get("date"))) if isinstance(data, dict) else None
    except ValueError:
        return None

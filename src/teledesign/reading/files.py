"""The files of a course: what each kind is called, how it is told from the others, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from teledesign.course_file import CourseFile
from teledesign.reading.nodes import Document, read_file
from teledesign.reading.read import Read, read_as
from teledesign.scenario import Scenario
from teledesign.teaching import Teaching

__all__ = [
    "KINDS",
    "Kind",
    "kind_of",
    "read_course_file",
    "read_kind",
    "read_scenario",
    "read_teaching",
]


@dataclass(frozen=True)
class Kind:
    """A kind of file: its names, the model it is read as, and keys that no other kind has."""

    name: str
    plural: str
    model_path: str
    keys: frozenset[str]
    schema: str

    @property
    def model(self) -> type[BaseModel]:
        """The model class, imported now."""
        module, _, name = self.model_path.partition(":")
        found = getattr(import_module(module), name)
        assert isinstance(found, type)
        assert issubclass(found, BaseModel), f"{self.model_path} is no model"
        return found


def _kind(name: str, plural: str, model: str, *keys: str, schema: str) -> Kind:
    return Kind(name, plural, f"teledesign.{model}", frozenset(keys), f"{schema}.schema.json")


KINDS: dict[str, Kind] = {
    "scenario": _kind(
        "scenario",
        "scenarios",
        "scenario:Scenario",
        "product",
        "people",
        "model",
        "journey",
        "events",
        schema="scenario",
    ),
    "teaching": _kind(
        "teaching file",
        "teaching files",
        "teaching:Teaching",
        "answers",
        "look_fors",
        "misconceptions",
        schema="teaching",
    ),
    "course": _kind("course file", "course files", "course_file:CourseFile", "topics", "navigation", schema="course"),
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
    return path.stem if path.stem in KINDS else by_folder if by_folder in KINDS else None


def read_scenario(path: Path) -> Read[Scenario]:
    """A scenario file, with all its rules."""
    return _scenario(read_file(path), path)


def read_teaching(path: Path, scenario: Scenario | None = None) -> Read[Teaching]:
    """A teaching file; with its scenario also whether they agree."""
    return read_as(read_file(path), Teaching)


def read_course_file(path: Path) -> Read[CourseFile]:
    """A course file."""
    return read_as(read_file(path), CourseFile)


def read_kind(document: Document, kind: str, path: Path) -> Read[Any]:
    """A document as what it is; a teaching file is read with the scenario beside it."""
    return read_as(document, KINDS[kind].model)


def _scenario(document: Document, path: Path) -> Read[Scenario]:
    return read_as(document, Scenario)

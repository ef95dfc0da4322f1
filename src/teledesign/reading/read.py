"""Files to values: text, then model, then rules; every step adds its findings, and none of them raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from teledesign.findings import Finding, Place, Refusal, has_errors, in_order
from teledesign.reading.mistakes import findings_of
from teledesign.reading.nodes import Document, dotted
from teledesign.reading.prose import parse
from teledesign.reading.shapes import holding_prose

__all__ = ["Places", "Read", "read_as"]

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Places = Mapping[str, Place]
"""Dotted path -> place of its key or list item; the empty path is the whole file."""


@dataclass(frozen=True)
class Read(Generic[T]):
    """What came of reading a file.

    `draft` is the value as soon as the file fits its model; `value` is the same if nothing at all is wrong with
    it but warnings, else None.
    """

    draft: T | None
    findings: tuple[Finding, ...]
    places: Places = field(default_factory=dict, repr=False)

    @property
    def value(self) -> T | None:
        """The value, or None where there are mistakes."""
        return None if has_errors(self.findings) else self.draft

    def or_refuse(self) -> T:
        """The value.  Raises Refusal with the findings where there are mistakes."""
        if self.value is None:
            raise Refusal("the file has mistakes. Correct them first", self.findings)
        return self.value

    def place(self, path: str) -> Place:
        """The place of a dotted path, or of the nearest thing around it that the file holds."""
        return nearest_place(self.places, path)


def nearest_place(places: Places, path: str) -> Place:
    """The place of a dotted path, or of the nearest thing around it."""
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path, Place())


Rules = Callable[[M, Places], Iterable[Finding]]


def read_as(document: Document, model: type[M], rules: Rules[M] | None = None) -> Read[M]:
    """A document as a value of `model`."""
    findings = list(document.findings)
    places = {dotted(path): place for path, place in document.values.items()}
    places.update((dotted(path), place) for path, place in document.keys.items())
    if document.data is None:
        return Read(None, tuple(in_order(findings)), places)
    findings += _prose_in_braces(document, model)
    draft = None
    try:
        draft = model.model_validate(document.data, context={"prose": parse})
    except ValidationError as error:
        findings += findings_of(error, model, document)
    if draft is not None and rules is not None and not has_errors(document.findings):
        findings += rules(draft, places)
    return Read(draft, tuple(in_order(findings)), places)


def _prose_in_braces(document: Document, model: type[BaseModel]) -> Iterable[Finding]:
    message = "prose stands in braces or brackets, where a comma begins something new. Write it in block style"
    for path in holding_prose(model, document.in_braces - document.doubtful):
        yield Finding("prose-in-braces", message, dotted(path), document.place(path))

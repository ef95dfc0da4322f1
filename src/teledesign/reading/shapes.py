"""Which part of a model stands where in a file: for the nearest valid key, and to find the prose."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Self, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from teledesign.prose import Prose
from teledesign.reading.nodes import Path

__all__ = ["holding_prose", "keys_of", "models_at"]


def members(annotation: Any) -> list[Any]:
    """The annotations a value may have, unions and wrappers taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [found for part in get_args(annotation) for found in members(part)]
    return [annotation]


def is_model(annotation: Any) -> bool:
    """Whether the annotation is a model class."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The fields of a model by the key a file says them with."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys a person may write: fields without a description are the reader's own."""
    return {key: field for key, field in fields_of(model).items() if field.description}


def _of(model: type[BaseModel], annotation: Any) -> Any:
    """The annotation of a field, `Self` read as the model."""
    parts = get_args(annotation)
    if Self not in parts:
        return annotation
    return get_origin(annotation)[tuple(model if part is Self else part for part in parts)]


def inner(annotation: Any, part: str | int) -> list[Any]:
    """What stands under one key or index of a value; empty where nothing can."""
    origin = get_origin(annotation)
    if is_model(annotation):
        field = fields_of(annotation).get(str(part)) or annotation.model_fields.get(str(part))
        return members(_of(annotation, field.annotation)) if field is not None else []
    if origin is dict:
        return members(get_args(annotation)[1])
    if origin in (tuple, list) and isinstance(part, int):
        return members(get_args(annotation)[0])
    return []


def models_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[type[BaseModel]]:
    """The models that can stand at a pydantic location; names of union members in it are followed."""
    here: list[Any] = [model]
    for part in loc:
        below = [found for annotation in here for found in inner(annotation, part)]
        named = [annotation for annotation in here if getattr(annotation, "__name__", None) == part]
        here = below or named or here
    return [annotation for annotation in here if is_model(annotation)]


def holding_prose(model: type[BaseModel], paths: Iterable[Path]) -> Iterator[Path]:
    """Those of some paths of a document at which the model holds prose."""
    known: dict[Path, list[Any]] = {(): members(model)}

    def standing_at(path: Path) -> list[Any]:
        if path not in known:
            above = standing_at(path[:-1])
            known[path] = [found for annotation in above for found in inner(annotation, path[-1])]
        return known[path]

    yield from (path for path in paths if Prose in standing_at(path))

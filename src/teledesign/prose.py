"""Prose as a value: a small subset of Markdown, already parsed.

Paragraphs, `*emphasis*`, `` `code` `` and http(s) links; nothing else.  The reader parses the text
once (it hands its parser in as validation context); each target has one escaper that prints it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import core_schema

__all__ = ["Inline", "Prose", "ProseParser"]


@dataclass(frozen=True)
class Inline:
    """A run of text: plain, emphasised, code, or a link with its http(s) address."""

    kind: Literal["text", "emphasis", "code", "link"]
    text: str
    href: str = ""


@dataclass(frozen=True)
class Prose:
    """A text of paragraphs, each a tuple of runs; `source` is what the file says."""

    source: str
    paragraphs: tuple[tuple[Inline, ...], ...]

    @classmethod
    def plain(cls, source: str) -> Prose:
        """The text taken literally, one paragraph per blank line; nothing is read as markup."""
        paragraphs = (" ".join(part.split()) for part in source.split("\n\n"))
        return cls(source, tuple((Inline("text", part),) for part in paragraphs if part))

    @property
    def text(self) -> str:
        """The words alone, paragraphs parted by a blank line."""
        return "\n\n".join("".join(run.text for run in runs) for runs in self.paragraphs)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(
            _validate, serialization=core_schema.plain_serializer_function_ser_schema(lambda p: p.source)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


ProseParser = Callable[[str], Prose]


def _validate(value: object, info: ValidationInfo) -> Prose:
    if isinstance(value, Prose):
        return value
    if not isinstance(value, str):
        raise ValueError("a text is needed here. Put it in quotes if it looks like a number")
    if not value.strip():
        raise ValueError("this text is empty. Write it, or leave the key out")
    parse: ProseParser = (info.context or {}).get("prose", Prose.plain)
    return parse(value)

"""Characters that the shipped fonts cannot print, named with the text they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from teledesign.findings import Finding, Place
from teledesign.prose import Prose
from teledesign.scenario.base import Frozen

__all__ = ["missing_characters", "named", "unprintable"]

_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
"""How Typst writes what cannot be seen, such as joiners, and quotes and backslashes."""


def missing_characters(diagnostic: str) -> tuple[str, ...]:
    """The characters that Typst says it could not set, each once; empty where it complains of something else."""
    texts = (
        _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text) for text in _MISSING.findall(diagnostic)
    )
    return tuple(dict.fromkeys("".join(texts)))


def named(characters: Sequence[str]) -> str:
    """The characters with their code points; of those that cannot be seen the code points alone."""
    codes = ((character, f"U+{ord(character):04X}") for character in characters)
    return ", ".join(f"{character} ({code})" if character.isprintable() else code for character, code in codes)


def unprintable(characters: Sequence[str], files: Sequence[tuple[Frozen, Mapping[str, Place]]]) -> list[Finding]:
    """One finding for each text that holds one of the characters."""
    findings = []
    for value, places in files:
        for path, text in _texts(value, ""):
            held = [character for character in characters if character in text]
            if held:
                message = f"the fonts of the handouts cannot print {named(held)}. Write it another way"
                findings.append(Finding("unprintable", message, path, places.get(path, places.get("", Place()))))
    return findings


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Prose | str):
        yield path, str(value)
    elif isinstance(value, Frozen):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _texts(item, f"{path}.{at}")

"""The prose subset: paragraphs, `*emphasis*`, `` `code` `` and http(s) links.

Read with markdown-it-py, HTML off.  What an author surely meant as markup that we do not print is
refused with one sentence: headings, lists, rules, quotations, fenced code, images, bold, links to
other places than http(s).  What may well be meant as it stands is taken literally, character by
character, and made harmless where it is printed: angle brackets, entities such as `&amp;`,
underscores (`__init__`), indented lines, footnotes and `[brackets]` without an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from teledesign.prose import Inline, Prose
from teledesign.scenario.base import Mistake

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["MAX_LENGTH", "parse"]

MAX_LENGTH = 8000
"""Characters of one text; more is no prose but a document."""

REFUSED = {
    "heading_open": "a line that begins with # or is underlined is a heading, which prose cannot hold. "
    "Write a sentence, or put a backslash before the #",
    "bullet_list_open": "a line that begins with - or * makes a list, which prose cannot hold. "
    "Write sentences, or a YAML list where the field is one",
    "ordered_list_open": "a line that begins with a number and a dot makes a list, which prose cannot hold. "
    "Write sentences, or put a backslash before the dot",
    "hr": "a line of dashes or stars is a rule, which prose cannot hold. Begin a new paragraph with an empty line",
    "blockquote_open": "a line that begins with > is a quotation, which prose cannot hold. Use quotation marks",
    "fence": "a fence of ``` holds a block of code, which prose cannot hold. Put short code between single backticks",
    "image": "![…](…) is a picture, which prose cannot hold. Describe it in words",
    "strong_open": "**bold** is not part of prose. Use *one star* on each side, or backticks for code",
}
"""Token of markdown-it -> why it is refused and what to do."""

_ADDRESS = re.compile(r"[!-~]+")
_WORD = r"(?:[^\\`*_\[<\s]|`[\w.-]+`(?!`))+"
_LINE = rf"(?=[^\W_]|`)(?!\d+[.)](?:\s|\Z)){_WORD}(?: {_WORD})*"
_SIMPLE = re.compile(rf"{_LINE}(?:\n\n?{_LINE})*\n?")
"""Lines that begin with a letter or a number (of no list), hold no markup but single words between backticks, and no
space but single ones between words."""


def parse(source: str) -> Prose:
    """The prose of a text.  Raises Mistake (a ValueError) with the remedy."""
    if len(source) > MAX_LENGTH:
        raise Mistake("prose", f"this text has {len(source):,} characters; {MAX_LENGTH:,} are the most. Shorten it")
    if _SIMPLE.fullmatch(source):  # most texts; for them alone the reader of Markdown is not even loaded
        return Prose(source, tuple(tuple(_joined(_words_and_code(part))) for part in source.split("\n\n")))
    paragraphs: list[tuple[Inline, ...]] = []
    for token in _markdown().parse(source):
        if token.type in REFUSED:
            raise Mistake("prose", REFUSED[token.type])
        if token.type == "inline":
            paragraphs.append(tuple(_joined(_runs(token.children or []))))
    return Prose(source, tuple(paragraph for paragraph in paragraphs if paragraph))


def _words_and_code(paragraph: str) -> Iterable[Inline]:
    """The runs of a paragraph in which every other backtick begins code, and nothing else is markup."""
    for number, text in enumerate(paragraph.strip().replace("\n", " ").split("`")):
        yield Inline("code" if number % 2 else "text", text)


_reader: MarkdownIt | None = None


def _markdown() -> MarkdownIt:
    global _reader
    if _reader is None:
        from markdown_it import MarkdownIt

        _reader = MarkdownIt("commonmark", {"html": False})
        _reader.disable(["html_block", "html_inline", "entity", "code", "reference"])
        # Every link is parsed, so that one to a forbidden place is refused rather than printed as text.
        _reader.validateLink = lambda url: True  # type: ignore[method-assign]
        _reader.normalizeLink = lambda url: url  # type: ignore[method-assign]
        _reader.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return _reader


def _runs(tokens: Sequence[Token]) -> Iterable[Inline]:
    """The runs of one paragraph; a link's text is one run, code within emphasis is code."""
    emphasis, href, words = 0, None, ""
    for token in tokens:
        if token.type in REFUSED and token.markup != "__":
            raise Mistake("prose", REFUSED[token.type])
        if token.type == "link_open":
            href, words = _address(token), ""
        elif token.type == "link_close":
            yield Inline("link", words or href or "", href or "")
            href = None
        elif token.type in ("em_open", "em_close") and token.markup == "*":
            emphasis += token.nesting
        else:
            text = _text(token)
            if href is not None:
                words += text
            else:
                kind = "code" if token.type == "code_inline" else "emphasis" if emphasis else "text"
                yield Inline(kind, text)  # type: ignore[arg-type]


def _text(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type in ("text", "text_special", "code_inline"):
        return token.content
    return token.markup  # underscores, taken literally


def _address(token: Token) -> str:
    href = str(token.attrGet("href") or "")
    if token.attrGet("title"):
        raise Mistake("prose", "a link has a title in quotes, which prose cannot hold. Write [words](address)")
    try:
        parts = urlsplit(href)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        known = False
    if not known or not _ADDRESS.fullmatch(href):
        raise Mistake(
            "prose", f"the link to {href or 'nothing':.60} goes nowhere. Write an address that begins with https://"
        )
    return href


def _joined(runs: Iterable[Inline]) -> Iterable[Inline]:
    """The runs, neighbours of one kind joined and empty ones left out."""
    last: Inline | None = None
    for run in runs:
        if not run.text:
            continue
        if last is not None and last.kind == run.kind and run.kind in ("text", "emphasis"):
            last = Inline(run.kind, last.text + run.text)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last

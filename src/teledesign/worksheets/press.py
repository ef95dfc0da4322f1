"""The press: views in, PDF and HTML out.  Made once for a course, used for all its handouts."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from teledesign.findings import MissingExtra
from teledesign.prose import Inline, Prose
from teledesign.rendering import Templates, typst_string, visible, web_address
from teledesign.resources import packaged_course
from teledesign.worksheets.flow import flow_of
from teledesign.worksheets.markdown import markdown
from teledesign.worksheets.printable import missing_characters
from teledesign.worksheets.views import Heading
from teledesign.worksheets.word import word

__all__ = ["Press", "TypesettingError", "pages_of", "plain", "typeset"]


class Headed(Protocol):
    """A view: every document has a paper and a heading."""

    @property
    def paper(self) -> str:
        """The paper's name."""

    @property
    def heading(self) -> Heading:
        """What stands at the head and foot of every page."""


class TypesettingError(Exception):
    """A page that Typst refuses to set; `diagnostic` is all it says."""

    def __init__(self, diagnostic: str) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")


def pages_of(pdf: bytes) -> int | None:
    """How many pages a PDF of this press has; None where it does not say so plainly."""
    counts = [int(count) for count in _PAGES.findall(pdf)]
    return max(counts) if counts else None


class Press:
    """Fonts, templates and a Typst compiler, loaded once; the same view gives the same bytes.

    `folders` are a course's own template folders, looked into before the packaged ones.
    """

    def __init__(self, date: dt.date, folders: Sequence[Path] = ()) -> None:
        try:
            import typst
        except ImportError:
            raise MissingExtra("typst", "course") from None
        packaged = packaged_course() / "templates"
        places = [*folders, packaged]
        self._stamp = dt.datetime(date.year, date.month, date.day, 12, tzinfo=dt.UTC)
        self._typst = Templates("typst", places)
        self._html = Templates("html", places)
        self._tool = typst
        self._sources: dict[str, bytes] = {}
        # Typst brings the one font for mathematics.
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=[packaged / "fonts"])
        self._compiler = typst.Compiler(font_paths=self._fonts, ignore_system_fonts=True)

    def pdf(self, document: str, view: object) -> bytes:
        """A tagged PDF (PDF/UA-1) of a document's template.  Raises TypesettingError where that cannot be."""
        try:
            made = self._compiler.compile(
                self._source(document),
                format="pdf",
                sys_inputs=_inputs(view),
                pdf_standards=["ua-1"],
                timestamp=self._stamp,
            )
        except self._tool.TypstError as error:
            raise TypesettingError(error.diagnostic) from None
        assert isinstance(made, bytes)
        return made

    def another(self) -> Press:
        """A press with the same fonts and templates, for another thread: a compiler works on one page at a time."""
        twin = copy.copy(self)
        twin._compiler = self._tool.Compiler(font_paths=self._fonts, ignore_system_fonts=True)
        return twin

    def missing(self, characters: str) -> frozenset[str]:
        """Those of some characters that the shipped fonts cannot print."""
        missing: set[str] = set()
        source = '#set document(title: "names")\n#set text(font: "Source Sans 3", fallback: false)\n'
        while left := [one for one in characters if one not in missing and not one.isspace()]:
            body = "\n".join(f"#{typst_string(one)};" for one in left)
            try:
                self._compiler.compile((source + body).encode(), format="pdf", pdf_standards=["ua-1"])
            except self._tool.TypstError as error:
                found = missing_characters(error.diagnostic)
                if not found:
                    raise TypesettingError(error.diagnostic) from None
                missing |= set("".join(found))
            else:
                break
        return frozenset(missing)

    def fit(self, document: str, view: object) -> list[dict[str, Any]]:
        """What the document's template says of the room on each of its pages."""
        found = self._tool.query(
            self._source(document),
            "<fit>",
            field="value",
            format="json",
            font_paths=self._fonts,
            ignore_system_fonts=True,
            sys_inputs=_inputs(view),
        )
        return list(json.loads(found))

    def html(self, document: str, view: object) -> str:
        """The document as an HTML fragment, for a page of a site."""
        return self._html.render(f"worksheets/{document}.html", {"view": view})

    def page(self, document: str, view: object) -> bytes:
        """The document as an HTML page that stands alone."""
        template = f"worksheets/{document}.html"
        return self._html.render("worksheets/page.html", {"view": view, "fragment": template}).encode()

    def word(self, document: str, view: Headed) -> bytes:
        """The document as a file of Word."""
        return word(flow_of(self.html(document, view)), view.heading, view.paper, self._stamp.date())

    def markdown(self, document: str, view: Headed) -> bytes:
        """The document as Markdown."""
        return markdown(flow_of(self.html(document, view)), view.heading)

    def _source(self, document: str) -> bytes:
        if document not in self._sources:
            self._sources[document] = self._typst.render(f"worksheets/{document}.typ", {}).encode()
        return self._sources[document]


def _inputs(view: object) -> dict[str, str]:
    return {"view": json.dumps(plain(view), ensure_ascii=False)}


def plain(value: object) -> Any:
    """A view as JSON holds it: frozen values become dictionaries, prose its runs."""
    if isinstance(value, Prose):
        return [[_run(run) for run in runs] for runs in value.paragraphs]
    if isinstance(value, str):
        return typeset(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return value


_OPENING = re.compile(r"(^|[\s(\[{–—/])(['\"])(?=\S)")


def typeset(text: str) -> str:
    """The text with curly quotes, as print has them, and words that no line could hold made to break."""
    opened = _OPENING.sub(lambda match: match[1] + ("“" if match[2] == '"' else "‘"), visible(text))
    return _breaking(opened.replace('"', "”").replace("'", "’"))


_LONG = re.compile(r"\S{31,}")
_PIECE = re.compile(r".{10}(?=.)")


def _breaking(text: str) -> str:
    """The text with a place to break every ten characters of a long word, such as an address."""
    return _LONG.sub(lambda word: _PIECE.sub("\\g<0>\u200b", word[0]), text)


def _run(run: Inline) -> dict[str, str]:
    text = _breaking(visible(run.text)) if run.kind == "code" else typeset(run.text)
    address = web_address(run.href) if run.kind == "link" else None
    if run.kind == "link" and address is None:
        return {"kind": "text", "text": text, "href": ""}
    return {"kind": run.kind, "text": text, "href": address or ""}

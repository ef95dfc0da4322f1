"""Prose printed for each target, from the parsed value and never from its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from teledesign.prose import Inline, Prose
from teledesign.rendering.escapers import (
    Printed,
    html_text,
    markdown_code,
    markdown_text,
    tex_text,
    typst_string,
    typst_text,
)

__all__ = [
    "prose_html",
    "prose_html_inline",
    "prose_markdown",
    "prose_markdown_inline",
    "prose_tex",
    "prose_tex_inline",
    "prose_typst",
    "prose_typst_inline",
    "web_address",
]


def web_address(href: str) -> str | None:
    """The address with everything percent-encoded that a target could misread, or None if it is no http(s) address."""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    return quote(href.strip(), safe="/:?#@!$&+,;=%-._~")


def _html_run(run: Inline) -> str:
    text = html_text(run.text)
    address = web_address(run.href) if run.kind == "link" else None
    if address:
        return f'<a href="{html_text(address)}" rel="noopener">{text}</a>'
    return {"emphasis": f"<em>{text}</em>", "code": f"<code>{text}</code>"}.get(run.kind, str(text))


def _markdown_run(run: Inline, *, first: bool) -> str:
    text = _with_edges(run.text, first=first)
    address = web_address(run.href) if run.kind == "link" else None
    if address:
        return f"[{text.strip()}]({address.replace('_', '%5F').replace('~', '%7E')})"
    if run.kind == "code":
        return markdown_code(run.text)
    return f"*{text.strip()}*" if run.kind == "emphasis" and text.strip() else text


def _with_edges(text: str, *, first: bool) -> str:
    """Markdown text that keeps the space a run begins or ends with; only a paragraph's first run can begin a block."""
    body = str(markdown_text(text if first else "x" + text.lstrip()))
    body = body if first else body[1:]
    before = " " if text[:1].isspace() and not first else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return before + body + after


def _typst_run(run: Inline) -> str:
    text = typst_string(run.text)
    address = web_address(run.href) if run.kind == "link" else None
    if address:
        return f"#link({typst_string(address)}, {text});"
    return {"emphasis": f"#emph({text});", "code": f"#raw({text});"}.get(run.kind, str(typst_text(run.text)))


def _tex_run(run: Inline) -> str:
    edge = " " if run.text[-1:].isspace() and run.text.strip() else ""
    text = (" " if run.text[:1].isspace() else "") + tex_text(run.text) + edge
    address = web_address(run.href) if run.kind == "link" else None
    if address:
        target = re.sub("[%#&]", lambda match: "\\" + match[0], address)
        return rf"\href{{{target}}}{{{text}}}"
    return {"emphasis": rf"\emph{{{text}}}", "code": rf"\texttt{{{text}}}"}.get(run.kind, text)


def _joined(prose: Prose, print_run: Callable[[Inline], str], between: str) -> Printed:
    return Printed(between.join("".join(print_run(run) for run in runs) for runs in prose.paragraphs))


def prose_html(prose: Prose) -> Printed:
    """Paragraphs of HTML."""
    return Printed("\n".join(f"<p>{''.join(_html_run(run) for run in runs)}</p>" for runs in prose.paragraphs))


def prose_html_inline(prose: Prose) -> Printed:
    """HTML for inside a heading, cell or list item; paragraphs are parted by a line break."""
    return _joined(prose, _html_run, "<br>")


def _markdown_paragraphs(prose: Prose) -> list[str]:
    return [
        "".join(_markdown_run(run, first=place == 0) for place, run in enumerate(runs)).strip()
        for runs in prose.paragraphs
    ]


def prose_markdown(prose: Prose) -> Printed:
    """Paragraphs of Markdown, for pandoc, Python-Markdown and CommonMark."""
    return Printed("\n\n".join(_markdown_paragraphs(prose)))


def prose_markdown_inline(prose: Prose) -> Printed:
    """Markdown on one line, for a heading, cell or list item."""
    return Printed(" ".join(_markdown_paragraphs(prose)))


def prose_typst(prose: Prose) -> Printed:
    """Paragraphs of Typst markup."""
    return _joined(prose, _typst_run, "\n\n")


def prose_typst_inline(prose: Prose) -> Printed:
    """Typst markup without paragraph breaks."""
    return _joined(prose, _typst_run, "#linebreak();")


def prose_tex(prose: Prose) -> Printed:
    """Paragraphs of TeX."""
    return _joined(prose, _tex_run, "\n\n")


def prose_tex_inline(prose: Prose) -> Printed:
    """TeX on one line."""
    return _joined(prose, _tex_run, " ")

"""One escaper per target: text in, the same text out as that target would show it, and nothing else.

Each returns `Printed`, which templates print as it stands; printing it twice escapes it once.
"""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import escape

from teledesign.formulas import TEX, Notation, in_mathml, in_tex

__all__ = [
    "Printed",
    "html_formula",
    "html_text",
    "markdown_code",
    "markdown_text",
    "script_json",
    "spreadsheet_cell",
    "tex_formula",
    "tex_text",
    "typst_string",
    "typst_text",
    "visible",
]


class Printed(str):
    """Text already in the language of its target.

    `__html__` tells autoescaping to leave it alone; an environment has one target, so no text of
    another target reaches it.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    """The text without control characters and without marks that turn the writing direction around."""
    return _INVISIBLE.sub("", text)


def html_text(text: str) -> Printed:
    """For HTML, between tags or inside a quoted attribute."""
    return Printed(escape(visible(text)))


def html_formula(one: Notation) -> Printed:
    """A formula for HTML, and for Markdown that becomes HTML: MathML, with the TeX in it."""
    return Printed(in_mathml(one, large=True))


_MARKDOWN_ANYWHERE = re.compile(r"""[\\`*_{}\[\]<>#|~^$@&!"]|:(?=[\w/])|(?<=[-.:])[-.:]""")
_MARKDOWN_FIRST = re.compile(r"^[-+=:%(]|^(\d+)([.)])|^([A-Za-z])([.)])(?=\s)")


def _reference(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match[0])


def markdown_text(text: str) -> Printed:
    """For running text of Markdown: pandoc's, Python-Markdown's and CommonMark's, with their usual extensions.

    Character references are the one escape that all of them read alike.  Lines are joined, so that nothing
    but its first character can begin a block.
    """
    line = " ".join(visible(text).split())
    body = _MARKDOWN_ANYWHERE.sub(_reference, line)
    return Printed(_MARKDOWN_FIRST.sub(lambda m: m[0][:-1] + f"&#{ord(m[0][-1])};", body))


def markdown_code(text: str) -> Printed:
    """A code span of Markdown: as many backticks around it as it needs."""
    line = " ".join(visible(text).split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return Printed(f"{fence}{pad}{line}{pad}{fence}")


def typst_string(text: str) -> Printed:
    """A string literal of Typst, quotes included."""
    plain = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return Printed('"' + plain.replace("\r", "").replace("\n", "\\n").replace("\t", "\\t") + '"')


def typst_text(text: str) -> Printed:
    """For markup of Typst: a string expression, ended so that nothing after it can belong to it."""
    return Printed(f"#{typst_string(text)};")


def tex_text(text: str) -> Printed:
    """For running text of TeX."""
    line = " ".join(visible(text).split())
    return Printed(
        "".join(TEX.get(character, character) for character in line).replace("--", "-{}-").replace("--", "-{}-")
    )


def tex_formula(one: Notation) -> Printed:
    """A formula for running text of TeX."""
    return Printed(f"${in_tex(one)}$")


_FORMULA = re.compile(r"^[\s'\"\u00a0\ufeff]*[=+\-@\uff0b\uff0d\uff1d\uff20\u2212|%]|^[\t\r\n]")


def spreadsheet_cell(value: str | float | int | None) -> str | float | int | None:
    """A cell of a spreadsheet or CSV file: numbers as they are, text that a program would run made inert.

    An apostrophe in front tells spreadsheets to take the cell as text.
    """
    if not isinstance(value, str):
        return value
    text = visible(value)
    return "'" + text if _FORMULA.match(value) else text


def script_json(value: Any) -> Printed:
    """A value as JSON that may stand inside a script element of HTML."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Printed(text)

"""Templates and escapers: the one room that knows Jinja2, and what each target can be hurt by."""

from teledesign.rendering.environment import TARGETS, Target, TargetName, Templates
from teledesign.rendering.escapers import (
    Printed,
    html_text,
    markdown_code,
    markdown_text,
    script_json,
    spreadsheet_cell,
    tex_text,
    typst_string,
    typst_text,
    visible,
)
from teledesign.rendering.prose import (
    prose_html,
    prose_html_inline,
    prose_markdown,
    prose_markdown_inline,
    prose_tex,
    prose_tex_inline,
    prose_typst,
    prose_typst_inline,
    web_address,
)

__all__ = [
    "TARGETS",
    "Printed",
    "Target",
    "TargetName",
    "Templates",
    "html_text",
    "markdown_code",
    "markdown_text",
    "prose_html",
    "prose_html_inline",
    "prose_markdown",
    "prose_markdown_inline",
    "prose_tex",
    "prose_tex_inline",
    "prose_typst",
    "prose_typst_inline",
    "script_json",
    "spreadsheet_cell",
    "tex_text",
    "typst_string",
    "typst_text",
    "visible",
    "web_address",
]

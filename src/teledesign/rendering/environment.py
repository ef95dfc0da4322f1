"""The one maker of Jinja2 environments: strict, sandboxed, escaping for the target it prints.

Templates are ours and dull; what they print is not trusted.  Everything that `{{ }}` prints goes through
the target's escaper, prose through the target's printer.  Fixed strings go through gettext: `{{ _("Group") }}`,
and `{{ _("Group %(name)s") % {"name": group} }}` where something is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import (
    BaseLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from teledesign.findings import Refusal
from teledesign.formulas import FormulaError, Notation, equation
from teledesign.prose import Prose
from teledesign.rendering.escapers import (
    Printed,
    html_formula,
    html_text,
    markdown_text,
    script_json,
    tex_formula,
    tex_text,
    typst_string,
    typst_text,
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
)
from teledesign.resources import packaged_course

__all__ = ["TARGETS", "Target", "TargetName", "Templates"]

TargetName = Literal["html", "markdown", "typst", "tex"]


@dataclass(frozen=True)
class Target:
    """How a language prints plain text, prose as paragraphs, prose within a line, and formulas.

    Typst is handed formulas as data, like all else that is not our own text.
    """

    text: Callable[[str], Printed]
    prose: Callable[[Prose], Printed]
    inline: Callable[[Prose], Printed]
    formula: Callable[[Notation], Printed] | None


TARGETS: Mapping[TargetName, Target] = {
    "html": Target(html_text, prose_html, prose_html_inline, html_formula),
    "markdown": Target(markdown_text, prose_markdown, prose_markdown_inline, html_formula),
    "typst": Target(typst_text, prose_typst, prose_typst_inline, None),
    "tex": Target(tex_text, prose_tex, prose_tex_inline, tex_formula),
}


class Templates:
    """The templates of some folders, first come first served, for one target."""

    def __init__(self, target: TargetName, folders: Sequence[Path] | Mapping[str, str]) -> None:
        if isinstance(folders, Mapping):
            self._environment = _environment(TARGETS[target], DictLoader(folders))
        else:
            self._environment = _of_folders(target, tuple(folders))

    def render(self, template: str, view: Mapping[str, Any]) -> str:
        """The template filled with the view; the same view gives the same text.

        Raises Refusal where a course's own template cannot be filled: it may have been made for another version.
        """
        try:
            return self._environment.get_template(template).render(view)
        except (TemplateError, TypeError, FormulaError) as error:
            place = _place(error)
            if place is None or Path(place[0]).resolve().is_relative_to(packaged_course().resolve()):
                raise
            message = (str(error) or type(error).__name__).rstrip(".")
            raise Refusal(
                f"{place[0]}:{place[1]}: this template does not fit this version of teledesign ({message}). "
                "Correct it, or delete it to take the one that comes with teledesign"
            ) from None


@lru_cache(maxsize=32)
def _of_folders(target: TargetName, folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    """One environment for the same folders, so that a template is compiled once, and again when its file changes."""
    return _environment(TARGETS[target], _FirstFolderLoader(list(folders)))


class _FirstFolderLoader(FileSystemLoader):
    """Reads a template again too when a folder before the one it came from has one of that name now."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The template's text, its file, and whether both are still right."""
        text, file, is_current = super().get_source(environment, template)
        places = [Path(folder, template) for folder in self.searchpath]
        before = places[: places.index(Path(file))] if Path(file) in places else []
        return text, file, lambda: is_current() and not any(path.is_file() for path in before)


def _place(error: Exception) -> tuple[str, int] | None:
    """File and line of the template in which an error arose; None where it was in none that lies on disk."""
    if isinstance(error, TemplateSyntaxError):
        return (error.filename, error.lineno) if error.filename else None
    found, trace = None, error.__traceback__
    while trace is not None:
        # Jinja makes up a frame for each template that was at work, with its file and line.
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            found = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return found if found and Path(found[0]).is_file() else None


def _environment(target: Target, loader: BaseLoader) -> ImmutableSandboxedEnvironment:
    # `{#` opens an attribute in pandoc's Markdown and code in Typst, so comments are written <# #>.
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        # Finalizing escapes; autoescaping on top leaves that alone and lets macros return printed text.
        autoescape=True,
        finalize=lambda value: _printed(target, value),
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=False)  # type: ignore[attr-defined]
    # {{ formula("n = 16 * p * (1 - p) / delta ** 2") }} is mathematics in a page that somebody wrote.
    environment.globals["formula"] = equation
    environment.filters.clear()
    environment.filters.update(_filters(target))
    return environment


def _printed(target: Target, value: object) -> object:
    """What `{{ value }}` prints.  Autoescaping proper knows HTML only; this is its equal for every target."""
    if isinstance(value, Undefined) or hasattr(value, "__html__"):
        return value
    if isinstance(value, Prose):
        return target.prose(value)
    if isinstance(value, Notation) and target.formula:
        return target.formula(value)
    if value is None or isinstance(value, bool | list | tuple | dict | set | bytes | Notation):
        raise TypeError(f"a template prints {value!r}. Reshape it in Python, or ask for it with an if")
    return target.text(str(value))


def _filters(target: Target) -> dict[str, Callable[..., Any]]:
    """Few on purpose: a template that needs more wants another view."""
    return {
        "inline": target.inline,
        "paragraphs": target.prose,
        "script_json": script_json,
        "string": typst_string,
        "length": len,
    }

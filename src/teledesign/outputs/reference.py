"""The reference pages, made from the code itself: commands, fields of files, price kinds, rules, words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from teledesign.findings import Level
from teledesign.outputs.fields import PartView, file_parts, said
from teledesign.outputs.glossary import GLOSSARY
from teledesign.prices import KINDS, STATUSES
from teledesign.reading.rules import COURSE_WARNINGS, FORM, OF_COURSES, OF_DESIGNS, RULES, TEACHING_RULES, all_rules
from teledesign.rendering import Printed, Templates

__all__ = ["CommandHelp", "CommandOption", "ReferencePage", "reference_pages", "reference_texts"]

FOLDER = "reference"


@dataclass(frozen=True)
class CommandOption:
    """An option of a command as its help says it."""

    flags: str
    says: str


@dataclass(frozen=True)
class CommandHelp:
    """A command as its own help tells it; the doorway that has commands makes these."""

    name: str
    usage: str
    paragraphs: tuple[str, ...]
    options: tuple[CommandOption, ...]


@dataclass(frozen=True)
class ReferencePage:
    """One page of the reference."""

    name: str
    title: str
    promise: str
    template: str

    @property
    def file(self) -> str:
        """Its Markdown file below the site's root."""
        return f"{FOLDER}/{self.name}.md"


@dataclass(frozen=True)
class Said:
    """A word, rule or kind with what is said of it."""

    name: str
    says: Printed
    note: str = ""


@dataclass(frozen=True)
class RuleGroup:
    """The rules about one kind of file."""

    title: str
    rules: tuple[Said, ...]


OVERVIEW = ReferencePage("index", "Reference", "", "index.md")
COMMANDS = ReferencePage("commands", "Commands", "what to type, with every option", "commands.md")
PRICES = ReferencePage("prices", "Price sheets", "prices, how they are counted, how sure they are", "prices.md")
RULES_PAGE = ReferencePage("rules", "Rules", "what teledesign check looks for", "rules.md")
WORDS = ReferencePage("glossary", "Glossary", "the words of the course", "glossary.md")
FILES = {
    "scenario": ReferencePage("scenario", "Scenarios", "every field of scenario.yaml", "fields.md"),
    "teaching": ReferencePage("teaching", "Teaching files", "every field of teaching.yaml", "fields.md"),
    "design": ReferencePage("design", "Designs", "every field of a telemetry design", "fields.md"),
    "prices": PRICES,
    "course": ReferencePage("course", "Course files", "every field of course.yaml", "fields.md"),
}
"""Kind of file -> its page."""
KIND_OF = {page.name: kind for kind, page in FILES.items()}


def reference_pages(commands: Sequence[CommandHelp]) -> tuple[ReferencePage, ...]:
    """The pages in the order in which they are listed, overview first; commands only where their help is at hand."""
    return (OVERVIEW, *((COMMANDS,) if commands else ()), *FILES.values(), RULES_PAGE, WORDS)


def reference_texts(templates: Templates, commands: Sequence[CommandHelp]) -> dict[str, str]:
    """The Markdown of every reference page by its file."""
    pages = reference_pages(commands)
    texts = {}
    for page in pages:
        view: dict[str, Any] = {"page": page, "overview": None if page is OVERVIEW else "index.html"}
        texts[page.file] = templates.render(f"reference/{page.template}", view | _view(page, pages, commands))
    return texts


def _view(page: ReferencePage, pages: Sequence[ReferencePage], commands: Sequence[CommandHelp]) -> dict[str, object]:
    if page is OVERVIEW:
        return {"pages": [other for other in pages if other is not OVERVIEW]}
    if page is COMMANDS:
        return {"commands": [in_words(command) for command in commands]}
    if page is RULES_PAGE:
        return {"groups": rule_groups()}
    if page is WORDS:
        return {"words": _all_said(GLOSSARY)}
    parts: tuple[PartView, ...] = file_parts(KIND_OF[page.name])
    if page is PRICES:
        return {"parts": parts, "kinds": price_kinds(), "statuses": _all_said(STATUSES)}
    return {"parts": parts}


def in_words(command: CommandHelp) -> CommandHelp:
    """The command as a reader without click's shorthand takes it: `1 to 64` for `1<=x<=64`."""
    return replace(
        command,
        options=tuple(
            CommandOption(option.flags.replace(" RANGE", ""), _in_words(option.says)) for option in command.options
        ),
    )


RANGES = (
    (re.compile(r"\b(-?[\d.]+)<=x<=(-?[\d.]+)"), r"\1 to \2"),
    (re.compile(r"\bx>=(-?[\d.]+)"), r"at least \1"),
    (re.compile(r"\bx<=(-?[\d.]+)"), r"at most \1"),
)
"""How click prints what an option may be -> how the reference does."""


def _in_words(says: str) -> str:
    for shorthand, words in RANGES:
        says = shorthand.sub(words, says)
    return says


def rule_groups() -> tuple[RuleGroup, ...]:
    """All rules by what they are about; an id that two kinds of file share stands with each."""
    groups: list[tuple[str, Mapping[str, str]]] = [
        ("Every file", FORM),
        ("Scenarios", {name: rule.summary for name, rule in RULES.items()}),
        ("Teaching files", {name: rule.summary for name, rule in TEACHING_RULES.items()}),
        ("Designs", OF_DESIGNS),
        ("Course folders", OF_COURSES),
    ]
    listed = {name for _, sentences in groups for name in sentences}
    others = {name: sentence for name, sentence in all_rules().items() if name not in listed}
    if others:
        groups.append(("Others", others))
    warnings = {*COURSE_WARNINGS, *(name for name, rule in RULES.items() if rule.level is Level.WARNING)}
    return tuple(
        RuleGroup(
            title,
            tuple(Said(name, said(says), "warning" if name in warnings else "") for name, says in sentences.items()),
        )
        for title, sentences in groups
    )


def price_kinds() -> tuple[Said, ...]:
    """The kinds of price: what each does, and the keys it needs."""
    return tuple(Said(name, said(kind.says), " and ".join(kind.needs)) for name, kind in KINDS.items())


def _all_said(table: Mapping[str, str]) -> tuple[Said, ...]:
    return tuple(Said(name, said(says)) for name, says in table.items())

"""The reference pages leave nothing out: each command, option, field, price kind, rule and word has its place."""

import dataclasses
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from teledesign.cli import COMMANDS
from teledesign.cli.described import described_commands
from teledesign.course import Course, CourseLocation, open_course
from teledesign.course_file import NavigationEntry
from teledesign.outputs.fields import file_parts
from teledesign.outputs.glossary import GLOSSARY
from teledesign.outputs.made import Made
from teledesign.outputs.pages import site_navigation, site_pages
from teledesign.outputs.reference import FILES, in_words
from teledesign.prices import KINDS as PRICE_KINDS
from teledesign.reading.files import KINDS
from teledesign.reading.rules import all_rules
from teledesign.resources import packaged_course

SHORT_FORMS = {"Emission", "Rollout", "ChanceRow", "ChanceTable", "Size", "SizeTable", "NumberTable"}
"""Models that a file writes in a shorter form than the one they are kept in; the page shows that form."""
LONGEST_PAGE = 120_000
"""Characters of a page before its theme is around it."""


@pytest.fixture(scope="module")
def course() -> Course:
    """The packaged course with nothing on its site but a home page and the reference."""
    opened = open_course(CourseLocation(packaged_course(), "package"))
    entries = (NavigationEntry(title="Home", page="students.md"), NavigationEntry(title="Reference", reference="all"))
    return dataclasses.replace(
        opened, topics={}, prices={}, file=opened.file.model_copy(update={"navigation": entries})
    )


@pytest.fixture(scope="module")
def pages(course: Course) -> dict[str, str]:
    """Name of a reference page -> its text, entities resolved."""
    made = site_pages(course, Made(commands=described_commands()))
    return {
        Path(name).stem: html.unescape(str(content)) for name, content in made.items() if name.startswith("reference/")
    }


def named(page: str) -> set[str]:
    """What a page explains."""
    return set(re.findall(r"<dt><code>(.*?)</code>", page))


def models_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for found in models_in(field.annotation):
            yield from models_of(found, seen)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


@pytest.mark.parametrize("kind", FILES)
def test_every_field_of_every_model_is_on_its_page(kind: str, pages: dict[str, str]) -> None:
    explained = named(pages[FILES[kind].name])
    for model in models_of(KINDS[kind].model, set()):
        fields = {field.alias or name for name, field in model.model_fields.items() if field.description}
        if model.__name__ not in SHORT_FORMS:
            assert fields <= explained, model.__name__


@pytest.mark.parametrize("kind", FILES)
def test_every_field_says_what_it_means(kind: str) -> None:
    for part in file_parts(kind):
        assert str(part.says), part.title
        assert all(str(field.says) for field in part.fields), part.title


def test_every_command_and_option_is_on_its_page(pages: dict[str, str]) -> None:
    commands = described_commands()
    assert {command.name.partition(" ")[0] for command in commands} == set(COMMANDS)
    assert {"new course", "new scenario", "new design"} <= {command.name for command in commands}
    for command in commands:
        assert f"\n## {command.name}\n" in pages["commands"]
        assert command.usage in pages["commands"]
        assert {option.flags for option in in_words(command).options} <= named(pages["commands"])
        assert command.usage.startswith(f"teledesign {command.name} ")


def test_ranges_of_options_are_said_in_words(pages: dict[str, str]) -> None:
    page = pages["commands"]
    assert "1 to 10000" in page
    assert "RANGE" not in page
    assert not re.search(r"[<>]=|&[lg]t;=", page)


def test_every_rule_price_kind_and_word_is_on_a_page(pages: dict[str, str]) -> None:
    assert named(pages["rules"]) == set(all_rules())
    assert set(PRICE_KINDS) <= named(pages["prices"])
    assert set(re.findall("<dt>(.*?)</dt>", pages["glossary"])) == set(GLOSSARY)
    assert list(GLOSSARY) == sorted(GLOSSARY)


def test_links_within_a_page_lead_to_its_sections(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        sections = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.*)$", page, re.MULTILINE)}
        assert set(re.findall(r'href="#(.*?)"', page)) <= sections, name
        assert len(page) < LONGEST_PAGE


def test_what_only_instructors_write_is_marked(pages: dict[str, str]) -> None:
    assert pages["teaching"].count(">instructors<") == pages["teaching"].count("<dt>") > 0
    assert ">instructors<" not in pages["scenario"]


def test_the_navigation_holds_the_reference_where_the_course_file_says(course: Course) -> None:
    without = site_navigation(course, Made())[1]["Reference"]
    assert without[0] == "reference/index.md"
    assert {"Glossary": "reference/glossary.md"} in without
    assert not any("Commands" in entry for entry in without)
    with_commands = site_navigation(course, Made(commands=described_commands()))[1]["Reference"]
    assert {"Commands": "reference/commands.md"} in with_commands


def test_the_reference_is_built_into_the_site(whole_site: tuple[Made, Path]) -> None:
    built = {path.stem for path in (whole_site[1] / "reference").glob("*.html")}
    assert built == {"index", "commands", "rules", "glossary", *(page.name for page in FILES.values())}

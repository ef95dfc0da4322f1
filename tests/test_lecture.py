"""The lecture's pages: each has its parts, each exercise its answer, and every number comes from the scenarios."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from teledesign.course import Course, CourseLocation, open_course
from teledesign.outputs.leaks import forbidden, squash
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.pages import addresses, site_pages
from teledesign.resources import packaged_course
from teledesign.teaching import Teaching

INCLUDED = re.compile(r'{%\s*include\s+"(assets/images/[^"]+\.svg)"\s*%}')
NAMED = re.compile(r'\bto\("([^"]+)"')


@pytest.fixture(scope="module")
def course() -> Course:
    return open_course(CourseLocation(packaged_course(), "package"))


def lecture_files() -> list[str]:
    """Every page of the lecture but its overview, in the order of the navigation."""
    course = open_course(CourseLocation(packaged_course(), "package"))
    section = next(entry for entry in course.file.navigation if entry.page == "lecture/index.md")
    return [one.page for one in section.pages]


PAGES = lecture_files()


def source(page: str) -> str:
    return (packaged_course() / "site" / page).read_text("utf-8")


def part(text: str, heading: str) -> str:
    """What stands below the first heading that matches, up to the next of its level."""
    found = re.search(rf"^## {heading}.*?$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def answers(course: Course) -> Iterator[tuple[str, str, Teaching]]:
    """Exercise, topic and teaching file of every answer to the lecture."""
    for name, topic in course.topics.items():
        assert topic.teaching is not None
        for key in topic.teaching.lecture:
            yield key, name, topic.teaching


def test_every_page_of_the_folder_is_navigated_and_the_other_way_round() -> None:
    folder = packaged_course() / "site" / "lecture"
    assert {f"lecture/{path.name}" for path in folder.glob("*.md")} == {"lecture/index.md", *PAGES}
    assert all(f'to("{page.removesuffix(".md")}"' in source("lecture/index.md") for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_its_four_parts(page: str) -> None:
    text = source(page)
    pictures = [(packaged_course() / "site" / name).read_text("utf-8") for name in INCLUDED.findall(text)]
    pictures += re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert pictures, "no diagram"
    for picture in pictures:
        described = re.search(r'<svg[^>]* role="img"[^>]* aria-label="([^"]+)"', picture)
        assert described, "a diagram without a text alternative"
        assert len(described[1]) > 60
        assert not re.search(r"#[0-9a-fA-F]{3,6}\b", re.sub(r"url\(#[^)]*\)", "", picture)), "a colour of its own"
    assert len(part(text, "Worked example")) > 400
    assert len(part(text, r"Exercise \{: #exercise \}")) > 150
    assert re.search(r'to\("|`teledesign |\]\(', part(text, r"Practise"))
    assert part(text, "Sources").strip()
    assert '{% include "neighbours.html" %}' in text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_pages_that_there_are(page: str, course: Course) -> None:
    here = Path("nowhere")
    made = Made({name: MadeTopic(worksheet_html=here, log=here) for name in course.topics})
    known = addresses(course, made, "../")
    assert set(NAMED.findall(source(page))) - set(known) == set()


@pytest.mark.parametrize("page", PAGES)
def test_an_exercise_has_its_answer_in_one_teaching_file(page: str, course: Course) -> None:
    key = Path(page).stem.replace("-", "_")
    found = [name for known, name, _ in answers(course) if known == key]
    assert len(found) == 1, f"{key} is answered in {found or 'no teaching file'}"


def test_no_answer_is_left_without_its_exercise(course: Course) -> None:
    assert {key for key, _, _ in answers(course)} == {Path(page).stem.replace("-", "_") for page in PAGES}


def test_answers_do_not_stand_on_the_pages(course: Course) -> None:
    taught = [(topic.scenario, topic.teaching) for topic in course.topics.values() if topic.teaching]
    secret = forbidden(taught).sentences
    pages = site_pages(dataclasses.replace(course, prices={}), Made())
    for page in ("lecture/index.md", *PAGES):
        text = squash(str(pages[page]))
        assert [kind for sentence, kind in secret.items() if sentence in text] == [], page

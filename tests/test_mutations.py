"""Files with random accidents give findings, or a course that goes through everything; never a traceback or a hang.

`TELEDESIGN_MUTATIONS=2000 pytest tests/test_mutations.py` tries that many, and builds what has no mistakes whole.
"""

from __future__ import annotations

import difflib
import os
import random
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mutations import mutated, nudged
from small_course import small_course
from teledesign import build as building
from teledesign.build import BuildOptions, build
from teledesign.costs import estimate
from teledesign.course import Course, CourseLocation, open_course
from teledesign.design import collect_everything
from teledesign.findings import Refusal, has_errors
from teledesign.outputs.handing import Pages
from teledesign.outputs.made import Made
from teledesign.outputs.pages import site_pages, write_markdown_tree
from teledesign.papers import topic_source
from teledesign.roster import RosterGroup
from teledesign.worksheets import Order, Press, make

ASKED = int(os.environ.get("TELEDESIGN_MUTATIONS", "0"))
SEEDS = 4 if ASKED else 1
EACH = ASKED // SEEDS or 30
SECONDS = 60
"""For one course; far above what any takes."""


@contextmanager
def in_time() -> Iterator[None]:
    """What takes longer than `SECONDS` is a failure (where the system has an alarm clock)."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError(f"longer than {SECONDS} s")

    if sys.platform == "win32":
        yield
        return
    former = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def gone_through(course: Course) -> None:
    """Sheets and keys as HTML, an estimate, and the pages that need no log."""
    press = Press(course.file.date)
    for topic in course.topics.values():
        order = Order({topic.id: (RosterGroup("1"),)}, formats=("html",))
        make(course.file, [topic_source(course, topic)], order, press)
        for design in (collect_everything(topic.scenario), *topic.designs.values()):
            estimate(topic.scenario, design, course.price_sheet())
    site_pages(course, Made())


def built(course: Course, target: Path) -> None:
    """A build, but for MkDocs."""
    build(course, BuildOptions(groups=1, events=1000), target, lambda stage: None)


@pytest.fixture(autouse=True)
def plain_site(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(course: Course, made: Made, target: Path, ready: dict[str, Pages]) -> None:
        write_markdown_tree(site_pages(course, made, ready), target)

    monkeypatch.setattr(building, "build_site", plain)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_accident_gives_findings_or_a_course_that_goes_through_everything(seed: int, tmp_path: Path) -> None:
    chance = random.Random(f"accident {seed}")
    root = small_course(tmp_path / "course")
    sources = sorted(path for path in root.rglob("*.yaml") if "torch" not in path.parts)
    wrong, good = [], 0
    for _ in range(EACH):
        source = chance.choice(sources)
        text = source.read_text("utf-8")
        changed = chance.choice((mutated, nudged))(text, chance)
        source.write_text(changed, "utf-8")
        try:
            with in_time():
                course = open_course(CourseLocation(root, "option"))
                if not has_errors(course.findings):
                    good += 1
                    gone_through(course)
                    if ASKED:
                        built(course, tmp_path / "build")
        except Refusal:
            pass
        except Exception:
            diff = difflib.unified_diff(text.splitlines(), changed.splitlines(), source.name, "changed", "", "", 0, "")
            wrong.append("\n".join([*diff, traceback.format_exc()]))
        finally:
            source.write_text(text, "utf-8")
    assert wrong == [], f"{len(wrong)} of {EACH}:\n\n" + "\n\n".join(wrong[:20])
    assert good, "some accidents do no harm"

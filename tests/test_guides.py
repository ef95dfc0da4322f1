"""The guides: what they show is what runs, and what they name is there."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import teledesign
from guide_course import GUIDES, TOPIC, block_of, follow, steps
from teledesign.cli import run
from teledesign.costs import estimate
from teledesign.course import CourseLocation, open_course, open_prices
from teledesign.expectation import Expectation
from teledesign.outputs.leaks import forbidden
from teledesign.reading import check_course, check_files
from teledesign.reading.rules import all_rules
from teledesign.resources import packaged_course
from teledesign.starting import new_scenario

BEGUN = "rain-cards"
"""A topic as `new scenario` makes it, untouched."""
COURSE_FILE = f"""\
format: 1
title: Doors
date: 2026-11-23
topics: [{TOPIC}, {BEGUN}]
groups: 1
log_events: 2000
navigation:
  - {{title: Home, page: index.md}}
  - {{title: Topics, topics: all}}
  - {{title: A scenario of your own, page: guides/scenario.md}}
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with the guide's topic, whose scenario passes the check at each step, and with one just begun."""
    root = tmp_path_factory.mktemp("doors")
    (root / "course.yaml").write_text(COURSE_FILE, "utf-8")
    shutil.copytree(packaged_course() / "scenarios" / "prices", root / "scenarios" / "prices")
    new_scenario(BEGUN, CourseLocation(root, "option"))
    for title, folder in follow(root):
        assert [str(finding) for finding in check_files([folder / "scenario.yaml"]).findings] == [], title
    return root


def test_the_guide_s_scenario_grows_and_is_whole_in_the_end(course: Path) -> None:
    assert [title.partition(":")[0] for title, _ in steps()] == [str(number) for number in range(1, 13)]
    checked = check_course(course)
    assert [str(finding) for finding in checked.findings] == []
    assert {"scenario": 2, "teaching": 2, "design": 1}.items() <= checked.counts.items()


def test_what_the_guide_says_of_its_numbers_is_so(course: Path) -> None:
    opened = open_course(CourseLocation(course, "option"))
    topic = opened.topics[TOPIC]
    lines = (topic.folder / "scenario.yaml").read_text("utf-8").splitlines()
    assert 320 < len(lines) < 370
    late = Expectation(topic.scenario).outcome_shares("model_version", 14)
    assert 0.49 < late["v2"]["false_ring"] / late["v1"]["false_ring"] < 0.51
    assert 1.19 < late["v2"]["missed"] / late["v1"]["missed"] < 1.21
    design = topic.designs["lean"]
    estimated = estimate(topic.scenario, design, open_prices(None, CourseLocation(course, "option")))
    assert design.budget_usd_per_month is not None
    assert 5 < estimated.total.amount < design.budget_usd_per_month


def test_what_the_guide_says_of_its_sessions_is_so(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The two sessions a reader is sent to first are not dull."""
    for session in ("2", "3"):
        assert run(["tell", TOPIC, "--session", session, "--course", str(course)]) == 0
        assert "log  notice_shown" in capsys.readouterr().out


@pytest.mark.slow
def test_the_guide_s_topic_and_one_just_begun_are_built(course: Path, tmp_path: Path) -> None:
    out = tmp_path / "build"
    assert run(["build", "--course", str(course), "-o", str(out), "--jobs", "1"]) == 0
    for topic in (TOPIC, BEGUN):
        for name in ("index", "worksheet", "log", "estimator"):
            assert (out / "site" / "topics" / topic / f"{name}.html").is_file()


def test_the_guide_gives_no_answer_away(course: Path) -> None:
    """The page that shows the teaching file may stand on the site of a course that has just this topic."""
    topic = open_course(CourseLocation(course, "option")).topics[TOPIC]
    assert topic.teaching is not None
    assert forbidden([(topic.scenario, topic.teaching)]).sentences == {}


def test_the_design_that_is_shown_keeps_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(block_of(GUIDES / "design.md", "mine.yaml"), "utf-8")
    assert run(["check", "mine.yaml"]) == 0
    assert run(["cost", "mine.yaml"]) == 0


def test_the_change_to_be_seen_at_home_takes_longer_the_less_one_keeps(capsys: pytest.CaptureFixture[str]) -> None:
    page = (packaged_course() / "site" / "guides" / "at-home.md").read_text("utf-8")
    shown = re.findall(r"^teledesign (cost .* --detect .*)$", page, re.MULTILINE)
    assert len(shown) == 1
    assert run([*shown[0].split(), "--json"]) == 0
    rates = json.loads(capsys.readouterr().out)["detectability"]["rates"]
    assert len({rate["days"] for rate in rates}) >= 4


def test_rules_that_the_guide_explains_are_rules() -> None:
    text = (GUIDES / "scenario.md").read_text("utf-8")
    explained = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert len(explained) >= 8
    assert set(explained) <= set(all_rules())


def test_modules_that_maintainers_are_sent_to_exist() -> None:
    page = (GUIDES / "maintainers.md").read_text("utf-8")
    package = Path(teledesign.__file__).parent
    modules = {name for name in re.findall(r"`([a-z_/]+(?:\.py|/))`", page) if not name.startswith("src/")}
    elsewhere = {"templates/worksheets/", "templates/pages/", "templates/fonts/", "site/", "benchmarks/"}
    elsewhere |= {"site/assets/javascripts/", "site/assets/vendor/", "tests/bad/", "tests/test_documented_commands.py"}
    assert {name for name in modules - elsewhere if not (package / name).exists()} == set()
    assert len(modules) > 30
    checkout = Path(__file__).resolve().parents[1]
    assert {name for name in elsewhere if not (checkout / name).exists()} <= {"benchmarks/"}


def test_names_of_tables_that_maintainers_add_to_exist() -> None:
    page = (GUIDES / "maintainers.md").read_text("utf-8")
    package = Path(teledesign.__file__).parent
    named = re.findall(r"`([A-Z][A-Za-z_]+)` in `([a-z_/]+\.py)`", page)
    assert {table for table, _ in named} >= {"KINDS", "LINE_ITEMS", "DOCUMENTS", "PAGES", "COMMANDS", "Effect"}
    for table, module in named:
        assert re.search(rf"^(class )?{table}\b", (package / module).read_text("utf-8"), re.MULTILINE), table

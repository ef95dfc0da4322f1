"""The whole site, built once for all tests of a run by whichever process asks first: small logs, sheets, pages."""

from __future__ import annotations

import time
from pathlib import Path

from teledesign.cli.described import described_commands
from teledesign.course import Course
from teledesign.outputs.made import Made, MadeTopic, read_made
from teledesign.outputs.site import build_site
from teledesign.resources import packaged_course
from teledesign.roster import RosterGroup
from teledesign.simulation import simulate
from teledesign.worksheets import Order, Press, TopicSource, make

EVENTS = 5000
PATIENCE_S = 600.0


def built_once(course: Course, folder: Path) -> tuple[Made, Path]:
    """What was made for the site, and the site, below a folder that all processes of a run know."""
    try:
        folder.mkdir()
    except FileExistsError:
        return _waited_for(folder)
    try:
        made = parts(course, folder)
        build_site(course, made, folder / "site")
        (folder / "made.json").write_text(made.as_json(), "utf-8")
    finally:
        (folder / "over").touch()
    return made, folder / "site"


def _waited_for(folder: Path) -> tuple[Made, Path]:
    since = time.monotonic()
    while not (folder / "over").exists():
        assert time.monotonic() - since < PATIENCE_S, "the process that builds the site does not come to an end"
        time.sleep(0.1)
    assert (folder / "made.json").exists(), "the site could not be built; another test says why"
    return read_made(folder / "made.json"), folder / "site"


def parts(course: Course, folder: Path) -> Made:
    """Small logs, and the practice sheets of each topic as fragments."""
    press = Press(course.file.date, [packaged_course() / "templates"])
    topics = {}
    for name, topic in course.topics.items():
        simulate(topic.scenario, events=EVENTS, out=folder / name)
        source = TopicSource(topic.scenario, None, course.price_sheet())
        order = Order({name: (RosterGroup("practice"),)}, formats=("fragment",), sheets=("class", "cost"))
        sheets = make(course.file, [source], order, press)
        fragments = {}
        for sheet in sheets.made:
            fragments[sheet.document] = folder / f"{name}-{sheet.document}.html"
            fragments[sheet.document].write_bytes(sheets.student[sheet.path])
        topics[name] = MadeTopic(
            worksheet_html=fragments["class"], cost_sheet_html=fragments["cost"], log=folder / name
        )
    return Made(topics, described_commands())

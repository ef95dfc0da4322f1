"""Beginnings: a course, a scenario and a design of one's own, commented, whole, and without a mistake.

What they begin with stands in `templates/starting/`: two files of a small topic, which are valid as they are, and
what a new course folder holds beside its copies.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from teledesign import __version__
from teledesign.course import CourseLocation, find_scenario, open_scenario
from teledesign.findings import Refusal
from teledesign.reading.schemas import FOLDER, schema_files
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.writing import A_COPY, inside, new_folder, write_tree, write_whole

__all__ = ["NewTopic", "design_lines", "new_course", "new_design", "new_scenario", "with_topic"]

COPIED = ("course.yaml", "scenarios", "templates", "site")
"""What a new course takes from the packaged one."""
STARTING = ("templates", "starting")
COURSE_FILES = {
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "requirements.txt": "requirements.txt",
    ".github/workflows/pages.yml": "pages.yml",
}
"""File of a new course -> its name among the beginnings."""
TOPIC_FILES = ("scenario.yaml", "teaching.yaml")
PLACEHOLDER = "new-topic"
"""The id that the small topic bears until it gets its own."""
VERSION = "VERSION"
"""Stands where a new course names the version that made it."""
TAKEN = ("prices", "schemas")
"""Folders of scenarios/ that are no topics."""
ID = re.compile(r"[a-z][a-z0-9-]{0,59}")


@dataclass(frozen=True)
class NewTopic:
    """A scenario that was made: where, and whether the course file names it now."""

    folder: Path
    listed: bool


def new_course(folder: Path) -> Path:
    """A course folder with copies of everything shown.  Raises Refusal where something is there already."""
    packaged = packaged_course()
    with new_folder(folder) as staging:
        for name in COPIED:
            _copy(packaged / name, staging / name)
        shutil.rmtree(staging.joinpath(*STARTING))
        begun = {name: beginning(source).replace(VERSION, __version__) for name, source in COURSE_FILES.items()}
        write_tree(staging, begun | schema_files())
    return folder


def new_scenario(scenario_id: str, location: CourseLocation) -> NewTopic:
    """A small topic in a course, and its id in the course file.  Raises Refusal."""
    check_id(scenario_id, "scenario")
    if location.read_only:
        raise Refusal(
            "the course that comes with teledesign is not written to. Start your own with: teledesign new course DIR"
        )
    folder = inside(location.root, f"scenarios/{scenario_id}")
    if scenario_id in TAKEN:
        raise Refusal(f"scenarios/{scenario_id} is no place for a topic. Choose another id")
    course_file = location.root / "course.yaml"
    with new_folder(folder) as staging:
        files = {name: beginning(name, location.root) for name in TOPIC_FILES}
        write_tree(staging, {name: text.replace(PLACEHOLDER, scenario_id) for name, text in files.items()})
        if not (location.root / FOLDER).exists():
            for name, text in schema_files().items():
                write_whole(location.root / name, text, A_COPY)
        listed, longer = _with_topic_listed(course_file, scenario_id)
    # Right after the topic is there: whoever stops this in between would have a topic that no page shows.
    if longer is not None:
        write_whole(course_file, longer, A_COPY)
    return NewTopic(folder, listed)


def new_design(name: str, design_id: str, location: CourseLocation) -> Path:
    """A commented design for a scenario, beside its others; in the working folder for a packaged scenario."""
    check_id(design_id, "design")
    scenario = open_scenario(name, location)
    folder = find_scenario(name, location).parent / "designs"
    elsewhere = A_COPY
    if location.read_only and folder.resolve().is_relative_to(location.root.resolve()):
        folder, elsewhere = Path.cwd(), " and run this there"
    path = folder / f"{design_id}.yaml"
    if path.exists() or path.is_symlink():
        raise Refusal(f"{path} is there already. Choose another name")
    schema = "../../schemas/design.schema.json"
    first = [f"# yaml-language-server: $schema={schema}"] if (folder / schema).resolve().is_file() else []
    return write_whole(path, "\n".join([*first, *design_lines(scenario, design_id)]) + "\n", elsewhere)


def check_id(name: str, what: str) -> None:
    """Raises Refusal for what cannot be an id, or would be read as something else than text."""
    from teledesign.reading.nodes import resolve

    if not ID.fullmatch(name) or not isinstance(resolve(name)[0], str):
        raise Refusal(
            f"{name!r:.80} cannot be the id of a {what}. "
            "Use lower-case letters, digits and hyphens, a letter first, at most 60"
        )


def beginning(name: str, root: Path | None = None) -> str:
    """The text of a file among the beginnings, those of a course folder first."""
    roots = [packaged_course()] if root is None else [root, packaged_course()]
    return next(path for one in roots if (path := one.joinpath(*STARTING, name)).is_file()).read_text(
        "utf-8", "replace"
    )


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder without what is hidden; the copies are writable whatever the source is."""
    if source.is_file():
        shutil.copyfile(source, target)
        return
    target.mkdir()
    for path in sorted(source.iterdir()):
        if not path.name.startswith((".", "__pycache__")):
            _copy(path, target / path.name)


def _with_topic_listed(course_file: Path, scenario_id: str) -> tuple[bool, str | None]:
    """Whether a course file can list an id among its topics without anything else in it being touched, and its text
    with it where it does not list it yet."""
    from teledesign.course_file import CourseFile
    from teledesign.reading.nodes import read_text
    from teledesign.reading.read import read_as

    def topics(text: str) -> tuple[str, ...] | None:
        draft = read_as(read_text(text, course_file.name), CourseFile).value
        return draft.topics if draft else None

    try:
        # Bytes, so that the ends of lines stay what they are.
        text = course_file.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return False, None
    before = topics(text)
    if before is None or scenario_id in before:
        return before is not None, None
    longer = with_topic(text, scenario_id)
    if longer is None or topics(longer) != (*before, scenario_id):
        return False, None
    return True, longer


def with_topic(text: str, scenario_id: str) -> str | None:
    """The text of a course file with one more topic, comments and all; None where its list is written unusually."""
    flow = re.search(r"^topics:[ \t]*\[([^\]#]*?)(,?\s*)\]", text, re.MULTILINE)
    if flow:
        parted = ", " if flow[1].strip() else ""
        return f"{text[: flow.end(1)]}{parted}{scenario_id}{text[flow.end(2) :]}"
    lines = text.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if re.match(r"topics:\s*(#.*)?$", line)), None)
    if start is None:
        return None
    last = None
    for at in range(start + 1, len(lines)):
        if re.match(r"\s*- ", lines[at]):
            last = at
        elif not re.match(r"\s*(#.*)?$", lines[at]):
            break
    if last is None:
        return None
    indent = lines[last][: lines[last].index("-")]
    body = lines[last].rstrip("\r\n")
    end = lines[last][len(body) :] or "\n"
    return "".join([*lines[:last], body + end, f"{indent}- {scenario_id}{end}", *lines[last + 1 :]])


def design_lines(scenario: Scenario, design_id: str) -> Iterator[str]:
    """A first design, with what each event says above it."""
    yield f"# A telemetry design for: {' '.join(scenario.title.split())}."
    yield "# `teledesign check` and `teledesign cost` take the path of this file."
    yield from ("format: 1", f"design: {design_id}", f"scenario: {scenario.scenario}", "title: A first design")
    yield from ("says: >-", "  Why it is made this way, in a sentence or two.", "")
    yield "# The share of rows kept, and of what: of users, with all their rows, of sessions, or of rows one by one."
    yield from ("sampling: {keep: 0.2, by: user}", "")
    yield "# How each event is collected: sampled (as above), whole, or with settings of its own,"
    yield "# such as {keep: 0.5, without: [a_field]}. Events that are not named are not collected."
    yield "collects:"
    for name, event in scenario.events.items():
        yield from _comment(f"{event.feedback}, {event.privacy}, {event.bytes:,} bytes. {event.says.text}")
        yield f"  {name}: {'whole' if event.feedback == 'explicit' else 'sampled'}"
    if scenario.payloads:
        yield from ("", "# Content that may travel beside an event: the share of its rows that carry it.", "payloads:")
        for name, payload in scenario.payloads.items():
            yield from _comment(f"beside {payload.beside}, {payload.privacy}, {payload.bytes:,} bytes")
            yield f"  {name}: 0"
    yield from ("", "# Rows in one request at most, and the longest that a row waits on the device.")
    yield "transport: {batch: 10, flush: 1 h, compression: gzip}"
    yield from ("", "# Days ready for queries, then days in the cheap store.")
    yield from ("retention: {hot_days: 60, cold_days: 0}", "")
    yield from ("# Questions asked again and again.", "queries:")
    yield '  - {title: "Last week, each morning", runs_per_day: 1, window_days: 7}'
    yield from _monitor(scenario)
    yield from (
        "",
        "# What it may cost the firm. `teledesign cost` says whether it does, and exits with 1 where it does not.",
        "# budget_usd_per_month: 1000",
    )


def _comment(text: str) -> list[str]:
    """A comment within a list, on lines that fit a screen."""
    return textwrap.wrap(text, 112, initial_indent="  # ", subsequent_indent="  # ", break_long_words=False)


def _monitor(scenario: Scenario) -> Iterator[str]:
    """A monitor on the first metric that telemetry can see, if there is one."""
    name = next((name for name, metric in scenario.metrics.items() if metric.role != "outcome"), None)
    if name is None:
        return
    slices: Mapping[str, object] = scenario.people.attributes
    by = [slice_ for slice_ in scenario.metrics[name].by if slice_ in slices][:1]
    yield from ("", "# A metric that is watched. shewhart: a value that many standard deviations off raises the alarm.")
    yield "monitors:"
    yield "  first:"
    yield f"    metric: {name}"
    if by:
        yield f"    by: [{by[0]}]"
    yield from ("    method: shewhart", "    threshold: 3", "    window: 1 d", "    read_by: the team that can act")

"""A course on disk: which one is meant, and everything in it, read and checked."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from teledesign.findings import Finding, Place, Refusal, in_order, nearest
from teledesign.resources import packaged_course

if TYPE_CHECKING:
    from teledesign.course_file import CourseFile
    from teledesign.design import Design
    from teledesign.prices import PriceSheet
    from teledesign.scenario import Scenario
    from teledesign.teaching import Teaching

__all__ = [
    "Course",
    "CourseLocation",
    "Topic",
    "design_ids",
    "find_course",
    "find_scenario",
    "open_course",
    "open_design",
    "open_own_design",
    "open_price_sheets",
    "open_prices",
    "open_scenario",
    "open_scenario_of_course",
    "scenario_ids",
]

SCENARIO_FILE = "scenario.yaml"
TEACHING_FILE = "teaching.yaml"


@dataclass(frozen=True)
class CourseLocation:
    """Where a course is and why that one was taken."""

    root: Path
    why: Literal["option", "folder", "package"]

    @property
    def read_only(self) -> bool:
        """Whether it is the packaged course, into which nothing is written."""
        return self.why == "package"

    def __str__(self) -> str:
        return {
            "option": f"Course: {self.root}",
            "folder": f"Course: this folder ({self.root})",
            "package": "Course: the one that comes with teledesign (use --course DIR for another)",
        }[self.why]


@dataclass(frozen=True)
class Topic:
    """One topic of a course: its scenario, teaching file and designs by name; the places are for findings."""

    folder: Path
    scenario: Scenario
    teaching: Teaching | None
    designs: dict[str, Design]
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)
    teaching_places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """The scenario's id."""
        return self.scenario.scenario


@dataclass(frozen=True)
class Course:
    """A course as read: only what had no mistakes is here; `findings` says what had."""

    location: CourseLocation
    file: CourseFile
    topics: dict[str, Topic]
    prices: dict[str, PriceSheet]
    findings: tuple[Finding, ...]

    @property
    def root(self) -> Path:
        """The course folder."""
        return self.location.root

    def topic(self, name: str) -> Topic:
        """The topic of that id.  Raises Refusal with the nearest name."""
        if name in self.topics:
            return self.topics[name]
        raise Refusal(_no_such("topic", name, self.topics))

    def price_sheet(self, name: str | None = None) -> PriceSheet:
        """The price sheet of that name, or the course's default.  Raises Refusal with the nearest name."""
        name = name or self.file.prices
        if name in self.prices:
            return self.prices[name]
        raise Refusal(_no_such("price sheet", name, self.prices))


def find_course(option: Path | None, cwd: Path | None = None) -> CourseLocation:
    """The course meant: `--course DIR`, else the working folder if it holds `scenarios/`, else the packaged one."""
    if option is not None:
        if not (option / "scenarios").is_dir():
            raise Refusal(f"{option} holds no scenarios/ folder. Name a course folder with --course")
        return CourseLocation(option, "option")
    here = cwd or Path()
    if (here / "scenarios").is_dir():
        return CourseLocation(here.resolve(), "folder")
    return CourseLocation(packaged_course(), "package")


def find_scenario(name: str, location: CourseLocation) -> Path:
    """The scenario.yaml of an id or a path (a file, or a folder that holds one).  Raises Refusal."""
    path = Path(name)
    if path.is_file():
        return path
    if (path / SCENARIO_FILE).is_file():
        return path / SCENARIO_FILE
    known = scenario_ids(location.root)
    if name in known:
        return location.root / "scenarios" / name / SCENARIO_FILE
    raise Refusal(_no_such("scenario", name, known))


def open_scenario(name: str, location: CourseLocation) -> Scenario:
    """The scenario of an id or path.  Raises Refusal with the findings where it has mistakes."""
    from teledesign.reading import read_scenario

    path = shown(find_scenario(name, location))
    read = read_scenario(path)
    if read.value is None:
        raise Refusal(f"{path} has mistakes. Correct them first", read.findings)
    return read.value


def open_scenario_of_course(name: str, location: CourseLocation) -> Scenario:
    """The scenario of an id of the course, for names that nobody typed: never a path.  Raises Refusal."""
    known = scenario_ids(location.root)
    if name not in known:
        raise Refusal(_no_such("scenario", name, known))
    return open_scenario(str(location.root / "scenarios" / name / SCENARIO_FILE), location)


def open_design(name: str, location: CourseLocation) -> tuple[Scenario, Design]:
    """A design and its scenario: of the path of a design, of `SCENARIO/DESIGN`, or collect-everything of a scenario.

    Raises Refusal.
    """
    scenario, design = open_own_design(name, location)
    if design is None:
        from teledesign.design import collect_everything

        design = collect_everything(scenario)
    return scenario, design


def open_own_design(name: str, location: CourseLocation) -> tuple[Scenario, Design | None]:
    """A design and its scenario: of the path of a design, or of `SCENARIO/DESIGN`; none where a scenario is named.

    A design's scenario is the one a folder above it, else the course's of the id it names.  Raises Refusal.
    """
    from teledesign.reading import read_design
    from teledesign.reading.files import kind_of
    from teledesign.reading.nodes import read_file

    path = Path(name)
    scenario_id, _, design_id = name.partition("/")
    known = location.root / "scenarios" / scenario_id / "designs"
    if not path.exists() and design_id and scenario_id in scenario_ids(location.root):
        path = known / f"{design_id}.yaml"
        if not path.is_file():
            raise Refusal(_no_such(f"design of {scenario_id}", design_id, tuple(p.stem for p in known.glob("*.yaml"))))
    if not path.is_file() or kind_of(read_file(path), path) != "design":
        return open_scenario(name, location), None
    above = path.resolve().parent.parent / SCENARIO_FILE
    first = read_design(shown(path))
    if first.draft is None:
        raise Refusal(f"{shown(path)} has mistakes. Correct them first", first.findings)
    scenario = open_scenario(str(above) if above.is_file() else first.draft.scenario, location)
    read = read_design(shown(path), scenario)
    if read.value is None:
        raise Refusal(f"{shown(path)} has mistakes. Correct them first", read.findings)
    return scenario, read.value


def open_prices(name: str | None, location: CourseLocation) -> PriceSheet:
    """A price sheet by name or path; the course's default without one.  Raises Refusal."""
    from teledesign.reading import read_course_file, read_default_prices, read_prices

    folder = location.root / "scenarios" / "prices"
    course_file = shown(location.root / "course.yaml")
    asked = name
    if name is None:
        name = read_default_prices(course_file)
    path = Path(name)
    if not path.is_file():
        path = folder / f"{name}.yaml"
        if not path.is_file():
            if asked is None and (course := read_course_file(course_file)).value is None:
                raise Refusal(
                    "the course file, which names the price sheet, has mistakes. Correct them first, or "
                    "name one with --prices",
                    course.findings,
                )
            raise Refusal(_no_such("price sheet", name, tuple(sheet.stem for sheet in folder.glob("*.yaml"))))
    read = read_prices(shown(path))
    if read.value is None:
        raise Refusal(f"{shown(path)} has mistakes. Correct them first", read.findings)
    return read.value


def open_price_sheets(names: Sequence[str], location: CourseLocation) -> PriceSheet:
    """Price sheets by name or path, each paying for what those before it do not; the course's default without any.

    Raises Refusal.
    """
    sheets = [open_prices(name, location) for name in names] or [open_prices(None, location)]
    together = sheets[0]
    for sheet in sheets[1:]:
        try:
            together = together.beside(sheet)
        except ValueError as mistake:
            raise Refusal(f"{mistake}. Use sheets of one currency") from None
    return together


def scenario_ids(root: Path) -> tuple[str, ...]:
    """The ids of all scenarios in a course folder, sorted."""
    return tuple(sorted(path.parent.name for path in (root / "scenarios").glob(f"*/{SCENARIO_FILE}")))


def design_ids(scenario: str, root: Path) -> tuple[str, ...]:
    """The ids of all designs that a course folder has of a scenario, sorted."""
    return tuple(sorted(path.stem for path in (root / "scenarios" / scenario / "designs").glob("*.yaml")))


def open_course(location: CourseLocation, only: Container[str] | None = None) -> Course:
    """Read a whole course, or of its topics those in `only`.  Raises Refusal only without a readable course file."""
    from teledesign.reading import page_findings, read_course_file, read_prices

    read = read_course_file(shown(location.root / "course.yaml"))
    if read.value is None:
        raise Refusal("the course file has mistakes. Correct them first", read.findings)
    findings = list(read.findings)
    if only is None:
        findings += page_findings(shown(location.root), read)
    prices = {}
    for path in sorted((location.root / "scenarios" / "prices").glob("*.yaml")):
        sheet = read_prices(shown(path))
        findings += sheet.findings
        if sheet.value is not None:
            prices[path.stem] = sheet.value
    topics = {}
    for name in read.value.topics:
        if only is not None and name not in only:
            continue
        topic, found = read_topic(location.root / "scenarios" / name)
        findings += found
        if topic is not None:
            topics[name] = topic
    return Course(location, read.value, topics, prices, tuple(in_order(findings)))


def read_topic(folder: Path) -> tuple[Topic | None, list[Finding]]:
    """One topic's files and the mistakes in them."""
    from teledesign.reading import read_design, read_scenario, read_teaching

    path = shown(folder / SCENARIO_FILE)
    if not path.is_file():
        message = "there is no such scenario file. Add it, or take the topic out of course.yaml"
        return None, [Finding("no-scenario", message, place=Place(str(path)))]
    scenario = read_scenario(path)
    findings = list(scenario.findings)
    if scenario.value is None:
        return None, findings
    teaching, teaching_places = None, {}
    teaching_path = shown(folder / TEACHING_FILE)
    if teaching_path.is_file():
        taught = read_teaching(teaching_path, scenario.value)
        findings += taught.findings
        teaching, teaching_places = taught.value, dict(taught.places)
    designs = {}
    for design_path in sorted((folder / "designs").glob("*.yaml")):
        design = read_design(shown(design_path))
        findings += design.findings
        if design.value is not None:
            designs[design_path.stem] = design.value
    return Topic(folder, scenario.value, teaching, designs, scenario.places, teaching_places), findings


def shown(path: Path) -> Path:
    """The path as a person would name it: relative to the working folder where it lies below it."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def _no_such(what: str, name: str, known: object) -> str:
    names = sorted(str(item) for item in known) if isinstance(known, dict | tuple) else []
    close = nearest(name, names)
    if close:
        return f"there is no {what} {name!r}. Did you mean {close}?"
    return f"there is no {what} {name!r}. Known: {', '.join(names) or 'none'}"

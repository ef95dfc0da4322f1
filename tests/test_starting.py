"""What is begun with `teledesign new` is whole: it passes the check and goes through every output."""

import shutil
from pathlib import Path

import pytest

from teledesign.cli import run
from teledesign.course import CourseLocation, open_course, open_design
from teledesign.findings import Refusal
from teledesign.reading import check_files, files_of_course
from teledesign.resources import packaged_course
from teledesign.starting import COPIED, new_course, new_design, new_scenario, with_topic

TOPIC = "rain-cards"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseLocation:
    """A new course with a new scenario and a new design, which tests read and do not change."""
    location = CourseLocation(new_course(tmp_path_factory.mktemp("new") / "mine"), "option")
    new_scenario(TOPIC, location)
    new_design(TOPIC, "first", location)
    return location


@pytest.fixture
def small(course: CourseLocation, tmp_path: Path) -> Path:
    """A course folder with the new topic alone, and small logs."""
    for name in ("prices", "schemas", TOPIC):
        shutil.copytree(course.root / "scenarios" / name, tmp_path / "scenarios" / name)
    head = "format: 1\ntitle: Rain\ndate: 2026-11-23\ngroups: 1\nlog_events: 2000\n"
    pages = "navigation:\n  - {title: Home, page: index.md}\n  - {title: Topics, topics: all}\n"
    (tmp_path / "course.yaml").write_text(f"{head}topics: [{TOPIC}]\n{pages}", "utf-8")
    return tmp_path


def test_all_that_is_begun_passes_the_check(course: CourseLocation) -> None:
    checked = check_files(files_of_course(course.root))
    assert [str(finding) for finding in checked.findings] == []
    opened = open_course(course)
    assert list(opened.topics) == [*open_course(CourseLocation(packaged_course(), "package")).topics, TOPIC]
    assert list(opened.topics[TOPIC].designs) == ["first"]
    assert opened.topics[TOPIC].teaching is not None


def test_a_new_course_holds_copies_of_everything_shown_and_keeps_secrets_out_of_git(course: CourseLocation) -> None:
    def shown(root: Path) -> set[str]:
        files = (path.relative_to(root) for name in COPIED for path in (root / name).rglob("*") if path.is_file())
        return {path.as_posix() for path in files if not any(part.startswith(".") for part in path.parts)}

    copied = shown(course.root) - {f"scenarios/{TOPIC}/{name}" for name in ("scenario.yaml", "teaching.yaml")}
    assert copied - {f"scenarios/{TOPIC}/designs/first.yaml"} == shown(packaged_course())
    ignored = (course.root / ".gitignore").read_text("utf-8").split()
    assert {"/build/", "/forms/", "secret.txt", "/handouts*/", "*.roster.csv"} <= set(ignored)
    assert "teledesign check" in (course.root / "README.md").read_text("utf-8")


def test_a_course_file_keeps_its_comments(course: CourseLocation) -> None:
    before = (packaged_course() / "course.yaml").read_text("utf-8").splitlines()
    after = (course.root / "course.yaml").read_text("utf-8").splitlines()
    changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert [other for _, other in changed] == [changed[0][0].replace("]", f", {TOPIC}]")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("topics: [a, b]  # two\n", "topics: [a, b, c]  # two\n"),
        ("topics: [\n  a,\n  b,\n]\n", "topics: [\n  a,\n  b, c]\n"),
        (
            "topics:\n  - a  # one\n  # more\n  - b\nprices: x\n",
            "topics:\n  - a  # one\n  # more\n  - b\n  - c\nprices: x\n",
        ),
        ("x: 1\r\ntopics:\r\n- a\r\n", "x: 1\r\ntopics:\r\n- a\r\n- c\r\n"),
        ("topics:\n- a", "topics:\n- a\n- c\n"),
        ("title: None\n", None),
        ("topics: [a,  # one\n  b]\n", None),
    ],
)
def test_a_topic_is_added_to_lists_however_they_are_written(before: str, after: str | None) -> None:
    assert with_topic(before, "c") == after


def test_a_list_that_cannot_be_added_to_is_left_alone(course: CourseLocation, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    text = "format: 1\ntitle: T\ndate: 2026-11-23\ntopics: [a,  # one\n  b]\n"
    (tmp_path / "course.yaml").write_text(text, "utf-8")
    made = new_scenario("lamp", CourseLocation(tmp_path, "option"))
    assert not made.listed
    assert (tmp_path / "course.yaml").read_text("utf-8") == text
    assert (tmp_path / "scenarios" / "schemas" / "scenario.schema.json").is_file()


@pytest.mark.parametrize("topic", ["shoe-brand", "photo-tagging", "playlists", "code-completion"])
def test_a_design_can_be_begun_for_every_topic(topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    location = CourseLocation(packaged_course(), "package")
    path = new_design(topic, "mine", location)
    assert path == tmp_path / "mine.yaml"
    scenario, design = open_design(str(path), location)
    assert set(design.collected(scenario)) == set(scenario.events)
    assert design.monitors


def test_what_is_there_is_never_written_over(course: CourseLocation, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    packaged = CourseLocation(packaged_course(), "package")
    refusals = {
        f"{tmp_path} is there already and holds something. Choose another name, or empty it": lambda: new_course(
            tmp_path
        ),
        f"{tmp_path / 'notes.txt'} is there already and is no folder. Choose another name": lambda: new_course(
            tmp_path / "notes.txt"
        ),
        f"{course.root / 'scenarios' / TOPIC} is there already and holds something. Choose another name, or empty it": (
            lambda: new_scenario(TOPIC, course)
        ),
        f"{course.root / 'scenarios' / TOPIC / 'designs' / 'first.yaml'} is there already. Choose another name": (
            lambda: new_design(TOPIC, "first", course)
        ),
        "scenarios/prices is no place for a topic. Choose another id": lambda: new_scenario("prices", course),
        "the course that comes with teledesign is not written to. Start your own with: teledesign new course DIR": (
            lambda: new_scenario("lamp", packaged)
        ),
    }
    for message, attempt in refusals.items():
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.message == message
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["", "Lamp", "../lamp", "a/b", "null", "true", "lamp\n", "x" * 61])
def test_an_id_that_is_none_is_refused(name: str, course: CourseLocation) -> None:
    for attempt in (lambda: new_scenario(name, course), lambda: new_design(TOPIC, name, course)):
        with pytest.raises(Refusal, match="cannot be the id of a"):
            attempt()


def test_an_empty_folder_may_become_a_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "course", "."]) == 0
    assert (tmp_path / "course.yaml").is_file()
    assert not [path for path in tmp_path.parent.iterdir() if "making" in path.name]


def test_the_commands_say_what_they_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "course", "mine"]) == 0
    monkeypatch.chdir(tmp_path / "mine")
    assert run(["new", "scenario", TOPIC]) == 0
    assert run(["new", "design", TOPIC, "lean"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Course: mine"
    topic, design = Path("scenarios", TOPIC), Path("scenarios", TOPIC, "designs", "lean.yaml")
    assert f"Topic: {topic} (scenario.yaml is public, teaching.yaml is not)" in said
    assert "course.yaml names it among the topics." in said
    assert said[-2:] == [f"Design: {design}", f"Next: teledesign cost {design}"]
    assert run(["cost", str(design)]) == 0


def test_the_new_topic_gives_sheets_on_two_pages_and_a_log(small: Path, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    out = tmp_path / "sheets"
    assert run(["worksheet", TOPIC, "--groups", "1", "--course", str(small), "-o", str(out)]) == 0
    pages = {path.stem: len(pypdf.PdfReader(path).pages) for path in (out / "student").rglob("*.pdf")}
    assert pages["group-01-class"] == pages["group-01-cost"] == 2
    log = tmp_path / "log"
    arguments = ["--events", "2000", "--format", "jsonl", "--course", str(small), "-o", str(log)]
    assert run(["simulate", TOPIC, *arguments]) == 0
    assert any(log.rglob("*.jsonl*"))


@pytest.mark.slow
def test_the_new_topic_is_built(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "build"
    assert run(["build", "--only", TOPIC, "--groups", "1", "--course", str(small), "-o", str(out)]) == 0
    for name in ("index", "worksheet", "log", "estimator"):
        assert (out / "site" / "topics" / TOPIC / f"{name}.html").is_file()

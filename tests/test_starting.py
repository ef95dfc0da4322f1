"""What is begun with `teledesign new` is whole: it passes the check and goes through every output."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from teledesign import __version__
from teledesign.cli import run
from teledesign.course import CourseLocation, open_course, open_design
from teledesign.findings import Refusal
from teledesign.outputs.made import Made
from teledesign.outputs.pages import site_pages
from teledesign.reading import check_course
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
    checked = check_course(course.root)
    assert [str(finding) for finding in checked.findings] == []
    opened = open_course(course)
    assert list(opened.topics) == [*open_course(CourseLocation(packaged_course(), "package")).topics, TOPIC]
    assert list(opened.topics[TOPIC].designs) == ["first"]
    assert opened.topics[TOPIC].teaching is not None


def test_the_first_line_of_a_begun_file_names_its_schema(course: CourseLocation) -> None:
    folder = course.root / "scenarios" / TOPIC
    for name in ("scenario.yaml", "teaching.yaml", "designs/first.yaml"):
        first = (folder / name).read_text("utf-8").splitlines()[0]
        schema = ((folder / name).parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
        assert schema.parent == (course.root / "scenarios" / "schemas").resolve()
        assert schema.is_file()


def test_a_new_course_holds_copies_of_everything_shown_and_keeps_secrets_out_of_git(course: CourseLocation) -> None:
    def shown(root: Path) -> set[str]:
        files = (path.relative_to(root) for name in COPIED for path in (root / name).rglob("*") if path.is_file())
        plain = [path for path in files if not any(part.startswith(".") for part in path.parts)]
        return {path.as_posix() for path in plain if path.parts[:2] != ("templates", "starting")}

    copied = shown(course.root) - {f"scenarios/{TOPIC}/{name}" for name in ("scenario.yaml", "teaching.yaml")}
    assert copied - {f"scenarios/{TOPIC}/designs/first.yaml"} == shown(packaged_course())
    ignored = (course.root / ".gitignore").read_text("utf-8").split()
    assert {"/build/", "/forms/", "secret.txt", "/handouts*/", "*roster.csv", "*roster.tsv"} <= set(ignored)
    assert (course.root / "requirements.txt").read_text("utf-8").endswith(f"\nteledesign[course]=={__version__}\n")


def test_a_new_course_publishes_its_site_and_nothing_else(course: CourseLocation) -> None:
    text = (course.root / ".github" / "workflows" / "pages.yml").read_text("utf-8")
    workflow = yaml.safe_load(text)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    uploaded = [step["with"]["path"] for step in steps if "upload" in step.get("uses", "")]
    assert uploaded == ["build/site"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) == 4
    assert all(re.fullmatch(r"actions/[a-z-]+@v[0-9]+", name) for name in used)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert "permissions" not in workflow["jobs"]["build"]
    assert "://" not in text
    assert [step["run"] for step in steps if "run" in step] == [
        "python -m pip install -r requirements.txt",
        "teledesign check",
        "teledesign build --groups 1",
    ]


def test_all_that_a_new_course_holds_is_told_in_its_readme(course: CourseLocation) -> None:
    told = (course.root / "README.md").read_text("utf-8")
    held = {path.relative_to(course.root).as_posix() for path in course.root.iterdir()} - {"README.md", ".github"}
    for name in (*held, ".github/workflows/pages.yml"):
        assert f"| `{name}" in told, name


def test_schemas_of_another_version_are_a_warning_with_its_remedy(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = small / "scenarios" / "schemas" / "design.schema.json"
    schema.write_text(schema.read_text("utf-8").replace("sampling", "samples"), "utf-8")
    assert run(["check", "--course", str(small)]) == 0
    _, told, summary = capsys.readouterr().out.splitlines()
    assert told == (
        f"{small / 'scenarios' / 'schemas'}: 1 of 6 schemas are not those of this teledesign, so an editor may mark "
        "what is right. Write them anew, in the course folder, with: teledesign schema --write [warning stale-schema]"
    )
    assert summary.endswith("no mistakes, 1 warning")
    assert run(["schema", "--write", "--course", str(small)]) == 0
    assert run(["check", "--course", str(small)]) == 0
    assert "warning" not in capsys.readouterr().out


def test_templates_and_pages_are_taken_over_one_by_one(small: Path) -> None:
    """A course with one page, one template and one style of its own takes everything else from the package."""
    own = {
        "site/index.md": "# Our own home\n",
        "templates/pages/topics.md": "# Our own list\n",
        "site/assets/stylesheets/teledesign.css": "/* our own */\n",
        "templates/worksheets/sheet.css": "/* our own sheets */\n",
    }
    for name, text in own.items():
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_text(text, "utf-8")
    pages = site_pages(open_course(CourseLocation(small, "option")), Made())
    assert pages["index.md"] == own["site/index.md"]
    assert pages["topics/index.md"] == own["templates/pages/topics.md"]
    brief = pages[f"topics/{TOPIC}/index.md"]
    assert isinstance(brief, str)
    assert "Dryshod" in brief
    taken = {name: pages[f"assets/stylesheets/{name}"] for name in ("teledesign.css", "sheet.css")}
    assert taken == {
        "teledesign.css": small / "site" / "assets" / "stylesheets" / "teledesign.css",
        "sheet.css": small / "templates" / "worksheets" / "sheet.css",
    }
    favicon = pages["assets/images/favicon.svg"]
    assert isinstance(favicon, Path)
    assert favicon.is_relative_to(packaged_course())


@pytest.mark.parametrize(
    ("written", "line", "why"),
    [
        ("# Ours\n\n{{ nowhere }}\n", 3, "'nowhere' is undefined"),
        ("{% if %}\n", 1, "Expected an expression, got 'end of statement block'"),
        ("{{ topics }}\n", 1, "a template prints ("),
    ],
)
def test_a_template_of_another_version_is_one_sentence(written: str, line: int, why: str, small: Path) -> None:
    template = small / "templates" / "pages" / "topics.md"
    template.parent.mkdir(parents=True)
    template.write_text(written, "utf-8")
    with pytest.raises(Refusal) as refused:
        site_pages(open_course(CourseLocation(small, "option")), Made())
    assert refused.value.message.startswith(
        f"{template}:{line}: this template does not fit this version of teledesign ({why}"
    )
    assert refused.value.message.endswith("Correct it, or delete it to take the one that comes with teledesign")


def test_a_sheet_template_of_ones_own_is_used_and_the_others_are_the_package_s(small: Path, tmp_path: Path) -> None:
    packaged = packaged_course() / "templates" / "worksheets" / "class.html"
    own = small / "templates" / "worksheets" / "class.html"
    own.parent.mkdir(parents=True)
    heading = "<p>Faculty of Weather</p>"
    own.write_text(packaged.read_text("utf-8").replace("<section>", f"{heading}<section>", 1), "utf-8")
    out = tmp_path / "sheets"
    order = ["worksheet", TOPIC, "--groups", "1", "--format", "html", "--course", str(small), "-o", str(out)]
    assert run(order) == 0
    sheets = {path.stem: heading in path.read_text("utf-8") for path in (out / "student").rglob("*.html")}
    assert {name for name, ours in sheets.items() if ours} == {"group-01-class"}
    assert len(sheets) > 1


def test_a_beginning_of_ones_own_is_begun_with(tmp_path: Path) -> None:
    starting = tmp_path / "templates" / "starting"
    starting.mkdir(parents=True)
    (tmp_path / "scenarios").mkdir()
    (starting / "teaching.yaml").write_text("# Ours\nformat: 1\nscenario: new-topic\n", "utf-8")
    made = new_scenario("lamp", CourseLocation(tmp_path, "option"))
    assert (made.folder / "teaching.yaml").read_text("utf-8") == "# Ours\nformat: 1\nscenario: lamp\n"
    assert "scenario: lamp" in (made.folder / "scenario.yaml").read_text("utf-8")


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

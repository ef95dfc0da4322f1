"""Every `teledesign …` that a page, a README, a guide or a help text shows is run, and ends well.

Each is run once, in the order of the pages, in one of two folders.  Who studies or only looks sits in an empty folder,
and uses the course that comes with teledesign; who teaches sits in a course of their own, with small topics.  Whatever
makes handouts, logs or sites runs in the latter.  What is replaced is said in the tables below, and nowhere else.
"""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from guide_course import GUIDES, TOPIC, block_of, follow
from teledesign import build as building
from teledesign.cli import COMMANDS, NEXT_STEPS, run
from teledesign.course import CourseLocation
from teledesign.resources import packaged_course
from teledesign.starting import new_scenario
from teledesign.writing import write_tree

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "site/*.md", "site/*/*.md", "templates/**/*.*")
INSTRUCTORS = ("instructors.md", "guides/graded.md", "guides/hosting.md", "guides/course.md", "guides/scenario.md")
INSTRUCTORS += ("guides/maintainers.md", "CONTRIBUTING.md")
INSTRUCTORS += ("starting/README.md", "starting/pages.yml", "starting/scenario.yaml")
"""Pages whose reader sits in a course of their own."""
HEAVY = ("build", "worksheet", "simulate", "truth", "serve")
"""Commands that always run there."""

SHOWN = re.compile(
    r"^[ \t>$]*(?:\S*[/\\])?teledesign (?P<line>\S.*)$"
    r"|(?:run: |&& |; )(?:\S*[/\\])?teledesign (?P<after>[^`\n]+)"
    r"|`teledesign (?P<inline>[^`\n]+)`"
    r"|<code>teledesign (?P<code>[^<\n]+)</code>",
    re.MULTILINE,
)
FILLED = {
    "<id>": TOPIC,
    "DIR": "my-course",
    "FILE": "mine.yaml",
    "{{ topic }}": "playlists",
    "{{ home.design }}": "mine",
    "{{ compared.needed }}": "2000",
    "{{ compared.days }}": "28",
}
"""What stands for something of the reader's -> what stands there here."""
SMALLER = {"--events": "2000", "--users": "12", "--days": "4", "--groups": "1", "--stress": "20", "--runs": "50"}
"""Options with a size -> the size that they have here."""
SMALL = {
    "simulate": ["--events", "2000"],
    "build": ["--jobs", "1", "--groups", "1", "--only", TOPIC],
    "worksheet": ["--groups", "1"],
}
"""Given to a command that does not say: how much to make of what."""
BEFORE = {"truth": ["simulate", TOPIC, "--events", "2000", "-o", "log"]}
"""Command -> what makes the file that it is about."""
ALONE = ("build", "check", "list", "worksheet")
"""Commands that may be named alone and run so; others that are named without arguments are asked for --help."""


@dataclass(frozen=True)
class Documented:
    """A command as it is shown, and where."""

    line: str
    page: str

    @property
    def words(self) -> list[str]:
        """Its arguments as a shell would give them, filled in."""
        line = self.line
        for said, meant in FILLED.items():
            line = line.replace(said, meant)
        words = shlex.split(line, comments=True)
        return words[: words.index(">")] if ">" in words else words

    @property
    def for_instructors(self) -> bool:
        return self.words[0] in HEAVY or self.page.endswith(INSTRUCTORS)

    @property
    def run_as(self) -> list[str]:
        """The arguments to run: smaller where that is stated, for help where only a name is said."""
        words = self.words
        names = words[:2] if words[0] == "new" else words[:1]
        if words[0] == "serve" or (words == names and words[0] not in ALONE):
            return [*names, "--help"]
        words = [SMALLER.get(before, word) for before, word in zip(["", *words], words, strict=False)]
        given = SMALL.get(words[0], [])
        # A roster says how many groups there are, and of which topics.
        said = {*words, *(("--groups", "--only") if "--roster" in words else ())}
        said |= {"--events"} if "--users" in words else set()
        pairs = zip(given[::2], given[1::2], strict=True)
        return [*words, *(part for name, size in pairs if name not in said for part in (name, size))]


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of everything that shows commands: those of the checkout, then those of the course."""
    for pattern in PAGES:
        root = CHECKOUT if pattern.startswith(("README", "CONTRIBUTING", "docs")) else packaged_course()
        for path in sorted(root.glob(pattern)):
            if path.is_file() and path.suffix in (".md", ".html", ".typ", ".yaml", ".yml"):
                yield path.relative_to(root).as_posix(), path.read_text("utf-8")
    for name in COMMANDS:
        yield f"teledesign {name} --help", helped(name)
    yield "teledesign", "\n".join(typed for _, typed, _ in NEXT_STEPS)


def helped(name: str) -> str:
    """The help of a command and of those within it, as Python holds it."""
    from teledesign.cli import _teledesign

    command = _teledesign.get_command(click.Context(_teledesign), name)
    assert command is not None
    within = command.commands.values() if isinstance(command, click.Group) else []
    return "\n".join(f"{one.help or ''}\n{one.epilog or ''}" for one in (command, *within))


def documented() -> list[Documented]:
    """Every command shown, each once, where it stands first."""
    found: dict[str, Documented] = {}
    for page, text in texts():
        for shown in SHOWN.finditer(text):
            line = next(part for part in shown.groups() if part).strip()
            one = Documented(line, page)
            found.setdefault(" ".join(sorted(one.run_as)), one)
    return sorted(found.values(), key=lambda one: one.for_instructors)


SHOWN_COMMANDS = documented()


@dataclass(frozen=True)
class Folders:
    """Where students sit, and where instructors do."""

    student: Path
    instructor: Path
    begun: frozenset[str]
    """Commands that were run to make the latter."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """An empty folder with the files that pages show, and a course with the guide's topic and small ones."""
    student, root = tmp_path_factory.mktemp("student"), tmp_path_factory.mktemp("course")
    (student / "month.yaml").write_text(month(), "utf-8")
    head = "format: 1\ntitle: Small\ndate: 2026-11-23\ngroups: 1\nlog_events: 1000\n"
    shutil.copytree(packaged_course() / "scenarios" / "prices", root / "scenarios" / "prices")
    for name in ("shoe-brand", "photo-tagging", "playlists", "code-completion"):
        new_scenario(name, CourseLocation(root, "option"))
    assert run(["new", "design", "playlists", "lean", "--course", str(root)]) == 0
    for _ in follow(root):
        pass
    (root / "course.yaml").write_text(f"{head}topics: [shoe-brand, photo-tagging, {TOPIC}]\n", "utf-8")
    lean = root / "scenarios" / TOPIC / "designs" / "lean.yaml"
    shown = lean.read_text("utf-8")
    lean.unlink()
    assert run(["new", "design", TOPIC, "lean", "--course", str(root)]) == 0
    lean.write_text(shown, "utf-8")
    (root / "roster.csv").write_text(block_of(packaged_course() / "site" / "instructors.md", "roster.csv"), "utf-8")
    (root / "secret.txt").write_text("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "utf-8")
    return Folders(student, root, frozenset({f"new scenario {TOPIC}", f"new design {TOPIC} lean"}))


def month() -> str:
    """The quantities that the README shows."""
    shown = re.search(
        r"```yaml\n(format: 1\nquantities:.*?)```", (CHECKOUT / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert shown is not None
    return shown[1]


@pytest.fixture(autouse=True)
def quick_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of one page: tests/test_guides.py builds a whole one."""

    def one_page(course: object, made: object, target: Path, ready: object) -> None:
        write_tree(target, {"index.html": "<p>home</p>"})

    monkeypatch.setattr(building, "build_site", one_page)


def test_commands_are_found_everywhere() -> None:
    pages = {one.page for one in SHOWN_COMMANDS}
    assert {"README.md", "site/instructors.md", "site/guides/scenario.md", "templates/starting/README.md"} <= pages
    assert len(SHOWN_COMMANDS) > 60


@pytest.mark.parametrize("shown", SHOWN_COMMANDS, ids=lambda one: one.line)
def test_a_command_that_is_shown_ends_well(
    shown: Documented, folders: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "{{" not in " ".join(shown.run_as), f"{shown.page}: FILLED does not say what stands for {shown.line}"
    if " ".join(shown.run_as) in folders.begun:
        return
    monkeypatch.chdir(folders.instructor if shown.for_instructors else folders.student)
    for name in ("log", "truth"):
        # Pages that are read one by one give a log the same name.
        shutil.rmtree(name, ignore_errors=True)
    if shown.words[0] in BEFORE:
        assert run(BEFORE[shown.words[0]]) == 0
    code = run(shown.run_as)
    assert code == 0, f"{shown.page}: teledesign {shown.line}\n{capsys.readouterr().err}"


def test_the_query_at_home_answers(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folders.student)
    page = GUIDES / "at-home.md"
    (shown,) = (one for one in documented() if one.page == "site/guides/at-home.md" and one.words[0] == "simulate")
    sized = {"1000000": "24", "--events": "--users"}
    shutil.rmtree("log", ignore_errors=True)
    assert run([sized.get(word, word) for word in shown.words]) == 0
    named = re.findall(r"`(log/[a-z.]+)`", page.read_text("utf-8"))
    assert len(named) == 2
    assert [name for name in named if not Path(name).is_file()] == []
    Path("skips.py").write_text(block_of(page, "skips.py"), "utf-8")
    capsys.readouterr()
    runpy.run_path("skips.py")
    said = capsys.readouterr().out
    assert "k3" in said
    assert "k4" in said


def test_commands_named_in_messages_exist() -> None:
    """Remedies name commands too; here their names alone are looked at."""
    package = Path(building.__file__).parent
    named = set()
    for path in package.rglob("*.py"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r"(?:`|[Ww]ith: |[Nn]ext: )teledesign ([a-z]+)", text))
    assert {"new", "schema", "check"} <= named
    assert named <= set(COMMANDS)

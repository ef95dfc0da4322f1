"""A build takes over what has not changed, has the bytes of one from nothing, and sees everything that did change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from small_course import TOPICS, files, replace, small_course
from teledesign import build as building
from teledesign.asking import Asked, BuildReport, asked_of, unchanged
from teledesign.build import BuildOptions, build
from teledesign.cli import run
from teledesign.course import Course, CourseLocation, open_course
from teledesign.findings import Refusal
from teledesign.outputs.handing import Pages
from teledesign.outputs.pages import site_pages, write_markdown_tree
from teledesign.pieces import read_former
from teledesign.writing import write_tree

OPTIONS = BuildOptions(groups=1, events=1000)
PIECES = ("handouts", "log", "spreadsheet", "practice", "pages")


@pytest.fixture(scope="module", autouse=True)
def plain_site() -> Iterator[None]:
    """The site is its Markdown: MkDocs turns equal pages into equal pages, which tests/test_site.py looks at."""

    def plain(course: Course, made: object, target: Path, ready: dict[str, Pages]) -> None:
        write_markdown_tree(site_pages(course, made, ready), target)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "build_site", plain)
        yield


def asked_now(root: Path, *, graded: bool = False, roster: Path | None = None, **wanted: object) -> Asked:
    return asked_of(CourseLocation(root, "option"), graded=graded, roster=roster, wanted=wanted)


def built(root: Path, target: Path, *, again: bool = False) -> BuildReport:
    asked = asked_now(root)
    return build(open_course(asked.location), OPTIONS, target, lambda stage: None, again=again, asked=asked)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small course, built."""
    root = small_course(tmp_path_factory.mktemp("base") / "course")
    replace(root / "course.yaml", "  - {title: Topics", "  - {title: Reading, page: reading.md}\n  - {title: Topics")
    write_tree(root, {"site/reading.md": f"# Reading\n\n{SAID}\n"})
    report = built(root, root / "build")
    assert report.taken == ()
    return root


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(base, tmp_path / "course")


def still(root: Path, **wanted: object) -> bool:
    return unchanged(root / "build", asked_now(root, **wanted)) is not None  # type: ignore[arg-type]


SAID = "Lamps that guess right are noticed by nobody at all."


def test_the_same_again_is_known_at_once_with_all_that_was_said(base: Path) -> None:
    report = unchanged(base / "build", asked_now(base))
    assert report is not None
    assert report.build_id == json.loads((base / "build" / "build.json").read_text("utf-8"))["build"]
    assert (report.topics, report.groups, report.rows.keys()) == (TOPICS, 1, set(TOPICS))


CHANGES: dict[str, Callable[[Path], object]] = {
    "the course file": lambda root: replace(root / "course.yaml", "title: Lamps", "title: Lights"),
    "a scenario": lambda root: replace(root / "scenarios/lamp/scenario.yaml", "format: 1", "format: 1 "),
    "a teaching file": lambda root: replace(root / "scenarios/lamp/teaching.yaml", "format: 1", "format: 1 "),
    "a design": lambda root: replace(root / "scenarios/lamp/designs/thrifty.yaml", "format: 1", "format: 1 "),
    "a price sheet": lambda root: replace(root / "scenarios/prices/plain.yaml", "format: 1", "format: 1 "),
    "a new design": lambda root: write_tree(root, {"scenarios/lamp/designs/more.yaml": "format: 1\n"}),
    "a page": lambda root: write_tree(root, {"site/index.md": "# Home\n"}),
    "an asset": lambda root: write_tree(root, {"site/assets/images/a.svg": "<svg/>"}),
    "a template": lambda root: write_tree(root, {"templates/pages/brief.md": "x"}),
    "a form": lambda root: replace(root / "forms/practice/lamp/group-01.json", '"group"', ' "group"'),
    "a form that is gone": lambda root: (root / "forms/practice/lamp/group-01.json").unlink(),
    "a sheet": lambda root: (root / "build/student/worksheets/lamp/rubric.pdf").write_bytes(b"%PDF"),
    "a sheet that is gone": lambda root: (root / "build/student/worksheets/lamp/rubric.pdf").unlink(),
    "a page of the site": lambda root: replace(root / "build/site/topics/lamp/index.md", "a", "b"),
    "a file too many": lambda root: write_tree(root, {"build/student/notes.txt": "mine"}),
    "the marker": lambda root: replace(root / "build/build.json", '"instructor/keys', '"instructor/kexs'),
    "a marker without sense": lambda root: write_tree(root, {"build/build.json": "{}"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(change: str, root: Path) -> None:
    assert still(root)
    CHANGES[change](root)
    assert not still(root)


def test_another_order_is_another_build(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("group\n1\n", "utf-8")
    assert not still(base, paper="letter")
    assert not still(base, roster=roster)
    monkeypatch.setenv("TELEDESIGN_SECRET", "a long secret nobody would guess, 8131")
    assert still(base), "a practice build knows no secret"
    assert not still(base, graded=True)
    one = asked_now(base, graded=True).digest
    monkeypatch.setenv("TELEDESIGN_SECRET", "a long secret nobody would guess, 8132")
    assert asked_now(base, graded=True).digest != one


def test_other_code_or_another_package_is_another_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from teledesign.inputs import program_digest

    now = program_digest()
    program_digest.cache_clear()
    assert program_digest() == now
    (tmp_path / "typst-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    program_digest.cache_clear()
    assert program_digest() != now
    monkeypatch.undo()
    program_digest.cache_clear()
    assert program_digest() == now


def test_a_changed_topic_makes_its_own_things_only_with_the_bytes_of_a_build_from_nothing(root: Path) -> None:
    """One topic's scenario changes, and the teaching file of the other, on which nothing public depends."""
    former = files(root / "build")
    replace(root / "scenarios/lamp/scenario.yaml", "format: 1", "# Longer by a line.\nformat: 1")
    replace(root / "scenarios/lamp/scenario.yaml", "product:", "product:  # Changed.")
    replace(root / "scenarios/torch/teaching.yaml", "format: 1", "format: 1  # Changed.")
    report = built(root, root / "build")
    assert set(report.taken) == {"log torch", "practice torch", "spreadsheet torch", "pages torch"}
    incremental = files(root / "build")
    assert built(root, root / "build", again=True).taken == ()
    assert files(root / "build") == incremental
    assert {name for name in former if former[name] != incremental[name]} <= {"build.json", "instructor/index.html"}


def test_an_altered_piece_is_made_anew_and_the_others_are_kept(root: Path) -> None:
    former = files(root / "build")
    (root / "build/student/logs/torch/events.parquet").write_bytes(b"PAR1")
    report = built(root, root / "build")
    kept = {f"{piece} {topic}" for piece in PIECES for topic in TOPICS} | {"site"}
    assert set(report.taken) == kept - {"log torch"}
    assert files(root / "build") == former


def test_pieces_of_another_build_are_not_taken(root: Path) -> None:
    """A marker that was written by hand, or brought from elsewhere, does not name the files it lies beside."""
    assert read_former(root / "build") is not None
    path = root / "build" / "build.json"
    told = json.loads(path.read_text("utf-8"))
    told["files"]["student/worksheets/lamp/rubric.pdf"] = "0" * 64
    path.write_text(json.dumps(told), "utf-8")
    assert read_former(root / "build") is None


def test_what_was_scanned_for_something_else_is_scanned_again(root: Path) -> None:
    """A page that is taken over holds what became an answer since."""
    pages = (root / "build/site/reading.md").read_text("utf-8")
    assert SAID in pages
    replace(root / "scenarios/lamp/teaching.yaml", "- One point.", f"- {SAID}")
    with pytest.raises(Refusal, match="Nothing was put in place") as refusal:
        built(root, root / "build")
    (leak,) = refusal.value.findings
    assert str(leak.place) == "site/reading.md"


def test_the_command_says_that_nothing_has_changed(
    base: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without reading the course: its reader is not even called."""
    from teledesign.cli import build as command

    def answer(target: Path, asked: Asked) -> BuildReport | None:
        return unchanged(base / "build", asked_now(base))

    monkeypatch.setattr(command, "unchanged", answer)
    monkeypatch.setattr(command, "open_course", None)
    assert run(["build", "--course", str(base), "-o", str(base / "build")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("Nothing has changed since build ")
    assert said[1].endswith(", and all its files are there. --again makes them anew.")
    assert run(["build", "--course", str(base), "-o", str(base / "build"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] is True

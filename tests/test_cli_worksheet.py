"""`teledesign worksheet`, from the command line to the files."""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from pypdf import PdfReader

from teledesign.cli import run
from teledesign.outputs.leaks import forbidden, scan
from teledesign.reading import read_scenario, read_teaching
from teledesign.resources import packaged_course


@dataclass(frozen=True)
class Ran:
    """A command line that has run, here and not in a process of its own, which would start anew each time."""

    returncode: int
    stdout: str
    stderr: str


def teledesign(*words: str, cwd: Path, **environment: str) -> Ran:
    clean = {name: value for name, value in os.environ.items() if name != "TELEDESIGN_SECRET"}
    told, complained = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, {**clean, **environment}, clear=True),
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(complained),
    ):
        code = run(list(words))
    return Ran(code, told.getvalue(), complained.getvalue())


@pytest.fixture
def own_course(tmp_path: Path) -> Path:
    """A course of one topic, copied from the packaged one."""
    packaged = packaged_course()
    course = tmp_path / "course"
    for part in ("prices", "shoe-brand"):
        shutil.copytree(packaged / "scenarios" / part, course / "scenarios" / part)
    text = (packaged / "course.yaml").read_text("utf-8")
    lines = ["topics: [shoe-brand]" if line.startswith("topics:") else line for line in text.splitlines()]
    (course / "course.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    return course


def test_sheets_and_keys_lie_in_two_trees(tmp_path: Path) -> None:
    ran = teledesign("worksheet", "shoe-brand", "--groups", "1", "--format", "pdf,html", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "Course: the one that comes with teledesign (use --course DIR for another)",
        "Made 10 sheets and 14 keys: 1 form of shoe-brand.",
        "",
        f"  {Path('handouts')}/student/      to hand out",
        f"  {Path('handouts')}/instructor/   keys and the roster, for you alone",
    ]
    made = sorted(
        path.relative_to(tmp_path / "handouts").as_posix() for path in tmp_path.rglob("*.*") if path.is_file()
    )
    students = {"class", "cost", "canvas", "score"}
    sheets = {f"student/worksheets/shoe-brand/group-01-{name}" for name in students}
    of_group = {"group-01-class-grid", "group-01-cost-key", "group-01-canvas-key", "group-01-score-grid"}
    keys = {f"instructor/keys/shoe-brand/{name}" for name in (*of_group, "class-key", "score-key", "guide")}
    both = sheets | keys | {"student/worksheets/shoe-brand/rubric"}
    files = {f"{name}.{kind}" for name in both for kind in ("pdf", "html")}
    assert set(made) == files | {"build.json", "instructor/roster.csv", "instructor/roster.pdf"}


def test_one_form_is_printed_again(own_course: Path, tmp_path: Path) -> None:
    words = ("worksheet", "--course", own_course.name, "--json", "--sheet", "class")
    first = teledesign(*words, "--groups", "2", "-o", "all", cwd=tmp_path)
    made = json.loads(first.stdout)
    form = next(one["form"] for one in made if one["group"] == "2")
    again = teledesign(*words, "--form", form.lower(), cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert {(one["topic"], one["group"]) for one in json.loads(again.stdout) if one["group"]} == {("shoe-brand", "2")}
    folder = tmp_path / f"handouts-{form}"
    printed = sorted(path.name for path in folder.rglob("*-*.pdf"))
    assert printed == ["class-key.pdf", "group-02-class-grid.pdf", "group-02-class.pdf"]
    for path in folder.rglob("*-*.pdf"):
        assert path.read_bytes() == (tmp_path / "all" / path.relative_to(folder)).read_bytes()
    none = teledesign(*words, "--form", "XXX-XXX", cwd=tmp_path)
    assert none.returncode == 1
    assert "there is no practice form XXX-XXX among 8 groups of shoe-brand. Check the letters" in none.stderr


def test_graded_forms_are_kept_and_change_only_by_redraw(own_course: Path, tmp_path: Path) -> None:
    words = ("worksheet", "--course", "course", "--groups", "1", "--graded", "--json", "--sheet", "class")
    words += ("--format", "md")
    refused = teledesign(*words, cwd=tmp_path)
    assert refused.returncode == 1
    assert "graded forms need a course secret, and there is none" in refused.stderr
    assert not (tmp_path / "handouts").exists()
    secret = {"TELEDESIGN_SECRET": "only for this test: 8f3a9c"}
    first = teledesign(*words, cwd=tmp_path, **secret)
    assert first.returncode == 0, first.stderr
    kept = own_course / "forms" / "graded" / "shoe-brand" / "group-01.json"
    drawn = kept.read_bytes()
    assert secret["TELEDESIGN_SECRET"].encode() not in drawn
    assert teledesign(*words, cwd=tmp_path, **secret).stdout == first.stdout
    assert kept.read_bytes() == drawn
    assert teledesign(*words, "--redraw", cwd=tmp_path, **secret).returncode == 0
    assert json.loads(kept.read_bytes())["form"] != json.loads(drawn)["form"]
    other = teledesign(*words, cwd=tmp_path, TELEDESIGN_SECRET="quite another secret: 8f3a9c")
    assert other.returncode == 1
    assert "was drawn with another course secret" in other.stderr


def test_a_fifth_topic_from_another_folder_gets_all_of_it(own_course: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "walking-shoes"
    shutil.copytree(packaged_course() / "scenarios" / "shoe-brand", elsewhere)
    for path in elsewhere.rglob("*.yaml"):
        path.write_text(path.read_text("utf-8").replace("scenario: shoe-brand", "scenario: walking-shoes"), "utf-8")
    (tmp_path / "class.csv").write_text("group,topic,members\nA,walking-shoes,Ada Lovelace\nB,,Bo Diddley\n", "utf-8")
    words = ("worksheet", str(elsewhere), "--course", own_course.name, "--roster", "class.csv", "--names", "--zip")
    words += ("--graded", "--format", "pdf,docx,html,md")
    ran = teledesign(*words, cwd=tmp_path, TELEDESIGN_SECRET="only for this test: 8f3a9c")
    assert ran.returncode == 0, ran.stderr
    assert "2 forms of walking-shoes" in ran.stdout
    folder = tmp_path / "handouts"
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    shelves = {
        "student/worksheets": ("class", "cost", "canvas", "score"),
        "instructor/keys": ("class-grid", "cost-key", "canvas-key", "score-grid"),
    }
    groups = [f"group-{name}-{hashlib.sha256(name.upper().encode()).hexdigest()[:6]}" for name in "ab"]
    files = {
        f"{shelf}/walking-shoes/{group}-{name}"
        for shelf, names in shelves.items()
        for name in names
        for group in groups
    }
    files |= {f"instructor/keys/walking-shoes/{name}" for name in ("class-key", "score-key", "guide")}
    files |= {"student/worksheets/walking-shoes/rubric"}
    others = {"build.json", "instructor.zip", "instructor/roster.csv", "instructor/roster.pdf"}
    others |= {"instructor/print/walking-shoes.pdf"}
    assert made == {f"{name}.{kind}" for name in files for kind in ("pdf", "docx", "html", "md")} | others
    assert len(PdfReader(folder / "instructor" / "print" / "walking-shoes.pdf").pages) == 2 * 8
    kept = {path.name for path in (own_course / "forms" / "graded" / "walking-shoes").iterdir()}
    assert kept == {f"{group}.json" for group in groups}
    sheet = (folder / "student" / "worksheets" / "walking-shoes" / f"{groups[0]}-class.md").read_text("utf-8")
    assert "Ada Lovelace" in sheet
    assert "Bo Diddley" not in sheet


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch"], "there is no scenario 'nosuch'. Known: code-completion, photo-tagging, playlists, shoe-brand"),
        (["--graded"], "graded forms need a course of your own: the one that comes with teledesign is read-only"),
        (["--redraw"], "forms of the course that comes with teledesign are drawn from the public seed each time"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(tmp_path: Path, words: list[str], message: str) -> None:
    ran = teledesign("worksheet", *words, cwd=tmp_path, TELEDESIGN_SECRET="")
    assert ran.returncode == 1
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    ran = teledesign("worksheet", "--format", "odt", cwd=tmp_path)
    assert ran.returncode == 2
    assert "'odt' is no list of formats. Write pdf, docx, html, md, or several: pdf,docx" in ran.stderr


def test_a_roster_names_groups_topics_and_members(own_course: Path, tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("group;members\nRed;Ada Lovelace, Bo\n=cmd();漢 字, Çelik\n植;\n", "utf-8")
    words = ("worksheet", "--course", "course", "--roster", "class.csv", "--sheet", "class", "--names", "-o", "out")
    ran = teledesign(*words, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Made 3 sheets and 4 keys: 3 forms of shoe-brand." in ran.stdout
    assert ran.stderr.splitlines() == [
        "class.csv:3:1: the fonts of the handouts cannot print the name 漢 字, so they say =cmd()/1. "
        "Nothing else is wrong [warning unprintable-name]",
        "class.csv:4:1: the fonts of the handouts cannot print the name of group 植, so they say group-x-"
        f"{hashlib.sha256('植'.encode()).hexdigest()[:6]}. Nothing else is wrong [warning unprintable-name]",
    ]
    table = (tmp_path / "out" / "instructor" / "roster.csv").read_text("utf-8-sig").splitlines()
    assert table[0] == "group,topic,members,form,settings"
    assert table[1].startswith("Red,shoe-brand,Ada Lovelace; Bo,")
    assert table[2].startswith("'=cmd(),shoe-brand,'=cmd()/1; Çelik,")
    again = teledesign(*words[:4], "out/instructor/roster.csv", *words[5:-1], "again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    red = "student/worksheets/shoe-brand/group-red-*-class.pdf"
    (first,), (second,) = ((tmp_path / folder).glob(red) for folder in ("out", "again"))
    assert first.read_bytes() == second.read_bytes()


def test_names_of_a_group_stand_on_its_own_sheets_alone(
    own_course: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    (tmp_path / "class.csv").write_text("group,members\nA,Ada Lovelace\nB,Bo Diddley\n", "utf-8")
    words = ("worksheet", "--course", "course", "--roster", "class.csv", "--sheet", "class", "--format", "pdf,html")
    named = {"A": "Ada Lovelace", "B": "Bo Diddley"}
    for options, expected in (((), ()), (("--names",), ("A", "B"))):
        assert teledesign(*words, *options, cwd=tmp_path).returncode == 0
        sheets = set((tmp_path / "handouts" / "student").rglob("*.*"))
        assert len(sheets) == 4
        for path in sheets:
            text = subprocess.run([tool("pdftotext"), path, "-"], capture_output=True, text=True).stdout
            text = text if path.suffix == ".pdf" else path.read_text("utf-8")
            found = {group for group, name in named.items() if name in text}
            assert found == {group for group in expected if f"group-{group.lower()}-" in path.name}


def test_groups_are_dealt_over_the_topics(tmp_path: Path) -> None:
    words = ("worksheet", "--groups", "5", "--sheet", "class", "--format", "md", "--json")
    made = json.loads(teledesign(*words, cwd=tmp_path).stdout)
    dealt = {(one["group"], one["topic"]) for one in made if one["for_students"]}
    assert dealt == {
        ("1", "shoe-brand"),
        ("2", "photo-tagging"),
        ("3", "playlists"),
        ("4", "code-completion"),
        ("5", "shoe-brand"),
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--groups", "2", "--roster", "r.csv"], "--groups and --roster both say which groups there are."),
        (["--sheet", "clas"], "there is no sheet 'clas'. Did you mean class?"),
        (["--paper", "a3"], "'a3' is not one of 'a4', 'letter'."),
    ],
)
def test_wrong_usage_is_said(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "r.csv").write_text("group\nA\n", "utf-8")
    ran = teledesign("worksheet", *words, cwd=tmp_path)
    assert ran.returncode == 2
    assert message in ran.stderr


def test_a_roster_with_mistakes_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("group\nA\nA\n", "utf-8")
    ran = teledesign("worksheet", "--roster", "r.csv", cwd=tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[0].startswith("r.csv:3:1: group 'A' stands in line 2 already.")
    assert ran.stderr.splitlines()[-1].endswith("the roster has mistakes. Correct them first")
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_piles_for_the_printer_and_an_archive_for_the_instructor(own_course: Path, tmp_path: Path) -> None:
    words = ("worksheet", "--course", "course", "--groups", "3", "--sheet", "class", "--sheet", "canvas", "--zip")
    for target, kind in (("first", "pdf"), ("second", "md")):
        ran = teledesign(*words, "--format", kind, "-o", target, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
    first, second = tmp_path / "first", tmp_path / "second"
    pile = first / "instructor" / "print" / "shoe-brand.pdf"
    reader = PdfReader(pile)
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) == 3 * 4
    for number in range(3):
        front, back, canvas, empty = pages[number * 4 : number * 4 + 4]
        assert all(f"Group {number + 1}" in " ".join(page.split()) for page in (front, back, canvas))
        assert ("Page 1 of 2" in front, "Page 2 of 2" in back, "Page 1 of 1" in canvas) == (True, True, True)
        assert not empty.strip()
    assert len(reader.trailer["/Root"]["/StructTreeRoot"]["/K"]) == 3 * 2
    assert pile.read_bytes() == (second / "instructor" / "print" / "shoe-brand.pdf").read_bytes()
    assert not list((first / "student").rglob("print"))
    archive = first / "instructor.zip"
    with zipfile.ZipFile(archive) as zipped:
        held = {path.relative_to(first / "instructor").as_posix() for path in (first / "instructor").rglob("*.*")}
        assert set(zipped.namelist()) == held
        assert zipped.namelist() == sorted(held)
        assert {entry.date_time for entry in zipped.infolist()} == {(2026, 11, 23, 12, 0, 0)}


def test_the_layout_is_measured_on_command(own_course: Path, tmp_path: Path) -> None:
    ran = teledesign("worksheet", "--course", "course", "--check-layout", "--paper", "letter", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert re.split("  +", lines[1])[3:] == ["pages", "margin", "type", "bookmarks", "rules to write on"]
    assert re.fullmatch(
        r"shoe-brand  class +letter +2 +\d+\.\d mm +9 pt +7  \d+ × [\d.]+ mm(, \d+ × [\d.]+ mm){3}", lines[2]
    )
    assert lines[-1] == "12 documents measured, none with mistakes"
    assert [path.name for path in tmp_path.iterdir()] == ["course"]
    shutil.copytree(packaged_course() / "templates" / "worksheets", own_course / "templates" / "worksheets")
    paper = own_course / "templates" / "worksheets" / "paper.typ"
    paper.write_text(paper.read_text("utf-8").replace("small-size = 9pt", "small-size = 8.5pt"), "utf-8")
    ran = teledesign("worksheet", "--course", "course", "--check-layout", "--paper", "a4", cwd=tmp_path)
    assert ran.returncode == 1
    assert "mistake: shoe-brand, class on a4 has type of 8.5 pt" in ran.stdout.splitlines()
    assert ran.stdout.splitlines()[-1] == "12 documents measured, 12 with mistakes"


def test_graded_student_files_hold_no_answer_secret_or_other_name(
    own_course: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    secret = "only for this test: 8f3a9c 5521"
    (tmp_path / "class.csv").write_text("group,members\nA,Ada Lovelace\nB,Bo Diddley\n", "utf-8")
    words = ("worksheet", "--course", "course", "--roster", "class.csv", "--graded", "--names", "--zip")
    ran = teledesign(*words, "--format", "pdf,docx,html,md", cwd=tmp_path, TELEDESIGN_SECRET=secret)
    assert ran.returncode == 0, ran.stderr
    student, instructor = (tmp_path / "handouts" / tree for tree in ("student", "instructor"))
    keys = [shown_text(path, tool("pdftotext")) for path in (instructor / "keys").rglob("*.*")]
    marks = {mark for key in keys for mark in re.findall("key-[0-9a-f]{16}", key)}
    assert len(marks) == len(keys) == 4 * (2 * 4 + 3)
    scenario = read_scenario(own_course / "scenarios" / "shoe-brand" / "scenario.yaml").or_refuse()
    teaching = read_teaching(own_course / "scenarios" / "shoe-brand" / "teaching.yaml", scenario).or_refuse()
    what = forbidden([(scenario, teaching)], marks, secret.encode())
    assert scan([student], what) == []
    assert len({str(finding.place) for finding in scan([instructor], what)}) >= 4 * (2 * 4 + 3)
    shutil.make_archive(str(tmp_path / "packed" / "inner"), "zip", student)
    shutil.make_archive(str(tmp_path / "outer" / "handed-out"), "zip", tmp_path / "packed")
    assert scan([tmp_path / "outer"], what) == []
    shutil.copy(next((instructor / "keys").rglob("class-key.docx")), tmp_path / "packed")
    shutil.make_archive(str(tmp_path / "outer" / "handed-out"), "zip", tmp_path / "packed")
    assert {finding.message.partition(":")[0] for finding in scan([tmp_path / "outer"], what)}, "a key in an archive"
    forms = [json.loads(path.read_text("utf-8")) for path in (own_course / "forms" / "graded").rglob("*.json")]
    amounts = {step["shown"] for form in forms for step in form["cost"]["steps"] if step["price"]}
    names = {"a": "Ada Lovelace", "b": "Bo Diddley"}
    for path in student.rglob("group-*"):
        text = shown_text(path, tool("pdftotext"))
        own = path.name.split("-")[1]
        assert names[own] in text, path
        assert not any(name in text for group, name in names.items() if group != own), path
        assert not [amount for amount in amounts if re.search(rf"(?<![\d,.]){re.escape(amount)}(?![\d,.])", text)], path


def shown_text(path: Path, pdftotext: str) -> str:
    """The text of a handout of any format."""
    if path.suffix == ".pdf":
        return subprocess.run([pdftotext, path, "-"], capture_output=True, text=True, check=True).stdout
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as zipped:
            return re.sub("<[^>]*>", "", "".join(zipped.read(name).decode() for name in zipped.namelist()))
    return path.read_text("utf-8")

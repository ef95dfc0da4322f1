"""`check`, `list` and `schema`: what they print, how they end, what they import."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from teledesign.cli import run
from teledesign.reading import KINDS, check_files, files_of_course
from teledesign.reading.files import kind_of
from teledesign.reading.nodes import read_file
from teledesign.reading.schemas import json_schema, schema_files
from teledesign.resources import packaged_course

HERE = Path(__file__).parent
GOOD, BAD = HERE / "good", HERE / "bad"
COURSE = packaged_course()
NOT_FOR_CHECK = ("pyarrow", "duckdb", "mkdocs", "typst", "jinja2", "vl_convert", "openpyxl", "pypandoc", "sympy")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the good course."""
    return Path(shutil.copytree(GOOD / "course", tmp_path / "course"))


def test_a_whole_course_without_mistakes(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--course", str(course)]) == 0
    first, summary = capsys.readouterr().out.splitlines()
    assert first == f"Course: {course}"
    assert summary == "1 scenario, 1 teaching file, 1 design, 1 price sheet, 1 course file: no mistakes"


def test_no_file_is_checked_twice() -> None:
    files = files_of_course(COURSE)
    assert sorted({*files}) == sorted(files)
    assert COURSE / "scenarios" / "prices" / "teaching.yaml" in files


def test_the_packaged_course_has_no_mistakes() -> None:
    assert [str(finding) for finding in check_files(files_of_course(COURSE)).findings] == []


def test_mistakes_end_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(BAD / "unknown-option.yaml"), str(BAD / "short-sequence.yaml"), str(GOOD / "smallest.yaml")]
    assert run(["check", *files]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "3 scenarios: 2 mistakes, 1 warning"


def test_warnings_alone_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(BAD / "short-sequence.yaml")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 scenario: no mistakes, 1 warning"


def test_wrong_usage_ends_with_2() -> None:
    assert run(["check", "no-such-file.yaml"]) == 2


def test_findings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    path = BAD / "unknown-path.yaml"
    assert run(["check", "--json", str(path)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["files"] == {"scenario": 1}
    assert found["findings"] == [
        {
            "rule": "unknown-path",
            "level": "error",
            "file": str(path),
            "line": 117,
            "column": 10,
            "path": "incidents.deaf.effects.0.changes",
            "message": "there is no table model.outcom. Did you mean model.outcome?",
        }
    ]


def test_the_file_beside_is_known_from_any_folder(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = course / "scenarios" / "lamp"
    teaching = folder / "teaching.yaml"
    teaching.write_text(teaching.read_text().replace("risks_points:", "risk_points:"))
    monkeypatch.chdir(folder)
    assert run(["check", "teaching.yaml"]) == 1
    assert (
        "teaching.yaml:42:3: look_fors.risk_points: the scenario has no criterion risk_points"
        in capsys.readouterr().out
    )


def test_a_design_from_elsewhere_is_held_against_the_course(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    design = course / "scenarios" / "lamp" / "designs" / "thrifty.yaml"
    text = design.read_text("utf-8").replace("switched_on:", "switched_up:")
    handed_in = [tmp_path / "handed-in.yaml", tmp_path / "another.yaml"]
    handed_in[0].write_text(text, "utf-8")
    handed_in[1].write_text(text.replace("scenario: lamp", "scenario: lamps"), "utf-8")
    assert run(["check", *map(str, handed_in), "--course", str(course)]) == 1
    said = capsys.readouterr().out
    assert "handed-in.yaml:" in said
    assert "has no event switched_up. Did you mean switched_on? [unknown-event]" in said
    assert "scenario: the course has no scenario lamps. Did you mean lamp? [no-scenario]" in said


def test_list(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--course", str(course)]) == 0
    assert capsys.readouterr().out == (
        f"Course: {course}\n"
        "\nlamp: A lamp that guesses when it is wanted\n"
        "  designs\n    thrifty  Little is enough\n"
        "  incidents\n    deaf  The new version hears nothing\n"
        "\nprice sheets\n    plain  Plain prices (USD, 2026-11-01)\n"
    )


def test_list_as_json(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--json", "--course", str(course)]) == 0
    (topic,) = json.loads(capsys.readouterr().out)["topics"]
    assert topic["id"] == "lamp"
    assert topic["incidents"] == [{"id": "deaf", "title": "The new version hears nothing", "family": "model"}]


def test_list_leaves_out_what_has_mistakes(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(BAD / "unknown-step.yaml", course / "scenarios" / "lamp" / "scenario.yaml")
    assert run(["list", "--course", str(course)]) == 0
    captured = capsys.readouterr()
    assert "\nlamp" not in captured.out
    assert "teledesign check" in captured.err


def test_check_imports_nothing_heavy(course: Path) -> None:
    code = (
        "import json, sys\nfrom teledesign.cli import run\n"
        f"code = run(['check', '--course', {str(course)!r}])\nprint(json.dumps([code, sorted(sys.modules)]))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    ended, modules = json.loads(process.stdout.splitlines()[-1])
    assert ended == 0
    assert not {module.partition(".")[0] for module in modules} & set(NOT_FOR_CHECK)


# Schemas

FILES = [*sorted(GOOD.glob("*.yaml")), *files_of_course(GOOD / "course"), *files_of_course(COURSE)]
OF_FORM = ["missing-key", "unknown-key", "wrong-type", "unknown-choice", "bad-name", "out-of-range"]


def mistakes_by_schema(path: Path) -> list[str]:
    document = read_file(path)
    kind = kind_of(document, path)
    assert kind is not None
    validator = jsonschema.Draft202012Validator(json_schema(kind))
    return [f"{path.name}: {mistake.json_path}: {mistake.message}" for mistake in validator.iter_errors(document.data)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_schemas_take_good_files(path: Path) -> None:
    assert mistakes_by_schema(path) == []


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(BAD.glob("*.yaml")) if path.stem.startswith(tuple(OF_FORM))],
    ids=lambda path: path.stem,
)
def test_schemas_refuse_mistakes_of_form(path: Path) -> None:
    assert mistakes_by_schema(path) != []


@pytest.mark.parametrize("name", schema_files())
def test_committed_schemas_are_current(name: str) -> None:
    assert (COURSE / name).read_text(encoding="utf-8") == schema_files()[name], "run teledesign schema --write"


@pytest.mark.parametrize("path", files_of_course(COURSE), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_first_line_of_a_shipped_file_names_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    mark = "# yaml-language-server: $schema="
    assert first.startswith(mark)
    schema = (path.parent / first.removeprefix(mark)).resolve()
    assert schema == (COURSE / "scenarios" / "schemas" / f"{kind_of(read_file(path), path)}.schema.json").resolve()


def test_schemas_help_editors() -> None:
    schema = json_schema("scenario")
    event: dict[str, Any] = schema["$defs"]["Event"]
    assert event["properties"]["privacy"]["enum"] == ["P0", "P1", "P2", "P3"]
    assert event["properties"]["says"] == {
        "audience": "student",
        "description": "What the signal says.",
        "minLength": 1,
        "type": "string",
    }
    assert event["additionalProperties"] is False
    assert not [name for name, held in schema["$defs"].items() if not held.get("description")]


def test_schema_prints_one_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "teaching"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema("teaching")
    assert run(["schema"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(KINDS)


def test_schema_writes_into_a_course(course: Path) -> None:
    assert run(["schema", "--write", "--course", str(course)]) == 0
    written = {str(path.relative_to(course)) for path in course.glob("scenarios/schemas/*")}
    assert {name.replace("\\", "/") for name in written} == set(schema_files())


def test_the_packaged_course_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["schema", "--write"]) == 1
    assert "is not written to" in capsys.readouterr().err

"""What README.md shows is what runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from teledesign.cli import COMMANDS, run
from teledesign.resources import packaged_course

README = Path(__file__).resolve().parents[1] / "README.md"
QUICK = ("list", "tell", "cost", "price", "check")


def shown() -> list[str]:
    """The commands of the table, as they stand."""
    return re.findall(r"^\| `teledesign ([^`]+)` \|", README.read_text("utf-8"), re.MULTILINE)


def test_every_command_shown_is_there() -> None:
    assert {line.split()[0] for line in shown()} <= set(COMMANDS)
    assert len(shown()) >= 7


@pytest.mark.parametrize("line", [line for line in shown() if line.split()[0] in QUICK])
def test_a_quick_command_runs_as_it_stands(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = re.search(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "month.yaml").write_text(example[1], "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(shlex.split(line)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out.startswith(("Course: the one that comes with", f"Course: {packaged_course()}"))


def test_the_picture_is_there() -> None:
    picture = re.search(r"!\[[^]]+\]\(([^)]+)\)", README.read_text("utf-8"))
    assert picture is not None
    assert (README.parent / picture[1]).is_file()

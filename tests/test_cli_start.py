"""The start of the command line: what it says, how it ends, and what it does not import."""

import errno
import json
import os
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from teledesign import __version__, cli
from teledesign.findings import Finding, MissingExtra, Place, Refusal

HEAVY = {"numpy", "yaml", "pydantic", "jinja2", "mkdocs", "pyarrow", "duckdb", "rich", "markdown_it", "typst"}
"""Packages that a command imports when it needs them, and the help text never."""

EXTRAS = {"duckdb", "mkdocs", "pyarrow", "typst", "vl_convert", "xlsxwriter"}
"""Packages that the base install lacks, so that no command may need them to explain itself."""


def imported_by(*arguments: str) -> set[str]:
    """The modules a fresh process has imported when it has run that command line."""
    code = (
        "import json, sys\nfrom teledesign.cli import run\n"
        f"run({list(arguments)!r})\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(process.stderr.splitlines()[-1]))


@pytest.fixture
def a_command(monkeypatch: pytest.MonkeyPatch):
    """Put a command `demo` in the table that raises what it is given, or returns it."""

    def put(outcome: object) -> None:
        @click.command(help="Do a thing.")
        def demo() -> object:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(sys.modules[__name__], "demo", demo, raising=False)
        monkeypatch.setitem(cli.COMMANDS, "demo", (f"{__name__}:demo", "Do a thing."))

    return put


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    modules = imported_by(*arguments)
    assert not modules & HEAVY
    commands = {place.partition(":")[0] for place, _ in cli.COMMANDS.values()}
    assert not modules & commands


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_command_explains_itself_in_the_base_install(name: str) -> None:
    modules = imported_by(name, "--help")
    assert cli.COMMANDS[name][0].partition(":")[0] in modules
    assert not modules & EXTRAS


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_line_of_the_table_is_the_command_s_own(name: str) -> None:
    place, line = cli.COMMANDS[name]
    module, _, function = place.partition(":")
    assert module == f"teledesign.cli.{name}"
    command = getattr(import_module(module), function)
    assert command.get_short_help_str(limit=1000) == line


def test_every_command_module_is_in_the_table() -> None:
    folder = Path(cli.__file__).parent
    listed = {place.partition(":")[0].rpartition(".")[2] for place, _ in cli.COMMANDS.values()}
    with_command = {
        path.stem
        for path in folder.glob("*.py")
        if any(mark in path.read_text(encoding="utf-8") for mark in ("@click.command", "@click.group"))
    }
    assert with_command - {"__init__"} <= listed


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert f"\n  {name} " in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"teledesign {__version__}\n"


def test_bare_program_says_what_it_is_and_only_offers_what_exists(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 0
    about, _, steps = capsys.readouterr().out.partition("Next:\n")
    assert about.startswith("teledesign: describe a product with a machine-learning feature in YAML")
    typed = [line.split()[1] for line in steps.splitlines()]
    assert 1 <= len(typed) <= 3
    assert set(typed) <= {*cli.COMMANDS, "--help"}


def test_an_answer_of_a_command_is_the_exit_code(a_command) -> None:
    a_command(1)
    assert cli.run(["demo"]) == 1
    a_command(None)
    assert cli.run(["demo"]) == 0


def test_a_refusal_is_its_findings_and_one_sentence(a_command, capsys: pytest.CaptureFixture[str]) -> None:
    finding = Finding("a-rule", "is wrong. Mend it.", "a.b", Place("x.yaml", 3, 5))
    a_command(Refusal("x.yaml has a mistake. Mend it first.", [finding]))
    assert cli.run(["demo"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == f"{finding}\nError: x.yaml has a mistake. Mend it first.\n"


def test_a_missing_extra_names_the_command_that_installs_it(a_command, capsys: pytest.CaptureFixture[str]) -> None:
    a_command(MissingExtra("pyarrow", "logs"))
    assert cli.run(["demo"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("Error: this needs the package pyarrow")
    assert 'pip install "teledesign[logs]"' in shown
    assert shown.count("\n") == 1


def test_a_bug_is_one_sentence_without_a_traceback(a_command, capsys: pytest.CaptureFixture[str]) -> None:
    a_command(KeyError("price"))
    assert cli.run(["demo"]) == 1
    assert capsys.readouterr().err == (
        "Error: this is a mistake in teledesign, not in what you gave it (KeyError: 'price'). "
        "Please report it with the command you ran and the traceback, shown with --debug added.\n"
    )


def test_what_the_system_refuses_is_one_sentence(a_command, capsys: pytest.CaptureFixture[str]) -> None:
    a_command(OSError(errno.ENAMETOOLONG, "File name too long", "a" * 300))
    assert cli.run(["demo"]) == 1
    assert capsys.readouterr().err == (
        f"Error: {'a' * 100}\u2026 cannot be read or written (file name too long). "
        "Check the name, its rights and the free space\n"
    )


@pytest.mark.parametrize("place", [0, 1])
def test_debug_shows_the_traceback(place: int, a_command, capsys: pytest.CaptureFixture[str]) -> None:
    a_command(KeyError("price"))
    arguments = ["demo"]
    arguments.insert(place, "--debug")
    assert cli.run(arguments) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_debug_by_environment(a_command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    a_command(KeyError("price"))
    monkeypatch.setenv("TELEDESIGN_DEBUG", "1")
    assert cli.run(["demo"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_wrong_usage_exits_2_and_offers_the_nearest_command(a_command, capsys: pytest.CaptureFixture[str]) -> None:
    a_command(None)
    assert cli.run(["dmeo"]) == 2
    assert "Error: There is no command dmeo. Did you mean demo?\n" in capsys.readouterr().err
    assert cli.run(["xyzzy"]) == 2
    assert "There is no command xyzzy. `teledesign --help` lists the commands.\n" in capsys.readouterr().err
    assert cli.run(["demo", "--nonsense"]) == 2
    assert cli.run(["--nonsense"]) == 2


def test_an_interruption_is_one_line(a_command, capsys: pytest.CaptureFixture[str]) -> None:
    a_command(KeyboardInterrupt())
    assert cli.run(["demo"]) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


@pytest.mark.skipif(os.name == "nt", reason="no such pipes on Windows")
def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-m", "teledesign", "--help"], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    assert process.stderr == ""
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_a_closed_stream_is_no_bug() -> None:
    command = f"{shlex.quote(sys.executable)} -m teledesign"
    assert subprocess.run(f"{command} --version >&-", shell=True, capture_output=True).stderr == b""
    refused = subprocess.run(f"{command} chek 2>&-", shell=True, capture_output=True)
    assert (refused.returncode, refused.stdout) == (2, b"")


def test_nothing_is_said_of_a_package_at_the_end() -> None:
    """DuckDB's binding prints what it holds for leaked when the process ends."""
    code = "import duckdb, sys; from teledesign.cli import main; sys.argv[1:] = ['--version']; main()"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stderr == ""


def test_help_survives_a_terminal_without_unicode() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    process = subprocess.run(
        [sys.executable, "-m", "teledesign", "--help"], env=environment, capture_output=True, text=True
    )
    assert process.returncode == 0
    assert process.stderr == ""

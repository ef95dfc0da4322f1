"""The command line: one module per command, imported only when its command runs.

`COMMANDS` is the table of what there is.  A command `name` is one click command in
`teledesign/cli/name.py`; its line in the table holds where it is and its one-line help, so that
`teledesign --help` imports none of them.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from teledesign import __version__
from teledesign.cli.ending import Ended, ended_by_signals
from teledesign.findings import FULL, Refusal, nearest, visible

__all__ = ["COMMANDS", "main", "run"]

COMMANDS: dict[str, tuple[str, str]] = {
    "build": ("teledesign.cli.build:build_course", "Build everything: handouts, keys, logs, estimators and the site."),
    "serve": ("teledesign.cli.serve:serve_course", "Show the site, and each change of the course as it is saved."),
    "list": (
        "teledesign.cli.list:list_course",
        "List the topics, designs, price sheets and incidents of the course.",
    ),
    "new": ("teledesign.cli.new:new", "Start a course, a scenario or a design of your own."),
    "check": ("teledesign.cli.check:check", "Check files, or the whole course, for mistakes."),
    "schema": ("teledesign.cli.schema:schema", "Print or write the JSON Schemas of scenarios and other files."),
    "worksheet": (
        "teledesign.cli.worksheet:worksheet",
        "Make worksheets and their keys, for all topics or those named.",
    ),
    "simulate": (
        "teledesign.cli.simulate:simulate_log",
        "Simulate the event log of a scenario, or what a design collects of it.",
    ),
    "truth": ("teledesign.cli.truth:log_truth", "Tell what really happened behind a log."),
    "tell": ("teledesign.cli.tell:tell_session", "Tell one sampled session as a story."),
    "cost": ("teledesign.cli.cost:cost", "Estimate what a design costs a month, line by line."),
    "price": ("teledesign.cli.price:price", "Bill plain quantities of a month on a price sheet."),
}
"""Command name -> ("module:function", one-line help), in the order in which help lists them."""

ABOUT = """\
teledesign: describe a product with a machine-learning feature in YAML, and get printed exercises with
answer keys, event logs with a hidden truth, cost estimates and a course site.
"""

NEXT_STEPS: tuple[tuple[str, str, str], ...] = (
    ("list", "teledesign list", "what the course holds"),
    ("build", "teledesign build", "make everything: handouts, logs, estimators, site"),
    ("new", "teledesign new course my-course", "start a course of your own"),
    ("check", "teledesign check", "check the whole course for mistakes"),
    ("cost", "teledesign cost photo-tagging", "what a design costs to run"),
    ("tell", "teledesign tell photo-tagging", "one sampled session, told as a story"),
)
"""(command, what to type, what it does), best first; the bare program prints the first three that exist."""


SOME_GARBAGE = 200_000
"""New objects between two searches for garbage."""
SIGNALLED = 128
"""What shells add to the number of a signal that ended a program."""
LONGEST_NAME = 100
"""Characters of a file name that an error shows."""


class _LazyGroup(click.Group):
    """A group whose commands are lines of `COMMANDS`, imported when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), function)
        assert isinstance(command, click.Command), f"{COMMANDS[cmd_name][0]} is no click command"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named by the first argument; a usage error with the nearest name if there is none."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = nearest(name, COMMANDS)
            remedy = f"Did you mean {close}?" if close else "`teledesign --help` lists the commands."
            raise click.UsageError(f"There is no command {visible(name)}. {remedy}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table, importing nothing."""
        if COMMANDS:
            with formatter.section("Commands"):
                formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    "teledesign",
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
# `run` takes --debug out of the arguments wherever it stands; it is declared here to be listed in --help.
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an unexpected error.")
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def _teledesign(ctx: click.Context) -> None:
    """Exercises, event logs, costs and a course site for teaching telemetry design."""
    if ctx.invoked_subcommand is None:
        click.echo(_start_text())


def _start_text() -> str:
    steps = [(typed, does) for command, typed, does in NEXT_STEPS if command in COMMANDS][:3]
    if len(steps) < 3:
        steps.append(("teledesign --help", "all commands"))
    width = max(len(typed) for typed, _ in steps)
    return "\n".join([ABOUT, "Next:", *(f"  {typed:<{width}}   {does}" for typed, does in steps)])


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 well, 1 mistakes or a failed check, 2 wrong usage.

    Every way out goes through here.  A refusal is one sentence on stderr, with its findings above it; an
    interruption is 130, or 143 where SIGTERM asked for it, 129 where the terminal was closed; a closed pipe is quiet;
    anything else is a bug of this program and says so.
    """
    debug = "--debug" in arguments or os.environ.get("TELEDESIGN_DEBUG", "") not in ("", "0")
    _tolerate_narrow_encodings()
    try:
        with ended_by_signals():
            code = _teledesign.main(
                args=[argument for argument in arguments if argument != "--debug"],
                prog_name="teledesign",
                standalone_mode=False,
            )
        sys.stdout.flush()
    except Refusal as refusal:
        for finding in refusal.findings:
            click.echo(str(finding), err=True)
        return _fail(refusal.message)
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (click.Abort, KeyboardInterrupt) as stopped:
        click.echo("Stopped.", err=True)
        ended = stopped if isinstance(stopped, Ended) else stopped.__cause__
        return SIGNALLED + getattr(ended, "number", signal.SIGINT)
    except BrokenPipeError:
        # Whoever read has gone; what Python would still flush at exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as problem:
        if debug:
            traceback.print_exc()
        return _fail(_not_done(problem))
    except Exception as bug:
        if debug:
            traceback.print_exc()
        shown = f"{type(bug).__name__}: {bug}" if str(bug) else type(bug).__name__
        where = "above" if debug else "with --debug added"
        return _fail(
            f"this is a mistake in teledesign, not in what you gave it ({shown}). "
            f"Please report it with the command you ran and the traceback, shown {where}."
        )
    return code if isinstance(code, int) else 0


def _not_done(problem: OSError) -> str:
    """What the system refused.  Where a place can refuse, its own code says so better; this is for what is left."""
    reason = (problem.strerror or type(problem).__name__).lower()
    if not _has_working_folder():
        return "the folder you are in is no longer there. Go to another folder, and run the command again"
    if problem.filename is None and problem.errno in FULL:
        return f"what there is to print cannot be written ({reason}). Free some space, or send it elsewhere"
    place = _shortened(str(problem.filename or "a file"))
    return f"{place} cannot be read or written ({reason}). Check the name, its rights and the free space"


def _has_working_folder() -> bool:
    try:
        return bool(os.getcwd())
    except OSError:
        return False


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}\u2026"


def _fail(message: str) -> int:
    click.echo(f"Error: {visible(message)}", err=True)
    return 1


def _start_lightly() -> None:
    """Leave out of this process's start what takes time and serves nobody here.

    Looking for garbage every 700 objects finds none while modules and files are read in.  Looking for plug-ins of
    pydantic, of which this program has none, opens the metadata of every installed package.  NumPy's linear algebra,
    which is asked for nothing large, would start a thread for every processor.
    """
    gc.set_threshold(SOME_GARBAGE)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _tolerate_narrow_encodings() -> None:
    """Let a terminal that lacks a character show `?` instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _open_closed_streams() -> None:
    """Let what is printed go nowhere where a stream was closed (`>&-`); else the first file opened would get it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def main() -> None:
    """Run the command line of this process and exit."""
    _open_closed_streams()
    _start_lightly()
    code = run(sys.argv[1:])
    if "_duckdb" not in sys.modules:  # which counts what was not collected, and prints it
        gc.freeze()  # at the end Python looks for garbage three times more among all that was read; it goes anyway
    sys.exit(code)

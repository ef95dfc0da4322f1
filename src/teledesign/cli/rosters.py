"""What `build` and `worksheet` are told of groups and paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from teledesign.findings import Refusal
from teledesign.roster import MOST_GROUPS

if TYPE_CHECKING:
    from teledesign.course import Course
    from teledesign.roster import RosterGroup

__all__ = ["read_groups", "roster_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


def roster_options(command: Command) -> Command:
    """The options about groups and paper, in the order in which help lists them."""
    options = (
        click.option(
            "--groups", type=click.IntRange(1, MOST_GROUPS), callback=_not_both, help="How many groups there are."
        ),
        click.option(
            "--roster",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            is_eager=True,
            help="A table of groups (CSV): group, and if you like topic and members.",
        ),
        click.option(
            "--every-topic", is_flag=True, help="Give each group every topic instead of dealing topics in turn."
        ),
        click.option("--names", is_flag=True, help="Print members' names on their sheets."),
        click.option("--paper", type=click.Choice(["a4", "letter"]), help="The paper; else as course.yaml says."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _not_both(context: click.Context, parameter: click.Parameter, groups: int | None) -> int | None:
    if groups is not None and context.params.get("roster") is not None:
        raise click.UsageError("--groups and --roster both say which groups there are. Give one of them.")
    return groups


def read_groups(path: Path, course: Course) -> tuple[RosterGroup, ...]:
    """The groups of a roster.  Raises Refusal where it has mistakes; warnings are told."""
    from teledesign.reading import read_roster

    read = read_roster(path, (*course.file.topics, *course.topics))
    if read.value is None:
        raise Refusal("the roster has mistakes. Correct them first", read.findings)
    for finding in read.findings:
        click.echo(str(finding), err=True)
    return read.value

"""`teledesign new`: a course, a scenario or a design of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from teledesign.course import find_course, shown

__all__ = ["new"]

COURSE = click.option(
    "--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder."
)


@click.group("new")
def new() -> None:
    """Start a course, a scenario or a design of your own."""


@new.command("course")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def course(folder: Path) -> None:
    """Start a course in DIR, with copies of topics, price sheets, templates and pages.

    DIR is new or empty.  Everything in it is yours to change.
    """
    from teledesign.starting import new_course

    made = new_course(folder)
    click.echo(f"Course: {made}\nREADME.md there says what is what. Next: teledesign check --course {made}")


@new.command("scenario")
@click.argument("scenario_id", metavar="ID")
@COURSE
def scenario(scenario_id: str, course: Path | None) -> None:
    """Start a scenario: a small topic, whole and commented, to change line by line.

    ID is lower-case letters, digits and hyphens, and becomes its folder in scenarios/.
    """
    from teledesign.starting import new_scenario

    location = find_course(course)
    click.echo(str(location))
    made = new_scenario(scenario_id, location)
    click.echo(f"Topic: {shown(made.folder)} (scenario.yaml is public, teaching.yaml is not)")
    if made.listed:
        click.echo("course.yaml names it among the topics.")
    else:
        click.echo(f"To build it with the course, add {scenario_id} to the topics in course.yaml.")
    click.echo(f"Next: teledesign tell {shown(made.folder)}")


@new.command("design")
@click.argument("scenario")
@click.argument("name", default="first")
@COURSE
def design(scenario: str, name: str, course: Path | None) -> None:
    """Start a design for SCENARIO (an id or a path), called NAME.

    It stands in the scenario's designs/, or in the working folder where the scenario comes with teledesign.
    """
    from teledesign.starting import new_design

    location = find_course(course)
    click.echo(str(location))
    path = shown(new_design(scenario, name, location))
    click.echo(f"Design: {path}\nNext: teledesign cost {path}")

"""`teledesign worksheet`: sheets for students and keys for their instructor."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from teledesign.course import Course, CourseLocation, Topic, find_course, find_scenario, open_course, read_topic, shown
from teledesign.findings import Refusal, has_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from teledesign.form import CourseSecret
    from teledesign.worksheets import Handout, Handouts

__all__ = ["worksheet"]

FORMATS = ("pdf", "html")


def _formats(context: click.Context, parameter: click.Parameter, given: str) -> tuple[str, ...]:
    """The formats of a list such as `pdf,html`."""
    names = tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(f"{given!r} is no list of formats. Write {', '.join(FORMATS)}, or both: pdf,html")
    return names


@click.command("worksheet")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
@click.option("--groups", type=click.IntRange(1, 5000), help="How many groups get forms; else as course.yaml says.")
@click.option("--graded", is_flag=True, help="Draw the numbers from the course's secret.")
@click.option("--redraw", is_flag=True, help="Draw forms anew that exist already; printed sheets then no longer fit.")
@click.option("--form", "form_id", metavar="ID", help="Only this form and its key.")
@click.option("--format", "formats", default="pdf", callback=_formats, metavar="LIST", help="pdf, html or pdf,html.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The output folder; handouts if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def worksheet(
    scenarios: tuple[str, ...],
    course: Path | None,
    groups: int | None,
    graded: bool,
    redraw: bool,
    form_id: str | None,
    formats: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> int:
    """Make worksheets and their keys, for all topics or those named.

    The output folder gets two trees: student/ to hand out and instructor/ for you alone. Every group has numbers of
    its own, its form; forms are kept in the course's forms folder and change only with --redraw.
    """
    from teledesign.build import BuildOptions, keep_forms, secret_of, without_mistakes
    from teledesign.writing import staged_folder, write_tree

    location = find_course(course)
    click.echo(str(location), err=as_json)
    _refuse_early(location, scenarios, graded=graded, redraw=redraw)
    opened = without_mistakes(open_course(location))
    secret = secret_of(opened, BuildOptions(graded=graded))
    topics = _topics(opened, scenarios)
    names = [str(number + 1) for number in range(groups or opened.file.groups)]
    if form_id:
        topics, names = _one_form(opened, topics, names, secret, form_id)
    handouts = _made(opened, topics, names, secret, redraw=redraw, formats=formats)
    for finding in handouts.findings:
        click.echo(str(finding), err=True)
    if has_errors(handouts.findings):
        return 1
    target = output or Path(f"handouts-{form_id.strip().upper()}" if form_id else "handouts")
    with staged_folder(target, {"command": "worksheet", "course": opened.file.title}) as folder:
        write_tree(folder / "student", handouts.student)
        write_tree(folder / "instructor", handouts.instructor)
    keep_forms(opened, handouts)
    if as_json:
        click.echo(json.dumps([asdict(handout) for handout in handouts.made], indent=2, ensure_ascii=False))
    else:
        click.echo(_told(opened, handouts, target))
    return 0


def _refuse_early(location: CourseLocation, scenarios: Sequence[str], *, graded: bool, redraw: bool) -> None:
    """What cannot go on at all is said before the course is read."""
    from teledesign.worksheets import course_secret

    for name in scenarios:
        find_scenario(name, location)
    if location.read_only and graded:
        course_secret(location.root, read_only=True)
    if location.read_only and redraw:
        raise Refusal(
            "forms of the course that comes with teledesign are drawn from the public seed each time and cannot be "
            "drawn anew. Copy the course folder, and name the copy with --course"
        )


def _topics(course: Course, scenarios: Sequence[str]) -> list[Topic]:
    """The topics named, by id or path; those of the course where none is named."""
    if not scenarios:
        return list(course.topics.values())
    found = []
    for name in scenarios:
        if name in course.topics:
            found.append(course.topics[name])
            continue
        topic, findings = read_topic(find_scenario(name, course.location).parent)
        if topic is None or has_errors(findings):
            raise Refusal(f"the files of {name} have mistakes. Correct them first", findings)
        found.append(topic)
    return found


def _one_form(
    course: Course, topics: Sequence[Topic], groups: Sequence[str], secret: CourseSecret, form_id: str
) -> tuple[list[Topic], list[str]]:
    from teledesign.worksheets import find_form

    found = find_form(form_id, [topic.scenario for topic in topics], groups, secret, _forms_folder(course))
    if found is None:
        kind = "graded" if not secret.public else "practice"
        raise Refusal(
            f"there is no {kind} form {form_id.strip().upper()} among {len(groups)} groups of "
            f"{', '.join(topic.id for topic in topics)}. Check the letters; --groups looks further"
            + ("" if not secret.public else ", --graded looks among graded forms")
        )
    return [topic for topic in topics if topic.id == found[0]], [found[1]]


def _forms_folder(course: Course) -> Path | None:
    from teledesign.worksheets import FORMS

    return None if course.location.read_only else course.root / FORMS


def _made(
    course: Course,
    topics: Sequence[Topic],
    groups: Sequence[str],
    secret: CourseSecret,
    *,
    redraw: bool,
    formats: tuple[str, ...],
) -> Handouts:
    from teledesign.build import template_folders, topic_source
    from teledesign.worksheets import Press, make

    press = Press(course.file.date, template_folders(course))
    sources = [topic_source(course, topic) for topic in topics]
    with _progress(len(topics) * len(groups)) as on_form:
        return make(
            course.file,
            sources,
            groups,
            secret,
            press,
            folder=_forms_folder(course),
            redraw=redraw,
            formats=formats,
            on_made=on_form,
        )


@contextmanager
def _progress(forms: int) -> Iterator[Callable[[Handout], None]]:
    """A bar while a person is watching, one step a form."""
    if not sys.stderr.isatty() or forms < 8:
        yield lambda handout: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("forms", total=forms)
        seen: set[tuple[str, str]] = set()

        def on_made(handout: Handout) -> None:
            if (handout.topic, handout.form) not in seen:
                seen.add((handout.topic, handout.form))
                progress.advance(task)

        yield on_made


def _told(course: Course, handouts: Handouts, target: Path) -> str:
    topics = dict.fromkeys(handout.topic for handout in handouts.made)
    count = len({(handout.topic, handout.form) for handout in handouts.made})
    forms = f"{count} form" if count == 1 else f"{count} forms"
    folder = shown(target)
    lines = [
        f"Made {len(handouts.student)} sheets and {len(handouts.instructor)} keys: {forms} of {', '.join(topics)}.",
        "",
        f"  {folder}/student/      to hand out",
        f"  {folder}/instructor/   keys, for you alone",
    ]
    if handouts.forms and not course.location.read_only:
        lines.append(f"  {shown(course.root)}/forms/   {len(handouts.forms)} forms kept; the same numbers next time")
    return "\n".join(lines)

"""`teledesign worksheet`: sheets for students and keys for their instructor."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from teledesign.cli.answers import echo_json
from teledesign.cli.cores import usual_jobs
from teledesign.cli.counting import counted
from teledesign.cli.rosters import read_groups, roster_options
from teledesign.course import Course, CourseLocation, find_course, find_scenario, open_course, read_topic, shown
from teledesign.findings import Refusal, has_errors, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from teledesign.form import CourseSecret
    from teledesign.roster import RosterGroup
    from teledesign.worksheets import Handout, Handouts, Inspected, Stress

__all__ = ["worksheet"]

FORMATS = ("pdf", "docx", "html", "md")


def _formats(context: click.Context, parameter: click.Parameter, given: str) -> tuple[str, ...]:
    """The formats of a list such as `pdf,html`."""
    names = tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise click.BadParameter(f"{given!r} is no list of formats. Write {', '.join(FORMATS)}, or several: pdf,docx")
    return names


def _sheets(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Sheets that there are."""
    from teledesign.worksheets import SHEETS

    for name in given:
        if name not in SHEETS:
            close = nearest(name, SHEETS)
            remedy = f"Did you mean {close}?" if close else f"There is {', '.join(SHEETS)}"
            raise click.BadParameter(f"there is no sheet {name!r}. {remedy}")
    return given


@click.command("worksheet")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
@roster_options
@click.option("--graded", is_flag=True, help="Draw the numbers from the course's secret.")
@click.option("--redraw", is_flag=True, help="Draw forms anew that exist already; printed sheets then no longer fit.")
@click.option("--form", "form_id", metavar="ID", help="Only this form and its key.")
@click.option("--stress", type=click.IntRange(1, 100_000), metavar="N", help="Draw N forms a topic and look at them.")
@click.option("--check-layout", is_flag=True, help="Measure every sheet and key on A4 and Letter; make nothing.")
@click.option(
    "--sheet", "sheets", multiple=True, metavar="NAME", callback=_sheets, help="Only this sheet, with its key."
)
@click.option("--format", "formats", default="pdf", callback=_formats, metavar="LIST", help="pdf, docx, html, md.")
@click.option("--zip", "zipped", is_flag=True, help="Also one PDF a topic for the printer, and one archive for you.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The output folder; handouts if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def worksheet(
    scenarios: tuple[str, ...],
    course: Path | None,
    groups: int | None,
    roster: Path | None,
    every_topic: bool,
    names: bool,
    paper: Literal["a4", "letter"] | None,
    graded: bool,
    redraw: bool,
    form_id: str | None,
    stress: int | None,
    check_layout: bool,
    sheets: tuple[str, ...],
    formats: tuple[str, ...],
    zipped: bool,
    output: Path | None,
    as_json: bool,
) -> int:
    """Make worksheets and their keys, for all topics or those named.

    The output folder gets two trees: student/ to hand out and instructor/ for you alone. Every group has numbers of
    its own, its form; forms are kept in the course's forms folder and change only with --redraw.
    """
    from teledesign.papers import (
        forms_folder,
        groups_of,
        keep_forms,
        make_handouts,
        on_paper,
        pile_up,
        secret_of,
        template_folders,
        without_mistakes,
    )
    from teledesign.roster import deal
    from teledesign.worksheets import Order, Press
    from teledesign.writing import staged_folder

    location = find_course(course)
    click.echo(str(location), err=as_json)
    _refuse_early(location, scenarios, graded=graded, redraw=redraw)
    opened = _with_topics(on_paper(without_mistakes(open_course(location, scenarios or None)), paper), scenarios)
    secret = secret_of(opened, graded=graded)
    if stress:
        return _stressed(opened, secret, stress, as_json=as_json)
    if check_layout:
        return _measured(opened, paper, as_json=as_json)
    named = groups_of(opened, read_groups(roster, opened) if roster else None, groups)
    dealt = deal(named, list(opened.topics), every_topic=every_topic)
    if form_id:
        dealt = _one_form(opened, named, secret, form_id)
    order = Order(dealt, secret, sheets, formats, names, forms_folder(opened), redraw, usual_jobs())
    press = Press(opened.file.date, template_folders(opened))
    target = output or Path(f"handouts-{form_id.strip().upper()}" if form_id else "handouts")
    marker = {"command": "worksheet", "course": opened.file.title}
    with staged_folder(target, marker) as folder, _progress(sum(map(len, dealt.values()))) as on_made:
        handouts = make_handouts(opened, order, press, folder, on_made)
        if zipped:
            pile_up(opened, order, handouts, press, folder)
        keep_forms(opened, handouts)
    for finding in handouts.findings:
        click.echo(str(finding), err=True)
    if as_json:
        echo_json([asdict(handout) for handout in handouts.made])
    else:
        click.echo(_told(opened, handouts, target, zipped=zipped))
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
            "drawn anew. Start your own with: teledesign new course DIR, and name it with --course"
        )


def _with_topics(course: Course, scenarios: Sequence[str]) -> Course:
    """The course with the topics named, by id or path; with all of its own where none is named."""
    if not scenarios:
        return course
    found = {}
    for name in scenarios:
        topic = course.topics.get(name)
        if topic is None:
            topic, findings = read_topic(find_scenario(name, course.location).parent)
            if topic is None or has_errors(findings):
                raise Refusal(f"the files of {name} have mistakes. Correct them first", findings)
        found[topic.id] = topic
    return replace(course, topics=found)


def _one_form(
    course: Course, groups: Sequence[RosterGroup], secret: CourseSecret, form_id: str
) -> dict[str, tuple[RosterGroup, ...]]:
    """The topic and group of a form id: of a kept form, or of one that these groups would get."""
    from teledesign.papers import forms_folder
    from teledesign.roster import RosterGroup
    from teledesign.worksheets import find_form

    names = {group.name: group for group in groups}
    scenarios = [topic.scenario for topic in course.topics.values()]
    found = find_form(form_id, scenarios, list(names), secret, forms_folder(course))
    if found is None:
        kind = "graded" if not secret.public else "practice"
        raise Refusal(
            f"there is no {kind} form {form_id.strip().upper()} among {len(groups)} groups of "
            f"{', '.join(course.topics)}. Check the letters; --groups looks further"
            + ("" if not secret.public else ", --graded looks among graded forms")
        )
    topic, group = found
    return {topic: (names.get(group, RosterGroup(group)),)}


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
            if handout.form and (handout.topic, handout.form) not in seen:
                seen.add((handout.topic, handout.form))
                progress.advance(task)

        yield on_made


def _stressed(course: Course, secret: CourseSecret, draws: int, *, as_json: bool) -> int:
    """Draw many forms of each topic and print what is poor about them."""
    from teledesign.worksheets import stress

    reports = [stress(topic.scenario, course.price_sheet(), secret, draws) for topic in course.topics.values()]
    if as_json:
        echo_json([asdict(report) for report in reports])
    else:
        click.echo("\n\n".join(_stress_table(report) for report in reports))
    return 0 if all(report.is_well for report in reports) else 1


def _measured(course: Course, paper: str | None, *, as_json: bool) -> int:
    """Measure every document of the topics on each paper and print a line for each."""
    from teledesign.papers import template_folders, topic_source
    from teledesign.worksheets import PAPERS, Press, inspect

    press = Press(course.file.date, template_folders(course))
    topics = [topic_source(course, topic) for topic in course.topics.values()]
    found = list(inspect(course.file, topics, press, [paper] if paper else list(PAPERS)))
    if as_json:
        echo_json([asdict(one) for one in found])
    else:
        click.echo("\n".join(_layout_lines(found)))
    return 1 if any(one.faults for one in found) else 0


def _layout_lines(found: Sequence[Inspected]) -> Iterator[str]:
    rows = [("topic", "document", "paper", "pages", "margin", "type", "bookmarks", "rules to write on")]
    for one in found:
        held = one.measured
        room = ", ".join(f"{place.rules} × {place.distance:g} mm" for place in held.room) if one.asked else ""
        numbers = (str(held.pages), f"{held.margin:.1f} mm", f"{held.type:g} pt", str(held.bookmarks))
        rows.append((one.topic, one.document, one.paper, *numbers, room))
    yield from _columns(rows, left=3)
    for one in found:
        yield from (f"mistake: {one.topic}, {one.document} on {one.paper} {fault}" for fault in one.faults)
    wrong = sum(bool(one.faults) for one in found)
    yield f"{counted(len(found), 'document')} measured, {wrong or 'none'} with mistakes"


def _columns(rows: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    """The rows in columns, so many of them and the last one flush left, numbers flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if place < left or place == len(row) - 1 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _stress_table(report: Stress) -> str:
    rows = [("", "least", "usual", "greatest", "distinct", "unit")]
    rows += [
        (one.name, f"{one.least:,.6g}", f"{one.usual:,.6g}", f"{one.greatest:,.6g}", str(one.distinct), one.unit)
        for one in report.answers
    ]
    lines = [f"{report.scenario}: {report.draws:,} forms", *(f"  {line}" for line in _columns(rows, left=1))]
    for one in report.poor:
        look = f"; look at form {one.form} of group {one.group}" if one.form else ""
        mark = "mistake" if one.is_error else "remark"
        lines.append(f"  {mark}: {one.name}: {one.says} ({one.kind}, {one.forms:,} of {report.draws:,}{look})")
    return "\n".join(lines + ([] if report.poor else ["  nothing is wrong with them"]))


def _told(course: Course, handouts: Handouts, target: Path, *, zipped: bool) -> str:
    from teledesign.papers import ARCHIVE

    topics = dict.fromkeys(handout.topic for handout in handouts.made if handout.form)
    count = len({(handout.topic, handout.form) for handout in handouts.made if handout.form})
    sheets, keys = (handouts.count(for_students=for_students) for for_students in (True, False))
    folder = shown(target)
    lines = [
        f"Made {counted(sheets, 'sheet')} and {counted(keys, 'key')}: {counted(count, 'form')} of {', '.join(topics)}.",
        "",
        f"  {folder}/student/      to hand out",
        f"  {folder}/instructor/   keys and the roster, for you alone",
    ]
    if zipped:
        lines.append(f"  {folder}/instructor/print/   one PDF a topic, for the printer")
        lines.append(f"  {folder}/{ARCHIVE}   all of instructor/ in one file")
    if handouts.forms and not course.location.read_only:
        kept = counted(len(handouts.forms), "form")
        lines.append(f"  {shown(course.root)}/forms/   {kept}, kept here so that the numbers stay the same next time")
    return "\n".join(lines)

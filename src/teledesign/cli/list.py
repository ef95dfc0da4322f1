"""`teledesign list`: what a course holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from teledesign.cli.answers import echo_json
from teledesign.course import Course, find_course, open_course
from teledesign.findings import has_errors

__all__ = ["list_course"]


@click.command("list")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def list_course(course: Path | None, as_json: bool) -> None:
    """List the topics, designs, price sheets and incidents of the course."""
    location = find_course(course)
    click.echo(str(location), err=as_json)
    found = open_course(location)
    if as_json:
        echo_json(_plain(found))
    else:
        click.echo("\n".join(_lines(_plain(found))))
    if has_errors(found.findings):
        click.echo("Files with mistakes are left out. `teledesign check` shows them.", err=True)


def _plain(course: Course) -> dict[str, Any]:
    return {
        "title": course.file.title,
        "topics": [
            {
                "id": topic.id,
                "title": topic.scenario.title,
                "designs": [{"id": name, "title": design.title} for name, design in topic.designs.items()],
                "incidents": [
                    {"id": name, "title": incident.title, "family": incident.family}
                    for name, incident in topic.scenario.incidents.items()
                ],
            }
            for topic in course.topics.values()
        ],
        "prices": [
            {"id": name, "title": sheet.title, "currency": sheet.currency, "as_of": sheet.as_of.isoformat()}
            for name, sheet in course.prices.items()
        ],
    }


def _lines(course: dict[str, Any]) -> Iterator[str]:
    for topic in course["topics"]:
        yield f"\n{topic['id']}: {topic['title']}"
        for what in ("designs", "incidents"):
            width = max((len(item["id"]) for item in topic[what]), default=0)
            yield f"  {what}{'' if topic[what] else ': none yet'}"
            yield from (f"    {item['id']:<{width}}  {item['title']}" for item in topic[what])
    yield "\nprice sheets" if course["prices"] else "\nprice sheets: none yet"
    for sheet in course["prices"]:
        yield f"    {sheet['id']}  {sheet['title']} ({sheet['currency']}, {sheet['as_of']})"

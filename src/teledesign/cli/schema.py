"""`teledesign schema`: the JSON Schemas of the files of a course, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from teledesign.cli.answers import echo_json
from teledesign.course import find_course
from teledesign.findings import Refusal
from teledesign.reading import KINDS
from teledesign.reading.schemas import FOLDER, json_schema, schema_files
from teledesign.writing import A_COPY, write_whole

__all__ = ["schema"]


@click.command("schema")
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@click.option("--write", is_flag=True, help=f"Write all of them to {FOLDER} of the course.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def schema(kind: str | None, write: bool, course: Path | None) -> None:
    """Print or write the JSON Schemas of scenarios and other files.

    Editors read them for completion and descriptions: the first line of each file names its own.
    """
    if not write:
        kinds = [kind] if kind else list(KINDS)
        found = {name: json_schema(name) for name in kinds}
        echo_json(found[kind] if kind else found)
        return
    location = find_course(course)
    if location.read_only:
        raise Refusal(
            "the course that comes with teledesign is not written to. Start your own with: teledesign new course DIR"
        )
    for name, text in schema_files().items():
        write_whole(location.root / name, text, A_COPY)
        click.echo(f"wrote {location.root / name}")

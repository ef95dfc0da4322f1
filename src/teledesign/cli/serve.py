"""`teledesign serve`: the site with live reload while scenarios, templates and pages are written."""

from __future__ import annotations

from pathlib import Path

import click

from teledesign.course import find_course

__all__ = ["serve_course"]


@click.command("serve")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
@click.option("--address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 takes any free one."
)
@click.option("--only", multiple=True, metavar="TOPIC", help="Show this topic alone; may be given again.")
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
def serve_course(course: Path | None, address: str, port: int, only: tuple[str, ...], open_browser: bool) -> int:
    """Show the site, and each change of the course as it is saved.

    Mistakes are told here, with their place, and the last good site stays until they are corrected. Handouts and keys
    are not shown, and logs are small ones: teledesign build makes everything.
    """
    from teledesign.cli.described import described_commands
    from teledesign.serving import serve

    location = find_course(course)
    click.echo(str(location), err=True)
    click.echo("Making the site; this takes some seconds.", err=True)
    return serve(location, only, address, port, described_commands(), open_browser=open_browser)

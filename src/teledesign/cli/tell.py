"""`teledesign tell`: one sampled session as a story."""

from __future__ import annotations

from pathlib import Path

import click

from teledesign.course import find_course, open_scenario

__all__ = ["tell_session"]

LEGEND = "What is marked `log` is all that telemetry shows of it. Everything else is truth."
WELL = "No incident runs here, and no row is lost on its way."
LEFT_OUT = "With --all every episode is told."
MARKS = {"logged": "log  ", "unlogged": "lost ", "who": "", "drawn": "", "happened": "", "more": ""}
STYLES = {"logged": "green", "unlogged": "red", "who": "bold", "drawn": "dim", "happened": "", "more": "dim"}


@click.command("tell")
@click.argument("scenario")
@click.option("--session", type=int, default=1, show_default=True, help="Which of the sampled sessions.")
@click.option("--seed", type=int, help="Sessions of another log; those of the public practice log if not given.")
@click.option("--all", "everything", is_flag=True, help="Tell every episode, also where there are many of a kind.")
@click.option("--course", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The course folder.")
def tell_session(scenario: str, session: int, seed: int | None, everything: bool, course: Path | None) -> None:
    """Tell one sampled session as a story.

    What was drawn, what truly happened, and what the log shows of it: the best proof-reading of a scenario. What
    stands after `drawn` some event may show; what is `hidden` no event does. Of many episodes of a kind those are told
    in which most happens.
    """
    from rich.console import Console

    from teledesign.simulation import tell

    location = find_course(course)
    click.echo(str(location))
    story = tell(open_scenario(scenario, location), seed=seed, session=session, everything=everything)
    console = Console(highlight=False)
    console.print(story.title, style="bold", markup=False)
    console.print(f"{LEGEND} {WELL}", markup=False, soft_wrap=True)
    for line in story.lines:
        at = f"{line.at}  " if line.at else ""
        text = f"{'  ' * line.depth}{at}{MARKS[line.kind]}{line.text}"
        console.print(text, style=STYLES[line.kind] or None, markup=False, soft_wrap=True)
    if any(line.kind == "more" and line.text for line in story.lines):
        console.print(LEFT_OUT, style=STYLES["more"], markup=False)

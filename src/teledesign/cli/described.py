"""The commands as their own help tells them, for the reference pages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import click

from teledesign.cli import COMMANDS
from teledesign.outputs.reference import CommandHelp, CommandOption

__all__ = ["described_commands"]


def described_commands() -> tuple[CommandHelp, ...]:
    """Every command of the table, and in place of a group its commands."""
    top = click.Context(click.Group("teledesign"), info_name="teledesign")
    return tuple(
        described for name, (place, _) in COMMANDS.items() for described in _described(name, _command(place), top)
    )


def _command(place: str) -> click.Command:
    module, _, function = place.partition(":")
    command = getattr(import_module(module), function)
    assert isinstance(command, click.Command)
    return command


def _described(name: str, command: click.Command, above: click.Context) -> Iterator[CommandHelp]:
    context = click.Context(command, info_name=name, parent=above)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _described(inner, found, context)
        return
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    paragraphs = tuple(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    yield CommandHelp(context.command_path.partition(" ")[2], usage, paragraphs, tuple(_options(command, context)))


def _options(command: click.Command, context: click.Context) -> Iterator[CommandOption]:
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            yield CommandOption(*record)

"""Answers as JSON, on whatever can be printed to."""

from __future__ import annotations

import json
import sys

import click

__all__ = ["echo_json"]


def echo_json(answer: object) -> None:
    """Print plain data as JSON; where the output lacks a character, all beyond ASCII is escaped, for `?` would lie."""
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(answer, indent=2)
    click.echo(text)

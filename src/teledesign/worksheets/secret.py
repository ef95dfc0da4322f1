"""Where the course secret comes from: the environment, else an untracked file of the course."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from teledesign.findings import Refusal
from teledesign.form import CourseSecret
from teledesign.resources import SECRET_FILE, SECRET_VARIABLE

__all__ = ["SECRET_FILE", "SECRET_VARIABLE", "course_secret"]

SHORTEST = 16


def course_secret(
    course: Path,
    *,
    read_only: bool = False,
    fingerprint: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> CourseSecret:
    """The secret of a course.  Raises Refusal with the reason where graded numbers cannot be drawn.

    `fingerprint` is what the course file says the secret's is; another secret is refused.
    """
    if read_only:
        raise Refusal(
            "graded forms need a course of your own: the one that comes with teledesign is read-only and its forms "
            "could not be kept. Start your own with: teledesign new course DIR; add a secret.txt to it, and "
            "name it with --course"
        )
    found = _found(course, os.environ if environment is None else environment)
    if found is None:
        raise Refusal(
            f"graded forms need a course secret, and there is none. Set {SECRET_VARIABLE}, or write one with: "
            f"{_writing(course / SECRET_FILE)} (and keep that file out of version control)"
        )
    text, where = found
    if len(text) < SHORTEST or len(set(text)) < SHORTEST // 2:
        raise Refusal(
            f"the course secret in {where} is too easy to guess. Write a longer one: {_writing(Path(SECRET_FILE))}"
        )
    secret = CourseSecret(text.encode("utf-8", "surrogateescape"))  # a variable may hold any bytes
    if fingerprint is not None and secret.fingerprint != fingerprint:
        raise Refusal(
            f"the secret in {where} belongs to another course: its fingerprint is {secret.fingerprint}, and "
            f"course.yaml says {fingerprint}. Use this course's secret, or correct secret_fingerprint"
        )
    return secret


def _writing(path: Path) -> str:
    """A command that writes a secret in any shell; what PowerShell redirects is not UTF-8."""
    return f'python -c "import secrets; open({path.as_posix()!r}, {"w"!r}).write(secrets.token_hex(32))"'


def _found(course: Path, environment: Mapping[str, str]) -> tuple[str, str] | None:
    if text := environment.get(SECRET_VARIABLE, "").strip():
        return text, SECRET_VARIABLE
    path = course / SECRET_FILE
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{path} cannot be read as text. Write it anew: {_writing(path)}") from None
    return (text, str(path)) if text else None

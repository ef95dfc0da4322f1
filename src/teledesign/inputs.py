"""What output is made from, as digests: a course's files, this program, and the packages it runs with.

Nothing heavy is imported here, so that "has anything changed?" is answered at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from teledesign.resources import SECRET_FILE, SECRET_VARIABLE, packaged_course

__all__ = ["Inputs", "course_inputs", "digest_of", "file_digest", "files_below", "program_digest", "secret_mark"]

SOURCES = ("course.yaml", "scenarios", "templates", "site")
PACKAGED = ("templates", "site")
"""What a course takes from the packaged one where it brings none of its own."""
BEHIND = "packaged/"
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Inputs:
    """The digest of each file of a course by its name below the course folder, and of the program.

    Files that the packaged course lends have `packaged/` before their name.
    """

    files: Mapping[str, str]
    program: str

    def digest(self, wanted: Callable[[str], bool] = lambda name: True, *also: object) -> str:
        """One digest of the program, the files whose name is wanted, and anything else that can be JSON."""
        chosen = {name: digest for name, digest in self.files.items() if wanted(name.removeprefix(BEHIND))}
        return digest_of(self.program, chosen, *also)


def course_inputs(root: Path) -> Inputs:
    """The inputs of the course in a folder, as they are now."""
    files = {name: file_digest(path) for name, path in _named(root, SOURCES)}
    packaged = packaged_course()
    if root.resolve() != packaged.resolve():
        files |= {BEHIND + name: file_digest(path) for name, path in _named(packaged, PACKAGED)}
    return Inputs(files, program_digest())


def digest_of(*values: object) -> str:
    """One digest of values that can be JSON."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes; a word of its own for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return UNREADABLE


def secret_mark(root: Path, *, graded: bool) -> str:
    """What tells one course secret from another and says nothing of it; the same for every practice build."""
    if not graded:
        return "practice"
    text = os.environ.get(SECRET_VARIABLE, "").strip()
    if not text:
        try:
            text = (root / SECRET_FILE).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return "none"
    return hmac.new(
        text.encode("utf-8", "surrogateescape"), b"the mark of a secret among inputs", hashlib.sha256
    ).hexdigest()


@cache
def program_digest() -> str:
    """The digest of this program's code, of Python's version and of all that is installed beside it.

    A folder `name-version.dist-info` stands for an installed package: any that comes, goes or changes counts.
    """
    package = Path(__file__).parent
    code = {
        path.relative_to(package).as_posix(): file_digest(path) for path in files_below(package) if path.suffix == ".py"
    }
    installed = sorted({name for place in sys.path for name in _installed(Path(place))})
    return digest_of(platform.python_version(), code, installed)


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, through links to folders too, each folder once."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (path for name in sorted(names) if (path := Path(place, name)).is_file())


def _named(root: Path, parts: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for part in parts:
        paths = [root / part] if (root / part).is_file() else files_below(root / part)
        yield from ((path.relative_to(root).as_posix(), path) for path in paths)


def _installed(place: Path) -> list[str]:
    try:
        return [name for name in os.listdir(place or ".") if name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return []

"""The pieces of a build, and taking over from the former build those whose inputs have not changed.

Each piece has a key, the digest of everything it is made from.  The former build wrote down its keys and the SHA-256
of each of its files; a piece with the same key is linked (or copied) into the new folder, if every one of its files
still has the digest that was written down.  So nothing altered is taken over, and
nothing from the output of another build.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from teledesign.findings import Finding, Level, Place
from teledesign.inputs import UNREADABLE, file_digest, files_below
from teledesign.writing import FILES, MARKER, inside, read_marker

__all__ = ["Former", "Pieces", "id_of", "plain_findings", "read_findings", "read_former"]

Told = dict[str, Any]
"""What is worth knowing of a piece beside its files: anything that can be JSON."""
T = TypeVar("T")


@dataclass(frozen=True)
class Former:
    """A build on disk, as it was written down: its files by digest, its pieces, and what was said of it."""

    folder: Path
    build: str
    files: Mapping[str, str]
    pieces: Mapping[str, Told]
    record: Mapping[str, Any]

    def is_whole(self) -> bool:
        """Whether each of its files is there, with the bytes it was made with, and no other one."""
        there = {path.relative_to(self.folder).as_posix() for path in files_below(self.folder)} - {MARKER}
        return there == set(self.files) and all(file_digest(self.folder / name) == self.files[name] for name in there)

    def clean_files(self, sought: str, trees: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Name and digest of the files in some trees, if the same was looked for in them; else none."""
        if self.record.get("scanned_for") != sought:
            return frozenset()
        below = tuple(f"{tree}/" for tree in trees)
        return frozenset(
            (name.rpartition("/")[2], digest) for name, digest in self.files.items() if name.startswith(below)
        )


def read_former(folder: Path) -> Former | None:
    """The build in a folder; None where there is none that can be relied on."""
    record = read_marker(folder)
    if record is None:
        return None
    build, files, pieces = (record.get(name) for name in ("build", FILES, "pieces"))
    if not isinstance(build, str) or not isinstance(files, dict) or not isinstance(pieces, dict):
        return None
    if build != id_of(files) or not all(isinstance(piece, dict) for piece in pieces.values()):
        return None
    return Former(folder, build, files, pieces, record)


def id_of(files: Mapping[str, str]) -> str:
    """Twelve characters that depend on every file of a build, by name and content, but the page that prints them."""
    named = sorted((name, digest) for name, digest in files.items() if name not in SAYS_THE_ID)
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in named).encode()).hexdigest()[:12]


SAYS_THE_ID = {"instructor/index.html"}


@dataclass
class Pieces:
    """The pieces of the build that is being made in `folder`."""

    folder: Path
    former: Former | None
    taken: list[str] = field(default_factory=list)
    """The names of those that were taken over."""
    told: dict[str, Told] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)

    def make(
        self,
        name: str,
        key: str,
        places: Iterable[str],
        make: Callable[[], T],
        tell: Callable[[T], Told],
        read: Callable[[Told], T],
        still: Callable[[Told], bool] = lambda told: True,
    ) -> T:
        """A piece with all that is below its places: taken over, or made now.

        `tell` and `read` write down and read back what is worth knowing of it beside its files.
        """
        found = self.find(name, key, places, still)
        if found is not None:
            return read(found)
        value = make()
        self.keep(name, key, tell(value))
        return value

    def find(
        self, name: str, key: str, places: Iterable[str], still: Callable[[Told], bool] = lambda told: True
    ) -> Told | None:
        """What was written down of a piece, now taken over; None where it has to be made.

        `still` looks at what was written down and says whether that still holds.
        """
        found = self.former.pieces.get(name) if self.former else None
        if found is None or found.get("key") != key or not still(found) or not self._take(tuple(places)):
            return None
        self.taken.append(name)
        self.told[name] = found
        return found

    def keep(self, name: str, key: str, told: Told) -> None:
        """Write down a piece that was made."""
        self.told[name] = {**told, "key": key}

    def files(self) -> dict[str, str]:
        """The digest of each file made so far, by name; files that were taken over are not read again."""
        paths = {path.relative_to(self.folder).as_posix(): path for path in files_below(self.folder)}
        self._digests = {name: self._digests.get(name) or file_digest(path) for name, path in sorted(paths.items())}
        return dict(self._digests)

    def _take(self, places: tuple[str, ...]) -> bool:
        """Bring the former files below some places over; nothing of them where one is missing or altered."""
        assert self.former is not None
        wanted = {
            name: digest
            for name, digest in self.former.files.items()
            if name.startswith(tuple(f"{place}/" for place in places))
        }
        for name, digest in wanted.items():
            former = inside(self.former.folder, name)
            if former.is_symlink() or digest == UNREADABLE or file_digest(former) != digest:
                for place in places:
                    shutil.rmtree(inside(self.folder, place), ignore_errors=True)
                return False
            _link(former, inside(self.folder, name))
        self._digests |= wanted
        return True


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system cannot do that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def plain_findings(findings: Iterable[Finding], root: Path) -> list[Told]:
    """Findings as JSON, places in the course named from its folder, so that no path of this machine is written down."""
    return [
        {
            "rule": finding.rule,
            "message": finding.message,
            "path": finding.path,
            "place": [_from_root(finding.place.file, root), finding.place.line, finding.place.column],
            "level": finding.level.value,
        }
        for finding in findings
    ]


def read_findings(told: Iterable[Told], root: Path, shown: Callable[[Path], Path]) -> list[Finding]:
    """The findings that `plain_findings` wrote down, places named as this user names them."""
    return [
        Finding(one["rule"], one["message"], one["path"], _place(one["place"], root, shown), Level(one["level"]))
        for one in told
    ]


OF_COURSE = "course:"


def _from_root(file: str, root: Path) -> str:
    try:
        return OF_COURSE + Path(file).resolve().relative_to(root.resolve()).as_posix() if file else ""
    except ValueError:
        return file


def _place(told: list[Any], root: Path, shown: Callable[[Path], Path]) -> Place:
    file, line, column = told
    if file.startswith(OF_COURSE):
        file = str(shown(root / file.removeprefix(OF_COURSE)))
    return Place(file, line, column)

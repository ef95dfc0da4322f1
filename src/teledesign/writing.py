"""Writing whole or not at all: into a temporary place on the same file system, then renamed.

A folder of output carries a marker file, so that nothing that is not ours is ever replaced; where the marker lists
the files that were made (`FILES`), one more in the folder is somebody's own and stops the work.  One process at a time
writes to a folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from teledesign.alone import alone
from teledesign.findings import Refusal, why_not_written

__all__ = [
    "A_COPY",
    "FILES",
    "MARKER",
    "inside",
    "new_folder",
    "read_marker",
    "staged_folder",
    "write_tree",
    "write_whole",
]

MARKER = "build.json"
FILES = "files"
"""The marker's entry for what was made: anything by relative name."""
SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What a file browser leaves in a folder that was looked at."""
A_COPY = ", a copy of the course, with --course"
"""What else to name where a course cannot be written."""
_LINUX_EXCHANGE = 2


def write_whole(path: Path, content: bytes | str, how: str = " with -o") -> Path:
    """Write a file so that it is there whole or not at all.  Raises Refusal where it cannot be written; `how` names the
    option for another place."""
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _refused(path, how):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    return path


def inside(folder: Path, name: str) -> Path:
    """The path of a relative POSIX name below a folder.  Raises Refusal for a name that would leave it."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name or not parts.parts:
        raise Refusal(f"{name!r} would be written outside {folder}. Use a plain relative name")
    return folder.joinpath(*parts.parts)


def write_tree(folder: Path, files: Mapping[str, bytes | str]) -> None:
    """Write files by relative name below a folder that is still being staged (not each one whole)."""
    for name, content in files.items():
        path = inside(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def staged_folder(target: Path, marker: Mapping[str, object]) -> Iterator[Path]:
    """A new folder beside `target` that takes its place when the block ends well.

    Whatever happens inside, the former content of `target` stays whole until the swap, which is one
    exchange of names where the system knows it (Linux), else two renames that `recover` can finish.
    `marker` is written as `build.json` at the end.  Raises Refusal for a target without that file that is not empty,
    one with files that nobody listed there, one that cannot be written, one that another process is writing to, and
    the working folder: whoever is in it would see nothing of the folder that takes its place.
    """
    target = Path(os.path.abspath(target))
    if not target.name:
        raise Refusal(f"{target} is not a folder that can be replaced. Name another output folder with -o")
    _check_nobody_is_in(target)
    _check_ours(target)
    with _refused(target), alone(target, "another output folder with -o"):
        recover(target)
        _check_ours(target)
        with _making(target) as staging:
            yield staging
            (staging / MARKER).write_text(json.dumps({"made_by": "teledesign", **marker}, indent=1) + "\n", "utf-8")
            _check_ours(target)
            _swap(staging, target)


@contextlib.contextmanager
def _making(target: Path) -> Iterator[Path]:
    """An empty folder beside `target`, gone at the end; so are those that killed processes left."""
    _sweep(target)
    staging = target.with_name(f".{target.name}.making-{os.getpid()}")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def read_marker(target: Path) -> dict[str, object] | None:
    """What `staged_folder` wrote down about a folder of output; None where it is no such folder."""
    try:
        found = json.loads((target / MARKER).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("made_by") == "teledesign" else None


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A new folder beside `target` that becomes it when the block ends well; nothing of ours marks it.

    For what belongs to its owner from then on.  Raises Refusal where `target` is there and holds something, or
    is just being made.
    """
    target = Path(os.path.abspath(target))
    with _refused(target, ""):
        _check_free(target)
        with alone(target, "another folder"), _making(target) as staging:
            yield staging
            _check_free(target)
            if target.is_dir():
                # An empty folder stays the folder it is: somebody may be working in it.
                for made in sorted(staging.iterdir()):
                    made.rename(target / made.name)
            else:
                staging.rename(target)


def _check_free(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Refusal(f"{target} is there already and is no folder. Choose another name")
    if target.is_dir() and any(target.iterdir()):
        raise Refusal(f"{target} is there already and holds something. Choose another name, or empty it")


def recover(target: Path) -> None:
    """Put back the former output if a swap was cut between its two renames."""
    old = target.with_name(f".{target.name}.former")
    if old.is_dir() and not target.exists():
        old.rename(target)
    elif old.is_dir():
        shutil.rmtree(old, ignore_errors=True)


def _check_nobody_is_in(target: Path) -> None:
    try:
        here = Path(os.path.realpath(Path.cwd()))
    except OSError:  # the working folder is gone
        return
    there = Path(os.path.realpath(target))
    if there == here or (there in here.parents and read_marker(target) is not None):
        raise Refusal(
            f"{target} is the folder you are in, and output takes the place of a whole folder. Name one of its own "
            "with -o, such as -o build"
        )


def _check_ours(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Refusal(f"{target} is not a folder. Name another output folder with -o")
    if not target.is_dir():
        return
    if not os.access(target, os.W_OK):
        raise Refusal(f"{target} cannot be written: it is protected. Allow writing, or name another folder with -o")
    marker = read_marker(target)
    if marker is None and any(path.name not in SYSTEM_FILES for path in target.iterdir()):
        raise Refusal(
            f"{target} holds something teledesign did not make. Name another output folder with -o, or empty it"
        )
    listed = marker.get(FILES) if marker else None
    foreign = _foreign(target, listed) if isinstance(listed, dict) else None
    if foreign is not None:
        raise Refusal(
            f"{target} holds a file teledesign did not make: {foreign}. Move it elsewhere, or name another output "
            "folder with -o"
        )


def _foreign(target: Path, listed: Mapping[str, object]) -> str | None:
    """The first file of a folder that is not listed."""
    for place, folders, names in os.walk(target):
        folders.sort()
        # A link to a folder is a thing of its own: what it leads to is not looked at, and not removed.
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in sorted([*names, *links]):
            path = os.path.relpath(os.path.join(place, name), target).replace(os.sep, "/")
            if path != MARKER and path not in listed and name not in SYSTEM_FILES:
                return path
    return None


def _swap(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    if _exchange(staging, target):
        return
    old = target.with_name(f".{target.name}.former")
    target.rename(old)
    staging.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot (Linux man page renameat2(2))."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    here = -100
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), _LINUX_EXCHANGE) == 0)


def _sweep(target: Path) -> None:
    """Remove what killed runs left beside the target."""
    for left in target.parent.glob(f".{target.name}.making-*"):
        pid = left.name.rpartition("-")[2]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def _refused(path: Path, how: str = " with -o") -> Iterator[None]:
    """Say in one sentence why something could not be written."""
    try:
        yield
    except OSError as error:
        reason = why_not_written(error, how)
        if reason is None:
            raise
        place = str(error.filename or path)
        if f".{path.name}." in place:  # the name it has while it is made
            place = str(path)
        raise Refusal(f"{place} cannot be written: {reason}") from error

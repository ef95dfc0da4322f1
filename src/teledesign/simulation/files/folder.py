"""The folder of a log: made beside its place under another name, then put there whole."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from teledesign.findings import Refusal, why_not_written

__all__ = ["MANIFEST", "METRICS", "TRUTH", "check_place", "check_truth_place", "refused", "unfinished"]

MANIFEST = "manifest.json"
TRUTH = "truth.json"
METRICS = "metrics.csv"
"""The table of true metrics, in the folder of a truth."""
OPTIONS = {MANIFEST: ("a log", "-o"), TRUTH: ("the truth of a log", "--truth")}
"""The file that lists a folder's files -> what the folder holds, and the option that names it."""
MARK = "unfinished.json"


def check_place(out: Path, listing: str = MANIFEST) -> None:
    """Raise Refusal unless the folder is missing, empty, or holds what an earlier run made and nothing else."""
    what, option = OPTIONS[listing]
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise Refusal(f"{out} is not a folder. Name another one with {option}")
    if not out.is_dir():
        return
    held = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir() or path.is_symlink()}
    ours = _files_of(out, listing)
    days = {file.rpartition("/")[0] for file in ours}
    held |= {path.name for path in out.iterdir() if path.is_dir()} - days
    foreign = sorted(held - ours)
    if foreign:
        raise Refusal(f"{out} holds {foreign[0]}, which is not part of {what}. Name another folder with {option}")


def _files_of(out: Path, listing: str) -> set[str]:
    """The files that the list there names, and the list itself."""
    try:
        manifest = json.loads((out / listing).read_text("utf-8"))
        if manifest["made_by"] != "teledesign":
            return set()
        return {listing, *(str(name) for name in manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def check_truth_place(truth: Path, out: Path) -> None:
    """Raise Refusal for a truth folder inside the log's folder, or around it."""
    inner, outer = truth.resolve(), out.resolve()
    if inner == outer or outer in inner.parents:
        raise Refusal(f"the truth would lie inside the log's folder {out}. Name a folder elsewhere with --truth")
    check_place(truth, TRUTH)


@contextlib.contextmanager
def unfinished(out: Path, listing: str = MANIFEST, *, tag: str = "", resume: bool = False) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well; what was there stays whole until then.

    What a killed run left there is removed first, unless it is resumed: then it must have the same `tag`, and it
    stays where it is if the block fails once more.
    """
    out = Path(os.path.abspath(out))
    place, former = out.with_name(f".{out.name}.unfinished"), out.with_name(f".{out.name}.former")
    with refused(out):
        _recover(out, former)
        check_place(out, listing)
        option = OPTIONS[listing][1]
        if resume and place.exists():
            _check_resumable(place, tag, option)
        else:
            _clear(place, listing)
            place.mkdir(parents=True)
        _mark(place, tag)
    done = False
    try:
        with refused(out):
            yield place
            (place / MARK).unlink()
            if out.exists():
                out.rename(former)
            place.rename(out)
            done = True
    finally:
        if done or not resume:
            shutil.rmtree(place, ignore_errors=True)
        if out.exists():
            shutil.rmtree(former, ignore_errors=True)


def _mark(place: Path, tag: str) -> None:
    """Say whose the folder is and what is made in it, whole or not at all."""
    temporary = place / f".{MARK}.tmp"
    temporary.write_text(json.dumps({"made_by": "teledesign", "tag": tag}) + "\n", "utf-8")
    os.replace(temporary, place / MARK)


def _check_resumable(place: Path, tag: str, option: str) -> None:
    """Raise Refusal unless what lies there was begun with the same arguments; half-written files go."""
    if not any(place.iterdir()) or _files_of(place, MANIFEST) or _files_of(place, TRUTH):
        return
    try:
        held = json.loads((place / MARK).read_text("utf-8"))
        same = held["made_by"] == "teledesign" and held["tag"] == tag
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise Refusal(
            f"{place} was begun with other arguments or another version. Repeat those of the run that was cut, "
            f"leave out --resume to begin anew, or name another folder with {option}"
        )
    for path in place.rglob(".*.tmp"):
        path.unlink()


def _recover(out: Path, former: Path) -> None:
    """Put the former log back if a run was killed between the two renames."""
    if former.is_dir() and not out.exists():
        former.rename(out)


def _clear(place: Path, listing: str) -> None:
    option = OPTIONS[listing][1]
    ours = (place / MARK).is_file() or bool(_files_of(place, listing))
    if place.exists() and not ours and any(place.iterdir()):
        raise Refusal(f"{place} is in the way and was not made by teledesign. Move it, or name another with {option}")
    shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def refused(path: Path) -> Iterator[None]:
    """Say in one sentence why something could not be written."""
    try:
        yield
    except OSError as error:
        why = why_not_written(error)
        if why is None:
            raise
        raise Refusal(f"{path} cannot be written: {why}") from error

"""The folder of a log: made beside its place under another name, then put there whole."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from teledesign.alone import alone
from teledesign.findings import FULL, Refusal, why_not_written
from teledesign.simulation.attended import CutShort
from teledesign.simulation.files.listing import MANIFEST, NAMES, TRUTH, Listing, read_list
from teledesign.simulation.whole import write_whole

__all__ = ["check_place", "check_truth_place", "kept_of", "unfinished"]

OPTIONS = {MANIFEST: ("a log", "-o"), TRUTH: ("the truth of a log", "--truth")}
"""The file that lists a folder's files -> what the folder holds, and the option that names it."""
MARK = "unfinished.json"
MARKED = (MARK, f".{MARK}.tmp")
"""The mark, and what an earlier version may have left of it."""
RUNS = "runs"
RUN = re.compile(r"(block|slice|edges|left)[-.\w]*")
HALF_WRITTEN = re.compile(r"\..*\.\d+\.tmp")
"""The name of a file that is being written: a killed process leaves it."""

Differs = Callable[[Path], str]
"""What a finished folder was made with and is not asked for, in words; nothing where it is the one asked for."""


def check_place(out: Path, listing: str = MANIFEST, option: str = "") -> None:
    """Raise Refusal unless the folder is missing, empty, or holds what an earlier run made and nothing else."""
    what, option = OPTIONS[listing][0], option or OPTIONS[listing][1]
    if out.is_symlink():
        raise Refusal(f"{out} is a link, not a folder. Name a folder with {option}")
    if out.exists() and not out.is_dir():
        raise Refusal(f"{out} is not a folder. Name another one with {option}")
    if not out.is_dir():
        return
    with _refused(out, option):
        foreign = _foreign(out, listing)
    if foreign is not None:
        raise Refusal(f"{out} holds {foreign}, which is not part of {what}. Name another folder with {option}")
    _check_nobody_is_in(out, what, option)


def _check_nobody_is_in(out: Path, what: str, option: str) -> None:
    """Raise Refusal for the working folder: another folder takes its place, and whoever is in it would see nothing."""
    try:
        here = Path.cwd().resolve()
    except OSError:
        return
    there = out.resolve()
    if there == here or there in here.parents:
        raise Refusal(f"{out} is the folder you are in, and {what} needs one of its own. Name one with {option}")


def _foreign(out: Path, listing: str) -> str | None:
    """The first thing in a folder that its list does not have; what is in the folder of a stranger is not looked at."""
    ours = _files_of(out, listing)
    days = {file.rpartition("/")[0] for file in ours}
    for path in sorted(out.iterdir()):
        if path.name in days and path.is_dir() and not path.is_symlink():
            held = sorted(f"{path.name}/{inner.name}" for inner in path.iterdir())
            strange = [name for name in held if name not in ours or (out / name).is_dir()]
            if strange:
                return strange[0]
        elif path.name not in ours or (path.is_dir() and not path.is_symlink()):
            return path.name
    return None


def _files_of(out: Path, listing: str) -> set[str]:
    """The files that the list there names and that can be in such a folder, and the list itself."""
    found = read_list(out / listing, Listing)
    if found is None or found.files is None:
        return set()
    return {listing, *(name for name in found.files if NAMES[listing].fullmatch(name))}


def check_truth_place(truth: Path, out: Path, option: str = "--truth") -> None:
    """Raise Refusal for a truth folder inside the log's folder, or around it."""
    inner, outer = truth.resolve(), out.resolve()
    if inner == outer or outer in inner.parents:
        raise Refusal(f"the truth would lie inside the log's folder {out}. Name a folder elsewhere with {option}")
    if inner in outer.parents:
        raise Refusal(f"the log would lie inside the truth's folder {truth}. Name a folder elsewhere with {option}")
    check_place(truth, TRUTH, option)


@contextlib.contextmanager
def unfinished(
    out: Path,
    listing: str = MANIFEST,
    *,
    tag: str = "",
    resume: bool = False,
    differs: Differs | None = None,
    keep_stopped: bool = False,
    option: str = "",
) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well; what was there stays whole until then.

    What a killed run left there is removed first, unless it is resumed: then it must have the same `tag`, a finished
    folder must not be one that `differs`, and what is made stays where it is if the block fails once more.  With
    `keep_stopped` it also stays when the block is interrupted, or is cut short after it has made something, as by a
    full disk: what is half written goes then.  One process at a time does this.  `option` names the folder, if not the
    usual one.
    """
    out = Path(os.path.abspath(out))
    option = option or OPTIONS[listing][1]
    if not out.name:
        raise Refusal(f"{out} is no folder that can be replaced. Name another one with {option}")
    place, former = out.with_name(f".{out.name}.unfinished"), out.with_name(f".{out.name}.former")
    with _refused(out, option, of_all=listing == MANIFEST), alone(out, f"another folder with {option}"):
        _check_strangers(former, listing, option)
        _recover(out, former)
        check_place(out, listing, option)
        _check_strangers(place, listing, option)
        anew = not resume or not _goes_on(place, out, listing, tag, differs, option)
        stays = resume
        try:
            if anew:
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir(parents=True)
            _mark(place, tag)
            yield place
            (place / MARK).unlink()
            if out.exists():
                out.rename(former)
            place.rename(out)
            stays = False
        except KeyboardInterrupt:
            stays = resume or (keep_stopped and (place / MARK).is_file())
            raise
        except (OSError, CutShort) as error:
            short = isinstance(error, CutShort) or error.errno in FULL
            stays = resume or (keep_stopped and short and _has_made(place))
            if stays:
                _remove_half_written(place)
            raise
        finally:
            if not stays:
                shutil.rmtree(place, ignore_errors=True)
            _recover(out, former)


def kept_of(out: Path) -> Path | None:
    """The folder in which a run that was interrupted, or cut short, left what it had done, if there is one."""
    place = Path(os.path.abspath(out))
    place = place.with_name(f".{place.name}.unfinished") if place.name else place
    return place if (place / MARK).is_file() else None


def _mark(place: Path, tag: str) -> None:
    """Say whose the folder is and what is made in it."""
    write_whole(place / MARK, (json.dumps({"made_by": "teledesign", "tag": tag}) + "\n").encode())


def _has_made(place: Path) -> bool:
    """Whether there is anything to go on from: entries of what is done of a log, or a part of its truth."""
    return (place / MARK).is_file() and (any((place / RUNS).glob("*.done.npz")) or any(place.glob("truth*.parquet")))


def _remove_half_written(place: Path) -> None:
    for path in place.rglob(".*.tmp"):
        if HALF_WRITTEN.fullmatch(path.name):
            with contextlib.suppress(OSError):
                path.unlink()


def _goes_on(place: Path, out: Path, listing: str, tag: str, differs: Differs | None, option: str) -> bool:
    """Whether what lies there was begun with the same arguments; half-written files go.

    Nothing is believed of a folder whose mark is damaged.  Raises Refusal for the work of other arguments, finished
    or not.
    """
    mark = read_list(place / MARK, Listing)
    finished = mark is None and read_list(place / listing, Listing) is not None
    if (mark is not None and mark.tag != tag) or (finished and differs is not None and differs(place)):
        raise Refusal(
            f"{place} was begun with other arguments or another version. Repeat those of the run that was cut, "
            f"leave out --resume to begin anew, or name another folder with {option}"
        )
    if mark is None and not finished:
        other = differs(out) if differs is not None else ""
        if other:
            raise Refusal(
                f"{out} is finished and was made with {other}. Repeat its own arguments, leave out --resume to "
                f"replace it, or name another folder with {option}"
            )
        return False
    _remove_half_written(place)
    return True


def _recover(out: Path, former: Path) -> None:
    """Put the former log back if a run was cut between the two renames, and remove it if it was cut after both."""
    if former.is_dir() and not out.exists():
        former.rename(out)
    else:
        shutil.rmtree(former, ignore_errors=True)


def _check_strangers(place: Path, listing: str, option: str) -> None:
    """Raise Refusal if a folder that is to go holds anything that teledesign never puts there."""
    if not os.path.lexists(place):
        return
    found = [place.name] if place.is_symlink() or not place.is_dir() else list(_strangers(place, listing))
    if found and any((place / name).is_file() for name in (*MARKED, listing)):
        raise Refusal(f"{place} holds {found[0]}, which teledesign did not make. Move it elsewhere first")
    if found:
        raise Refusal(f"{place} is in the way and was not made by teledesign. Move it, or name another with {option}")


def _strangers(place: Path, listing: str) -> Iterator[str]:
    """What teledesign never puts into an unfinished folder."""
    for path in sorted(place.iterdir()):
        inner = sorted(path.iterdir()) if path.is_dir() and not path.is_symlink() else None
        names = [path.name] if inner is None else [f"{path.name}/{one.name}" for one in inner]
        odd = any(one.is_dir() for one in inner or ()) or not all(_is_known(name, listing) for name in names)
        if odd or (not names and path.name != RUNS):
            yield path.name


def _is_known(file: str, listing: str) -> bool:
    """Whether a file of an unfinished folder has a name that teledesign gives."""
    folder, _, name = file.rpartition("/")
    if HALF_WRITTEN.fullmatch(name) or (folder == RUNS and RUN.fullmatch(name)):
        return True
    return file in {*MARKED, listing} or bool(NAMES[listing].fullmatch(file))


@contextlib.contextmanager
def _refused(out: Path, option: str, *, of_all: bool = True) -> Iterator[None]:
    """Say in one sentence why something could not be written; `of_all`, also of files elsewhere and without a name."""
    try:
        yield
    except OSError as error:
        why = why_not_written(error, f" with {option}")
        if why is None or not (of_all or _is_of(error, out)):
            raise
        kind = CutShort if error.errno in FULL else Refusal
        raise kind(f"{out} cannot be written: {why}") from error


def _is_of(error: OSError, out: Path) -> bool:
    """Whether an error is about a folder, what is made beside it, or a folder that it lies in."""
    named = Path(os.path.abspath(os.fsdecode(error.filename))) if isinstance(error.filename, str | bytes) else None
    if named is None or named in (out, *out.parents):
        return named is not None
    ours = {out, *(out.with_name(f".{out.name}.{kind}") for kind in ("unfinished", "former", "lock"))}
    return bool(ours.intersection((named, *named.parents)))

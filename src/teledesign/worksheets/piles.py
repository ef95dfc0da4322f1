"""For the printer and the shelf: one PDF a topic with the sheets of all groups, and one archive for the instructor."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from teledesign.course_file import CourseFile
from teledesign.findings import MissingExtra
from teledesign.worksheets.documents import TopicSource
from teledesign.worksheets.handouts import Order, Plan, Task
from teledesign.worksheets.press import Press, pages_of, plain

__all__ = ["archive", "piles"]

GROUPS_AT_ONCE = 10
"""Groups set in one piece: more take much memory.  Pieces are joined page by page, and then lose their tags."""


def piles(course: CourseFile, topics: Sequence[TopicSource], order: Order, press: Press) -> Iterator[tuple[str, bytes]]:
    """A file name and a PDF for each topic: the sheets of its groups in order, each on a sheet of paper of its own.

    A sheet with an odd number of pages is followed by an empty page, so that the pile can be printed on both sides.
    Up to ten groups the PDF is tagged (PDF/UA) like the sheets themselves.
    """
    plan = Plan(course, replace(order, formats=("pdf",)), press)
    for topic in topics:
        tasks = (task for task in plan.tasks([topic]) if task.handout.for_students and task.material.of_group)
        pieces = [_piece(held, press) for held in _by_groups(tasks)]
        if pieces:
            yield (
                f"print/{topic.scenario.scenario}.pdf",
                pieces[0] if len(pieces) == 1 else _joined(pieces),
            )


def _by_groups(tasks: Iterator[Task]) -> Iterator[list[Task]]:
    """The tasks of some groups at a time."""
    held: list[Task] = []
    for count, (_, of_group) in enumerate(groupby(tasks, key=lambda task: task.handout.form), 1):
        held += of_group
        if count % GROUPS_AT_ONCE == 0:
            yield held
            held = []
    if held:
        yield held


def _piece(tasks: Sequence[Task], press: Press) -> bytes:
    """The sheets of some groups; without names where one of them leaves too little room."""
    printed = press.pile([(task.document.name, plain(task.document.view(task.material))) for task in tasks])
    pages = [task.document.pages or 0 for task in tasks]
    expected = sum(count + count % 2 for count in pages) - pages[-1] % 2
    if pages_of(printed) == expected or not any(task.material.names for task in tasks):
        return printed
    return _piece([replace(task, material=replace(task.material, names=None)) for task in tasks], press)


def _joined(pieces: Sequence[bytes]) -> bytes:
    """The pages of several PDFs in one; every piece ends on the back of a sheet."""
    try:
        import pypdfium2
    except ModuleNotFoundError as error:
        raise MissingExtra("pypdfium2", "course") from error
    whole = pypdfium2.PdfDocument.new()
    try:
        for piece in pieces:
            part = pypdfium2.PdfDocument(piece)
            whole.import_pages(part)
            if len(part) % 2:
                whole.new_page(*part[len(part) - 1].get_size())
            part.close()
        joined = io.BytesIO()
        whole.save(joined)
    finally:
        whole.close()
    return _same_each_time(joined.getvalue())


_IDENTITY = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\]")
_DATE = re.compile(rb"/(Creation|Mod)Date\s*\([^)]*\)")


def _same_each_time(pdf: bytes) -> bytes:
    """The PDF with an identity that follows from its pages; PDFium draws one, and dates by the clock where it dates."""
    plain = _DATE.sub(lambda found: b" " * len(found[0]), pdf)
    digest = hashlib.sha256(_IDENTITY.sub(b"", plain)).hexdigest()[:32].upper().encode()
    return _IDENTITY.sub(b"/ID[<" + digest + b"><" + digest + b">]", plain)


def archive(folder: Path, target: Path, date: dt.date) -> None:
    """Write every file below a folder into one ZIP, in the order of their names, dated like the rest of the course."""
    stamp = (date.year, date.month, date.day, 12, 0, 0)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), stamp)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                zipped.writestr(entry, path.read_bytes())

"""For the printer and the shelf: one PDF a topic with the sheets of all groups, and one archive for the instructor."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from teledesign.findings import MissingExtra

if TYPE_CHECKING:
    from pikepdf import Dictionary, Object, Pdf

__all__ = ["Sheet", "archive", "pile"]


@dataclass(frozen=True)
class Sheet:
    """A printed sheet: what its bookmark says, and its PDF."""

    bookmark: str
    pdf: bytes


def pile(sheets: Iterable[Sheet]) -> bytes:
    """The sheets in one PDF, in order, each beginning on the front of a sheet of paper.

    A sheet with an odd number of pages is followed by an empty one, so that the pile can be printed on both sides.
    The pile is tagged (PDF/UA) as its sheets are: their structure trees become one, after ISO 32000-1, 14.7.4.
    """
    try:
        import pikepdf
    except ModuleNotFoundError as error:
        raise MissingExtra("pikepdf", "course") from error
    with pikepdf.new() as whole:
        tree = _Tree(whole)
        bookmarks: list[tuple[str, int]] = []
        sources = []  # open until the pile is saved: pages are read from them only then
        for sheet in sheets:
            source = pikepdf.open(io.BytesIO(sheet.pdf))
            sources.append(source)
            bookmarks.append((sheet.bookmark, len(whole.pages)))
            tree.add(source)
            if len(whole.pages) % 2:
                left, bottom, right, top = (float(side) for side in source.pages[-1].mediabox)
                whole.add_blank_page(page_size=(right - left, top - bottom))
        if sources:
            _say_what_it_is(whole, sources[0])
        tree.close()
        with whole.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(says, page) for says, page in bookmarks)
        made = io.BytesIO()
        whole.save(made, deterministic_id=True, min_version="1.7")
    return made.getvalue()


def _say_what_it_is(whole: Pdf, first: Pdf) -> None:
    """Title, language and the claim of PDF/UA are the sheets' own, which all say the same."""
    from pikepdf import Dictionary

    whole.Root.Lang = str(first.Root.Lang)
    whole.Root.MarkInfo = Dictionary(Marked=True, Suspects=False)
    whole.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    whole.Root.Metadata = whole.copy_foreign(first.Root.Metadata)
    whole.docinfo.update({name: str(value) for name, value in first.docinfo.items()})


class _Tree:
    """The structure tree of a pile: what pages and links point into is numbered anew for each sheet that is added."""

    def __init__(self, whole: Pdf) -> None:
        from pikepdf import Array, Dictionary, Name

        self._whole = whole
        self._kids, self._parents = Array(), Array()
        self._ids: list[tuple[str, Object]] = []
        self._root = whole.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self._next = 0
        self._count = 0

    def add(self, source: Pdf) -> None:
        """Add the pages of a sheet and its tags."""
        self._count += 1
        first = len(self._whole.pages)
        self._whole.pages.extend(source.pages)
        for page in list(self._whole.pages)[first:]:
            _renumber(page.obj, self._next)
        root = self._whole.copy_foreign(source.Root.StructTreeRoot)
        for kid in root.K:
            kid.P = self._root
            self._kids.append(kid)
        numbers = root.ParentTree.Nums
        for at in range(0, len(numbers), 2):
            self._parents.append(int(numbers[at]) + self._next)
            self._parents.append(numbers[at + 1])
        self._next += int(root.ParentTreeNextKey)
        if "/IDTree" in root:
            self._name_anew(list(root.K), f"{self._count}-")
        self._root.RoleMap = root.RoleMap

    def _name_anew(self, elements: Sequence[Object], before: str) -> None:
        """Ids of table heads are told apart by the sheet's number, and so are the cells that name them."""
        from pikepdf import Array, Dictionary, String

        waiting = list(elements)
        while waiting:
            element = waiting.pop()
            if not isinstance(element, Dictionary) or "/S" not in element:
                continue
            if "/ID" in element:
                name = before + str(element.ID)
                element.ID = String(name)
                self._ids.append((name, element))
            for owner in _each(element.get("/A")):
                if isinstance(owner, Dictionary) and "/Headers" in owner:
                    owner.Headers = Array([String(before + str(head)) for head in owner.Headers])
            waiting += _each(element.get("/K"))

    def close(self) -> None:
        """Hang the tree into the pile."""
        from pikepdf import Array, Dictionary, String

        self._root.K = self._kids
        self._root.ParentTree = Dictionary(Nums=self._parents)
        self._root.ParentTreeNextKey = self._next
        if self._ids:
            pairs = [part for name, element in sorted(self._ids, key=lambda one: one[0]) for part in (name, element)]
            names = Array([String(part) if isinstance(part, str) else part for part in pairs])
            limits = Array([names[0], names[-2]])
            self._root.IDTree = Dictionary(
                Kids=Array([self._whole.make_indirect(Dictionary(Limits=limits, Names=names))])
            )
        self._whole.Root.StructTreeRoot = self._root


def _each(value: object) -> list[Object]:
    """What stands for one or many, as a list."""
    from pikepdf import Array

    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]  # type: ignore[list-item]


def _renumber(page: Dictionary, by: int) -> None:
    """Let a page, its drawings and its links point at their new places in the tree."""
    resources = page.get("/Resources")
    drawings = resources.get("/XObject") if resources is not None else None
    holders = [page, *_each(page.get("/Annots")), *(drawings.values() if drawings is not None else ())]
    for holder in holders:
        for name in ("/StructParents", "/StructParent"):
            if name in holder:
                holder[name] = int(holder[name]) + by


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

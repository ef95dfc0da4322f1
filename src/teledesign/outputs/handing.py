"""Pages handed on as a folder: to MkDocs in a process of its own, or to the next build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from teledesign.findings import Refusal
from teledesign.writing import inside

__all__ = ["Pages", "SiteSource", "read_pages", "read_source", "write_pages", "write_source"]

Pages = Mapping[str, str | bytes | Path]
"""Content by path below the site's root: the text of a page, bytes, or a file to copy."""

INDEX = "index.json"
SOURCE = "site.json"


class SiteSource:
    """A site before MkDocs has seen it: title and last line (HTML), navigation, pages and assets."""

    def __init__(self, title: str, navigation: list[Any], pages: Pages, foot: str = "") -> None:
        self.title = title
        self.navigation = navigation
        self.pages = pages
        self.foot = foot


def write_pages(pages: Pages, folder: Path, base: Path | None = None) -> Path:
    """Write pages below a new folder, beside an index of them; the index's path.

    A file to copy is not copied: the index names it, from `base` on where it lies below that.
    """
    index: dict[str, str] = {}
    for name, content in pages.items():
        if isinstance(content, Path):
            path = content.resolve()
            if base is None:
                index[name] = str(path)
                continue
            if path.is_relative_to(base.resolve()):
                index[name] = path.relative_to(base.resolve()).as_posix()
                continue
            content = path.read_bytes()
        written = inside(folder / "files", name)
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_bytes(content.encode() if isinstance(content, str) else content)
        index[name] = written.relative_to(base).as_posix() if base else str(written.resolve())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_text(json.dumps(index, indent=1), "utf-8")
    return folder / INDEX


def read_pages(folder: Path, base: Path | None = None) -> dict[str, str | bytes | Path]:
    """The pages that `write_pages` wrote, each as a file.  Raises Refusal where the folder is something else."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
        return {str(name): inside(base, path) if base else Path(path) for name, path in index.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise Refusal(f"{folder} holds no pages ({error}). Build again with --again") from None


def write_source(source: SiteSource, folder: Path) -> Path:
    """Write a site down for another process; the folder to give to `read_source`."""
    write_pages(source.pages, folder)
    told = {"title": source.title, "navigation": source.navigation, "foot": source.foot}
    (folder / SOURCE).write_text(json.dumps(told), "utf-8")
    return folder


def read_source(folder: Path) -> SiteSource:
    """The site that `write_source` wrote down."""
    told = json.loads((folder / SOURCE).read_text("utf-8"))
    return SiteSource(told["title"], told["navigation"], read_pages(folder), told["foot"])

"""A document as Markdown that learning platforms and editors read."""

from __future__ import annotations

import re

from teledesign.rendering import markdown_code, markdown_text
from teledesign.worksheets.flow import Block, Flow, Heading, Items, Lines, Paragraph, Row, Run, Runs, Table
from teledesign.worksheets.views import Heading as PageHeading

__all__ = ["markdown"]

LINE = "…" * 40


def markdown(flow: Flow, heading: PageHeading) -> bytes:
    """The document as Markdown with pipe tables."""
    blocks = [f"# {markdown_text(heading.title)}", *(_block(block) for block in flow.blocks)]
    return ("\n\n".join(blocks) + "\n").encode()


def _block(block: Block) -> str:
    match block:
        case Heading(level, runs):
            return f"{'#' * (level + 1)} {_runs(runs)}"
        case Paragraph(runs, _):
            return _runs(runs)
        case Items(items):
            return "\n".join(f"- {_runs(runs)}" for runs in items)
        case Lines(count):
            return "\\\n".join([LINE] * count)
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    columns = table.columns
    head = _cells(table.head[0], columns) if table.head else [""] * columns
    rows = [head, ["---"] * columns, *(_cells(row, columns) for row in (*table.head[1:], *table.body))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(row: Row, columns: int) -> list[str]:
    cells: list[str] = []
    for cell in row.cells:
        cells += [_runs(cell.runs, first=False), *[""] * (cell.span - 1)]
    return cells + [""] * (columns - len(cells))


def _runs(runs: Runs, *, first: bool = True) -> str:
    """The runs; the first of a block is kept from beginning a list or heading."""
    return "".join(_run(run, first=first and place == 0) for place, run in enumerate(runs))


_PLAIN_TEX = re.compile(r"[\w\s\\{}^&+\-=.,()·]+")
"""TeX that holds nothing which Markdown could take for its own."""


def _run(run: Run, *, first: bool) -> str:
    if run.blank:
        return "…" * (run.blank // 2)
    tex = "" if run.formula is None else run.formula.findtext("semantics/annotation", "")
    if _PLAIN_TEX.fullmatch(tex):
        return f"${tex}$"
    if run.text == "\n":
        return "<br>"
    if run.code:
        return markdown_code(run.text)
    plain = first and not (run.bold or run.italic)
    text = str(markdown_text(run.text if plain else "x" + run.text))
    text = text if plain else text[1:]
    inner = text.strip()
    if not inner:
        return " "
    before = " " if run.text[:1] == " " and not first else ""
    after = " " if run.text[-1:] == " " else ""
    if run.href:
        inner = f"[{inner}]({run.href.replace('_', '%5F').replace('~', '%7E').replace(')', '%29')})"
    manner = "**" if run.bold else "*" if run.italic else ""
    return f"{before}{manner}{inner}{manner}{after}"

"""An estimate written as a spreadsheet, with the settings that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from teledesign.findings import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from teledesign.design import Design
    from teledesign.prices import PriceSheet
    from teledesign.scenario import Scenario

__all__ = ["write_spreadsheet"]

ENDING = ".xlsx"


def write_spreadsheet(
    path: Path, opened: Sequence[tuple[Scenario, Design]], sheet: PriceSheet, settings: Mapping[str, float]
) -> Path:
    """Write one design's estimate with live formulas, whole or not at all.  Raises Refusal."""
    from teledesign.costs.cells import cost_cells
    from teledesign.outputs.spreadsheet import spreadsheet
    from teledesign.writing import write_whole

    if path.suffix.lower() != ENDING:
        raise Refusal(f"{path} would be a spreadsheet. Give it a name that ends in {ENDING}")
    if len(opened) > 1:
        raise Refusal("a spreadsheet holds one design. Name one, and write the others to files of their own")
    ((scenario, design),) = opened
    data = spreadsheet(cost_cells(scenario, design, sheet, settings=settings), sheet.as_of)
    return write_whole(path, data, " with --spreadsheet")

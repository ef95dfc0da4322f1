"""What codecs leave of a product's rows: how far its JSON packs on the wire and in files."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from teledesign.scenario.base import Frozen, Number, told
from teledesign.scenario.quantities import Fraction

__all__ = ["Packing"]


class Packing(Frozen):
    """Shares of the bytes of rows as JSON.

    Of B rows sent in one request gzip leaves `together + start / B + (alone - together - start) / B²`.  The defaults
    are about what the logs of the four topics that ship with the package measure; `benchmarks/weights.py` measures any.
    """

    alone: Fraction = told("Share of a row's bytes that gzip leaves when it is sent by itself.", 0.66)
    together: Fraction = told("Share that gzip leaves of rows in a long batch.", 0.1)
    start: Number = told("What every request costs besides, in rows.", 0.83, ge=0, le=10)
    columns: Fraction = told("Share that is left in Parquet files.", 0.056)

    @model_validator(mode="after")
    def _smaller_together(self) -> Self:
        if self.together > self.alone:
            raise ValueError("rows pack worse together than alone. Exchange the two numbers")
        return self

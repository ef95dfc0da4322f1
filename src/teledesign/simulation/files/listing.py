"""What the list in a folder says of it: read as what anybody may have written."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from teledesign.results.log import Part
from teledesign.scenario.scenario import ScenarioId
from teledesign.simulation.files.beside import DICTIONARY, README
from teledesign.simulation.files.writers import FORMATS
from teledesign.simulation.sizes import EARLIEST, LATEST, MOST_DAYS, MOST_USERS

__all__ = ["LOG_FORMAT", "MANIFEST", "METRICS", "NAMES", "SCHEMA", "TRUTH", "Listing", "LogListing", "read_list"]

LOG_FORMAT = 1
MANIFEST = "manifest.json"
SCHEMA = "schema.json"
TRUTH = "truth.json"
METRICS = "metrics.csv"
"""The table of true metrics, in the folder of a truth."""
MOST_BYTES = 256 << 20
"""No list is longer: a million parts take as much."""

_PARTS = "|".join(map(re.escape, FORMATS))
_BESIDE = "|".join(map(re.escape, (DICTIONARY, README, SCHEMA)))
NAMES = {
    MANIFEST: re.compile(rf"(day=\d{{4}}-\d\d-\d\d/)?events(-\d{{5,9}})?\.({_PARTS})|{_BESIDE}"),
    TRUTH: re.compile(rf"truth(-\d{{5,9}})?\.parquet|{re.escape(METRICS)}"),
}
"""The file that lists a folder's files -> the names that those can have."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
Listed = TypeVar("Listed", bound="Listing")


class Listing(BaseModel):
    """What every list says: that teledesign made it, of which arguments, and which files."""

    model_config = ConfigDict(strict=True, frozen=True)

    made_by: Literal["teledesign"]
    log_format: int | None = None
    tag: str = ""
    files: tuple[str, ...] | None = None


class Sent(BaseModel):
    """How the rows of a log came to it."""

    model_config = ConfigDict(strict=True, frozen=True)

    weather: Literal["ordinary", "perfect", "own"]


class LogListing(Listing):
    """The manifest of a log."""

    log_format: Literal[1]
    scenario: ScenarioId
    start: Annotated[dt.date, Field(ge=EARLIEST, le=LATEST)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    panel_users: Annotated[int, Field(ge=1, le=MOST_USERS)]
    rows: Annotated[int, Field(ge=0)]
    row_digest: Digest
    design: ScenarioId
    delivery: Sent
    parts: tuple[Part, ...]
    packages: dict[str, str]
    tag: Digest

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of its parts, each once."""
        return tuple(dict.fromkeys(part.format for part in self.parts))

    @property
    def is_sound(self) -> bool:
        """Whether its parts have names that parts can have."""
        return all(NAMES[MANIFEST].fullmatch(part.file) and part.format in FORMATS for part in self.parts)


def read_list(path: Path, kind: type[Listed]) -> Listed | None:
    """The list in that file; None where there is none, or anything else.  Raises OSError for one that is kept shut."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError:
        return None

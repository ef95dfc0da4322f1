"""Whether a text fits its sheet: measured by setting the page, said in lines and characters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.findings import Finding, Place
from teledesign.scenario import Scenario

__all__ = ["ALLOWANCES", "Fit", "fit_findings", "fits"]

ALLOWANCES: Mapping[str, int] = {
    "product.brief": 9,
    "product.intelligence": 3,
    "product.users_see": 3,
    "product.goal": 3,
    "questions.*.prompt": 3,
    "questions.*.hints": 2,
}
"""Lines that each text of the class worksheet may take before it is the one to be shortened."""


@dataclass(frozen=True)
class Fit:
    """One page: the room for answers and what they need at least, in millimetres, and the texts on it."""

    page: int
    room: float
    needed: float
    line: float
    texts: tuple[tuple[str, float], ...]

    @property
    def excess(self) -> int:
        """Lines of text that are too many for the page."""
        return max(0, math.ceil((self.needed - self.room) / self.line - 1e-6))


def fits(told: Sequence[Mapping[str, Any]]) -> list[Fit]:
    """The pages as a handout's template tells of them."""
    return [
        Fit(
            int(page["page"]),
            float(page["room"]),
            float(page["needed"]),
            float(page["line"]),
            tuple((str(text["path"]), float(text["height"])) for text in page["texts"]),
        )
        for page in told
    ]


def fit_findings(scenario: Scenario, pages: Sequence[Fit], places: Mapping[str, Place] | None = None) -> list[Finding]:
    """What must be shortened, and by how much, so that a handout stays on its two pages."""
    findings = []
    for page in pages:
        if not page.excess:
            continue
        if not page.texts:
            message = (
                f"page {page.page} of the cost sheet is {_lines(page.excess)} too full. Shorten titles of forms, of "
                "events and payloads, or of the price sheet"
            )
            findings.append(Finding("worksheet-too-long", message, "forms", _place("forms", places or {})))
            continue
        path, height = max(page.texts, key=lambda text: _over(page, text))
        lines = max(1, round(height / page.line))
        shorter = min(page.excess, lines)
        characters = math.ceil(len(_text_at(scenario, path)) * shorter / lines)
        message = (
            f"page {page.page} of the class worksheet is {_lines(page.excess)} too full; this text takes "
            f"{_lines(lines)} of it. Shorten it by {_lines(shorter)}, about {characters} characters"
        )
        findings.append(Finding("worksheet-too-long", message, path, _place(path, places or {})))
    return findings


def _over(page: Fit, text: tuple[str, float]) -> float:
    """Lines of a text beyond its allowance."""
    path, height = text
    pattern = f"questions.*.{path.rpartition('.')[2]}" if path.startswith("questions.") else path
    return height / page.line - ALLOWANCES[pattern]


def _text_at(scenario: Scenario, path: str) -> str:
    first, *rest = path.split(".")
    if first == "product":
        return str(getattr(scenario.product, rest[0]) or scenario.product.summary)
    question = scenario.questions[rest[0]]  # type: ignore[index]
    found = question.prompt if rest[1] == "prompt" else " · ".join(str(hint) for hint in question.hints)
    return str(found)


def _place(path: str, places: Mapping[str, Place]) -> Place:
    """The place of a path, or of the nearest part above it that has one."""
    while path:
        if path in places:
            return places[path]
        path = path.rpartition(".")[0]
    return places.get("", Place())


def _lines(count: int) -> str:
    return f"{count} line" if count == 1 else f"{count} lines"

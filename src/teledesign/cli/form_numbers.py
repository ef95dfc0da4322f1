"""The numbers of a group's form, by the form id or the settings code that stand at the foot of its sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from teledesign.findings import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from teledesign.course import CourseLocation
    from teledesign.form import Form
    from teledesign.scenario import Scenario

__all__ = ["settings_of_form"]

GROUPS = 60
"""Practice forms of so many numbered groups are known again without being kept."""


def settings_of_form(code: str, scenario: Scenario, location: CourseLocation) -> dict[str, float]:
    """The settings of an estimate at a form's numbers.  Raises Refusal where neither reading of the code fits."""
    from teledesign.form import PUBLIC_SECRET, read_settings_code
    from teledesign.levers import form_settings
    from teledesign.worksheets import draw_form, find_form

    if not scenario.forms:
        raise Refusal(f"{scenario.scenario} has no forms: its groups all have the same numbers. Take --form out")
    wanted = code.strip().upper()
    form = next((one for one in _kept(scenario, location.root) if one.form == wanted), None)
    if form is None:
        try:
            return form_settings(scenario, read_settings_code(scenario, code.strip()))
        except ValueError:
            found = find_form(code, [scenario], [str(group) for group in range(1, GROUPS + 1)], PUBLIC_SECRET)
        if found is None:
            raise Refusal(
                f"{code!r} is no form and no settings code of {scenario.scenario}. Copy one from the foot of a sheet"
            )
        form = draw_form(scenario, found[1], PUBLIC_SECRET)
    return form_settings(scenario, {number.name: number.value for number in form.numbers})


def _kept(scenario: Scenario, course: Path) -> Iterator[Form]:
    """The forms of a topic that its course keeps, practice and graded."""
    from teledesign.worksheets import FORMS, read_form

    for path in sorted((course / FORMS).glob(f"*/{scenario.scenario}/*.json")):
        form = read_form(path)
        if form is not None:
            yield form

"""Forms and anchors: numbers that may differ from group to group, and margins that must hold."""

from __future__ import annotations

from collections.abc import Iterator

from teledesign.reading.rules.facts import Facts, Said
from teledesign.scenario.setting import SettingError, with_number

COST = "cost."
"""Paths that begin so name a lever or an input of the estimate, not a number of the scenario."""


def settable(facts: Facts) -> Iterator[Said]:
    """A form's number can be set, at both ends of its range."""
    for name, parameter in facts.scenario.forms.items():
        if parameter.sets.startswith(COST):
            continue
        for key, value in (("from", parameter.low), ("to", parameter.high)):
            try:
                with_number(facts.scenario, parameter.sets, value, parameter.takes_from)
            except SettingError as error:
                path = ("forms", name, "sets") if key == "from" else ("forms", name, key)
                yield path, str(error).removeprefix(f"{parameter.sets}: ")
                break


def whole_steps(facts: Facts) -> Iterator[Said]:
    """A form's range is a whole number of steps."""
    for name, parameter in facts.scenario.forms.items():
        steps = (parameter.high - parameter.low) / parameter.step
        if abs(steps - round(steps)) > 1e-6:
            what = f"from {parameter.low:g} to {parameter.high:g} are {steps:.4g} steps of {parameter.step:g}"
            yield ("forms", name, "step"), f"{what}. Let the step divide the range"

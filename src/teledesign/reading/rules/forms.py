"""Forms and anchors: numbers that may differ from group to group, and margins that must hold."""

from __future__ import annotations

from collections.abc import Iterator

from teledesign.findings import nearest
from teledesign.levers import PREFIX, levers_of
from teledesign.reading.rules.facts import Facts, Said
from teledesign.scenario.setting import SettingError, with_number


def settable(facts: Facts) -> Iterator[Said]:
    """A form's number can be set, at both ends of its range."""
    for name, parameter in facts.scenario.forms.items():
        if parameter.sets.startswith(PREFIX):
            continue
        for key, value in (("from", parameter.low), ("to", parameter.high)):
            try:
                with_number(facts.scenario, parameter.sets, value, parameter.takes_from)
            except SettingError as error:
                path = ("forms", name, "sets") if key == "from" else ("forms", name, key)
                yield path, str(error).removeprefix(f"{parameter.sets}: ")
                break


def levers_known(facts: Facts) -> Iterator[Said]:
    """What a form sets of an estimate is a lever, and its range lies within the lever's."""
    levers = levers_of(facts.scenario)
    for name, parameter in facts.scenario.forms.items():
        if not parameter.sets.startswith(PREFIX):
            continue
        lever = levers.get(wanted := parameter.sets.removeprefix(PREFIX))
        if lever is None:
            close = nearest(wanted, levers)
            remedy = f"Did you mean {PREFIX}{close}?" if close else f"The levers are {', '.join(levers)}"
            yield ("forms", name, "sets"), f"there is no lever {wanted!r:.80}. {remedy}"
            continue
        for key, value in (("from", parameter.low), ("to", parameter.high)):
            if not lever.low <= value <= lever.high:
                message = f"{value:g} is outside what {lever.name} can be. Write a number from"
                yield ("forms", name, key), f"{message} {lever.low:g} to {lever.high:g}"


def whole_steps(facts: Facts) -> Iterator[Said]:
    """A form's range is a whole number of steps."""
    for name, parameter in facts.scenario.forms.items():
        steps = (parameter.high - parameter.low) / parameter.step
        if abs(steps - round(steps)) > 1e-6:
            what = f"from {parameter.low:g} to {parameter.high:g} are {steps:.4g} steps of {parameter.step:g}"
            yield ("forms", name, "step"), f"{what}. Let the step divide the range"

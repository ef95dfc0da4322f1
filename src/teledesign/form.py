"""Forms: one frozen draw of a worksheet's numbers for one group, and the codes printed on its pages.

A form holds what is printed and the answers worked out from what is printed.  It is drawn once and
rendered many times; the student side is rendered from `Form.without_answers()`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Strict, StringConstraints

from teledesign.scenario import Scenario
from teledesign.scenario.base import Frozen, Number, Text, told
from teledesign.scenario.questions import FormParameter
from teledesign.scenario.scenario import ScenarioId

__all__ = [
    "ALPHABET",
    "LOOK_ALIKES",
    "PRACTICE",
    "PUBLIC_SECRET",
    "CostSheet",
    "CourseSecret",
    "DrawnNumber",
    "Exercise",
    "Form",
    "FormId",
    "Given",
    "PrintedPrice",
    "Slip",
    "drawn_value",
    "read_settings_code",
    "settings_code",
    "settings_salt",
    "steps_of",
]

ALPHABET = "2346789ACDEFHJKMNPRTWXY"
"""Characters that are not mistaken for one another: of 0 O Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V at most one is here.

There are 23, a prime, so that the check character of a settings code tells every single mistake.
"""

LOOK_ALIKES = str.maketrans("ZGB", "268")
"""What somebody may have read for a character of `ALPHABET`."""

PRACTICE = "practice"
"""What a form carries in place of a fingerprint when its numbers are drawn from the public seed."""


@dataclass(frozen=True)
class CourseSecret:
    """What graded numbers are drawn from; the public one stands in for practice."""

    key: bytes

    @property
    def public(self) -> bool:
        """Whether everybody can draw the same numbers."""
        return self.key == PUBLIC_SECRET.key

    @property
    def fingerprint(self) -> str:
        """Eight characters that tell secrets apart and say nothing about them; `practice` for the public one."""
        return PRACTICE if self.public else self.digest("fingerprint").hex()[:8]

    def digest(self, *words: str) -> bytes:
        """32 bytes that depend on the secret and all the words, in order."""
        return hmac.new(self.key, " | ".join(words).encode(), hashlib.sha256).digest()

    def code(self, length: int, *words: str) -> str:
        """A word of `ALPHABET` that depends on the secret and all the words."""
        number = int.from_bytes(self.digest(*words), "big")
        return _digits(number % len(ALPHABET) ** length, length)

    def __repr__(self) -> str:
        return f"CourseSecret({self.fingerprint})"


PUBLIC_SECRET = CourseSecret(b"teledesign practice")

FormId = Annotated[str, Strict(), StringConstraints(pattern=rf"^[{ALPHABET}]{{3}}-[{ALPHABET}]{{3}}$")]


class DrawnNumber(Frozen):
    """A number of the group's own, as drawn and as printed."""

    name: Text = told("The parameter's name in the scenario's forms.")
    title: Text = told("What it is called on paper.")
    sets: Text = told("The dotted path or cost.NAME it sets.")
    takes_from: str | None = told("The neighbour in the row that gives way.", None)
    step: Annotated[int, Strict()] = told("Whole steps above the lowest value.", ge=0)
    value: Number = told("The number.")
    shown: Text = told("The number as printed.")
    unit: str | None = told("The unit printed after it.", None)


class Given(Frozen):
    """A number an exercise gives: the printed one is the one answers are worked out from."""

    name: Text = told("What formulas call it.")
    title: Text = told("What it is called on paper.")
    value: Number = told("The printed number.")
    shown: Text = told("The number as printed.")
    unit: str | None = told("The unit printed after it.", None)


class Slip(Frozen):
    """A wrong answer that students arrive at, with how they did."""

    says: Text = told("What went wrong.")
    shown: Text = told("The wrong answer as printed in the key.")


class Exercise(Frozen):
    """One numeric question; `answer`, `shown`, `worked`, `tolerance` and `slips` are the key's alone."""

    name: Text = told("The exercise's name.")
    asks: Text = told("What is asked for, a few words.")
    how: str = told("The way to the answer, in words; empty where the sheet leaves it to the reader.", "")
    formula: Text = told("The formula's text over the names of the numbers given.")
    price: str | None = told("The price row that bills what the formula gives.", None)
    unit: Text = told("The unit the answer is in.")
    answer: Number | None = told("The answer.", None)
    shown: str | None = told("The answer as printed in the key.", None)
    worked: str | None = told("The formula with the printed numbers put in.", None)
    tolerance: Number | None = told("How far off an answer may be, as a share of it.", None)
    slips: tuple[Slip, ...] = told("Wrong answers to know again.", ())

    def without_answer(self) -> Self:
        """The exercise as a student gets it."""
        return self.model_copy(update={"answer": None, "shown": None, "worked": None, "tolerance": None, "slips": ()})


class PrintedPrice(Frozen):
    """A row of the price sheet as the handout prints it."""

    name: Text = told("The row's name.")
    title: Text = told("What is paid for.")
    says: Text = told("The price in words.")
    unit: Text = told("What one price buys.")


class CostSheet(Frozen):
    """The numeric part of a form: what is given, what is asked, and at which settings the estimate agrees."""

    given: tuple[Given, ...] = told("The numbers printed, those of the group among them.")
    prices: tuple[PrintedPrice, ...] = told("The prices printed.")
    sheet: Text = told("The price sheet's title.")
    as_of: Text = told("The date the prices stand for.")
    currency: Text = told("The currency of amounts.")
    rates: tuple[Number, ...] = told("The sampling rates compared.")
    rare: Text = told("The rarest signal, of which it is asked how much is left.")
    enough: Annotated[int, Strict()] = told("Rows a day of it that would be enough.", ge=1)
    steps: tuple[Exercise, ...] = told("Guided steps, in order.")
    table: tuple[tuple[Exercise, ...], ...] = told("One row for each sampling rate.")
    content: tuple[Exercise, ...] = told("What content beside the rows would weigh; none where there is none.", ())
    settings: dict[str, Number] = told("Settings with which `teledesign cost` gives the same amounts.")

    def without_answers(self) -> Self:
        """The cost sheet as a student gets it."""
        return self.model_copy(
            update={
                "steps": tuple(step.without_answer() for step in self.steps),
                "table": tuple(tuple(cell.without_answer() for cell in row) for row in self.table),
                "content": tuple(step.without_answer() for step in self.content),
            }
        )


class Form(Frozen):
    """One group's numbers, whole, as `form.json` holds them."""

    format: Literal[1] = told("The version of this file's language.", 1)
    form: FormId = told("The form id printed on every page.")
    scenario: ScenarioId = told("The topic.")
    group: Annotated[str, Strict(), StringConstraints(min_length=1, max_length=60)] = told("The group.")
    course: Annotated[str, Strict(), StringConstraints(pattern=rf"^({PRACTICE}|[0-9a-f]{{8}})$")] = told(
        "The fingerprint of the course secret, or practice."
    )
    draw: Annotated[int, Strict()] = told("How often this group's numbers were drawn anew.", 0, ge=0)
    settings: Text = told("The settings code: the estimator page opens at these numbers.")
    numbers: tuple[DrawnNumber, ...] = told("The group's numbers.", ())
    cost: CostSheet | None = told("The numeric questions; none where the scenario or the sheet gives no numbers.", None)
    tool: Text = told("The version of teledesign that drew it.")
    scenario_hash: Text = told("The hash of the scenario it was drawn from.")

    @property
    def graded(self) -> bool:
        """Whether the numbers come from a course secret."""
        return self.course != PRACTICE

    def without_answers(self) -> Form:
        """The form as a student may see it."""
        return self.model_copy(update={"cost": self.cost.without_answers() if self.cost else None})


def steps_of(parameter: FormParameter) -> int:
    """How many values a parameter can take."""
    span = Decimal(str(parameter.high)) - Decimal(str(parameter.low))
    return int(span / Decimal(str(parameter.step))) + 1


def drawn_value(parameter: FormParameter, step: int) -> float:
    """The value some whole steps above the lowest, exact in decimals."""
    return float(Decimal(str(parameter.low)) + step * Decimal(str(parameter.step)))


def settings_code(scenario: Scenario, steps: Mapping[str, int]) -> str:
    """The steps of a group's numbers as a short code of `ALPHABET`, with a check character.

    A mixed-radix number: the first parameter varies slowest.  The check also holds the scenario's id
    and ranges, so that the code of another topic, or of an older range, is refused.
    """
    number = 0
    for name, parameter in scenario.forms.items():
        number = number * steps_of(parameter) + steps[name]
    digits = _digits(number, _code_length(scenario))
    return _grouped(digits + _check_character(scenario, digits))


def read_settings_code(scenario: Scenario, code: str) -> dict[str, float]:
    """The numbers a settings code stands for.  Raises ValueError with a sentence for the person who typed it."""
    text = code.upper().translate(LOOK_ALIKES).replace("-", "").replace(" ", "")
    length = _code_length(scenario)
    if len(text) != length + 1 or not set(text) <= set(ALPHABET):
        raise ValueError(f"{code!r} is no settings code of {scenario.scenario}. Copy it from the foot of the handout")
    digits, check = text[:-1], text[-1]
    number = 0
    for character in digits:
        number = number * len(ALPHABET) + ALPHABET.index(character)
    steps: dict[str, int] = {}
    for name, parameter in reversed(scenario.forms.items()):
        number, steps[name] = divmod(number, steps_of(parameter))
    if check != _check_character(scenario, digits) or number:
        raise ValueError(
            f"{code!r} is no settings code of {scenario.scenario}. Check the letters, and that the topic is the same"
        )
    return {name: drawn_value(parameter, steps[name]) for name, parameter in scenario.forms.items()}


def _code_length(scenario: Scenario) -> int:
    largest = 1
    for parameter in scenario.forms.values():
        largest *= steps_of(parameter)
    length = 1
    while len(ALPHABET) ** length < largest:
        length += 1
    return length


def _check_character(scenario: Scenario, digits: str) -> str:
    """A weighted sum, so that a wrong character or two swapped ones show; the salt is the topic and its ranges."""
    weighted = sum((place + 2) * ALPHABET.index(character) for place, character in enumerate(digits))
    return ALPHABET[(settings_salt(scenario) + weighted) % len(ALPHABET)]


def settings_salt(scenario: Scenario) -> int:
    """What the check character holds of the topic and its ranges, from 0 to 22."""
    ranges = [f"{name} {p.sets} {p.low} {p.high} {p.step}" for name, p in scenario.forms.items()]
    digest = hashlib.sha256("\n".join([scenario.scenario, *ranges]).encode()).digest()
    return int.from_bytes(digest, "big") % len(ALPHABET)


def _digits(number: int, length: int) -> str:
    characters = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        characters = ALPHABET[digit] + characters
    return characters


def _grouped(characters: str) -> str:
    """Groups of three or four, whichever leaves no short tail."""
    size = 4 if len(characters) % 4 == 0 else 3
    parts = [characters[at : at + size] for at in range(0, len(characters), size)]
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [parts[-2] + parts[-1]]
    return "-".join(parts)

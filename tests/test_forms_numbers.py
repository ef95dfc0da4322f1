"""Numbers set in a scenario by path, and codes that carry them."""

import pytest

from teledesign.form import (
    ALPHABET,
    PRACTICE,
    PUBLIC_SECRET,
    CourseSecret,
    drawn_value,
    read_settings_code,
    settings_code,
    steps_of,
)
from teledesign.scenario import Scenario
from teledesign.scenario.questions import FormParameter
from teledesign.scenario.setting import SettingError, is_chance, with_number
from teledesign.scenario.tables import ChanceRow
from worksheet_examples import small_scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return small_scenario()


def row(scenario: Scenario) -> dict[str, float]:
    table = scenario.journey["ask"].steps["shown"].next.rows["right"].row
    assert table is not None
    return table.chances


def test_a_number_is_set_and_nothing_else_changes(scenario: Scenario) -> None:
    changed = with_number(scenario, "people.production.mode", 70_000)
    assert changed.people.production.mode == 70_000
    assert scenario.people.production.mode == 50_000
    assert changed.journey == scenario.journey


def test_the_rest_of_a_row_gives_way(scenario: Scenario) -> None:
    changed = with_number(scenario, "ask.shown.next.right.taken", 0.6)
    assert row(changed) == pytest.approx({"taken": 0.6, "left": 0.4})


def test_a_named_neighbour_gives_way(scenario: Scenario) -> None:
    changed = with_number(scenario, "model.outcome.right", 0.9, takes_from="wrong")
    assert changed.model.outcome.row is not None
    assert changed.model.outcome.row.chances == pytest.approx({"right": 0.9, "wrong": 0.1})


def test_a_row_knows_which_choice_was_the_rest() -> None:
    assert ChanceRow.model_validate({"a": 0.3, "b": "rest"}).rest == "b"
    assert ChanceRow.model_validate({"a": 0.3, "b": 0.7}).rest is None


@pytest.mark.parametrize(
    ("path", "value", "takes_from", "message"),
    [
        ("people.production.mod", 1, None, "there is no mod here. There is low, mode, high"),
        ("people.production.mode", 1, None, "1 is outside low to high. Narrow the range, or widen low and high"),
        ("people", 1, None, "this is no number. Name a number of the scenario"),
        ("people.simulate", 1.5, None, "this is a whole number, not 1.5. Let from and step be whole"),
        ("ask.shown.next.right.x", 1, None, "there is no choice x in this row. It has taken, left"),
        ("model.outcome.right", 0.9, None, "no neighbour gives way. Name one of the row with takes_from"),
        ("model.outcome.right", 0.9, "x", "takes_from names x, which is not in this row. It has right, wrong"),
        ("ask.shown.next.right.taken", 1.2, None, "1.2 leaves left less than nothing. Narrow the range"),
    ],
)
def test_what_cannot_be_set_is_said(
    scenario: Scenario, path: str, value: float, takes_from: str | None, message: str
) -> None:
    with pytest.raises(SettingError) as caught:
        with_number(scenario, path, value, takes_from)
    assert str(caught.value) == f"{path}: {message}"


def test_values_are_exact_in_decimals() -> None:
    parameter = FormParameter.model_validate({"title": "t", "sets": "x", "from": 0.55, "to": 0.7, "step": 0.01})
    assert [drawn_value(parameter, step) for step in range(steps_of(parameter))] == [n / 100 for n in range(55, 71)]


def test_every_settings_code_reads_back_and_no_slip_is_taken(scenario: Scenario) -> None:
    counts = {name: steps_of(parameter) for name, parameter in scenario.forms.items()}
    every = [{"askers": a, "taken": b} for a in range(counts["askers"]) for b in range(counts["taken"])]
    codes = {settings_code(scenario, steps): steps for steps in every}
    assert len(codes) == len(every)
    for code, steps in codes.items():
        wanted = {name: drawn_value(scenario.forms[name], step) for name, step in steps.items()}
        assert read_settings_code(scenario, code.lower().replace("-", " ")) == wanted
        plain = code.replace("-", "")
        for place, right in enumerate(plain):
            for wrong in ALPHABET:
                if wrong != right:
                    with pytest.raises(ValueError, match="settings code"):
                        read_settings_code(scenario, plain[:place] + wrong + plain[place + 1 :])


def test_a_settings_code_belongs_to_its_ranges(scenario: Scenario) -> None:
    code = settings_code(scenario, {"askers": 1, "taken": 2})
    for text in ("", "A", code + "A", "=cmd()"):
        with pytest.raises(ValueError, match="Copy it from the foot of the handout"):
            read_settings_code(scenario, text)
    longer = scenario.forms["taken"].model_copy(update={"high": 0.7})
    other = scenario.model_copy(update={"forms": {**scenario.forms, "taken": longer}})
    with pytest.raises(ValueError, match="that the topic is the same"):
        read_settings_code(other, code)


def test_a_secret_shows_its_fingerprint_only() -> None:
    secret = CourseSecret(b"0123456789abcdef")
    assert len(secret.fingerprint) == 8
    assert repr(secret) == f"CourseSecret({secret.fingerprint})"
    assert secret.fingerprint != CourseSecret(b"0123456789abcdeg").fingerprint
    assert PUBLIC_SECRET.public
    assert PUBLIC_SECRET.fingerprint == PRACTICE


@pytest.mark.parametrize(
    ("path", "chance"),
    [
        ("ask.shown.next.right.taken", True),
        ("model.outcome.right", True),
        ("people.activity.sessions_per_user_day.mean", False),
        ("people.production.mode", False),
        ("ask.shown.next.right.nothing", False),
        ("nothing", False),
    ],
)
def test_chances_are_told_from_other_numbers(scenario: Scenario, path: str, chance: bool) -> None:
    assert is_chance(scenario, path) is chance

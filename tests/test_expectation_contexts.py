"""Many contexts worked out together: told apart, drawn on, summed out; the same in however many pieces."""

import numpy as np
import pytest

from teledesign.expectation import Expectation, contexts, integral, tree
from teledesign.expectation.contexts import Cases, Contexts, added
from teledesign.reading import read_scenario
from teledesign.resources import packaged_course


def columns(**codes: list[int]) -> Contexts:
    return Contexts(len(next(iter(codes.values()))), {name: np.array(column) for name, column in codes.items()})


@pytest.mark.parametrize("most", [1 << 16, 0], ids=["counted", "sorted"])
def test_contexts_that_differ_in_what_matters_are_told_apart(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(contexts, "MOST_COUNTED", most)
    big = 7 if most else 2**40
    held = columns(a=[1, 0, 1, 1, 0], b=[2, big, 2, 9, big], c=[0, 1, 2, 3, 4])
    few, which = held.distinct(("a", "b"))
    assert sorted((context["a"], context["b"]) for context in few) == [(0, big), (1, 2), (1, 9)]
    for name in ("a", "b"):
        assert few[name][which].tolist() == held[name].tolist()
    asked = []
    numbers = held.each(["a"], lambda context: asked.append(context) or 10.0 * context["a"])
    assert numbers.tolist() == [10.0, 0.0, 10.0, 10.0, 0.0]
    assert len(asked) == 2


def test_codes_too_many_for_one_number_are_told_apart_too() -> None:
    wide = {f"x{place}": np.array([2**40, place, 2**40]) for place in range(4)}
    few, which = Contexts(3, wide).distinct(tuple(wide))
    assert few.rows == 2
    assert which[0] == which[2] != which[1]


def test_choices_without_a_chance_are_no_cases_and_others_are_summed_out() -> None:
    cases = Cases.begun(2).drawing("x", np.array([[0.25, 0.75], [0.0, 1.0]]))
    assert cases.of.tolist() == [0, 0, 1]
    cases = cases.drawing("y", np.array([[0.5, 0.5], [1.0, 0.0], [0.5, 0.5]]), experience=(4, 4))
    kept = cases.keeping(frozenset(["y"]))
    assert kept.drawn.keys() == {"y"}
    assert list(zip(kept.of, kept.drawn["y"], kept.chance, strict=True)) == [
        (0, 0, 0.25 * 0.5 + 0.75),
        (0, 1, 0.25 * 0.5),
        (1, 0, 0.5),
        (1, 1, 0.5),
    ]
    assert cases.most == 3
    assert cases.known(columns(x=[9, 9], z=[5, 6]))["z"].tolist() == [5, 5, 5, 6, 6]
    assert cases.drawn["experience"].tolist() == [4] * 5
    assert added(cases.chance, cases.of, 2).tolist() == [1.0, 1.0]


def test_cases_are_joined_with_those_of_their_day() -> None:
    friends = Cases(np.array([0, 0, 2]), np.array([0.5, 0.5, 1.0]), {"friend.kind": np.array([0, 1, 1])})
    found = Cases.begun(3).joined(np.array([2, 1, 0]), friends)
    assert found.of.tolist() == [0, 2, 2]
    assert found.drawn["friend.kind"].tolist() == [1, 0, 1]


def test_in_however_many_pieces_the_numbers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = read_scenario(packaged_course() / "scenarios" / "playlists" / "scenario.yaml").value
    assert scenario is not None
    incidents = list(scenario.incidents)[:2]
    whole = Expectation(scenario, incidents).log_rows(1, 4, delivered=True)
    monkeypatch.setattr(integral, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(tree, "MOST_AT_ONCE", 64)
    assert Expectation(scenario, incidents).log_rows(1, 4, delivered=True) == whole

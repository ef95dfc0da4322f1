"""The ML Test Score: 28 tests, the rule and the bands of 2017, at their bounds."""

import random
from itertools import pairwise

import pytest

from teledesign.ml_test_score import (
    ANSWERS,
    BANDS,
    COLUMNS,
    SECTIONS,
    AnswerName,
    band_of,
    filled_table,
    read_answers,
    score,
    written_answers,
)

TESTS = tuple(test.name for section in SECTIONS for test in section.tests)


def filling(*points: float) -> dict[str, AnswerName]:
    """Answers whose sections add up to these points."""
    digits = []
    for wanted in points:
        halves = round(2 * wanted)
        digits.append("".join(str(min(2, max(0, halves - 2 * place))) for place in range(7)))
    return read_answers("-".join(digits))


def test_four_sections_of_seven_tests_each_said_once() -> None:
    assert [section.name for section in SECTIONS] == ["data", "model", "infrastructure", "monitoring"]
    for section in SECTIONS:
        assert [test.name for test in section.tests] == [f"{section.name}-{number}" for number in range(1, 8)]
        assert section.most == 7
    assert len({test.title for section in SECTIONS for test in section.tests}) == 28


def test_telemetry_has_a_part_in_these() -> None:
    touched = [test.name for section in SECTIONS for test in section.tests if test.telemetry]
    assert touched == [
        *("data-5", "model-2", "model-4", "model-6", "model-7"),
        *("infrastructure-5", "infrastructure-6", "infrastructure-7"),
        *(f"monitoring-{number}" for number in range(1, 8)),
    ]


def test_done_by_hand_counts_half_and_only_when_others_have_seen_the_results() -> None:
    assert {answer.name: answer.points for answer in ANSWERS} == {"none": 0, "manual": 0.5, "automated": 1}
    assert "without results that others have seen" in ANSWERS[0].says


def test_nothing_done_and_everything_done() -> None:
    assert (score({}).final, score({}).band.title) == (0, "A research project")
    everything = score(dict.fromkeys(TESTS, "automated"))
    assert (everything.final, everything.band.title) == (7, "Exceptional")
    assert score(dict.fromkeys(TESTS, "manual")).final == 3.5


def test_the_score_is_the_smallest_sum() -> None:
    found = score(filling(7, 6.5, 1, 4))
    assert dict(found.sums) == {"data": 7, "model": 6.5, "infrastructure": 1, "monitoring": 4}
    assert (found.final, found.band.title) == (1, "Serious holes are likely")
    assert score(filling(7, 7, 7, 0)).final == 0


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (0, "A research project"),
        (0.5, "Serious holes are likely"),
        (1, "Serious holes are likely"),
        (1.5, "A first pass"),
        (2, "A first pass"),
        (2.5, "Reasonably tested"),
        (3, "Reasonably tested"),
        (3.5, "Strong"),
        (5, "Strong"),
        (5.5, "Exceptional"),
        (7, "Exceptional"),
    ],
)
def test_bands_are_open_on_the_left(points: float, band: str) -> None:
    assert band_of(points).title == band
    assert score(filling(points, 7, 7, 7)).band.title == band


def test_bands_leave_no_gap() -> None:
    assert all(lower.up_to == upper.above for lower, upper in pairwise(BANDS))
    assert [band.range for band in BANDS] == ["0", "(0, 1]", "(1, 2]", "(2, 3]", "(3, 5]", "over 5"]
    for points in (-0.5, float("nan")):
        with pytest.raises(ValueError, match="a score is 0 or more"):
            band_of(points)


def test_an_unknown_test_is_an_error() -> None:
    with pytest.raises(KeyError, match="there is no test 'data-8'"):
        score({"data-8": "manual"})


def test_answers_survive_being_written_down() -> None:
    chance = random.Random(28)
    for _ in range(200):
        answers = {name: ANSWERS[chance.randrange(3)].name for name in TESTS}
        assert read_answers(written_answers(answers)) == answers
    assert written_answers({"data-1": "automated", "monitoring-7": "manual"}) == "2000000-0000000-0000000-0000001"


@pytest.mark.parametrize(
    "text",
    ["", "0" * 28, "0000000-0000000-0000000", "0000000-0000000-0000000-0000003", "0000000-0000000-0000000-٠000000"],
)
def test_other_texts_hold_no_answers(text: str) -> None:
    with pytest.raises(ValueError, match="holds no answers"):
        read_answers(text)


def test_the_filled_table_has_every_test_every_sum_and_the_score() -> None:
    rows = filled_table({"data-1": "automated", "model-2": "manual"}, {"data-1": "=cmd()"})
    assert len(rows) == 28 + 4 + 1
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert rows[0] == ("Data", "1", SECTIONS[0].tests[0].title, "Automated", "1", "=cmd()")
    assert rows[8][3:] == ("By hand", "0.5", "")
    assert rows[28] == ("Data", "", "Sum of the section", "", "1", "")
    assert rows[-1] == ("All", "", "Score: the smallest sum", "A research project", "0", "")

"""Who leaves with and without the model's answer: what the algebra says, what simulated people do, what a page says."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, power_proportions_2indep

from scenarios_for_tests import made, people
from teledesign.course import CourseLocation, open_scenario
from teledesign.outputs.held_back import difference, held_back, people_needed
from teledesign.outputs.log_comparison import comparison
from teledesign.outputs.log_explore import explore
from teledesign.outputs.log_reading import LogRows
from teledesign.outputs.user_impact import impact_parts
from teledesign.reading import read_teaching
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.simulation import simulate

pytest.importorskip("duckdb")

TOPICS = ("shoe-brand", "photo-tagging", "playlists", "code-completion")
KEPT_BY_THE_FEATURE = TOPICS[:3]


@cache
def scenario(name: str) -> Scenario:
    return open_scenario(name, CourseLocation(packaged_course(), "package"))


@pytest.mark.parametrize("name", TOPICS)
def test_what_a_topic_s_feature_does_to_leaving_is_there_to_be_seen(name: str) -> None:
    """The groups differ by several points in four weeks, and the panel that shows it can be made."""
    found = held_back(scenario(name), 28)
    assert found is not None
    on, held = found.arms["on"], found.arms["holdback"]
    assert held.share == scenario(name).people.holdback
    assert 0.05 <= held.share <= 0.10
    assert (held.left - on.left > 0.06) == (name in KEPT_BY_THE_FEATURE)
    assert (on.left - held.left > 0.06) == (name not in KEPT_BY_THE_FEATURE)
    needed = [held_back(scenario(name), days) for days in (28, 42, 84)]
    assert all(one.people > two.people for one, two in pairwise(needed))  # type: ignore[union-attr, operator]
    assert 1000 < (needed[0].people or 0) < 10_000  # type: ignore[union-attr]


def test_harm_to_others_is_in_no_comparison_of_those_who_ask() -> None:
    """Friends are named by people of both groups."""
    photos, shoes = (held_back(scenario(name), 42) for name in ("photo-tagging", "shoe-brand"))
    assert photos is not None
    assert shoes is not None
    assert photos.shared_steps == ("tag.reported", "tag.switched_off")
    assert 0.03 < photos.shared < 0.06
    assert (shoes.shared_steps, shoes.shared) == ((), 0.0)


def test_simulated_people_leave_as_often_as_the_algebra_says(tmp_path: Path) -> None:
    """Those who seem to be gone from a log of Sole Finder, by group, within four standard errors."""
    shoes = scenario("shoe-brand")
    expected = held_back(shoes, 35)
    parts = impact_parts(shoes)
    assert expected is not None
    assert parts is not None
    simulate(shoes, seed=5, users=6000, days=35, out=tmp_path / "log")
    desk, _ = explore(shoes, LogRows(tmp_path / "log", shoes), "log")
    assert desk.compared is not None
    rows = {row[0]: (row[1], row[2], row[3]) for row in desk.compared.found}
    assert list(rows) == ["on, took back less", "on, took back more", "on", "holdback"]
    for name in ("on", "holdback"):
        of, gone, _ = rows[name]
        arm = expected.arms[name]
        assert of == pytest.approx(6000 * arm.share * expected.followed, rel=0.12)
        error = (arm.gone * (1 - arm.gone) / of) ** 0.5
        assert abs(gone - arm.gone) < 4 * error + 0.015, name
    less, more = rows["on, took back less"], rows["on, took back more"]
    assert more[1] < less[1], "by habit, bad experiences seem to keep people"
    assert more[2] > less[2]
    assert desk.comparison is not None
    assert desk.comparison.can_be_told, "6,000 are almost twice as many as it takes"


def test_nobody_held_back_or_no_difference_is_said() -> None:
    nobody = made(people=people(simulate=40))
    assert held_back(nobody, 28) is None
    parts = impact_parts(nobody)
    assert parts is not None
    assert comparison(nobody, parts, 28, 40, []) is None
    alike = held_back(made(people=people(simulate=40, holdback=0.1)), 28)
    assert alike is not None
    assert alike.people is None
    assert alike.arms["on"].left == alike.arms["holdback"].left


@pytest.mark.parametrize(
    ("days", "found", "told"),
    [
        (7, [["on", 27, 0.0, 0.0], ["holdback", 1, 0.0, 0.0]], (True, [], False)),
        (42, [["on", 213, 0.4554, 4.3], ["holdback", 23, 0.6522, 3.1]], (False, ["65 %", "46 %"], False)),
        (42, [["on", 1011, 0.2008, 13.8], ["holdback", 114, 0.3246, 12.4]], (False, ["32 %", "20 %"], True)),
        (42, [["on", 1011, 0.2008, 13.8]], (False, [], False)),
    ],
)
def test_what_a_page_says_of_few_and_of_many(days: int, found: list[list[Any]], told: tuple[Any, ...]) -> None:
    parts = impact_parts(scenario("shoe-brand"))
    assert parts is not None
    said = comparison(scenario("shoe-brand"), parts, days, 1647, found)
    assert said is not None
    assert (said.too_short, said.gone, said.can_be_told) == told
    assert said.days == 42


# --- The statistics, against another library ---


@pytest.mark.parametrize(
    ("on", "held"), [((0.2, 1000), (0.32, 114)), ((0.46, 213), (0.65, 23)), ((0.0, 12), (0.25, 4))]
)
def test_the_interval_is_newcombe_s(on: tuple[float, int], held: tuple[float, int]) -> None:
    counts = (round(held[0] * held[1]), held[1], round(on[0] * on[1]), on[1])
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    found = difference((counts[2] / counts[3], counts[3]), (counts[0] / counts[1], counts[1]))
    assert found == pytest.approx(expected, abs=1e-6)


def test_so_many_people_show_it_four_times_in_five() -> None:
    """By the power that another library gives those numbers."""
    for on, held, share in ((0.20, 0.30, 0.5), (0.22, 0.33, 0.1), (0.09, 0.02, 0.05)):
        found = people_needed(on, held, share)
        assert found is not None
        power = power_proportions_2indep(held - on, on, found * share, ratio=(1 - share) / share).power
        assert power == pytest.approx(0.8, abs=0.01)
    assert people_needed(0.2, 0.3, 0.1) > 2 * people_needed(0.2, 0.3, 0.5)  # type: ignore[operator]
    assert people_needed(0.2, 0.2, 0.1) is None


# --- What instructors and students read ---


def figures(name: str) -> dict[str, str]:
    """What notes and the lecture say of a topic, worked out."""
    days = 28
    found = held_back(scenario(name), days)
    assert found is not None
    said = {
        "share": f"{100 * scenario(name).people.holdback:.0f} %",
        "on": f"{100 * found.arms['on'].left:.0f} %",
        "held": f"{100 * found.arms['holdback'].left:.0f} %",
    }
    for label, length in (("needed", days), ("longer", 84)):
        panel = (held_back(scenario(name), length) or found).panel
        said[label] = f"{panel:,}"
    return said


@pytest.mark.parametrize("name", TOPICS)
def test_the_table_of_the_lecture(name: str) -> None:
    page = (packaged_course() / "site" / "lecture" / "five-questions.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {scenario(name).product.name} |"))
    said = figures(name)
    panel = f"{scenario(name).people.simulate:,}"
    expected = [said["share"], said["on"], said["held"], panel, said["needed"], said["longer"]]
    assert [cell.strip() for cell in row.strip("|").split("|")][1:] == expected


@pytest.mark.parametrize("name", TOPICS)
def test_the_notes_say_how_many_people_it_takes(name: str) -> None:
    folder = packaged_course() / "scenarios" / name
    teaching = read_teaching(folder / "teaching.yaml", scenario(name)).value
    assert teaching is not None
    note = next(note.text for note in teaching.notes if note.text.startswith("Who leaves"))
    said = figures(name)
    assert f"{said['on']} of those who get answers and {said['held']} of those held back" in note
    assert f"about {said['needed']}" in note
    assert f"{said['longer']} over twelve weeks" in note
    expected = held_back(scenario(name), 28)
    assert expected is not None
    shared = f"Of each group {100 * expected.shared:.0f} % leave because of a name under somebody else's photo"
    assert (shared in note) == bool(expected.shared_steps)

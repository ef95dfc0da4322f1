"""The lecture's pages: each has its parts, each exercise its answer, and every number comes from the scenarios."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify

from teledesign.cli import COMMANDS
from teledesign.course import Course, CourseLocation, open_course, open_prices, open_scenario
from teledesign.expectation import Expectation
from teledesign.outputs.leaks import forbidden, squash
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.pages import addresses, site_pages
from teledesign.resources import packaged_course
from teledesign.teaching import Teaching

INCLUDED = re.compile(r'{%\s*include\s+"(assets/images/[^"]+\.svg)"\s*%}')
NAMED = re.compile(r'\bto\("([^"]+)"')


@pytest.fixture(scope="module")
def course() -> Course:
    return open_course(CourseLocation(packaged_course(), "package"))


def lecture_files() -> list[str]:
    """Every page of the lecture but its overview, in the order of the navigation."""
    course = open_course(CourseLocation(packaged_course(), "package"))
    section = next(entry for entry in course.file.navigation if entry.page == "lecture/index.md")
    return [one.page for one in section.pages]


PAGES = lecture_files()


def source(page: str) -> str:
    return (packaged_course() / "site" / page).read_text("utf-8")


def part(text: str, heading: str) -> str:
    """What stands below the first heading that matches, up to the next of its level."""
    found = re.search(rf"^## {heading}.*?$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def answers(course: Course) -> Iterator[tuple[str, str, Teaching]]:
    """Exercise, topic and teaching file of every answer to the lecture."""
    for name, topic in course.topics.items():
        assert topic.teaching is not None
        for key in topic.teaching.lecture:
            yield key, name, topic.teaching


def test_every_page_of_the_folder_is_navigated_and_the_other_way_round() -> None:
    folder = packaged_course() / "site" / "lecture"
    assert {f"lecture/{path.name}" for path in folder.glob("*.md")} == {"lecture/index.md", *PAGES}
    assert all(f'to("{page.removesuffix(".md")}"' in source("lecture/index.md") for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_its_four_parts(page: str) -> None:
    text = source(page)
    pictures = [(packaged_course() / "site" / name).read_text("utf-8") for name in INCLUDED.findall(text)]
    pictures += re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert pictures, "no diagram"
    for picture in pictures:
        described = re.search(r'<svg[^>]* role="img"[^>]* aria-label="([^"]+)"', picture)
        assert described, "a diagram without a text alternative"
        assert len(described[1]) > 60
        assert not re.search(r"#[0-9a-fA-F]{3,6}\b", re.sub(r"url\(#[^)]*\)", "", picture)), "a colour of its own"
    assert len(part(text, "Worked example")) > 400
    assert len(part(text, r"Exercise \{: #exercise \}")) > 150
    assert re.search(r'to\("|`teledesign |\]\(', part(text, r"Practise"))
    assert part(text, "Sources").strip()
    assert '{% include "neighbours.html" %}' in text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_pages_that_there_are(page: str, course: Course) -> None:
    here = Path("nowhere")
    made = Made({name: MadeTopic(worksheet_html=here, log=here) for name in course.topics})
    known = addresses(course, made, "../")
    assert set(NAMED.findall(source(page))) - set(known) == set()


@pytest.mark.parametrize("page", PAGES)
def test_an_exercise_has_its_answer_in_one_teaching_file(page: str, course: Course) -> None:
    key = Path(page).stem.replace("-", "_")
    found = [name for known, name, _ in answers(course) if known == key]
    assert len(found) == 1, f"{key} is answered in {found or 'no teaching file'}"


def test_no_answer_is_left_without_its_exercise(course: Course) -> None:
    assert {key for key, _, _ in answers(course)} == {Path(page).stem.replace("-", "_") for page in PAGES}


def test_answers_do_not_stand_on_the_pages(course: Course) -> None:
    taught = [(topic.scenario, topic.teaching) for topic in course.topics.values() if topic.teaching]
    secret = forbidden(taught).sentences
    pages = site_pages(dataclasses.replace(course, prices={}), Made())
    for page in ("lecture/index.md", *PAGES):
        text = squash(str(pages[page]))
        assert [kind for sentence, kind in secret.items() if sentence in text] == [], page


# --- The map from the lecture to its pages ---

MAP = Path(__file__).resolve().parents[1] / "docs" / "lecture.md"


def mapped() -> list[tuple[str, list[str], str, str]]:
    """Rows of docs/lecture.md: point, links, exercise, command."""
    rows = []
    for line in MAP.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and "](" in cells[1]:
            rows.append((cells[0], re.findall(r"\]\(([^)]+)\)", cells[1]), cells[2], cells[3]))
    return rows


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the site gives them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        named = re.search(r"\{: #([\w-]+) \}", heading)
        found.add(named[1] if named else slugify(heading, "-"))
    return found


def test_every_target_of_the_map_exists() -> None:
    for point, links, _, _ in mapped():
        for link in links:
            path, _, anchor = link.partition("#")
            target = (MAP.parent / path).resolve()
            assert target.is_file(), (point, link)
            assert not anchor or anchor in anchors(target.read_text("utf-8")), (point, link)


def test_every_exercise_of_the_map_has_its_answer(course: Course) -> None:
    there = {f"{name} `{key}`" for key, name, _ in answers(course)}
    named = {exercise for _, _, exercise, _ in mapped()}
    assert named - there <= {"its worksheet", "the cost sheets"}
    assert there <= named


def test_every_command_of_the_map_is_one() -> None:
    named = {command.strip("`").removeprefix("teledesign ") for _, _, _, command in mapped() if command}
    assert named <= set(COMMANDS)


def test_every_page_is_on_the_map() -> None:
    linked = {link.partition("#")[0] for _, links, _, _ in mapped() for link in links}
    assert {f"../site/{page}" for page in PAGES} <= linked


# --- Numbers on the pages, against the algebra of the scenarios ---


@pytest.fixture(scope="module")
def expected() -> Callable[[str], Expectation]:
    """Scenario id -> what it leads one to expect, worked out once."""
    location = CourseLocation(packaged_course(), "package")
    return functools.cache(lambda name: Expectation(open_scenario(name, location)))


def says(page: str, *numbers: str) -> None:
    """The page holds each of these texts."""
    text = source(f"lecture/{page}.md")
    assert [number for number in numbers if number not in text] == []


def without_held(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares of outcomes among those who are not held back."""
    answered = 1.0 - shares["bestsellers"]
    return {outcome: share / answered for outcome, share in shares.items() if outcome != "bestsellers"}


def test_numbers_of_telemetry(expected: Callable[[str], Expectation]) -> None:
    shoes, music = expected("shoe-brand"), expected("playlists")
    visits = shoes.step_visits(where={"holdback": ("no",)})
    thousand = 1000 / visits["query.shown"]
    taps = round((visits["query.tapped"] + visits["query.alternative"]) * thousand)
    typed, retaken = (visits[step] * thousand for step in ("query.typed", "query.retaken"))
    answered = without_held(shoes.outcome_shares()["all"])
    empty = round(1000 * answered["none"])
    says(
        "telemetry",
        f"- {taps} lead to a tap",
        f"- {typed:.0f} to a brand typed by hand, {retaken:.0f} to",
        f"{visits['query.searched'] * thousand:.0f} to a text search",
        f"- {visits['query.left'] * thousand:.0f} to nothing at all",
        f"{empty} of the 1,000",
        f"{taps} ÷ 1,000 = {taps / 10:.1f} %",
        f"{taps} ÷ {1000 - empty} = {100 * taps / (1000 - empty):.1f} %",
        f"{250 * answered['right']:.0f} of them, two in three",
    )
    weights = music.bytes_per_user_day()
    total = sum(weight.bytes_per_user_day for weight in weights.values())
    assert weights["heartbeat"].bytes_per_user_day > total / 2


def test_numbers_of_offline_online(expected: Callable[[str], Expectation]) -> None:
    shoes, day = expected("shoe-brand"), 30
    answers = shoes.outcome_shares("model_version", day)
    right = {version: without_held(shares)["right"] for version, shares in answers.items()}
    visits = {
        version: shoes.step_visits(day, where={"model_version": (version,), "holdback": ("no",)}) for version in right
    }
    shown = {version: steps["query.shown"] for version, steps in visits.items()}
    rate = {
        version: (steps["query.tapped"] + steps["query.alternative"]) / shown[version]
        for version, steps in visits.items()
    }
    gain = rate["r15"] - rate["r14"]
    needed = 16 * rate["r14"] * (1 - rate["r14"]) / gain**2
    lists = sum(shown.values()) * shoes.scenario.people.production.mode
    says(
        "offline-online",
        f"from {100 * right['r14']:.2f} % with r14 to {100 * right['r15']:.2f} % with r15",
        f"+{100 * (right['r15'] - right['r14']):.2f} points",
        f"from {100 * rate['r14']:.2f} % to {100 * rate['r15']:.2f} %: +{100 * gain:.3f} points",
        f"{needed / 1e6:.1f} million on *each* side",
    )
    assert 0.9e6 < lists < 1.2e6
    assert 10.8 < needed / (lists / 2) < 11.3
    bought = {version: steps["order.placed"] / steps["query.asked"] for version, steps in visits.items()}
    says("offline-online", f"{100 * bought['r14']:.2f} against {100 * bought['r15']:.2f} % of photos")
    months = 16 * bought["r14"] * (1 - bought["r14"]) / (bought["r15"] - bought["r14"]) ** 2 / (lists / 2) / 30
    assert 7.6 < months < 8.4
    model = {name: expected(name).scenario.model.versions for name in ("shoe-brand", "photo-tagging", "playlists")}
    for versions in model.values():
        for old, new in zip(*(version.offline for version in versions.values()), strict=True):
            assert (old.metric, old.data_set, old.slice) == (new.metric, new.data_set, new.slice)
    code = expected("code-completion").step_visits(22, where={"model_version": ("c5",)})
    says("offline-online", f"to {100 * code['request.taken'] / code['request.shown']:.1f} % of the proposals shown")


@pytest.mark.parametrize(
    ("topic", "metric", "data_set", "told"),
    [
        ("shoe-brand", "top-1 accuracy", "catalogue", "{:.1%} → {:.1%}"),
        ("shoe-brand", "top-1 accuracy", "street", "{:.1%} → {:.1%}"),
        ("photo-tagging", "verification", "portrait pairs", "{:.1%} → {:.1%}"),
        ("photo-tagging", "open-set", "albums with strangers", "{:.1%} → {:.1%}"),
        ("playlists", "nDCG", "plays", "{:.3f} → {:.3f}"),
        ("playlists", "share of the catalogue", "lists", "from {:.0%} to {:.0%}"),
        ("code-completion", "exact match", "open repositories", "{:.1%} → {:.1%}"),
        ("code-completion", "exact match", "company", "{:.1%} → {:.1%}"),
    ],
)
def test_offline_results_on_the_page(
    topic: str, metric: str, data_set: str, told: str, expected: Callable[[str], Expectation]
) -> None:
    pair = []
    for version in expected(topic).scenario.model.versions.values():
        fitting = (one for one in version.offline if one.metric.startswith(metric) and data_set in one.data_set)
        pair.append(next(one.value for one in fitting if one.slice is None))
    old, new = pair
    said = told.format(old, new).replace("% ", " ").replace("%", " %")
    says("offline-online", said)


def interpolated(share: float, edges: list[float], below: list[float]) -> float:
    """What `histogram_quantile` gives for classic buckets: a straight line within the bucket."""
    place = next(number for number, reached in enumerate(below) if reached >= share)
    low, high = edges[place - 1], edges[place]
    return low + (high - low) * (share - below[place - 1]) / (below[place] - below[place - 1])


def test_numbers_of_monitoring(expected: Callable[[str], Expectation], tmp_path: Path) -> None:
    code = expected("code-completion").scenario
    size = code.model.latency.row if code.model.latency else None
    assert size is not None
    assert size.median is not None
    assert size.p95 is not None
    assert (size.median.value, size.p95.value) == (0.17, 0.48)
    latency = statistics.NormalDist(math.log(0.17), math.log(0.48 / 0.17) / statistics.NormalDist().inv_cdf(0.95))
    edges = [0.1, 0.25, 0.5, 1.0]
    below = [round(latency.cdf(math.log(edge)), 3) for edge in edges]
    with_edge, without = interpolated(0.95, edges, below), interpolated(0.95, [0.25, 1.0], [below[1], below[3]])
    says(
        "monitoring",
        ", ".join(f"{100 * share:.1f}" for share in below[:3]) + f" and {100 * below[3]:.1f} %",
        f"= {with_edge:.2f} s. True: 0.48",
        f"= {without:.2f} s",
        f"{100 * (round(without, 2) / 0.48 - 1):.0f} % too high",
    )
    labels = ("language", "region", "app_version", "model_version")
    plan = expected("code-completion").plan.names
    combinations = math.prod(len(plan[name].values) for name in labels)
    developers = int(code.people.production.mode)
    series = combinations * 13 * 20
    says("monitoring", f"make {combinations} combinations", f"{combinations * 13}. On 20 servers: {series:,}")
    says("monitoring", f"{developers:,} developers × 13 = {developers * 13 / 1e6:.2f} million series")
    sheet = open_prices("teaching", CourseLocation(packaged_course(), "package")).rows["series"]
    assert (sheet.included, [(float(tier.price)) for tier in sheet.tiers]) == (1, [8.0, 5.0])


def test_the_table_of_burn_rates_is_its_own_arithmetic() -> None:
    hours = {"5 min": 1 / 12, "30 min": 1 / 2, "1 h": 1, "6 h": 6, "3 d": 72}
    rows = re.findall(r"^\| (?:page|ticket) \| (.*) \|$", source("lecture/alerting.md"), re.MULTILINE)
    assert len(rows) == 3
    for row in rows:
        burn, long, short, used, *failing = row.split(" | ")
        assert math.isclose(hours[long] / hours[short], 12)
        assert math.isclose(float(burn) * hours[long] / 720, float(used.removesuffix(" %")) / 100)
        for promise, said in zip((0.999, 0.99, 0.95), failing, strict=True):
            assert math.isclose(float(burn) * (1 - promise) * 100, float(said.removesuffix(" %")))


def test_numbers_of_alerting(expected: Callable[[str], Expectation]) -> None:
    music = expected("playlists")
    each = music.step_visits()["track.started"]
    a_day, limit = each * music.scenario.people.production.mode, 14.4 * 0.001
    short, long = (minutes * limit / 0.03 for minutes in (5, 60))
    says(
        "alerting",
        f"start {each:.1f} tracks each a day, {a_day / 1e6:.1f} million together",
        f"In 30 days {a_day * 30 * 0.001 / 1e6:.2f} million may fail",
        f"{a_day / 86400 // 10 * 10:.0f} a second",
        f"after 5 × 1.44 ÷ 3 = {short:.1f} minutes, the hour window after 60 × 1.44 ÷ 3 = {long:.0f} minutes",
        f"after {60 * limit:.1f} minutes",
        f"Burn rate {0.002 / 0.001:.0f}.",
        f"on day {30 * 0.001 / 0.002:.0f}",
        f"at minute {10 + 5 * 0.02 / 0.03:.0f} or so",
    )

"""Worked examples of the lecture's pages on changing a model: each number is what the topic's scenario comes to."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from teledesign.costs import estimate
from teledesign.course import CourseLocation, open_course, open_design
from teledesign.expectation import Expectation
from teledesign.reading import read_scenario
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.scenario.metrics import Counted

LECTURE = packaged_course() / "site" / "lecture"


@cache
def scenario(name: str) -> Scenario:
    read = read_scenario(packaged_course() / "scenarios" / name / "scenario.yaml").value
    assert read is not None
    return read


@cache
def expectation(name: str) -> Expectation:
    return Expectation(scenario(name))


def ratio(topic: str, of: Any, per: Any, **more: Any) -> float:
    return expectation(topic).ratio(Counted.model_validate(of), Counted.model_validate(per), **more)


@cache
def page(name: str) -> str:
    return (LECTURE / f"{name}.md").read_text("utf-8")


def says(name: str, *texts: str) -> None:
    missing = [text for text in texts if text not in page(name)]
    assert not missing, (name, missing)


def per_arm(p: float, difference: float) -> float:
    return 16 * p * (1 - p) / difference**2


def chi_squared(a: int, b: int) -> float:
    return (a - b) ** 2 / (a + b)


def test_workflow_the_gain_offline_that_nobody_felt() -> None:
    versions = scenario("playlists").model.versions
    first, last = ([result.value for result in versions[name].offline] for name in ("k3", "k4"))
    says("workflow", f"{first[0]} to {last[0]}", f"{last[0] / first[0] - 1:.1%}".replace("%", " %"))
    says("workflow", f"{first[3]:.0%} to {last[3]:.0%}".replace("%", " %"))

    def shares(version: str) -> tuple[float, float]:
        where = {"model_version": version, "holdback": "no"}
        started = {"track.started": where}
        skipped = sum(
            ratio("playlists", {step: where}, started, day=33) for step in ("track.cut_at_once", "track.cut_early")
        )
        tail = {"track.started": {**where, "popularity": "long_tail"}}
        return skipped, ratio("playlists", tail, started, day=33)

    (old_skips, old_tail), (new_skips, new_tail) = shares("k3"), shares("k4")
    says(
        "workflow",
        f"| skipped within 30 seconds | {100 * old_skips:.1f} % | {100 * new_skips:.1f} % |",
        f"| tracks from the long tail | {100 * old_tail:.1f} % | {100 * new_tail:.1f} % |",
    )


def test_serving_who_counts_the_requests() -> None:
    topic = scenario("code-completion")
    everybody = expectation("code-completion").events_per_user_day()["request_served"]
    recorded = expectation("code-completion").events_per_user_day(recorded=True)["completion_requested"]
    arrived = expectation("code-completion").events_per_user_day(delivered=True)["completion_requested"]
    developers = topic.people.production.mode
    says(
        "serving",
        f"{everybody:.0f} requests",
        f"{developers:,.0f} developers that is {everybody * developers / 1e6:.0f} million",
        f"| the service | {everybody:.1f} | 100 % |",
        f"| clients that record | {recorded:.1f} | {100 * recorded / everybody:.1f} % |",
        f"| what arrives of it | {arrived:.1f} | {100 * arrived / everybody:.1f} % |",
        f"The gap of {100 * (1 - recorded / everybody):.1f} %",
    )
    cancelled = ratio("code-completion", "request.cancelled", {"request.asked": {"holdback": "no"}})
    says("serving", f"{100 * cancelled:.0f} % of requests")


def test_updating_labels_that_flatter() -> None:
    faces = ratio("photo-tagging", "face.looked_up", "user_days")
    rows = expectation("photo-tagging").events_per_user_day()
    users = scenario("photo-tagging").people.production.mode
    typed = ratio("photo-tagging", "face.typed", "face.looked_up")
    per_face = {
        "confirmed": rows["suggestion_confirmed"] / faces,
        "rejected": rows["suggestion_rejected"] / faces,
        "another name typed": rows["suggestion_renamed"] / faces,
        "named by hand": typed,
        "tag removed": rows["tag_removed"] / faces,
    }

    def million(share: float) -> str:
        count = share * faces * users / 1e6
        return f"{count:.0f}" if count >= 10 else f"{count:.1f}"

    says("updating", f"{users / 1e6:.0f} million users and {faces * users / 1e6:.0f} million faces")
    says("updating", *(f"| {name} | {1000 * one:.0f} | {million(one)} million |" for name, one in per_face.items()))
    silent = 1 - sum(per_face[name] for name in list(per_face)[:4])
    says("updating", f"{1000 * silent:.0f} of 1,000, leave no label")
    proposed = ratio("photo-tagging", {"face.suggested": {"outcome": "right"}}, "face.suggested")
    confirmed = ratio("photo-tagging", {"face.confirmed": {"outcome": "right"}}, "face.confirmed")
    says(
        "updating",
        f"{100 * proposed:.1f} % are right; of the names confirmed {100 * confirmed:.1f} % are",
        f"The {100 * (1 - confirmed):.1f} % of confirmations",
    )
    wrong_a_day = ratio("photo-tagging", {"face.confirmed": {"outcome": "wrong"}}, "user_days") * users
    assert 0.87e6 < wrong_a_day < 0.9e6
    assert ratio("photo-tagging", {"face.rejected": {"outcome": "right"}}, "face.rejected") == pytest.approx(
        1 / 3, abs=0.02
    )
    assert ratio("photo-tagging", {"tag.removed": {"name": "wrong"}}, "tag.removed") < 0.4
    drawing = (packaged_course() / "site/assets/images/lecture/updating.svg").read_text("utf-8")
    shown = ratio("photo-tagging", "face.suggested", "face.looked_up")
    for value in (shown, silent, *list(per_face.values())[:4]):
        assert f"{1000 * value:.0f} " in drawing


def test_deployment_what_a_canary_can_see() -> None:
    people = scenario("shoe-brand").people
    shoppers = people.production.mode
    visits = shoppers * expectation("shoe-brand").sessions_per_user_day()
    photos_per_visit = round(ratio("shoe-brand", "query.asked", "visit.opened"), 1)
    assert ratio("shoe-brand", "order.placed", "visit.opened") == pytest.approx(0.05, abs=0.006)
    needed = per_arm(0.05, 0.005)
    says("deployment", f"{shoppers / 1e6:.0f} million shoppers make {visits:,.0f} visits", f"**{needed:,.0f} visits**")
    small = 8_000

    def wait(days: float) -> str:
        if days < 1:
            return f"{24 * days:.0f} hours" if days > 0.5 else f"{24 * days:.1f} hours"
        return f"{days:.0f} days" if days > 10 else f"{days:.1f} days"

    for share, called in ((0.01, "1 % (canary)"), (0.05, "5 %"), (0.2, "20 %"), (0.5, "50 % (competing)")):
        row = (called, f"{share * visits:,.0f}", wait(needed / (share * visits)), wait(needed / (share * small)))
        says("deployment", f"| {' | '.join(row)} |")

    failing = ratio("shoe-brand", "query.failed", "query.uploading")
    photos = per_arm(failing, failing)
    says("deployment", f"from {100 * failing:.0f} to {200 * failing:.0f} %, {photos:.0f} photos", f"{photos_per_visit}")
    assert photos / (0.01 * small * photos_per_visit) == pytest.approx(7, abs=0.1)
    assert photos / (0.01 * visits * photos_per_visit) < 2 / 24

    def tapped(version: str) -> float:
        where = {"model_version": version, "holdback": "no"}
        return ratio("shoe-brand", {"query.tapped": where}, {"query.shown": where}, day=30)

    old, new = tapped("r14"), tapped("r15")
    lists = per_arm(old, new - old)
    says("deployment", f"from {100 * old:.1f} to {100 * new:.1f} %", f"{lists / 1e6:.1f} million lists in each")
    assert lists / (0.5 * visits * photos_per_visit) == pytest.approx(5, abs=0.2)


def test_deployment_groups_of_the_wrong_size() -> None:
    says("deployment", f"800 ** 2 / 30400 = {chi_squared(15_600, 14_800):.1f}")
    says("deployment", f"15,400 to 15,000 gives {chi_squared(15_400, 15_000):.1f}")
    says("deployment", f"χ² is {chi_squared(821_588, 815_482):.1f}")
    a, b = 821_588, 815_482
    says("deployment", f"{100 * a / (a + b):.1f} to {100 * b / (a + b):.1f} %")


def test_deployment_the_exercise_s_numbers() -> None:
    shown = ratio("code-completion", "request.shown", "active_user_days")
    says("deployment", f"about {shown:.0f} proposals a day")
    assert expectation("code-completion").active_share() == pytest.approx(0.75, abs=0.01)


def test_updating_the_exercise_s_numbers() -> None:
    people = scenario("shoe-brand").people
    visits = expectation("shoe-brand").sessions_per_user_day()
    photos = ratio("shoe-brand", "query.asked", "visit.opened")
    says(
        "updating",
        f"{people.production.mode / 1e6:.0f} million shoppers with {visits:.1f} visits a day and {photos:.1f}",
    )


@pytest.mark.parametrize(
    ("heartbeat", "called"),
    [
        (None, "counted up on the device, as it was"),
        ("whole", "`whole`"),
        ("{keep: 0.01, by: user}", "`{keep: 0.01, by: user}`"),
    ],
)
def test_delivery_the_bill_of_each_proposal(heartbeat: str | None, called: str, tmp_path: Path) -> None:
    text = (packaged_course() / "scenarios/playlists/designs/lean.yaml").read_text("utf-8")
    if heartbeat is not None:
        text = text.replace("collects:\n", f"collects:\n  heartbeat: {heartbeat}\n")
    (tmp_path / "lean.yaml").write_text(text, "utf-8")
    location = CourseLocation(packaged_course(), "package")
    topic, design = open_design(str(tmp_path / "lean.yaml"), location)
    bill = estimate(topic, design, open_course(location).price_sheet())
    assert bill.budget is not None
    verdict = "passes" if bill.total.amount <= bill.budget else "stops at the last command"
    if heartbeat is None:
        says("delivery", f"costs {bill.total.amount:,.2f} dollars a month")
    elif heartbeat != "whole":
        says("delivery", f"by {bill.total.amount - bill.budget:.0f} dollars")
    else:
        assert bill.total.amount / 106.68 == pytest.approx(40, abs=1)
    says("delivery", f"| {called} | {bill.total.amount:,.2f} | {bill.budget:.0f} | {verdict} |")


def test_delivery_the_pipeline_runs(tmp_path: Path) -> None:
    commands = re.search(r"```sh\n(.*?)```", page("delivery"), re.DOTALL)
    assert commands is not None
    for line in commands[1].splitlines():
        program, _, rest = line.partition(" ")
        module = f'"{sys.executable}" -m teledesign' if program == "teledesign" else f'"{sys.executable}"'
        ran = subprocess.run(f"{module} {rest}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, (line, ran.stdout, ran.stderr)
    assert (tmp_path / "log").is_dir()


def test_every_page_has_its_parts() -> None:
    for name in ("workflow", "serving", "updating", "deployment", "delivery", "test-score"):
        text = page(name)
        for part in ("## Worked example", "## Exercise {: #exercise }", "## Practise {: #practise }", "## Sources"):
            assert text.count(part) == 1, (name, part)
        assert f"assets/images/lecture/{name}.svg" in text
        drawing = (packaged_course() / f"site/assets/images/lecture/{name}.svg").read_text("utf-8")
        assert 'role="img" aria-label="' in drawing
        assert "#" not in re.sub(r"url\(#[a-z-]+\)", "", drawing)

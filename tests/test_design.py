"""Designs: what they may say, what collect-everything is, and whether they speak of their scenario."""

import pytest
from pydantic import ValidationError

from scenarios_for_tests import made, people
from teledesign.design import Collected, Design, check_design, collect_everything, combinations
from teledesign.scenario import Scenario

PLAIN = {"format": 1, "design": "lean", "scenario": "small", "title": "Lean", "collects": {"opened": "sampled"}}
PROSE = {"says": "s", "misleads": "m"}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return made(
        people=people(
            attributes={
                "platform": {"ios": 0.5, "android": 0.5},
                "region": {"north": 0.2, "south": 0.3, "lakes": 0.5},
                "telemetry": {"recorded": 0.9, "declined": 0.1},
            },
            unrecorded={"telemetry": "declined"},
        ),
        events={"opened": {"fields": {"where": {"draw": {"a": 0.5, "b": 0.5}}, "size": {"always": 3}}}},
        payloads={"photo": {"beside": "opened", "bytes": 1000, "privacy": "P2", "usual_share": 0.25, **PROSE}},
        metrics={
            "opens": {"role": "proxy", "of": "opened", "per": "user_days", "by": ["platform", "weather"]},
            "really": {"role": "outcome", "of": "visit.open", "per": "user_days"},
        },
    )


def design(**keys: object) -> Design:
    return Design.model_validate({**PLAIN, **keys})


def test_collect_everything_keeps_everything(scenario: Scenario) -> None:
    everything = collect_everything(scenario)
    assert everything.collects == "everything"
    assert everything.collected(scenario) == {"opened": Collected()}
    assert (everything.sampling.keep, everything.targeting.share, everything.transport.batch) == (1, 1, 1)
    assert everything.transport.compression == "none"
    assert everything.payloads == {"photo": 0.25}
    assert check_design(everything, scenario) == []


def test_collect_everything_has_a_series_for_all_that_is_known_of_a_user(scenario: Scenario) -> None:
    series = collect_everything(scenario).series
    assert {name: one.count for name, one in series.items()} == {"opens": 6}


def test_combinations_of_slices(scenario: Scenario) -> None:
    assert combinations(scenario, ["platform", "region"]) == 6
    assert combinations(scenario, ["platform", "weather"]) == 2
    assert combinations(scenario, ["variant"]) == 2
    assert combinations(scenario, []) == 1


def test_an_event_is_collected_in_one_word_or_with_settings() -> None:
    held = design(collects={"a": "sampled", "b": "whole", "c": {"keep": 0.1, "by": "event", "without": ["x"]}}).collects
    assert isinstance(held, dict)
    assert held["a"].keep is None
    assert held["b"].keep == 1
    assert (held["c"].keep, held["c"].by, held["c"].keeps("x"), held["c"].keeps("y")) == (0.1, "event", False, True)
    assert not Collected(fields=("x",)).keeps("y")


def test_what_is_counted_up_is_not_sent_besides_unless_named(scenario: Scenario) -> None:
    summary = {"summaries": {"a_day": {"of": "opened", "window": "day"}}}
    assert design(collects="everything", **summary).collected(scenario) == {}
    assert list(design(**summary).collected(scenario)) == ["opened"]


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        (
            {"collects": {"openned": "sampled"}},
            "collects.openned",
            "the scenario has no event openned. Did you mean opened?",
        ),
        (
            {"collects": {"opened": {"without": ["sizes"]}}},
            "collects.opened.without.0",
            "the scenario has no field of opened called sizes. Did you mean size?",
        ),
        (
            {"payloads": {"video": 0.1}},
            "payloads.video",
            "the scenario has no payload video. There are photo",
        ),
        (
            {"collects": {}, "payloads": {"photo": 0.1}},
            "payloads.photo",
            "photo travels beside opened, which is not collected. Collect it, or leave photo out",
        ),
        (
            {"summaries": {"a": {"of": "closed", "window": "day"}}},
            "summaries.a.of.0",
            "the scenario has no event closed. There are opened",
        ),
        (
            {"targeting": {"where": {"plattform": "ios"}}},
            "targeting.where.plattform",
            "the scenario has no user attribute plattform. Did you mean platform?",
        ),
        (
            {"targeting": {"where": {"platform": ["ios", "web"]}}},
            "targeting.where.platform",
            "the scenario has no value of platform called web. There are ios, android",
        ),
        (
            {"monitors": {"m": {"metric": "open", "method": "shewhart", "threshold": 3, "read_by": "on call"}}},
            "monitors.m.metric",
            "the scenario has no metric open. Did you mean opens?",
        ),
        (
            {"monitors": {"m": {"metric": "really", "method": "cusum", "threshold": 5, "read_by": "on call"}}},
            "monitors.m.metric",
            "really is truth, which no telemetry sees. Watch one of opens",
        ),
        (
            {
                "monitors": {
                    "m": {"metric": "opens", "by": ["wheather"], "method": "ewma", "threshold": 3, "read_by": "on call"}
                }
            },
            "monitors.m.by.0",
            "the scenario has no slice of opens called wheather. Did you mean weather?",
        ),
        ({"scenario": "other"}, "scenario", "this design is for other, not small. Use it with its own scenario"),
        (
            {"design": "everything"},
            "design",
            "everything is what a scenario's own design is called, which leaves nothing out. Choose another id",
        ),
    ],
)
def test_a_design_speaks_of_its_scenario(scenario: Scenario, keys: dict, path: str, message: str) -> None:
    assert [(one.path, one.message) for one in check_design(design(**keys), scenario)] == [(path, message)]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"collects": "all"}, "'all' is no list of events. Write everything, or each event's name and how"),
        (
            {"collects": {"a": "often"}},
            "'often' is no way to collect an event. Write sampled, whole or {keep: 0.1}",
        ),
        (
            {"collects": {"a": {"fields": ["x"], "without": ["y"]}}},
            "fields are listed in one way. Write fields or without",
        ),
        ({"collects": {"a": {"by": "user"}}}, "by speaks of a share of its own. Add keep, or take by out"),
        ({"sampling": {"keep": 1.5}}, "1.5 is not a share. Write a number from 0 to 1"),
    ],
)
def test_what_a_design_may_not_say(keys: dict, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        design(**keys)
    assert message in [str(error.get("ctx", {}).get("error")) for error in refused.value.errors()]

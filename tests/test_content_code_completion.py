"""Code completion: the content is whole, and its numbers are the researched ones or say why not."""

from __future__ import annotations

import pytest

from topic_content import Topic, chances

SIGNALS = {
    "completion_requested": (430, "P1", "implicit"),
    "completion_cancelled": (360, "P1", "implicit"),
    "completion_filtered": (370, "P1", "implicit"),
    "completion_shown": (470, "P1", "implicit"),
    "completion_accepted": (440, "P1", "implicit"),
    "completion_dismissed": (400, "P1", "implicit"),
    "completion_ignored": (420, "P1", "implicit"),
    "survival": (470, "P1", "implicit"),
    "completion_undone": (380, "P1", "implicit"),
    "build_result": (410, "P1", "implicit"),
    "latency_summary": (300, "P0", "implicit"),
    "suggestion_reported": (400, "P2", "explicit"),
    "code_committed": (400, "P1", "implicit"),
    "snippet_sample": (4000, "P2", "explicit"),
    "telemetry_off_ping": (150, "P0", "implicit"),
    "request_served": (370, "P1", "implicit"),
    "session_end": (300, "P1", "implicit"),
}
"""Every candidate signal: bytes of its row in the log, privacy class, feedback; the last two go beyond research."""

WITHOUT_ROWS = {"latency_summary", "suggestion_reported", "snippet_sample", "telemetry_off_ping"}

INCIDENTS = {
    "unseen_shown",
    "counted_twice",
    "python_worse",
    "leafwork_2",
    "failover",
    "shorter",
    "format_on_save",
    "enterprise_off",
    "agents",
    "own_output",
}

FAULTS_OF_THE_PIPE = {
    "flaky_retry",
    "lossy_version",
    "outage",
    "train_rides",
    "wrong_clocks",
    "null_version",
    "seconds",
    "renamed_reason",
    "sampled",
}
"""Duplicate, loss, outage, late, clock, missing field, unit, renamed value, silent sampling."""

ROWS = {
    ("request.asked", "useful"): {"cancelled": 0.55, "filtered": 0.10, "shown": 0.35},
    ("request.asked", "not_useful"): {"cancelled": 0.55, "filtered": 0.10, "shown": 0.35},
    ("request.shown", "useful"): {
        "accepted": 0.54,
        "part_taken": 0.08,
        "typed_through": 0.14,
        "ignored": 0.20,
        "dismissed": 0.04,
    },
    ("request.shown", "not_useful"): {
        "accepted": 0.06,
        "part_taken": 0.02,
        "typed_through": 0.02,
        "ignored": 0.78,
        "dismissed": 0.12,
    },
}
"""Transition rows as researched; none had to change."""

SURVIVAL = {"useful": (0.95, 0.85), "not_useful": (0.45, 0.20)}
"""Share of accepted text that is there after 30 seconds and after 10 minutes, as researched."""

LANGUAGES = {"typescript": 0.247, "javascript": 0.213, "python": 0.141}
"""Published shares of completions."""

MARGINS = {
    "acceptance": 0.269,
    "accepts_per_dev_day": 31,
    "shown_per_dev_day": 115,
    "requests_per_dev_day": 329,
    "useful": 0.35,
    "cancelled_per_request": 0.55,
    "filtered_per_request": 0.10,
    "shown_per_request": 0.35,
    "useful_are_taken": 0.62,
    "others_are_taken": 0.08,
    "survives_30s": 0.853,
    "survives_10min": 0.72,
}
BEYOND_ALGEBRA = {
    "counted_twice.signal": "distinct proposals among rows sent twice",
    "format_on_save.signal": "a field that lies",
    "format_on_save.decoy": "a field that lies",
    "agents.signal": "a quantile of a field",
    "lossy_version.signal": "gaps in sequence numbers",
    "flaky_retry.signal": "distinct event ids",
    "train_rides.signal": "rows that come late",
    "train_rides.decoy": "rows that come late",
    "null_version.signal": "a field that is blank",
    "seconds.signal": "a quantile of a field",
    "renamed_reason.signal": "a value that is renamed",
}
"""Signals whose movement the algebra does not tell."""

PUBLISHED = {"acceptance": "ZI22", "accepts_per_dev_day": "ZI22"}

HAPPENED = {"unseen_shown": ("VS3",), "counted_twice": ("CY",), "shorter": ("GB25",), "outage": ("GL",)}

TOPIC = Topic(
    "code-completion",
    signals=SIGNALS,
    without_rows=WITHOUT_ROWS,
    incidents=INCIDENTS,
    margins=MARGINS,
    published=PUBLISHED,
    rows=ROWS,
    beyond_algebra=BEYOND_ALGEBRA,
    more_incidents=FAULTS_OF_THE_PIPE,
    silent={"wrong_clocks": "no metric compares the two times of a row"},
    happened=HAPPENED,
    least_figures=12,
)


def test_code_is_a_payload_that_a_careful_design_leaves() -> None:
    assert {name: payload.usual_share for name, payload in TOPIC.scenario.payloads.items()} == {
        "snippet": 0,
        "context": 0,
    }


def test_survival_is_probed_five_times() -> None:
    steps = TOPIC.scenario.journey["kept"].steps.values()
    ages = [emission.hands["age_s"] for step in steps for emission in step.emits if emission.event == "survival"]
    assert ages == [30, 120, 300, 600, 900]


@pytest.mark.parametrize("outcome", SURVIVAL)
def test_survival_is_the_researched_one(outcome: str) -> None:
    table = TOPIC.scenario.journey["kept"].draws["gone_by"].chances
    assert table is not None
    gone = chances(table, outcome)
    after_30s = 1 - gone["s30"]
    after_10min = after_30s - gone["min2"] - gone["min5"] - gone["min10"]
    assert (after_30s, after_10min) == pytest.approx(SURVIVAL[outcome])


def test_languages_have_their_published_shares() -> None:
    table = TOPIC.scenario.journey["coding"].draws["language"].chances
    assert table is not None
    assert table.published == "ZI22"
    found = chances(table)
    assert {language: found[language] for language in LANGUAGES} == LANGUAGES


def test_rows_and_bytes_per_developer_day_are_those_of_the_teaching_notes() -> None:
    active = TOPIC.expectation.active_share()
    weights = {
        name: weight for name, weight in TOPIC.expectation.bytes_per_user_day().items() if name != "request_served"
    }
    weights.pop("snippet_sample")
    assert active == pytest.approx(0.76, abs=0.01)
    assert sum(weight.rows_per_user_day for weight in weights.values()) / active == pytest.approx(970, rel=0.03)
    assert sum(weight.bytes_per_user_day for weight in weights.values()) / active == pytest.approx(410_000, rel=0.03)


def test_acceptance_and_survival_by_hand() -> None:
    """The two headline figures follow from the researched rows."""
    useful, others = 0.35 * (0.54 + 0.08), 0.65 * (0.06 + 0.02)
    assert useful + others == pytest.approx(0.269)
    assert (useful * 0.85 + others * 0.20) / (useful + others) == pytest.approx(0.72, abs=0.005)


def test_a_model_version_is_better_offline_on_code_it_knows() -> None:
    """The gain stands on open repositories; on company code there is next to none."""
    offline = {
        version: {(result.metric, result.data_set): result.value for result in told.offline}
        for version, told in TOPIC.scenario.model.versions.items()
    }
    known = ("exact match of the next line", "held-out open repositories")
    unseen = ("exact match of the next line", "consented company code")
    assert offline["c5"][known] - offline["c4"][known] > 0.04
    assert abs(offline["c5"][unseen] - offline["c4"][unseen]) < 0.01

"""Recommended playlists: the content is whole, and its numbers are the researched ones or say why not."""

from __future__ import annotations

import pytest

from topic_content import Deviation, Topic, next_row

SIGNALS = {
    "playlist_impression": (440, "P1", "implicit"),
    "playlist_open": (390, "P1", "implicit"),
    "track_start": (540, "P1", "implicit"),
    "track_end": (540, "P1", "implicit"),
    "heartbeat": (330, "P1", "implicit"),
    "track_saved": (360, "P1", "explicit"),
    "track_hidden": (350, "P1", "explicit"),
    "seek_back": (330, "P1", "implicit"),
    "player_control": (350, "P1", "implicit"),
    "session_end": (360, "P1", "implicit"),
    "artist_followup": (370, "P1", "implicit"),
    "survey_answer": (360, "P1", "explicit"),
    "subscription_change": (340, "P1", "explicit"),
}
"""Every candidate signal: bytes of a row as the log writes it, privacy class, whether users mean to tell."""

BEYOND_ALGEBRA = {
    "crossfade.signal": "rows that lie are for the simulator",
    "crossfade.decoy": "rows that lie are for the simulator",
    "collector_down.signal": "arrival is for the simulator",
}

WITHOUT_ROWS = {"survey_answer", "subscription_change"}

INCIDENTS = {
    "same_list_again",
    "crossfade",
    "offline_restamped",
    "repeats_dropped",
    "played_twice",
    "holiday_songs",
    "stream_farm",
    "popularity_loop",
    "shared_speaker",
    "cold_start",
}

MORE_INCIDENTS = {"heartbeat_storm", "collector_down"}
"""One that shows in the bill first, and one of the pipe."""

ROWS = {("offer.shown", None): {"opened_list": 0.22, "passed": 0.78}}
"""The transition row as researched that is not one of the skips below."""

SKIPPED = {"good": 0.13 + 0.09 + 0.12, "bad": 0.435 + 0.145 + 0.17}
"""Share of tracks not heard to the end, as researched: within 5 s, to 30 s, later."""

SHIFTED = {
    "good": Deviation(
        {"skipped": 0.37, "played": 0.63},
        "habits, hours and ages change the odds of a skip and pull the mean down to the researched 0.34",
    ),
    "bad": Deviation(
        {"skipped": 0.785, "played": 0.215},
        "habits, hours and ages change the odds of a skip and pull the mean down to the researched 0.75",
    ),
}
"""Base rows of `track.started`, before its slices."""

WHEN = {
    "good": {"at_once": 0.13 / 0.34, "early": 0.09 / 0.34, "midway": 0.12 / 0.34},
    "bad": {"at_once": 0.435 / 0.75, "early": 0.145 / 0.75, "midway": 0.17 / 0.75},
}
"""When a skipped track is skipped, from the researched margins."""

ODDS = {
    ("intent", ("work", "sleep")): 0.5,
    ("intent", ("party", "exploring")): 1.6,
    ("weekend", ("yes",)): 1.12,
    ("age_band", ("teens",)): 1.25,
    ("age_band", ("thirties",)): 0.75,
    ("tier", ("free",)): 0.9,
}
"""Multipliers of the odds of a skip; the researched ones, and our own for a tier whose skips are capped."""

MARGINS = {
    "good_match": 0.64,
    "skipped_in_5_s": 0.2414,
    "skipped_5_to_30_s": 0.11,
    "skipped_later": 0.138,
    "not_completed": 0.486,
    "good_skipped": 0.34,
    "bad_skipped": 0.75,
    "lists_opened": 0.22,
    "leaves_after_track": 25,
    "tracks_per_listener_day": 38,
    "liked": 0.03,
    "added": 0.02,
    "hidden": 0.01,
    "sought_back": 0.02,
}
PUBLISHED = {"skipped_in_5_s": "SK", "not_completed": "SK"}

HAPPENED = {
    "same_list_again": ("source FS",),
    "crossfade": ("source MPD",),
    "offline_restamped": ("source NV",),
    "repeats_dropped": ("source JF",),
    "played_twice": ("source MJ",),
}

TOPIC = Topic(
    "playlists",
    signals=SIGNALS,
    without_rows=WITHOUT_ROWS,
    incidents=INCIDENTS,
    margins=MARGINS,
    published=PUBLISHED,
    rows=ROWS,
    beyond_algebra=BEYOND_ALGEBRA,
    more_incidents=MORE_INCIDENTS,
    silent={"offline_restamped": "it moves plays to another hour, and no metric counts hours"},
    happened=HAPPENED,
    moves_little={"same_list_again.decoy": 0.015},
)


def test_sound_and_profiles_are_payloads_that_a_careful_design_leaves() -> None:
    payloads = {name: (payload.bytes, payload.usual_share) for name, payload in TOPIC.scenario.payloads.items()}
    assert payloads == {"room_recording": (360_000, 0), "audio_features": (500, 0), "listener_vector": (1024, 0.01)}


def test_the_holidays_end_on_the_first_of_january() -> None:
    holidays = TOPIC.scenario.incidents["holiday_songs"]
    assert TOPIC.scenario.product.clock.start.isoformat() == "2025-12-08"
    assert holidays.begins == 24 * 86_400, "24 days after 8 December"
    assert holidays.season == (1,)


@pytest.mark.parametrize("outcome", SHIFTED)
def test_skips_have_shifted_base_rows(outcome: str) -> None:
    shifted = SHIFTED[outcome]
    assert next_row(TOPIC.scenario, "track.started", outcome) == pytest.approx(shifted.ours), shifted.reason
    assert MARGINS[f"{outcome}_skipped"] == pytest.approx(SKIPPED[outcome])


@pytest.mark.parametrize("outcome", WHEN)
def test_skips_come_when_they_were_researched_to(outcome: str) -> None:
    assert next_row(TOPIC.scenario, "track.skipped", outcome) == pytest.approx(WHEN[outcome], abs=0.001)


def test_multipliers_of_skips_are_the_researched_ones() -> None:
    slices = TOPIC.scenario.journey["track"].steps["started"].next.slices
    found = {
        (name, values): (part.odds_times or {}).get("skipped") for part in slices for name, values in part.where.items()
    }
    assert found == ODDS


def test_listeners_leave_after_four_tracks_in_a_hundred() -> None:
    """Rather after a bad one; the mean over matches is the researched 0.04."""
    ends = {outcome: next_row(TOPIC.scenario, "track.moving_on", outcome)["end"] for outcome in ("good", "bad")}
    assert ends["bad"] > ends["good"]
    assert 0.64 * ends["good"] + 0.36 * ends["bad"] == pytest.approx(0.04, abs=0.0002)


def test_researched_margins_agree_with_each_other() -> None:
    good, bad = 0.64, 0.36
    assert good * 0.13 + bad * 0.435 == pytest.approx(0.24, abs=0.001)
    assert good * 0.09 + bad * 0.145 == pytest.approx(0.11, abs=0.001)
    assert good * 0.12 + bad * 0.17 == pytest.approx(0.138, abs=0.001)
    assert good * 0.66 + bad * 0.25 == pytest.approx(0.512, abs=0.001)


def test_the_new_model_wins_with_what_is_known_anyway() -> None:
    """Next week's plays are predicted better, newcomers and the breadth of the catalogue gain nothing."""
    offline = {
        version: {(result.metric, result.slice): result.value for result in told.offline}
        for version, told in TOPIC.scenario.model.versions.items()
    }
    ranking, breadth = ("nDCG at 30", None), ("share of the catalogue ever recommended", None)
    newcomers = ("nDCG at 30", "listeners in their first two weeks")
    assert offline["k4"][ranking] > 1.1 * offline["k3"][ranking]
    assert offline["k4"][newcomers] < 1.05 * offline["k3"][newcomers]
    assert offline["k4"][breadth] < offline["k3"][breadth]


def test_numbers_in_the_notes_follow_from_the_rows() -> None:
    """Instructors read these aloud, so they must be right."""
    starts, ends, beats = 38 * 540, 38 * 540, 160 * 330
    assert (starts, ends, beats) == (20_520, 20_520, 52_800)
    assert starts + ends == pytest.approx(41_000, rel=0.01)
    for said in ("20.5 KB", "52.8 KB", "197 GB a day", "5.9 TB a month"):
        assert said in TOPIC.notes
    early = 0.64 * (0.13 + 0.09), 0.36 * (0.435 + 0.145)
    assert round(100 * early[0] / sum(early)) == 40
    assert round(16 * 0.35 * 0.65 / 0.005**2, -3) == 146_000
    assert "146,000" in TOPIC.notes


@pytest.mark.parametrize(("times", "share"), [(0.5, 23), (1.6, 48)])
def test_the_meaning_of_a_skip_in_the_notes(times: float, share: int) -> None:
    odds = 0.37 / 0.63 * times
    assert round(100 * odds / (1 + odds)) == share
    assert f"{share} %" in TOPIC.notes


def test_the_bytes_in_the_notes_are_those_of_the_journey() -> None:
    """Rows and bytes of a listener-day.

    The topic was researched with 180 heartbeats; tracks of the stated lengths leave room for 160 full half-minutes.
    """
    active = TOPIC.expectation.active_share()
    weights = TOPIC.expectation.bytes_per_user_day()
    assert weights["heartbeat"].rows_per_user_day / active == pytest.approx(160, rel=0.01)
    assert weights["track_start"].rows_per_user_day / active == pytest.approx(38, rel=0.01)
    total = sum(weight.bytes_per_user_day for weight in weights.values()) / active
    assert total == pytest.approx(100_000, rel=0.01)
    assert weights["heartbeat"].bytes_per_user_day / active / total == pytest.approx(0.53, abs=0.005)
    assert "Together 100 KB, 53 % of it heartbeats" in TOPIC.notes
    assert TOPIC.scenario.people.production.mode * active == pytest.approx(1.97e6, rel=0.01)

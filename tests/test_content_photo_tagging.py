"""Photo tagging: the content is whole, and its numbers are the researched ones or say why not."""

from __future__ import annotations

import pytest

from topic_content import Deviation, Topic, chances

SIGNALS = {
    "upload_batch": (390, "P1", "implicit"),
    "faces_detected": (440, "P1", "implicit"),
    "suggestion_shown": (440, "P3", "implicit"),
    "suggestion_confirmed": (400, "P2", "explicit"),
    "suggestion_rejected": (390, "P2", "explicit"),
    "suggestion_renamed": (390, "P2", "explicit"),
    "suggestion_ignored": (350, "P1", "implicit"),
    "manual_tag": (360, "P2", "explicit"),
    "tag_removed": (380, "P2", "explicit"),
    "tag_reported": (340, "P2", "explicit"),
    "notification_opened": (320, "P1", "implicit"),
    "profile_visited": (320, "P1", "implicit"),
    "optin_changed": (340, "P1", "explicit"),
    "feature_off": (340, "P1", "explicit"),
    "audit_sample": (2000, "P3", "explicit"),
    "embedding_histogram": (200, "P0", "implicit"),
    "tag_approved": (340, "P2", "explicit"),
    "batch_stored": (300, "P1", "implicit"),
}
"""Every candidate signal: bytes of its row in the log, privacy class, feedback; the last two go beyond research."""

WITHOUT_ROWS = {"audit_sample", "embedding_histogram"}

INCIDENTS = {
    "sideways",
    "sideways_mix",
    "threshold_group_3",
    "merged_people",
    "masks",
    "removal_unsent",
    "big_button",
    "law_prompt",
    "sibling_loop",
    "sent_twice",
}

ROWS = {
    ("face.suggested", "right"): {"confirmed": 0.62, "ignored": 0.33, "rejected": 0.03, "renamed": 0.02},
    ("face.suggested", "wrong"): {"confirmed": 0.12, "ignored": 0.43, "rejected": 0.33, "renamed": 0.12},
    ("face.unnamed", None): {"typed": 0.15, "end": 0.85},
    ("missed_face.overlooked", None): {"typed_in": 0.15, "end": 0.85},
    ("tag.waiting", "right"): {"approved": 0.03, "removed": 0.015, "reported": 0.005, "left": 0.95},
    ("tag.waiting", "wrong"): {"approved": 0.02, "removed": 0.30, "reported": 0.06, "left": 0.62},
}
"""Transition rows as researched."""

MUTED = (
    "Those who muted notifications (0.2 of users) react 0.6 times as often, so that muting moves removals; "
    "the row is raised by 1 / 0.92 and the researched chances are the means over all users (anchors below)."
)
ROW_EXCEPTIONS: dict[tuple[str, str | None], Deviation] = {
    ("tag.waiting", "right"): Deviation(
        {"approved": 0.0326, "removed": 0.0163, "reported": 0.0054, "left": 0.9457}, MUTED
    ),
    ("tag.waiting", "wrong"): Deviation(
        {"approved": 0.0217, "removed": 0.326, "reported": 0.0652, "left": 0.5871}, MUTED
    ),
}

OUTCOMES = {"yes": {"right": 0.78, "wrong": 0.05, "none": 0.17}, "no": {"wrong": 0.07, "none": 0.93}}
"""What becomes of an opted-in face and of any other, as researched."""

SLICED = (
    "Slices by gallery, orientation and model version move the margin; the base row gives way so that the anchor holds."
)
OUTCOME_EXCEPTIONS = {
    "yes": Deviation({"right": 0.788, "wrong": 0.0485, "none": 0.1635}, SLICED),
    "no": Deviation({"wrong": 0.069, "none": 0.931}, SLICED),
}

MARGINS = {
    "photos_per_user_day": 2.4,
    "faces_per_photo": 1.6,
    "opted_in": 0.45,
    "right_name": 0.78,
    "wrong_name": 0.05,
    "stranger_named": 0.07,
    "confirmed_in_bulk": 0.40,
    "typed_when_unnamed": 0.15,
    "right_tags_removed": 0.015,
    "wrong_tags_removed": 0.30,
    "wrong_tags_reported": 0.06,
    "wrong_tags_left": 0.62,
    "removals_that_are_errors_opted_in": 0.20,
    "removals_that_are_errors": 0.40,
}
BEYOND_ALGEBRA = {
    "masks.signal": "a quantile of a field",
    "sent_twice.signal": "distinct batches among rows sent twice",
}
"""Signals whose movement the algebra does not tell."""

PUBLISHED = {"photos_per_user_day": "GP17", "opted_in": "FB21"}

HAPPENED = {"sideways": ("IM1", "IM2"), "sideways_mix": ("PP",), "merged_people": ("IM3",)}

TOPIC = Topic(
    "photo-tagging",
    signals=SIGNALS,
    without_rows=WITHOUT_ROWS,
    incidents=INCIDENTS,
    margins=MARGINS,
    published=PUBLISHED,
    rows=ROWS,
    beyond_algebra=BEYOND_ALGEBRA,
    more_incidents={"new_year", "notices_muted"},
    row_exceptions=ROW_EXCEPTIONS,
    happened=HAPPENED,
    least_law=10,
)


def test_content_that_could_travel_is_listed_and_a_careful_design_leaves_it() -> None:
    assert {name: payload.privacy for name, payload in TOPIC.scenario.payloads.items()} == {
        "photo": "P2",
        "face_crop": "P3",
        "embedding": "P3",
    }
    assert all(payload.usual_share == 0 for payload in TOPIC.scenario.payloads.values())


def test_no_row_holds_the_group_a_face_belongs_to() -> None:
    copied = {field.copied for event in TOPIC.scenario.events.values() for field in event.fields.values()}
    assert not copied & {"looks", "has_double", "enrolled", "outcome"}


@pytest.mark.parametrize("enrolled", OUTCOMES)
def test_outcome_rows_give_way_to_slices(enrolled: str) -> None:
    assert chances(TOPIC.scenario.model.outcome, enrolled) == pytest.approx(dict(OUTCOME_EXCEPTIONS[enrolled].ours))
    for choice, chance in OUTCOME_EXCEPTIONS[enrolled].ours.items():
        assert chance == pytest.approx(OUTCOMES[enrolled][choice], abs=0.01)


def test_reactions_are_the_researched_ones_over_all_users() -> None:
    mutes = TOPIC.scenario.people.attributes["mutes"].chances
    assert mutes is not None
    muted = chances(mutes)["yes"]
    slices = TOPIC.scenario.journey["tag"].steps["waiting"].next.slices
    assert len(slices) == 1
    assert slices[0].times is not None
    for name in ("right", "wrong"):
        ours = ROW_EXCEPTIONS["tag.waiting", name].ours
        for reaction in ("approved", "removed", "reported"):
            mean = ours[reaction] * (1 - muted + muted * slices[0].times[reaction])
            assert mean == pytest.approx(ROWS["tag.waiting", name][reaction], rel=0.01)


def test_rows_and_bytes_per_user_day_are_those_of_the_teaching_notes() -> None:
    weights = TOPIC.expectation.bytes_per_user_day()
    assert sum(weight.rows_per_user_day for weight in weights.values()) == pytest.approx(6.5, abs=0.1)
    assert sum(weight.bytes_per_user_day for weight in weights.values()) == pytest.approx(2_630, rel=0.01)
    photos = weights["faces_detected"].rows_per_user_day * TOPIC.scenario.payloads["photo"].bytes
    assert photos == pytest.approx(7_200_000, rel=0.01)


def test_the_base_rate_trap_by_hand() -> None:
    """Removals of right and wrong names per opted-in face, and with strangers, from the researched figures."""
    right, wrong = 0.78 * 0.62 * 0.015, 0.05 * 0.12 * 0.30
    assert (round(right, 4), round(wrong, 4)) == (0.0073, 0.0018)
    assert wrong / (right + wrong) == pytest.approx(0.20, abs=0.005)
    errors = 0.45 * wrong + 0.55 * 0.07 * 0.12 * 0.30
    assert errors / (0.45 * right + errors) == pytest.approx(0.40, abs=0.005)


def test_a_model_version_is_better_offline_on_the_wrong_task() -> None:
    """The gain stands on portrait pairs; on albums with strangers there is next to none."""
    offline = {
        version: {(result.metric, result.slice): result.value for result in told.offline}
        for version, told in TOPIC.scenario.model.versions.items()
    }
    pairs, albums = ("verification TAR at FAR 0.001", None), ("open-set FNIR at FPIR 0.01", None)
    assert offline["m8"][pairs] - offline["m7"][pairs] > 0.02
    assert abs(offline["m8"][albums] - offline["m7"][albums]) < 0.01

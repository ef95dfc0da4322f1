"""Shoe-brand detection: the content is whole, and its numbers are the researched ones or say why not."""

from __future__ import annotations

import pytest

from topic_content import Deviation, Topic, chances, next_row

SIGNALS = {
    "capture_started": (400, "P1", "implicit"),
    "query_submitted": (480, "P1", "implicit"),
    "inference_result": (470, "P1", "implicit"),
    "results_impression": (380, "P1", "implicit"),
    "result_click": (410, "P1", "implicit"),
    "brand_corrected": (360, "P1", "explicit"),
    "retake": (370, "P1", "implicit"),
    "text_search_after": (390, "P2", "implicit"),
    "cart_added": (350, "P1", "implicit"),
    "purchase": (350, "P1", "implicit"),
    "return_started": (350, "P1", "explicit"),
    "feedback_given": (340, "P1", "explicit"),
    "image_sample": (300_000, "P2", "explicit"),
    "client_health": (300, "P0", "implicit"),
}
"""Every candidate signal: bytes of its row in the log, privacy class, feedback; cart and purchase were one line."""

BEYOND_ALGEBRA = {
    "sent_twice.signal": "repeats are for the simulator",
    "wrong_clocks.signal": "clocks are for the simulator",
    "collector_down.signal": "arrival is for the simulator",
    "seconds.signal": "units are for the simulator",
}

WITHOUT_ROWS = {"image_sample", "client_health"}

INCIDENTS = {
    "new_line",
    "sideways",
    "children_worse",
    "correction_unsent",
    "sent_twice",
    "wrong_clocks",
    "scraper",
    "sale_week",
    "big_brand_loop",
    "collector_down",
}

MORE_INCIDENTS = {"seconds", "quiet_sampling"}
"""Two faults of the pipe beyond the ten."""

ROWS = {
    ("query.uploading", None): {"failed": 0.02, "asked": 0.98},
    ("query.shown", "right"): {
        "tapped": 0.55,
        "alternative": 0.06,
        "typed": 0.01,
        "retaken": 0.06,
        "searched": 0.07,
        "left": 0.25,
    },
    ("query.shown", "top_three"): {
        "tapped": 0.18,
        "alternative": 0.34,
        "typed": 0.04,
        "retaken": 0.10,
        "searched": 0.10,
        "left": 0.24,
    },
    ("query.shown", "wrong"): {
        "tapped": 0.16,
        "alternative": 0.08,
        "typed": 0.07,
        "retaken": 0.22,
        "searched": 0.16,
        "left": 0.31,
    },
    ("query.shown", "none"): {"typed": 0.10, "retaken": 0.35, "searched": 0.20, "left": 0.35},
}
"""Transition rows as researched: what shoppers do with an answer, by what the answer truly was."""

SOURCES = Deviation(
    {"ios": 0.972, "android": 0.932},
    "the published share is of iOS alone; the researched 0.95 is its round mean over both platforms",
)
"""Photos from the library, by platform."""

MARGINS = {
    "first_is_right": 0.72,
    "only_in_top_three": 0.12,
    "confidently_wrong": 0.10,
    "nothing_found": 0.06,
    "from_library": 0.95,
    "from_library_ios": 0.972,
    "queries_per_visit": 1.4,
    "queries_per_user_day": 0.574,
    "orders_per_visit": 0.05,
    "upload_fails": 0.02,
}
PUBLISHED = {"from_library_ios": "AS", "queries_per_user_day": "AS", "orders_per_visit": "AS"}

HAPPENED = {"sideways": ("EX1", "EX2"), "collector_down": ("source GL",)}

TOPIC = Topic(
    "shoe-brand",
    signals=SIGNALS,
    without_rows=WITHOUT_ROWS,
    incidents=INCIDENTS,
    margins=MARGINS,
    published=PUBLISHED,
    rows=ROWS,
    beyond_algebra=BEYOND_ALGEBRA,
    more_incidents=MORE_INCIDENTS,
    happened=HAPPENED,
)


def test_the_server_counts_its_answers_itself() -> None:
    """What the phones report is compared with this row, so no phone can lose it."""
    by_server = {name for name, event in TOPIC.scenario.events.items() if event.recorded_by == "server"}
    assert by_server == {"inference_result"}


def test_photos_weigh_more_than_all_rows() -> None:
    payloads = {name: payload.bytes for name, payload in TOPIC.scenario.payloads.items()}
    assert payloads == {"photo": 300_000, "crop": 15_000, "embedding": 2048}
    rows = sum(event.bytes for name, event in TOPIC.scenario.events.items() if name not in WITHOUT_ROWS)
    assert payloads["photo"] > 50 * rows
    assert TOPIC.scenario.payloads["photo"].usual_share == 0, "the consented sample is an event of its own"


@pytest.mark.parametrize(("bought", "chance"), [("right", 0.08), ("wrong", 0.03)])
def test_purchases_after_a_tap_are_the_researched_ones(bought: str, chance: float) -> None:
    """The cart stands between, so the researched chance is a product of two."""
    carted = next_row(TOPIC.scenario, f"query.product_{bought}")[f"carted_{bought}"]
    ordered = next_row(TOPIC.scenario, f"query.carted_{bought}")[f"bought_{bought}"]
    assert carted * ordered == pytest.approx(chance)


def test_photos_come_from_the_library_as_published() -> None:
    table = TOPIC.scenario.journey["query"].draws["source"].chances
    assert table is not None
    found = {platform: chances(table, platform)["library"] for platform in ("ios", "android")}
    assert found == dict(SOURCES.ours), SOURCES.reason
    platforms = TOPIC.scenario.people.attributes["platform"].chances
    assert platforms is not None
    share = chances(platforms)
    assert share == {"ios": 0.45, "android": 0.55}
    assert sum(share[platform] * library for platform, library in found.items()) == pytest.approx(0.95, abs=0.001)


def test_the_volume_is_worth_an_estimate() -> None:
    """Two million shoppers, 0.4 visits a day with 1.4 photos each; the published 0.8 % stays one retailer's figure."""
    visits = TOPIC.scenario.people.production.mode * TOPIC.scenario.people.activity.sessions_per_user_day.mean
    assert visits == pytest.approx(800_000)
    assert visits * MARGINS["queries_per_visit"] == pytest.approx(1_120_000)
    assert "a million visits a day, that would be 8,000 visits" in " ".join(
        one.says.text for one in TOPIC.scenario.figures
    )
    daily = {name: rows * 2e6 for name, rows in TOPIC.expectation.events_per_user_day().items()}
    assert "31,000 a day" in TOPIC.notes
    assert daily["brand_corrected"] == pytest.approx(31_000, rel=0.005)
    beware = " ".join(text.text for text in TOPIC.teaching.look_fors["levers"].beware)
    assert "79 returns and 135 thumbs a day" in beware
    assert daily["return_started"] / 100 == pytest.approx(79, rel=0.01)
    assert daily["feedback_given"] / 100 == pytest.approx(135, rel=0.01)
    hours = {"taps": 40_000 / 560_000 * 24, "orders": 30_400 / 400_000 * 24, "children": 3300 / 44_800 * 24}
    assert all(1.5 < one < 2 for one in hours.values()), "two hours"
    days = {"taps": 40_000 / 11_200, "orders": 30_400 / 8_000}
    assert all(3.5 < one < 4 for one in days.values()), "four days"
    assert pytest.approx(7, rel=0.06) == 3300 / 448, "a week"


def test_the_new_model_wins_where_shoppers_are_not() -> None:
    """Four points on catalogue photos, half a point on street photos."""
    offline = {
        version: {(result.metric, result.data_set, result.slice): result.value for result in told.offline}
        for version, told in TOPIC.scenario.model.versions.items()
    }
    catalogue = ("top-1 accuracy", "catalogue photos, 40 brands", None)
    street = ("top-1 accuracy", "street photos, labelled by hand", None)
    assert offline["r15"][catalogue] - offline["r14"][catalogue] > 0.03
    assert 0 <= offline["r15"][street] - offline["r14"][street] < 0.01


def test_numbers_in_the_notes_follow_from_the_rows() -> None:
    """Instructors read these aloud, so they must be right."""
    notes = " ".join(note.text for note in (*TOPIC.teaching.notes, *TOPIC.teaching.answers["cost"].excellent))
    right, top_three, wrong, none = 0.72, 0.12, 0.10, 0.06
    retaken = right * 0.06, top_three * 0.10 + wrong * 0.22 + none * 0.35
    assert round(100 * retaken[0] / sum(retaken)) == 44
    first = right * 0.55, top_three * 0.18 + wrong * 0.16
    assert round(100 * first[1] / sum(first)) == 9
    assert pytest.approx(336e9) == 1_120_000 * 300_000
    assert "336 GB a day" in notes
    assert round(300_000 / 2160) == 139
    assert "139 times" in notes
    assert round(16 * 0.05 * 0.95 / 0.005**2) == 30_400
    assert "30,400 visits" in notes


def test_the_bytes_in_the_notes_are_those_of_the_journey() -> None:
    """Rows and bytes per photo.

    The topic was researched with 8 to 12 rows or 4 to 5 KB per photo and photos 75 times as heavy as rows; the
    researched journey and rows as the log writes them come to 5.1 rows or 2.16 KB and 139 times, and so we say that.
    """
    weights = TOPIC.expectation.bytes_per_user_day().values()
    photos = TOPIC.expectation.events_per_user_day()["inference_result"]
    rows = sum(weight.rows_per_user_day for weight in weights if weight.emitted) / photos
    size = sum(weight.bytes_per_user_day for weight in weights if weight.emitted) / photos
    assert (rows, size) == pytest.approx((5.1, 2160), rel=0.01)
    assert "5.1 rows or 2.16 KB" in TOPIC.notes

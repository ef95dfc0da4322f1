"""Simulated logs against theory: counts, shares, delays, other people, leaving, growth, opt-out.

Seeds are fixed, so nothing flakes; a bound of five standard errors would fail by chance once in two million.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios_for_tests import CODE, PHOTO, made, people, visit
from teledesign.expectation import Expectation
from teledesign.results.log import LogReport
from teledesign.scenario import Scenario
from teledesign.scenario.distributions import Distribution
from teledesign.simulation import simulate
from teledesign.simulation.playing import journeys

Z = 5.0


class Log:
    """A simulated log and its truth, read back."""

    def __init__(self, scenario: Scenario, folder: Path, **options: Any) -> None:
        self.scenario = scenario
        options = {"seed": 1, "truth": folder / "truth"} | options
        self.report: LogReport = simulate(scenario, out=folder / "log", **options)
        self.rows = pd.read_parquet(sorted((folder / "log").glob("*.parquet")))
        self.truth = pd.read_parquet(sorted((folder / "truth").glob("*.parquet")))

    def of(self, event: str) -> pd.DataFrame:
        """The rows of one event."""
        return self.rows[self.rows["event"] == event]


def near(count: float, of: float, chance: float) -> bool:
    """Whether a binomial count is within five standard errors of what is expected."""
    return abs(count - of * chance) < Z * np.sqrt(max(of * chance * (1 - chance), 1.0))


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(made(**PHOTO), tmp_path_factory.mktemp("photo"), users=3000, days=42)


def test_counts_agree_with_the_algebra(photo: Log) -> None:
    assert photo.report.agrees
    assert all(abs(event.deviation) < Z for event in photo.report.events)
    assert photo.report.rows == len(photo.rows) > 200_000


def test_a_sequence_with_parts_and_probes_agrees_with_the_algebra(tmp_path: Path) -> None:
    log = Log(made(**CODE), tmp_path, users=40, days=14)
    assert all(abs(event.deviation) < Z for event in log.report.events)
    partial = log.of("completion_accepted").groupby("suggestion")["how"].agg(lambda how: "-".join(how))
    assert set(partial.str.replace("-part", "").unique()) == {"full", "part"}
    probes = log.of("survival").groupby("interaction_id")["ts"].diff().dropna()
    assert set(probes.dt.total_seconds()) == {600.0}
    retained = log.of("survival").pivot(index="interaction_id", columns="age_s", values="retained")
    complete = retained.dropna()
    assert not ((complete[600] == "yes") & (complete[30] == "no")).any()


def test_outcome_shares_by_slice_are_those_of_the_algebra(photo: Log) -> None:
    shares = Expectation(photo.scenario)
    faces = photo.truth[(photo.truth["holdback"] == "no") & (photo.truth["model_version"] == "m7")]
    for gallery, expected in (("large", 0.788), ("small", 0.788 * 0.975)):
        some = faces[(faces["gallery"] == gallery) & (faces["enrolled"] == "yes")]
        assert near((some["outcome"] == "right").sum(), len(some), expected)
    for enrolled in ("yes", "no"):
        some = photo.truth[photo.truth["enrolled"] == enrolled]
        expected = np.mean([shares.outcome_shares("enrolled", day)[enrolled]["wrong"] for day in (1, 42)])
        assert near((some["outcome"] == "wrong").sum(), len(some), expected)


def test_steps_follow_one_another_as_often_as_their_tables_say(photo: Log) -> None:
    """Chi-square of where faces with a name ended: above 33 by chance once in 600,000 times (3 degrees of freedom)."""
    ends = {"confirmed": "tagged", "ignored": "ignored", "rejected": "rejected", "renamed": "hand_tagged"}
    suggested = photo.scenario.journey["face"].steps["suggested"]
    for outcome, row in suggested.next.rows.items():
        faces = photo.truth[photo.truth["outcome"] == outcome]
        last = faces["last_step"].astype(str).str.replace(f"{outcome}ly_tagged", "tagged").value_counts()
        expected = pd.Series({ends[choice]: chance * len(faces) for choice, chance in row.row.chances.items()})
        assert set(last.index) == set(expected.index)
        assert len(faces) > 4000
        assert ((last - expected) ** 2 / expected).sum() < 33


def test_the_holdback_group_gets_its_own_outcome(photo: Log) -> None:
    held = photo.truth[photo.truth["holdback"] == "yes"]
    assert len(held) > 1000
    assert set(held["outcome"]) == {"none"}
    shown = photo.of("suggestion_shown")
    assert set(shown["variant"]) == {"on"}
    assert "holdback" in set(photo.of("faces_detected")["variant"])


def test_who_declined_acts_and_is_not_in_the_log(photo: Log) -> None:
    declined = photo.truth[photo.truth["telemetry"] == "declined"]
    assert len(declined) > 1000
    assert set(declined["recorded"]) == {"no"}
    assert not set(declined["user_id"]) & set(photo.rows["user_id"])


def test_rollouts_are_read_when_the_session_begins(photo: Log) -> None:
    within = photo.rows.groupby("session_id")["app_version"].nunique()
    assert within.max() == 1
    day = (photo.rows["ts"] - pd.Timestamp("2025-03-03")).dt.days + 1
    uploads = photo.rows[photo.rows["event"] == "faces_detected"]
    assert set(uploads[day[uploads.index] < 8]["app_version"]) == {"v5.1"}
    sessions = uploads[day[uploads.index] >= 22].drop_duplicates("session_id").drop_duplicates("user_id")
    assert near((sessions["app_version"] == "v5.2").sum(), len(sessions), 0.8)


def test_a_friend_acts_later_in_a_session_of_their_own(photo: Log) -> None:
    removed = photo.of("tag_removed").merge(
        photo.of("suggestion_confirmed")[["interaction_id", "user_id", "ts", "session_id"]],
        on="interaction_id",
        suffixes=("", "_owner"),
    )
    assert len(removed) > 500
    assert (removed["user_id"] != removed["user_id_owner"]).all()
    assert (removed["session_id"] != removed["session_id_owner"]).all()
    assert (removed["seq"] == removed.groupby("session_id")["seq"].transform("min")).all()


def test_delays_have_their_distribution(photo: Log) -> None:
    """Kolmogorov-Smirnov distance of n delays: above 2.7/sqrt(n) by chance less than once in a million."""
    opened = photo.of("notification_opened").merge(
        photo.of("suggestion_confirmed")[["interaction_id", "ts"]], on="interaction_id", suffixes=("", "_confirmed")
    )
    early = opened[opened["ts_confirmed"] < pd.Timestamp("2025-04-04")]
    waited = np.sort((early["ts"] - early["ts_confirmed"]).dt.total_seconds().to_numpy())
    table = Distribution("lognormal", 9 * 3600.0, 3 * 86400.0, is_time=True).table()
    distance = np.abs(np.searchsorted(table, waited) / len(table) - (np.arange(len(waited)) + 0.5) / len(waited)).max()
    assert len(waited) > 3000
    assert distance < 2.7 / np.sqrt(len(waited))


def test_rows_are_in_order_of_arrival_and_numbered_within_their_session(photo: Log) -> None:
    rows = photo.rows
    assert rows["received_at"].is_monotonic_increasing
    assert (rows["ts"] == rows["received_at"]).all()
    assert rows["event_id"].is_unique
    sizes = rows.groupby("session_id")["seq"].agg(["size", "min", "max", "nunique"])
    assert (sizes["min"] == 0).all()
    in_time = rows.sort_values(["session_id", "seq"], kind="stable")
    assert not (in_time.groupby("session_id")["ts"].diff() < pd.Timedelta(0)).any()


def test_activity_follows_the_hours_weekdays_and_spread_of_the_scenario(tmp_path: Path) -> None:
    hours = [0] * 6 + [1, 2, 3, 4, 5, 6] * 3
    activity = {
        "sessions_per_user_day": {"mean": 1.0, "dispersion": 0.8},
        "hours": hours,
        "weekdays": {"sat": 3, "sun": 0.5},
    }
    log = Log(made(people=people(simulate=3000, activity=activity)), tmp_path, days=28)
    opened = log.of("opened")
    total = len(opened)
    for hour, weight in enumerate(hours):
        # Users differ, but which hour they come in does not depend on who they are.
        assert near((opened["ts"].dt.hour == hour).sum(), total, weight / sum(hours))
    weights = [1, 1, 1, 1, 1, 3, 0.5]
    for day, weight in enumerate(weights):
        assert near((opened["ts"].dt.day_of_week == day).sum(), total, weight / sum(weights))
    each = opened.groupby("user_id").size().reindex(range(0), fill_value=0)
    counts = np.concatenate([opened.groupby("user_id").size().to_numpy(), np.zeros(3000 - opened["user_id"].nunique())])
    assert len(each) == 0
    # Negative binomial with mean 28: variance 28 + 0.8 * 28^2 = 655; its standard error is about 30.
    assert abs(counts.var() - 655.2) < 150


def test_children_positions_apart_and_beats(tmp_path: Path) -> None:
    journey = {
        "visit": visit({"open": {"starts": {"photo": {"count": 4, "apart": "2 s"}}, "next": "end"}}),
        "photo": {
            "steps": {
                "seen": {"emits": "seen", "takes": "95 s", "beats": {"tick": "30 s"}, "next": "gone"},
                "gone": {"emits": "gone", "next": "end"},
            }
        },
    }
    events = {
        "seen": {"fields": {"place": {"copy": "position"}, "photo": {"id": "photo"}}},
        "tick": {"fields": {"photo": {"id": "photo"}}},
        "gone": {"fields": {"photo": {"id": "photo"}, "ms": {"elapsed_since": "seen", "unit": "ms"}}},
    }
    log = Log(made(journey, events=events, people=people(simulate=20)), tmp_path, days=3, truth=tmp_path / "truth")
    assert set(log.of("gone")["ms"]) == {95_000}
    seen = log.of("seen").sort_values(["session_id", "place"])
    assert set(seen["place"]) == {0, 1, 2, 3}
    apart = seen.groupby("session_id")["ts"].diff().dropna().dt.total_seconds()
    assert set(apart) == {2.0}
    ticks = log.of("tick").merge(seen[["photo", "ts"]], on="photo", suffixes=("", "_seen"))
    assert set((ticks["ts"] - ticks["ts_seen"]).dt.total_seconds()) == {30.0, 60.0, 90.0}


SEQUENCE = {
    "visit": visit(
        {
            "open": {"starts": {"ask": {"one_after_another": "yes", "at_most": 5}}, "next": "closed"},
            "closed": {"emits": "closed", "next": "end"},
        }
    ),
    "ask": {
        "kind": "interaction",
        "draws": {"hard": {"yes": 0.4, "no": 0.6}},
        "steps": {
            "put": {
                "emits": "asked",
                "takes": {"median": "2 h", "p95": "9 h"},
                "next": {"given": "weekend", "yes": {"again": 0.9, "end": "rest"}, "no": {"again": 0.6, "end": "rest"}},
            }
        },
    },
}


def test_members_of_a_sequence_follow_one_another_up_to_the_bound(tmp_path: Path) -> None:
    fields = {"fields": {"place": {"copy": "position"}}}
    log = Log(made(SEQUENCE, events={"asked": fields}, people=people(simulate=300)), tmp_path, days=14)
    asked = log.of("asked").sort_values(["session_id", "seq"])
    assert set(asked["place"]) == {0, 1, 2, 3, 4}
    assert (asked["place"] == asked["seq"]).all()
    weekend = asked["ts"].dt.day_of_week >= 5
    # What is drawn on leaving the step is drawn hours later: look only where both ends are on the same kind of day.
    following = asked.groupby("session_id")["ts"].shift(-1)
    closed = asked["session_id"].map(log.of("closed").set_index("session_id")["ts"])
    left_on_weekend = following.fillna(closed).dt.day_of_week >= 5
    again = following.notna()
    for kind, chance in ((True, 0.9), (False, 0.6)):
        some = (weekend == kind) & (left_on_weekend == kind) & (asked["place"] < 4)
        assert near((again & some).sum(), some.sum(), chance)


def test_trying_members_at_once_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = made(SEQUENCE, people=people(simulate=300))
    at_once = simulate(scenario, out=tmp_path / "once", days=14)
    monkeypatch.setattr(journeys, "MOST_AT_ONCE", 1)
    one_by_one = simulate(scenario, out=tmp_path / "one", days=14)
    assert at_once.rows > 5000
    assert at_once.digest == one_by_one.digest


def test_people_leave_by_the_day_and_do_nothing_afterwards(tmp_path: Path) -> None:
    """Sessions on day 28 against day 1: what is left after 27.5 and 0.5 days at 3 % a day."""
    held = people(simulate=4000, leaving={"each_day": 0.03})
    log = Log(made(people=held), tmp_path, days=28)
    by_day = log.of("opened").groupby((log.rows["ts"] - pd.Timestamp("2025-03-03")).dt.days).size()
    for day in (0, 13, 27):
        expected = 4000 * np.exp(-0.03 * (day + 0.5))
        assert abs(by_day[day] - expected) < Z * np.sqrt(expected)
    assert abs(log.report.left - 4000 * (1 - np.exp(-0.84))) < Z * np.sqrt(4000 * 0.25)


def test_people_leave_right_after_a_step(tmp_path: Path) -> None:
    journey = {
        "visit": visit(
            {
                "open": {"emits": "opened", "next": {"angry": 0.2, "end": "rest"}},
                "angry": {"emits": "complained", "takes": "1 h", "next": "calm"},
                "calm": {"emits": "calmed", "next": "end"},
            }
        )
    }
    held = people(simulate=2000, leaving={"right_after": {"visit.angry": 0.5}})
    log = Log(made(journey, people=held), tmp_path, days=28)
    last = log.rows.groupby("user_id")["ts"].transform("max")
    complained = log.of("complained")
    is_last = complained["ts"] == last[complained.index]
    # A complaint is somebody's last row if they left (0.5); or by chance, or as it came in the last hour of the log.
    assert 0.5 < is_last.mean() < 0.56
    assert near(len(log.of("calmed")), len(complained), 0.5)


def test_a_friend_who_left_does_nothing_and_one_who_was_never_asked_stays(tmp_path: Path) -> None:
    journey = {
        "visit": visit(
            {"open": {"emits": "opened", "starts": {"tag": {"after": "1 d", "by": "friend"}}, "next": "end"}},
            person="friend",
        ),
        "tag": {"steps": {"noticed": {"emits": "noticed", "next": "end"}}},
    }
    held = people(simulate=1500, leaving={"right_after": {"tag.noticed": 0.2}})
    log = Log(made(journey, people=held), tmp_path, days=14)
    noticed = log.of("noticed")
    last = log.rows.groupby("user_id")["ts"].transform("max")
    gone = noticed[noticed["ts"] == last[noticed.index]]
    assert len(gone) > 500
    assert 0.6 * log.report.left < len(gone)


def test_a_growing_panel(tmp_path: Path) -> None:
    held = people(
        simulate=2000, growth_per_month=0.5, attributes={"tenure": {"since_joining": {"new": "0 d", "settled": "7 d"}}}
    )
    fields = {"fields": {"tenure": {"copy": "tenure"}}}
    log = Log(made(people=held, events={"opened": fields}), tmp_path, days=30)
    opened = log.of("opened")
    by_day = opened.groupby((opened["ts"] - pd.Timestamp("2025-03-03")).dt.days).size()
    for day in (0, 29):
        expected = 2000 * 1.5 ** ((day + 0.5) / 30)
        assert abs(by_day[day] - expected) < Z * np.sqrt(expected)
    assert 2900 < opened["user_id"].nunique() <= 3000
    assert log.report.agrees
    first = opened.groupby("user_id")["ts"].transform("min")
    late = opened[first > pd.Timestamp("2025-03-20")]
    fresh = late[late["ts"] - first[late.index] < pd.Timedelta(days=1)]
    assert (fresh["tenure"] == "new").mean() > 0.98
    assert set(opened[opened["ts"] < pd.Timestamp("2025-03-04")]["tenure"].value_counts().index) <= {"settled", "new"}


def test_a_shrinking_panel(tmp_path: Path) -> None:
    log = Log(made(people=people(simulate=3000, growth_per_month=-0.5)), tmp_path, days=30)
    by_day = log.of("opened").groupby((log.rows["ts"] - pd.Timestamp("2025-03-03")).dt.days).size()
    for day in (0, 29):
        expected = 3000 * 0.5 ** ((day + 0.5) / 30)
        assert abs(by_day[day] - expected) < Z * np.sqrt(expected)


def test_servers_see_everybody(tmp_path: Path) -> None:
    journey = {"visit": visit({"open": {"emits": ["opened", "served"], "next": "end"}})}
    held = people(
        simulate=500,
        attributes={"telemetry": {"recorded": 0.7, "declined": 0.3}},
        unrecorded={"telemetry": "declined"},
    )
    log = Log(made(journey, people=held, events={"served": {"recorded_by": "server"}}), tmp_path, days=7)
    assert near(log.of("opened")["user_id"].nunique(), log.of("served")["user_id"].nunique(), 0.7)
    assert set(log.rows["seq"]) == {0}


def test_the_truth_counts_every_step_each_day(photo: Log, tmp_path: Path) -> None:
    import json

    assert photo.report.truth is not None
    told = json.loads((photo.report.truth / "truth.json").read_text("utf-8"))
    shown = np.array(told["steps_by_day"]["face.suggested"])
    truly = photo.truth[photo.truth["outcome"].isin(["right", "wrong"])]
    days = (truly["begins"] - pd.Timestamp("2025-03-03")).dt.days
    assert shown.sum() == pytest.approx(len(truly), rel=0.001)
    assert np.abs(shown - days.value_counts().reindex(range(42), fill_value=0).to_numpy()).max() < 20
    assert told["interactions"] == len(photo.truth)
    recorded = photo.truth[photo.truth["recorded"] == "yes"]
    assert set(photo.of("suggestion_shown")["interaction_id"]) <= set(recorded["interaction_id"])
    assert set(recorded["last_step"]) >= {"ignored", "unnamed", "rightly_tagged", "wrongly_tagged"}

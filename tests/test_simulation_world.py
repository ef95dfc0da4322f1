"""What a scenario can say of models and people, played: a shadow beside the model in use; what drives people away.

A figure may be five of its standard errors from what is expected, which happens by chance once in two million.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios_for_tests import made, people, visit
from teledesign.simulation import simulate


def test_a_shadow_model_runs_beside_the_one_in_use_and_changes_nothing(tmp_path: Path) -> None:
    """An episode alongside asks the shadow for the same case; half of the users get each version in use."""
    shadow = {
        "draws": {
            "says": {"given": "outcome", "right": {"same": 0.9, "other": 0.1}, "wrong": {"same": 0.4, "other": 0.6}}
        },
        "steps": {"asked": {"emits": "shadow_answer", "next": "end"}},
    }
    ask = {"emits": "answer", "next": "end"}
    journeys_of = {
        "live": {"visit": visit({"ask": ask}, kind="interaction")},
        "shadow": {
            "visit": visit({"ask": {**ask, "starts": {"shadow": {"alongside": "yes"}}}}, kind="interaction"),
            "shadow": shadow,
        },
    }
    model = {
        "for_each": "visit",
        "outcome": {
            "right": 0.8,
            "wrong": "rest",
            "slices": [{"where": {"model_version": "m2"}, "set": {"right": 0.7, "wrong": 0.3}}],
        },
        "looks_like": {"right": "answer", "wrong": "answer"},
    }
    split = {"model_version": {"rollout": {"m1": "everyone", "m2": {"day 1": 0.5}}}}
    events = {"shadow_answer": {"recorded_by": "server", "fields": {"says": {"copy": "says"}}}}
    logs = {}
    for name, journey in journeys_of.items():
        held = events if name == "shadow" else {}
        scenario = made(journey, people=people(simulate=400, attributes=split), model=model, events=held)
        out, truth = tmp_path / name, tmp_path / f"{name}-truth"
        assert simulate(scenario, out=out, truth=truth, days=7, seed=2).agrees
        logs[name] = pd.read_parquet(sorted(out.rglob("*.parquet")))
    live, both = logs["live"], logs["shadow"]
    answers = both[both["event"] == "answer"]
    told = ["ts", "user_id", "interaction_id", "seq", "model_version"]
    pd.testing.assert_frame_equal(answers[told].reset_index(drop=True), live[told].reset_index(drop=True))
    truth_rows = pd.read_parquet(tmp_path / "shadow-truth" / "truth.parquet").set_index("interaction_id")
    says = both[both["event"] == "shadow_answer"].set_index("interaction_id")["says"]
    outcome = truth_rows["outcome"].reindex(says.index)
    for value, chance in (("right", 0.9), ("wrong", 0.4)):
        some = says[outcome == value]
        assert abs((some == "same").mean() - chance) < 5 * math.sqrt(chance * (1 - chance) / len(some))
    versions = truth_rows.groupby("model_version", observed=True)["outcome"].agg(lambda held: (held == "right").mean())
    users = truth_rows.groupby("model_version", observed=True)["user_id"].nunique()
    assert abs(users["m2"] - 200) < 5 * 10
    assert abs(versions["m1"] - 0.8) < 0.05 > abs(versions["m2"] - 0.7)


def test_heavy_users_stay_heavy_though_the_feature_drives_people_away(tmp_path: Path) -> None:
    """The fifth of the lecture's questions: dose and later activity go together (reverse causality, survivorship), but
    those held back, who meet no wrong answers, stay longer: only they tell what the feature does.  The truth is
    what the same people do on the same luck, all of them with it and all of them without."""
    steps = {
        "ask": {"emits": "asked", "next": {"given": "outcome", "wrong": "annoyed", "else": "end"}},
        "annoyed": {"emits": "complained", "next": "end"},
    }
    held = people(
        simulate=3000,
        activity={"sessions_per_user_day": {"mean": 1.0, "dispersion": 0.8}, "hours": [1] * 24},
        leaving={"right_after": {"visit.annoyed": 0.05}},
    )
    model = {
        "for_each": "visit",
        "outcome": {"right": 0.7, "wrong": "rest"},
        "looks_like": {"right": "answer", "wrong": "answer", "plain": "plain"},
        "holdback_gets": "plain",
    }
    logs = {}
    for holdback in (0.3, 0.0, 1.0):
        scenario = made({"visit": visit(steps, kind="interaction")}, people={**held, "holdback": holdback}, model=model)
        out = tmp_path / f"log-{holdback}"
        simulate(scenario, out=out, days=28, seed=4)
        logs[holdback] = pd.read_parquet(sorted(out.rglob("*.parquet")))
    rows = logs[0.3]
    week = (rows["ts"] - pd.Timestamp("2025-03-03")) // pd.Timedelta(days=7)
    asked = rows[rows["event"] == "asked"].assign(week=week)
    per_user = asked.pivot_table(index=["user_id", "variant"], columns="week", values="seq", aggfunc="size")
    per_user = per_user.fillna(0).reset_index("variant")
    on, off = per_user[per_user["variant"] == "on"], per_user[per_user["variant"] == "holdback"]
    dose, later = on[0], on[[1, 2, 3]].sum(axis=1)
    assert np.corrcoef(dose, later)[0, 1] > 0.3
    complained = rows[rows["event"] == "complained"].groupby("user_id").size().reindex(on.index, fill_value=0)
    # Survivorship: those who are still there had more chances to complain, not fewer.
    assert complained[later > 0].mean() > complained[later == 0].mean()
    difference = on[3].mean() - off[3].mean()
    error = math.sqrt(on[3].var() / len(on) + off[3].var() / len(off))
    assert difference < -5 * error
    last = {share: (rows["event"].eq("asked") & (rows["ts"] >= "2025-03-24")).sum() for share, rows in logs.items()}
    truly = last[0.0] / last[1.0] - 1
    told, naive = (
        difference / off[3].mean(),
        later[dose > dose.median()].mean() / later[dose <= dose.median()].mean() - 1,
    )
    assert truly < -0.1
    assert abs(told - truly) < 5 * error / off[3].mean()
    assert naive > 0.2  # the other way round


def test_those_held_back_and_those_who_come_often_leave_at_their_own_rate(tmp_path: Path) -> None:
    """By a third more of those held back, and sooner those who come often: rows within three standard errors."""
    scenario = made(
        {
            "visit": visit(
                {
                    "open": {
                        "emits": "opened",
                        "next": {"given": "holdback", "yes": {"gave_up": 0.04, "end": "rest"}, "no": {"kept": 1}},
                    },
                    "kept": {"emits": "helped", "next": "end"},
                    "gave_up": {"next": "end"},
                }
            )
        },
        people=people(
            activity={"sessions_per_user_day": {"mean": 1.0, "dispersion": 1.0}, "hours": [1] * 24},
            leaving={"right_after": {"visit.gave_up": 1, "visit.kept": 0.002}},
            holdback=0.3,
        ),
    )
    report = simulate(scenario, seed=2, users=10_000, days=28, out=tmp_path / "log")
    assert report.disagreeing == ()
    for event in report.events:
        assert abs(event.deviation) < 3, event


def test_beats_of_a_step_that_chance_begins_are_not_held_against_the_algebra(tmp_path: Path) -> None:
    """Until an episode is 90 minutes old: from 30 minutes on four beats, from a random moment on who knows."""
    last = {"until_age": "90 min", "beats": {"burning": "15 min"}, "next": "end"}
    first = {"known": {"until_age": "30 min"}, "drawn": {"takes": {"from": "1 min", "to": "40 min"}}}
    for name, lasts in first.items():
        scenario = made({"visit": visit({"lit": {"emits": "opened", **lasts, "next": "on"}, "on": last})})
        report = simulate(scenario, out=tmp_path / name, days=3, users=200, formats=["csv"])
        opened, burning = report.events
        assert report.agrees
        if name == "known":
            assert burning.expected == pytest.approx(4 * opened.expected)
            assert burning.came == 4 * opened.came
        else:
            assert math.isnan(burning.expected)
            assert 3 * opened.came < burning.came < 5 * opened.came

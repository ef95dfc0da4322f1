"""A log tells no truth: ids, order, sizes and metadata say nothing of hidden outcomes or of bad days.

A classifier that sees nothing else is trained on one half and asked about the other.  With nothing to find, its area
under the curve is further than four standard errors from one half once in 16,000 times.
"""

from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest

from scenarios_for_tests import incident, made, people, visit
from teledesign.simulation import simulate

Floats = npt.NDArray[np.float64]
STEPS = {
    "asked": {"emits": "asked", "takes": "2 s", "next": "shown"},
    "shown": {"emits": "shown", "takes": {"median": "3 s", "p95": "20 s"}, "next": {"again": 0.6, "end": "rest"}},
}
JOURNEY = {
    "visit": visit({"opened": {"starts": {"query": {"one_after_another": "yes", "at_most": 60}}, "next": "end"}}),
    "query": {"kind": "interaction", "steps": STEPS},
}
SCENARIO = made(
    JOURNEY,
    people=people(attributes={"platform": {"ios": 0.5, "android": 0.5}}),
    model={
        "for_each": "query",
        "outcome": {"right": 0.5, "wrong": "rest"},
        "looks_like": {"right": "answer", "wrong": "answer"},
    },
    incidents={
        "worse": incident(
            begins="day 8", effects=[{"changes": "model.outcome", "set": {"wrong": 0.9, "right": "rest"}}]
        )
    },
    delivery={
        "loss": 0.01,
        "duplicates": {"chance": 0.01},
        "delay": {"median": "2 s", "p95": "20 s"},
        "clock": {"jitter": "2 s"},
    },
)


@pytest.fixture(scope="module")
def made_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leak")
    incidents = ("worse",)
    simulate(SCENARIO, out=folder / "log", truth=folder / "truth", incidents=incidents, users=400, days=14)
    return folder


def nibbles(ids: list[str]) -> Floats:
    """The digits of ids as numbers, and their bits of parity: what a look at an id could tell."""
    digits = np.array([[int(digit, 16) for digit in one[-8:]] for one in ids], dtype=np.float64)
    return np.column_stack([digits, digits % 2])


def scaled(features: Floats) -> Floats:
    centred: Floats = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    return np.column_stack([centred / np.where(spread > 0, spread, 1.0), np.ones(len(features))])


def fitted(features: Floats, answers: Floats) -> Floats:
    """Weights of a logistic regression, a little shrunken, by Newton's method."""
    weights = np.zeros(features.shape[1])
    for _ in range(8):
        chance = 1.0 / (1.0 + np.exp(-features @ weights))
        curvature = (features * (chance * (1.0 - chance))[:, None]).T @ features + np.eye(len(weights))
        weights += np.linalg.solve(curvature, features.T @ (answers - chance) - weights)
    return weights


def area(scores: Floats, answers: Floats) -> float:
    """The chance that a yes scores higher than a no (Mann and Whitney)."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    yes = answers.sum()
    return float((ranks[answers == 1].sum() - yes * (yes + 1) / 2) / (yes * (len(answers) - yes)))


def knows_nothing(features: Floats, answers: Floats, seed: int) -> tuple[float, float]:
    """How many standard errors the area is from one half, and the area (its error with nothing to find is exact)."""
    features = scaled(features)
    half = np.random.default_rng(seed).permutation(len(answers)) < len(answers) // 2
    found = area(features[~half] @ fitted(features[half], answers[half]), answers[~half])
    yes = answers[~half].sum()
    no = len(answers[~half]) - yes
    return (found - 0.5) / float(np.sqrt((yes + no + 1) / (12 * yes * no))), found


def test_the_classifier_finds_what_is_there() -> None:
    """With one bit in ten of the answer in the features it is found: the test below could fail."""
    luck = np.random.default_rng(1)
    answers = luck.integers(0, 2, 3000).astype(np.float64)
    features = luck.normal(size=(3000, 10))
    features[:, 3] += 0.3 * answers
    assert knows_nothing(features, answers, 2)[0] > 4


def test_ids_order_and_counts_do_not_tell_outcomes(made_log: Path) -> None:
    truth = {
        row["interaction_id"]: row["outcome"] for row in pq.read_table(made_log / "truth" / "truth.parquet").to_pylist()
    }
    with duckdb.connect() as base:
        rows = base.execute(
            "select interaction_id, min(event_id), min(session_id), min(user_id), min(place), count(*), "
            "max(seq) - min(seq) "
            f"from (select *, row_number() over () place from '{made_log}/log/events.parquet') "
            "where received_at < '2025-03-10' group by 1 order by 5"
        ).fetchall()
    answers = np.array([truth[row[0]] == "wrong" for row in rows], dtype=np.float64)
    assert 0.4 < answers.mean() < 0.6
    columns = [nibbles([row[place] for row in rows]) for place in range(4)]
    order = np.array([[place % 2, place % 3, place / len(rows), row[5], row[6]] for place, row in enumerate(rows)])
    errors, found = knows_nothing(np.column_stack([*columns, order]), answers, 3)
    assert abs(errors) < 4, found


def test_ids_and_sizes_do_not_tell_the_days_of_an_incident(made_log: Path) -> None:
    with duckdb.connect() as base:
        rows = base.execute(
            "select min(event_id), session_id, min(interaction_id), min(received_at)::date >= date '2025-03-10' "
            f"from '{made_log}/log/events.parquet' group by session_id order by session_id"
        ).fetchall()
    # Users, and so their ids, are the same on every day: only ids made anew could tell.
    answers = np.array([row[3] for row in rows], dtype=np.float64)
    columns = [nibbles([row[place] for row in rows]) for place in (0, 1, 2)]
    errors, found = knows_nothing(np.column_stack(columns), answers, 4)
    assert abs(errors) < 4, found


def test_files_beside_the_rows_are_those_of_a_log_in_which_nothing_goes_wrong(made_log: Path, tmp_path: Path) -> None:
    simulate(SCENARIO, out=tmp_path / "log", users=400, days=14)
    for name in ("schema.json", "dictionary.csv"):
        assert (tmp_path / "log" / name).read_bytes() == (made_log / "log" / name).read_bytes()
    one, other = (pq.read_metadata(folder / "log" / "events.parquet") for folder in (made_log, tmp_path))
    assert one.schema.equals(other.schema)
    assert one.metadata == other.metadata
    # The model is worse and nobody acts on it: the rows themselves must be the same.
    assert (tmp_path / "log" / "events.parquet").read_bytes() == (made_log / "log" / "events.parquet").read_bytes()

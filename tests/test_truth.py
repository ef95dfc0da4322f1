"""`teledesign truth`: what really happened behind a log, made again from what made it."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from scenarios_for_tests import PHOTO, incident, made
from teledesign.cli import run
from teledesign.findings import Refusal
from teledesign.scenario import Scenario
from teledesign.simulation import Seed, made_by, practice_seed, remade, simulate

METRICS = {
    "wrong_names": {
        "role": "outcome",
        "of": "face.wrongly_tagged",
        "per": {"face.looked_up": {"enrolled": "yes"}},
        "by": ["gallery", "enrolled"],
    },
    "proposed": {"role": "outcome", "of": {"face.looked_up": {"outcome": "right"}}, "per": "user_days"},
}
LOSES = incident(begins="day 3", lasts="2 d", family="delivery", effects=[{"loses": 0.5}])
WEATHER = {"loss": 0.02, "duplicates": {"chance": 0.03}}
SIZE = {"users": 120, "days": 6}
NAMED = ("--incident", "seconds")


def scenario() -> Scenario:
    return made(**PHOTO, metrics=METRICS, incidents={"gaps": LOSES}, delivery=WEATHER)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth")
    simulate(scenario(), out=folder / "log", truth=folder / "truth", incidents=("gaps",), seed=7, **SIZE)
    return folder


def truth_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "truth" / "truth.json").read_text("utf-8")))


def test_faults_are_counted_and_explain_the_log(whole: Path) -> None:
    faults = {(fault["by"], fault["what"]): fault for fault in truth_of(whole)["faults"]}
    lost = faults["ordinary weather", "lost"]["rows"]
    again = faults["ordinary weather", "sent again"]["rows"]
    struck = faults["gaps", "lost"]
    assert struck["verb"] == "loses"
    assert struck["rows"] == sum(struck["events"].values()) > 100
    clean = simulate(made(**PHOTO, metrics=METRICS), out=whole / "clean", seed=7, **SIZE)
    log = pq.read_metadata(whole / "log" / "events.parquet").num_rows
    both = clean.rows - lost - struck["rows"] + again
    assert 0 <= log - both < 0.05 * struck["rows"]  # some rows are lost twice over


def test_true_values_are_those_of_the_truths_own_rows(whole: Path) -> None:
    truth = truth_of(whole)
    rows = pq.read_table(whole / "truth" / "truth.parquet").to_pylist()
    slices = {(entry["by"], entry["is"]): entry for entry in truth["metrics"]["wrong_names"]["slices"]}
    for (by, value), entry in slices.items():
        faces = [row for row in rows if by == "all" or row[by] == value]
        assert sum(entry["of"]) == sum(row["last_step"] == "wrongly_tagged" for row in faces)
        assert sum(entry["per"]) == sum(row["enrolled"] == "yes" for row in faces)
    assert len(slices[("all", "all")]["of"]) == 6
    assert set(slices) == {
        ("all", "all"),
        ("gallery", "large"),
        ("gallery", "small"),
        ("enrolled", "yes"),
        ("enrolled", "no"),
    }
    proposed = truth["metrics"]["proposed"]["slices"][0]
    assert sum(proposed["of"]) == sum(row["outcome"] == "right" for row in rows)
    assert all(100 < there <= 122 for there in proposed["per"])


def test_the_truth_is_made_again_byte_by_byte(whole: Path, tmp_path: Path) -> None:
    found = made_by(whole / "log", scenario(), [practice_seed("small"), Seed.of_number(7)], ["gaps"], None)
    again = remade(whole / "log", found, keep=tmp_path / "truth")
    assert again.same_rows
    for path in (whole / "truth").iterdir():
        assert (tmp_path / "truth" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("seeds", "incidents"), [([8], ["gaps"]), ([7], ["none"])])
def test_other_arguments_do_not_fit(whole: Path, seeds: list[int], incidents: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        made_by(whole / "log", scenario(), map(Seed.of_number, seeds), incidents, None)
    assert caught.value.message == (
        f"{whole / 'log'} was not made from this scenario with this seed and these incidents. Repeat the --seed and "
        "--incident it was made with, and name the course whose scenario it was"
    )


def test_what_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"holds no manifest\.json\. Name the folder of a log"):
        made_by(tmp_path, scenario(), [], [], None)
    (tmp_path / "manifest.json").write_text('{"made_by": "somebody"}')
    with pytest.raises(Refusal, match="is not the manifest of a log"):
        made_by(tmp_path, scenario(), [], [], None)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = str(tmp_path / "log")
    assert run(["simulate", "shoe-brand", "--users", "40", "--days", "10", "--seed", "3", *NAMED, "-o", log]) == 0
    capsys.readouterr()
    assert run(["truth", log]) == 1
    assert "was not made from this scenario with this seed" in capsys.readouterr().err
    assert run(["truth", log, "--seed", "3", *NAMED, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["log_is_as_made"] is True
    assert len(told["incidents"]) == 1
    assert "seed" not in told
    assert {"faults", "metrics", "log_shows"} <= set(told)
    assert run(["truth", log, "--seed", "3", *NAMED]) == 0
    said = capsys.readouterr().out
    assert told["incidents"][0]["title"] in said
    assert "True values, which no log tells:" in said
    assert "lost (ordinary weather; most of them " in said
    manifest = tmp_path / "log" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(told["tag"], told["tag"][::-1]))
    assert run(["truth", log, "--seed", "3"]) == 1

"""What a design collects of a log: whose rows, how many, which fields, counted up, in batches, with which weights."""

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scenarios_for_tests import made, people, visit
from teledesign.design import Design, collect_everything
from teledesign.findings import Refusal
from teledesign.results.log import LogReport
from teledesign.simulation import simulate

STEPS = {
    "open": {"emits": ["opened", "seen"], "takes": "1 min", "next": "on"},
    "on": {"beats": {"beat": "30 s"}, "takes": "5 min", "next": "shut"},
    "shut": {"emits": "closed", "next": "end"},
}
SCENARIO = made(
    {"visit": visit(STEPS, draws={"mood": {"good": 0.5, "bad": 0.5}})},
    people=people(attributes={"platform": {"ios": 0.4, "android": 0.6}, "network": {"wifi": 0.5, "mobile": 0.5}}),
    events={"seen": {"recorded_by": "server"}, "closed": {"fields": {"mood": {"copy": "mood"}, "one": {"always": 1}}}},
)
SIZE = {"users": 400, "days": 3}


def design(**changes: Any) -> Design:
    """A design that collects everything, but for these changes."""
    plain = {"format": 1, "design": "own", "scenario": "small", "title": "Own", "collects": "everything"}
    return Design.model_validate(plain | changes)


class Log:
    """What is left of the one small product under a design."""

    def __init__(self, folder: Path, held: Design | None) -> None:
        self.report: LogReport = simulate(SCENARIO, out=folder, design=held, **SIZE)
        self.base = duckdb.connect()
        self.base.execute(f"create view log as select * from read_parquet('{folder}/events.parquet')")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.base.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        return self.ask(sql)[0][0]

    def rows(self, columns: str = "* exclude (seq, sample_rate, received_at)") -> Counter[Any]:
        return Counter(self.ask(f"select {columns} from log"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(tmp_path_factory.mktemp("whole") / "log", None)


def test_collecting_everything_is_an_identity(whole: Log, tmp_path: Path) -> None:
    simulate(SCENARIO, out=tmp_path / "log", design=collect_everything(SCENARIO), **SIZE)
    same = simulate(SCENARIO, out=tmp_path / "same", **SIZE)
    for part in same.parts:
        assert (tmp_path / "log" / part.file).read_bytes() == (tmp_path / "same" / part.file).read_bytes()
    assert same.digest == whole.report.digest


@pytest.mark.parametrize(("by", "unit"), [("user", "user_id"), ("session", "session_id"), ("event", "event_id")])
def test_samples_keep_units_whole_and_a_small_one_is_part_of_a_large_one(
    whole: Log, tmp_path: Path, by: str, unit: str
) -> None:
    small, large = (Log(tmp_path / str(keep), design(sampling={"keep": keep, "by": by})) for keep in (0.2, 0.4))
    assert small.rows() < large.rows() < whole.rows()
    assert small.report.agrees
    assert small.ask("select distinct sample_rate from log") == [(0.2,)]
    units = whole.one(f"select count(distinct {unit}) from log")
    kept = small.one(f"select count(distinct {unit}) from log")
    assert abs(kept / units - 0.2) < 5 * (0.16 / units) ** 0.5
    per_unit = f"select count(*) from log group by {unit}"
    assert Counter(small.ask(per_unit)) <= Counter(whole.ask(per_unit))


def test_events_fields_and_shares_of_their_own(whole: Log, tmp_path: Path) -> None:
    held = design(
        sampling={"keep": 0.5, "by": "user"},
        collects={"opened": "sampled", "closed": {"keep": 1.0, "without": ["mood"]}},
    )
    log = Log(tmp_path / "log", held)
    assert log.ask("select event, sample_rate from log group by all order by 1") == [("closed", 1.0), ("opened", 0.5)]
    assert "mood" not in [row[0] for row in log.ask("describe log")]
    assert '"mood"' not in (tmp_path / "log" / "schema.json").read_text("utf-8")
    assert log.one("select count(*) from log where event = 'closed'") == whole.one(
        "select count(*) from log where event = 'closed'"
    )
    assert log.report.agrees


def test_targeting_takes_those_who_match(whole: Log, tmp_path: Path) -> None:
    log = Log(tmp_path / "log", design(targeting={"share": 0.5, "where": {"platform": "ios"}}))
    assert log.ask("select distinct platform, sample_rate from log") == [("ios", 0.5)]
    assert log.report.agrees
    users = "select count(distinct user_id) from log where platform = 'ios'"
    assert abs(log.one(users) / whole.one(users) - 0.5) < 5 * 0.5 / whole.one(users) ** 0.5


@pytest.mark.parametrize("window", ["session", "day"])
def test_summaries_count_what_is_not_sent(whole: Log, tmp_path: Path, window: str) -> None:
    held = design(summaries={"beats": {"of": ["beat", "opened"], "window": window}})
    log = Log(tmp_path / "log", held)
    assert sorted(row[0] for row in log.ask("select distinct event from log")) == ["beats", "closed", "seen"]
    counted = "select sum(rows_of_beat), sum(rows_of_opened) from log"
    rows = "select sum((event = 'beat')::int), sum((event = 'opened')::int) from log"
    assert log.ask(counted) == whole.ask(rows)
    unit = "session_id" if window == "session" else "(user_id, ts::date)"
    assert log.one("select count(*) from log where event = 'beats'") == whole.one(
        f"select count(distinct {unit}) from log where event in ('beat', 'opened')"
    )
    assert log.one("select count(*) - count(distinct event_id) from log") == 0
    assert log.one("select max(seq) from log where event <> 'seen'") >= 1


def test_a_summary_with_the_name_of_an_event_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        simulate(SCENARIO, out=tmp_path / "log", design=design(summaries={"beat": {"of": "beat", "window": "day"}}))
    assert caught.value.message == "the summary beat has the name of an event. Rename it"


def test_rows_wait_for_their_batch_and_never_longer_than_flush(whole: Log, tmp_path: Path) -> None:
    log = Log(tmp_path / "log", design(transport={"batch": 4, "flush": "2 min"}))
    assert log.rows() <= whole.rows()
    waits = "epoch(received_at) - epoch(ts)"
    assert log.one(f"select max({waits}) from log") <= log.report.longest_wait_ms / 1000 == 120
    assert whole.report.longest_wait_ms == 0
    assert log.one(f"select count(*) from log where event = 'seen' and {waits} > 0") == 0
    sizes = Counter(
        n for (n,) in log.ask("select count(*) from log where event <> 'seen' group by session_id, received_at")
    )
    assert max(sizes) == 4
    assert sizes[4] > 100
    assert log.one("select count(*) from (select received_at < lag(received_at) over () x from log) where x") == 0


def test_on_mobile_networks_rows_wait_for_another(tmp_path: Path) -> None:
    log = Log(tmp_path / "log", design(transport={"wifi_only": "yes", "flush": "6 h"}))
    waiting = "select count(distinct user_id) from log where received_at - ts > interval 1 minute"
    assert 0.35 < log.one(waiting) / log.one("select count(distinct user_id) from log") < 0.65
    assert log.one("select max(epoch(received_at) - epoch(ts)) from log") <= 6 * 3600

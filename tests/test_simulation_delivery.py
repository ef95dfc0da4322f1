"""The way into a log: loss, second copies, waiting, clocks, and what incidents do to rows; off means exactly off."""

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scenarios_for_tests import incident, made, people, visit
from teledesign.scenario import Scenario
from teledesign.scenario.delivery import Delivery
from teledesign.simulation import simulate

ATTRIBUTES = {
    "platform": {"ios": 0.4, "android": 0.6},
    "app_version": {"rollout": {"a1": "everyone", "a2": {"day 1": 0.5}}},
}
STEPS = {
    "open": {
        "emits": {"opened": {}, "moved": {"way": {"up": 0.5, "down": "rest"}}},
        "takes": "5 s",
        "next": "shut",
    },
    "shut": {"emits": ["closed", "counted"], "next": "end"},
}
EVENTS = {
    "moved": {"fields": {"way": {"given_by": "step"}, "px": {"draw": {"from": 100, "to": 900}, "unit": "px"}}},
    "counted": {"recorded_by": "server"},
}
WEATHER: dict[str, Any] = {
    "loss": {"given": "platform", "ios": 0.02, "android": 0.1},
    "duplicates": {"chance": 0.05, "same_id": "yes"},
    "delay": {"median": "2 s", "p95": "40 s"},
    "offline": {"chance": 0.1, "delay": {"from": "2 h", "to": "3 h"}},
    "clock": {"jitter": "2 s", "wrong": 0.05, "wrong_by": {"from": "-24 h", "to": "24 h"}},
}
USERS, DAYS = 1500, 4


def scenario(*, delivery: dict[str, Any] | None = None, **incidents: dict[str, Any]) -> Scenario:
    """A small product, its weather and incidents."""
    return made(
        {"visit": visit(STEPS)},
        people=people(attributes=ATTRIBUTES),
        events=EVENTS,
        incidents={name: incident(**held) for name, held in incidents.items()},
        **({} if delivery is None else {"delivery": delivery}),
    )


class Log:
    """A log that was made, to be asked in SQL."""

    def __init__(self, held: Scenario, folder: Path, *names: str, **options: Any) -> None:
        size = {"users": USERS, "days": DAYS, "formats": ["parquet", "jsonl"], **options}
        self.report = simulate(held, out=folder, incidents=names, **size)
        self.folder = folder
        self.base = duckdb.connect()
        self.base.execute(f"create view log as select * from read_parquet('{folder}/events.parquet')")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.base.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        return self.ask(sql)[0][0]


@pytest.fixture(scope="module")
def perfect(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(scenario(), tmp_path_factory.mktemp("perfect") / "log")


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(scenario(delivery=WEATHER), tmp_path_factory.mktemp("ordinary") / "log")


def near(found: float, share: float, rows: float, errors: float = 5) -> bool:
    """Whether a share among so many rows is within five standard errors: by chance beyond once in two million."""
    return abs(found - share) < errors * (share * (1 - share) / rows) ** 0.5


def test_perfect_delivery_is_exactly_off(perfect: Log, tmp_path: Path) -> None:
    asked = Log(scenario(delivery=WEATHER), tmp_path / "log", delivery=Delivery())
    for name in ("events.parquet", "events.jsonl"):
        assert (asked.folder / name).read_bytes() == (perfect.folder / name).read_bytes()
    assert perfect.one("select count(*) filter (ts <> received_at or sample_rate <> 1) from log") == 0
    assert perfect.one("select count(distinct event_id) - count(*) from log") == 0


def test_a_log_of_which_clients_write_nothing_is_empty_and_readable(tmp_path: Path) -> None:
    steps = {"open": {"emits": ["opened"], "next": "end"}}
    stopped = {"silence": incident(effects=[{"stops": ["opened"]}])}
    silent = made({"visit": visit(steps)}, people=people(), incidents=stopped)
    nothing = Log(silent, tmp_path / "log", "silence", users=40, truth=tmp_path / "truth")
    assert (nothing.report.rows, nothing.one("select count(*) from log")) == (0, 0)
    assert (nothing.folder / "events.jsonl").read_text("utf-8") == ""


def test_events_may_have_the_names_of_columns(tmp_path: Path) -> None:
    names = ("log", "place", "at", "received", "event")
    steps = {"open": {"emits": {name: {"at": {"up": 0.5, "down": "rest"}} for name in names}, "next": "end"}}
    events = {name: {"fields": {"at": {"given_by": "step"}}} for name in names}
    odd = made({"visit": visit(steps)}, people=people(), events=events)
    log = Log(odd, tmp_path / "log", users=40)
    found = dict(log.ask('select event, count("at") from log group by 1'))
    assert set(found) == set(names)
    assert len(set(found.values())) == 1


def test_ordinary_weather_is_what_the_scenario_says(ordinary: Log, perfect: Log) -> None:
    assert ordinary.report.agrees
    clean, log = (f"read_parquet('{one.folder}/events.parquet')" for one in (perfect, ordinary))
    sent = dict(perfect.ask("select platform, count(*) from log where event <> 'counted' group by 1"))
    here = f"select distinct event_id, platform from {log} where event <> 'counted'"
    came = dict(ordinary.ask(f"select platform, count(*) from ({here}) group by 1"))
    for platform, loss in (("ios", 0.02), ("android", 0.1)):
        assert near(1 - came[platform] / sent[platform], loss, sent[platform])
    assert perfect.one(f"select count(*) from ({here}) where event_id not in (select event_id from {clean})") == 0
    twice = ordinary.one(
        "select avg((n > 1)::int) from (select count(*) n from log where event <> 'counted' group by event_id)"
    )
    assert near(twice, 0.05, sum(came.values()))
    assert (
        ordinary.one("select count(*) from (select event_id from log group by all having count(distinct seq) > 1)") == 0
    )
    assert ordinary.one("select count(*) filter (ts <> received_at) from log where event = 'counted'") == 0


def test_copies_sent_later_under_the_clock_of_the_sending_have_one_id_and_two_bodies(tmp_path: Path) -> None:
    again = {"chance": 0.2, "same_id": "yes", "restamped": 0.5, "after": {"median": "1 min", "p95": "10 min"}}
    log = Log(scenario(delivery={"duplicates": again}), tmp_path / "log")
    copies, restamped, as_waited = log.ask(
        "select count(*), count(*) filter (last <> first), count(*) filter (last - first = waited and last <> first) "
        "from (select max(ts) last, min(ts) first, max(received_at) - min(received_at) waited from log "
        "where event <> 'counted' group by event_id having count(*) = 2)"
    )[0]
    assert near(restamped / copies, 0.5, copies)
    assert as_waited == restamped > 100
    assert log.report.agrees


def test_waiting_has_an_end_and_sessions_wait_alike(tmp_path: Path) -> None:
    held = {name: WEATHER[name] for name in ("delay", "offline", "duplicates")}
    log = Log(scenario(delivery=held), tmp_path / "log")
    longest = log.one("select max(epoch_ms(received_at) - epoch_ms(ts)) from log")
    bound = log.report.longest_wait_ms
    assert 3 * 3_600_000 < longest <= bound < 5 * 3_600_000
    waits = "min(epoch(received_at - ts)) low, max(epoch(received_at - ts)) high"
    by_session = f"select {waits} from log where event <> 'counted' group by session_id"
    share, sessions, mixed = log.ask(
        f"select avg((low > 7000)::int), count(*), count(*) filter (low < 3000 and high > 7000) from ({by_session})"
    )[0]
    assert near(share, 0.1, sessions)
    assert mixed == 0


def test_clocks_belong_to_devices_and_move_only_ts(perfect: Log, tmp_path: Path) -> None:
    log = Log(scenario(delivery={"clock": WEATHER["clock"]}), tmp_path / "log")
    range_of = "min(epoch_ms(ts) - epoch_ms(received_at)) low, max(epoch_ms(ts) - epoch_ms(received_at)) high"
    off = f"select user_id, {range_of} from log where event <> 'counted' group by 1"
    users, differing, wrong = log.ask(
        f"select count(*), count(*) filter (low <> high), avg((abs(low) > 60000)::int) from ({off})"
    )[0]
    assert differing == 0
    assert near(wrong, 0.05 * (1 - 60 / 86400), users)
    assert near(log.one(f"select avg((low > 0)::int) from ({off}) where abs(low) > 60000"), 0.5, users * wrong)
    assert log.one("select count(*) from log") == perfect.one("select count(*) from log")


def test_a_log_is_in_order_of_arrival_and_gaps_in_seq_are_lost_rows(ordinary: Log) -> None:
    rows = [row[0] for row in ordinary.ask("select received_at from log")]
    assert rows == sorted(rows)
    assert ordinary.one("select max(seq) from log where event <> 'counted'") == 2
    assert ordinary.one("select max(seq) from log where event = 'counted'") == 0


# Incidents

FAULTS: dict[str, dict[str, Any]] = {
    "lossy": {"where": {"app_version": "a2"}, "effects": [{"loses": 0.3}]},
    "outage": {"begins": "day 2", "lasts": "12 h", "effects": [{"loses": 0.9, "judged_by": "arrival"}]},
    "retry": {"where": {"platform": "ios"}, "effects": [{"duplicates": 0.5, "same_id": "yes"}]},
    "renumbered": {"effects": [{"duplicates": 0.5, "same_id": "no"}]},
    "travel": {"begins": "day 3", "effects": [{"delays": {"from": "5 h", "to": "6 h"}}]},
    "clocks": {"effects": [{"shifts_clock": "-1 h"}]},
    "unnamed": {"where": {"app_version": "a2"}, "effects": [{"blanks": "app_version"}]},
    "empty": {"effects": [{"blanks": "moved.px"}]},
    "lies": {"effects": [{"writes": "moved.way", "value": "up", "chance": 0.5, "when": {"way": "down"}}]},
    "renamed": {"begins": "day 3", "effects": [{"renames": "moved.way", "was": "down", "now": "below"}]},
    "unit": {"effects": [{"rescales": "moved.px", "times": 0.001}]},
    "silent": {"effects": [{"samples": ["opened"], "keep": 0.25, "by": "event", "says_so": "no"}]},
    "told": {"effects": [{"samples": ["opened", "moved", "closed"], "keep": 0.25, "by": "user", "says_so": "yes"}]},
}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Logs of one product with one incident each, under the same luck."""
    held = scenario(**FAULTS)
    folder = tmp_path_factory.mktemp("twins")
    made_so_far: dict[str, Log] = {}

    def twin(name: str) -> Log:
        if name not in made_so_far:
            names = (name,) if name else ()
            made_so_far[name] = Log(held, folder / (name or "none"), *names, users=600)
        return made_so_far[name]

    return twin


BASE = {
    name: "select count(*) from log where " + test
    for name, test in {"a2": "app_version = 'a2' and event <> 'counted'"}.items()
}
SHARES = [
    ("lossy", "app_version = 'a2' and event <> 'counted'", 0.7),
    ("outage", "event <> 'counted' and received_at >= '2025-03-04' and received_at < '2025-03-04 12:00'", 0.1),
    ("retry", "platform = 'ios' and event <> 'counted'", 1.5),
    ("renumbered", "event <> 'counted'", 1.5),
    ("silent", "event = 'opened'", 0.25),
]


@pytest.mark.parametrize(("name", "where", "factor"), SHARES)
def test_rows_of_the_scope_grow_or_shrink_and_no_others(twins: Any, name: str, where: str, factor: float) -> None:
    without, struck = twins(""), twins(name)
    rows = without.one(f"select count(*) from log where {where}")
    share = struck.one(f"select count(*) from log where {where}") / rows
    assert near(share if share < 1 else share - 1, factor if factor < 1 else factor - 1, rows)
    outside = f"select * from log where not ({where})"
    assert Counter(struck.ask(outside)) == Counter(without.ask(outside))
    assert struck.report.agrees or name == "outage"


def test_copies_keep_their_id_or_get_one(twins: Any) -> None:
    assert twins("retry").one("select count(*) - count(distinct event_id) from log") > 100
    assert twins("renumbered").one("select count(*) - count(distinct event_id) from log") == 0
    same = "select count(*) from (select ts, seq, session_id, event from log group by all having count(*) = 2)"
    assert twins("renumbered").one(same) > 100


def test_late_rows_and_clocks_of_an_incident(twins: Any) -> None:
    waits = "select min(epoch(received_at - ts)), max(epoch(received_at - ts)) from log where event <> 'counted'"
    low, high = twins("travel").ask(f"{waits} and ts >= '2025-03-05'")[0]
    assert 5 * 3600 <= low <= high <= 6 * 3600
    assert twins("travel").ask(f"{waits} and ts < '2025-03-05'")[0] == (0, 0)
    assert twins("clocks").ask(waits)[0] == (3600, 3600)


def test_fields_lie(twins: Any) -> None:
    none = twins("unnamed").one("select count(*) from log where app_version is null and event <> 'counted'")
    assert none == twins("").one("select count(*) from log where app_version = 'a2' and event <> 'counted'")
    assert twins("empty").one("select count(px) from log") == 0
    assert '"px":null' in (twins("empty").folder / "events.jsonl").read_text("utf-8")
    up, down = (
        twins(name).one("select avg((way = 'up')::int) from log where way is not null") for name in ("lies", "")
    )
    assert near(up, down + (1 - down) / 2, 2000)
    assert twins("renamed").ask(
        "select distinct way from log where ts >= '2025-03-05' and way is not null order by 1"
    ) == [
        ("below",),
        ("up",),
    ]
    assert twins("renamed").one("select count(*) from log where way = 'below' and ts < '2025-03-05'") == 0
    assert 0.1 <= twins("unit").one("select min(px) from log") <= twins("unit").one("select max(px) from log") <= 0.9


def test_a_sampling_that_tells_and_one_that_does_not(twins: Any) -> None:
    told, silent = twins("told"), twins("silent")
    assert told.ask("select distinct sample_rate from log where event <> 'counted'") == [(0.25,)]
    assert told.ask("select distinct sample_rate from log where event = 'counted'") == [(1.0,)]
    users = told.one("select count(distinct user_id) from log where event = 'opened'")
    assert near(users / 600, 0.25, 600)
    assert silent.ask("select distinct sample_rate from log") == [(1.0,)]
    weighed = told.one("select sum(1 / sample_rate) from log where event = 'opened'")
    assert abs(weighed / twins("").one("select count(*) from log where event = 'opened'") - 1) < 0.25


def test_what_only_incidents_write_is_in_no_schema_and_in_every_layout(twins: Any) -> None:
    for name in ("", "renamed"):
        assert '"below"' not in (twins(name).folder / "schema.json").read_text("utf-8")
    assert twins("").one("select typeof(px) from log") == twins("unit").one("select typeof(px) from log") == "DOUBLE"

"""Events like those of playlists, drawn with Faker, with Mimesis or by hand: one loop, three ways to draw.

What costs a tool needlessly is left out.  Faker's generator is asked without its proxy and without weights (its
README, Optimizations), Mimesis' providers are bound once instead of being looked up by name (its `Field`
takes half as long again), rows become JSON with orjson, and who is in a session is drawn once per session.  Sessions,
their order and the two clocks are this loop's: neither tool has such a thing.
Run: python events.py faker|mimesis|by-hand jsonl|parquet ROWS FILE
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

SEED = 1
BATCH = 20_000
TRACK = ("track_start", "heartbeat", "heartbeat", "heartbeat", "heartbeat", "track_end")
SESSION = (
    *("playlist_impression",) * 3,
    "playlist_open",
    *TRACK * 12,
    *(*TRACK[:-1], "heartbeat", "track_end") * 3,
    "track_saved",
    "player_control",
    "session_end",
)
"""A hundred events in the shares of playlists."""

PLATFORMS = ("ios", "android", "desktop")
APPS = ("p6.2", "p6.3")
MODELS = ("k3", "k4")
VARIANTS = ("on", "holdback")
DEVICES = ("computer", "phone", "speaker", "car")
LISTS = ("daily_mix", "discovery", "focus", "calm", "party")
STYLES = ("pop", "rock", "hip_hop", "electronic", "classical", "folk", "children", "holiday")
POPULARITIES = ("hit", "middle", "long_tail")
EXPERIENCES = ("personal", "editorial")
TENURES = ("new", "settled")
YES = ("yes", "no")
ON = ("on", "off")
PARTS = ("first_5_s", "to_30_s", "later", "whole")
ENDS = ("skip", "switched_device", "crash", "done")
OFFERS = ("because_you_played", "new_for_you", "mood")
SAVES = ("like", "own_list")
CONTROLS = ("volume", "pause", "output")
CAUSES = ("closed", "arrived", "sleep_timer", "lost_network", "other")

FIRST = datetime(2025, 12, 8)
MINUTES = 35 * 24 * 60


class Draws(NamedTuple):
    """How a tool draws an id, a whole number from one bound to the other, and one of several."""

    uuid: Callable[[], str]
    integer: Callable[[int, int], int]
    pick: Callable[[Sequence[str]], str]


def faker() -> Draws:
    from faker import Faker

    fake = Faker("en_US", use_weighting=False)["en_US"]
    fake.seed_instance(SEED)
    return Draws(fake.uuid4, fake.random_int, fake.random_element)


def mimesis() -> Draws:
    from mimesis import Generic, Locale

    generic = Generic(Locale.EN, seed=SEED)
    return Draws(generic.cryptographic.uuid, generic.numeric.integer_number, generic.choice)


def by_hand() -> Draws:
    own = random.Random(SEED)
    return Draws(lambda: f"{own.getrandbits(128):032x}", own.randint, own.choice)


TOOLS: dict[str, Callable[[], Draws]] = {"faker": faker, "mimesis": mimesis, "by-hand": by_hand}


def events(draws: Draws) -> Iterator[dict[str, Any]]:
    """Rows without end, session after session."""
    uuid, integer, pick = draws
    while True:
        user, session, platform, app = f"u{integer(0, 99_999):08x}", uuid(), pick(PLATFORMS), pick(APPS)
        model, variant, device, tenure = pick(MODELS), pick(VARIANTS), pick(DEVICES), pick(TENURES)
        listed, kind_of_list, replay = uuid(), pick(LISTS), pick(YES)
        interaction, track, style, popularity = listed, 0, "", ""
        moment = FIRST + timedelta(minutes=integer(0, MINUTES))
        for seq, event in enumerate(SESSION):
            moment += timedelta(milliseconds=integer(500, 59_500))
            if event == "track_start":
                interaction, track, style, popularity = uuid(), integer(0, 4_999), pick(STYLES), pick(POPULARITIES)
            row: dict[str, Any] = {
                "event_id": uuid(),
                "event": event,
                "ts": moment,
                "received_at": moment + timedelta(milliseconds=integer(20, 3_000)),
                "user_id": user,
                "session_id": session,
                "interaction_id": interaction,
                "seq": seq,
                "platform": platform,
                "app_version": app,
                "model_version": model,
                "variant": variant,
                "sample_rate": 1,
            }
            if event == "heartbeat":
                row["track"] = track
            elif event == "track_start":
                row |= {
                    "list": listed,
                    "list_kind": kind_of_list,
                    "device": device,
                    "track": track,
                    "position_in_list": integer(0, 29),
                    "style": style,
                    "popularity": popularity,
                    "experience": pick(EXPERIENCES),
                    "tenure": tenure,
                    "replay": replay,
                    "shuffle": pick(ON),
                    "score": integer(0, 100) / 100,
                }
            elif event == "track_end":
                row |= {
                    "list": listed,
                    "list_kind": kind_of_list,
                    "device": device,
                    "reason": pick(ENDS),
                    "track": track,
                    "style": style,
                    "popularity": popularity,
                    "tenure": tenure,
                    "replay": replay,
                    "part": pick(PARTS),
                    "played_ms": integer(0, 300_000),
                    "length_ms": integer(120_000, 300_000),
                }
            elif event == "playlist_impression":
                row |= {"list": listed, "list_kind": kind_of_list, "slot": integer(0, 9)}
                row |= {"overlap": integer(0, 100) / 100, "device": device, "reason": pick(OFFERS)}
            elif event == "playlist_open":
                row |= {"list": listed, "list_kind": kind_of_list, "slot": integer(0, 9), "load_ms": integer(50, 900)}
            elif event == "track_saved":
                row |= {"track": track, "style": style, "how": pick(SAVES)}
            elif event == "player_control":
                row |= {"device": device, "what": pick(CONTROLS)}
            else:
                row |= {"device": device, "cause": pick(CAUSES), "length_min": integer(0, 900) / 10}
            yield row


def write_lines(rows: Iterator[dict[str, Any]], file: str) -> None:
    import orjson

    with open(file, "wb") as out:
        for row in rows:
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def write_parquet(rows: Iterator[dict[str, Any]], file: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    moment, text, whole, real = pa.timestamp("ms"), pa.string(), pa.int64(), pa.float64()
    numbers = ("seq", "track", "position_in_list", "slot", "load_ms", "played_ms", "length_ms")
    columns = dict.fromkeys(name for row in islice(events(by_hand()), len(SESSION)) for name in row)
    types = dict.fromkeys(columns, text) | dict.fromkeys(("ts", "received_at"), moment) | dict.fromkeys(numbers, whole)
    types |= dict.fromkeys(("sample_rate", "score", "overlap", "length_min"), real)
    schema = pa.schema(list(types.items()))
    with pq.ParquetWriter(file, schema, compression="zstd") as out:
        while batch := list(islice(rows, BATCH)):
            out.write_table(pa.Table.from_pylist(batch, schema=schema))


WRITERS = {"jsonl": write_lines, "parquet": write_parquet}


if __name__ == "__main__":
    _, tool, form, count, target = sys.argv
    WRITERS[form](islice(events(TOOLS[tool]()), int(count)), target)

"""The parts of a simulation, each by itself: draws, ids, text, counts of sessions, departures, cuts."""

import datetime as dt
import hmac
import math
import random

import numpy as np
import pytest

from teledesign.scenario.distributions import Distribution
from teledesign.scenario.elementary import gamma_cdf
from teledesign.simulation.files.slices import cut
from teledesign.simulation.files.text import decimal_text, table_of, time_text
from teledesign.simulation.luck.chance import Quantiles
from teledesign.simulation.luck.draws import Seed, bits_below, child_ids, hashed, hashed_each, practice_seed, uniform
from teledesign.simulation.luck.ids import Scramble, hex_digits
from teledesign.simulation.people.departures import Departures, Triggers, settle
from teledesign.simulation.people.sessions import HOUR_MS, Volume, begin_sessions, poisson_counts
from teledesign.simulation.playing.blocks import Blocks, unique_keys
from teledesign.simulation.rows.ordering import ordered_by

SEED = Seed.of_number(1)


def texts(matrix: np.ndarray) -> list[str]:
    return [bytes(row[row != 0]).decode() for row in matrix]


def test_the_practice_seed_is_the_public_one() -> None:
    known = hmac.new(b"teledesign practice", b"photo-tagging | log", "sha256").digest()
    assert practice_seed("photo-tagging").secret == known
    assert practice_seed("photo-tagging") != practice_seed("playlists")


@pytest.mark.parametrize("step", [0, 1, 7])
def test_draws_are_uniform(step: int) -> None:
    """Chi-square over 256 cells of 2^18 draws: beyond 340 by chance once in 5,000 (degrees of freedom 255)."""
    drawn = uniform(np.arange(1 << 18, dtype=np.uint64), SEED.key("a.b"), step)
    assert 0 < drawn.min() < drawn.max() < 1
    cells = np.bincount((drawn * 256).astype(int), minlength=256)
    assert ((cells - 1024) ** 2 / 1024).sum() < 340


def test_draws_of_other_names_steps_and_units_have_nothing_to_do_with_each_other() -> None:
    """Correlations of 2^16 draws: standard error 1/256, so 5 errors are 0.02."""
    ids = np.arange(1 << 16, dtype=np.uint64)
    first = uniform(ids, SEED.key("a"))
    others = [uniform(ids, SEED.key("b")), uniform(ids, SEED.key("a"), 1), uniform(ids + np.uint64(1), SEED.key("a"))]
    others.append(uniform(ids, Seed.of_number(2).key("a")))
    assert all(abs(np.corrcoef(first, other)[0, 1]) < 0.02 for other in others)


def test_one_bit_of_an_id_turns_half_of_the_bits_drawn() -> None:
    ids = np.arange(4096, dtype=np.uint64)
    for bit in range(0, 64, 7):
        turned = hashed(ids, SEED.key("a")) ^ hashed(ids ^ np.uint64(1 << bit), SEED.key("a"))
        share = np.unpackbits(turned.view(np.uint8)).mean()
        assert abs(share - 0.5) < 0.01


def test_draws_do_not_depend_on_what_is_drawn_with_them() -> None:
    ids = hashed(np.arange(1000, dtype=np.uint64), SEED.key("x"))
    whole = uniform(ids, SEED.key("a"), np.arange(1000))
    assert whole[500] == uniform(ids[500:501], SEED.key("a"), 500)[0]


def test_child_ids_differ_by_parent_visit_and_number() -> None:
    parents = np.repeat(hashed(np.arange(50, dtype=np.uint64), SEED.key("p")), 40)
    visits, numbers = np.tile(np.repeat([0, 1], 20), 50), np.tile(np.tile(np.arange(20), 2), 50)
    assert len(np.unique(child_ids(parents, SEED.key("c"), visits, numbers))) == 2000


def test_a_scramble_is_one_to_one() -> None:
    every = Scramble.of(SEED, "x", bits=16)(np.arange(1 << 16, dtype=np.uint64))
    assert np.array_equal(np.sort(every), np.arange(1 << 16))
    assert not np.array_equal(every, Scramble.of(SEED, "y", bits=16)(np.arange(1 << 16, dtype=np.uint64)))


def test_scrambled_ids_show_no_order() -> None:
    found = Scramble.of(SEED, "x")(np.arange(1 << 14, dtype=np.uint64)).astype(np.float64)
    assert abs(np.corrcoef(found, np.arange(1 << 14))[0, 1]) < 0.04


def test_hexadecimal_text() -> None:
    numbers = np.array([0, 255, 0x123456789ABCDEF0], dtype=np.uint64)
    assert texts(hex_digits(numbers)) == ["0" * 16, "0" * 14 + "ff", "123456789abcdef0"]
    assert texts(hex_digits(numbers[:2], 8)) == ["00000000", "000000ff"]


def test_a_few_sizes_are_worked_out_alone_to_the_same_bits_as_their_tables() -> None:
    held = [Distribution("lognormal", 4.0, 25.0, is_time=True), Distribution("normal", 5.0, 4.0, low=0.0, is_time=True)]
    places = np.array([0, 1 << 16, 70_000, 5, 65_535, (1 << 17) - 1])
    few, many = Quantiles(held), Quantiles(held)
    found = few.at(places), few.ms_at(places)
    assert "table" not in vars(few)
    many.at(np.tile(places, 10_000))
    assert "table" in vars(many)
    for alone, of_table in zip(found, (many.at(places), many.ms_at(places)), strict=True):
        assert alone.tobytes() == of_table.tobytes()
    assert many.table_ms.dtype == np.int32


@pytest.mark.parametrize("decimals", [0, 1, 2, 4])
def test_numbers_are_printed_shortest(decimals: int) -> None:
    generator = random.Random(1)
    numbers = [0, 1, -1, 5, -50, 10**decimals, 123456789012, *(generator.randint(-(10**9), 10**9) for _ in range(200))]
    found = texts(decimal_text(np.array(numbers), decimals))
    for number, text in zip(numbers, found, strict=True):
        assert float(text) == number / 10**decimals
        assert text == f"{number / 10**decimals:.{decimals}f}".rstrip("0").rstrip(".") or decimals == 0
    assert texts(decimal_text(np.array([0, -0, 100]), 2)) == ["0", "0", "1"]


def test_times_are_printed_to_the_millisecond() -> None:
    at = np.array([0, 86_400_000 * 30 + 3_723_004])
    assert texts(time_text(at, dt.date(2025, 2, 1), "T")) == ["2025-02-01T00:00:00.000", "2025-03-03T01:02:03.004"]


def test_a_table_of_texts() -> None:
    assert texts(table_of(["a", "", "long"])) == ["a", "", "long"]


@pytest.mark.parametrize("mean", [39.0, 47.0, 60.0, 499.0, 501.0, 740.0, 1000.0, 2500.0])
def test_poisson_counts_of_large_means_are_whole(mean: float) -> None:
    """At the quartiles and far out, against the Poisson distribution function itself (DLMF 8.4.10)."""
    places = np.array([1e-12, 0.25, 0.5, 0.75, 1 - 1e-12])
    counts = poisson_counts(np.full(len(places), mean), 1.0 - places)
    for place, count in zip(places, counts, strict=True):
        below, upto = (gamma_cdf(np.array([count + more]), np.array([mean]))[0] for more in (0.0, 1.0))
        assert 1.0 - below <= place + 1e-9
        assert place <= 1.0 - upto + 1e-9
    drawn = (np.arange(2000) + 0.5) / 2000
    counts = poisson_counts(np.full(2000, mean), drawn)
    assert counts.mean() == pytest.approx(mean, abs=0.01 * math.sqrt(mean) + 0.5)
    assert counts.var() == pytest.approx(mean, rel=0.02)


def test_poisson_counts_have_the_right_mean_and_variance() -> None:
    """Standard errors: of the mean 0.0045, of the variance 0.010; five of each."""
    drawn = uniform(np.arange(200_000, dtype=np.uint64), SEED.key("poisson"))
    counts = poisson_counts(np.full(200_000, 4.0), drawn)
    assert abs(counts.mean() - 4) < 0.023
    assert abs(counts.var() - 4) < 0.07
    assert counts.min() == 0


@pytest.mark.parametrize("most", [1e-2, 0.5, 30.0])
@pytest.mark.parametrize("volume", [None, 5.0])
def test_sessions_begin_as_if_every_hour_of_every_user_were_looked_at(most: float, volume: float | None) -> None:
    users = hashed(np.arange(700, dtype=np.uint64), np.uint64(5))
    hours, draws = np.arange(30, 200), np.random.default_rng(7)
    rates, weights = draws.gamma(0.5, most, len(users)), draws.random(len(hours)) / 24
    rates[0] = 0.0
    more = Volume(np.full(len(hours), volume), lambda rows, at: np.full(len(at), volume)) if volume else None
    begun = begin_sessions(SEED, users, rates, hours, weights, more)
    drawn = np.array([uniform(users, SEED.key("people.sessions"), int(hour)) for hour in hours]).T
    counts = poisson_counts((rates[:, None] * weights * (volume or 1.0)).ravel(), drawn.ravel()).reshape(drawn.shape)
    found = np.zeros_like(counts)
    np.add.at(found, (begun.user_row, begun.at // HOUR_MS - hours[0]), 1)
    assert np.array_equal(found, counts)
    assert np.all(np.diff(begun.user_row) >= 0)
    assert len(np.unique(begun.id)) == len(begun) > 0


def test_bits_are_below_those_of_a_chance_where_the_draw_is() -> None:
    ids = np.arange(20_000, dtype=np.uint64)
    bits = hashed_each(ids, SEED.key("a.b"), np.arange(3))
    assert np.array_equal(bits[:, 2], hashed(ids, SEED.key("a.b"), 2))
    drawn = uniform(ids, SEED.key("a.b"), 2)
    for chance in (0.0, 1e-17, 1e-3, 0.5, 1 - 2.0**-53, 1.0, 7.0, *drawn[:50].tolist()):
        below = bits[:, 2] <= bits_below(np.array([chance]))
        assert np.all(below[drawn < chance])
        assert below.sum() <= (drawn < chance).sum() + 1


def test_more_volume_only_adds_sessions() -> None:
    drawn = uniform(np.arange(5000, dtype=np.uint64), SEED.key("poisson"))
    fewer, more = poisson_counts(np.full(5000, 0.7), drawn), poisson_counts(np.full(5000, 1.1), drawn)
    assert np.all(more >= fewer)
    assert more.sum() > fewer.sum()


def test_a_trigger_counts_only_if_its_session_came_about_and_the_person_is_still_there() -> None:
    none = -(10**9)
    triggers = Triggers(
        at=np.array([50, 40, 60, 70]),
        user=np.array([1, 2, 3, 2]),
        cause_user=np.array([[0], [2], [1], [2]]),
        cause_at=np.array([[20], [none], [55], [none]]),
    )
    own = Departures(np.array([0]), np.array([30]))
    found = settle(triggers, own)
    # 0 leaves by itself; 2 at 40, so not again at 70; 1 at 50, as 0 was there at 20; 3 not, as 1 had left by 55.
    assert dict(zip(found.users.tolist(), found.moments.tolist(), strict=True)) == {0: 30, 1: 50, 2: 40}


def test_keys_that_meet_in_a_block_are_told_apart() -> None:
    keys = np.array([5, 5, 5 + (1 << 50), 7, 6], dtype=np.uint64)
    found = unique_keys(keys, 3)
    assert len(np.unique(found)) == 5
    assert np.all(found >> np.uint64(44) == 3)
    assert found[3] & np.uint64(0xFF) == 7


def test_ordering_by_counting_is_a_stable_sort() -> None:
    keys = np.random.default_rng(1).integers(0, 1 << 40, 5000) // (1 << 30) * (1 << 30)
    assert np.array_equal(ordered_by(keys), np.argsort(keys, kind="stable"))


@pytest.mark.parametrize(("users", "days", "rate"), [(1, 1, 0.0), (3000, 42, 6.0), (150, 28, 900.0), (3, 900, 2500.0)])
def test_blocks_hold_every_user_and_hour_once(users: int, days: int, rate: float) -> None:
    blocks = Blocks.of(users, days, rate)
    hours = np.zeros((users, days * 24), dtype=int)
    for block in blocks:
        hours[block.first : block.last, block.first_hour : block.last_hour] += 1
    assert np.all(hours == 1)
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_a_log_is_cut_into_slices_of_about_equal_size() -> None:
    per_minute = np.full(10_000, 400)
    slices = cut(per_minute, 60_000, 10_000 * 60_000)
    assert [span.in_log for span in slices] == [True] * 4 + [False]
    assert [span.first for span in slices] == [0, 150_000_000, 300_000_000, 450_000_000, 600_000_000]
    assert len(cut(np.zeros(10, dtype=np.int64), 60_000, 600_000)) == 2

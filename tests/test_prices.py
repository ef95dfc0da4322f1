"""Prices: every kind exactly at, below and above its bounds; units; unknown; what a sheet may not say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from teledesign.costs import bill
from teledesign.findings import Refusal
from teledesign.formulas import money
from teledesign.prices import KINDS, PriceRow, PriceSheet
from teledesign.reading import read_prices
from teledesign.resources import packaged_course
from teledesign.units import UNITS, parse_unit
from teledesign.usage import Quantities

SOURCE = {"title": "A thing", "source": "made up", "status": "teaching"}


def row(unit: str, kind: str, **keys: object) -> PriceRow:
    return PriceRow.model_validate({**SOURCE, "unit": unit, "kind": kind, **keys})


def amount(price: PriceRow, quantity: float) -> float | None:
    """The amount for a quantity, to the cent."""
    billing = price.billing("USD")
    return None if billing is None else float(money(billing.amount(quantity)))


PER_UNIT = row("GB", "per_unit", price=0.07)
FREE = row("GB", "per_unit", price=0.50, included=5)
GRADUATED = row(
    "GB-month", "graduated", tiers=[{"up_to": 50, "price": 1.1}, {"up_to": 500, "price": 0.07}, {"price": 0.05}]
)
FREE_GRADUATED = row("GB", "graduated", included=100, tiers=[{"up_to": 10, "price": 0.09}, {"price": 0.085}])
VOLUME = row("million events", "volume", tiers=[{"up_to": 10, "price": 4.35}, {"up_to": 20, "price": 3}, {"price": 2}])
PACKAGE = row("event", "package", size="1 million", price=0.20)
FREE_PACKAGE = row("million requests", "package", size=1, included=1, price=0.40)
FLAT = row("1000 series-month", "flat", base=20, included=1, price=8)
MINIMUM = row("GB", "minimum", price=0.07, least=4.35)
ROUND_UP = row("GB-month", "per_unit", price=0.015, included=10, rounding={"of": "total", "up_to": "1 GB-month"})
ROUND_DOWN = row("GB", "per_unit", price=0.30, included=100, rounding={"of": "total", "down_to": "1 GB"})
COMMIT = row("million events", "commit", price=1.70, commit=100, overage=1.5)
MAX_OF = row("1000 series-month", "max_of", price=8, included=1.1, each="1000 sample/min")
ROUND_OTHER_UNIT = row("GB", "per_unit", price=1.00, rounding={"of": "total", "up_to": "500 MB"})


@pytest.mark.parametrize(
    ("price", "quantity", "expected"),
    [
        (PER_UNIT, 0, 0),
        (PER_UNIT, 1.1, 0.08),  # 0.077
        (PER_UNIT, 4.35, 0.30),  # 0.3045
        (PER_UNIT, 0.07, 0.00),  # 0.0049
        (PER_UNIT, 50.5, 3.54),  # 3.535, half away from zero
        (FREE, 4.35, 0),
        (FREE, 5, 0),
        (FREE, 5.07, 0.04),  # 0.035
        (FREE, 6.1, 0.55),
        (GRADUATED, 1.1, 1.21),
        (GRADUATED, 49.99, 54.99),  # 54.989
        (GRADUATED, 50, 55.00),
        (GRADUATED, 50.1, 55.01),  # 55.007
        (GRADUATED, 54.35, 55.30),  # 55 + 0.3045
        (GRADUATED, 500, 86.50),
        (GRADUATED, 501.1, 86.56),  # 86.5 + 0.055
        (FREE_GRADUATED, 100, 0),
        (FREE_GRADUATED, 110, 0.90),
        (FREE_GRADUATED, 111.1, 0.99),  # 0.9 + 0.0935
        (VOLUME, 9.99, 43.46),  # 43.4565
        (VOLUME, 10, 43.50),
        (VOLUME, 10.01, 30.03),
        (VOLUME, 20, 60),
        (VOLUME, 20.01, 40.02),
        (VOLUME, 4.35, 18.92),  # 18.9225
        (PACKAGE, 0, 0),
        (PACKAGE, 1, 0.20),
        (PACKAGE, 999_999, 0.20),
        (PACKAGE, 1_000_000, 0.20),
        (PACKAGE, 1_000_001, 0.40),
        (FREE_PACKAGE, 1, 0),
        (FREE_PACKAGE, 1.1, 0.40),
        (FREE_PACKAGE, 2, 0.40),
        (FREE_PACKAGE, 2.07, 0.80),
        (FLAT, 0, 20),
        (FLAT, 1, 20),
        (FLAT, 1.1, 20.80),
        (FLAT, 4.35, 46.80),
        (MINIMUM, 0, 4.35),
        (MINIMUM, 62, 4.35),  # 4.34
        (MINIMUM, 62.143, 4.35),  # 4.35001
        (MINIMUM, 63, 4.41),
        (ROUND_UP, 9.2, 0),
        (ROUND_UP, 10, 0),
        (ROUND_UP, 10.07, 0.02),  # 11 - 10
        (ROUND_UP, 14.35, 0.08),  # 15 - 10, 0.075
        (ROUND_DOWN, 100.99, 0),
        (ROUND_DOWN, 101, 0.30),
        (ROUND_DOWN, 104.35, 1.20),
        (COMMIT, 0, 170.00),
        (COMMIT, 99.99, 170.00),
        (COMMIT, 100, 170.00),
        (COMMIT, 100.01, 170.03),  # 0.01 at 2.55
        (COMMIT, 104.35, 181.09),  # 4.35 at 2.55 is 11.0925
        (MAX_OF, 1.09, 0),
        (MAX_OF, 1.1, 0),
        (MAX_OF, 1.11, 0.08),
        (MAX_OF, 4.35, 26.00),
        (ROUND_OTHER_UNIT, 1.1, 1.50),
        (ROUND_OTHER_UNIT, 1.5, 1.50),
        (ROUND_OTHER_UNIT, 0.1 + 0.2 + 0.2, 0.50),
    ],
)
def test_a_price_at_below_and_above_its_bounds(price: PriceRow, quantity: float, expected: float) -> None:
    assert amount(price, quantity) == expected


ALL = [PER_UNIT, FREE, GRADUATED, FREE_GRADUATED, VOLUME, PACKAGE, FREE_PACKAGE, FLAT, MINIMUM, ROUND_UP, ROUND_DOWN]
ALL += [COMMIT, MAX_OF]


def test_every_kind_is_tried() -> None:
    assert {price.kind for price in ALL} == set(KINDS)


@pytest.mark.parametrize("price", ALL, ids=lambda price: price.kind)
def test_units_cancel_to_money_a_month(price: PriceRow) -> None:
    billing = price.billing("USD")
    assert billing is not None
    assert billing.formula.unit(billing.units) == UNITS["USD"] / UNITS["month"]
    assert set(billing.formula.names) == {"q", *billing.numbers} | ({"other"} if price.each else set())
    assert price.monthly * UNITS["month"] == price.unit


@given(st.sampled_from([price for price in ALL if price.kind != "volume"]), st.floats(0, 1e7), st.floats(0, 1e7))
def test_more_never_costs_less(price: PriceRow, quantity: float, more: float) -> None:
    one, other = amount(price, quantity), amount(price, quantity + more)
    assert one is not None
    assert other is not None
    assert 0 <= one <= other


@given(st.floats(0, 1e6))
def test_graduated_tiers_are_the_sum_of_their_parts(quantity: float) -> None:
    parts = [(0.0, 50.0, 1.1), (50.0, 500.0, 0.07), (500.0, float("inf"), 0.05)]
    by_hand = sum(price * max(0.0, min(quantity, end) - start) for start, end, price in parts)
    assert amount(GRADUATED, quantity) == pytest.approx(by_hand, abs=0.0051)


@pytest.mark.parametrize(
    ("other", "expected"), [(0, 26.00), (4350, 26.00), (4351, 26.01), (10_000, 71.20), (1100.07, 26.00)]
)
def test_the_larger_of_two_measures_is_billed(other: float, expected: float) -> None:
    billing = MAX_OF.billing("USD")
    assert billing is not None
    assert float(money(billing.amount(4.35, other))) == expected


@pytest.mark.parametrize(
    ("price", "quantity", "with_free", "without"),
    [
        (FREE, 5.07, 0.04, 2.54),  # 2.535
        (FREE_GRADUATED, 111.1, 0.99, 9.49),  # 0.9 + 101.1 × 0.085 = 9.4935
        (FREE_PACKAGE, 2.07, 0.80, 1.20),
        (ROUND_DOWN, 104.35, 1.20, 31.20),
        (FLAT, 1.1, 20.80, 20.80),  # what a base price covers is no free allowance
    ],
)
def test_free_allowances_can_be_left_out(price: PriceRow, quantity: float, with_free: float, without: float) -> None:
    billing = price.billing("USD")
    assert billing is not None
    assert float(money(billing.amount(quantity))) == with_free
    assert float(money(billing.amount(quantity, free=0.0))) == without


def test_a_quantity_made_of_noise_lands_on_its_bound() -> None:
    assert amount(FREE_PACKAGE, 0.1 * 3 / 0.3) == 0
    assert amount(PACKAGE, 0.1 * 3 * 1e7) == amount(PACKAGE, 3_000_000) == 0.60
    assert amount(VOLUME, 0.1 * 100.00000000000001) == 43.50


# --- Unknown ---


@pytest.mark.parametrize(
    "unknown",
    [
        row("GB", "per_unit", price="unknown"),
        row("GB", "graduated", tiers=[{"up_to": 5, "price": 1}, {"price": "unknown"}]),
        row("GB", "flat", base=5, included=1, price="unknown"),
    ],
    ids=["price", "a tier", "beyond the included"],
)
def test_an_unknown_price_gives_no_amount(unknown: PriceRow) -> None:
    assert not unknown.known
    assert unknown.billing("USD") is None
    assert unknown.told("USD") == "unknown, per GB"
    sheet = small_sheet(thing=unknown, other=PER_UNIT)
    billed = bill(sheet, Quantities.model_validate({"format": 1, "quantities": {"thing": 3, "other": 100}}))
    assert [one.amount for one in billed.rows] == [None, 7.00]
    assert billed.total.amount == 7.00
    assert billed.total.shown("USD") == "at least 7.00 USD"


def small_sheet(**rows: PriceRow) -> PriceSheet:
    plain = {name: one.model_dump(by_alias=True, exclude_unset=True) for name, one in rows.items()}
    base = {"format": 1, "prices": "small", "title": "Small", "currency": "USD", "as_of": "2026-11-01"}
    return PriceSheet.model_validate({**base, "rows": plain})


def test_a_price_of_nothing_is_known() -> None:
    free = row("GB", "per_unit", price=0)
    assert free.known
    assert amount(free, 1e9) == 0


# --- Words ---


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (PER_UNIT, "0.07 USD per GB"),
        (FREE, "0.50 USD per GB, 5 free a month"),
        (GRADUATED, "1.10 up to 50, 0.07 up to 500, then 0.05 USD per GB-month"),
        (VOLUME, "4.35 up to 10, 3.00 up to 20, then 2.00 USD per million events for all of it"),
        (PACKAGE, "0.20 USD per 1,000,000 event begun"),
        (FREE_PACKAGE, "0.40 USD per million requests begun, 1 free a month"),
        (FLAT, "20.00 USD with 1 × 1000 series-month included, then 8.00 per 1000 series-month"),
        (COMMIT, "1.70 USD per million events for 100 million events, used or not, and 1.5 times that beyond it"),
        (MAX_OF, "8.00 USD per 1000 series-month, or per 1,000 sample/min if that is more, 1.1 free a month"),
        (MINIMUM, "0.07 USD per GB, at least 4.35 USD a month"),
        (ROUND_UP, "0.015 USD per GB-month, 10 free a month, the month rounded up to 1 GB-month"),
    ],
)
def test_a_price_in_words(price: PriceRow, words: str) -> None:
    assert price.told("USD") == words


# --- What a sheet may not say ---


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"kind": "per_unit"}, "a price of kind per_unit needs price. Add what is missing"),
        ({"kind": "flat", "price": 1}, "a price of kind flat needs base and included. Add what is missing"),
        ({"kind": "graduated", "price": 1}, "a price of kind graduated needs tiers. Add what is missing"),
        (
            {"kind": "per_unit", "price": 1, "size": 3},
            "a price of kind per_unit has no size. Take it out, or choose another kind",
        ),
        (
            {"kind": "graduated", "tiers": [{"up_to": 5, "price": 1}]},
            "the last tier has an up_to, so that larger quantities have no price. Leave it out",
        ),
        (
            {"kind": "graduated", "tiers": [{"price": 1}, {"price": 2}]},
            "only the last tier goes without up_to. Say where the others end",
        ),
        (
            {"kind": "volume", "tiers": [{"up_to": 9, "price": 1}, {"up_to": 5, "price": 1}, {"price": 2}]},
            "the tiers are out of order. Sort them by up_to, smallest first",
        ),
        ({"kind": "per_unit", "price": -1}, "-1 is no price. Write a number of 0 or more, or unknown"),
        ({"kind": "per_unit", "price": "1"}, "'1' is no price. Write a number of 0 or more, or unknown"),
        ({"kind": "per_unit", "price": float("nan")}, "nan is no price. Write a number of 0 or more, or unknown"),
        ({"kind": "per_unit", "price": float("inf")}, "inf is no price. Write a number of 0 or more, or unknown"),
        (
            {"kind": "per_unit", "price": 1, "rounding": {"of": "total"}},
            "rounding goes one way. Write up_to or down_to",
        ),
        (
            {"kind": "per_unit", "price": 1, "rounding": {"of": "total", "up_to": "5 event"}},
            "the rounding step is in event, which does not fit GB. Use a unit that fits",
        ),
        (
            {"kind": "per_unit", "price": 1, "rounding": {"of": "record", "up_to": "5 event"}},
            "a record is rounded in bytes, not event. Write a size such as 1 kB",
        ),
        (
            {"kind": "per_unit", "price": 1, "rounding": {"of": "total", "up_to": "0 GB"}},
            "nothing can be rounded to multiples of 0. Write a larger step",
        ),
        (
            {"kind": "per_unit", "price": 1, "smallest": "3 event"},
            "a smallest size is in bytes, not event. Write a size such as 10 MB",
        ),
        (
            {"kind": "per_unit", "price": 1, "rounding": {"of": "stay", "up_to": "5 GB"}},
            "a stay is rounded in time, not GB. Write a time such as 1 h",
        ),
        (
            {"kind": "per_unit", "price": 1, "chunk": "0 kB"},
            "nothing comes in pieces of 0 bytes. Write a larger chunk",
        ),
        (
            {"kind": "max_of", "price": 1, "each": "0 sample/min"},
            "a unit that covers 0 of the other measure is worth nothing. Write a larger measure",
        ),
        (
            {"kind": "per_unit", "price": 1, "status": "unseen"},
            "a price that nobody has seen is unknown. Write unknown, or say where it was read",
        ),
        (
            {"unit": "GBx", "kind": "per_unit", "price": 1},
            "'GBx' is not a unit: there is no unit GBx (perhaps GB). Write one such as GB, GB-month or 1000 request",
        ),
    ],
)
def test_what_a_price_may_not_say(keys: dict, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PriceRow.model_validate({**SOURCE, "unit": "GB", **keys})
    assert message in [str(error["ctx"]["error"]) for error in refused.value.errors() if "ctx" in error]


def test_plain_quantities_are_billed_in_units_that_fit() -> None:
    sheet = small_sheet(stored=GRADUATED, taken_in=VOLUME)
    quantities = {"stored": "0.5 TB-month", "taken_in": "25,000,000 event"}
    billed = bill(sheet, Quantities.model_validate({"format": 1, "title": "One month", "quantities": quantities}))
    assert [(one.quantity, one.amount) for one in billed.rows] == [(500, 86.50), (25, 50.00)]
    assert billed.total.shown("USD") == "136.50 USD"
    assert billed.rows[0].price.numbers == "graduated(500, 1.1, 50, 0.07, 500, 0.05)"


def test_quantities_that_cannot_be_billed_are_told_at_once() -> None:
    sheet = small_sheet(stored=GRADUATED, taken_in=VOLUME)
    wrong = {"storde": 3, "taken_in": "5 GB", "stored": 1}
    with pytest.raises(Refusal) as refused:
        bill(sheet, Quantities.model_validate({"format": 1, "quantities": wrong}))
    assert [(one.path, one.message) for one in refused.value.findings] == [
        ("quantities.storde", "the sheet has no row storde. Did you mean stored?"),
        ("quantities.taken_in", "GB and million events do not measure the same. Use a unit that fits"),
    ]


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, "many", "5"])
def test_no_quantity(value: object) -> None:
    with pytest.raises(ValidationError):
        Quantities.model_validate({"format": 1, "quantities": {"stored": value}})


# --- The teaching sheet ---


@pytest.fixture(scope="module")
def teaching() -> PriceSheet:
    return read_prices(Path(packaged_course() / "scenarios" / "prices" / "teaching.yaml")).or_refuse()


def test_the_teaching_sheet_says_that_it_is_invented(teaching: PriceSheet) -> None:
    assert teaching.as_of.isoformat() == "2026-11-01"
    assert "invented" in str(teaching.note)
    for name, one in teaching.rows.items():
        assert one.status == "teaching", name
        assert one.source.startswith("Invented; "), name
        assert one.known, name


def test_the_teaching_sheet_has_what_the_line_items_need(teaching: PriceSheet) -> None:
    from teledesign.costs import LINE_ITEMS

    for line in LINE_ITEMS:
        assert line.price in teaching.covered or teaching.row_of(line.price) is not None, line.price


def test_a_month_of_the_teaching_sheet_by_hand(teaching: PriceSheet) -> None:
    quantities = {
        "requests": 2.07,  # three packages of 0.40
        "ingestion": 1101,  # 1 free, 100 at 0.60, 900 at 0.45, 100 at 0.30
        "streaming": 4.35,  # 0.348
        "hot_storage": 10_001,  # 1,000 and one at 0.08
        "cold_storage": 107,
        "query": 1.1,  # 0.1 at 5
        "series": 102,  # 100 at 8, 1 at 5
        "egress": 10_100,  # 10,000 at 0.09
        "labelling": 1.1,
        "data_plan": 0.07,
    }
    billed = bill(teaching, Quantities.model_validate({"format": 1, "quantities": quantities}))
    assert [one.amount for one in billed.rows] == [1.20, 495.00, 0.35, 1000.08, 1.07, 0.50, 805.00, 900.00, 22.00, 0.21]
    assert billed.total.shown("USD") == "3,225.41 USD"
    assert parse_unit("GB-month") == teaching.rows["hot_storage"].unit

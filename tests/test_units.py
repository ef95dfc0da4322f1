"""Units: what they parse to, how they convert, what they refuse; pint is the oracle."""

import functools
from fractions import Fraction

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teledesign.units import CURRENCIES, UNITS, Unit, UnitError, convert, factor_between, parse_measure, parse_unit


@functools.cache
def oracle() -> pint.UnitRegistry:
    """Pint with our own dimensions: a month, money and each kind of thing are dimensions."""
    registry = pint.UnitRegistry(None, non_int_type=Fraction)
    for line in (
        *(f"{name} = [{name}]" for name in (*CURRENCIES, "event", "record", "request", "object", "item", "series")),
        *(f"{name} = [{name}]" for name in ("sample", "query", "user", "seat", "run", "month", "second", "byte")),
        *(f"{name} = [{name}]" for name in ("stream", "shard", "host", "core", "board", "alarm", "unit", "J")),
        "work_second = [work]",
        "minute = 60 second",
        "hour = 60 minute",
        "day = 24 hour",
        "work_minute = 60 work_second",
        "work_hour = 3600 work_second",
        *(f"{prefix}B = {1000**power} byte" for power, prefix in enumerate("kMGTP", 1)),
        *(f"{prefix}iB = {1024**power} byte" for power, prefix in enumerate("KMGTP", 1)),
    ):
        registry.define(line)
    return registry


@pytest.mark.parametrize(
    ("text", "factor", "exponents"),
    [
        ("GB", 10**9, {"byte": 1}),
        ("GiB", 2**30, {"byte": 1}),
        ("TB", 10**12, {"byte": 1}),
        ("TiB", 2**40, {"byte": 1}),
        ("GB-month", 10**9, {"byte": 1, "month": 1}),
        ("USD/GB", Fraction(1, 10**9), {"USD": 1, "byte": -1}),
        ("USD/GB-month", Fraction(1, 10**9), {"USD": 1, "byte": -1, "month": -1}),
        ("USD/1000 request", Fraction(1, 1000), {"USD": 1, "request": -1}),
        ("USD/1,000 requests", Fraction(1, 1000), {"USD": 1, "request": -1}),
        ("million events", 10**6, {"event": 1}),
        ("event/(user day)", Fraction(1, 86400), {"event": 1, "second": -1, "user": -1}),
        ("events/user/day", Fraction(1, 86400), {"event": 1, "second": -1, "user": -1}),
        ("byte^2 / s", 1, {"byte": 2, "second": -1}),
        ("0.5 h", 1800, {"second": 1}),
        ("series", 1, {"series": 1}),
        ("work_hour", 3600, {"work_second": 1}),
        ("1", 1, {}),
        ("1/day", Fraction(1, 86400), {"second": -1}),
    ],
)
def test_a_unit_is_its_factor_and_its_dimensions(text: str, factor: Fraction, exponents: dict[str, int]) -> None:
    unit = parse_unit(text)
    assert unit.factor == factor
    assert dict(unit.exponents) == exponents
    assert str(unit) == text


REMEDY = "Write one such as GB, GB-month or 1000 request"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a unit is empty. " + REMEDY),
        (
            "gigabyte",
            "'gigabyte' is not a unit: there is no unit gigabyte (perhaps byte). " + REMEDY,
        ),
        (
            "evnet",
            "'evnet' is not a unit: there is no unit evnet (perhaps event). " + REMEDY,
        ),
        ("gb", "'gb' is not a unit: there is no unit gb (perhaps GB). " + REMEDY),
        (
            "10 millon event",
            "'10 millon event' is not a unit: there is no unit millon (perhaps million). " + REMEDY,
        ),
        (
            "bananas",
            "'bananas' is not a unit: there is no unit bananas; what is counted is event, record, request, object, "
            "item, series, sample, query, user, seat, run, stream, shard, host, core, board, alarm or, else, a unit. "
            + REMEDY,
        ),
        ("GB)", "'GB)' is not a unit: ')' is left over. " + REMEDY),
        ("(GB", "'(GB' is not a unit: a parenthesis is not closed. " + REMEDY),
        ("GB/", "'GB/' is not a unit: a name is missing. " + REMEDY),
        (
            "GB^x",
            "'GB^x' is not a unit: a power is a whole number from 1 to 9. " + REMEDY,
        ),
        ("0 GB", "'0 GB' is not a unit: a factor of 0 makes no unit. " + REMEDY),
        ("GB;", "'GB;' is not a unit: ';' has no meaning here. " + REMEDY),
        ("B" * 81, "a unit of 81 characters is too long. Write at most 80"),
    ],
)
def test_a_text_that_is_no_unit(text: str, message: str) -> None:
    with pytest.raises(UnitError) as refused:
        parse_unit(text)
    assert str(refused.value) == message


def test_two_units_that_do_not_fit_are_both_named() -> None:
    with pytest.raises(
        UnitError, match=r"^GB-month and million events do not measure the same\. Use a unit that fits$"
    ):
        factor_between(parse_unit("GB-month"), parse_unit("million events"))


def test_gb_and_gib_measure_the_same_and_are_not_the_same() -> None:
    assert UNITS["GB"] != UNITS["GiB"]
    assert factor_between(UNITS["GiB"], UNITS["GB"]) == Fraction(2**30, 10**9)
    assert convert(1.0, UNITS["TB"], UNITS["GiB"]) == 10**12 / 2**30


def test_a_month_becomes_seconds_only_when_its_length_is_said() -> None:
    stored = parse_unit("GB-month")
    hourly = parse_unit("GB hour")
    with pytest.raises(UnitError):
        factor_between(stored, hourly)
    for hours in (720, 730, 744):
        assert factor_between(stored.with_month(Fraction(hours * 3600)), hourly) == hours
        assert (UNITS["GB"] / stored).with_month(Fraction(hours * 3600)) == Unit() / parse_unit(f"{hours} hour")


def test_a_measure_is_a_number_and_a_unit() -> None:
    measure = parse_measure("1,250.5 million events")
    assert (measure.number, str(measure.unit)) == (1250.5, "million events")
    assert measure.in_unit(UNITS["event"]) == 1_250_500_000
    assert str(parse_measure("10 MB")) == "10 MB"
    assert parse_measure("0 GB").number == 0
    for wrong in ("GB", "10", "-1 GB", "1e3 GB", 3, "ten GB"):
        with pytest.raises(UnitError):
            parse_measure(wrong)


words = st.sampled_from(sorted(set(UNITS) - {"s", "d", "h", "min", "B"}))
powers = st.integers(1, 3)


@settings(deadline=None)
@given(st.lists(st.tuples(words, powers), min_size=1, max_size=3), st.lists(st.tuples(words, powers), max_size=2))
def test_units_agree_with_pint(above, below) -> None:
    registry = oracle()
    text = " ".join(f"{name}^{power}" for name, power in above)
    for name, power in below:
        text += f"/{name}^{power}"
    if len(text) > 80:
        return
    theirs = registry.Quantity(Fraction(1))
    for name, power in above:
        theirs = theirs * registry.Quantity(Fraction(1), name) ** power
    for name, power in below:
        theirs = theirs / registry.Quantity(Fraction(1), name) ** power
    theirs = theirs.to_base_units()
    ours = parse_unit(text)
    assert ours.factor == Fraction(theirs.magnitude)
    assert dict(ours.exponents) == {name: int(power) for name, power in theirs.unit_items()}


@settings(deadline=None)
@given(words, words, st.floats(0, 1e12))
def test_conversions_agree_with_pint(source: str, target: str, value: float) -> None:
    quantity = oracle().Quantity(Fraction(value), source)
    if not quantity.is_compatible_with(target):
        with pytest.raises(UnitError):
            convert(value, UNITS[source], UNITS[target])
    else:
        assert convert(value, UNITS[source], UNITS[target]) == pytest.approx(float(quantity.to(target).magnitude))

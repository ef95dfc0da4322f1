"""Formulas: what is let in, what is refused, and that all faces agree."""

import math
import random
import time

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from javascript import answers
from teledesign.formulas import JAVASCRIPT, PRIMITIVES, Formula, FormulaError, money, over, plain_number, word
from teledesign.units import NUMBER, parse_unit

NAMES = ("users", "share", "days", "price")

REFUSED = [
    ("__import__('os').system('touch x')", 'column 12: "\'" has no meaning in a formula. Take it out'),
    ("users.__class__", "column 1: this has no meaning in a formula. Take it out"),
    ("users.real", "column 1: this has no meaning in a formula. Take it out"),
    ("1.0.__class__", "column 1: this has no meaning in a formula. Take it out"),
    ("users[0]", "column 6: '[' has no meaning in a formula. Take it out"),
    ("lambda: 0", "column 7: ':' has no meaning in a formula. Take it out"),
    ("[x for x in users]", "column 1: '[' has no meaning in a formula. Take it out"),
    ("max(x for x in users)", "column 1: max cannot take 1 values"),
    ("(x:=1)", "column 3: ':' has no meaning in a formula. Take it out"),
    ("f'{users}'", 'column 2: "\'" has no meaning in a formula. Take it out'),
    ("'a'*10**9", 'column 1: "\'" has no meaning in a formula. Take it out'),
    ("9**9**9**9", "column 4: a power is a whole number from 0 to 8, written out"),
    ("users**-1", "column 8: a power is a whole number from 0 to 8, written out"),
    ("users**0.5", "column 8: a power is a whole number from 0 to 8, written out"),
    ("users**9", "column 8: a power is a whole number from 0 to 8, written out"),
    ("users**share", "column 8: a power is a whole number from 0 to 8, written out"),
    ("1e400", "column 1: this number is too large"),
    ("1" + "0" * 400, "column 1: this number is too large"),
    ("-" * 3000 + "1", "the formula has 3001 characters. Write at most 2000"),
    ("-" * 500 + "1", "the formula has more than 400 signs. Write a shorter one"),
    ("-" * 390 + "1", "column 201: the formula has more than 200 parts. Split it"),
    ("(" * 250 + "1" + ")" * 250, "column 201: this is no formula. Look before this place"),
    ("+".join(["users"] * 120), "column 487: the formula has more than 200 parts. Split it"),
    ("max(*users)", "column 1: values are handed over in order, without names and stars"),
    ("max(a=1, b=2)", "column 1: values are handed over in order, without names and stars"),
    ("eval(users)", None),
    ("print(users)", None),
    ("max(min)", "column 1: max cannot take 1 values"),
    ("graduated(users, 1, 2)", "column 1: graduated cannot take 3 values"),
    ("users()", None),
    ("(users)(1)", None),
    ("max(1, 2)(3)", "column 1: only named functions can be called"),
    ("users // 2", "column 1: only + - * / and ** are known here"),
    ("users % 2", "column 7: '%' has no meaning in a formula. Take it out"),
    ("users @ 2", "column 7: '@' has no meaning in a formula. Take it out"),
    ("users and share", "column 1: this has no meaning in a formula. Take it out"),
    ("not users", "column 1: this has no meaning in a formula. Take it out"),
    ("users < share", "column 1: a comparison stands only in a condition. Write a if b > c else d"),
    ("1 if users else 2", "column 6: a condition is a comparison. Write a if b > c else d"),
    (
        "1 if 0 < users < 2 else 2",
        "column 6: a condition is one of < <= > >= == !=, once. Write a if b > c else d",
    ),
    ("1 if users is share else 2", "column 6: a condition is one of < <= > >= == !=, once. Write a if b > c else d"),
    ("1j", "column 1: only numbers and names stand in a formula"),
    ("True", "column 1: only numbers and names stand in a formula"),
    ("None", "column 1: only numbers and names stand in a formula"),
    ("await users", "column 1: this has no meaning in a formula. Take it out"),
    ("yield", None),
    ("import os", None),
    ("users; share", "column 6: ';' has no meaning in a formula. Take it out"),
    ("users share", "column 7: this is no formula. Look before this place"),
    ("0777", None),
    ("1__0", None),
    ("usérs", "column 3: 'é' has no meaning in a formula. Take it out"),
    ("users\u2028+1", "column 6: '\\u2028' has no meaning in a formula. Take it out"),
    ("  users + user", "column 11: there is no user here. Did you mean users?"),
    ("banana", "column 1: there is no banana here. Use a declared name"),
    ("graduate(users, 1)", "column 1: there is no function graduate. Did you mean graduated?"),
    ("", "the formula is empty. Write one"),
    ("not " * 400 + "users", None),
    ("a." * 900 + "b", None),
    ("1<" * 300 + "1", None),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text[:20] or "empty" for text, _ in REFUSED])
def test_what_is_not_on_the_white_list_is_refused_fast(text: str, message: str | None) -> None:
    start = time.perf_counter()
    with pytest.raises(FormulaError) as refused:
        Formula.parse(text, NAMES)
    assert time.perf_counter() - start < 0.5
    assert message is None or str(refused.value) == message


def test_many_parentheses_are_only_parentheses() -> None:
    assert Formula.parse("(" * 150 + "1" + ")" * 150, ()).evaluate({}) == 1


def test_a_formula_reads_as_arithmetic() -> None:
    formula = Formula.parse("users * share\n  * days + (5 if price >= 2 else -1) ** 2", NAMES)
    assert formula.text == "users * share * days + (5 if price >= 2 else -1) ** 2"
    assert formula.names == ("users", "share", "days", "price")
    assert formula.evaluate({"users": 10, "share": 0.5, "days": 30, "price": 2}) == 175
    assert formula.evaluate({"users": 10, "share": 0.5, "days": 30, "price": 1}) == 151
    assert formula.with_numbers({"users": 35e6, "share": 0.1, "days": 30, "price": 1.25}) == (
        "35,000,000 * 0.1 * 30 + (5 if 1.25 >= 2 else -1) ** 2"
    )


def test_arrays_give_what_each_number_gives() -> None:
    text = "graduated(over(users, 10), 2.3, 50, 1.7, 500, 1.1) + (share if users > 100 else money(price)) + users ** 3"
    formula = Formula.parse(text, NAMES)
    users = np.array([0.0, 10.0, 60.0, 510.0, 99999.0])
    result = formula.evaluate({"users": users, "share": 0.5, "price": 1.005})
    single = [formula.evaluate({"users": one, "share": 0.5, "price": 1.005}) for one in users]
    assert result.tolist() == single


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("users / days", {"users": 1, "days": 0}, "column 9: a division by zero. Change the number below the line"),
        ("users", {}, "column 1: users has no value"),
        (
            "users ** 8 * users ** 8",
            {"users": 1e60},
            "users ** 8 * users ** 8 has no finite value here (a division by zero, or a number too large)",
        ),
        (
            "users + 1",
            {"users": math.nan},
            "users + 1 has no finite value here (a division by zero, or a number too large)",
        ),
        (
            "1 / users",
            {"users": np.array([1.0, 0.0])},
            "1 / users has no finite value here (a division by zero, or a number too large)",
        ),
    ],
)
def test_no_number_is_an_error_and_never_a_wrong_number(text: str, values: dict, message: str) -> None:
    with pytest.raises(FormulaError) as refused:
        Formula.parse(text, NAMES).evaluate(values)
    assert str(refused.value) == message


UNITS = {
    name: parse_unit(unit) for name, unit in [("users", "user"), ("share", "1"), ("days", "day"), ("price", "USD/user")]
}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("users * price", "USD"),
        ("users * share", "user"),
        ("users ** 2 / users", "user"),
        ("max(users, 0) + 0", "user"),
        ("ceil_to(users, users) - users", "user"),
        ("graduated(users, price, users, price)", "USD"),
        ("package(users, users, price)", "USD/user"),
        ("flat_included(users, users * price, users, price)", "USD"),
        ("users if days > days else users * 2", "user"),
        ("1 - share", "1"),
    ],
)
def test_a_formula_has_the_unit_of_its_names(text: str, unit: str) -> None:
    assert Formula.parse(text, NAMES).unit(UNITS) == parse_unit(unit)


def test_nothing_but_zero_fits_any_unit() -> None:
    assert Formula.parse("0 * users", NAMES).unit(UNITS) is None
    assert Formula.parse("1", NAMES).unit(UNITS) == NUMBER


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("users + days", "column 1: user and day do not measure the same"),
        ("users * (1 + days)", "column 10: 1 and day do not measure the same"),
        ("max(users, price)", "column 1: user and USD/user do not measure the same"),
        ("graduated(users, price, days, price)", "column 1: user and day do not measure the same"),
        ("flat_included(users, price, users, price)", "column 1: USD/user and USD do not measure the same"),
        ("users if days > users else users", "column 10: day and user do not measure the same"),
    ],
)
def test_units_that_do_not_fit_are_both_named(text: str, message: str) -> None:
    with pytest.raises(FormulaError) as refused:
        Formula.parse(text, NAMES).unit(UNITS)
    assert str(refused.value) == message


def test_gb_and_gib_are_not_added() -> None:
    units = {"a": parse_unit("GB"), "b": parse_unit("GiB")}
    with pytest.raises(FormulaError, match="GB and GiB measure the same but differ in size"):
        Formula.parse("a + b", units).unit(units)


# --- Rounding ---


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        (0, 0),
        (0.005, 1),
        (0.00499999, 0),
        (1.005, 101),
        (4.35, 435),
        (1.1 * 1.1, 121),
        (0.07 * 100 * 0.01, 7),
        (2.675, 268),
        (1.115, 112),
        (-1.005, -101),
        (-0.001, 0),
        (1e9 + 0.004, 1e11),
        (1e9 + 0.006, 1e11 + 1),
        (123456789.125, 12345678913),
    ],
)
def test_money_is_rounded_half_away_from_zero(amount: float, cents: int) -> None:
    assert float(money(amount)) == cents / 100


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=3))
def test_money_agrees_with_decimal_arithmetic(amount) -> None:
    from decimal import ROUND_HALF_UP, Decimal

    assert float(money(float(amount))) == float(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ceil_to(10, 5)", 10),
        ("ceil_to(10.0000001, 5)", 15),
        ("ceil_to(0.3, 0.1)", 0.1 * 3),
        ("ceil_to(1.1 * 3, 1.1)", 1.1 * 3),
        ("ceil_to(0, 5)", 0),
        ("floor_to(0.3, 0.1)", 0.1 * 3),
        ("floor_to(9.999, 5)", 5),
        ("floor_to(4.35 * 100, 1)", 435),
        ("package(999999, 1000000, 2)", 2),
        ("package(1000000, 1000000, 2)", 2),
        ("package(1000001, 1000000, 2)", 4),
        ("package(0, 1000000, 2)", 0),
        ("over(5, 5)", 0),
        ("over(0.1 + 0.2, 0.3)", 0),
        ("over(7, 5)", 2),
        ("over(3, 5)", 0),
        ("flat_included(5, 20, 5, 3)", 20),
        ("flat_included(7, 20, 5, 3)", 26),
        ("minimum(3, 5)", 5),
        ("minimum(7, 5)", 7),
        ("max_of(2, 3, 1)", 3),
        ("graduated(10, 2, 10, 1)", 20),
        ("graduated(9.99, 2, 10, 1)", 19.98),
        ("graduated(11, 2, 10, 1)", 21),
        ("graduated(250, 1, 200, 0.5)", 225),
        ("graduated(5, 2)", 10),
        ("volume(10, 2, 10, 1)", 20),
        ("volume(10.01, 2, 10, 1)", 10.01),
        ("volume(25, 3, 10, 2, 20, 1)", 25),
        ("volume(20, 3, 10, 2, 20, 1)", 40),
        ("volume(0.1 + 0.2, 2, 0.3, 1)", (0.1 + 0.2) * 2),
    ],
)
def test_primitives_at_below_and_above_their_bounds(text: str, value: float) -> None:
    assert Formula.parse(text, ()).evaluate({}) == value


# --- Faces agree ---


@st.composite
def formula_texts(draw, depth: int = 3) -> str:
    """Random formulas over NAMES, of everything but division."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*NAMES, "2", "half", "30"]))
    left, right = draw(formula_texts(depth - 1)), draw(formula_texts(depth - 1))
    kind = draw(st.integers(0, 6))
    if kind <= 2:
        return f"({left} {'+-*'[kind]} {right})"
    if kind == 3:
        return f"({left}) ** {draw(st.integers(0, 3))}"
    if kind == 4:
        return f"({left} if {draw(st.sampled_from(NAMES))} > {draw(st.sampled_from(NAMES))} else {right})"
    return f"{draw(st.sampled_from(['max', 'min']))}({left}, {right})"


numbers = st.fixed_dictionaries({name: st.floats(0.001, 1000) for name in NAMES})


@given(formula_texts(), numbers)
def test_numbers_agree_with_sympy(text: str, values: dict[str, float]) -> None:
    exact = {name: sympy.Rational(value) for name, value in values.items()} | {"half": sympy.Rational(1, 2)}
    # The text is our own, made above; exact fractions make sympy the judge of our floats.
    theirs = eval(text, {"max": sympy.Max, "min": sympy.Min}, exact)
    names = (*NAMES, "half")
    ours = Formula.parse(text, names).evaluate({**values, "half": 0.5})
    # What cancels out has been this large on the way, and each step may round it.
    size = Formula.parse(text.replace("-", "+").replace("min", "max"), names).evaluate({**values, "half": 0.5})
    assert ours == pytest.approx(float(theirs), abs=1e-13 * size)


def test_javascript_gives_the_same_bits(tool) -> None:
    node = tool("node")
    texts = [
        "users * share * days + price / 3 - -users / (days + 1)",
        "(users + 0.1) ** 5 + (price if users >= days else share) * 2",
        "min(users, days, price) + max(share, days) + max_of(users, 3) + minimum(price, 5)",
        "ceil_to(users, share) + floor_to(users * price, 0.1) + ceil_to(0.1 * 3, 0.1)",
        "money(users * price) + money(-share) + money(price * 1.005)",
        "graduated(over(users, 10), 2.3, 50, 1.7, 500, 1.1) + graduated(users, price)",
        "volume(users, 3, 10, price, 200, 1.1) + package(users, days, price)",
        "flat_included(users, price, days, share) + over(users, days)",
        "1e15 + 1e16 * share + 123456.789 / 7",
    ]
    formulas = [Formula.parse(text, NAMES) for text in texts]
    dice = random.Random(5)
    inputs = [
        {
            "users": dice.choice([dice.uniform(0, 1000), float(dice.randrange(600)), dice.randrange(10**6) / 100]),
            "share": dice.choice([dice.random() + 0.001, 0.07, 0.1]),
            "days": dice.choice([30.0, 1.1, dice.uniform(1, 400)]),
            "price": dice.choice([4.35, 1.005, dice.uniform(0.01, 10)]),
        }
        for _ in range(2000)
    ]
    function = "v => [" + ", ".join(formula.javascript() for formula in formulas) + "]"
    theirs = answers(node, JAVASCRIPT, function, inputs)
    ours = [[formula.evaluate(values) for formula in formulas] for values in inputs]
    assert ours == theirs


def test_every_primitive_is_in_javascript(tool) -> None:
    script = (
        JAVASCRIPT + f"for (const name of {list(PRIMITIVES)}) if (typeof eval('td_' + name) !== 'function') throw name;"
    )
    assert answers(tool("node"), script, "x => x", [1]) == [1]


def test_names_are_spelled_as_asked_in_javascript() -> None:
    formula = Formula.parse("users * new + max(constructor, 2)", ("users", "new", "constructor"))
    assert formula.javascript() == "((v.users * v.new) + td_max(v.constructor, 2))"
    assert formula.javascript(lambda name: f"s['{name}']") == "((s['users'] * s['new']) + td_max(s['constructor'], 2))"


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("users * hot_days / 30", r"\frac{U \times \text{hot days}}{30}"),
        ("(users + 1) * 2", r"\left(U + 1\right) \times 2"),
        ("users - (1 - share)", r"U - \left(1 - \text{share}\right)"),
        ("users + (1 + share)", r"U + 1 + \text{share}"),
        ("(users + 1) ** 2", r"{\left(U + 1\right)}^{2}"),
        ("(users / share) ** 2", r"{\left(\frac{U}{\text{share}}\right)}^{2}"),
        ("-users * 2", r"\left(- U\right) \times 2"),
        ("max(users, 1000000, 1250000)", r"\max\left(U, {10}^{6}, 1{,}250{,}000\right)"),
        (
            "ceil_to(users, share + 1) * 2",
            r"\left\lceil \frac{U}{\text{share} + 1} \right\rceil \times \left(\text{share} + 1\right) \times 2",
        ),
        ("over(users, share) * 3", r"{\left(U - \text{share}\right)}^{+} \times 3"),
        ("flat_included(users, 20, 5, 3) * 2", r"\left(20 + {\left(U - 5\right)}^{+} \times 3\right) \times 2"),
        ("1 if users > 2 else 3", r"\begin{cases} 1 & \text{if } U > 2 \\ 3 & \text{otherwise} \end{cases}"),
        (
            "graduated(users, price_1, 10, price_2, 20, 3) * 2",
            r"\left({\text{price}}_{1} \times \min\left(U, 10\right)"
            r" + {\text{price}}_{2} \times {\left(\min\left(U, 20\right) - 10\right)}^{+}"
            r" + 3 \times {\left(U - 20\right)}^{+}\right) \times 2",
        ),
        ("graduated(users + 1, share)", r"\text{share} \times \left(U + 1\right)"),
        ("money(users)", r"\operatorname{money}\left(U\right)"),
        ("users * 1e20", r"U \times {10}^{20}"),
        ("users * 2.5e-9", r"U \times 2.5 \times {10}^{-9}"),
    ],
)
def test_tex(text: str, tex: str) -> None:
    assert (
        Formula.parse(text, ("users", "share", "hot_days", "price_1", "price_2")).tex({"users": word("users", "U")})
        == tex
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (35e6, "35,000,000"),
        (0.1, "0.1"),
        (1 / 3, "0.333333"),
        (1234.5678, "1,234.57"),
        (1234567.891, "1,234,567.89"),
        (0.000417, "0.000417"),
        (1e-9, "1e-09"),
        (1e20, "1e+20"),
        (0, "0"),
        (-2.5, "-2.5"),
    ],
)
def test_numbers_for_reading(value: float, shown: str) -> None:
    assert plain_number(value) == shown


def test_over_is_none_at_the_bound_whatever_the_noise() -> None:
    noisy = 0.1 * 3e9
    assert float(over(noisy, 300000000)) == 0
    assert float(over(300000001, 300000000)) == 1

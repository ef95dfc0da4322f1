"""The cost sheet's arithmetic: what is given, what is asked, and the answers, from the printed numbers alone.

The estimate of `costs` works with the same printed numbers, so that its amounts are the key's, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from teledesign.form import CostSheet, DrawnNumber, Exercise, Given, PrintedPrice, Slip
from teledesign.formulas import money
from teledesign.levers import lever_set_by
from teledesign.prices import PriceRow
from teledesign.worksheets.basis import DIGITS, GROUPS_OWN, STORED, Billed, CostBasis, over_print
from teledesign.worksheets.wording import digits, rounded, said, said_money, said_price, said_share, with_article

__all__ = ["cost_sheet"]

RATES = (1.0, 0.1, 0.01)
TOLERANCE = 0.02
"""A share of the answer: rounding on the way stays below it, and GB taken for GiB (7 %) does not."""


def cost_sheet(basis: CostBasis, numbers: Sequence[DrawnNumber]) -> CostSheet:
    """One group's cost sheet, answers included."""
    own = {lever: number for number in numbers if (lever := lever_set_by(number.sets)) is not None}
    settings = {lever: number.value for lever, number in own.items()}
    values = {**basis.defaults, **{name: value for name, value in settings.items() if name in GROUPS_OWN}}
    if basis.content is not None:
        values["content_share"] = basis.content_share
    kept_at = [{**values, "sampling": rate} for rate in RATES]
    return CostSheet(
        given=tuple(_given(basis, values, own)),
        prices=tuple(
            PrintedPrice(name=one.name, title=one.row.title, says=one.row.told(basis.currency), unit=str(one.row.unit))
            for one in basis.items
        ),
        sheet=basis.sheet,
        as_of=basis.as_of,
        currency=basis.currency,
        rates=RATES,
        rare=basis.rare,
        enough=_enough(values["users"] * values["rare"]),
        steps=tuple(_steps(basis, values)),
        table=tuple(tuple(_cells(basis, at)) for at in kept_at),
        content=tuple(_content(basis, values)),
        settings={**settings, **_without_content(basis)},
    )


def _enough(rare_a_day: float) -> int:
    """A number of rows a day that some of the rates leave and the lowest does not: 30, 100, 300, …"""
    enough = 30
    while enough <= rare_a_day * min(RATES):
        enough = enough * 10 // 3 if str(enough).startswith("3") else enough * 3
    return enough


def _without_content(basis: CostBasis) -> dict[str, float]:
    """Settings that leave payloads out of the estimate, as the steps do."""
    payloads = [one for one in basis.model.settings if one.name.startswith("payload_") and one.default]
    return {one.name: 0.0 for one in payloads}


def _given(basis: CostBasis, values: Mapping[str, float], own: Mapping[str, DrawnNumber]) -> Iterator[Given]:
    people = basis.model.gathered.scenario.people.called
    titles = {
        "users": (f"{people.capitalize()} in production", people),
        "sampling": ("Share of rows kept", None),
        "hot_days": ("Days that rows are kept", "days"),
    }
    for name, (title, unit) in titles.items():
        drawn = own.get(name)
        shown = said_share(values[name]) if name == "sampling" else said(values[name])
        yield Given(
            name=name,
            title=drawn.title if drawn else title,
            value=values[name],
            shown=drawn.shown if drawn else shown,
            unit=drawn.unit if drawn else unit,
        )
    for name, title, unit in (
        ("days", "Days in a month", None),
        ("rows", "Rows of one user and day, all signals", "rows"),
        ("bytes", "Bytes of these rows", "bytes"),
        ("billed", "Bytes as the stream bills them", "bytes"),
        ("rare", f"Rows of the rarest signal, “{basis.rare}”, of one user and day", "rows"),
    ):
        yield Given(name=name, title=title, value=values[name], shown=said(values[name]), unit=unit)
    if basis.content is not None:
        content = basis.content.replace("_", " ")
        for name, title, unit in (
            ("carriers", f"Rows of one user and day that could carry {with_article(content)}", "rows"),
            ("content_bytes", f"Bytes of one {content}", "bytes"),
        ):
            yield Given(name=name, title=title, value=values[name], shown=said(values[name]), unit=unit)
        share = values["content_share"]
        title = f"Share of those that carry {with_article(content)}"
        yield Given(name="content_share", title=title, value=share, shown=said_share(share))


def _steps(basis: CostBasis, values: Mapping[str, float]) -> Iterator[Exercise]:
    yield _volume(
        "rows_all",
        "Rows in a month, everything kept",
        "users × rows of one user and day × days in a month",
        "users * rows * days / 1000000",
        "million rows",
        values,
        [("left out the days", "users * rows / 1000000")],
    )
    yield _volume(
        "rows_kept",
        "Rows kept in a month",
        "that × the share kept",
        "users * rows * days * sampling / 1000000",
        "million rows",
        values,
        [("left out the share kept", "users * rows * days / 1000000")],
    )
    yield _volume(
        "gb_kept",
        "Bytes kept in a month, in GB",
        "users × bytes of one user and day × days × share kept, divided by 10⁹",
        "users * bytes * days * sampling / 1000000000",
        "GB",
        values,
        [
            ("gave GiB", "users * bytes * days * sampling / gib"),
            ("left out the days", "users * bytes * sampling / 1000000000"),
        ],
    )
    yield _volume(
        "gib_kept",
        "The same in GiB, as a console shows it",
        "bytes divided by 2³⁰ = 1,073,741,824; prices here are per GB",
        "users * bytes * days * sampling / gib",
        "GiB",
        values,
        [("gave GB", "users * bytes * days * sampling / 1000000000")],
    )
    amounts = []
    for item in basis.items:
        amount = _amount(basis, item, values)
        amounts.append(amount.answer or 0.0)
        yield amount
    total = float(money(sum(amounts)))
    yield Exercise(
        name="total",
        asks="Together, a month",
        how="the sum of the amounts above",
        formula=" + ".join(item.name for item in basis.items),
        unit=basis.currency,
        answer=total,
        shown=said_money(total),
        worked=" + ".join(said_money(amount) for amount in amounts),
        tolerance=TOLERANCE,
    )


def _cells(basis: CostBasis, values: Mapping[str, float]) -> Iterator[Exercise]:
    rate = said_share(values["sampling"])
    yield _volume(
        "rows", f"Rows kept at {rate}", "", "users * rows * days * sampling / 1000000", "million rows", values, []
    )
    yield _volume("gb", f"GB kept at {rate}", "", "users * bytes * days * sampling / 1000000000", "GB", values, [])
    total = float(money(sum(item.cost(values) for item in basis.items)))
    yield Exercise(
        name="amount",
        asks=f"Amount at {rate}",
        formula=" + ".join(item.name for item in basis.items),
        unit=basis.currency,
        answer=total,
        shown=said_money(total),
        worked=" + ".join(said_money(item.cost(values)) for item in basis.items),
        tolerance=TOLERANCE,
    )
    yield _volume(
        "rare", f"Rows of the rarest signal a day at {rate}", "", "users * rare * sampling", "rows", values, []
    )


def _content(basis: CostBasis, values: Mapping[str, float]) -> Iterator[Exercise]:
    if basis.content is None:
        return
    content = basis.content.replace("_", " ")
    formula = "users * carriers * content_share * content_bytes * days * sampling / 1000000000"
    yield _volume(
        "content_gb",
        f"Bytes of all {content} payloads kept in a month, in GB",
        "users × rows that could carry one × share that do × bytes of one × days × share kept",
        formula,
        "GB",
        values,
        [("left out the share that carry one", formula.replace(" * content_share", ""))],
    )
    yield _volume(
        "content_times",
        "How many times the bytes of all rows",
        "",
        "carriers * content_share * content_bytes / bytes",
        "times",
        values,
        [],
    )


def _volume(
    name: str,
    asks: str,
    how: str,
    formula: str,
    unit: str,
    values: Mapping[str, float],
    slips: Sequence[tuple[str, str]],
) -> Exercise:
    parsed = over_print(formula)
    answer = float(parsed.evaluate(values))
    wrong = [(says, float(over_print(text).evaluate(values))) for says, text in slips]
    return Exercise(
        name=name,
        asks=asks,
        how=how,
        formula=formula,
        unit=unit,
        answer=answer,
        shown=digits(rounded(answer, DIGITS)),
        worked=_in_print(parsed.with_numbers(values)),
        tolerance=TOLERANCE,
        slips=tuple(_slips(answer, wrong)),
    )


def _amount(basis: CostBasis, item: Billed, values: Mapping[str, float]) -> Exercise:
    quantity = float(item.quantity.evaluate(values))
    answer = item.amount(quantity)
    wrong = []
    if item.row.tiers:
        first, last = item.row.tiers[0].price or 0.0, item.row.tiers[-1].price or 0.0
        wrong = [
            ("took the first price for all of it", quantity * first),
            ("took the last price for all of it", quantity * last),
        ]
    if item.quantity.text.startswith(STORED[0]):
        wrong.append(("multiplied a month's bytes by the days kept", item.amount(quantity * values["days"])))
        month = quantity / values["hot_days"] * values["days"] if values["hot_days"] else 0.0
        wrong.append(("took what one month brings", item.amount(month)))
    if "billed" in item.quantity.names:
        real = quantity * values["bytes"] / values["billed"]
        wrong.append(("took the rows' own bytes", item.amount(real)))
    slips = tuple(
        Slip(says=says, shown=said_money(value))
        for says, value in wrong
        if _differs(answer, value) and said_money(value) != said_money(answer)
    )
    return Exercise(
        name=item.name,
        asks=item.asks,
        how=item.how,
        formula=item.quantity.text,
        price=item.name,
        unit=basis.currency,
        answer=answer,
        shown=said_money(answer),
        worked=f"{_in_print(item.quantity.with_numbers(values))} = {digits(rounded(quantity, 6))} {item.row.unit}; "
        f"{_bill_in_words(item.row, quantity, basis.currency)}",
        tolerance=TOLERANCE,
        slips=slips,
    )


def _bill_in_words(row: PriceRow, quantity: float, currency: str) -> str:
    """How the amount comes about: the part of each tier at its price."""
    free = min(quantity, row.included or 0.0)
    left = quantity - free
    parts = []
    if row.kind == "graduated":
        below = 0.0
        for tier in row.tiers:
            part = max(0.0, min(left, tier.up_to if tier.up_to is not None else left) - below)
            if part > 0:
                parts.append(f"{digits(rounded(part, 6))} × {said_price(tier.price or 0.0)}")
            below = tier.up_to if tier.up_to is not None else below
    elif row.kind == "per_unit":
        parts = [f"{digits(rounded(left, 6))} × {said_price(row.price or 0.0)}"] if left > 0 else []
    else:
        return row.told(currency)
    taken_off = f"{digits(free)} free, then " if row.included else ""
    return taken_off + (" + ".join(parts) or "nothing")


def _slips(answer: float, wrong: Sequence[tuple[str, float]]) -> Iterator[Slip]:
    for says, value in wrong:
        if _differs(answer, value):
            yield Slip(says=says, shown=digits(rounded(value, DIGITS)))


def _differs(answer: float, value: float) -> bool:
    """Whether a wrong answer can be told from a right one that was rounded on the way."""
    return abs(value - answer) > 1.5 * TOLERANCE * abs(answer)


def _in_print(formula: str) -> str:
    for plain, print_like in ((" * ", " × "), (" / ", " ÷ "), ("1000000000", "10⁹"), ("1000000", "10⁶")):
        formula = formula.replace(plain, print_like)
    return formula

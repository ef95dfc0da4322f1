"""How handouts say numbers.  What is printed is what answers are worked out from, so printing rounds first."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

__all__ = ["digits", "rounded", "said", "said_money", "said_points", "said_price", "said_share", "with_article"]

_WORDS = ((Decimal(10**9), "billion"), (Decimal(10**6), "million"))
_SHORT = 4


def rounded(value: float, digits: int) -> float:
    """The value to so many significant digits, halves away from zero, exact in decimals."""
    number = Decimal(repr(float(value)))
    if not number:
        return 0.0
    place = number.adjusted() - digits + 1
    return float(number.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_UP))


def said(value: float) -> str:
    """The number as a person writes it, losing nothing: `35 million`, `12,500`, `0.62`."""
    number = Decimal(repr(float(value))).normalize()
    for size, word in _WORDS:
        short = (number / size).normalize()
        if abs(number) >= size and len(short.as_tuple().digits) <= _SHORT:
            return f"{short:,f} {word}"
    return digits(value)


def digits(value: float) -> str:
    """The number in digits alone, losing nothing: `12,500`, `0.62`."""
    return f"{Decimal(repr(float(value))).normalize():,f}"


def said_share(value: float) -> str:
    """A share in percent, losing nothing: `62 %`."""
    return f"{said(float(Decimal(repr(float(value))) * 100))} %"


def said_money(amount: float) -> str:
    """An amount to the cent: `1,234.50`."""
    return f"{amount:,.2f}"


def said_price(price: float) -> str:
    """A price as a sheet prints it: at least two decimals."""
    text = digits(price)
    return f"{price:,.2f}" if len(text.partition(".")[2]) < 2 else text


def said_points(points: float) -> str:
    """Points as a marker writes them: whole, or with one decimal."""
    return said(rounded(points, 2)) if points < 10 else said(round(points))


def with_article(noun: str) -> str:
    """A noun with the article that its first letter asks for: `a photo`, `an embedding`."""
    return f"{'an' if noun[:1].lower() in tuple('aeio') else 'a'} {noun}"

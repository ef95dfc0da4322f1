"""How pages say numbers, shares, spans of time and sizes of files."""

from __future__ import annotations

__all__ = ["said_bytes", "said_count", "said_number", "said_several", "said_share", "said_span"]

_LARGE = ((1e9, "billion"), (1e6, "million"))
_SPANS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_SIZES = ((1_000_000, "MB"), (1_000, "kB"))


def said_number(value: float) -> str:
    """A number as one would read it: `35 million`, `12,000`, `0.788`; at most four significant digits below 1."""
    for size, word in _LARGE:
        if abs(value) >= size:
            return f"{_short(value / size)} {word}"
    if value == int(value):
        return f"{int(value):,}"
    return _short(value)


def said_count(value: int) -> str:
    """A whole number with its thousands parted."""
    return f"{value:,}"


def said_several(count: int, one: str, several: str = "") -> str:
    """How many of something, small numbers as words: `one product`, `four products`, `13 metrics`."""
    number = _WORDS[count] if count < len(_WORDS) else said_count(count)
    return f"{number} {one if count == 1 else several or f'{one}s'}"


def said_share(value: float) -> str:
    """A share in percent: `27 %`, `0.4 %`."""
    return f"{_short(100 * value)} %"


def said_span(seconds: float) -> str:
    """A span of time in its largest whole unit: `2 days`, `90 minutes`, `0.25 seconds`."""
    for size, word in _SPANS:
        if seconds >= size and (seconds / size) % 1 == 0:
            count = int(seconds / size)
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    return f"{_short(seconds)} seconds"


def said_bytes(size: int) -> str:
    """The size of a file: `4.2 MB` (of a million bytes)."""
    for unit, word in _SIZES:
        if size >= unit:
            return f"{size / unit:.1f} {word}"
    return f"{size} B"


def _short(value: float) -> str:
    text = f"{value:,.3f}" if abs(value) >= 1 else f"{value:.4g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text

"""Names and values as SQL writes them, so that SQLite and DuckDB read them alike."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["RESERVED", "condition", "identifier", "literal", "text_list"]

_RESERVED = """
add all alter analyse analyze and anti any array as asc asof asymmetric at authorization autoincrement between
binary both by case cast check collate collation column columns commit concurrently constraint create cross
current_date current_time current_timestamp default deferrable delete desc describe distinct do drop else end
escape except exists false fetch for foreign freeze from full generated glob grant group having ilike in index
indexed initially inner insert intersect into is isnull join lambda lateral leading left like limit map match
natural not nothing notnull null offset on only or order outer over overlaps pivot pivot_longer pivot_wider
placing positional primary qualify raise references regexp returning right row select semi set show similar some
struct summarize symmetric table tablesample then to trailing transaction trigger true try_cast tuple union
unique unpack unpivot update using values variadic verbose when where window with
"""
RESERVED = frozenset(_RESERVED.split())
"""Words that one of the two databases does not take as the name of a column."""


def identifier(name: str) -> str:
    """A name of a column: quoted only where it must be, because SQLite takes a misspelt quoted name for a text."""
    if name.lower() in RESERVED or not name.isidentifier():
        return '"' + name.replace('"', '""') + '"'
    return name


def literal(value: str | float) -> str:
    """A text or number."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def text_list(values: Iterable[str]) -> str:
    """Texts parted by commas."""
    return ", ".join(literal(value) for value in values)


def condition(column: str, values: tuple[str | float, ...]) -> str:
    """That a column holds one of these values."""
    if len(values) == 1:
        return f"{column} = {literal(values[0])}"
    return f"{column} IN ({', '.join(literal(value) for value in values)})"

"""Conditions and rows: what hangs on a name must know the name and its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from teledesign.reading.rules.conditions import conditions_of
from teledesign.reading.rules.facts import Facts, Path, Said, is_number, remedy
from teledesign.reading.rules.graph import ENDS, Journeys
from teledesign.reading.rules.placed import PlacedTable
from teledesign.scenario.names import Kind, Name
from teledesign.scenario.tables import ChanceTable, NumberTable, Size, SizeTable


def unknown_names(facts: Facts) -> Iterator[Said]:
    """`given` and `where` that name what is not known there."""
    for condition in conditions_of(facts):
        if condition.name in condition.known:
            continue
        elsewhere = facts.names.get(condition.name)
        what = f"{condition.name} is not known {condition.known_where}"
        if elsewhere is not None and elsewhere.kind is not Kind.PERSON:
            what += f" (it belongs to {_holder(elsewhere)})"
        usable = sorted(
            (name for name, values in condition.known.items() if values != ()), key=lambda name: "." in name
        )
        yield condition.path, f"{what}. {remedy(condition.name, usable)}"


def _holder(name: Name) -> str:
    return "the users" if name.is_of_a_user else name.holder


def numbers_compared(facts: Facts) -> Iterator[Said]:
    """Conditions on numbers: only names with listed values can pick a row."""
    for condition in conditions_of(facts):
        if condition.known.get(condition.name, None) == ():
            listed = [name for name, values in condition.known.items() if values]
            yield condition.path, f"{condition.name} is a number, which picks no row. {remedy(condition.name, listed)}"


def unknown_values(facts: Facts) -> Iterator[Said]:
    """Rows and conditions for values that do not exist."""
    for condition in conditions_of(facts):
        values = condition.known.get(condition.name)
        for path, value in condition.values if values else ():
            if value not in (values or ()):
                shown = [str(known) for known in dict.fromkeys(values or ())]
                yield path, f"{condition.name} is never {value}. {remedy(str(value), shown)}"


def unknown_choices(facts: Facts) -> Iterator[Said]:
    """Slices and incidents that change a choice the table does not have."""
    for placed in facts.tables:
        if isinstance(placed.table, ChanceTable):
            yield from _of_slices(placed.table, placed.path, placed.table.choices)
    for name, incident in facts.scenario.incidents.items():
        for index, effect in enumerate(incident.effects):
            target = facts.by_address.get(effect.changes or "")
            if target is None or not isinstance(target.table, ChanceTable):
                continue
            path = ("incidents", name, "effects", index)
            choices = target.table.choices
            named = {
                "times": effect.times,
                "odds_times": effect.odds_times,
                "set": getattr(effect.set, "chances", None),
            }
            for verb, changed in named.items():
                for choice in changed if isinstance(changed, dict) else ():
                    if choice not in choices and not (verb == "set" and _may_follow(facts, choice, target)):
                        yield (
                            (*path, verb, choice),
                            f"{effect.changes} has no choice {choice}. {remedy(choice, choices)}",
                        )


def _may_follow(facts: Facts, choice: str, target: PlacedTable) -> bool:
    """Whether an incident sends people where they never go otherwise: to a step, or to an end."""
    steps = facts.scenario.journey[target.episode].steps if target.episode and target.step else {}
    return target.path[-1] == "next" and (choice in steps or choice in ENDS)


def _of_slices(table: ChanceTable, path: Path, choices: tuple[str, ...]) -> Iterator[Said]:
    for index, part in enumerate(table.slices):
        for verb, changed in (("times", part.times), ("odds_times", part.odds_times)):
            for choice in changed or ():
                if choice not in choices:
                    yield (
                        (*path, "slices", index, verb, choice),
                        f"there is no choice {choice}. {remedy(choice, choices)}",
                    )
    for value, row in table.rows.items():
        yield from _of_slices(row, (*path, value), choices)
    if table.otherwise is not None:
        yield from _of_slices(table.otherwise, (*path, "else"), choices)


def unknown_numbers(facts: Facts) -> Iterator[Said]:
    """Sizes that name a number not known there."""
    for placed in facts.tables:
        if isinstance(placed.table, SizeTable):
            for path, size in sizes_of(placed.table, placed.path):
                held = placed.visible.get(size.name or "")
                if size.name is not None and not is_number(held):
                    numbers = [name for name, known in placed.visible.items() if is_number(known)]
                    what = f"{size.name} is no number" if held else f"no number {size.name} is known here"
                    yield path, f"{what}. {remedy(size.name, numbers)}"


def sizes_of(table: SizeTable, path: Path) -> Iterator[tuple[Path, Size]]:
    """Every size a table names, those that slices set too, at its path."""
    if table.row is not None:
        yield path, table.row
    for value, row in table.rows.items():
        yield from sizes_of(row, (*path, value))
    if table.otherwise is not None:
        yield from sizes_of(table.otherwise, (*path, "else"))
    for index, part in enumerate(table.slices):
        if part.set is not None:
            yield (*path, "slices", index, "set"), part.set


NEEDS_TIME = ("takes", "after", "latency", "delay", "wrong_by")
NEEDS_NUMBER = ("count", "score")


def sizes_fit(facts: Facts) -> Iterator[Said]:
    """Durations where time passes, plain numbers where something is counted, and one kind within a table."""
    for placed in facts.tables:
        if not isinstance(placed.table, SizeTable):
            continue
        wanted = True if placed.path[-1] in NEEDS_TIME else False if placed.path[-1] in NEEDS_NUMBER else None
        for path, size in sizes_of(placed.table, placed.path):
            is_time = size_is_time(facts, size)
            if is_time is None or _is_nought(size):
                continue
            if wanted is None:
                wanted = is_time
            elif is_time != wanted:
                needed = "a duration such as 40 s" if wanted else "a plain number such as 3"
                yield path, f"{_unit_of(is_time)} stands where {needed} is needed. Write {needed}"


def _unit_of(is_time: bool) -> str:
    return "a duration" if is_time else "a plain number"


def _is_nought(size: Size) -> bool:
    return size.value is not None and size.value.value == 0


def size_is_time(facts: Facts, size: Size) -> bool | None:
    """Whether a size is a duration; None where that hangs on a name that is unknown or names another."""
    if size.name is None:
        return size.is_time
    held = facts.names.get(size.name)
    table = facts.number_table(held) if held is not None else None
    first = next(iter(sizes_of(table, ())), None) if table is not None else None
    return first[1].is_time if first is not None and first[1].name is None else None


LIKENESS = 0.8


MOST_COMPARED = 300
"""Choices of a table; where there are more, each with each takes too long."""


def near_choices(facts: Facts) -> Iterator[Said]:
    """Choices that only one row names, almost like one that the others name: surely a slip of the pen."""
    for placed in facts.tables:
        if isinstance(placed.table, ChanceTable) and placed.path[-1] != "next":
            rows = {path: tuple(row) for path, row in _rows(placed.table, placed.path)}
            times = Counter(choice for choices in rows.values() for choice in set(choices))
            if len(times) > MOST_COMPARED:
                continue
            for path, choices in rows.items():
                for choice in choices:
                    others = sorted(times.keys() - {*choices}) if times[choice] == 1 else ()
                    if near := get_close_matches(choice, others, n=1, cutoff=LIKENESS):
                        yield (*path, choice), f"no other row has {choice}, but {near[0]}. Did you mean {near[0]}?"


def _rows(table: ChanceTable, path: Path) -> Iterator[tuple[Path, Iterable[str]]]:
    if table.row is not None:
        yield path, table.row.chances
    for value, row in table.rows.items():
        yield from _rows(row, (*path, value))
    if table.otherwise is not None:
        yield from _rows(table.otherwise, (*path, "else"))


def missing_rows(facts: Facts) -> Iterator[Said]:
    """Tables without a row for a value that can reach them."""
    journeys = Journeys(facts)
    for placed in facts.tables:
        for path, table, given in _given(placed.table, placed.path):
            name = placed.visible.get(given)
            if name is None or table.otherwise is not None:
                continue
            for value in journeys.values(name):
                if value not in table.rows and _reaches(placed, journeys, name, value):
                    yield (
                        path,
                        f"there is no row for {name.name} {value}, which can occur here. Add the row, or an else",
                    )


def _given(
    table: ChanceTable | SizeTable | NumberTable, path: Path
) -> Iterator[tuple[Path, ChanceTable | SizeTable | NumberTable, str]]:
    if table.given is None:
        return
    yield path, table, table.given
    if not isinstance(table, NumberTable):
        for value, row in table.rows.items():
            yield from _given(row, (*path, value))
        if table.otherwise is not None:
            yield from _given(table.otherwise, (*path, "else"))


def _reaches(placed: PlacedTable, journeys: Journeys, name: Name, value: str) -> bool:
    if placed.episode is None:
        return True
    entered = journeys.can_enter(placed.episode, name, value)
    return placed.step in entered if placed.step is not None else bool(entered)

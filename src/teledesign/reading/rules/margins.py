"""What a scenario adds up to, by algebra: anchors, the ends of a form's ranges, the size of a log."""

from __future__ import annotations

import math
from collections.abc import Iterator

from teledesign.expectation import AnchorResult, Expectation
from teledesign.levers import PREFIX
from teledesign.reading.rules.facts import Facts, Said
from teledesign.reading.rules.multipliers import chances_above_one
from teledesign.scenario.contexts import TooWide, context_of, names_of_hits
from teledesign.scenario.questions import FormParameter
from teledesign.scenario.schedule import Running, effects_on
from teledesign.scenario.setting import SettingError, with_number

MANY_ROWS = 3_000_000
"""Rows of one simulated day beyond which nobody wants to wait for a log."""
ON_NO_TABLE = (PREFIX, "people.production")


def too_wide(facts: Facts) -> Iterator[Said]:
    """Tables, episodes and attributes that depend on more combinations of values than can be worked out."""
    try:
        facts.expectation.events_per_user_day()
        for name, incident in facts.scenario.incidents.items():
            _widened(facts, {name: incident})
    except TooWide as problem:
        table = next((placed.path for placed in facts.tables if placed.address == problem.address), None)
        people = ("people", "attributes")
        yield (
            table or (("journey", problem.address) if problem.address in facts.scenario.journey else people),
            str(problem),
        )


def _widened(facts: Facts, running: Running) -> None:
    """Raises TooWide for a table that incidents make depend on too much."""
    tables = {table.address: table for table in facts.expectation.plan.tables()}
    changed = {effect.changes for incident in running.values() for effect in incident.effects}
    for address in (address for address in tables if address in changed):
        named = (*tables[address].names, *names_of_hits(effects_on(address, running)))
        context_of(named, facts.by_address[address].visible, address)


def anchors_hold(facts: Facts) -> Iterator[Said]:
    """The tables add up to the stated margins."""
    for name, result in _anchors(facts.expectation).items():
        if not result.ok:
            yield ("anchors", name), f"{_off(result)}. Correct a table, or what the anchor says"


def ranges_hold(facts: Facts) -> Iterator[Said]:
    """At both ends of a form's range rows are rows, and anchors hold unless the form says it moves them."""
    for name, parameter in facts.scenario.forms.items():
        if parameter.sets.startswith(ON_NO_TABLE):
            continue
        for key, value in (("from", parameter.low), ("to", parameter.high)):
            yield from _end_holds(facts, name, parameter, key, value)


def _end_holds(facts: Facts, name: str, parameter: FormParameter, key: str, value: float) -> Iterator[Said]:
    try:
        scenario = with_number(facts.scenario, parameter.sets, value, parameter.takes_from)
    except SettingError:
        return
    for path, message in chances_above_one(Facts(scenario, facts.data, None, None), besides=facts):
        where = ".".join(str(part) for part in path)
        yield ("forms", name, key), f"with {value:g}, {where} breaks: {message}"
    if parameter.moves_anchor:
        return
    for anchor, result in _anchors(Expectation(scenario)).items():
        if not result.ok:
            what = f"with {value:g}, the anchor {anchor} fails: {_off(result)}"
            yield ("forms", name, key), f"{what}. Narrow the range, or write moves_anchor: yes"


def _anchors(expectation: Expectation) -> dict[str, AnchorResult]:
    return expectation.anchors() if expectation.scenario.anchors else {}


def _off(result: AnchorResult) -> str:
    if math.isnan(result.computed):
        return "nothing of what it counts ever happens"
    return f"the tables add up to {result.computed:.4g}, not {result.stated:g} within {result.tolerance:g}"


def many_rows(facts: Facts) -> Iterator[Said]:
    """Logs of more rows a day than anybody needs."""
    per_user_day = sum(facts.expectation.events_per_user_day().values())
    rows = per_user_day * facts.scenario.people.simulate
    if rows > MANY_ROWS:
        message = f"a simulated day has about {rows:,.0f} rows. Simulate fewer users; {MANY_ROWS:,} rows are plenty"
        yield ("people", "simulate"), message

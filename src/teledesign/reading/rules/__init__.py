"""The rules: what is wrong with a file that says everything in the right form.

`RULES` is the table of them all, rule id -> function, level and summary.  A function is a generator of
(path, message) for one scenario or one teaching file.  `FORM` lists the ids of mistakes of form, which the reader
finds before any rule is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from teledesign.findings import Finding, Level, Place, has_errors
from teledesign.reading.rules import (
    effects,
    events,
    forms,
    incidents,
    journey,
    margins,
    metrics,
    multipliers,
    naming,
    people,
    questions,
    tables,
)
from teledesign.reading.rules.facts import Facts, Path, Said
from teledesign.scenario import Scenario

if TYPE_CHECKING:
    from teledesign.teaching import Teaching

__all__ = [
    "COURSE_WARNINGS",
    "FORM",
    "OF_COURSES",
    "OF_DESIGNS",
    "RULES",
    "TEACHING_RULES",
    "Facts",
    "Rule",
    "TeachingRule",
    "all_rules",
    "check_scenario",
    "check_teaching",
]

FORM: Mapping[str, str] = {
    "unreadable-file": "The file can be opened.",
    "file-size": "The file is at most 2 MB.",
    "encoding": "The text is UTF-8.",
    "control-character": "The text holds no character that cannot be seen.",
    "empty-file": "The file holds something.",
    "syntax": "The text is YAML.",
    "nesting": "Nothing is nested more than 40 deep.",
    "too-many-values": "The file holds at most 200,000 values, and each list or mapping 2,000.",
    "yaml-anchor": "YAML anchors (&) are not used.",
    "alias": "YAML aliases (*) are not used.",
    "merge-key": "YAML merge keys (<<) are not used.",
    "tag": "YAML tags (!) are not used.",
    "second-document": "A file is one YAML document.",
    "duplicate-key": "A key stands once.",
    "key-type": "A key is a name.",
    "empty-value": "A key has a value.",
    "number-range": "Numbers are finite and at most 2^53.",
    "unknown-file": "The keys tell what the file is.",
    "prose-in-braces": "Prose stands in block style, never in braces.",
    "prose": "Prose holds paragraphs, *emphasis*, `code` and http(s) links, nothing else.",
    "missing-key": "Every needed key is there.",
    "unknown-key": "Every key has a meaning.",
    "wrong-type": "A value is of the kind that is needed: text, number, list, mapping.",
    "wrong-value": "A value can be read as what it stands for.",
    "unknown-choice": "A value is one of the listed ones.",
    "bad-name": "A name has the form of names.",
    "out-of-range": "A number or length is within its bounds.",
    "chances-sum": "A row of chances sums to 1.",
    "wrong-unit": "A unit exists and fits.",
}
"""Rule id of a mistake of form -> what holds where it is not made."""

OF_DESIGNS: Mapping[str, str] = {
    "other-scenario": "A design or teaching file belongs to the scenario it stands with.",
    "unknown-event": "Events that are named exist.",
    "unknown-field": "Fields that are named exist.",
    "unknown-payload": "Payloads that are named exist.",
    "payload-without-event": "A payload travels beside an event that is collected.",
    "unknown-attribute": "Users are picked by attributes they have.",
    "unknown-value": "Users are picked by values that exist.",
    "unknown-metric": "Metrics that are named exist.",
    "monitor-on-truth": "A monitor watches what telemetry can see.",
    "unknown-slice": "A metric is sliced by what it counts.",
}
"""Rule id -> what holds of a design (`teledesign.design.check_design` finds where it does not)."""

OF_COURSES: Mapping[str, str] = {
    "no-scenario": "Scenarios that a course file or a design names exist.",
    "no-prices": "The price sheet that the course file names exists.",
    "no-page": "Pages that the navigation names exist.",
    "unnamed-page": "What stands in site/ is named by the navigation, or is an asset.",
    "stale-schema": "The schemas of a course are those of the installed teledesign.",
}
"""Rule id -> what holds of a course folder (`teledesign.reading.course_folders` finds where it does not)."""
COURSE_WARNINGS = ("unnamed-page", "stale-schema")
"""Those of `OF_COURSES` that stop nothing."""


@dataclass(frozen=True)
class Rule:
    """A rule about scenarios."""

    check: Callable[[Facts], Iterable[Said]]
    summary: str
    level: Level = Level.ERROR
    needs_tree: bool = False
    """Asked only where the tree of episodes is sound: what may be named where hangs on it."""
    needs_all: bool = False
    """Asked only where no other rule finds a mistake: the algebra works on nothing less."""


@dataclass(frozen=True)
class TeachingRule:
    """A rule about a teaching file and its scenario."""

    check: Callable[[Teaching, Scenario], Iterable[Said]]
    summary: str
    level: Level = Level.ERROR


RULES: Mapping[str, Rule] = {
    "folder-name": Rule(naming.folder_name, "A scenario's folder is called like the scenario."),
    "name-twice": Rule(naming.names_twice, "A name stands for one thing in the whole scenario."),
    "reserved-word": Rule(naming.reserved_words, "Words of the language are no names and no values."),
    "bad-value": Rule(naming.bad_values, "Values are lower-case names that begin with a letter."),
    "envelope-field": Rule(naming.envelope_fields, "Fields do not bear the name of a column every row has."),
    "unknown-source": Rule(naming.unknown_sources, "What is published has a source."),
    "unknown-name": Rule(tables.unknown_names, "`given` and `where` name what is known there.", needs_tree=True),
    "number-compared": Rule(
        tables.numbers_compared, "`given` and `where` name something with listed values.", needs_tree=True
    ),
    "unknown-value": Rule(tables.unknown_values, "Rows and conditions name values that exist.", needs_tree=True),
    "unknown-option": Rule(tables.unknown_choices, "Slices and incidents change choices that the table has."),
    "near-choice": Rule(tables.near_choices, "Rows of one table spell their choices alike.", Level.WARNING),
    "unknown-number": Rule(
        tables.unknown_numbers, "A size that names a number names one known there.", needs_tree=True
    ),
    "size-fits": Rule(tables.sizes_fit, "Time passes in durations; what is counted is a plain number."),
    "missing-row": Rule(tables.missing_rows, "A table has a row for every value that can reach it.", needs_tree=True),
    "sets-overlap": Rule(incidents.sets_overlap, "Two `set`s of one table never hold at once."),
    "chance-above-one": Rule(
        multipliers.chances_above_one, "`times` never makes chances come to more than 1.", needs_tree=True
    ),
    "unknown-step": Rule(journey.unknown_steps, "Steps that are named exist."),
    "unknown-episode": Rule(journey.unknown_episodes, "Episodes that are named exist."),
    "session-kind": Rule(journey.session_kinds, "The first episode, and no other, is the session."),
    "unreachable-step": Rule(journey.unreachable, "Some way leads to every step."),
    "unreachable-episode": Rule(journey.never_started, "Something starts every episode.", needs_tree=True),
    "no-way-out": Rule(journey.no_way_out, "Some end can be reached from every step."),
    "stray-again": Rule(journey.stray_again, "`again` stands in episodes started one after another.", needs_tree=True),
    "episode-cycle": Rule(journey.cycles, "No episode starts its own ancestor."),
    "facts-handed": Rule(journey.facts_handed, "What a start hands over is what the episode receives."),
    "acting-person": Rule(journey.acting_persons, "`by` names a known person, alike in every start.", needs_tree=True),
    "long-episode": Rule(journey.long_episodes, "Loops end.", needs_tree=True),
    "timeless-loop": Rule(journey.timeless_loops, "Time passes in every loop."),
    "short-sequence": Rule(
        journey.short_sequences, "`at_most` cuts off hardly any sequence.", Level.WARNING, needs_tree=True
    ),
    "elapsed-since": Rule(
        journey.steps_always_before, "`elapsed_since` names a step that always comes first.", needs_tree=True
    ),
    "unknown-event": Rule(events.unknown_events, "Events that are written or changed exist."),
    "event-rate": Rule(events.never_written, "An event is written by steps, or states its rate."),
    "field-origin": Rule(events.fields_known, "Fields copy what the writing steps know.", needs_tree=True),
    "field-handed": Rule(events.fields_handed, "Steps hand over the fields they give, and no others."),
    "hidden-outcome": Rule(events.hidden_outcomes, "No field tells the hidden outcome."),
    "time-unit": Rule(events.units_of_time, "Durations, and only they, have a unit of time.", needs_tree=True),
    "third-person": Rule(events.third_persons, "An event that names another person is personal content."),
    "metric-role": Rule(metrics.roles, "Proxies use events, outcomes and anchors use truth."),
    "unknown-counted": Rule(metrics.counted_known, "What metrics and anchors count exists."),
    "unknown-slice": Rule(metrics.slices_known, "A metric's slices are in everything it counts.", needs_tree=True),
    "within-joins": Rule(metrics.within_joins, "`within` joins what is written in interactions.", needs_tree=True),
    "unknown-metric": Rule(metrics.unknown_metrics, "Signals name metrics."),
    "rollout-shares": Rule(people.rollout_shares, "A later version has no larger share than an earlier one."),
    "tenure-order": Rule(people.tenure_order, "Tenure begins at 0 and follows in order."),
    "time-zone": Rule(people.time_zones, "The time zone exists."),
    "looks-like": Rule(people.outcome_looks, "`looks_like` speaks of every outcome and nothing else."),
    "holdback-outcome": Rule(people.holdback_outcome, "Users held back get an outcome."),
    "unknown-version": Rule(people.model_versions, "Versions with offline results are versions users get."),
    "effect-keys": Rule(effects.effect_keys, "An effect has the keys its verb needs and no others."),
    "unknown-path": Rule(effects.unknown_paths, "`changes` leads to a table.", needs_tree=True),
    "change-fits": Rule(effects.changes_fit, "Chances and sizes are each changed in their own way.", needs_tree=True),
    "unknown-field": Rule(effects.unknown_fields, "Fields that lie exist."),
    "unknown-chooser": Rule(effects.unknown_choosers, "`chosen_by` names what every effect can see.", needs_tree=True),
    "incident-window": Rule(incidents.windows_fit, "Incidents last, and begin before the log ends."),
    "empty-scope": Rule(incidents.empty_scopes, "Incidents can hit somebody.", needs_tree=True),
    "unseen-effect": Rule(
        incidents.unseen_effects, "Some metric can show each incident.", Level.WARNING, needs_tree=True
    ),
    "form-path": Rule(forms.settable, "A form's number can be set at both ends of its range."),
    "form-lever": Rule(forms.levers_known, "What a form sets of the estimate is a lever, within its bounds."),
    "form-steps": Rule(forms.whole_steps, "A form's range is a whole number of steps."),
    "too-wide": Rule(margins.too_wide, "Nothing depends on too many combinations of values.", needs_all=True),
    "anchor": Rule(margins.anchors_hold, "The tables add up to the stated margins.", needs_all=True),
    "form-range": Rule(margins.ranges_hold, "Rows and anchors hold at both ends of a form's range.", needs_all=True),
    "many-rows": Rule(
        margins.many_rows, "A simulated day has a bearable number of rows.", Level.WARNING, needs_all=True
    ),
    "criterion-twice": Rule(questions.criteria_once, "Every question has criteria, each with a name of its own."),
    "plan-twice": Rule(questions.plans_once, "There is one time plan per length."),
    "old-law": Rule(questions.old_law, "Legal facts are at most twelve months old.", Level.WARNING),
}
"""Rule id -> rule about scenarios."""

TREE_RULES = ("unknown-episode", "episode-cycle")
"""Where one of these finds something, rules that need the tree would tell the same mistake again and again."""

TEACHING_RULES: Mapping[str, TeachingRule] = {
    "other-scenario": TeachingRule(questions.same_scenario, "A teaching file belongs to the scenario beside it."),
    "answers-missing": TeachingRule(questions.answers_complete, "All four questions have model answers."),
    "look-fors": TeachingRule(questions.look_fors_complete, "Every criterion has look-fors, and nothing else has."),
}
"""Rule id -> rule about teaching files."""


def all_rules() -> dict[str, str]:
    """Every rule id with what holds where it is kept, for the reference page."""
    of_scenarios = {name: rule.summary for name, rule in RULES.items()}
    of_teaching = {name: rule.summary for name, rule in TEACHING_RULES.items()}
    return {**FORM, **of_scenarios, **of_teaching, **OF_DESIGNS, **OF_COURSES}


def check_scenario(facts: Facts, places: Mapping[str, Place]) -> list[Finding]:
    """What the rules find in a scenario."""
    found: list[Finding] = []
    sound = not any(list(RULES[name].check(facts)) for name in TREE_RULES)
    for name, rule in sorted(RULES.items(), key=lambda item: item[1].needs_all):
        if (rule.needs_tree and not sound) or (rule.needs_all and has_errors(found)):
            continue
        found += _findings(name, rule.level, rule.check(facts), places)
    return found


def check_teaching(teaching: Teaching, scenario: Scenario, places: Mapping[str, Place]) -> Iterator[Finding]:
    """What the rules find in a teaching file."""
    for name, rule in TEACHING_RULES.items():
        yield from _findings(name, rule.level, rule.check(teaching, scenario), places)


def _findings(rule: str, level: Level, said: Iterable[Said], places: Mapping[str, Place]) -> Iterator[Finding]:
    for path, message in said:
        yield Finding(rule, message, ".".join(map(str, path)), _place(path, places), level)


def _place(path: Path, places: Mapping[str, Place]) -> Place:
    while path:
        place = places.get(".".join(map(str, path)))
        if place is not None:
            return place
        path = path[:-1]
    return places.get("", Place())

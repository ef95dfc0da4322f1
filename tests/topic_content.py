"""What every topic of the course holds: what is expected of one topic, and the questions asked of each.

`test_content.py` asks all topics the same questions; `test_content_<topic>.py` states the topic's own expected figures
in its `TOPIC` and asks what only that topic can be asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from teledesign.expectation import Expectation
from teledesign.reading import read_scenario, read_teaching
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.scenario.incidents import Incident, Signal
from teledesign.scenario.metrics import PER_BUILT_IN, Counted
from teledesign.scenario.quantities import DAY_S
from teledesign.scenario.questions import QUESTION_IDS
from teledesign.scenario.schedule import settled
from teledesign.scenario.tables import ChanceTable
from teledesign.teaching import Teaching

MODEL_LEVELS = ("weak", "adequate", "excellent")


@dataclass(frozen=True)
class Deviation:
    """A transition row of ours that is not the one the topic was researched with, and why."""

    ours: Mapping[str, float]
    reason: str


Row = tuple[str, str | None]
"""`episode.step`, and one value of the name its row is conditional on."""


@dataclass(frozen=True)
class Topic:
    """What is expected of a topic that ships with the package."""

    name: str
    signals: Mapping[str, tuple[int, str, str]]
    """Every candidate signal: bytes, privacy class, whether users mean to tell."""
    without_rows: Set[str]
    """Signals that no step writes; they state a rate."""
    incidents: Set[str]
    """The ten researched ones."""
    more_incidents: Set[str]
    margins: Mapping[str, float]
    published: Mapping[str, str]
    """The source of each margin that was published."""
    rows: Mapping[Row, Mapping[str, float]]
    """Transition rows as researched."""
    row_exceptions: Mapping[Row, Deviation] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    """Incidents that no metric shows, and why."""
    happened: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Incidents that happened elsewhere, and how their story cites the sources."""
    beyond_algebra: Mapping[str, str] = field(default_factory=dict)
    """What the algebra does not tell the movement of, as `incident.signal` or `incident.decoy`, and why."""
    moves_little: Mapping[str, float] = field(default_factory=dict)
    """What moves by less than `MOVED`, written the same way, and by how much it does at least."""
    least_law: int = 4
    least_figures: int = 8

    @cached_property
    def scenario(self) -> Scenario:
        """Read without any finding."""
        read = read_scenario(packaged_course() / "scenarios" / self.name / "scenario.yaml")
        assert [str(finding) for finding in read.findings] == []
        assert read.value is not None
        return read.value

    @cached_property
    def teaching(self) -> Teaching:
        """Read without any finding."""
        read = read_teaching(packaged_course() / "scenarios" / self.name / "teaching.yaml", self.scenario)
        assert [str(finding) for finding in read.findings] == []
        assert read.value is not None
        return read.value

    @cached_property
    def expectation(self) -> Expectation:
        """The algebra of the usual days, without incidents."""
        return Expectation(self.scenario)

    @property
    def notes(self) -> str:
        """What instructors read aloud."""
        return " ".join(note.text for note in self.teaching.notes)


def chances(table: ChanceTable, value: str | None = None) -> dict[str, float]:
    """A row of a table as the file says it: the only one, or the one of a value (which may fall under `else`)."""
    if value is not None:
        found = table.rows.get(value, table.otherwise)
        assert found is not None, value
        table = found
    assert table.row is not None
    return {choice: round(chance, 6) for choice, chance in table.row.chances.items() if chance > 0}


def next_row(scenario: Scenario, step: str, value: str | None = None) -> dict[str, float]:
    """The transition row of `episode.step`, for one value of the name it is conditional on."""
    episode, _, name = step.partition(".")
    return chances(scenario.journey[episode].steps[name].next, value)


def written(scenario: Scenario) -> set[str]:
    """The events that some step writes."""
    steps = [step for episode in scenario.journey.values() for step in episode.steps.values()]
    return {emission.event for step in steps for emission in step.emits} | {
        beat for step in steps for beat in step.beats
    }


def cited(scenario: Scenario) -> dict[str, set[str]]:
    """The sources that the story of an incident names, by incident; those that name none are left out."""
    stories = {name: incident.says.text for name, incident in scenario.incidents.items() if incident.says is not None}
    found = {name: set(re.findall(r"\w+", story)) & set(scenario.sources) for name, story in stories.items()}
    return {name: sources for name, sources in found.items() if sources}


def missing_from_teaching(scenario: Scenario, teaching: Teaching) -> list[str]:
    """What an instructor would miss: answers, look-fors, misconceptions, prompts, notes."""
    missing = [
        f"answers.{question}.{level}"
        for question in QUESTION_IDS
        for level in MODEL_LEVELS
        if question not in teaching.answers or not getattr(teaching.answers[question], level)
    ]
    missing += [f"answers.{q}.excellent is short" for q in QUESTION_IDS if len(teaching.answers[q].excellent) < 5]
    criteria = [name for question in scenario.questions.values() for name in question.criteria]
    missing += [f"look_fors.{name}" for name in criteria if name not in teaching.look_fors]
    for name, look_fors in teaching.look_fors.items():
        if not 2 <= len(look_fors.look_for) <= 4 or not 1 <= len(look_fors.beware) <= 2:
            missing.append(f"look_fors.{name} wants two to four look-fors and one or two warnings")
    missing += ["misconceptions"] if len(teaching.misconceptions) < 6 else []
    missing += ["discussion"] if len(teaching.discussion) < 6 else []
    missing += ["notes"] if len(teaching.notes) < 4 else []
    return missing


def missing_from_class(scenario: Scenario) -> list[str]:
    """What a class would miss: four questions of six points, two plans that add up, a brief that fits its page."""
    missing = []
    for name, question in scenario.questions.items():
        if question.points != 6 or not 2 <= len(question.criteria) <= 3:
            missing.append(f"{name} wants two or three criteria and six points")
        if not 2 <= len(question.hints) <= 3:
            missing.append(f"{name} wants two or three hints")
        if question.lines != 8:
            missing.append(f"{name} wants eight lines")
    if {plan.minutes: sum(phase.minutes for phase in plan.phases) for plan in scenario.plans} != {45: 45, 75: 75}:
        missing.append("plans of 45 and 75 minutes that add up")
    brief = scenario.product.brief
    if brief is None or len(brief.text.split()) > 90 or len(brief.paragraphs) != 2:
        missing.append("a brief of two paragraphs and at most ninety words")
    if not 4 <= len(scenario.forms) <= 6:
        missing.append("four to six numbers that differ from group to group")
    return missing


def missing_facts(scenario: Scenario) -> list[str]:
    """What lacks its source, its meaning or its story."""
    cited = [(figure.says, figure.published) for figure in scenario.figures]
    cited += [(law.says, law.published) for law in scenario.law if law.published]
    missing = [f"source of: {says}" for says, published in cited if published not in scenario.sources]
    missing += [f"source of: {law.says}" for law in scenario.law if not law.published]
    missing += [f"what {name} says" for name, metric in scenario.metrics.items() if metric.says is None]
    for name, incident in scenario.incidents.items():
        if incident.says is None:
            missing.append(f"the story of {name}")
        if incident.needs_days is None or incident.needs_days > scenario.product.clock.days:
            missing.append(f"days that {name} needs and the log has")
    return missing


MOVED, STEADY = 0.04, 0.03
"""By how much a figure has moved, and by how little it has not, relative to what it would have been."""


def wrong_signals(topic: Topic) -> list[str]:
    """Incidents whose signal or decoy does not move as the file says, on any day asked about.

    Ranges stand at their middle.  What the topic says is beyond algebra is left out.
    """
    scenario, usual = topic.scenario, topic.expectation
    wrong = []
    for name in scenario.incidents:
        incident = settled(scenario.incidents[name])
        struck = Expectation(scenario, {name: incident})
        for kind, signal in (("signal", incident.signal), ("decoy", incident.decoy_signal)):
            if signal is None or f"{name}.{kind}" in topic.beyond_algebra:
                continue
            least = topic.moves_little.get(f"{name}.{kind}", MOVED)
            for day in _days_of_full_strength(incident, scenario.product.clock.days):
                change = _ratio(struck, signal, day) / _ratio(usual, signal, day) - 1
                as_told = {"up": change > least, "down": change < -least, "not": abs(change) < STEADY}
                if not as_told[signal.moves]:
                    wrong.append(
                        f"{name}.{kind}: {signal.metric} moves {signal.moves}, says the file; "
                        f"on day {day} it moves {change:+.1%}"
                    )
    return wrong


def _days_of_full_strength(incident: Incident, days: int) -> list[int]:
    """The first day of an incident that ends, and its last whole one; the last two of the log if it does not end."""
    if math.isinf(incident.lasts):
        return [days - 1, days]
    assert isinstance(incident.begins, float)
    first = int((incident.begins + min(incident.lasts, DAY_S) / 2) // DAY_S) + 1
    last = min(days - 1, int((incident.begins + incident.lasts) // DAY_S))
    return [first, last] if last > first else [first]


def _ratio(expectation: Expectation, signal: Signal, day: int) -> float:
    metric = expectation.scenario.metrics[signal.metric]
    assert metric.of is not None
    assert metric.per is not None
    return expectation.ratio(_slice(metric.of, signal), _slice(metric.per, signal), day, recorded=True)


def _slice(counted: Counted, signal: Signal) -> Counted:
    if counted.target in PER_BUILT_IN:
        return counted
    return counted.model_copy(update={"where": {**counted.where, **signal.where}})

"""What a topic's first page says: the product, its people, its model, the questions and what is known around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from teledesign.outputs.wording import said_number, said_share, said_span
from teledesign.prose import Inline, Prose
from teledesign.rendering import Printed, prose_html, prose_html_inline
from teledesign.scenario import Scenario
from teledesign.scenario.incidents import Incident
from teledesign.scenario.model import OfflineResult
from teledesign.scenario.people import WEEKDAYS
from teledesign.scenario.questions import QUESTION_IDS, Criterion, Question

__all__ = ["Brief", "brief_of"]

FAMILIES = {
    "model": "in the model",
    "input": "in what comes in",
    "client": "in the app",
    "delivery": "on the way",
}
STATUS = {"verified": "original read", "second hand": "second hand", "unverified": "not verified"}
READ = {"original": "original read", "second hand": "second hand", "memory": "from memory"}
DAY_NAMES = dict(
    zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)


@dataclass(frozen=True)
class Fact:
    """A name and what is said under it."""

    name: str
    says: Printed | str


@dataclass(frozen=True)
class Reference:
    """A mark behind a figure: its words and the place of its source on the page, if it is listed."""

    text: str
    anchor: str | None


@dataclass(frozen=True)
class OfflineRow:
    """One offline figure, per version in the order of `Brief.versions`; empty where it was not measured."""

    metric: str
    data_set: str
    slice: str
    values: Sequence[str]
    references: Sequence[Reference]


@dataclass(frozen=True)
class Level:
    """What work of one level does and what it earns."""

    name: str
    says: Printed


@dataclass(frozen=True)
class RubricRow:
    """A criterion with its levels, best first."""

    title: str
    points: int
    levels: Sequence[Level]


@dataclass(frozen=True)
class QuestionView:
    """One of the four questions with its public rubric."""

    number: int
    anchor: str
    title: str
    points: int
    prompt: Printed
    hints: Sequence[Printed]
    rubric: Sequence[RubricRow]


@dataclass(frozen=True)
class FigureView:
    """A real-world figure, where it was read and how."""

    says: Printed
    status: str
    reference: Reference


@dataclass(frozen=True)
class AnchorView:
    """A margin that the scenario's tables add up to."""

    name: str
    value: str
    reference: Reference | None
    note: Printed | None


@dataclass(frozen=True)
class LawView:
    """A dated legal fact."""

    place: str
    says: Printed
    as_of: str
    reference: Reference | None


@dataclass(frozen=True)
class IncidentView:
    """Something that may happen, without saying whether, when or how strongly."""

    title: str
    family: str
    says: Printed | None
    shows_first: Printed
    after: str
    decoy: Printed


@dataclass(frozen=True)
class SourceView:
    """Where a published number was read."""

    key: str
    anchor: str
    title: str
    read: str
    date: str | None
    where: Printed | None


@dataclass(frozen=True)
class Brief:
    """Everything the page prints."""

    brief: Printed | None
    product: Sequence[Fact]
    people: Sequence[Fact]
    production: str
    outcomes: Sequence[str]
    versions: Sequence[Fact]
    offline: Sequence[OfflineRow]
    questions: Sequence[QuestionView]
    points: int
    figures: Sequence[FigureView]
    anchors: Sequence[AnchorView]
    risks: Sequence[Fact]
    law: Sequence[LawView]
    incidents: Sequence[IncidentView]
    sources: Sequence[SourceView]


def brief_of(scenario: Scenario) -> Brief:
    """The page's view of a scenario; nothing in it is more than the scenario says in public."""
    product, offline = scenario.product, tuple(_offline(scenario))
    return Brief(
        brief=prose_html(product.brief) if product.brief else None,
        product=(
            Fact("What it is for", prose_html_inline(product.goal)),
            Fact("What the model does", prose_html_inline(product.intelligence)),
            Fact("What users see", prose_html_inline(product.users_see)),
        ),
        people=tuple(_people(scenario)),
        production=said_number(scenario.people.production.mode),
        outcomes=tuple(name.replace("_", " ") for name in scenario.model.outcome.choices),
        versions=tuple(
            Fact(name, prose_html_inline(version.says) if version.says else "")
            for name, version in scenario.model.versions.items()
        ),
        offline=offline,
        questions=tuple(
            _question(number, name, scenario.questions[name]) for number, name in enumerate(QUESTION_IDS, start=1)
        ),
        points=sum(question.points for question in scenario.questions.values()),
        figures=tuple(
            FigureView(prose_html_inline(figure.says), STATUS[figure.status], _reference(scenario, figure.published))
            for figure in scenario.figures
        ),
        anchors=tuple(
            AnchorView(
                name.replace("_", " ").capitalize(),
                said_number(anchor.value),
                _reference(scenario, anchor.published) if anchor.published else None,
                prose_html_inline(anchor.note) if anchor.note else None,
            )
            for name, anchor in scenario.anchors.items()
        ),
        risks=tuple(Fact(risk.title, prose_html(risk.says)) for risk in scenario.risks),
        law=tuple(
            LawView(
                law.place,
                prose_html(law.says),
                law.as_of.isoformat(),
                _reference(scenario, law.published) if law.published else None,
            )
            for law in scenario.law
        ),
        incidents=tuple(_incident(incident) for incident in scenario.incidents.values()),
        sources=tuple(_sources(scenario)),
    )


def _people(scenario: Scenario) -> Iterator[Fact]:
    people = scenario.people
    low, mode, high = people.production.low, people.production.mode, people.production.high
    yield Fact(
        f"{people.called.capitalize()} in production",
        f"about {said_number(mode)}, at least {said_number(low)}, at most {said_number(high)}",
    )
    rate = people.activity.sessions_per_user_day.mean
    often = (
        f"{said_number(rate)} sessions a day each" if rate >= 1 else f"one session every {said_number(1 / rate)} days"
    )
    yield Fact("How often they come", f"{often}, on average; some much more than others")
    yield Fact("When", _busiest(scenario))
    if people.growth_per_month:
        yield Fact("Growth", f"{said_share(people.growth_per_month)} more users in 30 days")
    if people.holdback:
        yield Fact("Held back", f"{said_share(people.holdback)} of users never get the model's answer, for comparison")


def _busiest(scenario: Scenario) -> str:
    """The busiest hour and weekday in words."""
    activity = scenario.people.activity
    hours, days = activity.hour_weights, activity.weekdays.weights
    hour = hours.index(max(hours))
    said = f"most around {hour}:00, {scenario.product.clock.time_zone} time"
    if max(days) == min(days):
        return f"{said}; alike on all days of the week"
    day = WEEKDAYS[days.index(max(days))]
    return f"{said}; most on {DAY_NAMES[day]}s"


def _offline(scenario: Scenario) -> Iterator[OfflineRow]:
    """One row per metric, data set and slice, in the order of the file."""
    found: dict[tuple[str, str, str], dict[str, OfflineResult]] = {}
    for version, model in scenario.model.versions.items():
        for result in model.offline:
            found.setdefault((result.metric, result.data_set, result.slice or "all"), {})[version] = result
    for (metric, data_set, part), by_version in found.items():
        published = dict.fromkeys(result.published for result in by_version.values() if result.published)
        values = (by_version.get(version) for version in scenario.model.versions)
        yield OfflineRow(
            metric,
            data_set,
            part,
            tuple("" if result is None else said_number(result.value) for result in values),
            tuple(_reference(scenario, key) for key in published),
        )


def _question(number: int, name: str, question: Question) -> QuestionView:
    return QuestionView(
        number=number,
        anchor=f"question-{name}",
        title=question.title,
        points=question.points,
        prompt=prose_html(question.prompt),
        hints=tuple(prose_html_inline(hint) for hint in question.hints),
        rubric=tuple(_rubric_row(criterion) for criterion in question.criteria.values()),
    )


def _rubric_row(criterion: Criterion) -> RubricRow:
    levels = (("Excellent", criterion.excellent), ("Adequate", criterion.adequate), ("Weak", criterion.weak))
    return RubricRow(
        criterion.title, criterion.points, tuple(Level(name, prose_html_inline(says)) for name, says in levels)
    )


def _incident(incident: Incident) -> IncidentView:
    return IncidentView(
        title=incident.title,
        family=FAMILIES[incident.family],
        says=prose_html(incident.says) if incident.says else None,
        shows_first=prose_html_inline(incident.shows_first),
        after=said_span(incident.after),
        decoy=prose_html_inline(incident.decoy),
    )


def _reference(scenario: Scenario, key: str) -> Reference:
    listed = key in scenario.sources
    return Reference(key, _anchor(key) if listed else None)


def _anchor(key: str) -> str:
    return "source-" + "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in key.lower())


def _sources(scenario: Scenario) -> Iterator[SourceView]:
    for key, source in scenario.sources.items():
        where = prose_html_inline(Prose(source.where, ((_place(source.where),),))) if source.where else None
        yield SourceView(key, _anchor(key), source.title, READ[source.read], source.date, where)


def _place(where: str) -> Inline:
    """A place on the web as a link, any other as text."""
    if where.startswith(("http://", "https://")):
        return Inline("link", where, where)
    return Inline("text", where)

"""What the design canvas and its key show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median_low

from teledesign.course_file import CourseFile
from teledesign.design import Collected, Design, Monitor, collect_everything
from teledesign.form import Form
from teledesign.prose import Prose
from teledesign.scenario import Scenario
from teledesign.worksheets.criteria import CANVAS, points_of
from teledesign.worksheets.views import CriterionView, Heading, criterion_view, heading
from teledesign.worksheets.wording import digits, rounded, said, said_share

__all__ = ["CanvasKeyView", "CanvasView", "canvas_key_view", "canvas_view"]

USERS = "people.production.mode"
MB = 1e6
DAY_S = 86_400.0
CLASSES = (
    ("P0", "technical"),
    ("P1", "behaviour"),
    ("P2", "personal content"),
    ("P3", "biometric or special"),
)


@dataclass(frozen=True)
class CanvasView:
    """The design canvas: one page on its side, a row for each signal."""

    paper: str
    heading: Heading
    goal: Prose
    users: str
    called: str
    bytes_least: str
    bytes_usual: str
    bytes_most: str
    classes: tuple[tuple[str, str], ...]
    points: int


@dataclass(frozen=True)
class SignalView:
    """One row of a filled canvas."""

    signal: str
    why: Prose
    sampling: str
    bytes: str
    mb_a_day: str
    privacy: str
    retention: str
    read_by: str
    monitor: str


@dataclass(frozen=True)
class FilledView:
    """One design of the topic as a filled canvas."""

    title: str
    says: Prose | None
    rows: tuple[SignalView, ...]
    total: str
    left_out: str


@dataclass(frozen=True)
class CanvasKeyView:
    """The key to the design canvas: the topic's own designs, filled in, and how it is marked."""

    paper: str
    heading: Heading
    users: str
    called: str
    filled: tuple[FilledView, ...]
    criteria: tuple[CriterionView, ...]
    points: int


def canvas_view(course: CourseFile, scenario: Scenario, form: Form, names: str | None = None) -> CanvasView:
    """The design canvas of one group."""
    points = points_of(CANVAS)
    weights = [event.bytes for event in scenario.events.values()]
    return CanvasView(
        paper=course.paper,
        heading=heading(course, scenario, form, f"Design canvas · {points} points", names=names),
        goal=scenario.product.goal,
        users=said(users_of(scenario, form)),
        called=scenario.people.called,
        bytes_least=digits(min(weights)),
        bytes_usual=digits(median_low(weights)),
        bytes_most=digits(max(weights)),
        classes=CLASSES,
        points=points,
    )


def canvas_key_view(
    course: CourseFile,
    scenario: Scenario,
    designs: Mapping[str, Design],
    rows: Mapping[str, float],
    form: Form,
    mark: str,
) -> CanvasKeyView:
    """The key to one group's canvas; `rows` are those of one user and day, by event."""
    users = users_of(scenario, form)
    chosen = list(designs.values()) or [collect_everything(scenario)]
    return CanvasKeyView(
        paper=course.paper,
        heading=heading(course, scenario, form, "Key to the design canvas", mark),
        users=said(users),
        called=scenario.people.called,
        filled=tuple(_filled(scenario, design, rows, users) for design in chosen),
        criteria=tuple(criterion_view(one.criterion, one.look_for, one.beware) for one in CANVAS),
        points=points_of(CANVAS),
    )


def users_of(scenario: Scenario, form: Form) -> float:
    """The people in production on the group's sheet, else the scenario's likeliest number."""
    own = [number.value for number in form.numbers if number.sets == USERS]
    return own[0] if own else scenario.people.production.mode


def _filled(scenario: Scenario, design: Design, rows: Mapping[str, float], users: float) -> FilledView:
    collected = design.collected(scenario)
    weights = {
        name: users
        * rows.get(name, 0.0)
        * scenario.events[name].bytes
        * _share(design, one)
        * design.targeting.share
        / MB
        for name, one in collected.items()
    }
    return FilledView(
        title=design.title,
        says=design.says,
        rows=tuple(_signal(scenario, design, name, one, weights[name]) for name, one in collected.items()),
        total=digits(rounded(sum(weights.values()), 3)),
        left_out=", ".join(_words(name) for name in scenario.events if name not in collected),
    )


def _signal(scenario: Scenario, design: Design, name: str, collected: Collected, weight: float) -> SignalView:
    event = scenario.events[name]
    monitors = [(title, one) for title, one in design.monitors.items() if name in _watched(scenario, one)]
    return SignalView(
        signal=_words(name),
        why=event.says,
        sampling=_sampling(design, collected),
        bytes=digits(event.bytes),
        mb_a_day=digits(rounded(weight, 3)),
        privacy=event.privacy,
        retention=_retention(design),
        read_by=", ".join(dict.fromkeys(one.read_by for _, one in monitors)),
        monitor="; ".join(_monitor(title, one) for title, one in monitors),
    )


def _share(design: Design, collected: Collected) -> float:
    return design.sampling.keep if collected.keep is None else collected.keep


def _sampling(design: Design, collected: Collected) -> str:
    share = _share(design, collected)
    if share == 1:
        return "all"
    return f"{said_share(share)} of {'rows' if (by := collected.by or design.sampling.by) == 'event' else by + 's'}"


def _retention(design: Design) -> str:
    cold = f", {said(design.retention.cold_days)} cheap" if design.retention.cold_days else ""
    return f"{said(design.retention.hot_days)} days ready{cold}"


def _watched(scenario: Scenario, monitor: Monitor) -> Iterator[str]:
    """The events whose rows a monitor's metric counts above the line."""
    metric = scenario.metrics.get(monitor.metric)
    if metric is None:
        return
    if metric.of is not None:
        yield metric.of.target
    if metric.field is not None:
        yield metric.field.partition(".")[0]


def _monitor(title: str, monitor: Monitor) -> str:
    by = f" by {', '.join(_words(name) for name in monitor.by)}" if monitor.by else ""
    limit = said(monitor.threshold) if monitor.method == "threshold" else f"{said(monitor.threshold)} sd"
    return f"{_words(monitor.metric)}{by}, {monitor.method} {limit}"


def _words(name: str) -> str:
    return name.replace("_", " ")

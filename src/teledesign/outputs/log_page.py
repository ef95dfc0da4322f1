"""A topic's event-log page: what each event says, pictures of the log, its first rows, and the log itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from teledesign.outputs.charts import Chart, day_bars, day_lines, day_shares, hour_grid, svg_of
from teledesign.outputs.log_reading import DailyMetric, LogRows, metrics_to_draw, said_rows
from teledesign.outputs.wording import said_bytes, said_count, said_number, said_share
from teledesign.rendering import Printed, prose_html_inline
from teledesign.scenario import Scenario
from teledesign.scenario.events import Event, EventField

__all__ = ["CSV_ROWS", "LogPage", "log_page"]

CSV_ROWS = 5_000
SHOWN_ROWS = 12
KINDS = {"parquet": "Parquet, whole", "csv": "CSV, first {rows} rows", "json": "JSON"}
JSON_TITLES = {"manifest.json": "Manifest", "schema.json": "Schema of rows"}
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
VERSION_COLUMNS = ("app_version", "model_version", "platform", "variant")
MOST_SERIES = 5
PRIVACY = {
    "P0": "technical or aggregated",
    "P1": "behaviour under a pseudonym",
    "P2": "personal content",
    "P3": "biometric or special",
}
ENVELOPE_SAYS = {
    "event_id": "The row's own id; the same id twice is a row that arrived twice.",
    "event": "Which event it is.",
    "ts": "When it was recorded, by the clock of the device. Device clocks err.",
    "received_at": "When it arrived.",
    "user_id": "A pseudonym of the user whose device recorded the row.",
    "session_id": "Rows of one session share it.",
    "interaction_id": "Rows about one prediction share it.",
    "seq": "Counts the rows of a session on the device; a number that is missing is a row that was lost.",
    "platform": "The device's platform.",
    "app_version": "The version of the app when the session began.",
    "model_version": "The version of the model when the session began.",
    "variant": "The arm of an experiment, such as the group that is held back.",
    "sample_rate": "The share of such rows that was kept, as far as the client says.",
}


@dataclass(frozen=True)
class FieldView:
    """One field of an event."""

    name: str
    origin: str
    unit: str
    means: Printed | None


@dataclass(frozen=True)
class EventView:
    """One event as the table of events shows it."""

    name: str
    anchor: str
    says: Printed
    misleads: Printed
    bytes: str
    privacy: str
    privacy_says: str
    feedback: str
    recorded_by: str
    rows: str
    fields: Sequence[FieldView]


@dataclass(frozen=True)
class Download:
    """A file beside the page."""

    href: str
    title: str
    size: str


@dataclass(frozen=True)
class LogPage:
    """Everything the page prints."""

    rows: str
    users: str
    days: int
    first_day: str
    last_day: str
    stands_for: str
    panel: str
    production: str
    called: str
    outside: str | None
    charts: Sequence[Chart]
    events: Sequence[EventView]
    classes: Mapping[str, str]
    envelope: Mapping[str, str]
    unused: Sequence[str]
    columns: Sequence[str]
    first: Sequence[Sequence[str]]
    downloads: Sequence[Download]
    parquet: Printed
    zone: str
    digest: str
    made_with: str


def log_page(scenario: Scenario, log: Path, downloads: str) -> tuple[LogPage, dict[str, bytes | Path]]:
    """The page's view, and the files to lay beside it, by name below `downloads`, a folder relative to the page."""
    rows = LogRows(log, scenario)
    single = len(rows.files) == 1
    files: dict[str, bytes | Path] = {
        f"{downloads}/{'events.parquet' if single else path.name}": path for path in rows.files
    }
    files[f"{downloads}/{csv_name(scenario)}"] = rows.first_as_csv(CSV_ROWS)
    files |= {f"{downloads}/{path.name}": path for path in sorted(log.glob("*.json"))}
    people, panel = scenario.people, rows.facts.panel_users
    counts, columns, first = rows.per_event(), rows.columns, rows.first(SHOWN_ROWS)
    outside = rows.outside()
    page = LogPage(
        rows=said_count(rows.count),
        users=said_count(rows.users),
        days=rows.facts.days,
        first_day=_long_date(scenario, 1),
        last_day=_long_date(scenario, rows.facts.days),
        stands_for=said_number(float(f"{people.production.mode / panel:.2g}")),
        panel=said_count(panel),
        production=said_number(people.production.mode),
        called=people.called,
        outside=said_count(outside) if outside else None,
        charts=tuple(_charts(scenario, rows)),
        events=tuple(_event(name, event, counts.get(name, 0)) for name, event in scenario.events.items()),
        classes=PRIVACY,
        envelope=ENVELOPE_SAYS,
        unused=tuple(name for name, event in scenario.events.items() if event.per_user_day is not None),
        columns=columns,
        first=tuple(said_rows(first)),
        downloads=tuple(_downloads(files, rows.count)),
        parquet=Printed("events.parquet" if single else "*.parquet"),
        zone=scenario.product.clock.time_zone,
        digest=rows.facts.row_digest,
        made_with=", ".join(f"{name} {version}" for name, version in sorted(rows.facts.packages.items())),
    )
    return page, files


def csv_name(scenario: Scenario) -> str:
    """The name of the CSV file of the first rows."""
    return f"{scenario.scenario}-first-rows.csv"


def _downloads(files: Mapping[str, bytes | Path], rows: int) -> Iterator[Download]:
    for href, content in files.items():
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        suffix = href.rpartition(".")[2]
        title = KINDS.get(suffix, suffix).format(rows=said_count(min(rows, CSV_ROWS)))
        yield Download(href, title if suffix != "json" else JSON_TITLES.get(Path(href).name, "JSON"), said_bytes(size))


def _charts(scenario: Scenario, rows: LogRows) -> Iterator[Chart]:
    yield _volume(scenario, rows)
    yield _rhythm(scenario, rows)
    shares = _versions(scenario, rows)
    if shares is not None:
        yield shares
    metric = _metric(scenario, rows)
    if metric is not None:
        yield metric


def _volume(scenario: Scenario, rows: LogRows) -> Chart:
    per_day = rows.per_day()
    bars = [(day, count, _weekday(scenario, day) >= 5) for day, count in per_day]
    least, most = min(per_day, key=lambda row: row[1]), max(per_day, key=lambda row: row[1])
    said = (
        f"Bars of the rows of each day: fewest on day {least[0]} with {said_count(least[1])}, "
        f"most on day {most[0]} with {said_count(most[1])}."
    )
    return Chart(
        "Rows per day",
        svg_of(day_bars(bars, "rows"), said),
        f"All events together, by the device's clock. Day 1 is {_long_date(scenario, 1)}.",
        said,
        (("weekdays", 1), ("weekends", 2)),
    )


def _rhythm(scenario: Scenario, rows: LogRows) -> Chart:
    counts = rows.per_weekday_hour()
    day, hour = max(counts, key=lambda cell: (counts[cell], cell), default=(0, 0))
    quiet_hour = min(range(24), key=lambda hour: sum(counts.get((day, hour), 0) for day in range(7)))
    said = (
        f"A grid of weekdays and hours, stronger where there are more rows: the busiest cell is {WEEK[day]} from "
        f"{hour}:00, the quietest hour of the day {quiet_hour}:00."
    )
    zone = scenario.product.clock.time_zone
    return Chart(
        "Hours and weekdays",
        svg_of(hour_grid(counts), said),
        f"The stronger the colour, the more rows. Local time, {zone}.",
        said,
    )


def _versions(scenario: Scenario, rows: LogRows) -> Chart | None:
    """Which version sent the rows: of the first column that has more than one value and not too many."""
    for column in VERSION_COLUMNS:
        shares = rows.shares(column) if column in rows.columns else []
        found = {name for _, name, _ in shares}
        if not 1 < len(found) <= MOST_SERIES:
            continue
        attribute = scenario.people.attributes.get(column)
        known = attribute.values if attribute is not None else ()
        names = [*(name for name in known if name in found), *sorted(found.difference(known))]
        last = max(day for day, _, _ in shares)
        at_last = {name: share for day, name, share in shares if day == last}
        said = f"Each day's rows by {column.replace('_', ' ')}. On day {last}: " + ", ".join(
            f"{name} {said_share(round(at_last[name], 2))}" for name in names
        )
        legend = tuple((name, number) for number, name in enumerate(names, start=1))
        caption = f"The share of each day's rows that carry each {column}."
        svg = svg_of(day_shares(shares, names), f"{said}.")
        return Chart(f"Rows by {column.replace('_', ' ')}", svg, caption, f"{said}.", legend)
    return None


def _metric(scenario: Scenario, rows: LogRows) -> Chart | None:
    """The first metric that the log can answer on most days."""
    for name in metrics_to_draw(scenario):
        daily = rows.daily(name, scenario.metrics[name])
        if daily is not None and len(daily.days) > rows.facts.days // 2:
            return _metric_chart(daily)
    return None


def _metric_chart(daily: DailyMetric) -> Chart:
    title = daily.metric.title or daily.name.replace("_", " ").capitalize()
    (first, at_first), (last, at_last) = daily.days[0], daily.days[-1]
    low, high = min(value for _, value in daily.days), max(value for _, value in daily.days)
    said = (
        f"A line by day: {_shown(at_first)} on day {first}, {_shown(at_last)} on day {last}, "
        f"between {_shown(low)} and {_shown(high)} on the days between."
    )
    caption = (
        f"The metric {daily.name}, both sides counted on the day of their rows; the metric itself matches rows that "
        "belong together."
        if daily.metric.within is not None
        else f"The metric {daily.name}, both sides counted on the day of their rows."
    )
    lines = [(day, daily.name, value) for day, value in daily.days]
    return Chart(title, svg_of(day_lines(lines, [daily.name], "ratio"), said), caption, said)


def _event(name: str, event: Event, rows: int) -> EventView:
    return EventView(
        name=name,
        anchor=f"event-{name.replace('_', '-')}",
        says=prose_html_inline(event.says),
        misleads=prose_html_inline(event.misleads),
        bytes=said_count(event.bytes),
        privacy=event.privacy,
        privacy_says=PRIVACY[event.privacy],
        feedback=event.feedback,
        recorded_by=event.recorded_by,
        rows=said_count(rows) if event.per_user_day is None else "",
        fields=tuple(_field(field_name, field) for field_name, field in event.fields.items()),
    )


def _field(name: str, field: EventField) -> FieldView:
    return FieldView(
        name, _origin(field), field.unit or "", prose_html_inline(field.means) if field.means is not None else None
    )


def _origin(field: EventField) -> str:
    """Where a field's value comes from, in words."""
    if field.copied is not None:
        return f"the {field.copied.replace('_', ' ')}"
    if field.elapsed_since is not None:
        return f"time since {field.elapsed_since.replace('_', ' ')}"
    if field.id is not None:
        return f"id of the {field.id.replace('_', ' ')}; joins rows"
    if field.person is not None:
        return f"the {field.person.replace('_', ' ')}'s user id"
    if field.always is not None:
        return f"always {field.always}"
    return "set by what happened" if field.given_by is not None else "varies from row to row"


def _shown(value: float) -> str:
    return f"{value:.3g}"


def _weekday(scenario: Scenario, day: int) -> int:
    """0 for Monday."""
    return (scenario.product.clock.start.weekday() + day - 1) % 7


def _long_date(scenario: Scenario, day: int) -> str:
    """A day of the log as `Monday 3 March 2025`, whatever the locale."""
    date = scenario.product.clock.start + dt.timedelta(days=day - 1)
    return f"{WEEK[date.weekday()]} {date.day} {MONTHS[date.month - 1]} {date.year}"

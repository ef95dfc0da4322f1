"""A topic's event-log page: what each event says, pictures of the log, its first rows, and the log itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from teledesign.outputs.charts import Chart
from teledesign.outputs.log_explore import Explore, explore
from teledesign.outputs.log_pictures import long_date, pictures
from teledesign.outputs.log_reading import LogRows, said_rows
from teledesign.outputs.wording import said_bytes, said_count, said_number
from teledesign.rendering import Printed, prose_html_inline
from teledesign.scenario import Scenario
from teledesign.scenario.events import Event, EventField

__all__ = ["CSV_ROWS", "LogPage", "log_page"]

CSV_ROWS = 2_000
SHOWN_ROWS = 12
KINDS = {"parquet": "Parquet, whole", "csv": "CSV, first {rows} rows", "json": "JSON"}
JSON_TITLES = {"manifest.json": "Manifest", "schema.json": "Schema of rows"}
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
    explore: Explore
    events: Sequence[EventView]
    classes: Mapping[str, str]
    envelope: Mapping[str, str]
    unused: Sequence[str]
    columns: Sequence[str]
    first: Sequence[Sequence[str]]
    downloads: Sequence[Download]
    csv: Printed
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
    desk, scripts = explore(scenario, rows, downloads)
    counts, columns, first = rows.per_event(), rows.columns, rows.first(SHOWN_ROWS)
    outside = rows.outside()
    page = LogPage(
        rows=said_count(rows.count),
        users=said_count(rows.users),
        days=rows.facts.days,
        first_day=long_date(scenario, 1),
        last_day=long_date(scenario, rows.facts.days),
        stands_for=said_number(float(f"{people.production.mode / panel:.2g}")),
        panel=said_count(panel),
        production=said_number(people.production.mode),
        called=people.called,
        outside=said_count(outside) if outside else None,
        explore=desk,
        charts=tuple(pictures(scenario, rows)),
        events=tuple(_event(name, event, counts.get(name, 0)) for name, event in scenario.events.items()),
        classes=PRIVACY,
        envelope=ENVELOPE_SAYS,
        unused=tuple(name for name, event in scenario.events.items() if event.per_user_day is not None),
        columns=columns,
        first=tuple(said_rows(first)),
        downloads=tuple(_downloads(files, rows.count)),
        csv=Printed(csv_name(scenario)),
        zone=scenario.product.clock.time_zone,
        digest=rows.facts.row_digest,
        made_with=", ".join(f"{name} {version}" for name, version in sorted(rows.facts.packages.items())),
    )
    return page, files | scripts


def csv_name(scenario: Scenario) -> str:
    """The name of the CSV file of the first rows."""
    return f"{scenario.scenario}-first-rows.csv"


def _downloads(files: Mapping[str, bytes | Path], rows: int) -> Iterator[Download]:
    for href, content in files.items():
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        suffix = href.rpartition(".")[2]
        title = KINDS.get(suffix, suffix).format(rows=said_count(min(rows, CSV_ROWS)))
        yield Download(href, title if suffix != "json" else JSON_TITLES.get(Path(href).name, "JSON"), said_bytes(size))


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

"""Events: written by steps that can fill their fields, and never telling the truth."""

from __future__ import annotations

from collections.abc import Iterator

from teledesign.reading.rules.facts import Facts, Path, Said, Writing, remedy
from teledesign.reading.rules.tables import size_is_time, sizes_of
from teledesign.scenario.events import EventField
from teledesign.scenario.metrics import Metric
from teledesign.scenario.model import Model
from teledesign.scenario.names import Kind
from teledesign.scenario.tables import ChanceTable

TIME_UNITS = ("ms", "s", "min", "h", "d")


def unknown_events(facts: Facts) -> Iterator[Said]:
    """Events that are written, counted or changed and stand nowhere."""
    events = facts.scenario.events
    for path, event in _mentioned(facts):
        if event not in events:
            yield path, f"there is no event {event}. {remedy(event, events)}"


def _mentioned(facts: Facts) -> Iterator[tuple[Path, str]]:
    for event, writings in facts.writings.items():
        for writing in writings:
            yield writing.path, event
    for name, payload in facts.scenario.payloads.items():
        yield ("payloads", name, "beside"), payload.beside
    for name, incident in facts.scenario.incidents.items():
        for index, effect in enumerate(incident.effects):
            path = ("incidents", name, "effects", index)
            for verb in ("stops", "repeats", "samples"):
                for event in getattr(effect, verb) or ():
                    if event != "all":
                        yield (*path, verb), event
            if effect.sends:
                yield (*path, "sends"), effect.sends
            for verb in ("writes", "renames", "rescales", "blanks"):
                field = getattr(effect, verb)
                if field and "." in field:
                    yield (*path, verb), field.partition(".")[0]


def never_written(facts: Facts) -> Iterator[Said]:
    """Events that no step writes and that state no rate; and those that do both."""
    mistyped = any(event not in facts.scenario.events for event in facts.writings)
    for name, event in facts.scenario.events.items():
        if name not in facts.writings and event.per_user_day is None and not mistyped:
            message = "no step writes this event. Name it in an emits, or state its rate with per_user_day"
            yield ("events", name), message
        if name in facts.writings and event.per_user_day is not None:
            message = "steps write this event, so its rate follows from the journey. Take per_user_day out"
            yield ("events", name, "per_user_day"), message


def fields_known(facts: Facts) -> Iterator[Said]:
    """Fields that copy, or take the id of, what the writing step does not know."""
    for name, event in facts.scenario.events.items():
        for field, origin in event.fields.items():
            path = ("events", name, "fields", field)
            for writing in facts.writings.get(name, ()):
                yield from _origin_known(facts, origin, path, writing)


def _origin_known(facts: Facts, origin: EventField, path: Path, writing: Writing) -> Iterator[Said]:
    visible = facts.names.visible(writing.episode)
    here = f"in {writing.episode}.{writing.step}, which writes this event"
    if origin.copied and origin.copied != "position" and origin.copied not in visible:
        yield (*path, "copy"), f"{origin.copied} is not known {here}. {remedy(origin.copied, [*visible, 'position'])}"
    line = facts.names.line(writing.episode)
    if origin.id and origin.id not in line:
        yield (*path, "id"), f"{origin.id} is no episode around {writing.episode}. {remedy(origin.id, line)}"
    persons = [*facts.names.persons(writing.episode), "owner"]
    if origin.person and origin.person not in persons:
        yield (*path, "person"), f"no person {origin.person} is known {here}. {remedy(origin.person, persons)}"


def fields_handed(facts: Facts) -> Iterator[Said]:
    """Fields given by the step are handed over by every step that writes the event, and no others are."""
    for name, event in facts.scenario.events.items():
        given = [field for field, origin in event.fields.items() if origin.given_by]
        for writing in facts.writings.get(name, ()):
            handed = writing.emission.hands if writing.emission else {}
            for field in given:
                if field not in handed:
                    message = f"{name} needs {field} from this step. Write emits: {{{name}: {{{field}: …}}}}"
                    yield writing.path, message
            for field in handed:
                if field not in given:
                    what = "is not given by the step" if field in event.fields else f"is no field of {name}"
                    yield (*writing.path, field), f"{field} {what}. {remedy(field, given)}"


def hidden_outcomes(facts: Facts) -> Iterator[Said]:
    """Fields from which the hidden outcome can be read."""
    model = facts.scenario.model
    for name, event in facts.scenario.events.items():
        for field, origin in event.fields.items():
            path = ("events", name, "fields", field)
            known = facts.names.get(origin.copied or "")
            if origin.copied and known is not None and known.kind is Kind.OUTCOME:
                message = "the outcome is hidden, so no log can hold it. Copy experience, or take the field out"
                yield (*path, "copy"), message
            table = origin.draw.chances if origin.draw else None
            if table is not None and _tells_outcome(table, model):
                yield (*path, "draw"), "this field tells the hidden outcome. Let its rows overlap, or copy experience"
    for event_name, writings in facts.writings.items():
        for writing in writings:
            for field, handed in (writing.emission.hands if writing.emission else {}).items():
                if isinstance(handed, ChanceTable) and _tells_outcome(handed, model):
                    message = f"{field} tells the hidden outcome. Let its rows overlap, or copy experience"
                    yield (*writing.path, field) if event_name else writing.path, message


def _tells_outcome(table: ChanceTable, model: Model) -> bool:
    """Whether outcomes that look alike always get values that others never get."""
    if table.given != "outcome":
        return False
    looks: dict[str, list[set[str]]] = {}
    for outcome in model.outcomes:
        row = table.rows.get(outcome, table.otherwise)
        if row is not None and outcome in model.looks_like:
            possible = {choice for choice, chance in (row.row.chances if row.row else {}).items() if chance > 0}
            looks.setdefault(model.looks_like[outcome], []).append(possible)
    return any(
        one and other and one.isdisjoint(other)
        for rows in looks.values()
        for at, one in enumerate(rows)
        for other in rows[at + 1 :]
    )


def units_of_time(facts: Facts) -> Iterator[Said]:
    """Durations without a unit of time, and units of time on what is none."""
    for name, event in facts.scenario.events.items():
        for field, origin in event.fields.items():
            path = ("events", name, "fields", field)
            is_time = _is_time(facts, origin)
            if is_time and origin.unit not in TIME_UNITS:
                yield path, f"this is a duration. Say its unit: one of {', '.join(TIME_UNITS)}"
            if is_time is False and origin.unit in TIME_UNITS:
                yield (*path, "unit"), f"this is no duration, so it has no unit {origin.unit}. Take the unit out"


def _is_time(facts: Facts, origin: EventField) -> bool | None:
    """Whether a field holds a duration; None where nobody can tell."""
    if origin.elapsed_since:
        return True
    table = origin.draw.size if origin.draw else None
    if origin.copied:
        known = facts.names.get(origin.copied)
        if known is None:
            return None
        table = facts.number_table(known)
    elif not origin.draw:
        return None
    first = next(iter(sizes_of(table, ())), None) if table is not None else None
    return size_is_time(facts, first[1]) if first is not None else False


def third_persons(facts: Facts) -> Iterator[Said]:
    """Events that name another person and count as harmless."""
    for name, event in facts.scenario.events.items():
        for field, origin in event.fields.items():
            if origin.person and event.privacy in ("P0", "P1"):
                message = f"{field} names another person, so the event is personal content. Write P2 or P3"
                yield ("events", name, "privacy"), message


def metric_events(metric: Metric) -> tuple[str, ...]:
    """The events (or steps, or built-in counts) a metric counts."""
    if metric.field:
        return (metric.field.partition(".")[0],)
    return tuple(counted.target for counted in (metric.of, metric.per) if counted is not None)

"""Metrics: proxies count what a log holds, outcomes what really happened."""

from __future__ import annotations

from collections.abc import Iterator

from teledesign.reading.rules.facts import Facts, Path, Said, remedy
from teledesign.scenario.metrics import OF_BUILT_IN, PER_BUILT_IN, Counted, Metric


def counted_parts(facts: Facts) -> Iterator[tuple[Path, str, Counted, Metric | None]]:
    """Everything that is counted: path, `of` or `per`, what, and the metric (none for an anchor)."""
    for name, metric in facts.scenario.metrics.items():
        for part, counted in (("of", metric.of), ("per", metric.per)):
            if counted is not None:
                yield ("metrics", name, part), part, counted, metric
    for name, anchor in facts.scenario.anchors.items():
        yield ("anchors", name, "of"), "of", anchor.of, None
        yield ("anchors", name, "per"), "per", anchor.per, None


def built_in(part: str) -> tuple[str, ...]:
    """What may be counted besides events and steps."""
    return PER_BUILT_IN if part == "per" else OF_BUILT_IN


def roles(facts: Facts) -> Iterator[Said]:
    """Proxies, guardrails and health use events; outcomes and anchors use truth."""
    for path, part, counted, metric in counted_parts(facts):
        if counted.target in PER_BUILT_IN:
            continue
        role = metric.role if metric is not None else "anchor"
        needs_truth = role in ("outcome", "anchor")
        if needs_truth and not counted.is_truth and counted.target not in built_in(part):
            kind = "an anchor" if role == "anchor" else "an outcome metric"
            yield path, f"{kind} counts truth, which has a dot: episode.step. Name a step in place of {counted.target}"
        if not needs_truth and counted.is_truth:
            message = (
                f"a {role} metric sees only the log. Name an event in place of {counted.target}, or write role: outcome"
            )
            yield path, message
    for name, metric in facts.scenario.metrics.items():
        if metric.role == "outcome" and metric.field:
            message = "a quantile of a field is read from the log. Write another role, or count steps"
            yield ("metrics", name, "role"), message


def counted_known(facts: Facts) -> Iterator[Said]:
    """Events, steps and fields that are counted exist."""
    events = facts.scenario.events
    for path, part, counted, metric in counted_parts(facts):
        if counted.is_truth:
            if facts.step(counted.target) is None:
                yield path, f"there is no step {counted.target}. {remedy(counted.target, facts.step_names)}"
        elif metric is not None and counted.target not in events and counted.target not in built_in(part):
            known = [*events, *built_in(part)]
            yield path, f"there is no event {counted.target}. {remedy(counted.target, known)}"
        elif counted.field is not None and counted.target in events:
            yield from _field(facts, (*path, "sum" if counted.sum else "unique"), counted.target, counted.field)
            if counted.sum and facts.columns[counted.target].get(counted.field):
                values = facts.columns[counted.target][counted.field] or ()
                if any(isinstance(value, str) for value in values):
                    yield (*path, "sum"), f"{counted.sum} is no number, so it has no sum. Use unique, or another field"
    for name, metric in facts.scenario.metrics.items():
        if metric.field:
            event, _, field = metric.field.partition(".")
            path = ("metrics", name, "field")
            if event not in events:
                yield path, f"there is no event {event}. {remedy(event, events)}"
            else:
                yield from _field(facts, path, event, field)


def _field(facts: Facts, path: Path, event: str, field: str) -> Iterator[Said]:
    known = facts.columns[event]
    if field not in known:
        own = list(facts.scenario.events[event].fields)
        yield path, f"{event} has no field {field}. {remedy(field, own or known)}"


def slices_known(facts: Facts) -> Iterator[Said]:
    """What a metric is sliced by is in everything it counts."""
    for name, metric in facts.scenario.metrics.items():
        counted = [part for part in (metric.of, metric.per) if part is not None and part.target not in PER_BUILT_IN]
        known = [columns for part in counted if (columns := facts.known_to(part)) is not None]
        if metric.field:
            known = [facts.columns.get(metric.field.partition(".")[0], {})]
        for index, by in enumerate(metric.by):
            for part, columns in zip(counted, known, strict=False):
                if by not in columns:
                    shared = [column for column in known[0] if all(column in other for other in known)]
                    what = f"{part.target} has no {by} to slice by"
                    yield ("metrics", name, "by", index), f"{what}. {remedy(by, shared)}"
            if metric.field and known and by not in known[0]:
                what = f"{metric.field.partition('.')[0]} has no {by} to slice by"
                yield ("metrics", name, "by", index), f"{what}. {remedy(by, known[0])}"


def within_joins(facts: Facts) -> Iterator[Said]:
    """`within` joins rows of one interaction, so both sides must be written in one."""
    for name, metric in facts.scenario.metrics.items():
        if metric.within is None or metric.of is None or metric.per is None:
            continue
        for part, counted in (("of", metric.of), ("per", metric.per)):
            path = ("metrics", name, part)
            if counted.target in (*PER_BUILT_IN, *OF_BUILT_IN):
                yield path, f"{counted.target} has no interaction to join by. Take within out, or count an event"
                continue
            episodes = {writing.episode for writing in facts.writings.get(counted.target, ())}
            if counted.is_truth:
                episodes = {counted.target.partition(".")[0]}
            for episode in sorted(episodes):
                line = facts.names.line(episode)
                if not any(
                    facts.scenario.journey[e].kind == "interaction" for e in line if e in facts.scenario.journey
                ):
                    what = f"{counted.target} is written in {episode}, which belongs to no interaction"
                    yield (
                        path,
                        f"{what}, so within cannot join it. Take within out, or give an episode kind: interaction",
                    )


def unknown_metrics(facts: Facts) -> Iterator[Said]:
    """Signals of incidents name metrics."""
    metrics = facts.scenario.metrics
    for name, incident in facts.scenario.incidents.items():
        for key, signal in (("signal", incident.signal), ("decoy_signal", incident.decoy_signal)):
            if signal is not None and signal.metric not in metrics:
                path = ("incidents", name, key, "metric")
                yield path, f"there is no metric {signal.metric}. {remedy(signal.metric, metrics)}"

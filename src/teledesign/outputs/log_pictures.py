"""The pictures of a log: by day, hour, version and slice, each with what somebody who cannot see it should know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from teledesign.outputs.charts import Chart, SliceDot, day_bars, day_lines, day_shares, hour_grid, slice_dots, svg_of
from teledesign.outputs.log_measures import VERSIONS, in_order, metric_slices
from teledesign.outputs.log_reading import DailyMetric, LogRows, metrics_to_draw
from teledesign.outputs.wording import said_count, said_share
from teledesign.scenario import Scenario

__all__ = ["long_date", "pictures"]

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
SHARED = ("app_version", "model_version", "platform", "variant")
MOST_SERIES = 5
FEWEST_COUNTED = 30
"""A day on which a version was counted fewer times says nothing about it."""


def pictures(scenario: Scenario, rows: LogRows) -> Iterator[Chart]:
    """Those that the log has something to show for."""
    yield _volume(scenario, rows)
    yield _rhythm(scenario, rows)
    shares = _versions(scenario, rows)
    if shares is not None:
        yield shares
    daily = _metric(scenario, rows)
    if daily is None:
        return
    yield _metric_chart(daily)
    by_version = _metric_by_version(scenario, rows, daily)
    if by_version is not None:
        yield by_version
    by_slice = _metric_by_slice(scenario, rows, daily)
    if by_slice is not None:
        yield by_slice


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
        f"All events together, by the device's clock. Day 1 is {long_date(scenario, 1)}.",
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
    for column in SHARED:
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


def _metric(scenario: Scenario, rows: LogRows) -> DailyMetric | None:
    """The first metric that the log can answer on most days."""
    for name in metrics_to_draw(scenario):
        daily = rows.daily(name, scenario.metrics[name])
        if daily is not None and len(daily.days) > rows.facts.days // 2:
            return daily
    return None


def _title(daily: DailyMetric) -> str:
    return daily.metric.title or daily.name.replace("_", " ").capitalize()


def _metric_chart(daily: DailyMetric) -> Chart:
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
    return Chart(_title(daily), svg_of(day_lines(lines, [daily.name], "ratio"), said), caption, said)


def _metric_by_version(scenario: Scenario, rows: LogRows, daily: DailyMetric) -> Chart | None:
    """The metric by day for each version of the first kind that the metric is sliced by and that differs in the log."""
    sides = [rows.counted(side) for side in (daily.metric.of, daily.metric.per) if side is not None]
    for column in VERSIONS:
        if column not in daily.metric.by or None in sides:
            continue
        names = in_order(scenario, column, rows.values_of(column, MOST_SERIES + 1))
        if not 1 < len(names) <= MOST_SERIES:
            continue
        counts = [side[0] for side in sides if side]
        given = [value for side in sides if side for value in side[1]]
        found = rows.by_day(column, counts, given)
        lines = [
            (day, name, float(top or 0) / float(bottom))
            for (day, name), (top, bottom) in sorted(found.items())
            if float(bottom or 0) >= FEWEST_COUNTED
        ]
        drawn = [name for name in names if any(line[1] == name for line in lines)]
        if len(drawn) < 2:
            continue
        means = {name: [value for _, one, value in lines if one == name] for name in drawn}
        said = "A line by day for each version. Mean over its days: " + ", ".join(
            f"{name} {_shown(sum(values) / len(values))} on {len(values)} days" for name, values in means.items()
        )
        legend = tuple((name, number) for number, name in enumerate(drawn, start=1))
        caption = (
            f"Days on which a {column.replace('_', ' ')} was counted fewer than {FEWEST_COUNTED} times are left out."
        )
        svg = svg_of(day_lines(lines, drawn, "ratio"), f"{said}.")
        return Chart(f"{_title(daily)} by {column.replace('_', ' ')}", svg, caption, f"{said}.", legend)
    return None


def _metric_by_slice(scenario: Scenario, rows: LogRows, daily: DailyMetric) -> Chart | None:
    """The metric over the whole log for each slice, with Wilson's interval where it is a share."""
    dots = [
        SliceDot(
            column.replace("_", " "), value, top / bottom, *(_wilson(top, bottom) if top <= bottom else (None, None))
        )
        for column, value, top, bottom in metric_slices(scenario, rows, daily.name)
        if bottom
    ]
    if not dots:
        return None
    low, high = min(dots, key=lambda dot: dot.value), max(dots, key=lambda dot: dot.value)
    said = (
        f"A dot for each of {len(dots)} slices, lowest {low.name} with {_shown(low.value)}, "
        f"highest {high.name} with {_shown(high.value)}."
    )
    caption = (
        "The whole log, one dot a slice. Lines: what chance alone allows (Wilson, 95 %), too narrow where rows of "
        "one user go together."
    )
    return Chart(f"{_title(daily)} by slice", svg_of(slice_dots(dots), said), caption, said)


def _wilson(successes: float, trials: float) -> tuple[float, float]:
    """Wilson's interval of 95 % for a share (E. B. Wilson, Probable Inference, 1927)."""
    square = 1.96 * 1.96
    centre = (successes + square / 2) / (trials + square)
    half = 1.96 * (successes * (trials - successes) / trials + square / 4) ** 0.5 / (trials + square)
    return centre - half, centre + half


def _shown(value: float) -> str:
    return f"{value:.3g}"


def _weekday(scenario: Scenario, day: int) -> int:
    """0 for Monday."""
    return (scenario.product.clock.start.weekday() + day - 1) % 7


def long_date(scenario: Scenario, day: int) -> str:
    """A day of the log as `Monday 3 March 2025`, whatever the locale."""
    date = scenario.product.clock.start + dt.timedelta(days=day - 1)
    return f"{WEEK[date.weekday()]} {date.day} {MONTHS[date.month - 1]} {date.year}"

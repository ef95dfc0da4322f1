"""Charts as SVG text for a page: drawn by Vega-Lite without a browser, coloured by the page's own style sheet.

A chart is drawn with stand-in colours that are then replaced by CSS variables, so that one picture serves
the light and the dark scheme.  Nothing is read from the clock, the locale or the network.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.findings import MissingExtra
from teledesign.rendering import Printed, html_text

__all__ = ["SERIES", "Chart", "SliceDot", "day_bars", "day_lines", "day_shares", "hour_grid", "slice_dots", "svg_of"]

WIDTH, HEIGHT = 300, 150
"""The plot's inside in CSS pixels: two charts stand side by side on a desk, one on a phone, without small type."""

_COLOURS = {
    "#010101": "var(--td-ink)",
    "#020202": "var(--td-ink-soft)",
    "#030303": "var(--td-rule)",
    "#040404": "var(--td-series-1)",
    "#050505": "var(--td-series-2)",
    "#060606": "var(--td-series-3)",
    "#070707": "var(--td-series-4)",
    "#080808": "var(--td-series-5)",
    "#090909": "var(--td-panel)",
}
INK, SOFT, RULE, *_SERIES, PANEL = _COLOURS
SERIES = tuple(_SERIES)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 1])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FONT = "sans-serif"


@dataclass(frozen=True)
class Chart:
    """A picture, what it is, and what somebody who cannot see it should know."""

    title: str
    svg: Printed
    caption: str
    alternative: str
    legend: Sequence[tuple[str, int]] = ()
    """Names of the series and the number of their colour, 1 to 5; none where there is one series."""


@dataclass(frozen=True)
class SliceDot:
    """A slice of a metric: what it is sliced by, which one, the value, and its interval where there is one."""

    column: str
    name: str
    value: float
    low: float | None
    high: float | None


def day_bars(rows: Sequence[tuple[int, int, bool]], unit: str) -> dict[str, Any]:
    """A specification: one bar a day; rows are (day, count, whether it is a weekend)."""
    values = [{"day": day, "n": count, "weekend": weekend} for day, count, weekend in rows]
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusTopLeft": 1, "cornerRadiusTopRight": 1},
        "encoding": {
            "x": _days([row[0] for row in rows], band=True),
            "y": {"field": "n", "type": "quantitative", "axis": _axis(title=unit, tickCount=4, format="~s")},
            "color": {
                "field": "weekend",
                "type": "nominal",
                "scale": {"domain": [False, True], "range": [SERIES[0], SERIES[1]]},
                "legend": None,
            },
        },
    }


def hour_grid(counts: Mapping[tuple[int, int], int]) -> dict[str, Any]:
    """A specification: a grid of weekdays and hours, darker where more happens; keys are (weekday from 0, hour)."""
    top = max(counts.values(), default=0) or 1
    values = [
        {"day": WEEK[day], "hour": hour, "share": counts.get((day, hour), 0) / top}
        for day in range(7)
        for hour in range(24)
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "rect", "color": SERIES[0], "stroke": RULE, "strokeWidth": 0.5},
        "encoding": {
            "x": {
                "field": "hour",
                "type": "ordinal",
                "axis": _axis(title="hour of the day", values=[0, 6, 12, 18, 23], labelAngle=0, grid=False),
            },
            "y": {"field": "day", "type": "ordinal", "sort": list(WEEK), "axis": _axis(title=None, grid=False)},
            "opacity": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1], "range": [0.03, 1]},
                "legend": None,
            },
        },
    }


def day_shares(rows: Sequence[tuple[int, str, float]], names: Sequence[str]) -> dict[str, Any]:
    """A specification: parts of a whole over days, stacked in the order of names; rows are (day, name, share)."""
    values = [{"day": day, "name": name, "share": share, "order": names.index(name)} for day, name, share in rows]
    return {
        "data": {"values": values},
        "mark": {"type": "area", "line": False, "stroke": PANEL, "strokeWidth": 0.5},
        "encoding": {
            "x": _days([row[0] for row in rows], band=False),
            "y": {
                "field": "share",
                "type": "quantitative",
                "stack": "zero",
                "scale": {"domain": [0, 1]},
                "axis": _axis(title="share of rows", format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
            },
            "color": _series(names),
            "order": {"field": "order", "type": "quantitative"},
        },
    }


def day_lines(rows: Sequence[tuple[int, str, float]], names: Sequence[str], unit: str) -> dict[str, Any]:
    """A specification: one line per name over days; rows are (day, name, value)."""
    values = [{"day": day, "name": name, "value": value} for day, name, value in rows]
    ranks = [DASHES[place % len(DASHES)] for place in range(len(names))]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2, "strokeJoin": "round"},
        "encoding": {
            "x": _days([row[0] for row in rows], band=False),
            "y": {
                "field": "value",
                "type": "quantitative",
                "scale": {"zero": True},
                "axis": _axis(title=unit, tickCount=4),
            },
            "color": _series(names),
            "strokeDash": {
                "field": "name",
                "type": "nominal",
                "scale": {"domain": list(names), "range": ranks},
                "legend": None,
            },
        },
    }


def slice_dots(dots: Sequence[SliceDot]) -> dict[str, Any]:
    """A specification: one dot a slice with its interval, slices of one column in one colour and shape."""
    columns = list(dict.fromkeys(dot.column for dot in dots))
    names = [f"{dot.column}: {dot.name}" for dot in dots]
    values = [
        {"slice": name, "column": dot.column, "value": dot.value, "low": dot.low, "high": dot.high}
        for name, dot in zip(names, dots, strict=True)
    ]
    y = {
        "field": "slice",
        "type": "nominal",
        "sort": names,
        "axis": _axis(title=None, grid=False, labelLimit=150, labelFontSize=11),
    }
    colour = {**_series(columns), "field": "column"}
    return {
        "width": WIDTH - 70,
        "height": max(HEIGHT, 19 * len(dots)),
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.55},
                "transform": [{"filter": "isValid(datum.low)"}],
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"zero": False, "nice": True},
                        "axis": _axis(title="ratio", tickCount=4),
                    },
                    "color": colour,
                    "shape": {
                        "field": "column",
                        "type": "nominal",
                        "scale": {"domain": columns, "range": [SHAPES[at % len(SHAPES)] for at in range(len(columns))]},
                        "legend": None,
                    },
                },
            },
        ],
    }


def svg_of(specification: Mapping[str, Any], alternative: str) -> Printed:
    """The picture as an svg element that scales with the page and says its alternative text."""
    try:
        import vl_convert
    except ImportError as missing:
        raise MissingExtra("vl-convert-python", "course") from missing
    full = {
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 2,
        "background": None,
        "config": _CONFIG,
        **specification,
    }
    drawn = vl_convert.vegalite_to_svg(full, allowed_base_urls=[])
    return Printed(_for_pages(str(drawn), alternative))


_CONFIG = {
    "aria": False,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": SOFT,
        "titleColor": SOFT,
        "domainColor": RULE,
        "tickColor": RULE,
        "gridColor": RULE,
    },
}


def _axis(**more: Any) -> dict[str, Any]:
    return {"titlePadding": 6, "labelPadding": 3, **more}


def _days(days: Sequence[int], *, band: bool) -> dict[str, Any]:
    """The axis of days: at most six labels, whole weeks apart where there are weeks."""
    first, last = min(days, default=1), max(days, default=1)
    step = next(step for step in (1, 2, 7, 14, 28, 56, 112, 224, 448, 4000) if (last - first) / step <= 6)
    axis = _axis(title="day", values=list(range(first, last + 1, step)), labelAngle=0, grid=False)
    if band:
        return {"field": "day", "type": "ordinal", "axis": axis}
    scale = {"domain": [first, max(last, first + 1)], "nice": False}
    return {"field": "day", "type": "quantitative", "axis": {**axis, "format": "d"}, "scale": scale}


def _series(names: Sequence[str]) -> dict[str, Any]:
    colours = [SERIES[place % len(SERIES)] for place in range(len(names))]
    return {
        "field": "name",
        "type": "nominal",
        "scale": {"domain": list(names), "range": colours},
        "legend": None,
    }


_UNUSED = re.compile(r' (?:class|role|aria-[a-z]+|pointer-events|stroke-miterlimit)="[^"]*"')
_OPENING = re.compile(r"^<svg\b[^>]*?\bviewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)


def _for_pages(drawn: str, alternative: str) -> str:
    """The element without fixed size and outside names, and with our colours."""
    opening = _OPENING.match(drawn)
    if opening is None:
        raise ValueError("vl-convert returned something that is no SVG picture")
    _, _, width, height = opening[1].split()
    label = html_text(alternative)
    head = f'<svg viewBox="{opening[1]}" width="{width}" height="{height}" role="img" aria-label="{label}">'
    body = drawn[opening.end() :].replace(f'font-family="{FONT}"', 'font-family="inherit"')
    body = _UNUSED.sub("", body).replace('<path d="" display="none"/>', "")
    body = re.sub("#0[1-9]0[1-9]0[1-9]", lambda found: _COLOURS.get(found[0], found[0]), body)
    return head + _own_names(body)


def _own_names(body: str) -> str:
    """The picture with names of clips that are its own: they are numbered through the process and meet on a page."""
    names = list(dict.fromkeys(re.findall(r'id="(clip\d+)"', body)))
    numbered = {name: str(number) for number, name in enumerate(names)}
    body = re.sub(r"\bclip\d+\b", lambda found: f"clip-{numbered[found[0]]}", body)
    mark = hashlib.sha256(body.encode()).hexdigest()[:8]
    return re.sub(r"\bclip-(?=\d)", f"clip-{mark}-", body)

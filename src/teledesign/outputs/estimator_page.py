"""A topic's estimator page: levers, the bill line by line, and what is behind it, for the reader's browser."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from teledesign.costs import cost_model, gathered, traffic_of
from teledesign.costs.page import PageModel, page_model, tools
from teledesign.costs.watching import WatchedMetric, watched_metrics
from teledesign.design import collect_everything
from teledesign.detection import FORMULAS
from teledesign.expectation import Expectation
from teledesign.form import ALPHABET, LOOK_ALIKES, drawn_value, settings_salt, steps_of
from teledesign.formulas import equation, plain_number
from teledesign.levers import lever_set_by
from teledesign.outputs.estimator_path import PathView, drop_of, path_view, round_number
from teledesign.prices import STATUSES, PriceSheet
from teledesign.rendering import Printed, html_formula, html_text, prose_html_inline
from teledesign.scenario import Scenario

__all__ = ["EstimatorPage", "estimator_page", "formula_html"]

MODEL_FILE = "estimator-model.js"
SHEET_FILE = "estimator-prices-{0}.js"
SCRIPT_DATA = "teledesignPage"
BESIDE = "people"
"""The sheet that sees to people's work and mobile data, which vendors do not price, where a course has one."""
CALM = ("sampling", "targeting", "hot_days")
"""The levers of the first view."""
IN_MONTHS = "growth"
"""The assumption that stands beside the months."""
WIDE = 1000.0
"""Bounds this many times apart are a slider of magnitudes."""
PAYERS = {"firm": "the firm pays", "user": "users pay", "none": "nobody is billed"}
TOTALS = {"firm": "The firm pays", "user": "Users pay", "none": "Nobody pays"}
RECKONED = {
    "rows_needed": ("Rows needed, before and after the change", "z sure is 1.96 for 95 %, z seen 0.84 for 80 %."),
    "days_needed": ("Days until there are as many", ""),
    "worth": ("What rows of the same users are worth", "Likeness is the correlation of one user's rows."),
    "rarest_seen": ("The rarest thing that shows at least once", "Surely is 3.0 for 95 %."),
    "shift_of": ("The shift that a chart looks for", "In standard deviations of a day's share."),
}
"""What detection is reckoned with: how the page calls it, and a word to it."""
CHARTS = {"shewhart": "Shewhart chart", "cusum": "CUSUM", "ewma": "EWMA"}


@dataclass(frozen=True)
class InputView:
    """A number that can be set: a slider and a field."""

    name: str
    title: str
    says: str
    unit: str
    value: str
    bounds: str


@dataclass(frozen=True)
class RowView:
    """A line item: what it counts, how, and by which price."""

    item: str
    title: str
    says: str
    payer: str
    formula: Printed
    unit: str
    price: Printed
    why: str


@dataclass(frozen=True)
class WorkedView:
    """A quantity on the way to the line items, or one that no invoice shows."""

    name: str
    title: str
    formula: Printed
    unit: str
    says: str = ""


@dataclass(frozen=True)
class Choice:
    """An entry of a list to choose from."""

    value: str
    title: str


@dataclass(frozen=True)
class EstimatorPage:
    """Everything the page prints before its script runs."""

    design: str
    sheet: str
    sheet_note: Printed | None
    as_of: str
    currency: str
    calm: Sequence[InputView]
    levers: Sequence[InputView]
    growth: InputView
    assumptions: Sequence[InputView]
    facts: Sequence[InputView]
    worked: Sequence[WorkedView]
    effects: Sequence[WorkedView]
    reckoned: Sequence[WorkedView]
    rows: Sequence[RowView]
    sheets: Sequence[Choice]
    solved: Sequence[Choice]
    metrics: Sequence[Choice]
    path: PathView
    has_forms: bool
    model_file: str


def estimator_page(
    scenario: Scenario, prices: Mapping[str, PriceSheet], default: str
) -> tuple[EstimatorPage, dict[str, str]]:
    """The page's view, and its scripts by name: the model on the default sheet, and each other sheet's."""
    expected = Expectation(scenario)
    traffic, design = traffic_of(expected), collect_everything(scenario)
    offered = {name: (names, sheet) for name, names, sheet in _offered(prices, default)}
    models = {name: page_model(scenario, design, sheet, traffic) for name, (_, sheet) in offered.items()}
    data, sheet = models[default].data, prices[default]
    watched = watched_metrics(cost_model(gathered(scenario, design, sheet, traffic), sheet), expected)
    inputs: Sequence[Mapping[str, Any]] = data["inputs"]
    views = {one["name"]: _input(one) for one in inputs}
    levers = [one["name"] for one in inputs if one["role"] == "lever"]
    assumptions = [one["name"] for one in inputs if one["role"] == "assumption" and one["name"] != IN_MONTHS]
    budget, titles = round_number(data["firm"] / 4), {name: prices[name].title for name in offered}
    page = EstimatorPage(
        design=data["design_title"],
        sheet=data["sheet_title"],
        sheet_note=prose_html_inline(sheet.note) if sheet.note else None,
        as_of=data["as_of"],
        currency=data["currency"],
        calm=tuple(views[name] for name in CALM),
        levers=tuple(views[name] for name in levers if name not in CALM),
        growth=views[IN_MONTHS],
        assumptions=tuple(views[name] for name in assumptions),
        facts=tuple(views[one["name"]] for one in inputs if one["role"] == "fact"),
        worked=tuple(_worked(one) for one in data["worked"]),
        effects=tuple(_worked(one) for one in data["effects"]),
        reckoned=tuple(_reckoned(name) for name in RECKONED),
        rows=tuple(_row(row) for row in data["rows"]),
        sheets=tuple(Choice(name, title) for name, title in titles.items()),
        solved=tuple(Choice(name, views[name].title) for name in data["solved"]),
        metrics=tuple(Choice(one.name, one.title) for one in watched),
        path=path_view(scenario, models, titles, watched, budget),
        has_forms=bool(scenario.forms),
        model_file=MODEL_FILE,
    )
    sheets = {name: _sheet(names, sheet, models[name], default) for name, (names, sheet) in offered.items()}
    about = {
        **_about(scenario, data, watched, budget),
        "prices": default,
        "sheets": {name: {"title": one["title"], "file": SHEET_FILE.format(name)} for name, one in sheets.items()},
    }
    scripts = {
        SHEET_FILE.format(name): f"{SCRIPT_DATA}.sheets[{_json(name)}] = {_with_parts(one, models[name])};\n"
        for name, one in sheets.items()
    }
    scripts[MODEL_FILE] = f"{tools()}\nconst {SCRIPT_DATA} = {_json(about)};\n{scripts.pop(SHEET_FILE.format(default))}"
    return page, scripts


def _offered(prices: Mapping[str, PriceSheet], default: str) -> Iterator[tuple[str, list[str], PriceSheet]]:
    """The price sheets to choose from: the course's own, then each other beside that of people's work."""
    yield default, [default], prices[default]
    beside = prices.get(BESIDE)
    for name, sheet in prices.items():
        if name == default:
            continue
        if beside is None or name == BESIDE or beside.currency != sheet.currency:
            yield name, [name], sheet
        else:
            yield name, [name, BESIDE], sheet.beside(beside)


def formula_html(text: str) -> Printed:
    """A formula as mathematics; each name in it is an `mi` with `data-name`, for the script to put numbers there."""
    return html_formula(equation(text))


def _input(one: Mapping[str, Any]) -> InputView:
    return InputView(
        name=one["name"],
        title=one["title"],
        says=one["says"],
        unit="" if one["unit"] == "1" else one["unit"],
        value=plain_number(one["value"]),
        bounds=f"{plain_number(one['low'])} to {plain_number(one['high'])}",
    )


def _worked(one: Mapping[str, Any]) -> WorkedView:
    return WorkedView(one["name"], one["title"], formula_html(one["formula"]), one["unit"], one.get("says", ""))


def _reckoned(name: str) -> WorkedView:
    title, says = RECKONED[name]
    return WorkedView(name, title, formula_html(f"{name} = {FORMULAS[name].text}"), "", says)


def _row(row: Mapping[str, Any]) -> RowView:
    return RowView(
        item=row["item"],
        title=row["title"],
        says=row["says"],
        payer=PAYERS[row["payer"]],
        formula=formula_html(row["formula"]),
        unit=row["unit"],
        price=Printed("".join(_price_parts(row))),
        why=row["why_unknown"],
    )


def _price_parts(row: Mapping[str, Any]) -> Iterator[str]:
    """A line item's price: what it says, how it bills, where it was read; or what pays for the item."""
    price = row["price"]
    if price is None:
        yield html_text(row["covered"] or "none")
        return
    yield f"{html_text(price['title'])}: {html_text(price['told'])}"
    if price["formula"]:
        yield f'<span class="td-formula">{formula_html(price["formula"])}</span>'
    status = html_text(STATUSES.get(price["status"], ""))
    yield f'<span class="td-small">{html_text(price["source"])} <span class="td-badge">{status}</span></span>'


# --- What the scripts are given ---


def _sheet(names: list[str], sheet: PriceSheet, model: PageModel, default: str) -> dict[str, Any]:
    """A price sheet as the page's script shows it; the lines of the default one stand in the page already."""
    rows = [_row(row) for row in model.data["rows"]]
    shown = {row.item: [row.formula, html_text(row.unit), row.price, html_text(row.why)] for row in rows}
    return {
        "title": sheet.title,
        "names": names,
        "note": prose_html_inline(sheet.note) if sheet.note else "",
        "as_of": model.data["as_of"],
        "currency": sheet.currency,
        "rows": {} if names == [default] else shown,
    }


def _with_parts(sheet: Mapping[str, Any], model: PageModel) -> str:
    """The sheet as an object, with the formulas in it."""
    return f'{_json(sheet)[:-1]},\n"parts": {model.parts}}}'


def _about(
    scenario: Scenario, data: Mapping[str, Any], watched: Sequence[WatchedMetric], budget: float
) -> dict[str, Any]:
    return {
        "scenario": data["scenario"],
        "design": data["design"],
        "inputs": [_slider(one) for one in data["inputs"] if one["role"] != "fact"],
        "items": {row["item"]: row["title"] for row in data["rows"]},
        "payers": TOTALS,
        "charts": CHARTS,
        "budget": budget,
        "metrics": [_metric(one) for one in watched],
        "form": _form(scenario, data["inputs"]),
    }


def _metric(one: WatchedMetric) -> dict[str, Any]:
    """A metric as the engine's detection takes it."""
    return {
        "name": one.name,
        "title": one.title,
        "better": one.better,
        "share": one.whole.share,
        "rows": one.whole.rows,
        "rows_each": one.rows_each,
        "own": one.kept.own,
        "by_user": one.kept.by_user,
        "drop": drop_of(one),
        "slices": [
            {"name": part.name, "value": part.value, **asdict(part.there), "aimed": part.aimed} for part in one.slices
        ],
    }


def _slider(one: Mapping[str, Any]) -> list[Any]:
    """An input's name, whether its slider has even magnitudes, and the least of them above 0."""
    low, high = one["low"], one["high"]
    is_share = one["unit"] == "1" and high <= 1
    magnitudes = (is_share and one["role"] == "lever" and one["name"] not in ("compression", "bare")) or (
        high / max(low, 1.0) >= WIDE
    )
    log = magnitudes and not (is_share and one["role"] != "lever")
    return [one["name"], log, low if low > 0 else (0.0001 if is_share else 1)]


def _form(scenario: Scenario, inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What a settings code is read with, as `teledesign.form.read_settings_code` does it.

    Opening one gives the estimate that the cost sheet is worked out with: the group's levers, and no payloads.
    """
    if not scenario.forms:
        return None
    numbers = [
        {
            "name": name,
            "title": parameter.title,
            "sets": lever_set_by(parameter.sets),
            "unit": parameter.unit or "",
            "values": [drawn_value(parameter, step) for step in range(steps_of(parameter))],
        }
        for name, parameter in scenario.forms.items()
    ]
    look_alikes = {chr(wrong): chr(right) for wrong, right in LOOK_ALIKES.items()}
    return {
        "alphabet": ALPHABET,
        "lookAlikes": look_alikes,
        "salt": settings_salt(scenario),
        "numbers": numbers,
        "also": {one["name"]: 0 for one in inputs if one["name"].startswith("payload_") and one["default"]},
    }


def _json(value: object) -> str:
    """JSON that can also stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")

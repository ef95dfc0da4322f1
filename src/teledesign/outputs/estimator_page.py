"""A topic's estimator page: levers, the bill line by line, and the script that works it out in the reader's browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teledesign.costs import PageModel, page_model
from teledesign.design import collect_everything
from teledesign.form import ALPHABET, LOOK_ALIKES, drawn_value, settings_salt, steps_of
from teledesign.formulas import plain_number
from teledesign.levers import lever_set_by
from teledesign.prices import STATUSES, PriceSheet
from teledesign.rendering import Printed, html_text, prose_html_inline
from teledesign.scenario import Scenario

__all__ = ["EstimatorPage", "estimator_page", "formula_html"]

MODEL_FILE = "estimator-model.js"
SCRIPT_DATA = "teledesignPage"
WIDE = 1000.0
"""Bounds this many times apart are a slider of magnitudes."""
PAYERS = {"firm": "the firm pays", "user": "users pay", "none": "nobody is billed"}
SIGNS = {"*": "×", "-": "−", "/": "÷"}


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
    price_title: str
    price_told: str
    price_formula: Printed | None
    source: str
    status: str
    why_unknown: str


@dataclass(frozen=True)
class WorkedView:
    """A quantity on the way to the line items."""

    name: str
    title: str
    formula: Printed
    unit: str


@dataclass(frozen=True)
class EstimatorPage:
    """Everything the page prints before its script runs."""

    design: str
    sheet: str
    sheet_note: Printed | None
    as_of: str
    currency: str
    levers: Sequence[InputView]
    assumptions: Sequence[InputView]
    facts: Sequence[InputView]
    worked: Sequence[WorkedView]
    rows: Sequence[RowView]
    has_forms: bool
    model_file: str


def estimator_page(scenario: Scenario, sheet: PriceSheet) -> tuple[EstimatorPage, dict[str, str]]:
    """The page's view, and its script by name."""
    model = page_model(scenario, collect_everything(scenario), sheet)
    data = model.data
    inputs: Sequence[Mapping[str, Any]] = data["inputs"]
    page = EstimatorPage(
        design=data["design_title"],
        sheet=data["sheet_title"],
        sheet_note=prose_html_inline(sheet.note) if sheet.note else None,
        as_of=data["as_of"],
        currency=data["currency"],
        levers=tuple(_input(one) for one in inputs if one["role"] == "lever"),
        assumptions=tuple(_input(one) for one in inputs if one["role"] == "assumption"),
        facts=tuple(_input(one) for one in inputs if one["role"] == "fact"),
        worked=tuple(
            WorkedView(one["name"], one["title"], formula_html(one["formula"]), one["unit"]) for one in data["worked"]
        ),
        rows=tuple(_row(row) for row in data["rows"]),
        has_forms=bool(scenario.forms),
        model_file=MODEL_FILE,
    )
    return page, {MODEL_FILE: _script(scenario, model)}


def formula_html(text: str) -> Printed:
    """A formula's text with names as variables and signs as one writes them."""
    return Printed("".join(_formula_parts(text)))


_PARTS = re.compile(r"([A-Za-z_]\w*)(\s*\()?|([*/-])|([^A-Za-z_*/-]+)")


def _formula_parts(text: str) -> Iterator[str]:
    for name, opening, sign, rest in _PARTS.findall(text):
        if name and opening:
            yield f"{html_text(name.replace('_', ' '))}("
        elif name:
            yield f'<var data-name="{html_text(name)}">{html_text(name.replace("_", " "))}</var>'
        else:
            yield SIGNS.get(sign, "") if sign else html_text(rest)


def _input(one: Mapping[str, Any]) -> InputView:
    return InputView(
        name=one["name"],
        title=one["title"],
        says=one["says"],
        unit="" if one["unit"] == "1" else one["unit"],
        value=plain_number(one["value"]),
        bounds=f"{plain_number(one['low'])} to {plain_number(one['high'])}",
    )


def _row(row: Mapping[str, Any]) -> RowView:
    price = row["price"] or {}
    return RowView(
        item=row["item"],
        title=row["title"],
        says=row["says"],
        payer=PAYERS[row["payer"]],
        formula=formula_html(row["formula"]),
        unit=row["unit"],
        price_title=price.get("title", ""),
        price_told=price.get("told", "") or row["covered"],
        price_formula=formula_html(price["formula"]) if price.get("formula") else None,
        source=price.get("source", ""),
        status=STATUSES.get(price.get("status", ""), ""),
        why_unknown=row["why_unknown"],
    )


def _script(scenario: Scenario, model: PageModel) -> str:
    """The model's script with what the page's own script needs beside it."""
    data = {
        "currency": model.data["currency"],
        "inputs": [_slider(one) for one in model.data["inputs"]],
        "worked": [{key: one[key] for key in ("name", "title", "formula", "unit")} for one in model.data["worked"]],
        "rows": [{key: row[key] for key in ("item", "title", "formula", "unit")} for row in model.data["rows"]],
        "form": _form(scenario, model.data["inputs"]),
    }
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"{model.js}\nconst {SCRIPT_DATA} = {text};\n"


def _slider(one: Mapping[str, Any]) -> dict[str, Any]:
    low, high = one["low"], one["high"]
    is_share = one["unit"] == "1" and high <= 1
    magnitudes = (is_share and one["role"] == "lever" and one["name"] != "compression") or high / max(low, 1.0) >= WIDE
    return {
        **{key: one[key] for key in ("name", "title", "unit", "role", "low", "high")},
        "value": one["default"],
        "scale": "log" if magnitudes and not (is_share and one["role"] != "lever") else "linear",
        "least": low if low > 0 else (0.0001 if is_share else 1),
    }


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

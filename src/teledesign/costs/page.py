"""The estimator page's model: the same formulas as JavaScript, and all that the page says about them as data.

No HTML here.  The script defines one object, `teledesignCost`, and touches nothing else:

- `teledesignCost.model(settings)` gives `{values, rows, totals, user_per_month, effects}`; `settings` is an object of
  levers and assumptions, and one that is left out has its default.  `rows` hold `item, payer, quantity, amount`; an
  unknown amount is null, and then the payer's total has `at_least: true`.  `effects` is what no invoice shows.
- `teledesignCost.check(settings)` gives the list of what is wrong with the settings, one sentence each.
- `teledesignCost.ranges(settings, {runs, seed, wider})` gives `{rows, totals}` with bands `{p10, p50, p90}` over draws
  of what is uncertain; `wider` are ranges `{name: [low, high]}` in place of `teledesignCost.doubts`.
- `teledesignCost.months(settings, count, {runs, seed, wider})` gives the same for each month of a forecast; with one
  run nothing is drawn.
- `teledesignCost.swings(settings, wider)` gives the firm's total at both ends of each uncertain input, widest first.
- `teledesignCost.detection` has the formulas of detection, such as `rows_needed({z_sure, z_seen, before, after})`.
- `teledesignCost.defaults` and `teledesignCost.bounds` are what they say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from teledesign.costs import draws, months
from teledesign.costs.collected import Traffic
from teledesign.costs.estimating import estimate_of
from teledesign.costs.model import CostModel, Item, cost_model
from teledesign.costs.traffic import gathered
from teledesign.design import Design
from teledesign.detection import CONFIDENCE, FORMULAS, POWER, z_of
from teledesign.expectation import Expectation
from teledesign.formulas import JAVASCRIPT, Formula, plain_number
from teledesign.prices import PriceSheet
from teledesign.scenario import Scenario

__all__ = ["PageModel", "page_model"]


@dataclass(frozen=True)
class PageModel:
    """A script and the data beside it.

    `data` holds `scenario, design, design_title, sheet, sheet_title, as_of, currency, budget`, and as lists of objects:
    `inputs` (name, title, value, unit, role, low, high, default, says, doubt), `worked` (name, title, formula, tex,
    unit), `effects` (the same and says) and `rows` (item, title, payer, levers, says, why_unknown, covered, formula,
    tex, unit, and price: name, title, told, unit, formula, numbers, tex, source, status, as_of, region).
    """

    js: str
    data: dict[str, Any]


def page_model(
    scenario: Scenario, design: Design, sheet: PriceSheet, expected: Expectation | Traffic | None = None
) -> PageModel:
    """The model of a design on a sheet, for a page."""
    model = cost_model(gathered(scenario, design, sheet, expected), sheet)
    return PageModel(_script(model), _data(model))


def _data(model: CostModel) -> dict[str, Any]:
    told = estimate_of(model).as_json()
    return {
        **{
            key: told[key]
            for key in ("scenario", "design", "design_title", "sheet", "sheet_title", "as_of", "currency")
        },
        "budget": told["budget"],
        "effects": [
            {**{key: one["quantity"][key] for key in ("name", "title", "formula", "tex", "unit")}, "says": one["says"]}
            for one in told["effects"]
        ],
        "inputs": told["inputs"],
        "worked": [{key: one[key] for key in ("name", "title", "formula", "tex", "unit")} for one in told["worked"]],
        "rows": [
            {
                **{key: row[key] for key in ("item", "title", "payer", "levers", "says", "why_unknown", "covered")},
                **{key: row["quantity"][key] for key in ("formula", "tex", "unit")},
                "price": row["price"],
            }
            for row in told["rows"]
        ],
    }


def _script(model: CostModel) -> str:
    """The script.  Inputs, workings and effects are places of one array `x`, which engines read fastest."""
    settable = [one for one in model.inputs if one.settable]
    names = [*(one.name for one in model.inputs), *(step.name for step in (*model.steps, *model.effects))]
    places = {name: f"x[{at}]" for at, name in enumerate(names)}
    facts = {one.name: one.value for one in model.inputs if not one.settable}
    spell = places.__getitem__
    steps = "\n".join(f"    {spell(step.name)} = {step.formula.javascript(spell)};" for step in model.steps)
    effects = "\n".join(f"    {spell(step.name)} = {step.formula.javascript(spell)};" for step in model.effects)
    rows = "\n".join(_row(at, item, spell) for at, item in enumerate(model.items))
    payers = list(dict.fromkeys(("firm", "user", *(item.line.payer for item in model.items))))
    head = {
        "names": names,
        "facts": facts,
        "defaults": {one.name: one.value for one in settable},
        "bounds": {one.name: [one.low, one.high] for one in settable},
        "said": {one.name: f"from {plain_number(one.low)} to {plain_number(one.high)}" for one in settable},
        "doubts": {one.name: one.doubt for one in settable if one.doubt},
        "lines": [[item.line.name, item.line.payer] for item in model.items],
        "payers": payers,
        "effectNames": [step.name for step in model.effects],
    }
    constants = "\n".join(f"  const {name} = {_object(value)};" for name, value in head.items())
    library = "\n".join(f"  {line}" for line in (JAVASCRIPT + draws.JAVASCRIPT + months.JAVASCRIPT).splitlines())
    return (
        "// Generated by teledesign from the formulas of its line items; do not edit.\n"
        f'"use strict";\nconst teledesignCost = (() => {{\n{library}\n{constants}\n'
        "\n  // Workings, quantities and amounts of all line items, in order; an unknown amount is NaN.\n"
        f"  function work(x, quantities, amounts) {{\n    let q;\n{steps}\n{rows}\n  }}\n"
        f"\n  function affect(x) {{\n{effects}\n  }}\n"
        f"\n  const detection = {{\n{_detection()}\n  }};\n"
        f"{MACHINERY}}})();\n"
    )


MACHINERY = """
  const place = Object.fromEntries(names.map((name, at) => [name, at]));
  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

  function check(settings) {
    const wrong = [];
    for (const name of Object.keys(settings)) {
      if (!has(defaults, name)) { wrong.push(name + ": there is no such lever."); continue; }
      const value = settings[name], [low, high] = bounds[name];
      if (typeof value !== "number" || !(value >= low && value <= high)) {
        wrong.push(name + ": " + value + " is outside what is possible. Write a number " + said[name]);
      }
    }
    return wrong;
  }

  function given(settings) {
    const x = new Float64Array(names.length);
    for (const name of Object.keys(facts)) x[place[name]] = facts[name];
    for (const name of Object.keys(defaults)) x[place[name]] = has(settings, name) ? settings[name] : defaults[name];
    return x;
  }

  function totalled(amounts, payer) {
    let amount = 0;
    for (let at = 0; at < lines.length; at++) {
      if (lines[at][1] === payer && !Number.isNaN(amounts[at])) amount = amount + amounts[at];
    }
    return td_money(amount);
  }

  function model(settings) {
    const x = given(settings), quantities = [], amounts = [], totals = {};
    work(x, quantities, amounts);
    affect(x);
    const rows = lines.map(([item, payer], at) =>
      ({item, payer, quantity: quantities[at], amount: Number.isNaN(amounts[at]) ? null : amounts[at]}));
    for (const payer of payers) {
      const at_least = rows.some((row) => row.payer === payer && row.amount === null);
      totals[payer] = {amount: totalled(amounts, payer), at_least};
    }
    const reached = x[place.users] * x[place.targeting];
    const user_per_month = reached && !totals.user.at_least ? totals.user.amount / reached : null;
    const pick = (wanted) => Object.fromEntries(wanted.map((name) => [name, x[place[name]]]));
    const values = pick(names.filter((name) => !effectNames.includes(name)));
    return {values, rows, totals, user_per_month, effects: pick(effectNames)};
  }

  // --- Ranges: many draws of what is uncertain ---

  function drawn(settings, wider, seed) {
    const found = [];
    for (const name of Object.keys(defaults)) {
      const doubt = wider && has(wider, name) ? wider[name] : has(settings, name) ? null : doubts[name];
      const mode = has(settings, name) ? settings[name] : defaults[name];
      if (!doubt || doubt[0] >= doubt[1]) continue;
      const one = td_key(seed + ":" + name), other = td_key(name + ":" + seed);
      found.push({name, at: place[name], low: doubt[0], mode, high: doubt[1], one, other});
    }
    return found;
  }

  // Put the value of one rank in its place, smaller ones before it (Hoare's selection, middle of three).
  function selected(values, rank, low, high) {
    while (low < high) {
      const a = values[low], b = values[(low + high) >>> 1], c = values[high];
      const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
      let left = low, right = high;
      while (left <= right) {
        while (values[left] < pivot) left++;
        while (values[right] > pivot) right--;
        if (left <= right) {
          const held = values[left];
          values[left++] = values[right];
          values[right--] = held;
        }
      }
      if (rank <= right) high = right;
      else if (rank >= left) low = left;
      else break;
    }
    return values[rank];
  }

  function band(values) {
    const last = values.length - 1, [tenth, half, most] = [1, 5, 9].map((n) => Math.ceil(values.length * n / 10) - 1);
    const p50 = selected(values, half, 0, last);
    return {p10: selected(values, tenth, 0, half), p50, p90: selected(values, most, half, last)};
  }

  const monthly = ["users", "hot_days", "cold_days", "hot_least", "cold_least"].filter((name) => has(place, name));
  const read = ["growth", "days", ...monthly];

  function spread(settings, wider, runs, seed, month) {
    const uncertain = drawn(settings, wider, seed), start = given(settings), x = given(settings);
    const rows = lines.map(() => new Float64Array(runs)), sums = payers.map(() => new Float64Array(runs));
    const quantities = new Float64Array(lines.length), amounts = new Float64Array(lines.length), now = {};
    for (let run = 0; run < runs; run++) {
      if (month) for (const name of monthly) x[place[name]] = start[place[name]];
      for (const u of uncertain) x[u.at] = td_triangular(td_uniform(u.one, u.other, run), u.low, u.mode, u.high);
      if (month) {
        for (const name of read) now[name] = x[place[name]];
        const changed = td_in_month(now, month);
        for (const name of monthly) x[place[name]] = changed[name];
      }
      work(x, quantities, amounts);
      for (let at = 0; at < lines.length; at++) rows[at][run] = amounts[at];
      for (let p = 0; p < payers.length; p++) sums[p][run] = totalled(amounts, payers[p]);
    }
    const totals = {};
    payers.forEach((payer, p) => { totals[payer] = band(sums[p]); });
    const bands = lines.map(([item], at) => ({item, band: Number.isNaN(amounts[at]) ? null : band(rows[at])}));
    return {rows: bands, totals};
  }

  function ranges(settings, options) {
    const {runs = 10000, seed = 0, wider = null} = options || {};
    return spread(settings, wider, runs, seed, 0);
  }

  const certain = Object.fromEntries(Object.keys(doubts).map((name) => [name, [0, 0]]));

  function months(settings, count, options) {
    const {runs = 1, seed = 0, wider = null} = options || {}, found = [];
    for (let month = 1; month <= count; month++) {
      found.push({number: month, ...spread(settings, runs > 1 ? wider : certain, runs, seed, month)});
    }
    return found;
  }

  function swings(settings, wider) {
    const total = (name, value) => model({...settings, [name]: value}).totals.firm.amount;
    return drawn(settings, wider, 0)
      .map(({name, low, high}) => ({name, low, high, at_low: total(name, low), at_high: total(name, high)}))
      .sort((a, b) => Math.abs(b.at_high - b.at_low) - Math.abs(a.at_high - a.at_low));
  }

  return {model, check, defaults, bounds, doubts, ranges, months, swings, detection};
"""
"""What every script does with its formulas."""


def _detection() -> str:
    """The formulas of detection as functions of an object, and the numbers of standard deviations they ask for."""
    formulas = [f"    {name}: (v) => {formula.javascript()}," for name, formula in FORMULAS.items()]
    return "\n".join([*formulas, f"    z_sure: {z_of(1 - (1 - CONFIDENCE) / 2)!r}, z_seen: {z_of(POWER)!r},"])


def _row(at: int, item: Item, spell: Callable[[str], str]) -> str:
    quantity = _scaled(item.formula, item.factor, spell)
    amount = "0" if item.covered else "NaN"
    if item.billing is not None:
        numbers = item.billing.given(0.0, 0.0)
        spelled = {name: json.dumps(value) for name, value in numbers.items()} | {"q": "q"}
        if item.other is not None:
            spelled["other"] = _scaled(item.other, item.other_factor, spell)
        if item.billing.free and "included" in spelled:
            spelled["included"] = f"({spelled['included']} * {spell('free_tier')})"
        amount = f"td_money({item.billing.formula.javascript(spelled.__getitem__)})"
    return f"    q = quantities[{at}] = {quantity};\n    amounts[{at}] = {amount};"


def _scaled(formula: Formula, factor: Fraction, spell: Callable[[str], str]) -> str:
    return f"(({formula.javascript(spell)} * {float(factor.numerator)!r}) / {float(factor.denominator)!r})"


def _object(values: object) -> str:
    """JSON that can also stand inside a script element."""
    return json.dumps(values, allow_nan=False, sort_keys=False).replace("<", "\\u003c")

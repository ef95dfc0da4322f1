"""What the cost sheets of all groups of a topic share: which line items paper asks for, and by which formulas."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from teledesign.costs import CostModel, cost_model, gathered
from teledesign.design import collect_everything
from teledesign.formulas import Formula, money
from teledesign.prices import Billing, PriceRow, PriceSheet
from teledesign.scenario import Scenario
from teledesign.worksheets.wording import rounded

__all__ = ["DIGITS", "GIB", "GROUPS_OWN", "STORED", "Billed", "CostBasis", "cost_basis", "over_print", "scenario_hash"]

GIB = float(2**30)
DIGITS = 4
CONTENT_SHARE = 0.01
"""The share of its rows that content is imagined beside where a scenario says none."""
GROUPS_OWN = ("users", "sampling", "hot_days")
"""What each group's form draws anew."""


@dataclass(frozen=True)
class PaperItem:
    """A line item that is worked out by hand: what it is called, and its quantity by the engine's formula for it."""

    asks: str
    quantities: Mapping[str, tuple[str, str]]


STORED = ("users * bytes * sampling * hot_days", "bytes kept of one day × days kept: so much lies there from then on")
PAPER_ITEMS: Mapping[str, PaperItem] = {
    "ingestion": PaperItem(
        "Ingestion",
        {
            "rows_per_day * days": ("users * rows * sampling * days", "rows kept in a month, at the ingestion price"),
            "bytes_per_day * days": (
                "users * bytes * sampling * days",
                "bytes kept in a month, at the ingestion price",
            ),
        },
    ),
    "streaming": PaperItem(
        "Streaming",
        {
            "records_per_day * days": (
                "users * billed * sampling * days",
                "billed bytes kept in a month, at the streaming price",
            ),
            "rows_per_day * days": ("users * rows * sampling * days", "rows kept in a month, at the streaming price"),
        },
    ),
    "hot_storage": PaperItem(
        "Storage, once it is full",
        {
            "bytes_per_day * hot_size * hot_days": STORED,
            "(bytes_per_day * hot_size + uploaded_bytes_per_day) * hot_days": STORED,
            "(bytes_per_day * hot_size) * hot_days": STORED,
        },
    ),
}
"""Line item of the estimate -> how paper asks for it.  The formulas on the right are over the printed numbers."""


@dataclass(frozen=True)
class Billed:
    """A line item of this sheet: its quantity over printed names, in the unit of its price row."""

    name: str
    asks: str
    how: str
    quantity: Formula
    row: PriceRow
    billing: Billing

    def amount(self, quantity: float) -> float:
        """What a month's quantity costs, to the cent."""
        return float(money(self.billing.amount(quantity)))

    def cost(self, values: Mapping[str, float]) -> float:
        """What it costs at these printed numbers, to the cent."""
        return self.amount(float(self.quantity.evaluate(values)))


@dataclass(frozen=True)
class CostBasis:
    """What the cost sheets of all groups of a topic share; worked out once, for the algebra takes its time."""

    model: CostModel
    currency: str
    sheet: str
    as_of: str
    items: tuple[Billed, ...]
    defaults: Mapping[str, float]
    rare: str
    content: str | None
    scenario_hash: str

    @property
    def content_share(self) -> float:
        """The share of its rows that the content is imagined beside."""
        assert self.content is not None
        return self.model.gathered.scenario.payloads[self.content].usual_share or CONTENT_SHARE


NAMES = (
    *GROUPS_OWN,
    "days",
    "rows",
    "bytes",
    "billed",
    "rare",
    "carriers",
    "content_bytes",
    "content_share",
    "gib",
)


def cost_basis(scenario: Scenario, sheet: PriceSheet) -> CostBasis | None:
    """What the scenario's cost sheets have in common; None where the price sheet bills nothing that paper asks for."""
    model = cost_model(gathered(scenario, collect_everything(scenario), sheet), sheet)
    values = {one.name: one.value for one in model.inputs}
    items = tuple(_billed(model))
    rows = {name: count for name, count in model.gathered.traffic.rows.items() if count > 0}
    if not items or not rows:
        return None
    emitted = {name: count for name, count in rows.items() if scenario.events[name].per_user_day is None}
    rows = emitted or rows
    rare = min(rows, key=lambda name: (rows[name], name))
    content = max(scenario.payloads, key=lambda name: scenario.payloads[name].bytes, default=None)
    defaults = {
        **{name: values[name] for name in (*GROUPS_OWN, "days")},
        "rows": values["sampled_rows"],
        "bytes": values["sampled_bytes"],
        "billed": values["sampled_records"],
        "rare": rounded(rows[rare], DIGITS),
        "gib": GIB,
    }
    if content is not None:
        defaults |= {"carriers": values[f"rate_of_{content}"], "content_bytes": values[f"bytes_of_{content}"]}
    return CostBasis(
        model,
        sheet.currency,
        sheet.title,
        sheet.as_of.isoformat(),
        items,
        defaults,
        rare.replace("_", " "),
        content,
        scenario_hash(scenario),
    )


def scenario_hash(scenario: Scenario) -> str:
    """Twelve characters that change with anything in a scenario."""
    text = json.dumps(scenario.model_dump(mode="json", by_alias=True), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _billed(model: CostModel) -> Iterator[Billed]:
    """The line items of the estimate that paper asks for and the sheet bills."""
    for item in model.items:
        paper = PAPER_ITEMS.get(item.line.name)
        found = paper.quantities.get(item.formula.text) if paper else None
        if paper is None or found is None or item.row is None or item.billing is None:
            continue
        formula, how = found
        factor = item.factor
        text = formula if factor == 1 else f"{formula} * {factor.numerator} / {factor.denominator}"
        text = text.replace(" * 1 /", " /")
        yield Billed(item.line.name, paper.asks, how, over_print(text), item.row, item.billing)


@cache
def over_print(text: str) -> Formula:
    """A formula over the printed names; the same few are asked for in every form."""
    return Formula.parse(text, NAMES)

"""Costs: what a design costs a month, as an itemised estimate and as the script of the estimator page.

What goes beyond one estimate is imported by name where it is asked for, so that an estimate starts fast: `ranges`
(draws, months, swings), `solving` (a budget), `comparing` (two designs), `detecting` (days to a change), `page` (the
estimator page's model).
"""

from teledesign.costs.billing import bill
from teledesign.costs.collected import Traffic
from teledesign.costs.estimating import estimate, estimate_of
from teledesign.costs.items import LINE_ITEMS
from teledesign.costs.model import CostModel, cost_model
from teledesign.costs.settings import Setting
from teledesign.costs.traffic import gathered, traffic_of

__all__ = [
    "LINE_ITEMS",
    "CostModel",
    "Setting",
    "Traffic",
    "bill",
    "cost_model",
    "estimate",
    "estimate_of",
    "gathered",
    "traffic_of",
]

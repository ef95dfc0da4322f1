"""Costs: what a design costs a month, as an itemised estimate and as the script of the estimator page."""

from teledesign.costs.billing import bill
from teledesign.costs.collected import Traffic
from teledesign.costs.comparing import compare_designs, compare_settings
from teledesign.costs.detecting import detectability
from teledesign.costs.estimating import estimate, estimate_of
from teledesign.costs.items import LINE_ITEMS
from teledesign.costs.model import CostModel, cost_model
from teledesign.costs.page import PageModel, page_model
from teledesign.costs.ranges import ranges
from teledesign.costs.settings import Setting
from teledesign.costs.solving import solve
from teledesign.costs.traffic import gathered, traffic_of

__all__ = [
    "LINE_ITEMS",
    "CostModel",
    "PageModel",
    "Setting",
    "Traffic",
    "bill",
    "compare_designs",
    "compare_settings",
    "cost_model",
    "detectability",
    "estimate",
    "estimate_of",
    "gathered",
    "page_model",
    "ranges",
    "solve",
    "traffic_of",
]

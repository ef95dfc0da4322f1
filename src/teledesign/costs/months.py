"""Months: users grow, and stores fill up until what comes in replaces what is let go.

Month 1 has the users of today, month m has (1 + growth)^(m - 1) times as many, the same on each of its days.
Nothing was kept before month 1.  A store holds what came in during its days of retention; what it held on the average
of a month is told as days of that month's volume, and takes the place of `hot_days` and `cold_days` in every formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from teledesign.costs.model import CostModel

__all__ = ["JAVASCRIPT", "held_days", "in_month"]


def in_month(model: CostModel, settings: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Users and days held in the month of that number, counted from 1."""
    values = {one.name: one.value for one in model.inputs} | dict(settings)
    volumes = _volumes(values["growth"], number)
    days, hot, cold = values["days"], values["hot_days"], values["cold_days"]
    changed = {
        "users": values["users"] * volumes[-1],
        "hot_days": held_days(volumes, days, 0.0, hot),
        "cold_days": held_days(volumes, days, hot, cold),
    }
    for store, delay, stay in (("hot", 0.0, hot), ("cold", hot, cold)):
        if f"{store}_least" in values:
            changed[f"{store}_least"] = held_days(volumes, days, delay, np.maximum(stay, values[f"{store}_least"]))
    return changed


def _volumes(growth: Any, number: int) -> list[Any]:
    """The volume of each month up to that one, relative to the first."""
    volumes: list[Any] = [1.0]
    for _ in range(number - 1):
        volumes.append(volumes[-1] * (1.0 + growth))
    return volumes


def held_days(volumes: list[Any], days: Any, delay: Any, stay: Any) -> Any:
    """What a store holds on the average of the last month, in days of that month's volume.

    Things come in after `delay` days and go after `stay` more.  With I(t) what came in until t, summed up over time,
    the average is (I(e - delay) - I(s - delay) - I(e - delay - stay) + I(s - delay - stay)) / days, s to e the month.
    """
    end = len(volumes) * days
    start = end - days
    held = 0.0
    for at, volume in enumerate(volumes):
        begin = at * days
        parts = _summed(end - delay - begin, days) - _summed(start - delay - begin, days)
        gone = _summed(end - delay - stay - begin, days) - _summed(start - delay - stay - begin, days)
        held = held + volume * (parts - gone)
    return held / days / volumes[-1]


def _summed(age: Any, days: Any) -> Any:
    """The time integral of what one month of volume 1 a day brought, `age` days after it began."""
    within = np.minimum(np.maximum(age, 0.0), days)
    return within * within / 2 + days * np.maximum(age - days, 0.0)


JAVASCRIPT = """\
function td_summed(age, days) {
  const within = Math.min(Math.max(age, 0), days);
  return within * within / 2 + days * Math.max(age - days, 0);
}
function td_held_days(volumes, days, delay, stay) {
  const end = volumes.length * days, start = end - days;
  let held = 0;
  for (let at = 0; at < volumes.length; at++) {
    const begin = at * days;
    const parts = td_summed(end - delay - begin, days) - td_summed(start - delay - begin, days);
    const gone = td_summed(end - delay - stay - begin, days) - td_summed(start - delay - stay - begin, days);
    held = held + volumes[at] * (parts - gone);
  }
  return held / days / volumes[volumes.length - 1];
}
function td_in_month(v, number) {
  const volumes = [1];
  for (let at = 1; at < number; at++) volumes.push(volumes[at - 1] * (1 + v.growth));
  const days = v.days, hot = v.hot_days, cold = v.cold_days;
  const changed = {
    users: v.users * volumes[number - 1],
    hot_days: td_held_days(volumes, days, 0, hot),
    cold_days: td_held_days(volumes, days, hot, cold),
  };
  for (const [name, delay, stay] of [["hot_least", 0, hot], ["cold_least", hot, cold]]) {
    if (name in v) changed[name] = td_held_days(volumes, days, delay, Math.max(stay, v[name]));
  }
  return changed;
}
"""

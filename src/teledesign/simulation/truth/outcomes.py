"""True values of the metrics that no log can tell: what they count, by day and slice, exactly as it happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from teledesign.scenario import Scenario
from teledesign.scenario.metrics import Counted, Metric
from teledesign.simulation.playing.played import Played
from teledesign.simulation.playing.recording import Recorder
from teledesign.simulation.playing.script import Script
from teledesign.simulation.rows.columns import NO_CODE
from teledesign.simulation.rows.kinds import Kinds
from teledesign.simulation.rows.records import Records
from teledesign.simulation.truth.tables import on_days, within

__all__ = ["OUTCOMES", "Outcomes"]

OUTCOMES = "truth of metrics"
ALL = "all"
USER_DAYS, SESSIONS = "user_days", "sessions"
PARTS = ("of", "per")

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Counter:
    """A step that a metric counts, above or below the line."""

    metric: str
    part: str
    episode: str
    step: int
    where: Mapping[str, tuple[str | float, ...]]


@dataclass(frozen=True)
class Outcomes:
    """The outcome metrics of a scenario, counted while it is played."""

    scenario: Scenario
    script: Script

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The metrics of truth, by name."""
        return {name: metric for name, metric in self.scenario.metrics.items() if metric.role == "outcome"}

    @cached_property
    def counters(self) -> tuple[Counter, ...]:
        """What is counted, in the order of the file."""
        found = []
        for name, metric in self.metrics.items():
            for part in PARTS:
                counted: Counted | None = getattr(metric, part)
                address = self._address(counted)
                if counted is not None and address is not None:
                    found.append(Counter(name, part, *address, counted.where))
        return tuple(found)

    def _address(self, counted: Counted | None) -> tuple[str, int] | None:
        """The episode and the number of the step counted; None for what is no step."""
        if counted is None:
            return None
        first = self.script.episodes[0].plan
        name = f"{first.name}.{first.steps[0].name}" if counted.name == SESSIONS else counted.name or ""
        episode, _, step = name.partition(".")
        plan = self.script.plan.by_name.get(episode)
        steps = [held.name for held in plan.steps] if plan is not None else []
        return (episode, steps.index(step)) if step in steps else None

    @cached_property
    def slices(self) -> tuple[tuple[str, str], ...]:
        """The slices counted: (name, value); the first is everything."""
        names = dict.fromkeys(name for metric in self.metrics.values() for name in metric.by)
        known = [self.script.plan.names.get(name) for name in names]
        values = [(held.name, value) for held in known if held is not None for value in held.values]
        return ((ALL, ALL), *values)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is sliced by."""
        return tuple(dict.fromkeys(name for name, _ in self.slices if name != ALL))

    @cached_property
    def kinds(self) -> Kinds:
        """What is kept of one step that counts, beside on whom it depends."""
        slices = {f"is_{name}": "u1" for name in self.names}
        return {"at": "i8", "counter": "u1", **slices}

    def counting(self, recorder: Recorder, played: Iterable[Played]) -> Iterator[Records]:
        """The steps of a block that count, part by part and in no order."""
        return (rows for part in played for rows in self._of(recorder, part))

    def _of(self, recorder: Recorder, part: Played) -> Iterable[Records]:
        frame = part.frame
        anchor, anchor_rows = frame.anchor
        for number, counter in enumerate(self.counters):
            if counter.episode != frame.episode.plan.name:
                continue
            who = recorder.who(anchor)
            visible = self.script.plan.names.visible(counter.episode)
            for here in part.entered.get(counter.step, []):
                keep = np.ones(len(here.rows), dtype=bool)
                for name, wanted in counter.where.items():
                    codes = [code for code, value in enumerate(visible[name].values) if value in wanted]
                    keep &= np.isin(frame.column_at(name, here.rows), codes)
                rows = here.rows[keep]
                found = Records.empty({**self.kinds, **who.kinds}, len(rows))
                found["at"] = frame.at[rows] + here.after[keep]
                found["counter"] = number
                place = rows if anchor_rows is None else anchor_rows[rows]
                for name, values in who.columns.items():
                    found[name] = values[place]
                for name in self.names:
                    known = name in visible
                    found[f"is_{name}"] = frame.column_at(name, rows) if known else NO_CODE
                yield found

    def counted(self, records: Records, there: Flags, days: int) -> Integers:
        """How often each counter counted on each day in each slice: shape (counters, days, slices)."""
        found = np.zeros((len(self.counters), days, len(self.slices)), dtype=np.int64)
        rows = within(records, there, days)
        place = on_days(records["counter"].take(rows), records["at"].take(rows), days)
        cells = len(self.counters) * days
        found[:, :, 0] = np.bincount(place, minlength=cells).reshape(found.shape[:2])
        first = 1
        for name in self.names:
            values = len(self.script.plan.names[name].values)
            codes = np.minimum(records[f"is_{name}"].take(rows), values)  # the last for those that are in no slice
            counts = np.bincount(place * (values + 1) + codes, minlength=cells * (values + 1))
            found[:, :, first : first + values] = counts.reshape(*found.shape[:2], values + 1)[:, :, :values]
            first += values
        return found

    def told(self, counts: Integers, users_there: Integers) -> dict[str, object]:
        """Metric -> its true value in all and by slice, with what it counts on each day, for `truth.json`."""
        by_part = {(counter.metric, counter.part): number for number, counter in enumerate(self.counters)}
        found: dict[str, object] = {}
        for name, metric in self.metrics.items():
            top = by_part.get((name, "of"))
            bottom = by_part.get((name, "per"))
            in_user_days = metric.per is not None and metric.per.name == USER_DAYS
            if top is None or (bottom is None and not in_user_days):
                continue
            entries = []
            for number, (by, value) in enumerate(self.slices):
                if by != ALL and (by not in metric.by or bottom is None):
                    continue
                per = users_there if bottom is None else counts[bottom, :, number]
                of = counts[top, :, number]
                told = {"by": by, "is": value, "value": _ratio(of, per)}
                entries.append({**told, "of": of.tolist(), "per": per.tolist()})
            found[name] = {"title": metric.title or name.replace("_", " "), "slices": entries}
        return found


def _ratio(of: Integers, per: Integers) -> float | None:
    total = int(per.sum())
    return round(int(of.sum()) / total, 6) if total else None

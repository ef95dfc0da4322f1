"""One session told as a story: what was drawn, what truly happened, and what the log shows of it.

A session can be played alone because every draw has an address; it is the same session as in the whole log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from teledesign.findings import Refusal
from teledesign.results.times import said_day, said_lapse
from teledesign.scenario import Scenario
from teledesign.scenario.names import Kind, Name
from teledesign.scenario.plan import Plan
from teledesign.simulation.files.printer import Printer
from teledesign.simulation.files.text import decimal_text
from teledesign.simulation.luck.draws import Seed, uniform
from teledesign.simulation.luck.ids import hex_digits
from teledesign.simulation.people.population import Population
from teledesign.simulation.playing.blocks import Block, begin_block
from teledesign.simulation.playing.frames import Frame
from teledesign.simulation.playing.journeys import play
from teledesign.simulation.playing.played import Moments, Played
from teledesign.simulation.playing.recording import Recorder, Written
from teledesign.simulation.playing.script import EmissionScript, Script, StepScript
from teledesign.simulation.rows.arriving import Rows
from teledesign.simulation.rows.columns import Column, Type
from teledesign.simulation.rows.layout import EventLayout, Layout
from teledesign.simulation.run import seed_of

__all__ = ["Line", "Story", "tell"]

FEW = 3
"""Children of one step that are told in full unless everything is asked for."""
TRIES = 500

Key = tuple[int, int]
"""One episode: its frame's identity and its row there."""


@dataclass(frozen=True)
class Line:
    """One line of a story: how deep it stands, when, what, and whether it is truth, a row of the log, or a row lost."""

    depth: int
    at: str
    text: str
    kind: Literal["who", "drawn", "happened", "logged", "unlogged", "more"]


@dataclass(frozen=True)
class Story:
    """A told session."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Event:
    """Something within an episode, in order: a step entered, rows written, a departure."""

    after: int
    order: int
    rank: int
    step: StepScript
    kind: str
    text: str = ""


@dataclass
class _Told:
    """All that happened in one episode, and what it started, by (step, visit)."""

    part: Played
    row: int
    events: list[_Event] = field(default_factory=list)
    children: list[_Told] = field(default_factory=list)
    later: list[_Told] = field(default_factory=list)

    @property
    def at(self) -> int:
        """When it began, in ms after the start of the log."""
        return int(self.part.frame.at[self.row])

    @property
    def richness(self) -> int:
        """How much happened in it and in what came of it."""
        return len(self.events) + sum(child.richness for child in (*self.children, *self.later))

    def started_between(self, order: int, following: int | None) -> bool:
        """Whether the parent's step of this order started it; the parent's next step has the order `following`."""
        orders = self.part.frame.order
        assert orders is not None
        before = int(orders[self.row]) - 1
        return before >= order and (following is None or before < following)


def tell(scenario: Scenario, *, seed: Seed | int | None = None, session: int = 1, everything: bool = False) -> Story:
    """The story of one session, sampled by its number; with `everything` no child is left out.  Raises Refusal."""
    if not 1 <= session <= 1_000_000:
        raise Refusal(f"--session {session} is out of range. Use a whole number from 1 to 1000000")
    plan = Plan.of(scenario)
    layout = Layout.of(scenario)
    population = Population(plan, seed_of(scenario, seed), plan.users, plan.days)
    script = Script.of(plan, layout, population)
    root = _sampled(script, session)
    teller = _Teller(scenario, script, Printer.of(scenario, layout, population.seed), everything)
    told = teller.gathered(list(play(root, visits=True)))
    lines = list(teller.story(told))
    return Story(f"{scenario.product.name}, session {session}", tuple(lines))


def _sampled(script: Script, session: int) -> Frame:
    """A session of a user drawn uniformly, tried again until that user has one."""
    population = script.population
    key, number = population.key("tell"), np.array([session], dtype=np.uint64)
    for attempt in range(TRIES):
        user = int(uniform(number, key, 2 * attempt)[0] * population.size)
        root = begin_block(script, Block(0, user, user + 1, 0, population.days * 24))
        if len(root):
            row = int(uniform(number, key, 2 * attempt + 1)[0] * len(root))
            return root.kept(np.array([row]))
    raise Refusal("nobody has a session in this scenario. Raise sessions_per_user_day")


Heard = tuple[_Told, str]
"""What began later because of an episode, and what that is called: `face 4 of 5 in photo 32 of 73`."""


@dataclass
class _Teller:
    scenario: Scenario
    script: Script
    printer: Printer
    everything: bool
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.script)

    # Gathering

    def gathered(self, played: list[Played]) -> _Told:
        """Every episode with what happened in it, hung up under the one that started it."""
        found: dict[Key, _Told] = {}
        for part in played:
            for row in range(len(part.frame)):
                found[id(part.frame), row] = _Told(part, row)
        for part in played:
            self._gather(part, found)
        for told in found.values():
            told.events.sort(key=lambda event: (event.after, event.order, event.rank))
            told.children.sort(key=lambda child: (child.at, child.part.frame.episode.plan.number, child.row))
            told.later.sort(key=lambda child: child.at)
        return next(iter(found.values()))

    def _gather(self, part: Played, found: dict[Key, _Told]) -> None:
        frame = part.frame
        if frame.parent is not None:
            for row, parent in enumerate(frame.row.tolist()):
                above = found[id(frame.parent), parent]
                (above.later if frame.is_session else above.children).append(found[id(frame), row])
        steps = frame.episode.steps
        for number, moments in part.entered.items():
            self._add(found, frame, steps[number], moments, 0, "happened", None)
        for (number, kind, place), moments in part.emitted.items():
            emission = (steps[number].emits if kind == "emits" else steps[number].beats)[place]
            self._add(found, frame, steps[number], moments, 1, "written", emission)
        for number, moments in part.left.items():
            self._add(found, frame, steps[number], moments, 2, "left", None)

    def _add(
        self,
        found: dict[Key, _Told],
        frame: Frame,
        step: StepScript,
        moments: list[Moments],
        rank: int,
        kind: str,
        emission: EmissionScript | None,
    ) -> None:
        for here in moments:
            texts = [""] * len(here.rows)
            if emission is not None:
                texts = self._rows(Written(frame, step, emission, here.rows, here.after, here.order, here.visit))
            for row, after, order, text in zip(
                here.rows.tolist(), here.after.tolist(), here.order.tolist(), texts, strict=True
            ):
                found[id(frame), row].events.append(_Event(after, order, rank, step, kind, text))

    def _rows(self, written: Written) -> list[str]:
        """`event  field=value …` of rows, with a mark before those that never come into the log."""
        layout = self.script.layout.events[written.emission.plan.event]
        records = self.recorder.recorded(layout, [written]).records
        count = len(records)
        rows = Rows(layout, records, np.arange(count))
        columns = [self._texts(layout, column, rows) for column in layout.columns.values()]
        anchor, place = written.frame.anchor
        seen = self.recorder.seen(anchor)
        recorded = seen[written.rows if place is None else place[written.rows]] | layout.by_server
        found = []
        for row in range(count):
            lost = "" if recorded[row] else "!"
            if records["at"][row] >= self.script.end_ms:
                lost = "~"
            fields = " ".join(
                f"{name}={texts[row]}" for name, texts in zip(layout.columns, columns, strict=True) if texts[row]
            )
            found.append(f"{lost}{layout.name}  {fields}".rstrip())
        return found

    def _texts(self, layout: EventLayout, column: Column, rows: Rows) -> list[str]:
        values = self.printer.own(column, rows)
        match column.type:
            case Type.TEXT:
                return [column.values[code] if code < len(column.values) else "" for code in values.tolist()]
            case Type.NUMBER:
                return [bytes(row[row != 0]).decode() for row in decimal_text(values, column.decimals)]
        digits = hex_digits(values, 8 if column.type is Type.USER else 16)
        return [column.prefix + bytes(row).decode() for row in digits]

    # Telling

    def story(self, told: _Told) -> Iterator[Line]:
        """The session, then what came of it in sessions of their own, each with what came of it in turn."""
        waiting: list[Heard] = [(told, "")]
        while waiting:
            here, cause = waiting.pop(0)
            if cause:
                yield Line(0, "", "", "more")
            yield from self._who(here, cause)
            heard: list[Heard] = []
            name = _words(here.part.frame.episode.plan.name)
            yield from self._episode(here, 1, self._moment(here.at).date(), heard, name)
            waiting.extend(sorted(heard, key=lambda later: later[0].at))

    def _who(self, told: _Told, cause: str) -> Iterator[Line]:
        frame, row = told.part.frame, told.row
        who = self._user(int(frame.users[row]))
        if frame.by is not None:
            who = f"{_words(frame.by)} {who}"
        about = ", ".join(self._attributes(frame, row))
        what = _words(frame.episode.plan.name)
        because = f", which came of {cause}" if cause else ""
        yield Line(0, self._full(told.at), f"{who} ({about}) begins a session: {what}{because}", "who")

    def _attributes(self, frame: Frame, row: int) -> Iterator[str]:
        for name in self.script.plan.names.declared:
            if name.is_of_a_user:
                value = name.values[int(frame.column(name.name)[row])]
                if name.kind is not Kind.HOLDBACK:
                    yield f"{_words(name.name)} {value}"
                elif value == "yes":
                    yield "in the holdback group"

    def _episode(self, told: _Told, depth: int, day: dt.date, heard: list[Heard], label: str) -> Iterator[Line]:
        yield from self._drawn(told, depth)
        heard.extend((later, label) for later in told.later)
        entered = [event.order for event in told.events if event.kind == "happened"]
        for event in told.events:
            clock = self._clock(told.at + event.after, day)
            if event.kind == "happened":
                following = next((order for order in entered if order > event.order), None)
                yield Line(depth, clock, self._says(event.step), "happened")
                rows = [row for row in told.events if row.kind == "written" and row.order == event.order]
                yield from self._written(told, rows, depth, day)
                mine = [child for child in told.children if child.started_between(event.order, following)]
                yield from self._children(mine, depth + 1, day, heard, label)
            elif event.kind == "left":
                yield Line(depth, clock, "leaves for good", "happened")

    def _written(self, told: _Told, rows: list[_Event], depth: int, day: dt.date) -> Iterator[Line]:
        """Rows of one visit; many of one event are told once."""
        by_event: dict[str, list[_Event]] = {}
        for row in rows:
            by_event.setdefault(row.text.split("  ")[0], []).append(row)
        for group in by_event.values():
            first = group[0]
            more = f"  (and {len(group) - 1} more like it)" if len(group) > 1 else ""
            text = first.text.lstrip("!~") + more
            clock = self._clock(told.at + first.after, day)
            if first.text.startswith("!"):
                yield Line(depth + 1, clock, f"{text} (not recorded: {self._unrecorded})", "unlogged")
            elif first.text.startswith("~"):
                yield Line(depth + 1, clock, f"{text} (after the last day of the log)", "unlogged")
            else:
                yield Line(depth + 1, clock, text, "logged")

    @property
    def _unrecorded(self) -> str:
        """Of whom the log never sees anything."""
        where = self.scenario.people.unrecorded
        return ", ".join(f"{_words(name)} {' or '.join(map(str, values))}" for name, values in where.items())

    def _children(
        self, children: list[_Told], depth: int, day: dt.date, heard: list[Heard], above: str
    ) -> Iterator[Line]:
        by_kind: dict[str, list[_Told]] = {}
        for child in children:
            by_kind.setdefault(child.part.frame.episode.plan.name, []).append(child)
        for name, some in by_kind.items():
            richest = sorted(range(len(some)), key=lambda place: (-some[place].richness, place))
            told = range(len(some)) if self.everything else sorted(richest[:FEW])
            for place in told:
                label = f"{_words(name)} {place + 1} of {len(some)}" if len(some) > 1 else _words(name)
                yield Line(depth - 1, self._clock(some[place].at, day), label, "who")
                cause = f"{label} in {above}" if depth > 2 else label
                yield from self._episode(some[place], depth, day, heard, cause)
            if len(some) > len(told):
                left = f"… {_words(name)}: {len(some) - len(told)} more, in which no more happens than in these"
                yield Line(depth - 1, "", left, "more")

    def _drawn(self, told: _Told, depth: int) -> Iterator[Line]:
        frame, row = told.part.frame, told.row
        shown: list[str] = []
        hidden: list[str] = []
        for name in self.script.plan.names.held_by(frame.episode.plan.name):
            if name.kind is Kind.EXPERIENCE:
                continue
            (shown if name.name in self._copied else hidden).append(self._value(frame, row, name))
        if shown:
            yield Line(depth, "", f"drawn: {', '.join(shown)}", "drawn")
        if hidden:
            yield Line(depth, "", f"hidden: {', '.join(hidden)}", "drawn")

    @property
    def _copied(self) -> set[str]:
        """What some event copies, so that the log may show it."""
        fields = [field for event in self.scenario.events.values() for field in event.fields.values()]
        return {name for field in fields for name in (field.copied, field.person) if name}

    def _value(self, frame: Frame, row: int, name: Name) -> str:
        label = _words(name.name)
        if name.kind is Kind.PERSON:
            return f"{label} {self._user(int(frame.person(name.name)[row]))}"
        value = frame.column(name.name)[row]
        if name.values:
            return f"{label} {name.values[int(value)]}"
        return f"{label} {self._number(frame, name, float(value))}"

    def _number(self, frame: Frame, name: Name, value: float) -> str:
        baked = frame.episode.draws[name.name].table.baked
        leaves = getattr(baked, "leaves", ())
        if any(leaf.distribution is not None and leaf.distribution.is_time for leaf in leaves):
            return said_lapse(value)
        return f"{value:.2f}".rstrip("0").rstrip(".")

    def _says(self, step: StepScript) -> str:
        episode, _, name = step.plan.address.rpartition(".")
        described = self.scenario.journey[episode].steps[name].says
        return f"{_words(name)}: {described.text}" if described else _words(name)

    def _user(self, user: int) -> str:
        digits = hex_digits(self.printer.user_ids(np.array([user], dtype=np.uint64)), 8)
        return "u" + bytes(digits[0]).decode()

    def _moment(self, at: int) -> dt.datetime:
        start = dt.datetime.combine(self.scenario.product.clock.start, dt.time())
        return start + dt.timedelta(milliseconds=at)

    def _full(self, at: int) -> str:
        when = self._moment(at)
        return f"{said_day(when.date())} {when.year} {when:%H:%M:%S}"

    def _clock(self, at: int, day: dt.date) -> str:
        when = self._moment(at)
        return f"{when:%H:%M:%S}" if when.date() == day else f"{said_day(when.date())} {when:%H:%M:%S}"


def _words(name: str) -> str:
    return name.replace("_", " ")

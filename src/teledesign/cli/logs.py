"""What a simulation wrote, as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from teledesign.cli.console import open_console, within_width
from teledesign.cli.counting import counted
from teledesign.outputs.wording import said_bytes
from teledesign.results.log import FEWEST_USERS_JUDGED, LogReport

__all__ = ["print_log"]


def print_log(report: LogReport) -> None:
    """How often each event came and was expected; then what was written where."""
    from rich.table import Table

    console = open_console()
    table = Table(
        title=f"{report.scenario}: {counted(report.days, 'day')}, {counted(report.users, 'user')}",
        title_justify="left",
    )
    table.add_column("Event", overflow="fold")
    most = max((len(f"{event.came:,}") for event in report.events), default=0)
    for title in ("In the log", "In all", "Expected", *(["Off by"] if report.is_judged else [])):
        table.add_column(title, justify="right", min_width=max(most, *map(len, title.split())))
    for event in report.events:
        if isnan(event.expected):
            table.add_row(event.event, f"{event.rows:,}", f"{event.came:,}", "")
        elif event.expected > 0 or event.came:
            off = f"{event.deviation:+.1f}" + (" !" if event.event in report.disagreeing else "")
            numbers = (f"{event.rows:,}", f"{event.came:,}", f"{event.expected:,.0f}")
            table.add_row(event.event, *numbers, *([off] if report.is_judged else []))
    if table.row_count:
        console.print(table)
    else:
        console.print(table.title, markup=False, highlight=False, style="table.title")
    for line in within_width(_below_log(report)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _below_log(report: LogReport) -> Iterator[str]:
    files = counted(len(report.parts), "file")
    speed = f" ({_rounded(report.rows_per_second)} rows a second)" if report.rows else ""
    yield (
        f"{counted(report.rows, 'row')} of {counted(report.sessions, 'session')}, {said_bytes(report.bytes)} "
        f"in {files}, in {report.seconds:.1f} s{speed}."
    )
    if report.why_empty is not None:
        yield report.why_empty
    if report.asked is not None:
        asked = "1 event was" if report.asked == 1 else f"{report.asked:,} events were"
        chance = f"Chance explains {100 * report.may_be_off:.2f} % either way."
        yield f"{asked} asked for: {100 * report.off:+.2f} %. {chance}"
    if any(event.came > event.rows for event in report.events):
        yield "What comes after the last day is counted above and not in the log."
    if report.is_judged and any(event.came or event.expected > 0 for event in report.events):
        yield "Off by: how many standard errors (between users) more came than expected."
    if not report.is_judged:
        yield (
            f"So few users tell little: from {FEWEST_USERS_JUDGED} on, counts are held against the scenario's tables."
            + _for_more_users(report)
        )
    elif report.agrees:
        yield "Counts agree with what the scenario's tables lead one to expect."
    else:
        wrong = ", ".join(report.disagreeing)
        yield f"Counts are NOT what the scenario's tables lead one to expect: {wrong}. Please report it."
    yield f"Log: {report.folder}"
    if report.truth is not None:
        yield f"Truth, for instructors only: {report.truth}"


def _rounded(rate: float) -> str:
    """Rows a second to two digits, or as hundredths of a million."""
    return f"{rate / 1e6:.2f} million" if rate >= 1e6 else f"{float(f'{rate:.2g}'):,.0f}"


def _for_more_users(report: LogReport) -> str:
    """What to ask for instead of events that so few users write."""
    expected = sum(event.expected for event in report.events if not isnan(event.expected))
    if report.asked is None or expected <= 0:
        return ""
    of_a_day = FEWEST_USERS_JUDGED * expected / (report.users * report.days)
    days = int(report.asked / of_a_day)
    if days:
        return f" Over {counted(days, 'day')} (--days {days}), so many events take as many users."
    return f" One day of {FEWEST_USERS_JUDGED} users (--days 1) is about {of_a_day:,.0f} events."

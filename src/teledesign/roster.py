"""Who is in which group and what each group works on: a roster, and how groups are dealt over topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from teledesign.findings import Place

__all__ = ["MOST_GROUPS", "Dealt", "RosterGroup", "deal", "numbered"]

MOST_GROUPS = 10_000
"""Groups of one run."""


@dataclass(frozen=True)
class RosterGroup:
    """A group: its name, its topic where the roster gives one, and who is in it; the place is for findings."""

    name: str
    topic: str | None = None
    members: tuple[str, ...] = ()
    place: Place = field(default=Place(), compare=False)


Dealt = Mapping[str, tuple[RosterGroup, ...]]
"""Topic -> the groups that work on it."""


def numbered(count: int) -> tuple[RosterGroup, ...]:
    """So many groups, called 1, 2, 3, and so on."""
    return tuple(RosterGroup(str(number + 1)) for number in range(count))


def deal(
    groups: Sequence[RosterGroup], topics: Sequence[str], *, every_topic: bool = False
) -> dict[str, tuple[RosterGroup, ...]]:
    """What each group works on: its own topic where it has one, else the topics in turn, like cards.

    With `every_topic`, groups without a topic of their own get all of them.  A group added at the end changes
    no other group's topic.
    """
    dealt: dict[str, list[RosterGroup]] = {topic: [] for topic in topics}
    turn = 0
    for group in groups:
        if group.topic is not None:
            if group.topic in dealt:
                dealt[group.topic].append(group)
            continue
        wanted = list(topics) if every_topic else [topics[turn % len(topics)]]
        turn += 1
        for topic in wanted:
            dealt[topic].append(group)
    return {topic: tuple(held) for topic, held in dealt.items()}

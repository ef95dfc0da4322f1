"""The journey: steps that follow each other, episodes that start each other, facts handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from teledesign.reading.rules.facts import Facts, Path, Said, remedy
from teledesign.reading.rules.graph import ENDS, MANY_STEPS, Journeys
from teledesign.scenario.journey import AGAIN, Step
from teledesign.scenario.names import Link, Way
from teledesign.scenario.tables import ChanceTable


def unknown_steps(facts: Facts) -> Iterator[Said]:
    """Steps that are named and do not exist."""
    for episode, _, step, path in facts.steps:
        steps = facts.scenario.journey[episode].steps
        for at, choice in _choices(step.next, (*path, "next")):
            if choice not in steps and choice not in ENDS:
                yield at, f"{episode} has no step {choice}. {remedy(choice, [*steps, *ENDS])}"
    for step_name in facts.scenario.people.leaving.right_after:
        if facts.step(step_name) is None:
            path = ("people", "leaving", "right_after", step_name)
            yield path, f"there is no step {step_name}. {remedy(step_name, facts.step_names)}"
    for name, incident in facts.scenario.incidents.items():
        for index, effect in enumerate(incident.effects):
            if effect.at and facts.step(effect.at) is None:
                path = ("incidents", name, "effects", index, "at")
                yield path, f"there is no step {effect.at}. {remedy(effect.at, facts.step_names)}"


def _choices(table: ChanceTable, path: Path) -> Iterator[tuple[Path, str]]:
    """Every choice of a table, at its place."""
    for choice in table.row.chances if table.row else ():
        yield (*path, choice), choice
    for value, row in table.rows.items():
        yield from _choices(row, (*path, value))
    if table.otherwise is not None:
        yield from _choices(table.otherwise, (*path, "else"))
    for index, part in enumerate(table.slices):
        for choice in part.set.chances if part.set else ():
            yield (*path, "slices", index, "set", choice), choice


def unknown_episodes(facts: Facts) -> Iterator[Said]:
    """Episodes that are named and do not exist."""
    episodes = facts.scenario.journey
    for link in facts.names.links:
        if link.child not in episodes:
            yield _start_path(link), f"there is no episode {link.child}. {remedy(link.child, episodes)}"
    carrier = facts.scenario.model.for_each
    if carrier not in episodes:
        yield ("model", "for_each"), f"there is no episode {carrier}. {remedy(carrier, episodes)}"


def _start_path(link: Link) -> Path:
    return "journey", link.parent, "steps", link.step, "starts", link.child


def session_kinds(facts: Facts) -> Iterator[Said]:
    """The first episode is the session, and no other is."""
    for name, episode in facts.scenario.journey.items():
        path = ("journey", name, "kind")
        if name == facts.names.session and episode.kind != "session":
            yield path[:2], f"{name} is the first episode and so the session. Write kind: session"
        elif name != facts.names.session and episode.kind == "session":
            yield path, f"only the first episode, {facts.names.session}, is the session. Take this out"
    for link in facts.names.links:
        if link.child == facts.names.session:
            yield _start_path(link), f"{link.child} is the session, which begins by itself. Start another episode"


def unreachable(facts: Facts) -> Iterator[Said]:
    """Steps no way leads to."""
    journeys = Journeys(facts)
    for name, episode in facts.scenario.journey.items():
        graph = journeys.graph(name)
        followed = {choice for after in graph.after.values() for choice in after}
        if not followed <= {*graph.after, *ENDS}:
            continue  # a mistyped step is told once
        for step in episode.steps:
            if step not in graph.reachable:
                yield ("journey", name, "steps", step), "no way leads to this step. Name it in a next, or take it out"


def never_started(facts: Facts) -> Iterator[Said]:
    """Episodes nothing starts."""
    begun = facts.names.in_breadth_order()
    for name in facts.names.episodes:
        if name not in begun:
            yield ("journey", name), "nothing starts this episode. Name it in a starts, or take it out"


def no_way_out(facts: Facts) -> Iterator[Said]:
    """Steps from which no end can be reached."""
    journeys = Journeys(facts)
    for name in facts.scenario.journey:
        graph = journeys.graph(name)
        for step in facts.scenario.journey[name].steps:
            if step in graph.reachable and not graph.can_end(step):
                yield ("journey", name, "steps", step), "no way leads from here to an end. Give some step next: end"


def stray_again(facts: Facts) -> Iterator[Said]:
    """`again` in an episode that is not one of a sequence."""
    sequences = {link.child for link in facts.names.links if link.way is Way.ONE_AFTER_ANOTHER}
    for episode, _, step, path in facts.steps:
        for at, choice in _choices(step.next, (*path, "next")):
            if choice == AGAIN and episode not in sequences:
                yield at, f"{episode} is not started one_after_another, so nothing follows it. Write end"


def cycles(facts: Facts) -> Iterator[Said]:
    """Episodes that start their own ancestors."""
    for link in facts.names.links:
        if link.parent in _descendants(facts, link.child):
            message = f"{link.child} starts {link.parent} again, so this never ends. Take one of the starts out"
            if link.child == link.parent:
                message = f"{link.child} starts itself, so this never ends. Start it one_after_another in its parent"
            yield _start_path(link), message


def _descendants(facts: Facts, episode: str) -> set[str]:
    found: set[str] = set()
    todo = [episode]
    while todo:
        here = todo.pop()
        if here not in found:
            found.add(here)
            todo += [link.child for link in facts.names.children(here)]
    return found


def facts_handed(facts: Facts) -> Iterator[Said]:
    """What is handed to an episode is what it receives, with values it lists."""
    for link in facts.names.links:
        child = facts.scenario.journey.get(link.child)
        if child is None:
            continue
        holding = facts.scenario.journey[link.parent].steps[link.step].starts[link.child].holding
        path = _start_path(link)
        for name, value in holding.items():
            at = (*path, "holding", name)
            if name not in child.receives:
                yield at, f"{link.child} receives no {name}. {remedy(name, child.receives)}"
            elif value not in child.receives[name]:
                yield at, f"{link.child} receives {name} without {value}. {remedy(value, child.receives[name])}"
        for name in child.receives:
            if name not in holding:
                yield path, f"{link.child} receives {name}, which is not handed over. Add it to holding"


def acting_persons(facts: Facts) -> Iterator[Said]:
    """Persons in `by` are known, and an episode is always started by somebody or never."""
    for link in facts.names.links:
        persons = facts.names.persons(link.parent)
        if link.by is not None and link.by not in persons:
            yield (*_start_path(link), "by"), f"no person {link.by} is known here. {remedy(link.by, persons)}"
    for episode in facts.names.episodes:
        links = facts.names.parents(episode)
        acting = {link.by for link in links}
        for link in links if len(acting) > 1 else ():
            if link.by != links[0].by:
                first = f"by {links[0].by}" if links[0].by else "by nobody else"
                message = f"{episode} is started {first} in {links[0].parent}.{links[0].step}. Start it alike here"
                yield _start_path(link), message


def long_episodes(facts: Facts) -> Iterator[Said]:
    """Episodes whose loops (almost) never end for some values."""
    journeys = Journeys(facts)
    for name in facts.scenario.journey:
        graph = journeys.graph(name)
        if not all(graph.can_end(step) for step in graph.reachable):
            continue
        steps = journeys.longest(name)
        if steps > MANY_STEPS:
            how = "never ends" if steps == float("inf") else f"has {steps:,.0f} steps on average"
            yield ("journey", name), f"for some values this episode {how}. Give its loops a larger chance to end"


def timeless_loops(facts: Facts) -> Iterator[Said]:
    """Loops in which no time passes."""
    journeys = Journeys(facts)
    for name, episode in facts.scenario.journey.items():
        graph = journeys.graph(name)
        instant = {step: graph.after[step] for step in graph.reachable if _is_instant(facts, episode.steps[step])}
        for step in episode.steps:
            if step in instant and _returns(step, instant):
                yield (
                    ("journey", name, "steps", step),
                    "a loop through this step takes no time. Give a step in it takes",
                )


def _is_instant(facts: Facts, step: Step) -> bool:
    if any(start.one_after_another for start in step.starts.values()):
        return False
    if step.takes is None:
        return True
    row = step.takes.row
    return row is not None and row.value is not None and row.value.value == 0


def _returns(step: str, after: Mapping[str, frozenset[str]]) -> bool:
    found: set[str] = set()
    todo = [name for name in after[step] if name in after]
    while todo:
        here = todo.pop()
        if here == step:
            return True
        if here not in found:
            found.add(here)
            todo += [name for name in after[here] if name in after]
    return False


def short_sequences(facts: Facts) -> Iterator[Said]:
    """Sequences that their bound cuts off in more than one of a thousand cases."""
    journeys = Journeys(facts)
    for link in facts.names.links:
        start = facts.scenario.journey[link.parent].steps[link.step].starts[link.child]
        if link.child not in facts.scenario.journey or start.at_most is None:
            continue
        again = min(1.0, journeys.again_at_most(link.child))
        cut = again**start.at_most
        if cut > 0.001:
            share = f"{100 * cut:.3g} %"
            yield (
                (*_start_path(link), "at_most"),
                f"this cuts off {share} of the sequences. Raise it, or make again rarer",
            )


def steps_always_before(facts: Facts) -> Iterator[Said]:
    """`elapsed_since` names a step of the episode that always comes first."""
    journeys = Journeys(facts)
    for event, held in facts.scenario.events.items():
        for field, origin in held.fields.items():
            since = origin.elapsed_since
            if since is None or since == "begin":
                continue
            for writing in facts.writings.get(event, ()):
                graph = journeys.graph(writing.episode)
                path = ("events", event, "fields", field, "elapsed_since")
                known = [
                    name for name in graph.after if name != writing.step and graph.always_before(writing.step, name)
                ]
                if since not in graph.after:
                    what = f"{writing.episode}, which writes this event, has no step {since}"
                    yield path, f"{what}. {remedy(since, [*known, 'begin'])}"
                elif not graph.always_before(writing.step, since):
                    what = f"{writing.episode}.{writing.step} can be reached without {since}"
                    yield path, f"{what}. {remedy(since, [*known, 'begin'])}"

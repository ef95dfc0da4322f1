"""Simulation: a scenario's people play its journey; the log they leave, and the truth behind it.

To read it in order: `run` tells the story and `tasks` its two passes.  Pass one: `population` and `sessions` (who
comes when), `script` and `frames` (what is drawn), `journeys` (what happens), `recording` (what would be
written), `faults` and `delivery` (what befalls rows on the client and on the way), `blocks` (put in order, kept as
`runs`).  Between them: `departures`.  Pass two: `slices`, `rows`, `writers`.  Beside it: `attended`, `layout`,
`manifest`, `schemas`, `truth`, `checking`, `tell`.
"""

from teledesign.simulation.attended import ended_together, unheard
from teledesign.simulation.draws import Seed, practice_seed
from teledesign.simulation.remaking import MadeBy, Remade, made_by, manifest_of, remade
from teledesign.simulation.run import Progress, Step, simulate
from teledesign.simulation.sizes import panel_size
from teledesign.simulation.tell import Line, Story, tell

__all__ = [
    "Line",
    "MadeBy",
    "Progress",
    "Remade",
    "Seed",
    "Step",
    "Story",
    "ended_together",
    "made_by",
    "manifest_of",
    "panel_size",
    "practice_seed",
    "remade",
    "simulate",
    "tell",
    "unheard",
]

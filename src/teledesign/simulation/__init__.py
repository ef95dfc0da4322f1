"""Simulation: a scenario's people play its journey; the log they leave, and the truth behind it.

To read it in order: `run` tells the story and `tasks` its two passes.  The rooms follow a row's way: `luck` (draws and
ids), `rows` (what a row holds), `people` (who comes when, and leaves), `playing` (pass one: what happens, and what
would be written of it), `sending` (what befalls rows on the client and on the way), `files` (pass two: slices of
arrival time become the parts of a log), `truth`.  Beside them: `sizes`, `manifest`, `checking`, `remaking`, `tell`.
"""

from teledesign.simulation.attended import CutShort, end_with_parent, workers_of
from teledesign.simulation.files.folder import kept_of
from teledesign.simulation.files.listing import METRICS, TRUTH, LogListing
from teledesign.simulation.luck.draws import Seed, practice_seed
from teledesign.simulation.remaking import MadeBy, Remade, made_by, manifest_of, remade
from teledesign.simulation.run import Progress, Step, seed_of, simulate
from teledesign.simulation.sizes import panel_size
from teledesign.simulation.tell import Line, Story, tell

__all__ = [
    "METRICS",
    "TRUTH",
    "CutShort",
    "Line",
    "LogListing",
    "MadeBy",
    "Progress",
    "Remade",
    "Seed",
    "Step",
    "Story",
    "end_with_parent",
    "kept_of",
    "made_by",
    "manifest_of",
    "panel_size",
    "practice_seed",
    "remade",
    "seed_of",
    "simulate",
    "tell",
    "workers_of",
]

"""Simulation: a scenario's people play its journey; the log they leave, and the truth behind it."""

from teledesign.simulation.draws import Seed, practice_seed
from teledesign.simulation.run import Progress, panel_size, simulate
from teledesign.simulation.tell import Line, Story, tell

__all__ = ["Line", "Progress", "Seed", "Story", "panel_size", "practice_seed", "simulate", "tell"]

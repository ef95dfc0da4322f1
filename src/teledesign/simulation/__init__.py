"""Simulation: a scenario's people play its journey; the log they leave, and the truth behind it."""

from teledesign.simulation.draws import Seed, practice_seed
from teledesign.simulation.run import Progress, panel_size, simulate

__all__ = ["Progress", "Seed", "panel_size", "practice_seed", "simulate"]

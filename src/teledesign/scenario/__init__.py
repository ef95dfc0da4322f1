"""The scenario language: frozen values for one product, and the pure rules that give them meaning."""

from teledesign.scenario.scenario import Scenario, ScenarioId

__all__ = ["Scenario", "ScenarioId"]

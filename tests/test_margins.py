"""The margins of every topic come out of simulated people, as `benchmarks/margins.py` prints them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from teledesign.course import find_course, open_scenario
from teledesign.expectation import Expectation
from teledesign.resources import packaged_course

PANELS = {"shoe-brand": 600, "photo-tagging": 350, "playlists": 40, "code-completion": 16}
ERRORS = 5.0
"""Standard errors between users; by chance one margin in two million is further away."""


@pytest.fixture(scope="module")
def benchmark(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("margins", checkout / "benchmarks" / "margins.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("topic", PANELS)
def test_margins_of_simulated_people_are_those_of_the_tables(topic: str, benchmark: ModuleType) -> None:
    scenario = open_scenario(topic, find_course(packaged_course()))
    simulated = benchmark.margins(scenario, PANELS[topic], [11])
    algebra = Expectation(scenario).anchors()
    assert len(simulated) == len(algebra) > 8
    far = {
        name: f"{found.value:.4f} +- {found.error:.4f}, {algebra[name].computed:.4f} by algebra"
        for name, found in simulated.items()
        if abs(found.value - algebra[name].computed) > ERRORS * found.error
    }
    assert far == {}

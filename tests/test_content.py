"""Every topic: the content is whole, its numbers are the researched ones, and its incidents show as told."""

from __future__ import annotations

import pytest

import test_content_code_completion
import test_content_photo_tagging
import test_content_playlists
import test_content_shoe_brand
from topic_content import (
    Row,
    Topic,
    cited,
    missing_facts,
    missing_from_class,
    missing_from_teaching,
    next_row,
    written,
    wrong_signals,
)

TOPICS = [
    test_content_code_completion.TOPIC,
    test_content_photo_tagging.TOPIC,
    test_content_playlists.TOPIC,
    test_content_shoe_brand.TOPIC,
]
ROWS = [pytest.param(topic, row, id=f"{topic.name} {row[0]} {row[1]}") for topic in TOPICS for row in topic.rows]


@pytest.fixture(params=TOPICS, ids=lambda topic: topic.name)
def topic(request: pytest.FixtureRequest) -> Topic:
    found = request.param
    assert isinstance(found, Topic)
    return found


def test_every_candidate_signal_is_there_with_its_size_and_class(topic: Topic) -> None:
    found = {name: (event.bytes, event.privacy, event.feedback) for name, event in topic.scenario.events.items()}
    assert found == topic.signals


def test_signals_without_a_step_state_a_rate(topic: Topic) -> None:
    rated = {name for name, event in topic.scenario.events.items() if event.per_user_day is not None}
    assert rated == topic.without_rows
    assert written(topic.scenario) == set(topic.scenario.events) - topic.without_rows


def test_the_ten_incidents_are_there_and_show_somewhere(topic: Topic) -> None:
    incidents = topic.scenario.incidents
    assert len(topic.incidents) == 10
    assert set(incidents) == topic.incidents | topic.more_incidents
    assert {incident.family for incident in incidents.values()} == {"model", "input", "client", "delivery"}
    assert {name for name, incident in incidents.items() if incident.signal is None} == set(topic.silent)


def test_every_incident_moves_its_metric_and_its_decoy_as_told(topic: Topic) -> None:
    assert wrong_signals(topic) == []


def test_incidents_that_happened_elsewhere_say_where(topic: Topic) -> None:
    assert cited(topic.scenario) == {
        name: {phrase.split()[-1] for phrase in phrases} for name, phrases in topic.happened.items()
    }
    for name, phrases in topic.happened.items():
        says = topic.scenario.incidents[name].says
        assert says is not None
        assert [phrase for phrase in phrases if phrase not in says.text] == []


@pytest.mark.parametrize(("topic", "row"), ROWS)
def test_transition_rows_are_the_researched_ones_or_say_why_not(topic: Topic, row: Row) -> None:
    exception = topic.row_exceptions.get(row)
    expected = exception.ours if exception else topic.rows[row]
    assert next_row(topic.scenario, *row) == pytest.approx(dict(expected)), exception and exception.reason


def test_anchors_state_the_researched_margins(topic: Topic) -> None:
    anchors = topic.scenario.anchors
    assert {name: anchor.value for name, anchor in anchors.items()} == topic.margins
    assert {name: anchor.published for name, anchor in anchors.items() if anchor.published} == topic.published


def test_the_tables_add_up_to_the_anchors(topic: Topic) -> None:
    """By algebra."""
    assert {name: result.computed for name, result in topic.expectation.anchors().items() if not result.ok} == {}


def test_the_class_has_what_it_needs(topic: Topic) -> None:
    assert missing_from_class(topic.scenario) == []
    assert missing_from_teaching(topic.scenario, topic.teaching) == []
    assert missing_facts(topic.scenario) == []


def test_risks_law_and_figures_are_told(topic: Topic) -> None:
    assert len(topic.scenario.risks) >= 7
    assert len(topic.scenario.law) >= topic.least_law
    assert {law.as_of.isoformat() for law in topic.scenario.law} == {"2026-11-23"}
    assert len(topic.scenario.figures) >= topic.least_figures

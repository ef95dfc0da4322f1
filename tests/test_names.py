"""What every name of a scenario is, and where a table may use it."""

import pickle

from scenarios_for_tests import PHOTO, made, people
from teledesign.scenario.names import Kind, Names, Way

PHOTO_NAMES = Names.of(made(**PHOTO))


def test_every_name_has_kind_holder_and_values_in_code_order() -> None:
    told = {name.name: (name.kind, name.holder, name.values) for name in PHOTO_NAMES.declared}
    assert told["weekend"] == (Kind.CALENDAR, "calendar", ("no", "yes"))
    assert told["holdback"] == (Kind.HOLDBACK, "user", ("no", "yes"))
    assert told["region"] == (Kind.ATTRIBUTE, "user", ("north", "south", "lakes"))
    assert told["app_version"] == (Kind.ROLLOUT, "user", ("v5.1", "v5.2"))
    assert told["in_bulk"] == (Kind.DRAW, "upload", ("yes", "no"))
    assert told["photos"] == (Kind.NUMBER, "upload", ())
    assert told["friend"] == (Kind.PERSON, "face", ())
    assert told["outcome"] == (Kind.OUTCOME, "face", ("right", "wrong", "none"))
    assert told["experience"] == (Kind.EXPERIENCE, "face", ("named", "unnamed"))
    assert told["made_by"] == (Kind.RECEIVED, "tag", ("suggestion", "hand"))


def test_the_holdbacks_own_outcome_comes_last_and_is_seen_as_it_is_where_nothing_else_is_said() -> None:
    model = {
        "for_each": "visit",
        "outcome": {"good": 0.6, "bad": 0.4},
        "looks_like": {"good": "list", "bad": "list"},
        "holdback_gets": "silence",
    }
    names = Names.of(made(model=model))
    assert names["outcome"].values == ("good", "bad", "silence")
    assert names["experience"].values == ("list", "silence")


def test_the_tree_of_episodes() -> None:
    assert PHOTO_NAMES.in_breadth_order() == ("upload", "photo", "face", "tag")
    assert PHOTO_NAMES.ancestors("tag") == ("upload", "photo", "face")
    assert [link.way for link in PHOTO_NAMES.parents("tag")] == [Way.LATER] * 3
    assert PHOTO_NAMES.actor("tag") == "friend"
    assert PHOTO_NAMES.actor("face") == "owner"
    assert PHOTO_NAMES.session_of("tag") == "tag"
    assert PHOTO_NAMES.session_of("face") == "upload"


def test_a_table_sees_ancestors_earlier_draws_and_from_the_first_step_on_the_prediction() -> None:
    before_outcome = PHOTO_NAMES.visible("face", "outcome")
    assert {"orientation", "in_bulk", "enrolled", "gallery", "friend.mutes", "weekend"} <= set(before_outcome)
    assert "outcome" not in before_outcome
    assert "outcome" in PHOTO_NAMES.visible("face", "score")
    assert "outcome" in PHOTO_NAMES.visible("face")
    assert "enrolled" not in PHOTO_NAMES.visible("face", "enrolled")
    assert "enrolled" not in PHOTO_NAMES.visible("photo")
    assert "orientation" not in PHOTO_NAMES.visible("photo", "orientation")


def test_where_somebody_else_acts_plain_attributes_are_theirs() -> None:
    assert {"mutes", "owner.mutes", "friend.mutes"} <= set(PHOTO_NAMES.visible("tag"))
    assert PHOTO_NAMES.variable("tag", "mutes") == "friend.mutes"
    assert PHOTO_NAMES.variable("face", "mutes") == "owner.mutes"
    assert PHOTO_NAMES.variable("tag", "owner.mutes") == "owner.mutes"
    assert "owner.mutes" not in PHOTO_NAMES.visible("face")


def test_who_an_incident_picks() -> None:
    assert PHOTO_NAMES.chooser("tag", "user") == "friend"
    assert PHOTO_NAMES.chooser("face", "user") == "owner"
    assert PHOTO_NAMES.chooser("tag", "session") == "tag"
    assert PHOTO_NAMES.chooser("face", "session") == "upload"
    assert PHOTO_NAMES.chooser("tag", "face") == "face"
    assert PHOTO_NAMES.chooser("face", "friend") == "friend"
    assert PHOTO_NAMES.chooser("photo", "face") is None


def test_an_attribute_sees_earlier_attributes_that_never_change() -> None:
    assert set(PHOTO_NAMES.visible_to_attribute("telemetry")) == {"holdback", "region"}
    held = people(attributes={"version": {"rollout": {"v1": "everyone"}}, "late": {"a": 0.5, "b": 0.5}})
    assert set(Names.of(made(people=held)).visible_to_attribute("late")) == {"holdback"}


def two_parents() -> Names:
    return Names.of(
        made(
            {
                "visit": {
                    "kind": "session",
                    "draws": {"mood": {"good": 0.5, "bad": 0.5}},
                    "steps": {
                        "open": {"starts": {"ask": {"alongside": "yes"}, "look": {"alongside": "yes"}}, "next": "end"}
                    },
                },
                "ask": {
                    "draws": {"how": {"a": 0.5, "b": 0.5}},
                    "steps": {"put": {"starts": {"buy": {"alongside": "yes"}}, "next": "end"}},
                },
                "look": {
                    "draws": {"where": {"a": 0.5, "b": 0.5}},
                    "steps": {"seen": {"starts": {"buy": {"alongside": "yes"}}, "next": "end"}},
                },
                "buy": {"steps": {"paid": {"next": "end"}}},
            }
        )
    )


def test_an_episode_started_from_two_sees_what_both_know() -> None:
    names = two_parents()
    assert names.ancestors("buy") == ("visit",)
    visible = names.visible("buy")
    assert "mood" in visible
    assert not {"how", "where"} & set(visible)
    assert names.in_breadth_order() == ("visit", "ask", "look", "buy")


def test_a_bad_scenario_raises_nothing() -> None:
    names = Names.of(
        made(
            {
                "visit": {
                    "kind": "session",
                    "steps": {"open": {"starts": {"ghost": {"alongside": "yes"}}, "next": "nowhere"}},
                },
                "loop": {"steps": {"go": {"starts": {"loop": {"alongside": "yes"}}, "next": "end"}}},
            }
        )
    )
    assert names.in_breadth_order() == ("visit",)
    assert names.ancestors("loop") == ()
    assert names.ancestors("ghost") == ("visit",)
    assert names.get("ghost") is None
    assert names.actor("loop") == "owner"
    assert "weekend" in names.visible("ghost")


def test_names_travel_to_worker_processes() -> None:
    assert PHOTO_NAMES.by_name["region"] == pickle.loads(pickle.dumps(PHOTO_NAMES))["region"]

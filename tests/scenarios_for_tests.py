"""Scenarios small enough to reckon by hand: the parts a test is about, everything else filled in."""

from typing import Any

from teledesign.scenario import Scenario
from teledesign.scenario.metrics import Counted

CRITERION = {"title": "One", "points": 2, "weak": "W", "adequate": "A", "excellent": "E"}


def visit(steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A session of these steps."""
    return {"kind": "session", "steps": steps, **more}


ONE_STEP = visit({"open": {"emits": "opened", "next": "end"}})


def people(**changes: Any) -> dict[str, Any]:
    """People with one session a day, all hours and weekdays alike."""
    return {
        "called": "users",
        "simulate": 100,
        "production": {"low": 1000, "mode": 1000, "high": 1000},
        "activity": {"sessions_per_user_day": {"mean": 1.0, "dispersion": 0.0}, "hours": [1] * 24},
        **changes,
    }


def made(
    journey: dict[str, Any] | None = None,
    *,
    people: dict[str, Any] = people(),  # noqa: B008 - a constant
    model: dict[str, Any] | None = None,
    events: dict[str, Any] | None = None,
    **sections: Any,
) -> Scenario:
    """A scenario of this journey; events that are only emitted are described in the plainest way."""
    journey = journey or {"visit": ONE_STEP}
    first = next(iter(journey))
    described = {"bytes": 100, "feedback": "implicit", "privacy": "P1", "says": "s", "misleads": "m"}
    held = {name: {**described, **more} for name, more in (events or {}).items()}
    for name in _emitted(journey):
        held.setdefault(name, described)
    return Scenario.model_validate(
        {
            "format": 1,
            "scenario": "small",
            "title": "Small",
            "product": {
                **dict.fromkeys(("name", "firm", "summary", "goal", "intelligence", "users_see"), "x"),
                "clock": {"start": "2025-03-03", "days": 28, "time_zone": "Europe/Berlin"},
            },
            "people": people,
            "model": model or {"for_each": first, "outcome": "fine", "looks_like": {"fine": "answer"}},
            "journey": journey,
            "events": held,
            "metrics": {},
            "questions": {
                question: {"title": "T", "prompt": "P", "criteria": {"one": CRITERION}}
                for question in ("capture", "use", "cost", "risks")
            },
            **sections,
        }
    )


def counted(raw: Any) -> Counted:
    """What a metric counts, as a file writes it."""
    return Counted.model_validate(raw)


def incident(**changes: Any) -> dict[str, Any]:
    """An incident from day 1 for good."""
    return {
        "title": "Something",
        "family": "model",
        "begins": "day 1",
        "lasts": "for good",
        "shows_first": "there",
        "after": "1 d",
        "decoy": "that",
        **changes,
    }


def _emitted(journey: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for episode in journey.values():
        for step in episode["steps"].values():
            emits = step.get("emits", [])
            found += [emits] if isinstance(emits, str) else list(emits)
            found += step.get("beats", {})
    return found


PHOTO = {
    "people": people(
        simulate=3000,
        activity={
            "sessions_per_user_day": {"mean": 0.08, "dispersion": 1.2},
            "hours": [1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 4, 4, 5, 5, 4, 4, 5, 6, 8, 10, 11, 9, 5, 2],
            "weekdays": {"mon": 1.5, "sat": 1.1, "sun": 1.5},
        },
        growth_per_month=0.02,
        leaving={"each_day": 0.001, "right_after": {"tag.reported": 0.05, "tag.switched_off": 1}},
        holdback=0.03,
        attributes={
            "region": {"north": 0.5, "south": 0.3, "lakes": 0.2},
            "telemetry": {
                "given": "region",
                "lakes": {"recorded": 0.88, "declined": 0.12},
                "else": {"recorded": 0.95, "declined": 0.05},
            },
            "gallery": {"large": 0.6, "small": 0.4},
            "mutes": {"yes": 0.2, "no": 0.8},
            "app_version": {
                "rollout": {
                    "v5.1": "everyone",
                    "v5.2": {"day 8": 0.05, "day 10": 0.20, "day 13": 0.50, "day 22": 0.80},
                }
            },
            "model_version": {"rollout": {"m7": "everyone", "m8": {"day 29": 0.05, "day 31": 0.20, "day 33": 1}}},
        },
        unrecorded={"telemetry": "declined"},
    ),
    "model": {
        "for_each": "face",
        "outcome": {
            "given": "enrolled",
            "yes": {"right": 0.788, "wrong": 0.0485, "none": "rest"},
            "no": {"wrong": 0.069, "none": "rest"},
            "slices": [
                {"where": {"gallery": "small", "enrolled": "yes"}, "times": {"right": 0.975}},
                {"where": {"orientation": "rotated"}, "times": {"wrong": 1.05}},
                {"where": {"model_version": "m8"}, "times": {"wrong": 0.96}},
            ],
        },
        "looks_like": {"right": "named", "wrong": "named", "none": "unnamed"},
        "holdback_gets": "none",
    },
    "journey": {
        "upload": {
            "kind": "session",
            "draws": {
                "in_bulk": {"yes": 0.4, "no": 0.6},
                "photos": {"mean": 30, "dispersion": 0.9, "min": 10, "max": 200},
            },
            "steps": {"scanned": {"starts": {"photo": {"count": "photos", "apart": "2 s"}}, "next": "end"}},
        },
        "photo": {
            "draws": {
                "orientation": {"upright": 0.72, "rotated": 0.28},
                "faces": {"mean": 1.6, "dispersion": 0.6, "min": 0, "max": 40},
            },
            "steps": {"examined": {"emits": "faces_detected", "starts": {"face": {"count": "faces"}}, "next": "end"}},
        },
        "face": {
            "kind": "interaction",
            "person": "friend",
            "draws": {"enrolled": {"yes": 0.45, "no": 0.55}},
            "steps": {
                "looked_up": {"next": {"given": "outcome", "none": "unnamed", "else": "suggested"}},
                "suggested": {
                    "emits": "suggestion_shown",
                    "next": {
                        "given": "outcome",
                        "right": {"confirmed": 0.62, "ignored": 0.33, "rejected": 0.03, "renamed": 0.02},
                        "wrong": {"confirmed": 0.12, "ignored": 0.43, "rejected": 0.33, "renamed": 0.12},
                    },
                },
                "confirmed": {
                    "emits": "suggestion_confirmed",
                    "next": {"given": "outcome", "right": "rightly_tagged", "wrong": "wrongly_tagged"},
                },
                "rightly_tagged": {
                    "starts": {
                        "tag": {
                            "after": {"median": "9 h", "p95": "3 d"},
                            "by": "friend",
                            "holding": {"name": "right", "made_by": "suggestion"},
                        }
                    },
                    "next": "end",
                },
                "wrongly_tagged": {
                    "starts": {
                        "tag": {
                            "after": {"median": "9 h", "p95": "3 d"},
                            "by": "friend",
                            "holding": {"name": "wrong", "made_by": "suggestion"},
                        }
                    },
                    "next": "end",
                },
                "ignored": {"next": "end"},
                "rejected": {"next": "end"},
                "renamed": {"next": "hand_tagged"},
                "unnamed": {"next": {"typed": 0.15, "end": "rest"}},
                "typed": {"next": "hand_tagged"},
                "hand_tagged": {
                    "starts": {
                        "tag": {
                            "after": {"median": "9 h", "p95": "3 d"},
                            "by": "friend",
                            "holding": {"name": "right", "made_by": "hand"},
                        }
                    },
                    "next": "end",
                },
            },
        },
        "tag": {
            "receives": {"name": ["right", "wrong"], "made_by": ["suggestion", "hand"]},
            "steps": {
                "noticed": {"next": {"given": "mutes", "yes": "waiting", "no": {"opened": 0.45, "waiting": "rest"}}},
                "opened": {"emits": "notification_opened", "next": "waiting"},
                "waiting": {
                    "next": {
                        "given": "name",
                        "right": {"approved": 0.03, "removed": 0.015, "reported": 0.005, "end": "rest"},
                        "wrong": {"approved": 0.02, "removed": 0.30, "reported": 0.06, "end": "rest"},
                    }
                },
                "approved": {"next": "end"},
                "removed": {"emits": "tag_removed", "next": "end"},
                "reported": {"next": {"switched_off": 0.1, "end": "rest"}},
                "switched_off": {"next": "end"},
            },
        },
    },
}
"""The part of the photo topic whose margins were worked out beforehand."""

CODE = {
    "people": people(
        simulate=150,
        activity={
            "sessions_per_user_day": {"mean": 2.3, "dispersion": 0.15},
            "hours": [0, 0, 0, 0, 0, 0, 0, 2, 6, 9, 11, 11, 6, 7, 10, 10, 9, 7, 4, 2, 2, 2, 1, 1],
            "weekdays": {"fri": 0.9, "sat": 0.15, "sun": 0.15},
        },
        holdback=0.02,
        attributes={
            "model_version": {"rollout": {"c4": "everyone", "c5": {"day 16": 0.10, "day 19": 0.50}}},
        },
    ),
    "model": {
        "for_each": "request",
        "outcome": {
            "given": "language",
            "python": {"useful": 0.40, "not_useful": "rest"},
            "javascript": {"useful": 0.38, "not_useful": "rest"},
            "typescript": {"useful": 0.33, "not_useful": "rest"},
            "other": {"useful": 0.328, "not_useful": "rest"},
            "slices": [{"where": {"model_version": "c5"}, "times": {"useful": 1.03}}],
        },
        "looks_like": {"useful": "proposal", "not_useful": "proposal"},
        "holdback_gets": "silence",
    },
    "journey": {
        "coding": {
            "kind": "session",
            "draws": {"language": {"typescript": 0.247, "javascript": 0.213, "python": 0.141, "other": 0.399}},
            "steps": {"opened": {"starts": {"request": {"one_after_another": "yes", "at_most": 3000}}, "next": "end"}},
        },
        "request": {
            "kind": "interaction",
            "steps": {
                "asked": {
                    "emits": "completion_requested",
                    "next": {
                        "given": "outcome",
                        "silence": "typing_on",
                        "else": {"cancelled": 0.55, "filtered": 0.10, "shown": 0.35},
                    },
                },
                "cancelled": {"next": "typing_on"},
                "filtered": {"next": "typing_on"},
                "shown": {
                    "emits": "completion_shown",
                    "next": {
                        "given": "outcome",
                        "useful": {"accepted": 0.54, "part_taken": 0.08, "typing_on": "rest"},
                        "not_useful": {"accepted": 0.06, "part_taken": 0.02, "typing_on": "rest"},
                    },
                },
                "accepted": {"emits": {"completion_accepted": {"how": "full"}}, "next": "taken"},
                "part_taken": {
                    "emits": {"completion_accepted": {"how": "part"}},
                    "next": {"part_taken": 0.5, "taken": "rest"},
                },
                "taken": {"starts": {"kept": {"alongside": "yes"}}, "next": "typing_on"},
                "typing_on": {"next": {"again": 0.9908, "end": "rest"}},
            },
        },
        "kept": {
            "draws": {
                "gone_by": {
                    "given": "outcome",
                    "useful": {"s30": 0.05, "min2": 0.03, "min5": 0.03, "min10": 0.04, "min15": 0.02, "later": "rest"},
                    "not_useful": {
                        "s30": 0.55,
                        "min2": 0.12,
                        "min5": 0.08,
                        "min10": 0.05,
                        "min15": 0.03,
                        "later": "rest",
                    },
                }
            },
            "steps": {
                "probe_30s": {
                    "emits": {"survival": {"age_s": 30, "retained": {"given": "gone_by", "s30": "no", "else": "yes"}}},
                    "until_age": "10 min",
                    "next": "probe_10min",
                },
                "probe_10min": {
                    "emits": {
                        "survival": {
                            "age_s": 600,
                            "retained": {"given": "gone_by", "min15": "yes", "later": "yes", "else": "no"},
                        }
                    },
                    "next": "end",
                },
            },
        },
    },
    "events": {
        "completion_accepted": {"fields": {"suggestion": {"id": "request"}, "how": {"given_by": "step"}}},
        "survival": {"fields": {"age_s": {"given_by": "step"}, "retained": {"given_by": "step"}}},
    },
}
"""The part of the code topic whose margins were worked out beforehand."""

"""What a scenario leads one to expect, by algebra instead of simulation: events per user and day, shares, margins."""

from teledesign.expectation.expectation import AnchorResult, EventWeight, Expectation, expected_of

__all__ = ["AnchorResult", "EventWeight", "Expectation", "expected_of"]

"""Rows before they are a log: what they hold, as fixed-width records, on their way from block to slice."""

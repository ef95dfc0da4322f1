"""Telemetry designs for products with a machine-learning feature: exercises, logs, costs and a course site."""

__version__ = "0.1.0"

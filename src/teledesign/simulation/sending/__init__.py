"""From device to log: what clients write, what a design collects of it, and what the way into the log does to it."""

"""Luck: draws with an address, the tables they are compared with, and ids that show nothing."""

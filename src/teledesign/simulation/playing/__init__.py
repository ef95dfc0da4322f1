"""Pass one: a block of users plays the scenario's journey, incidents and all, and what a log would hold is recorded."""

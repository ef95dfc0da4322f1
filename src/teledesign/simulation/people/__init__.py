"""The people of a panel: who they are, when they come, whom incidents strike, when they leave."""

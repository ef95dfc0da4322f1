"""The truth of a log, for its instructor: interactions, outcomes and incidents as they really were."""

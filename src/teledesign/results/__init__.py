"""Results: what the engines give back, as frozen values."""

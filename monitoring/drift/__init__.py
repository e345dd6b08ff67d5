"""Drift: whether the population has moved away from the training data."""

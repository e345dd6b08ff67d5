"""Predict and check rows at once."""

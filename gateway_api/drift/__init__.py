"""Drift, and the quality of what arrives, over time."""

"""Versions of a model, and which one is served."""

"""Registered use cases, the history of what was served, and the workers that serve."""

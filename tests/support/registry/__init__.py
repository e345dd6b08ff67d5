"""A model registry, and versions in it."""

"""A new use case from a file."""

"""Predict one row by a form, or a file."""

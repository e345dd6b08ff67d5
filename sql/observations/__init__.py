"""Observations of forecasts: a table per use case with every version of every reading, and what was known of them when."""

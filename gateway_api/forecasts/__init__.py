"""Forecasts: asking for one, and finding those that were made beside what came true."""

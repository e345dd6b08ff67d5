"""Forecasts: made when an hour is complete, when a reading comes late, and when somebody asks."""

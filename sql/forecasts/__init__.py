"""Forecasts that were made: from which origins, in which versions, and what came true of them."""

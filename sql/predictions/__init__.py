"""Predictions: a typed table per use case, pages of them, counts of them."""

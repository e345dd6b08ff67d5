"""Quarantined rows, sent again."""

"""Dropped files: noticed, claimed, read, and put where people find them."""

"""Checking rows of every door against the contract of a use case."""

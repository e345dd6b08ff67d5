"""Profiles and scores to judge, and who is told of it."""

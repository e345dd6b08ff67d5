"""Profiles: what training data and served rows look like, as counts."""

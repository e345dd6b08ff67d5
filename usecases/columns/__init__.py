"""A column of a row: what it may hold, and how its values are read."""

"""How bytes become values, and values become answers; shared by all topics."""

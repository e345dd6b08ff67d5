"""Foreign messages: read, taken in, answered."""

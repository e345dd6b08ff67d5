"""Bad rows: what is wrong with them, and sending repaired ones."""

"""The quality of what came in: rates of bad rows, what was wrong, and whether anything comes."""

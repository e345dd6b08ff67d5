"""What works, what waits, and where the rows of every batch are."""

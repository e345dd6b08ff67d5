"""Made-up traffic through every door: for demonstrations and load."""

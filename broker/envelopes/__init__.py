"""What clients put around rows: a file for each envelope, and the registry of those there are."""

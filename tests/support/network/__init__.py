"""Lines and hosts of their own, which tests cut."""

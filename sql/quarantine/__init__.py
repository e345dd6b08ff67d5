"""Quarantine: bad rows with their reasons, until someone repairs them."""

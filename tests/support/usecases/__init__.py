"""Use cases, their edits, and data of every shape."""

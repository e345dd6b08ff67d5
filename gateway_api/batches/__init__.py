"""Files over HTTP, and what becomes of their rows."""

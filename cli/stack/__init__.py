"""Commands that start, show and stop the local stack, or prepare servers that run elsewhere."""

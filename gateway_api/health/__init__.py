"""Whether the gateway lives and the pipeline works."""

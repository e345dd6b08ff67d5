"""The HTTP door: FastAPI glue, the coalescer, and problem responses."""

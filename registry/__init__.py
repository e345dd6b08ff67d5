"""The model registry: which versions there are, which is served, and what a version must hold to be served."""

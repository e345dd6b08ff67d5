"""Past predictions."""

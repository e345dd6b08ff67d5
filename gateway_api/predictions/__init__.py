"""Past predictions, and how many there are."""

"""Performance: how good the models are, from labels and before they arrive."""

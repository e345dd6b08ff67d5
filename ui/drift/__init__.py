"""How far the data moved away from training."""

"""From data to a registered model: check, fit, evaluate, register."""

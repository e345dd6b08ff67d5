"""Labels: what came true, and how good the predictions were."""

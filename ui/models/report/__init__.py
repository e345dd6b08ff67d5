"""What the training of a version found out about it."""

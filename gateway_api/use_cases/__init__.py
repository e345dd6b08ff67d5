"""What can be predicted, and adding a use case."""

"""What can be predicted: one folder per use case, and everything that is derived from its `usecase.yaml`."""

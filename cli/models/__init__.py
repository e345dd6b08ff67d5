"""Commands about use cases and their models: write, train, compare, promote."""

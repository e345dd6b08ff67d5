"""The `smartpredict` command, and the local stack that it starts."""

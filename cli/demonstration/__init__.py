"""The command that shows the whole pipeline at work."""

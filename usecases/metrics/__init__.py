"""The metrics that models are measured by: each is defined once, in a file of its topic and a line of the registry."""

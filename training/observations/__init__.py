"""What is learned from observations: the rows of a forecast, and features that are joined to other rows."""

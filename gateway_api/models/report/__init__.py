"""Reports of versions: what their trainings found out about them, and the threshold that people keep."""

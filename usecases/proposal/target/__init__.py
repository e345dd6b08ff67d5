"""What is predicted: the task, and how its classes are written."""

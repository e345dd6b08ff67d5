"""What kinds of answers there are: one file per task, and one line in :mod:`usecases.tasks.task`."""

"""Model libraries: one file each, and one line in :mod:`usecases.models.runtimes`."""

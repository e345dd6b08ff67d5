"""File formats: one file each, used by everything that reads rows from a file."""

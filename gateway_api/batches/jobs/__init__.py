"""Data sets that are scored from files to files: order a job, follow it, change it."""

"""Folders and buckets of object stores, as one thing to read from and to write to."""

STORES = ("s3", "gs", "gcs")
"""Object stores: what is put there appears once all of it has arrived, in place of what had its name."""

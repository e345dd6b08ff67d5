"""Folders and buckets of object stores, as one thing to read from and to write to."""

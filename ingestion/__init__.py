"""Doors 1 and 2: files and foreign messages. Read, check, split, publish; bad rows go to quarantine."""

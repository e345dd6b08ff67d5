"""Stored rows looked at once more: why each was predicted so."""

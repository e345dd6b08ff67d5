"""Faults of the local stack that a person can act upon."""

from __future__ import annotations


class StackError(Exception):
    """Something of the stack is missing or wrong, and the message says what to do next."""

"""Faults that a person at the terminal can act upon."""

from __future__ import annotations


class UserError(Exception):
    """Something is missing or wrong, and the message says what to do next.

    Shown in red without a traceback, exit status 1. A traceback would hide the one line that helps.
    """

"""Waiting for what happens in other processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["eventually"]

T = TypeVar("T")


def eventually(look: Callable[[], T], seconds: float = 30, explain: Callable[[], str] = str) -> T:
    """Look again and again until there is something to see, and give it back; ``explain`` tells more if it never comes."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not seen within {seconds} s; last seen: {seen!r} {explain()}"
        time.sleep(0.05)
    return seen

"""A lock that allows one `up` or `down` at a time."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from local_stack.errors import StackError
from local_stack.machine.folders import Folders

__all__ = ["stack_lock"]


@contextlib.contextmanager
def stack_lock(folders: Folders) -> Iterator[None]:
    """Hold the lock of a stack while the block runs; raise where another command holds it."""
    path = folders.home / "lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StackError("Another `smartpredict up` or `down` of this stack is at work; wait for it.") from error
        yield

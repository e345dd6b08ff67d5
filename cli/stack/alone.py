"""One `up` or `down` at a time."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from cli.errors import UserError
from cli.stack.folders import Folders

__all__ = ["alone"]


@contextlib.contextmanager
def alone(folders: Folders) -> Iterator[None]:
    """Keep a second `up` or `down` of the same stack out meanwhile."""
    path = folders.home / "lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError("Another `smartpredict up` or `down` of this stack is at work; wait for it.") from error
        yield

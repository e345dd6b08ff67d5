"""The pre-flight check of a file: all of its bytes, before any row is used, so that a broken one is refused as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from usecases.formats.chunks import FileBrokenError
from usecases.formats.format import Format

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the look found.

    Attributes
    ----------
    digest
        SHA-256 of the bytes, in hexadecimal.
    problem
        Why the file cannot be read, in words that say what to do; None if it can.
    """

    digest: str
    problem: str | None


def preflight(file: BinaryIO, found: Format | None) -> Preflight:
    """Read a file once: its digest, and whether all of it can be read.

    Parameters
    ----------
    file
        The file, at its start.
    found
        Its format; None where only the digest is of interest.
    """
    digest = hashlib.sha256()
    problem = None
    try:
        if found is not None:
            found.check(_hashed(file, digest))
    except FileBrokenError as error:
        problem = str(error)
    for _ in _hashed(file, digest):  # what is left after a problem, or all of a file nobody looks into
        pass
    return Preflight(digest.hexdigest(), problem)


def _hashed(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        digest.update(block)
        yield block

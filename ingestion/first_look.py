"""A first look at a file that waits: whether its rows can be read at all."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

from ingestion.chunks import FileBrokenError
from ingestion.formats import UnknownFormatError, format_of
from ingestion.reading import read_chunks
from usecases.spec import UseCase
from usecases.table_check import TableRefusedError

_ROWS = 100
"""Rows asked for; one would do, and a reader parses a block at once anyway."""


def looks_readable(use_case: UseCase, path: Path) -> bool:
    """Tell whether a file has the right columns and at least one row, by its beginning; it stays where it is."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with contextlib.closing(read_chunks(use_case, path, format_of(path.name), _ROWS)) as chunks:
            return next(chunks, None) is not None
    except (UnknownFormatError, TableRefusedError, FileBrokenError, OSError, UnicodeDecodeError):
        return False

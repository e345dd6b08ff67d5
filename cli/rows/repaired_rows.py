"""Reading rows that a person repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.errors import UserError
from sql.quarantine.rows import RAW, REASONS, ROW_NUMBER
from usecases.formats.chunks import FileBrokenError
from usecases.formats.reading import read_rows

__all__ = ["read_repaired"]


def read_repaired(file: Path) -> dict[int, dict[str, Any]]:
    """Read repaired rows by their row number: an exported CSV, or a file of another format with the same columns.

    Raises
    ------
    UserError
        If the file cannot be read, or a row does not say which one it is.
    """
    repaired: dict[int, dict[str, Any]] = {}
    try:
        for row in read_rows(file):
            number = str(row.get(ROW_NUMBER, ""))
            if not number.isdecimal():
                raise UserError(f"{file}: each row needs its {ROW_NUMBER}, as exported; this one has none: {row}")
            repaired[int(number)] = {
                name: value for name, value in row.items() if name not in {ROW_NUMBER, REASONS, RAW}
            }
    except (FileBrokenError, OSError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    return repaired

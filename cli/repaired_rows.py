"""Reading rows that a person repaired."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.errors import UserError
from sql.quarantine.rows import RAW, REASONS, ROW_NUMBER

__all__ = ["read_repaired"]


def read_repaired(file: Path) -> dict[int, dict[str, Any]]:
    """Read repaired rows by their row number: an exported CSV, or JSON Lines.

    Raises
    ------
    UserError
        If the file cannot be read, or a row does not say which one it is.
    """
    try:
        rows = list(_json_lines(file) if file.suffix in {".jsonl", ".ndjson"} else _csv(file))
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    repaired: dict[int, dict[str, Any]] = {}
    for row in rows:
        number = str(row.get(ROW_NUMBER, ""))
        if not number.isdecimal():
            raise UserError(f"{file}: each row needs its {ROW_NUMBER}, as exported; this one has none: {row}")
        repaired[int(number)] = {
            name: value for name, value in row.items() if name not in {ROW_NUMBER, REASONS, RAW, None}
        }
    return repaired


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        yield from csv.DictReader(text)


def _json_lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as text:
        for line in filter(str.strip, text):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError(f"not an object: {line[:100]}")
            yield row

"""Functions of the database: one `.sql` file each, used by the gateway, the command line and Grafana alike."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def function_definition(name: str) -> str:
    """Read the statement that makes a function."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")

"""Views: one `.sql` file each, read by the gateway, the command line and Grafana alike."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def view_definition(name: str) -> str:
    """Read the query behind a view."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")

"""A file that arrives."""

from __future__ import annotations

from pathlib import Path

from ingestion.files.claims import Folders

USE_CASE = "equipment_failure"


def arrive(folders: Folders, name: str = "rows.csv", content: str = "rows") -> Path:
    """Write a file into the folder of the use case."""
    path = folders.incoming / USE_CASE / name
    path.write_text(content)
    return path

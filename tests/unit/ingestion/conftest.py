"""Folders of ingestion, as they lie on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.files.claims import Folders
from tests.support.ingestion.arriving import USE_CASE


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders(tmp_path)
    folders.make([USE_CASE])
    return folders

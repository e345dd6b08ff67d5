"""The help of commands names the formats that files are read in."""

from __future__ import annotations

from cli.file_formats import FILE_FORMATS
from usecases.formats.registry import FORMATS


def test_every_format_is_named() -> None:
    assert {known.name for known in FORMATS if known.name not in FILE_FORMATS} == set()
